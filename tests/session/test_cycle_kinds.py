"""What restarts: the less usual places of a definition, each by a program that fails
once there, is edited, and ends with what it would have said without the failure."""

import re
import unittest

from cycle import PROMPT, CycleCase


class TestNested(CycleCase):
    def test_cache_above_and_below_a_nested_function(self):
        self.fix('''\
import functools

def plain(function):
    def caller(*args):
        return function(*args)
    return caller

def make(n):
    @functools.cache
    @plain
    @functools.lru_cache(maxsize=None)
    def inner(x):
        return x * n / 0
    return inner

a, b = make(2), make(3)
print('made', a(10), a(10), b(10), a.cache_info().hits, make(4)(10))
''', 'x * n / 0', 'x * n + 1', 'made 21 21 31 1 41\n')

    def test_nested_class(self):
        self.fix('''\
class Outer:
    class Inner:
        class Innermost:
            def f(self):
                return 1 / 0

            @classmethod
            def g(cls):
                return cls.__qualname__

i = Outer.Inner.Innermost()
print('nested', i.f())
''', '1 / 0', 'self.g() + __class__.__name__', 'nested Outer.Inner.InnermostInnermost\n',
                 crash='in Outer.Inner.Innermost.f')

    def test_every_class_that_a_function_made(self):
        self.fix('''\
def make(n):
    class Local:
        def f(self):
            return n / 0
        @property
        def p(self):
            return self.f() * 2
    return Local

classes = [make(n) for n in (1, 2)]
first = classes[0]()
print('local', first.p, [c().p for c in classes], make(5)().p)
''', 'n / 0', 'n + 10', 'local 22 [22, 24] 30\n')

    def test_lambda_stops_in_its_guarded_caller(self):
        session = self.start('''\
def apply(function, x):
    return function(x)

f = lambda x: x / zero
zero = 0

def work(x):
    return apply(f, x)

print('got', work(4))
''')
        session.expect('in apply: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('return function(x)', 'return x * 2')
        self.finish(session, 'got 8\n')

    def test_lambda_called_from_c_in_a_function(self):
        self.fix('''\
def work(xs):
    return sorted(xs, key=lambda x: -x / zero)

zero = 0
print('got', work([1, 2]))
''', '-x / zero', '-x', 'got [2, 1]\n', crash='in work: ZeroDivisionError')

    def test_lambda_called_from_module_level(self):
        self.fix('''\
zero = 0
f = lambda x: x / zero
print('got', f(4), list(map(f, [6])))
''', "print('got', f(4), list(map(f, [6])))", "print('got', 'other')", 'got other\n',
                 crash=re.compile(r'program.py:\d+: .*ZeroDivisionError'))


class TestClasses(CycleCase):
    def test_namedtuple(self):
        self.fix('''\
import collections, typing

class Pair(typing.NamedTuple):
    a: int
    b: int = 2
    def total(self):
        return self.a + self.c

class Triple(collections.namedtuple('Base', 'a b c')):
    __slots__ = ()
    def total(self):
        return sum(self) / Pair(1).total()

print('total', Triple(1, 2, 3).total(), Pair(3))
''', 'self.c', 'self.b', 'total 2.0 Pair(a=3, b=2)\n', crash='in Pair.total')

    def test_post_init_and_slots(self):
        self.fix('''\
import dataclasses

@dataclasses.dataclass(slots=True, frozen=True)
class Point:
    x: int
    total: int = dataclasses.field(init=False)

    def __post_init__(self):
        object.__setattr__(self, 'total', self.x / 0)

    def plus(self, n):
        return hash(self) is not None and self.total + n

print('point', Point(4), Point(5).plus(1))
''', 'self.x / 0', 'self.x * 2', 'point Point(x=4, total=8) 11\n',
                 crash='in Point.__post_init__')

    def test_enum_hooks(self):
        self.fix('''\
import enum

class Color(enum.StrEnum):
    RED = 'r'

    @classmethod
    def _missing_(cls, value):
        return cls.RED / 0

print('color', repr(Color('x')))
''', 'cls.RED / 0', 'cls.RED', "color <Color.RED: 'r'>\n", crash='in Color._missing_')

    def test_metaclass_and_subclass_keywords(self):
        text = '''\
class Meta(type):
    def __new__(meta, name, bases, space, **keywords):
        {0}
        return super().__new__(meta, name, bases, space, **keywords)

    def __init__(cls, name, bases, space, **keywords):
        {1}
        super().__init__(name, bases, space)

    @classmethod
    def __prepare__(meta, name, bases, **keywords):
        {2}
        return dict(prepared=True)

class A(metaclass=Meta):
    def __init_subclass__(cls, *, kind=None, **rest):
        {3}
        super().__init_subclass__(**rest)
        cls.kind = kind

    def __set_name__(self, owner, name):
        {4}

class B(A, kind=4):
    member = A()

print('made', B.kind, B.prepared, type(B).__name__)
'''
        for place, name in enumerate(('Meta.__new__', 'Meta.__init__', 'Meta.__prepare__',
                                      'A.__init_subclass__', 'A.__set_name__')):
            with self.subTest(name):
                broken = ['1 / 0' if i == place else 'pass' for i in range(5)]
                self.fix(text.format(*broken), '1 / 0', 'pass', 'made 4 True Meta\n',
                         crash=f'in {name}: ')

    def test_getattr_and_hash_that_c_code_asks(self):
        self.fix('''\
class Key:
    def __init__(self, name):
        self.name = name
    def __hash__(self):
        return hash(self.nmae)
    def __eq__(self, other):
        return self.name == other.name

table = {Key('a'): 1, Key('b'): 2}
print('table', table[Key('a')], len({Key('a'), Key('a')}))
''', 'self.nmae', 'self.name', 'table 1 1\n', crash='in Key.__hash__: AttributeError')
        self.fix('''\
class Proxy:
    def __init__(self, target):
        self.target = target
    def __getattr__(self, name):
        return getattr(self.target, nmae)

p = Proxy('text')
print('proxy', p.upper(), getattr(p, 'lower')())
''', 'nmae', 'name', 'proxy TEXT text\n', crash='in Proxy.__getattr__: NameError')


if __name__ == '__main__':
    unittest.main()
