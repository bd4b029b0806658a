"""Where --stop=unhandled stops: a table of small programs.

Each program has a line `raise` or the like marked `# here` where the prompt must
open first, or no such line: then it must run to its end without a stop.
"""

import re
import subprocess
import textwrap
import unittest

import harness
from cycle import CycleCase

HEAD = '''\
import contextlib

class Boom(Exception):
    pass

class Sub(Boom):
    pass

def fail(kind=Boom):
    raise kind('x')
'''

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
}

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
}


# (options, body): no stop.
IGNORED = {
    'builtin': (['--ignore=ValueError', '--ignore', 'LookupError'], "{}['a']\n"),
    'ones_own': (['--ignore=__main__.Boom'], 'fail(Sub)\n'),
    'ones_own_by_stop_always': (['--stop=always', '--ignore=__main__.Boom'], '''
        try:
            fail()
        except Boom:
            pass
        '''),
    'of_a_module_by_the_name_it_is_known_by': (['--ignore=json.JSONDecodeError'], '''
        import json
        def read():
            return json.loads('?')
        read()
        '''),
    'nothing_is_imported_for_it': (['--ignore=wave.Error', '--ignore=no.such.Thing'], '''
        import sys
        def work():
            sys.exit('wave' in sys.modules)
        try:
            fail()
        except Boom:
            work()
        '''),
}

# (options, body): stops at the line.
ASKED = {
    'ignore_takes_no_other': (['--ignore=KeyError', '--ignore=wave.Error'], 'fail()\n'),
    'exit': (['--stop-on-exit'], '''
        import sys
        def leave():
            sys.exit(3)    # here
        leave()
        '''),
    'exit_with_always': (['--stop-on-exit', '--stop=always'], '''
        def leave():
            raise SystemExit    # here
        try:
            leave()
        except SystemExit:
            pass
        '''),
    'interrupt_whoever_catches_it': (['--stop-on-interrupt'], '''
        import signal
        def busy():
            signal.raise_signal(signal.SIGINT)    # here
        try:
            busy()
        except KeyboardInterrupt:
            pass
        '''),
    'interrupt_at_module_level': (['--stop-on-interrupt'], '''
        import signal
        signal.raise_signal(signal.SIGINT)    # here
        '''),
}

# (options, body): no stop.
NOT_ASKED = {
    'exit_at_module_level': (['--stop-on-exit'], '''
        import sys
        sys.exit(0)
        '''),
    'exit_that_a_caller_handles': (['--stop-on-exit'], '''
        import sys
        def leave():
            sys.exit(3)
        try:
            leave()
        except SystemExit:
            pass
        '''),
    'interrupt': ([], '''
        import signal
        def busy():
            signal.raise_signal(signal.SIGINT)
        try:
            busy()
        except KeyboardInterrupt:
            pass
        '''),
}


class TestStop(CycleCase):
    def run_program(self, body, options=()):
        text = HEAD + textwrap.dedent(body)
        if '# here' not in text:
            text = text.replace("raise kind('x')", "raise kind('x')  # here")
        self.write(text)
        # End of input at the prompt: the exception goes on.
        done = subprocess.run([harness.RUN, *options, 'program.py'], cwd=self.folder.name, input='',
                              start_new_session=True, capture_output=True, text=True,
                              timeout=30)
        stops = re.findall(r'^program\.py:(\d+): in ', done.stderr, re.MULTILINE)
        here = 1 + text[:text.index('# here')].count('\n')
        return [int(line) for line in stops], here, done.stderr

    def check_passes(self, body):
        stops, _, stderr = self.run_program(body)
        self.assertEqual(stops, [], stderr)
        self.assertNotIn('Traceback', stderr)

    def check_stops(self, body):
        stops, here, stderr = self.run_program(body)
        self.assertEqual(stops[:1], [here], stderr)

    def check_ignored(self, row):
        stops, _, stderr = self.run_program(row[1], row[0])
        self.assertEqual(stops, [], stderr)

    def check_asked(self, row):
        stops, here, stderr = self.run_program(row[1], row[0])
        self.assertEqual(stops[:1], [here], stderr)


def add(kind, programs, check):
    for name, body in programs.items():
        setattr(TestStop, f'test_{kind}_{name}', lambda self, body=body: check(self, body))


add('passes', PASSES, TestStop.check_passes)
add('stops', STOPS, TestStop.check_stops)
add('ignored', IGNORED, TestStop.check_ignored)
add('asked', ASKED, TestStop.check_asked)
add('not_asked', NOT_ASKED, TestStop.check_ignored)


BUSY = '''\
def spin(done):
    print('spinning', flush=True)
    while not done:
        abs(1)
    return 'left'

def work():
    return spin(False)

print(work(), flush=True)
'''


class TestInterrupt(CycleCase):
    def test_a_busy_loop_is_edited_and_restarted(self):
        session = self.start(BUSY, '--stop-on-interrupt')
        session.expect('spinning')
        session.interrupt()
        session.expect('in spin: KeyboardInterrupt')
        session.expect('(Pdb) ')
        self.edit('while not done', 'while done')
        session.send('c')
        session.expect('spinning')
        session.expect('left')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_quit_ends_as_under_python(self):
        session = self.start(BUSY, '--stop-on-interrupt')
        session.expect('spinning')
        session.interrupt()
        for name in 'spin', 'work':
            session.expect(f'in {name}: KeyboardInterrupt')
            session.expect('(Pdb) ')
            session.send('q')
        session.expect('KeyboardInterrupt')
        self.assertEqual(session.wait(), -2, session.transcript)

if __name__ == '__main__':
    unittest.main()
