"""What restarts: functions, nested, recursive, decorated, called from C."""

import re
import unittest

from cycle import PROMPT, CycleCase


class TestFunctions(CycleCase):
    def test_parameters_that_are_named_as_what_the_guard_uses(self):
        session = self.start("""\
def f(crashed, restarted, restart, value=1, sent=2, caught=3):
    crashed, restarted, restart = restarted, restart, crashed
    value = sent = caught = value + 1
    return [crashed, restarted, restart, value][5]

async def g(crashed, restart):
    for crashed in range(2):
        yield restart
    restart = crashed = None
    yield 1 / 0

async def main():
    return [x async for x in g(1, 2)]

import asyncio
print(f(1, 2, 3), asyncio.run(main()))
""")
        session.expect('in f: IndexError')
        session.expect(PROMPT)
        self.edit('[5]', '[1]')
        session.send('c')
        session.expect('in g: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('1 / 0', '7')
        self.finish(session, '3 [2, 2, 7]\n')

    def test_every_live_closure_and_later_ones(self):
        self.fix('''\
def make(n):
    def inner(x):
        return x * n / 0
    return inner

fs = [make(n) for n in (2, 3, 3)]
print('first', [f(10) for f in fs])
print('later', make(5)(10))
''', 'x * n / 0', 'x * n + 1', 'first [21, 31, 31]\n', 'later 51\n')

    def test_equal_closures_are_told_apart(self):
        self.fix('''\
def make():
    count = 0
    def bump(by):
        nonlocal count
        count += by
        if by == 5:
            raise ValueError
        return count
    return bump

a, b, c = make(), make(), make()
a(1), b(1), c(1)
print('b', b(5), 'a', a(1), 'c', c(1), 'b', b(1))
''', 'raise ValueError', 'count += 100', 'b 111 a 2 c 2 b 112\n')

    def test_functions_of_one_def_that_share_nothing_are_told_apart(self):
        """Their lists are equal, and no caller has the function in a variable."""
        for name in 'abc':
            with self.subTest(name=name):
                self.fix(f'''\
def make():
    def f(x, seen=[]):
        seen.append(x / 0)
        return seen
    return f

table = {{name: make() for name in 'abc'}}
print('got', table['{name}'](1))
''', """seen=[]):
        seen.append(x / 0)""", """seen=[5]):
        seen.append(x)""", 'got [5, 1]\n')

    def test_functions_called_from_c(self):
        self.fix('''\
def key(x):
    return -x / 0

print('sorted', sorted([1, 3, 2], key=key), list(map(key, [1])), max([1, 2], key=key))
''', '-x / 0', '-x', 'sorted [3, 2, 1] [-1] 1\n')

    def test_ctypes_callback(self):
        self.fix('''\
import ctypes

def compare(x):
    return x // 0

callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(compare)
print('got', callback(8))
''', 'x // 0', 'x // 2', 'got 4\n')

    def test_recursion_at_any_level(self):
        self.fix('''\
def f(n):
    if n == 0:
        return 1 / 0
    return f(n - 1) + 1

print('depth', f(5))
''', '1 / 0', '100', 'depth 105\n')

    def test_recursion_restarted_above(self):
        session = self.start('''\
def f(n):
    if n == 0:
        return 1 / 0
    return f(n - 1) + 1

print('depth', f(3))
''')
        for _ in range(2):
            session.expect(PROMPT)
            session.send('q')
        session.expect(PROMPT)
        session.send('p n')
        session.expect('2\n')
        self.edit('1 / 0', '100')
        self.finish(session, 'depth 103\n')

    def test_second_crash_deeper_makes_its_own_loop(self):
        session = self.start('''\
def f(n):
    if n < 2:
        return n / 0
    return f(n - 1) + 1 / 0

print('got', f(2))
''')
        session.expect(PROMPT)
        self.edit('n / 0', 'n')
        session.send('c')
        session.expect('hr: reloaded')
        session.expect('in f: ZeroDivisionError')
        session.expect(PROMPT)
        session.send('p n')
        session.expect('2\n')
        self.edit('1 / 0', '10')
        self.finish(session, 'got 11\n')

    def test_recursion_error(self):
        self.fix('''\
def f(n):
    return f(n + 1)

print('got', f(0))
''', 'return f(n + 1)', 'return n', re.compile(r'got \d+\n'), crash='RecursionError')

    def test_decorated_without_wraps(self):
        self.fix('''\
import functools

def twice(function):
    def caller(*args):
        return function(*args) * 2
    return caller

@functools.cache
@twice
@functools.cache
def f(x):
    return x / 0

print('got', f(4), f(4))
''', 'x / 0', 'x', 'got 8 8\n')

    def test_several_of_one_name(self):
        self.fix('''\
import sys

if sys.platform == 'none':
    def f(x):
        return 'first', x
else:
    def f(x):
        return 'second', x / 0

try:
    import no_such_module
except ImportError:
    def g(x):
        return f(x)

print('got', g(4))
''', 'x / 0', 'x', "got ('second', 4)\n")

    def test_singledispatch(self):
        self.fix('''\
import functools

@functools.singledispatch
def show(x):
    return 'any'

@show.register
def _(x: int):
    return 'int'

@show.register
def _(x: str):
    return 'str' + x.bad

print('got', show(1), show(''), show(None))
''', 'x.bad', "'!'", 'got int str! any\n')

    def test_lines_added_above(self):
        session = self.fix('''\
def g():
    return 1

def f(x):
    return x / 0

print('got', f(4), f.__code__.co_firstlineno)
''', '''\
def g():
    return 1

def f(x):
    return x / 0''', '''\
import os
import sys

def g():
    return 1
    # more

def f(x):
    return x''', 'hr: reloaded f (program.py:8, 1 line changed)', 'got 4 8\n')

    def test_one_line_and_multi_line_headers(self):
        self.fix('def f(x): return x / 0\nprint("got", f(4))\n', 'x / 0', 'x', 'got 4\n')
        self.fix('''\
def f(
    x,
    y=(
        2
    ),
):
    return x / 0

print('got', f(4))
''', 'x / 0', 'x + y', 'got 6\n')

    def test_future_annotations(self):
        self.fix('''\
from __future__ import annotations

def f(x: Later) -> int:
    return x / 0

print('got', f(4), f.__annotations__)
''', 'x: Later) -> int:\n    return x / 0', 'x: Never) -> int:\n    return x',
                 "got 4 {'x': 'Never', 'return': 'int'}\n")


if __name__ == '__main__':
    unittest.main()
