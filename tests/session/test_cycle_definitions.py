"""What restarts: definitions that are decorated, moved, generic, or several of one name."""

import unicodedata
import unittest

from cycle import PROMPT, CycleCase, harness


class TestDecorated(CycleCase):
    def test_at_every_position(self):
        base = '''\
import contextlib, functools

class Counting:
    def __init__(self, function):
        self.function, self.calls = function, 0
    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)
    def __get__(self, instance, owner=None):
        return functools.partial(self, instance)

def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **keywords):
        return function(*args, **keywords)
    return wrapper

def bare(function):
    return lambda *args: function(*args)

def option(n):
    return lambda function: traced(bare(function))

table = {}

def register(function):
    table['only'] = function
    return 'not a function'

'''
        for decorators, use in (
                ('@traced @bare @Counting @option(3)', 'f(None, 4)'),
                ('@Counting @traced', 'f(None, 4)'),
                ('@register @traced @bare', 'table["only"](None, 4)'),
                ('@bare @functools.partial', 'f(None, 4)')):
            with self.subTest(decorators):
                lines = '\n'.join('@' + one.strip() for one in decorators.split('@')[1:])
                self.fix(base + f'{lines}\ndef f(self, x):\n    return x / 0\n\n'
                         f'print("got", {use})\n', 'x / 0', 'x + 1', 'got 5\n', crash='in f: ')
        for decorators, use in (
                ('@staticmethod @traced @bare', 'A.m(None, 4)'),
                ('@classmethod @traced', 'A.m(4)'),
                ('@Counting @bare', 'A().m(4)'),
                ('@traced @Counting @traced', 'A.m(None, 4)'),
                ('@functools.singledispatchmethod', 'A().m(4)')):
            with self.subTest(decorators):
                lines = '\n'.join('    @' + one.strip() for one in decorators.split('@')[1:])
                self.fix(base + f'class A:\n{lines}\n    def m(self, x):\n'
                         f'        return x / 0\n\nprint("got", {use})\n',
                         'x / 0', 'x + 1', 'got 5\n', crash='in A.m: ')
        self.fix(base + '''\
class A:
    @property
    @traced
    @bare
    def p(self):
        return 1 / 0

print('got', A().p)
''', '1 / 0', '5', 'got 5\n', crash='in A.p: ')

    def test_property_made_by_calls(self):
        self.fix('''\
class A:
    def _get(self):
        return self.v / 0
    def _set(self, v):
        self.v = v
    x = property(_get, _set)

a = A()
a.x = 4
print('x', a.x)
''', 'self.v / 0', 'self.v', 'x 4\n', crash='in A._get')


class TestOneName(CycleCase):
    def test_each_branch(self):
        text = '''\
try:
    import {module}
    def f(x):
        return 'has', x{0}
except ImportError:
    def f(x):
        return 'has not', x{1}
finally:
    def g(x):
        return f(x)

if g:
    def h(x):
        return g(x)
elif not g:
    def h(x):
        return None
else:
    def h(x):
        return 0

print('got', h(4))
'''
        for place, module, shown in ((0, 'json', 'has'), (1, 'no_such_module', 'has not')):
            with self.subTest(shown):
                broken = [' / 0' if i == place else '' for i in range(2)]
                self.fix(text.format(*broken, module=module), 'x / 0', 'x',
                         f"got ('{shown}', 4)\n", crash='in f: ')

    def test_overloads(self):
        self.fix('''\
import typing

@typing.overload
def f(x: int) -> int: ...
@typing.overload
def f(x: str) -> str:
    ...
def f(x):
    return x / 0

class A:
    @typing.overload
    def m(self, x: int) -> int: ...
    @typing.overload
    def m(self, x: str) -> str: ...
    def m(self, x):
        return f(x)

print('got', A().m(4))
''', 'x / 0', 'x', 'got 4\n', crash='in f: ')

    def test_defined_again(self):
        self.fix('''\
def f(x):
    return x / 0
old = f
def f(x):
    return old(x) + 1
older = f
def f(x):
    return older(x) + 2

print('got', f(1))
''', 'x / 0', 'x * 10', 'got 13\n', crash='program.py:2: in f: ')

    def test_singledispatch_by_type(self):
        self.fix('''\
import functools

@functools.singledispatch
def show(x):
    return x / 0

@show.register(int)
@show.register(float)
def number(x):
    return 'number'

print('got', show(''), show(1), show(1.0))
''', 'x / 0', "'any'", 'got any number number\n', crash='in show: ')


class TestMoved(CycleCase):
    def test_names_in_another_form(self):
        """The compiler has one spelling of a name that a text may write in several."""
        text = '''\
class Café:
    def ﬁnd(self, µ, ä=2):
        µ = µ + 1
        return ä / (µ - 1)

def rené(n):
    ñ = n
    def inner(): return ñ / 0
    return inner()

print('first', Café().ﬁnd(0))
print('second', rené(3))
'''
        for form in ('NFC', 'NFD'):
            with self.subTest(form):
                session = self.start(unicodedata.normalize(form, text))
                session.expect('in Café.find: ZeroDivisionError')
                session.expect(PROMPT)
                self.edit('(µ - 1)', 'µ')
                self.edit('=2', '=3')
                session.send('c')
                session.expect('first 3.0')
                session.expect('in rené.inner: ZeroDivisionError')
                session.expect(PROMPT)
                self.edit(' / 0', '')
                self.finish(session, 'second 3')

    def test_function_moved_below(self):
        session = self.fix('''\
def f(x):
    return x / 0

def g(x):
    return f(x) + 1

print('got', g(4))
''', '''\
def f(x):
    return x / 0

def g(x):
    return f(x) + 1
''', '''\
def g(x):
    return f(x) + 1

# A remark.
def f(x):
    y = x
    return y
''', 'hr: reloaded f (program.py:5, 2 lines changed)', 'got 5\n')
        self.assertNotIn('edited as well', session.transcript)

    def test_method_moved_in_its_class(self):
        self.fix('''\
class A:
    def f(self):
        return 1 / 0
    def g(self):
        return self.f()

print('got', A().g())
''', '''\
    def f(self):
        return 1 / 0
    def g(self):
        return self.f()
''', '''\
    def g(self):
        return self.f()

    @property
    def h(self):
        return 1

    def f(self):
        return self.g.__name__
''', 'got g\n')


class TestGenerics(CycleCase):
    def test_type_parameters(self):
        version = harness.python('-c', 'import sys; print(sys.version_info >= (3, 12))')
        if version.stdout.strip() != b'True':
            self.skipTest('type parameters need Python 3.12')
        self.fix('''\
def first[T](xs: list[T]) -> T:
    return xs[9]

print('got', first([4, 5]), first.__type_params__)
''', 'xs[9]', 'xs[0]', 'got 4 (T,)\n', crash='in first: ')
        self.fix('''\
class Stack[T]:
    def __init__(self):
        self.items: list[T] = []

    def push[S](self, item: T, *more: S) -> S:
        self.items.append(itme)
        return more[0]

    @staticmethod
    def label[U](x: U):
        return U.__name__, x

s = Stack[int]()
print('got', s.push(4, 'x'), s.items, Stack.__type_params__, s.label(1))
''', 'itme', 'item', "got x [4] (T,) ('U', 1)\n", crash='in Stack.push: ')
        self.fix('''\
class Box[T]:
    class Inner[W]:
        def get[U](self, y: U):
            return 1 / 0

print('got', Box.Inner().get('a'))
''', '''\
        def get[U](self, y: U):
            return 1 / 0
''', '''\
        def get[U, V](self, y: U, z: V = 3):
            def name(): return T.__name__ + W.__name__
            return name(), U, V, z
''', "got ('TW', U, V, 3)\n")
        self.fix('''\
def outer[T](x: T):
    def inner(y):
        return y / 0
    return inner(x)

print('got', outer(3))
''', 'y / 0', 'y, T', 'got (3, T)\n')
        self.fix('''\
class Box[T]:
    def kind(self):
        return T / 0

print('got', Box().kind())
''', 'T / 0', 'T.__name__, __class__.__name__', "got ('T', 'Box')\n", crash='in Box.kind: ')


TWICE = '''\
def f(x):
    return 1
one = f

def f(x):
    return {}[x]
two = f

print(one(0), two(0), one(0))
'''


class TestTwoOfOneName(CycleCase):
    """The one that fails is the one that is reloaded."""

    def mended(self, *edits, text=TWICE, said='1 None 1\n'):
        session = self.start(text)
        session.expect('in f: KeyError: 0')
        session.expect(PROMPT)
        for old, new in edits:
            self.edit(old, new)
        self.finish(session, 'hr: reloaded f (', said)

    FIRST = TWICE.replace('return 1', 'return 2').replace('{}[x]', '1').replace(
        'return 2', 'return {}[x]')
    FIX = ('{}[x]', '{}.get(x)')

    def test_the_second(self):
        self.mended(self.FIX)

    def test_the_first(self):
        self.mended(self.FIX, text=self.FIRST, said='None 1 None\n')

    def test_lines_between(self):
        lines = ('one = f\n', 'one = f\n\n# more\nmore = 1\n\ndef other():\n    return 1\n')
        self.mended(lines, self.FIX)
        self.mended(lines, self.FIX, text=self.FIRST, said='None 1 None\n')

    def test_the_other_is_longer(self):
        longer = ('return 1', 'a = 1\n    b = 2\n    return a + b')
        self.mended(longer, self.FIX)
        self.mended(longer, self.FIX, text=self.FIRST, said='None 1 None\n')

    def test_another_between(self):
        between = ('one = f\n', 'one = f\n\ndef f(x):\n    return 3\n')
        self.mended(between, self.FIX)
        self.mended(between, self.FIX, text=self.FIRST, said='None 1 None\n')

    def test_the_other_is_gone(self):
        self.mended(('def f(x):\n    return 1\n', ''), ('one = f\n', ''), self.FIX)

    def test_in_two_branches(self):
        self.mended(self.FIX, said='None\n', text='if __name__ != "__main__":\n    def f(x):\n'
                    '        return 1\nelse:\n    def f(x):\n        return {}[x]\nprint(f(0))\n')


if __name__ == '__main__':
    unittest.main()
