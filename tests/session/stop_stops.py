"""Programs in which the prompt opens first at the line `# here`: see test_stop.py."""

STOPS = {
    'nothing_around': 'fail()\n',
    'except_of_another_type': '''
        try:
            fail()
        except KeyError:
            pass
        ''',
    'except_that_raises_again': '''
        try:
            fail()
        except Boom:
            print('seen')
            raise
        ''',
    'in_the_clause_not_in_the_body': '''
        try:
            {}['a']
        except KeyError:
            fail()
        ''',
    'in_the_else': '''
        try:
            pass
        except Boom:
            pass
        else:
            fail()
        ''',
    'suppress_of_another_type': '''
        with contextlib.suppress(KeyError):
            fail()
        ''',
    'a_call_in_the_clause_is_not_made': '''
        def types():
            return Boom
        try:
            fail()
        except types():
            pass
        ''',
    'getattr_without_a_default': '''
        class Lazy:
            @property
            def value(self):
                return self.missing    # here
        getattr(Lazy(), 'value')
        ''',
    'hasattr_of_ones_own': '''
        def hasattr(thing, name):
            return thing.value
        class Lazy:
            @property
            def value(self):
                return self.missing    # here
        hasattr(Lazy(), 'value')
        ''',
    'catch_all_of_a_library': '''
        import unittest
        class Case(unittest.TestCase):
            def test(self):
                fail()
        Case('test').run(unittest.TestResult())
        ''',
    # Where it was raised first, a caller that is gone since was going to handle it.
    'kept_and_raised_again_elsewhere': '''
        kept = []
        def types():
            return Boom
        def keep():
            try:
                fail()
            except types() as boom:
                kept.append(boom)
        def around():
            try:
                keep()
            except Boom:
                pass
        around()
        def again():
            raise kept[0]    # here
        again()
        ''',
    'a_function_that_is_called_in_a_subtest': '''
        import unittest
        class Case(unittest.TestCase):
            def test(self):
                with self.subTest('sub'):
                    fail()
        Case('test').run(unittest.TestResult())
        ''',
    'a_test_beside_one_that_is_expected_to_fail': '''
        import unittest
        class Case(unittest.TestCase):
            @unittest.expectedFailure
            def test(self):
                self.fail('expected')
            def test_other(self):
                fail()
        unittest.TestSuite(map(Case, ['test', 'test_other'])).run(unittest.TestResult())
        ''',
    'a_class_that_is_only_called_as_a_signal_is': '''
        class HTTPException(Exception):
            pass
        def view():
            raise HTTPException(404)    # here
        view()
        ''',
    'finally_alone': '''
        try:
            fail()
        finally:
            print('end')
        ''',
    'another_function_has_the_try': '''
        def careful():
            try:
                return lambda: fail()
            except Boom:
                pass
        careful()()
        ''',
    'except_star_leaves_a_part': '''
        def many():
            raise ExceptionGroup('g', [Boom(1), KeyError(3)])    # here
        try:
            many()
        except* Boom:
            pass
        ''',
    'a_group_is_not_its_parts': '''
        def many():
            raise ExceptionGroup('g', [Boom(1)])    # here
        try:
            many()
        except Boom:
            pass
        ''',
    'except_star_that_raises_again': '''
        def many():
            raise ExceptionGroup('g', [Boom(1), KeyError(3)])    # here
        try:
            many()
        except* Boom:
            raise
        except* KeyError:
            pass
        ''',
    'assert_raises_of_another_type': '''
        import unittest
        case = unittest.TestCase()
        case.assertRaises(KeyError, fail)
        ''',
    'thrown_into_a_generator': '''
        def values():
            yield 1
        def consume():
            it = values()
            next(it)
            it.throw(Boom('thrown'))    # here
        consume()
        ''',
    'raised_by_what_was_thrown_into': '''
        def values():
            try:
                yield 1
            except KeyError:
                fail()
        def consume():
            it = values()
            next(it)
            it.throw(KeyError('thrown'))
        consume()
        ''',
    'a_length_that_is_asked_for': '''
        class Unknown:
            def __len__(self):
                raise TypeError('not known')    # here
        len(Unknown())
        ''',
    'an_index': '''
        class Pair:
            def __getitem__(self, index):
                return (4, 5)[index]    # here
        Pair()[2]
        ''',
    'an_index_in_an_iterator_of_ones_own': '''
        class Pair:
            def __getitem__(self, index):
                return (4, 5)[index]    # here
            def __iter__(self):
                return (self[i] for i in range(3))
        list(Pair())
        ''',
    'an_operator_of_a_class_with_getattr': '''
        class Lazy:
            def __add__(self, other):
                return other.missing    # here
            def __getattr__(self, name):
                return 3
        Lazy() + 1
        ''',
    'a_task_that_nobody_awaits': '''
        import asyncio
        async def work():
            fail()
        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0.01)
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'a_task_whose_awaiter_handles_another_type': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            try:
                await asyncio.create_task(work())
            except KeyError:
                pass
        asyncio.run(main())
        ''',
    'gather_that_raises': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            await asyncio.gather(work(), asyncio.sleep(0.01))
        asyncio.run(main())
        ''',
    'tasks_that_are_only_waited_for': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            await asyncio.wait([asyncio.create_task(work())])
        asyncio.run(main())
        ''',
    'a_group_of_tasks_under_except': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(work())
            except Boom:
                pass
        asyncio.run(main())
        ''',
    'an_executor': '''
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as pool:
            future = pool.submit(fail)
        print(future.exception())
        ''',
    'timeout_that_nobody_handles': '''
        import asyncio
        async def work():
            await asyncio.sleep(9)
        async def main():
            await asyncio.wait_for(work(), 0.01)    # here
        asyncio.run(main())
        ''',
    'text_in_memory_that_raises_again': '''
        import textwrap
        space = {'fail': fail, 'Boom': Boom}
        exec(textwrap.dedent("""
            def f():
                try:
                    try:
                        fail()
                    except KeyError:
                        pass
                    except Boom:
                        print("seen")
                        raise
                except OSError:
                    pass
            """), space)
        def call():
            space['f']()
        call()
        ''',
    'an_index_that_is_unpacked_into_getitem_itself': '''
        class Sequence:
            def __getitem__(self, index):
                raise IndexError(index)    # here
        index = [3]
        item = Sequence().__getitem__
        item(*index)
        ''',
}
