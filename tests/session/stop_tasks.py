"""Tasks and exception groups: see test_stop.py."""

# Around asyncio.run(main()), where main fails with a group of one Boom.
GROUP = '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            async with asyncio.TaskGroup() as group:
                group.create_task(work())
'''

# ... in which the parent of the group waits in the body.
WAITING = GROUP + '''\
                await asyncio.sleep(9)
'''

TASK_PASSES = {
    'group_expected_by_assert_raises': GROUP + '''
        import unittest
        case = unittest.TestCase()
        with case.assertRaises(ExceptionGroup):
            asyncio.run(main())
        ''',
    'group_expected_by_pytest': GROUP + '''
        import sys, types
        class RaisesContext:    # the name and the attribute are pytest's
            def __init__(self, expected):
                self.expected_exception = expected
            def __enter__(self):
                pass
            def __exit__(self, kind, *rest):
                return issubclass(kind, self.expected_exception)
        sys.modules['pytest'] = pytest = types.ModuleType('pytest')
        pytest.raises = RaisesContext
        with pytest.raises(ExceptionGroup):
            asyncio.run(main())
        ''',
    'group_in_except_star': WAITING + '''
        try:
            asyncio.run(main())
        except* Boom:
            pass
        ''',
    'group_in_except': WAITING + '''
        try:
            asyncio.run(main())
        except ExceptionGroup:
            pass
        ''',
    'group_in_except_of_all': GROUP + '''
        try:
            asyncio.run(main())
        except Exception:
            pass
        ''',
    'group_of_the_body': '''
        import asyncio
        async def main():
            async with asyncio.TaskGroup():
                fail()
        for kind in ExceptionGroup, (KeyError, BaseExceptionGroup):
            try:
                asyncio.run(main())
            except kind:
                pass
        try:
            asyncio.run(main())
        except* Boom:
            pass
        ''',
    'groups_in_groups': '''
        import asyncio
        async def work():
            fail()
        async def inner():
            async with asyncio.TaskGroup() as group:
                group.create_task(work())
        async def main():
            async with asyncio.TaskGroup() as outer, asyncio.TaskGroup() as group:
                outer.create_task(asyncio.sleep(9))
                group.create_task(inner())
        try:
            asyncio.run(main())
        except* Boom:
            pass
        try:
            asyncio.run(main())
        except ExceptionGroup:
            pass
        ''',
    'clause_between_two_groups': '''
        import asyncio
        async def work():
            fail()
        async def main():
            async with asyncio.TaskGroup() as outer:
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(work())
                except* Boom:
                    pass
        asyncio.run(main())
        ''',
    'group_that_a_gather_awaits': GROUP + '''
        async def all():
            try:
                await asyncio.gather(main(), asyncio.sleep(0.01))
            except ExceptionGroup:
                pass
            return await asyncio.gather(main(), return_exceptions=True)
        asyncio.run(all())
        ''',
    'group_of_an_exit_stack': '''
        import asyncio
        async def work():
            fail()
        async def main():
            async with contextlib.AsyncExitStack() as stack:
                group = await stack.enter_async_context(asyncio.TaskGroup())
                group.create_task(work())
        try:
            asyncio.run(main())
        except* Boom:
            pass
        ''',
    'group_in_a_timeout': '''
        import asyncio
        async def work():
            fail()
        async def main():
            async with asyncio.timeout(9):
                async with asyncio.TaskGroup() as group:
                    group.create_task(work())
        try:
            asyncio.run(main())
        except* Boom:
            pass
        ''',
    'timeout_of_a_runner': '''
        import asyncio
        async def main():
            async with asyncio.timeout(0.01):
                await asyncio.sleep(9)
        with asyncio.Runner() as runner:
            try:
                runner.run(main())
            except TimeoutError:
                pass
        ''',
    'cancelled_in_a_group': '''
        import asyncio
        async def main():
            async with asyncio.TaskGroup() as group:
                task = group.create_task(asyncio.sleep(9))
                await asyncio.sleep(0)
                task.cancel()
        asyncio.run(main())
        ''',
    'asynchronous_test_case': '''
        import asyncio, sys, unittest
        class Case(unittest.IsolatedAsyncioTestCase):
            async def work(self):
                fail()
            async def test_one(self):
                with self.assertRaises(Boom):
                    await asyncio.create_task(self.work())
                with self.assertRaises(ExceptionGroup):
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self.work())
            @unittest.expectedFailure
            async def test_two(self):
                fail()
        unittest.main(argv=['x'], exit=False, testRunner=unittest.TextTestRunner(sys.stdout))
        ''',
    'task_written_in_python': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        class Task(asyncio.tasks._PyTask):
            pass
        async def main():
            try:
                await asyncio.create_task(work())
            except Boom:
                pass
            print(await asyncio.gather(work(), return_exceptions=True))
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(work())
            except* Boom:
                pass
        loop = asyncio.new_event_loop()
        loop.set_task_factory(lambda loop, coro, **more: Task(coro, loop=loop, **more))
        loop.run_until_complete(main())
        loop.close()
        ''',
    'asynchronous_generator_that_awaits': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def values(task):
            try:
                yield await task
            except Boom:
                yield 2
        async def main():
            async for value in values(asyncio.create_task(work())):
                assert value == 2
            assert await anext(values(asyncio.create_task(work())), 3) == 2
        asyncio.run(main())
        ''',
    'as_completed': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            for future in asyncio.as_completed([work(), work()]):
                try:
                    await future
                except Boom:
                    pass
        asyncio.run(main())
        ''',
    'eager_task': '''
        import asyncio
        async def work():
            fail()
        async def main():
            if hasattr(asyncio, 'eager_task_factory'):
                asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(work())
            except* Boom:
                pass
            print(await asyncio.gather(work(), return_exceptions=True))
            try:
                await asyncio.gather(work())
            except Boom:
                pass
            async with asyncio.TaskGroup() as group:
                group.create_task(work())
        try:
            asyncio.run(main())
        except ExceptionGroup:
            pass
        ''',
}

TASK_STOPS = {
    'group_in_except_of_its_part': GROUP + '''
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'group_expected_as_its_part': WAITING + '''
        import unittest
        case = unittest.TestCase()
        with case.assertRaises(Boom):
            asyncio.run(main())
        ''',
    'group_of_the_body_in_except_of_its_part': '''
        import asyncio
        async def main():
            async with asyncio.TaskGroup():
                fail()
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'group_in_except_star_of_another': GROUP + '''
        try:
            asyncio.run(main())
        except* KeyError:
            pass
        ''',
    'clause_within_the_group': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            async with asyncio.TaskGroup() as group:
                group.create_task(work())
                try:
                    await asyncio.sleep(9)
                except* Boom:
                    pass
        asyncio.run(main())
        ''',
    'clause_within_the_outer_group': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            async with asyncio.TaskGroup() as outer:
                outer.create_task(work())
                try:
                    async with asyncio.TaskGroup() as group:
                        await asyncio.sleep(9)
                except* Boom:
                    pass
        asyncio.run(main())
        ''',
    'nested_groups_in_except_of_the_part': '''
        import asyncio
        async def work():
            fail()
        async def inner():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(work())
            except Boom:
                pass
        async def main():
            async with asyncio.TaskGroup() as outer:
                outer.create_task(inner())
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'group_that_a_gather_awaits': GROUP + '''
        async def all():
            try:
                await asyncio.gather(main(), asyncio.sleep(0.01))
            except Boom:
                pass
        asyncio.run(all())
        ''',
    'group_of_a_runner': GROUP + '''
        with asyncio.Runner() as runner:
            try:
                runner.run(main())
            except Boom:
                pass
        ''',
    'task_with_a_callback_only': '''
        import asyncio
        async def work():
            fail()
        async def main():
            task = asyncio.create_task(work())
            task.add_done_callback(lambda task: task.exception())
            await asyncio.sleep(0.01)
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'asynchronous_test_case': '''
        import asyncio, unittest
        class Case(unittest.IsolatedAsyncioTestCase):
            async def test_one(self):
                with self.assertRaises(Boom):
                    async with asyncio.TaskGroup() as group:
                        fail()
        unittest.main(argv=['x'])
        ''',
    'task_written_in_python': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            task = asyncio.tasks._PyTask(work())
            await asyncio.sleep(0.01)
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'eager_task': '''
        import asyncio
        async def work():
            fail()
        async def main():
            if hasattr(asyncio, 'eager_task_factory'):
                asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(work())
            except Boom:
                pass
        asyncio.run(main())
        ''',
    'eager_task_that_nobody_awaits': '''
        import asyncio
        async def work():
            fail()
        async def main():
            if hasattr(asyncio, 'eager_task_factory'):
                asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            try:
                task = asyncio.create_task(work())
            except Boom:
                pass
            await asyncio.sleep(0.01)
        asyncio.run(main())
        ''',
}
