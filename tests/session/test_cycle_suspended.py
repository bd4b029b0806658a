"""What restarts: generators, coroutines, and whatever runs in threads."""

import re
import unittest

from cycle import PROMPT, CycleCase


class TestSuspended(CycleCase):
    def test_generator(self):
        self.fix('''\
def numbers(n):
    if n:
        1 / 0
    yield n
    n = yield n + 1
    return n

def use():
    got = yield from numbers(4)
    print('returned', got)

u = use()
print('got', next(u), next(u))
try:
    u.send('x')
except StopIteration:
    pass
''', '1 / 0', 'pass', 'got 4 5\n', 'returned x\n')

    def test_values_that_do_not_come_again_are_said(self):
        text = """\
def numbers(n):
    START
    for i in range(n):
        yield i
        AFTER
    END

print('got', list(numbers(2)))
"""
        remark = 'hr: numbers is a generator: the '
        for place in 'AFTER', 'END', 'START':
            program = text.replace(place, '1 / 0')
            for other in 'START', 'AFTER', 'END':
                program = program.replace(other, 'pass')
            session = self.fix(program, '1 / 0', '0', 'got [0, 1]\n')
            self.assertEqual(remark in session.transcript, place != 'START')
            session.close()

    def test_another_kind_is_refused(self):
        for first, second, old, new in (
                ('return 1 / 0', 'yield 1', 'a plain function', 'a generator'),
                ('yield 1 / 0', 'return [1]', 'a generator', 'a plain function')):
            session = self.start(f'def f():\n    {first}\n\nprint("got", list(f()))\n')
            session.expect(PROMPT)
            self.edit(first, second)
            session.send('c')
            session.expect(f'program.py:1:1: error: f was called as {old} and is {new} now')
            session.expect(PROMPT)
            self.edit(second, first.replace('1 / 0', '[7]'))
            self.finish(session, 'got [')
            session.close()

    def test_thrown_in_is_no_crash(self):
        self.fix('''\
import contextlib

@contextlib.contextmanager
def context():
    yield 1

def body():
    with context():
        1 / 0
    return 2

print('got', body())
''', '1 / 0', 'pass', 'got 2\n', crash='in body: ZeroDivisionError')

    def test_coroutines(self):
        self.fix('''\
import asyncio

async def inner(x):
    await asyncio.sleep(0)
    return x / 0

async def outer(x):
    return await inner(x) + 1

async def main():
    ticks = asyncio.create_task(tick())
    got = await asyncio.gather(outer(4), asyncio.sleep(0, 'slept'))
    await ticks
    print('got', got)

async def tick():
    for _ in range(3):
        await asyncio.sleep(0)
    print('ticked')

asyncio.run(main())
''', 'x / 0', 'x', 'ticked\n', "got [5, 'slept']\n", crash='in inner')

    def test_second_crash_of_a_coroutine(self):
        session = self.start('''\
import asyncio

async def f(x):
    await asyncio.sleep(0)
    first(x)
    await asyncio.sleep(0)
    return x

async def main():
    async with asyncio.timeout(60):
        print('got', await f(5))

asyncio.run(main())
''')
        session.expect("NameError: name 'first'")
        session.expect(PROMPT)
        self.edit('first(x)', 'second(x)')
        session.send('c')
        session.expect("NameError: name 'second'")
        session.expect(PROMPT)
        self.edit('second(x)', 'pass')
        self.finish(session, 'got 5\n')

    def test_async_generator(self):
        self.fix('''\
import asyncio

async def numbers(n):
    await asyncio.sleep(0)
    if n:
        1 / 0
    for i in range(n):
        await asyncio.sleep(0)
        yield i

async def main():
    print('got', [x async for x in numbers(3)])

asyncio.run(main())
''', '1 / 0', 'pass', 'got [0, 1, 2]\n', crash='in numbers')

    def test_cancellation_is_no_crash(self):
        session = self.start('''\
import asyncio

async def wait():
    await asyncio.sleep(60)

async def main():
    try:
        await asyncio.wait_for(wait(), 0.01)
    except asyncio.TimeoutError:
        print('timed out')

asyncio.run(main())
''')
        session.expect('timed out\n')
        self.assertEqual(session.wait(), 0)


class TestThreads(CycleCase):
    def test_one_prompt_at_a_time(self):
        session = self.start('''\
import threading

results = {}

def work(n):
    results[n] = n / 0

threads = [threading.Thread(target=work, args=(n,), name=f'worker-{n}') for n in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print('results', sorted(results.items()))
''')
        session.expect(re.compile(r'in work: ZeroDivisionError.*\(in thread worker-\d\)'))
        session.expect(PROMPT)
        self.edit('n / 0', 'n')
        session.send('c')
        session.expect(re.compile(r'in work: ZeroDivisionError.*\(in thread worker-\d\)'))
        session.expect(PROMPT)
        self.finish(session, 'results [(1, 1), (2, 2)]\n')

    def test_executor(self):
        self.fix('''\
import concurrent.futures

def work(n):
    return n / 0

with concurrent.futures.ThreadPoolExecutor(1) as pool:
    print('got', list(pool.map(work, [4, 6])))
''', 'n / 0', 'n', 'got [4, 6]\n')

    def test_the_others_go_on(self):
        session = self.start('''\
import threading

stop, ticked = threading.Event(), threading.Event()

def ticker():
    while not stop.wait(0.001):
        ticked.set()

def work():
    return 1 / 0

thread = threading.Thread(target=ticker)
thread.start()
work()
stop.set()
thread.join()
print('all ended')
''')
        session.expect(PROMPT)
        session.send('p all(ticked.wait(60) and not ticked.clear() for n in range(20))')
        session.expect('True\n')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, 'all ended\n')


if __name__ == '__main__':
    unittest.main()
