"""Variables that an edited closure gains: of the very call that made it."""

import re
import unittest

from cycle import CycleCase

COPIED = 'hr: {} of the enclosing function is as its running call has it now'
UNKNOWN = 'hr: no value is known for {} of the enclosing function'


class TestMakers(CycleCase):
    """Variables that an edited closure gains."""

    def test_a_variable_of_the_call_that_made_the_function(self):
        """Not of another live call of the same maker, nor one of it for all functions."""
        self.fix('''\
def make(n, other):
    m = n * 1000
    def inner(x=1): return x / 0
    if n == 2:
        return make(3, inner)
    return other()

print('got', make(2, None))
''', 'x=1): return x / 0', 'x=m): return x + m', 'got 4000\n')
        self.fix('''\
kept = []
def make(n):
    m = n * 1000
    def inner(x): return x / 0
    kept.append(inner)
    if n == 2:
        print('live', inner(0))

make(1), make(2)
try:
    kept[0].__closure__[0].cell_contents
except ValueError:
    print('unknown', kept[1](1))
''', 'return x / 0', 'return x + m', 'hr: no value is known for m of the enclosing function',
                 'live 2000\n', 'unknown 2001\n')

    def test_a_variable_that_a_sibling_shares_with_the_live_call(self):
        self.fix('''\
def outer():
    count = 0
    def bump():
        nonlocal count
        count += 1
    def show():
        return 1 / 0
    print('got', show(), bump(), show())

outer()
''', 'return 1 / 0', 'return count', 'got 0 None 1\n')

    def test_a_variable_of_the_live_call_is_copied_and_that_is_said(self):
        self.fix('''\
def outer():
    n = 1
    def f(): return 1 / 0
    print('first', f())
    n = 2
    print('then', f(), n)

outer()
''', 'return 1 / 0', 'return n',
                 'hr: n of the enclosing function is as its running call has it now: what '
                 'either assigns later the other does not see\n',
                 'first 1\n', 'then 1 2\n')

    def test_all_remarks_are_shown(self):
        self.fix('''\
def make(n):
    def f(): return 1 / 0
    return f

f = make(1)
try:
    print(f())
except NameError:
    print('unknown')
''', 'return 1 / 0', 'return n if 0 else 5', 'hr: no value is known for n of the enclosing ',
                 'hr: it uses other variables of the enclosing function: functions that are '
                 'made later', '5\n')


class TestSuspended(CycleCase):
    """The call that made it waits, on no stack, or on another thread's."""

    def test_a_coroutine_in_gather(self):
        self.fix('''\
import asyncio

async def run(n):
    base = n * 10
    async def part(x):
        await asyncio.sleep(0)
        return x / (n - 2)
    (got,) = await asyncio.gather(part(1))
    return got, base

async def main():
    print('got', await asyncio.gather(run(1), run(2), run(3)))

asyncio.run(main())
''', 'return x / (n - 2)', 'return x + base', COPIED.format('base'),
                 'got [(-1.0, 10), (21, 20), (1.0, 30)]\n')

    def test_which_of_several_coroutines_the_cells_tell(self):
        """Their variables are equal; the one that is shared stays shared."""
        self.fix('''\
import asyncio

async def run(n):
    ready = []
    count = 0
    def add(x):
        nonlocal count
        count += x
    async def part():
        ready.append(n)
        return add(1) if n != 2 else 1 / 0
    await asyncio.gather(part())
    count += 100
    return count

async def main():
    print('got', await asyncio.gather(run(1), run(2), run(3)))

asyncio.run(main())
''', """    async def part():
        ready.append(n)
        return add(1) if n != 2 else 1 / 0
""", """    async def part():
        nonlocal count
        ready.append(n)
        count = count + 7 + n
        return add(0)
""", 'got [101, 109, 101]\n')

    def test_a_generator_between_two_values(self):
        self.fix('''\
def make(n):
    base = n * 10
    def inner(x): return x / 0
    yield inner
    yield base

first, second, other = make(1), make(2), make(3)
inner = next(first), next(second)
print('got', inner[1](1), list(first), list(second))
''', 'return x / 0', 'return x + base', COPIED.format('base'),
                 'got 21 [10] [20]\n')

    def test_an_async_generator_between_two_values(self):
        self.fix('''\
import asyncio

async def make(n):
    base = n * 10
    def keep(): return base
    def inner(x): return x / n / 0
    yield inner
    base += 1
    yield keep() + inner(0)

async def main():
    makers = [make(n) for n in (1, 2)]
    inners = [await anext(maker) for maker in makers]
    print('got', inners[1](5), [await anext(maker) for maker in makers])

asyncio.run(main())
''', 'return x / n / 0', 'return x + n + base', 'got 27 [23, 44]\n')

    def test_on_the_stack_of_another_thread(self):
        self.fix('''\
import threading

def run(n):
    base = n * 10
    got = []
    def work(x):
        got.append(x / (n - 2))
    thread = threading.Thread(target=work, args=(1,))
    thread.start()
    thread.join()
    return got, base

results = {}
threads = [threading.Thread(target=lambda n=n: results.update({n: run(n)})) for n in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print('got', results[1], results[2])
''', 'got.append(x / (n - 2))', 'got.append(x + base)', COPIED.format('base'),
                 'got ([-1.0], 10) ([21], 20)\n')

    def test_two_functions_out(self):
        """The function in between has ended; another call of the outer one waits."""
        self.fix('''\
import asyncio

async def outer(n, first):
    base = n * 10
    mark = [n]
    def middle():
        def inner(x): return (x / 0, mark)
        return inner
    inner = middle()
    if n == 3:
        await first.wait()
    got = await asyncio.to_thread(inner, 1)
    first.set()
    return got

async def main():
    first = asyncio.Event()
    print('got', await asyncio.gather(outer(3, first), outer(2, first)))

asyncio.run(main())
''', 'return (x / 0, mark)', 'return x + base, mark',
                 COPIED.format('base'), 'got [(31, [3]), (21, [2])]\n')


class TestTold(CycleCase):
    """What tells which call it was, where they have no cell in common."""

    def test_under_a_decorator(self):
        """With functools.wraps or without, as a class, in a partial."""
        for decorator in 'wrapping', 'plain', 'Holder', 'functools.lru_cache', 'partly':
            with self.subTest(decorator=decorator):
                self.fix(f'''\
import functools

def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper

def plain(function):
    return lambda *args: function(*args)

class Holder:
    def __init__(self, function):
        self.parts = [function]
    def __call__(self, *args):
        return self.parts[0](*args)

partly = functools.partial(functools.partial)

def make(n, other):
    m = n * 1000
    @{decorator}
    def inner(x): return x / 0
    if n == 2:
        return make(3, inner)
    return other(1)

print('got', make(2, None))
''', 'return x / 0', 'return x + m', COPIED.format('m'), 'got 2001\n')

    def test_methods_of_a_class_in_a_function(self):
        self.fix('''\
def make(n, other):
    m = n * 1000
    class Local:
        def plain(self): return self.value
        @property
        def value(self): return 1 / 0
    if n == 2:
        return make(3, Local())
    return other.plain()

print('got', make(2, None))
''', 'return 1 / 0', 'return m', COPIED.format('m'), 'got 2000\n')

    def test_several_made_in_a_loop(self):
        self.fix('''\
def make(n, others):
    m = n * 1000
    made = []
    for i in range(3):
        def inner(x): return x / 0
        made.append(inner)
    if n == 2:
        return make(3, made)
    return others[1](1)

print('got', make(2, None))
''', 'return x / 0', 'return x + m', COPIED.format('m'), 'got 2001\n')

    def test_one_that_nobody_holds_by_name(self):
        self.fix('''\
handlers = {}

def on(name):
    def register(function):
        handlers[name] = function
    return register

def run(n):
    m = n * 1000
    @on('step')
    def step(x): return x / 0
    return handlers['step'](1)

print('got', run(2))
''', 'return x / 0', 'return x + m', COPIED.format('m'), 'got 2001\n')

    def test_a_call_that_holds_what_another_one_made(self):
        """Of a call that is over; in what it was given, or before it made its own."""
        for header, call in (('def make(n, inners):', 'make(2, inners)'),
                             ('def make(n, inners):', 'make(3, inners)'),
                             ('def make(n, _):', 'make(2, inners)')):
            with self.subTest(header=header, call=call):
                self.fix(f'''\
{header}
    m = n * 1000
    early = inners[0] if inners else None
    if n == 3:
        return early(1)
    def inner(x): return x / 0
    inners.append(inner)
    if n == 2:
        return early(1)

inners = []
make(1, inners)
try:
    print('got', {call})
except NameError as error:
    print('got', error)
''', 'return x / 0', 'return x + m', UNKNOWN.format('m'), "got cannot access free variable 'm'")

    def test_super_newly_used_under_a_decorator_without_wraps(self):
        self.fix('''\
import asyncio

def twice(f):
    async def wrapper(*args):
        async for x in f(*args):
            yield x * 2
    return wrapper

class A:
    async def items(self):
        yield 100

class B(A):
    @twice
    async def items(self):
        yield 1
        yield 1 / 0

async def main():
    print('got', [x async for x in B().items()])

asyncio.run(main())
''', 'yield 1 / 0', 'async for x in super().items():\n            yield x',
                 'got [2, 200]\n')

    def test_the_class_of_the_method_around(self):
        """The method runs, waits, or has ended."""
        for call in 'one(0)', 'await asyncio.gather(one(0))', 'one':
            with self.subTest(call=call):
                self.fix(f'''\
import asyncio

class A:
    def v(self): return 7

class B(A):
    def v(self): return 1
    {'async ' * ('await' in call)}def run(self):
        {'async ' * ('await' in call)}def one(n):
            return 1 / n
        return {call}

got = B().run()
got = asyncio.run(got) if asyncio.iscoroutine(got) else got(0) if callable(got) else got
print('got', got)
''', 'return 1 / n', 'return super(B, __class__()).v()', re.compile(r'got \[?7\]?\n'))

    def test_methods_of_one_class_share_the_call(self):
        self.fix('''\
def make(k):
    class Local:
        def first(self): return k
        def second(self): return 1 / 0
    return Local

A, B = make(3), make(4)
print('got', A().second(), B().second(), A().first())
''', '1 / 0', 'k * 2', 'got 6 8 3\n')

    def test_a_sibling_of_another_call(self):
        """It shares what stands further out, which says nothing of the call."""
        self.fix('''\
def outer():
    shared = []
    def make(n):
        m = n * 1000
        def one(): return shared, m
        def two(): return shared, 1 / 0
        return one, two
    return make(1), make(2)

(other, failing), (own, late) = outer()
print('own', own())
late = other = None
try:
    print(failing())
except NameError as error:
    print('got', error)
''', 'return shared, 1 / 0', 'return shared, m', UNKNOWN.format('m'),
                 "got cannot access free variable 'm'")


class TestLookedAt(CycleCase):
    """What a live call has is its own, also when it was looked at."""

    def test_names_that_exec_has_bound_stay(self):
        self.fix('''\
def make(n):
    m = n * 1000
    exec('more = 5')
    had = 'more' in locals()  # up to 3.12
    def inner(x=1): return x / 0
    print('got', inner(), 'same', had == ('more' in locals()))

make(1)
''', 'return x / 0', 'return x + m', 'got 1001 same True\n')

    def test_a_list_that_another_call_has_too(self):
        """It is in a variable of the live call, which made another one."""
        self.write('items = []\n', 'registry.py')
        self.fix('''\
import registry

def make(n):
    m = n * 1000
    def inner(): return 1 / 0
    items = registry.items
    items.append(inner)
    if n == 2:
        try: print('got', items[0]())
        except NameError: print('unknown')

make(1)
make(2)
''', 'return 1 / 0', 'return m', UNKNOWN.format('m'), 'unknown\n')

    def test_frozen_functions_are_found(self):
        self.fix('''\
import gc

def make(n):
    m = n
    def get(): return m, n
    def fail(): return n / 0
    return get, fail

get, fail = make(3)
other = make(4)[1]

def main():
    def local(): return 2
    gc.freeze()
    print('got', fail(), fail(), local())

main()
''', 'return n / 0', 'return m', 'got 3 3 2\n')


if __name__ == '__main__':
    unittest.main()
