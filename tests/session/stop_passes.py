"""Programs that run to their end without a stop: see test_stop.py."""

PASSES = {
    'except_of_the_type': '''
        try:
            fail()
        except Boom:
            pass
        ''',
    'except_of_a_base_in_a_tuple': '''
        try:
            fail(Sub)
        except (KeyError, Boom) as error:
            print(error)
        ''',
    'except_star': '''
        try:
            fail()
        except* Boom:
            pass
        ''',
    'except_in_a_caller_of_the_caller': '''
        def middle():
            with open(__file__):
                fail()
        try:
            middle()
        except Boom:
            pass
        ''',
    'except_on_one_line': '''
        try: fail()
        except Boom: pass
        ''',
    'bare_except_of_ones_own': '''
        try:
            fail()
        except:
            pass
        ''',
    'except_exception_of_ones_own': '''
        try:
            fail()
        except Exception:
            pass
        ''',
    'raised_again_inside_but_taken_outside': '''
        try:
            try:
                fail()
            except Boom as error:
                raise error
        except Boom:
            pass
        ''',
    'local_variable': '''
        def careful(kind, other=3):
            try:
                fail()
            except kind:
                return other
        assert careful(Boom) == 3
        ''',
    'nothing_looked_at_is_kept': '''
        import weakref
        def careful(kind):
            held = Boom('held')
            gone = weakref.ref(held)
            try:
                fail()
            except kind:
                del held
            assert gone() is None
        careful(Boom)
        ''',
    'attribute_of_a_class': '''
        class Space:
            error = Boom
        try:
            fail()
        except Space.error:
            pass
        ''',
    'suppress': '''
        with contextlib.suppress(KeyError, Boom):
            fail()
        ''',
    'assert_raises': '''
        import unittest
        case = unittest.TestCase()
        with case.assertRaises(Boom):
            fail()
        ''',
    'context_manager_of_ones_own': '''
        @contextlib.contextmanager
        def careful():
            try:
                yield
            except Boom:
                pass
        with careful():
            fail()
        ''',
    'hasattr': '''
        class Lazy:
            @property
            def value(self):
                return self.missing
        print(hasattr(Lazy(), 'value'), getattr(Lazy(), 'value', 3))
        ''',
    'copy_of_a_namespace': '''
        import builtins
        import copy
        space = {}
        exec('', space)
        copy.deepcopy(space)
        for name in ('__hr_crashed__', '__hr_restarted__'):
            hook = getattr(builtins, name)
            assert copy.copy(hook) is copy.deepcopy(hook) is hook
        ''',
    'hasattr_and_getattr_often': '''
        class Lazy:
            @property
            def value(self):
                return self.missing
        def ask(lazy):
            return hasattr(lazy, 'value'), getattr(lazy, 'value', 3)
        for _ in range(100):
            assert ask(Lazy()) == (False, 3)
        ''',
    'get_of_a_mapping': '''
        import collections.abc
        class Table(collections.abc.Mapping):
            def __getitem__(self, name):
                raise KeyError(name)
            __iter__ = __len__ = None
        print(Table().get('x'), 'x' in Table())
        ''',
    'end_of_a_sequence': '''
        import collections.abc
        class Row(collections.abc.Sequence):
            def __getitem__(self, index):
                return (1, 2)[index]
            def __len__(self):
                return 2
        assert list(Row()) == [1, 2]
        ''',
    'end_of_a_sequence_that_a_method_reads': '''
        class Row:
            def __getitem__(self, index):
                return ('a', 'b')[index]
            def __len__(self):
                return 2
        comma = ','
        assert comma.join(Row()) == 'a,b'
        ''',
    'variable_of_another_mapping': '''
        class Names(dict):
            def __missing__(self, name):
                raise KeyError(name)
        class Space:
            def __getitem__(self, name):
                raise KeyError(name)
        assert eval('len', {}, Names()) is eval('len', {}, Space()) is len
        ''',
    'test_left_out': '''
        import unittest
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise unittest.SkipTest('not here')
            def test(self):
                pass
        unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
        ''',
    'falls_to_getattr': '''
        class Lazy:
            @property
            def value(self):
                raise AttributeError('value')
            def __getattr__(self, name):
                return 3
        print(Lazy().value)
        ''',
    'through_a_lambda_and_map': '''
        try:
            list(map(lambda kind: fail(kind), [Boom]))
        except Boom:
            pass
        ''',
    'typed_except_in_a_librarys_context_manager': '''
        import unittest
        class Case(unittest.TestCase):
            def test(self):
                raise unittest.SkipTest('later')
        Case('test').run(unittest.TestResult())
        ''',
    'generator_taken_by_its_consumer': '''
        def values():
            yield 1
            fail()
        try:
            for value in values():
                pass
        except Boom:
            pass
        ''',
    'system_exit': '''
        def leave():
            raise SystemExit(0)
        leave()
        ''',
    'except_star_takes_every_part': '''
        def many():
            raise ExceptionGroup('g', [Boom(1), ExceptionGroup('h', [Sub(2), KeyError(3)])])
        try:
            many()
        except* Boom:
            pass
        except* LookupError:
            pass
        ''',
    'a_group_caught_as_a_group': '''
        def many():
            raise ExceptionGroup('g', [Boom(1)])
        try:
            many()
        except ExceptionGroup:
            pass
        ''',
    'assert_raises_that_calls': '''
        import unittest
        case = unittest.TestCase()
        case.assertRaises(Boom, fail)
        ''',
    'a_manager_made_before': '''
        quiet = contextlib.suppress(Boom)
        with quiet:
            fail()
        ''',
    'getattr_falls_to_getattr': '''
        class Lazy:
            @property
            def value(self):
                raise AttributeError('value')
            def __getattr__(self, name):
                return 3
        print(getattr(Lazy(), 'value'))
        ''',
    'class_of_an_isinstance': '''
        class Proxy:
            @property
            def __class__(self):
                raise AttributeError('none')
        print(isinstance(Proxy(), int))
        ''',
    'next_with_a_default': '''
        class Numbers:
            def __next__(self):
                raise StopIteration
        print(next(Numbers(), 0))
        ''',
    'the_end_of_an_iterator': '''
        class Numbers:
            def __iter__(self):
                return self
            def __next__(self):
                raise StopIteration
        print(list(Numbers()), [x for x in Numbers()])
        ''',
    'length_hints': '''
        import operator
        class Unknown:
            def __iter__(self):
                return iter([1, 2])
            def __length_hint__(self):
                raise TypeError('not known')
        class Other(Unknown):
            def __len__(self):
                raise TypeError('not known')
        print(list(Unknown()), tuple(Other()), [*Unknown()], operator.length_hint(Other(), 3))
        ''',
    'the_end_of_a_sequence': '''
        class Pair:
            def __getitem__(self, index):
                return (4, 5)[index]
        for x in Pair():
            print(x)
        first, second = Pair()
        print(list(Pair()), 6 in Pair(), [*Pair()], sum(Pair()))
        ''',
    'import_from_a_module_with_getattr': '''
        import sys, types
        lazy = types.ModuleType('lazy')
        def missing(name):
            raise AttributeError(name)
        missing.__code__ = missing.__code__.replace(co_name='__getattr__')
        lazy.__getattr__ = missing
        sys.modules['lazy'] = lazy
        try:
            from lazy import thing
        except ImportError:
            pass
        ''',
    'thrown_into_a_generator': '''
        def values():
            yield 1
        def consume():
            it = values()
            next(it)
            try:
                it.throw(Boom('thrown'))
            except Boom:
                pass
        consume()
        ''',
    'gather_that_returns_exceptions': '''
        import asyncio
        async def work(kind):
            await asyncio.sleep(0)
            fail(kind)
        async def main():
            print(await asyncio.gather(work(Boom), work(Sub), return_exceptions=True))
        asyncio.run(main())
        ''',
    'a_task_whose_awaiter_handles_it': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def deeper(what):
            await what
        async def main():
            for wait in (lambda: asyncio.create_task(work()),
                         lambda: asyncio.gather(work()),
                         lambda: asyncio.wait_for(work(), 1),
                         lambda: asyncio.shield(work()),
                         lambda: asyncio.create_task(deeper(asyncio.create_task(work())))):
                try:
                    await deeper(wait())
                except Boom:
                    print('taken')
        asyncio.run(main())
        ''',
    'a_group_of_tasks_under_except_star': '''
        import asyncio
        async def work():
            await asyncio.sleep(0)
            fail()
        async def main():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(work())
                    group.create_task(asyncio.sleep(9))
            except* Boom:
                print('taken')
        asyncio.run(main())
        ''',
    'around_the_main_task': '''
        import asyncio
        async def main():
            await asyncio.sleep(0)
            fail()
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'cancelled': '''
        import asyncio
        async def work():
            await asyncio.sleep(9)
        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            print(task.cancelled())
        asyncio.run(main())
        ''',
    'timeout_that_is_handled': '''
        import asyncio
        async def work():
            await asyncio.sleep(9)
        async def main():
            try:
                await asyncio.wait_for(work(), 0.01)
            except TimeoutError:
                pass
            try:
                async with asyncio.timeout(0.01):
                    await work()
            except TimeoutError:
                pass
        asyncio.run(main())
        ''',
    'attributes_that_isinstance_and_issubclass_look_up': '''
        import sys
        def __getattr__(name):
            raise AttributeError(name)
        class Sly:
            def __getattribute__(self, name):
                raise AttributeError(name)
        print(isinstance(Sly(), int))
        try:
            issubclass(sys.modules['__main__'], int)
        except TypeError:
            pass
        ''',
    'a_test_that_is_expected_to_fail': '''
        import unittest
        class Case(unittest.TestCase):
            @unittest.expectedFailure
            def test(self):
                fail()
        result = unittest.TestResult()
        Case('test').run(result)
        assert len(result.expectedFailures) == 1
        ''',
    'a_class_of_tests_that_are_expected_to_fail': '''
        import unittest
        @unittest.expectedFailure
        class Case(unittest.TestCase):
            def test(self):
                fail()
        Case('test').run(unittest.TestResult())
        ''',
    'an_answer_of_a_web_framework': '''
        import sys, textwrap, types
        werkzeug = types.ModuleType('werkzeug.exceptions')
        class HTTPException(Exception):
            pass
        class NotFound(HTTPException):
            pass
        werkzeug.HTTPException = HTTPException
        sys.modules['werkzeug.exceptions'] = werkzeug
        def view():
            raise NotFound
        library = types.ModuleType('library')
        exec(textwrap.dedent("""
            def dispatch(view):
                try:
                    return view()
                except Exception as error:
                    return error
            """), vars(library))
        assert isinstance(library.dispatch(view), NotFound)
        ''',
    'the_end_of_a_sequence_that_a_call_unpacks': '''
        class Sequence:
            def __getitem__(self, index):
                return [1, 2][index]
        def total(*numbers):
            return sum(numbers)
        print(total(*Sequence()))
        ''',
}
