"""What wrap and its like take, which functions they wrap, and what they say."""

import os
import unittest
import zipfile

from cycle import PROMPT, CycleCase, harness

# In a program: whether a function can be restarted.
HELPER = '''\
import hot_restart

def wrapped(function):
    return '__hr_crashed__' in function.__code__.co_names
'''


class WrapCase(CycleCase):
    def output(self, text, **changes):
        """What the program prints, under python and without a terminal; and its stderr."""
        self.write(HELPER + text)
        done = harness.python('program.py', cwd=self.folder.name, **changes)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    def silent(self, text, expected):
        self.assertEqual(self.output(text), (expected, ''))


class TestRemarks(WrapCase):
    """What cannot be wrapped is given back, with one remark."""

    def says(self, text, *expected):
        said = self.output(text)[1].splitlines()
        self.assertEqual(len(said), len(expected), said)
        for line, pattern in zip(said, expected):
            self.assertRegex(line, pattern)

    def test_named(self):
        self.says('''\
import functools
double = lambda x: 2 * x
class Callable:
    def __call__(self): return 1
exec('def made(): return int("1")')
for thing in double, print, len, 5, int, Callable(), made, functools.partial(double), [].append:
    assert hot_restart.wrap(thing) is thing
    thing is int and hot_restart.wrap_class(thing)
''',
                  r'^hr: <function <lambda> at .*> is not wrapped: a lambda fails in the function '
                  'that calls it$',
                  '^hr: <built-in function print> is not wrapped: it is not a Python function or class$',
                  'function len', '^hr: 5 is', "<class 'int'> is not wrapped: it is not a",
                  "<class 'int'> is not wrapped", 'Callable object',
                  'function made at .* its source cannot be read', 'partial.* a lambda fails',
                  'method append')

    def test_what_its_text_leaves_alone(self):
        self.says('''\
from hot_restart import no_wrap as never
@hot_restart.wrap
@hot_restart.no_wrap
def below(): return int('1')
@hot_restart.no_wrap
@hot_restart.wrap
def above(): return int('1')
@hot_restart.wrap
def off():  # hr: off
    return int('1')
@hot_restart.wrap
@never
def renamed(): return int('1')
@hot_restart.wrap
@hot_restart.ignore
class Left:
    def method(self): return int('1')
@hot_restart.wrap
def nothing(): pass
''', *(f'{name}.* is not wrapped: no_wrap or "# hr: off" leaves it alone$'
       for name in ('below', 'above', 'off', 'renamed', 'Left')))

    def test_a_class_that_stands_in_no_file(self):
        self.says('''\
exec("""
@hot_restart.wrap_class
class Typed:
    def method(self): return int('1')
""")
@hot_restart.wrap_class
class Empty(Exception): pass
''', "^hr: <class '__main__.Typed'> is not wrapped: its source cannot be read$")

    def test_a_module_says_one(self):
        with zipfile.ZipFile(os.path.join(self.folder.name, 'lib.zip'), 'w') as archive:
            archive.writestr('packed.py', '''\
import hot_restart
def one(): return int('1')
def two(): return int('2')
class Three:
    def three(self): return int('3')
    short = lambda self: int('4')
hot_restart.wrap_module()
''')
            archive.writestr('single.py', "def alone(): return int('1')\n")
        self.says('''\
import sys
sys.path.insert(0, 'lib.zip')
import packed, single
hot_restart.wrap_modules('sing*')
hot_restart.wrap_class(packed.Three)
print(packed.one(), packed.Three().short())
''', '^hr: one and 2 more are not wrapped: its source cannot be read$',
                  '^hr: alone is not wrapped: its source cannot be read$',
                  '^hr: Three.three is not wrapped: its source cannot be read$')

    def test_what_answers_to_every_name(self):
        self.says('''\
from unittest.mock import MagicMock
class Endless:
    def __getattr__(self, name): return Endless()
class Failing:
    def __getattr__(self, name): raise OSError(name)
for thing in MagicMock(), Endless(), Failing():
    assert hot_restart.wrap(thing) is thing
    assert hot_restart.no_wrap(thing) is thing
''', *['is not wrapped: it is not a Python function or class$'] * 3)


class TestArguments(WrapCase):
    def test_by_name(self):
        self.write("def f(): return int('1')\n", 'part.py')
        self.silent('''\
import part
class A:
    def m(self): return int('1')
hot_restart.wrap_modules(pattern='par?')
hot_restart.wrap_class(cls=A)
print(wrapped(part.f), wrapped(A.m), hot_restart.wrap(func=part.f) is part.f)
print(hot_restart.no_wrap(func_or_class=A) is A, hot_restart.ignore(func_or_class=None))
hot_restart.wrap_module(module_or_name=part)
hot_restart.restart_module(module_or_name=part)
print(wrapped(part.f))
hot_restart.reload_module(module_or_name='part')
''', 'True True True\nTrue None\nFalse\n')

    def test_patterns(self):
        for name in 'app/__init__.py', 'app/core/__init__.py', 'app/core/models.py', 'app/util.py':
            os.makedirs(os.path.dirname(os.path.join(self.folder.name, name)), exist_ok=True)
            self.write("def f(): return int('1')\n", name)
        self.silent('''\
import json, sys
import app.core.models, app.util
def show():
    print(*(name for name, module in sorted(sys.modules.items())
            if name.startswith('app') and wrapped(module.f)))
for pattern in 'APP', 'app.*.*', 'app.[!c]*', 'nothing*', '*':
    hot_restart.wrap_modules(pattern)
    show()
print(json.loads('[1]'))
''', '\napp.core.models\napp.core.models app.util\napp.core.models app.util\n'
     'app app.core app.core.models app.util\n[1]\n')

    def test_a_generator_that_is_made_a_coroutine(self):
        self.silent('''\
import inspect, types
@types.coroutine
def old(value):
    got = yield value
    return got + 1
async def new():
    return await old(1)
hot_restart.wrap_module()
print(wrapped(old), inspect.isawaitable(old(2)))
coroutine = new()
print(coroutine.send(None))
try:
    coroutine.send(2)
except StopIteration as stop:
    print(stop.value)
''', 'True True\n1\n3\n')

    def test_what_else_stands_among_the_modules(self):
        self.write("def f(): return int('1')\n", 'part.py')
        self.silent('''\
import sys, types
sys.modules['part.nothing'] = None
sys.modules['part.text'] = 'text'
sys.modules['part.nameless'] = nameless = types.ModuleType('nameless')
del nameless.__name__
sys.modules[5] = types.ModuleType('five')
import part
hot_restart.wrap_modules('part*')
print(wrapped(part.f))
''', 'True\n')

    def test_what_the_module_imported_is_left(self):
        self.write('''\
from json import dumps
from textwrap import TextWrapper
from other import borrowed
def own(): return int('1')
''', 'part.py')
        self.write("def borrowed(): return int('1')\n", 'other.py')
        self.silent('''\
import part
hot_restart.wrap_module(part)
print(wrapped(part.own), wrapped(part.dumps), wrapped(part.TextWrapper.wrap),
      wrapped(part.borrowed))
''', 'True False False False\n')

    def test_propagated_exceptions_are_classes(self):
        self.silent('''\
for wrong in 5, None, 'KeyError', (KeyError, 3), ('KeyError',):
    for decorate in hot_restart.wrap, hot_restart.wrap_class:
        try:
            decorate(propagated_exceptions=wrong)
        except TypeError as error:
            print(error)
hot_restart.wrap(propagated_exceptions=[KeyError, (OSError,)])
''', 'propagated_exceptions takes classes of exceptions\n' * 10)

    def test_propagated_exceptions_as_isinstance_has_it(self):
        self.write('''\
import abc
import hot_restart

class Mixin: pass
class Abstract(abc.ABC): pass
class Mixed(Exception, Mixin): pass
class Registered(Exception): pass
Abstract.register(Registered)

@hot_restart.wrap(propagated_exceptions=(Mixin, Abstract, (KeyError,)))
def f(kind):
    raise kind

for kind in Mixed, Registered, KeyError:
    try:
        f(kind)
    except kind:
        print('passed', kind.__name__)
f(OSError)
''')
        session = self.python('program.py')
        session.expect('passed Mixed\npassed Registered\npassed KeyError\n')
        session.expect('in f: OSError')
        session.expect(PROMPT)

    def test_each_part_of_a_property_has_its_own(self):
        self.write('''\
import hot_restart

class A:
    @property
    @hot_restart.wrap(propagated_exceptions=(KeyError,))
    def p(self):
        raise KeyError('read')

    @p.setter
    @hot_restart.wrap(propagated_exceptions=(OSError,))
    def p(self, value):
        raise KeyError(value)

try:
    A().p
except KeyError:
    print('passed')
A().p = 5
''')
        session = self.python('program.py')
        session.expect('passed\n')
        session.expect('in A.p: KeyError: 5')
        session.expect(PROMPT)
        self.edit('KeyError(value)', 'OSError(value)')
        self.finish(session, 'OSError: 5\n', status=1)


class TestLeftAlone(CycleCase):
    TEXT = '''\
import hot_restart as hr
from hot_restart import no_wrap as never

@hr.no_wrap
def renamed():
    return 1 / 0

@never
class Class:
    class Inner:
        def method(self):
            return 1 / 0

def called():
    return 1 / 0

called = hr.no_wrap(hr.wrap(called))

class Parts:
    @never
    @property
    def p(self):
        return 1 / 0

    @hr.ignore
    @staticmethod
    def s():
        return 1 / 0

def main(call):
    call()

hr.wrap_module()
for call in renamed, Class.Inner().method, called, lambda: Parts().p, Parts.s:
    hr.STOP = 'always'
    try:
        main(call)
    except ZeroDivisionError:
        print('caught')
'''

    def check(self, session):
        for _ in range(5):
            session.expect('in main: ZeroDivisionError')
            session.expect(PROMPT)
            session.send('q')
            session.expect('caught\n')
        self.assertEqual(session.wait(), 0)

    def test_by_other_names(self):
        self.write(self.TEXT)
        self.check(self.python('program.py'))

    def test_by_other_names_under_hr_run(self):
        self.check(self.start(self.TEXT))


class TestWrongArguments(CycleCase):
    """The prompt opens in the caller; which of the two is mended does not matter."""

    TEXT = '''\
import hot_restart

class Box:
    def put(self, what, where):
        return what

def main():
    return Box().put(1)

hot_restart.wrap_module()
print('got', main())
'''

    def at_caller(self, text):
        self.write(text)
        session = self.python('program.py')
        session.expect('in main: TypeError: ')
        session.expect(PROMPT)
        return session

    def test_the_caller(self):
        session = self.at_caller(self.TEXT)
        self.edit('put(1)', 'put(1, 2)')
        self.finish(session, 'hr: reloaded main (program.py:7, 1 line changed)', 'got 1\n')

    def test_what_is_called(self):
        for call, old, new in (('put(1)', ', where', ''), ('put(1, 2, 3)', 'where', 'where, why'),
                               ('put(1, 2, why=3)', 'where', 'where, why')):
            session = self.at_caller(self.TEXT.replace('put(1)', call))
            self.edit(old, new)
            self.finish(session, 'hr: reloaded Box.put (program.py:4, 1 line changed)\n',
                        'hr: main is unchanged; restarting it', 'got 1\n')

    def test_a_call_of_itself(self):
        session = self.at_caller('''\
import hot_restart

@hot_restart.wrap
def main(depth=0):
    return depth or main(1, 2)

print('got', main())
''')
        self.edit('main(1, 2)', 'main(1)')
        self.finish(session, 'hr: reloaded main (program.py:4, 1 line changed)', 'got 1\n')
        self.assertEqual(session.transcript.count('hr: reloaded main'), 1)

    def test_what_another_function_says(self):
        """The words alone are no reason."""
        session = self.at_caller('''\
import hot_restart

def other():
    return 1

def check():
    raise TypeError('other() is wrong')

def main():
    return check()

hot_restart.wrap_module()
hot_restart.no_wrap(check)
print('got', main())
''')
        self.edit('return 1', 'return 2')
        session.send('c')
        session.expect("hr: main is unchanged, edited: other; 'reload' takes that")
        session.expect(PROMPT)


class TestThreads(CycleCase):
    TEXT = '''\
import hot_restart, threading

started = threading.Barrier(3)

@hot_restart.wrap
def fail():
    started.wait()
    1 / 0

threads = [threading.Thread(target=fail) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print('ended')
'''

    def check_others_pass(self, command):
        self.write(self.TEXT)
        session = self.python('program.py')
        session.expect(PROMPT)
        # The others wait for their turn by now.
        for line in '!import time; time.sleep(0.3)', command:
            session.send(line)
            session.expect(PROMPT)
        session.send('q')
        session.expect('ended\n')
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.transcript.count(' in fail: '), 1)
        self.assertEqual(session.transcript.count('Exception in thread'), 3)

    def test_exit(self):
        self.check_others_pass('!hot_restart.exit()')

    def test_stop_never(self):
        self.check_others_pass('!hot_restart.STOP = "never"')


class TestChosen(CycleCase):
    def test_a_debugger_by_the_environment_s_names(self):
        for said, meant in (('debugpy', 'pydevd'), ('PyDevD', 'pydevd'), ('PDB', None)):
            self.write(f'import hot_restart\nhot_restart.DEBUGGER = {said!r}\n'
                       '@hot_restart.wrap\ndef f(): return 1 / 0\nf()\n')
            session = self.python('program.py')
            session.expect('in f: ZeroDivisionError: division by zero\n')
            if meant:
                session.expect(f'hr: {meant} cannot be used')
            session.expect(PROMPT)
            self.assertNotIn('no such debugger', session.transcript)

    def test_a_log_that_cannot_be_written(self):
        done = harness.python('-c', 'import hot_restart', HOT_RESTART_DEBUG_LOG='/dev/null/log')
        self.assertEqual(done.stderr, b'hr: HOT_RESTART_DEBUG_LOG=/dev/null/log: Not a directory\n')
        self.assertEqual(done.returncode, 0)
        pipe = os.path.join(self.folder.name, 'pipe')
        os.mkfifo(pipe)  # nobody reads it yet
        done = harness.python('-c', 'import hot_restart', HOT_RESTART_DEBUG_LOG=pipe)
        self.assertEqual((done.returncode, done.stderr), (0, b''))


if __name__ == '__main__':
    unittest.main()
