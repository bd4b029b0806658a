"""What restarts: methods of every kind, and every way in which they are called."""

import unittest

from cycle import PROMPT, CycleCase

# The header, what it is mended to return, how it is called, and what that gives.
SPECIAL = (
    ('__len__(self)', '3', 'len(A())', '3'),
    ('__iter__(self)', 'iter([1, 2])', 'list(A())', '[1, 2]'),
    ('__eq__(self, other)', 'True', 'A() == 1', 'True'),
    ('__hash__(self)', '4', 'hash(A())', '4'),
    ('__getattr__(self, name)', 'name * 2', 'A().ab', 'abab'),
    ('__repr__(self)', '"me"', 'repr(A())', 'me'),
    ('__lt__(self, other)', 'False', 'len(sorted([A(), A()]))', '2'),
    ('__getitem__(self, i)', 'i + 1', 'A()[4]', '5'),
    ('__contains__(self, i)', 'True', '4 in A()', 'True'),
    ('__call__(self, i)', 'i', 'A()(9)', '9'),
    ('__bool__(self)', 'False', 'not A()', 'True'),
    ('__enter__(self)', '2', 'enter(A())', '2'),
    ('__next__(self)', '5', 'next(A())', '5'),
    ('__setattr__(self, name, value)', 'object.__setattr__(self, name, 4)', 'set(A())',
     '4'),
    ('__exit__(self, *error)', 'True', 'leave(A())', 'left'),
    ('__get__(self, instance, owner)', '6', 'Owner.a', '6'),
    ('__index__(self)', '1', '[7, 8][A()]', '8'),
    ('__format__(self, spec)', 'spec * 2', 'f"{A():ab}"', 'abab'),
    ('__missing__(self, key)', 'key', 'D()["k"]', 'k'),
    ('__radd__(self, other)', 'other', '3 + A()', '3'),
    ('__class_getitem__(cls, item)', 'item', 'A[4]', '4'),
    ('__reversed__(self)', 'iter([3])', 'list(reversed(A()))', '[3]'),
    ('__instancecheck__(self, x)', 'True', 'isinstance(1, A())', 'True'),
    ('__length_hint__(self)', '3', 'list(I())', '[]'),
    ('__delitem__(self, key)', 'pass', 'delete(A())', 'gone'),
    ('__reduce__(self)', 'int, (4,)', 'pickle.loads(pickle.dumps(A()))', '4'),
)
# Each stands in A; the rest is there to call them.
SPECIAL_PROGRAM = '''\
import pickle

class A:
    def {header}:
        return 1 / 0
    if '__enter__' in locals():
        def __exit__(self, *error):
            pass
    elif '__exit__' in locals():
        def __enter__(self):
            return self

class D(A, dict):
    pass

class I(A):
    def __iter__(self):
        return self
    def __next__(self):
        raise StopIteration

class Owner:
    a = A()

def enter(a):
    with a as value:
        return value

def leave(a):
    with a:
        raise KeyError
    return 'left'

def set(a):
    a.x = 3
    return a.x

def delete(a):
    del a[0]
    return 'gone'

print('got', {use})
'''


class TestMethods(CycleCase):
    def test_static_and_class_methods(self):
        for kind, first in (('staticmethod', ''), ('classmethod', 'cls, ')):
            with self.subTest(kind):
                self.fix(f'''\
class A:
    @{kind}
    def make({first}x):
        return x / 0

print('one', A.make(8), 'two', A().make(6))
''', 'x / 0', 'x / 2', 'one 4.0 two 3.0\n', crash='in A.make')

    def test_property_getter_setter_deleter(self):
        text = '''\
class A:
    @property
    def x(self):
        {0}return self._x

    @x.setter
    def x(self, value):
        {1}self._x = value

    @x.deleter
    def x(self):
        {2}del self._x

a = A()
a.x = 5
print('x', a.x)
del a.x
print('gone', not hasattr(a, '_x'))
'''
        for place in range(3):
            with self.subTest(place=place):
                broken = ['1 / 0; ' if i == place else '' for i in range(3)]
                self.fix(text.format(*broken), '1 / 0; ', '', 'gone True\n')

    def test_property_gains_a_setter_in_the_edit(self):
        self.fix('''\
class A:
    @property
    def x(self):
        return 1 / 0

    @x.deleter
    def x(self):
        pass

print('x', A().x)
''', '        return 1 / 0\n', '''\
        return 5

    @x.setter
    def x(self, value):
        raise TypeError
''', 'x 5\n')

    def test_cached_property(self):
        self.fix('''\
import functools

class A:
    @functools.cached_property
    def x(self):
        return 1 / 0

a = A()
print('x', a.x, a.x, a.__dict__)
''', '1 / 0', '7', "x 7 7 {'x': 7}\n")

    def test_init_and_new(self):
        self.fix('''\
class A:
    def __new__(cls, x):
        self = super().__new__(cls)
        self.y = x / 0
        return self
    def __init__(self, x):
        self.x = x

a = A(4)
print('a', a.x, a.y)
''', 'x / 0', 'x / 2', 'a 4 2.0\n', crash='in A.__new__')
        self.fix('''\
class B:
    def __init__(self):
        self.y = 1

class A(B):
    def __init__(self, x):
        super().__init__()
        self.x = x / 0

a = A(4)
print('a', a.x, a.y)
''', 'x / 0', 'x / 2', 'a 2.0 1\n', crash='in A.__init__')

    def test_special_methods_called_from_c(self):
        for header, mended, use, shown in SPECIAL:
            with self.subTest(header):
                self.fix(SPECIAL_PROGRAM.format(header=header, use=use), 'return 1 / 0',
                         'pass' if mended == 'pass' else f'return {mended}',
                         f'got {shown}\n', crash='in A.' + header.partition('(')[0])

    def test_del(self):
        session = self.start('''\
class A:
    def __del__(self):
        print('deleted', 1 / 0)

a = A()
del a
print('end')
''')
        session.expect('in A.__del__')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, 'deleted 1\n', 'end\n')

    def test_dataclass_with_slots(self):
        self.fix('''\
import dataclasses

@dataclasses.dataclass(slots=True)
class Point:
    x: int
    y: int = 2

    def total(self):
        return self.x + self.z

p = Point(1)
print('total', p.total(), p)
''', 'self.z', 'self.y', 'total 3 Point(x=1, y=2)\n')

    def test_enum_and_namedtuple(self):
        self.fix('''\
import enum, typing

class Color(enum.Enum):
    RED = 1
    def label(self):
        return self.name / 2

class Pair(typing.NamedTuple):
    a: int
    def twice(self):
        return self.a * 2

print('label', Color.RED.label(), Pair(4).twice())
''', 'self.name / 2', 'self.name.lower()', 'label red 8\n')

    def test_init_subclass_and_metaclass(self):
        self.fix('''\
class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args), cls.kind / 0

class A(metaclass=Meta):
    def __init_subclass__(cls, *, kind, **rest):
        super().__init_subclass__(**rest)
        cls.kind = kind

class B(A, kind=4):
    pass

print('made', B()[1])
''', 'cls.kind / 0', 'cls.kind', 'made 4\n', crash='in Meta.__call__')

    def test_a_default_that_the_class_has_deleted(self):
        self.fix('''\
class A:
    n = 3
    def f(self, k=n):
        return k / 0
    del n

print('got', A().f())
''', 'k=n):\n        return k / 0', 'k=n + 1):\n        return k',
                 "hr: the default of k keeps its old value: NameError: name 'n' is not defined",
                 'got 3\n')

    def test_class_in_a_function(self):
        self.fix('''\
def make():
    class Base:
        def f(self):
            return 1
    class Local(Base):
        def f(self):
            return 1 / 0
    return Local

Local = make()
print('f', Local().f())
''', '1 / 0', 'super().f() + len(__class__.__name__)', 'f 6\n')

    def test_private_names(self):
        self.fix('''\
class A:
    def __init__(self, __x):
        self.__secret = __x
        __x = None
        1 / 0
    def show(self):
        return self.__secret

print('secret', A(4).show())
''', '1 / 0', 'pass', 'secret 4\n')


if __name__ == '__main__':
    unittest.main()
