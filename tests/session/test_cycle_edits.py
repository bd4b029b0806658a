"""Edits that change more than a body."""

import re
import sys
import unittest

from cycle import PROMPT, CycleCase, harness


class TestEdits(CycleCase):
    def test_defaults(self):
        self.fix('''\
def f(x, kept=[], changed=1, *, only={}, other=2):
    return x / 0

kept, only = f.__defaults__[0], f.__kwdefaults__['only']
print('got', f(1))
print('same', f.__defaults__[0] is kept, f.__kwdefaults__['only'] is only)
''', '''\
def f(x, kept=[], changed=1, *, only={}, other=2):
    return x / 0
''', '''\
def f(x, kept=[], changed=10 * 2, new=3, *, only={}, other=5, more='m'):
    return x, kept, changed, new, only, other, more
''', "got (1, [], 20, 3, {}, 5, 'm')\n", 'same True True\n')

    def test_a_default_that_is_reloaded_first(self):
        session = self.start('def f(x, by=0):\n    return x / by\n\nprint("got", f(4))\n')
        session.expect(PROMPT)
        self.edit('by=0', 'by=2')
        session.send('reload')
        session.expect('hr: reloaded f (program.py:1, 1 line changed)')
        session.expect(PROMPT)
        self.finish(session, 'got 2.0\n')

    def test_a_default_that_another_thread_reloads_first(self):
        session = self.start('''\
import sys, threading, time

def f(x, by=0):
    return x / by

def wait_for_the_other():
    while not any(frame.f_code is f.__code__ and frame.f_lineno is None  # in the guard
                  for frame in sys._current_frames().values()):
        time.sleep(0.01)

def work():
    print('got', f(4))

for _ in range(2):
    threading.Thread(target=work).start()
''')
        session.expect(PROMPT)
        session.send('wait_for_the_other()')
        session.expect(PROMPT)
        self.edit('by=0', 'by=2')
        session.send('c')
        session.expect('got 2.0\n')
        session.expect(PROMPT)
        self.finish(session, 'got 2.0\n')

    def test_a_default_that_fails(self):
        session = self.start('def f(x, y=1):\n    return x / 0\n\nprint("got", f(1))\n')
        session.expect(PROMPT)
        self.edit('y=1', 'y=missing')
        self.edit('x / 0', 'x + y')
        session.send('c')
        session.expect(re.compile('program.py.*error: .*missing'))
        session.expect(PROMPT)
        self.edit('y=missing', 'y=4')
        self.finish(session, 'got 5\n')

    def test_default_from_the_class_and_the_enclosing_call(self):
        self.fix('''\
def outer():
    size = 3
    class A:
        width = 4
        def f(self, x=1):
            return x / 0
    print('got', A().f())

outer()
''', '''\
        def f(self, x=1):
            return x / 0
''', '''\
        def f(self, x=width * size):
            return x
''', 'got 12\n')

    def test_docstring_and_annotations(self):
        self.fix('''\
def f(x: int):
    """Old."""
    return x / 0

print('got', f(1), f.__doc__, f.__annotations__)
''', '''\
def f(x: int):
    """Old."""
    return x / 0
''', '''\
def f(x: float) -> str:
    """New."""
    return x
''', "got 1 New. {'x': <class 'float'>, 'return': <class 'str'>}\n")

    def test_parameters_moved_and_renamed(self):
        self.fix('''\
def f(a, b, c=3):
    return a / 0

print('got', f(1, 2))
''', '''\
def f(a, b, c=3):
    return a / 0
''', '''\
def f(b, new=0, c=4, *, a):
    return a, b, c, new
''', 'got (1, 2, 4, 0)\n')
        self.fix('''\
def f(a, b):
    return a / 0

print('got', f(1, 2))
''', '''\
def f(a, b):
    return a / 0
''', '''\
def f(a, other):
    return a, other
''', 'got (1, 2)\n')

    def test_a_signature_that_no_longer_fits(self):
        session = self.start('''\
def f(a, b):
    return a / 0

def caller():
    return f(1, 2)

print('got', caller())
''')
        session.expect(PROMPT)
        self.edit('def f(a, b):\n    return a / 0', 'def f(a):\n    return a')
        session.send('c')
        session.expect('in caller: TypeError: f() ')
        session.expect(PROMPT)
        self.edit('f(1, 2)', 'f(1)')
        self.finish(session, 'got 1\n')

    def test_rest_of_the_file_is_half_typed(self):
        self.fix('''\
def f(x):
    return x / 0

print('got', f(1))
''', '    return x / 0\n', '    return x\n\nclass Half(:\n    def g(self, =):\n',
                 'got 1\n')

    def test_an_open_bracket_in_the_definition(self):
        session = self.start('def f(x):\n    y = x / 0\n    return y\n\nprint("got", f(1))\n')
        session.expect(PROMPT)
        self.edit('y = x / 0', 'y = (x')
        session.send('c')
        session.expect(re.compile(r'^program\.py:2:\d+: error: ', re.M))
        session.expect(PROMPT)
        self.edit('y = (x', 'y = (x)')
        self.finish(session, 'got 1\n')

    def test_an_empty_cell_is_said(self):
        session = self.start('''\
def outer():
    def inner(x):
        return x / 0
    return inner

f = outer()
print('got', f(3))
''')
        session.expect(PROMPT)
        self.edit('    def inner', '    late = 1\n    def inner')
        self.edit('x / 0', 'x + late')
        session.send('c')
        session.expect('hr: no value is known for late of the enclosing function')
        session.expect('NameError')
        session.expect(PROMPT)
        self.edit('x + late', 'x')
        self.finish(session, 'got 3\n')

    def test_global_and_nonlocal_added(self):
        self.fix('''\
def outer():
    n = 1
    def inner():
        return n / 0
    print('inner', inner(), n)
outer()
''', '        return n / 0', '        nonlocal n\n        n = 5\n        return n',
                 'inner 5 5\n')

    def test_file_with_crlf_and_another_encoding(self):
        self.path_bytes = ('# -*- coding: latin-1 -*-\r\n'
                           'def f():\r\n    "\xe9"\r\n    return 1 / 0\r\n'
                           'print("got", ascii(f()))\r\n').encode('latin-1')
        with open(self.path, 'wb') as file:
            file.write(self.path_bytes)
        session = self.session([harness.RUN, 'program.py'])
        session.expect(PROMPT)
        with open(self.path, 'wb') as file:
            file.write(self.path_bytes.replace(b'1 / 0', b'"\xe8"'))
        self.finish(session, "got '\\xe8'\n")

    def test_new_helpers_imports_and_constants(self):
        self.fix('''\
def f(x):
    return x / 0

print('got', f(9))
''', '''\
def f(x):
    return x / 0
''', '''\
import math

SCALE = math.floor(2.5)

def helper(x):
    return math.sqrt(x) * SCALE

def f(x):
    return helper(x)
''', re.compile(r'hr: brought in helper from program\.py\n'), 'got 6.0\n')

    def test_a_function_that_shows_its_names(self):
        self.fix('''\
def f(x, y=0):
    x += 1
    return sorted(locals()) / y

print('got', f(9))
''', 'sorted(locals()) / y', 'sorted(locals()), x', "got (['x', 'y'], 11)\n")

    def test_a_new_import_that_fails(self):
        session = self.start('def f(x):\n    return x / 0\n\nprint("got", f(9))\n')
        session.expect(PROMPT)
        self.edit('def f(x):\n    return x / 0',
                  'import no_such_module\ndef f(x):\n    return no_such_module.a')
        session.send('c')
        session.expect(re.compile(r'error: .*no_such_module'))
        session.expect(PROMPT)
        self.edit('no_such_module.a', 'x')
        self.finish(session, 'got 9\n')


class TestScopes(CycleCase):
    def test_a_default_whose_scope_is_gone(self):
        session = self.start('''\
def outer(k):
    def inner(x=k):
        return x / 0
    return inner

f = outer(4)
print('got', f())
''')
        session.expect(PROMPT)
        self.edit('x=k', 'x=k + 1')
        self.edit('x / 0', 'x')
        self.finish(session, 'hr: the default of x keeps its old value: NameError: ', 'got 4\n')

    def test_a_new_default_whose_scope_is_gone(self):
        session = self.start('''\
def outer(k):
    def inner(x):
        return x / 0
    return inner

f = outer(4)
print('got', f(1))
''')
        session.expect(PROMPT)
        self.edit('def inner(x)', 'def inner(x, y=k)')
        session.send('c')
        session.expect(re.compile(r'^program\.py.*error: .*NameError: .*k', re.M))
        session.expect(PROMPT)
        self.edit('y=k', 'y=3')
        self.edit('x / 0', 'x + y')
        self.finish(session, 'got 4\n')

    def test_only_changed_defaults_are_evaluated(self):
        self.fix('''\
made = []
def make(x):
    made.append(x)
    return x

def f(a=make(1), *, b=make(2)):
    return 1 / 0

print('got', f(), made)
''', 'b=make(2)):\n    return 1 / 0', 'b=make(3), c=make(4)):\n    return a, b, c',
                 'got (1, 3, 4) [1, 2, 3, 4]\n')

    def test_a_closure_that_loses_and_swaps_variables(self):
        self.fix('''\
def outer():
    a, b, c = 'a', 'b', 'c'
    def inner(x):
        return a, b, x / 0
    def other():
        return a, c
    return inner, other

f, g = outer()
print('got', f(3))
''', 'return a, b, x / 0', 'return c, b, x', "got ('c', 'b', 3)\n")
        self.fix('''\
def outer():
    a, b = 'a', 'b'
    def inner(x):
        return a, b, x / 0
    return inner

f = outer()
print('got', f(3), f.__code__.co_freevars, len(f.__closure__ or ()))
''', 'return a, b, x / 0', 'return x', 'got 3 () 0\n')

    def test_a_variable_of_the_live_enclosing_call(self):
        self.fix('''\
def outer():
    late = 'value'
    def inner(x):
        return x / 0
    print('got', inner(3))

outer()
''', 'return x / 0', 'return late, x', "got ('value', 3)\n")

    def test_class_cell_newly_used(self):
        self.fix('''\
class A:
    def f(self):
        return 1 / 0
class B(A):
    pass
print('got', B().f())
''', 'return 1 / 0', 'return __class__ is A, [__class__ for _ in "x"][0].__name__',
                 "got (True, 'A')\n")

    def test_private_names_newly_used(self):
        self.fix('''\
class A:
    def __init__(self):
        self.__x = 5
    def f(self):
        return 1 / 0
print('got', A().f())
''', 'return 1 / 0', 'self.__y = self.__x\n        return sorted(vars(self).items())',
                 "got [('_A__x', 5), ('_A__y', 5)]\n")

    def test_global_added(self):
        self.fix('''\
count = 1
def f():
    count = 5
    return count / 0
print('got', f(), count)
''', '    count = 5\n    return count / 0', '    global count\n    count = 5\n    return count',
                 'got 5 5\n')


class TestKinds(CycleCase):
    def test_to_and_from_coroutines(self):
        for first, second, run, kind in (
                ('def f():\n    return 1 / 0', 'async def f():\n    return 1', 'f()',
                 'a coroutine'),
                ('async def f():\n    return 1 / 0', 'def f():\n    return 1',
                 'asyncio.run(f())', 'a plain function'),
                ('async def f():\n    return 1 / 0', 'async def f():\n    yield 1',
                 'asyncio.run(f())', 'an asynchronous generator'),
                ('def f():\n    yield 1 / 0', 'async def f():\n    yield 1',
                 'list(f())', 'an asynchronous generator')):
            session = self.start(f'import asyncio\n{first}\nprint("got", {run})\n')
            session.expect(PROMPT)
            self.edit(first, second)
            session.send('c')
            session.expect(re.compile(r'^program\.py:2:1: error: f was called as an? .* and is '
                                      + kind, re.M))
            session.expect(PROMPT)
            self.edit(second, first.replace('1 / 0', '1'))
            self.finish(session, 'got ')
            session.close()

    def test_the_caller_can_take_it(self):
        session = self.start('''\
def f():
    return [1 / 0]

def caller():
    return list(f())

print('got', caller())
''')
        session.expect('in f: ')
        session.expect(PROMPT)
        self.edit('return [1 / 0]', 'yield 7')
        session.send('q')
        session.expect('in caller: ')
        session.expect(PROMPT)
        session.send('reload f')
        session.expect('hr: reloaded f')
        session.expect(PROMPT)
        self.finish(session, 'got [7]\n')


@unittest.skipIf(sys.version_info < (3, 12), 'type parameters need Python 3.12')
class TestTypeParameters(CycleCase):
    def test_added(self):
        self.fix('''\
def f(x):
    return x / 0
print('got', f(1), f.__type_params__, f.__annotations__)
''', 'def f(x):\n    return x / 0',
                 'def f[T, *Ts](x: T, *more: *Ts) -> list[T]:\n    return x',
                 re.compile(r"got 1 \(T, Ts\) \{'x': T, 'more': (\*Ts|typing.Unpack\[Ts\]), "
                            r"'return': list\[T\]\}\n"))

    def test_kept_and_used(self):
        self.fix('''\
def f[T](x: T) -> T:
    return x / 0
old = f.__type_params__[0]
print('got', f(1), f.__type_params__[0] is old, f.__annotations__['y'] is old)
''', '(x: T) -> T:\n    return x / 0', '(x: T, y: T = 1) -> list[T]:\n    return T is old',
                 'got True True True\n')

    def test_removed_from_a_method(self):
        self.fix('''\
class A[V]:
    def f[T](self, x: T) -> V:
        return x / 0
print('got', A().f(1), A.f.__type_params__, A.f.__annotations__['return'] is A.__type_params__[0])
''', 'def f[T](self, x: T) -> V:\n        return x / 0',
                 'def f(self, x: int) -> V:\n        return x', 'got 1 () True\n')


class TestVariablesLeftOut(CycleCase):
    """A version without a variable of the enclosing function does not lose it for good."""

    def test_and_used_again(self):
        session = self.start('''\
def make(a, b):
    def inner(x):
        return a[x], b
    def put(x): a[x] = x
    return inner, put

f, put = make({1: 'one'}, 'b')
g, other = make({1: 'uno'}, 'c')
print('got', f(2), f(1), g(1))
''')
        session.expect('KeyError: 2')
        session.expect(PROMPT)
        self.edit('return a[x], b', 'return 7 + bad')
        session.send('c')
        session.expect("NameError: name 'bad'")
        session.expect(PROMPT)
        self.say_and_stay(session)
        self.edit('return 7 + bad', 'return a.get(x, "none"), b')
        self.finish(session, "got ('none', 'b') ('one', 'b') ('uno', 'c')\n")
        self.assertNotIn('no value is known', session.transcript)

    def say_and_stay(self, session):
        """The cell is the one that is shared still."""
        session.send('put(5); f')
        session.expect(PROMPT)

    def test_two_closures_without_a_value(self):
        session = self.start('''\
def make(a, b):
    def inner():
        return a / 0
    return inner

f, g = make(1, 2), make(3, 4)
print('got', f(), g())
''')
        session.expect(PROMPT)
        self.edit('return a / 0', 'return b, a')
        session.send('c')
        session.expect('hr: no value is known for b of the enclosing function: ')
        session.expect(PROMPT)


if __name__ == '__main__':
    unittest.main()
