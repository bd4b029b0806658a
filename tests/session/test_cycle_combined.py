"""Several at once of what restarts and of what an edit may change."""

import unittest

from cycle import PROMPT, CycleCase


class TestCombined(CycleCase):
    def mend(self, text, *edits, said):
        """A crash and an edit, as often as there are edits."""
        session = self.start(text)
        for old, new in edits[:-1]:
            session.expect(PROMPT)
            self.edit(old, new)
            session.send('c')
        session.expect(PROMPT)
        self.edit(*edits[-1])
        self.finish(session, said)

    def test_setter_of_a_slotted_dataclass_in_a_function(self):
        self.mend('''\
from dataclasses import dataclass

def make(scale):
    @dataclass(slots=True)
    class P:
        _x: int = 1
        @property
        def x(self): return self._x
        @x.setter
        def x(self, value):
            self._x = value / 0
    p = P(5)
    p.x = 7
    return p

print('got', make(10))
''', ('def x(self, value):\n            self._x = value / 0',
      'def x(self, value, *, by=scale):\n            self._x = value * by + scale'),
                  said='got make.<locals>.P(_x=80)\n')

    def test_recursive_closure_under_a_cache_in_a_thread(self):
        self.mend('''\
import functools, threading

def make(base):
    @functools.cache
    def fib(n):
        if n < 2:
            return 1 / base
        return fib(n - 1) + fib(n - 2)
    return fib

f, out = make(0), []
thread = threading.Thread(target=lambda: out.append(f(20)))
thread.start()
thread.join()
print('got', out, f.cache_info().misses)
''', ('return 1 / base', 'return n + base'), said='got [6765] 21\n')

    def test_comparisons_that_sorted_and_set_ask(self):
        self.mend('''\
class K:
    def __init__(self, n): self.n = n
    def __lt__(self, other): return self.n / 0 < other.n
    def __repr__(self): return f'K{self.n}'
    def __hash__(self): return hash(self.n / 0)
    def __eq__(self, other): return self.n == other.n / 0

ks = [K(3), K(1), K(2)]
print('got', sorted(ks), sorted(range(3), key=lambda i: ks[i]), len({*ks, K(1)}))
''', ('self.n / 0 < other.n', 'self.n < other.n'), ('hash(self.n / 0)', 'hash(self.n)'),
                  ('other.n / 0', 'other.n'), said='got [K1, K2, K3] [1, 2, 0] 3\n')

    def test_enum_hooks_and_methods_in_turn(self):
        self.mend('''\
import enum

class C(enum.Enum):
    A = 1
    B = 2
    @classmethod
    def _missing_(cls, value):
        return cls.A / 0
    @property
    def half(self): return self.value / 0
    def __str__(self): return 'C' + self.name / 0

print('got', C(7), C.B.half, str(C.A))
''', ('cls.A / 0', 'cls.A if value == 7 else None'), ('self.value / 0', 'self.value / 2'),
                  ("'C' + self.name / 0", "'C' + self.name"), said='got CA 1.0 CA\n')

    def test_metaclass_call_and_item(self):
        self.mend('''\
class M(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.tag = 1 / 0
        return made
    def __getitem__(cls, key): return key / 0

class X(metaclass=M):
    def __init__(self, a): self.a = a

x = X(3)
print('got', x.a, x.tag, X[4])
''', ('1 / 0', 'cls.__name__'), ('key / 0', '(cls.__name__, key)'),
                  said="got 3 X ('X', 4)\n")

    def test_named_tuple_gains_keyword_default_and_super(self):
        self.mend('''\
from typing import NamedTuple

class N(NamedTuple):
    a: int
    b: int = 2
    def total(self, *, k=1):
        return (self.a + self.b) / 0
    def __add__(self, other): return N(self.a / 0, 0)

print('got', N(1).total(), N(1) + N(2))
''', ('k=1):\n        return (self.a + self.b) / 0', 'k=5):\n        return (self.a + self.b) * k'),
                  ('N(self.a / 0, 0)', 'N(self.a + other.a, len(super().__repr__()))'),
                  said='got 15 N(a=3, b=6)\n')

    def test_a_coroutine_that_is_a_function_for_one_version(self):
        session = self.start('''\
import asyncio

async def f(a):
    return a / 0

async def main():
    return await f(3)

print('got', asyncio.run(main()))
''')
        session.expect(PROMPT)
        self.edit('async def f(a):\n    return a / 0', 'def f(a):\n    return a')
        session.send('c')
        session.expect('f was called as a coroutine and is a plain function now')
        session.expect(PROMPT)
        self.edit('def f(a):\n    return a', 'async def f(a):\n    return a + 1')
        self.finish(session, 'got 4\n')

    def test_every_special_method_of_one_class(self):
        self.mend('''\
class A(dict):
    def __missing__(self, key): return key / 0
    def __format__(self, spec): return spec / 0
    def __bool__(self): return 2 / 0
    def __index__(self): return 1 / 0
    def __enter__(self): return self
    def __exit__(self, *failure): return None / 0

def go():
    with A() as a:
        pass
    return a['k'], f'{a:>3}', bool(a), [5, 6][a]

print('got', go())
''', ('return None / 0', 'return None'), ('key / 0', 'key * 2'), ('spec / 0', 'spec'),
                  ('2 / 0', 'True'), ('1 / 0', '1'), said="got ('kk', '>3', True, 6)\n")


if __name__ == '__main__':
    unittest.main()
