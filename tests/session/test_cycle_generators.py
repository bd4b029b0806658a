"""What becomes of the values that a failed generator had delivered, and of what was sent
to it or thrown into it."""

import unittest

from cycle import PROMPT, CycleCase

AGAIN = 'values that it delivered before the failure come again'


class TestGenerators(CycleCase):
    def check(self, body, old, new, shown, remark=None, use='list(numbers(3))', head=''):
        """A generator function of that body, which fails once."""
        lines = '\n'.join('    ' + line for line in body.strip('\n').split('\n'))
        session = self.fix(f'{head}\ndef numbers(n):\n{lines}\n\nprint("got", {use})\n',
                           old, new, f'got {shown}\n')
        if remark is None:
            self.assertNotIn('is a generator', session.transcript)
        else:
            self.assertIn(f'hr: numbers is a generator: {remark}', session.transcript)
        session.close()

    def test_delivered_on_every_way(self):
        one = 'the 1 value that it has delivered is not delivered again\n'
        two = 'the 2 values that it has delivered are not delivered again\n'
        for body, shown, remark in (
                ('1 / 0\nyield 1\nyield 2', '[1, 2]', None),
                ('yield 1\n1 / 0\nyield 2', '[1, 2]', one),
                ('yield 1\nyield 2\n1 / 0', '[1, 2]', two),
                ('yield 1\nyield 1 / 0', '[1, 0]', one),
                ('yield 1\nyield int("1 / 0")', '[1, 0]', one),
                ('yield 1\nyield (lambda: int("1 / 0"))()', '[1, 0]', one),
                ('if n:\n    yield 1\nelse:\n    yield 2\n1 / 0\nyield 3', '[1, 3]', one),
                ('if n:\n    yield 1\n    1 / 0\nyield 3', '[1, 3]', one),
                ('for i in range(n):\n    n += i\nyield n\n1 / 0\nyield n', '[6, 6]', one),
                ('try:\n    yield 1\nfinally:\n    1 / 0\nyield 2', '[1, 2]', one),
                ('with open("/dev/null"):\n    yield 1\n    1 / 0\n    yield 2',
                 '[1, 2]', one),
                ('try:\n    yield 1\n    yield missing\nexcept NameError:\n    1 / 0\nyield 2',
                 '[1, 2]', one),
                ('if n > 1:\n    yield 1\n1 / 0\nyield 2', '[1, 2]', one),
                ('if n > 9:\n    yield 1\n1 / 0\nyield 2', '[2]', None),
                ('yield from [1, 2]\n1 / 0\nyield 3', '[1, 2, 3]', two)):
            with self.subTest(body):
                self.check(body, '1 / 0', '0', shown, remark)

    def test_delivered_in_loops(self):
        for body, shown, count in (
                ('for i in range(n):\n    yield i\n1 / 0', '[0, 1, 2]', 3),
                ('for i in range(n):\n    yield(i)\n1 / 0', '[0, 1, 2]', 3),
                ('for i in range(2):\n    yield"a"\n    yield from(i,)\n1 / 0',
                 "['a', 0, 'a', 1]", 4),
                ('for i in range(4):\n    yield i if i != 2 else int("1 / 0")',
                 '[0, 1, 0, 3]', 2),
                ('i = 0\nwhile i < 4:\n    yield i\n    i += 1\n    i == n and 1 / 0',
                 '[0, 1, 2, 3]', 3),
                ('for i in [x * x for x in range(4)]:\n    yield i, i\n    i == 4 and 1 / 0',
                 '[(0, 0), (1, 1), (4, 4), (9, 9)]', 3),
                ('for i in range(4):\n    if i % 2:\n        yield i\n1 / 0', '[1, 3]', 2),
                ('for i in range(3):\n    try:\n        yield i\n    finally:\n'
                 '        i == 1 and 1 / 0', '[0, 1, 2]', 2),
                ('for i in range(3):\n    try:\n        yield [4, 5][i]\n'
                 '    except IndexError:\n        yield 6\n1 / 0\nyield 7', '[4, 5, 6, 7]', 3),
                ('for i in range(3):\n    x = yield (yield i), (\n        i,\n    )\n'
                 '    i == 1 and 1 / 0', '[0, (None, (0,)), 1, (None, (1,)), 2, (None, (2,))]',
                 4),
                ('for i in "ab":\n    yield "%(i)s" % locals()\n1 / 0\nyield "c"',
                 "['a', 'b', 'c']", 2),
                ('for i in range(2):\n    yield from "ab"\n    yield from (x for x in "cd")\n'
                 '    i and 1 / 0', str(list('abcdabcd')), 8),
                ('for i in range(2):\n    yield; yield i; yield (lambda: i)()\n1 / 0',
                 '[None, 0, 0, None, 1, 1]', 6)):
            with self.subTest(body):
                self.check(body, '1 / 0', '0', shown,
                           f'the {count} values that it has delivered are not delivered again')

    def test_yields_in_f_strings_are_not_counted(self):
        """Nor is any other of their function then: the number would be wrong."""
        for body, shown in (
                ('for i in range(n):\n    s = f"{(yield i)}"\n1 / 0', '[0, 1, 2, 0, 1, 2]'),
                ('for i in range(n):\n    yield i\n    s = f"{(yield i)!r:>{n}}"\n1 / 0',
                 '[0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]')):
            with self.subTest(body):
                self.check(body, '1 / 0', '0', shown, AGAIN + '\n')

    def test_nothing_is_counted_on_demand(self):
        session = self.start('''\
def numbers(n):
    for i in range(n):
        yield i
    1 / 0

print('got', '__hr_0_count__' in numbers.__code__.co_varnames, list(numbers(2)))
''', '--generators=replay')
        session.expect(AGAIN)
        session.expect(PROMPT)
        self.edit('1 / 0', 'pass')
        self.finish(session, 'got False [0, 1, 0, 1]\n')

    def test_said_before_it_is_restarted(self):
        session = self.start("""\
def numbers(n):
    for i in range(n):
        got = yield i
    1 / 0

g = numbers(2)
print('got', next(g), g.send(3), next(g, 'end'))
""")
        session.expect('hr: numbers is a generator: the 2 values that it has delivered are '
                       'not delivered again; what was sent in for them is None in the new run')
        session.expect(PROMPT)
        self.edit('1 / 0', 'pass')
        self.finish(session, 'got 0 1 end\n')
        self.assertEqual(session.transcript.count('is a generator'), 1)

    def test_later_failures_count_exactly(self):
        session = self.start('''\
def numbers(n):
    first()
    for i in range(n):
        if i % 2:
            yield i
        if i == 4:
            second()
    third()

print('got', list(numbers(8)))
''')
        session.expect("NameError: name 'first'")
        for old, following in (('first()', 'second'), ('second()', 'third')):
            session.expect(PROMPT)
            self.edit(old, 'pass')
            session.send('c')
            session.expect(f"NameError: name '{following}'")
        session.expect(PROMPT)
        self.edit('third()', 'pass')
        self.finish(session, 'got [1, 3, 5, 7]\n')
        self.assertIn('the 2 values that it has delivered are not delivered again\n',
                      session.transcript)
        self.assertIn('the 4 values that it has delivered are not delivered again\n',
                      session.transcript)
        self.assertNotIn(AGAIN, session.transcript)

    def test_what_was_sent(self):
        self.check('got = []\ngot.append((yield 1))\ngot.append((yield 2))\n1 / 0\nreturn got',
                   '1 / 0', 'got.append((yield 3))', '1 2 3 [None, None, 5]',
                   'the 2 values that it has delivered are not delivered again; what was '
                   'sent in for them is None in the new run\n', 'use(numbers(3))', '''\
def use(g):
    got = next(g), g.send(3), g.send(4)
    try:
        g.send(5)
    except StopIteration as end:
        return f'{got[0]} {got[1]} {got[2]} {end.value}'
''')

    def test_what_was_sent_on(self):
        """To a generator that it delegates to; not where that makes nothing of it."""
        two = 'the 2 values that it has delivered are not delivered again'
        for part, sent, shown, remark in (
                ('while (x := (yield total)) is not None: total += x', '4', 'end', True),
                ('for x in "ab": yield total', 'None', '0', False)):
            for head in '', '# hr: off':
                with self.subTest(part + head):
                    self.check('r = yield from part()\n1 / 0\nyield r', '1 / 0', 'pass', shown,
                               two + ('; what was sent in for them is None in the new run\n'
                                      if remark else '\n'),
                               f'(next(g := numbers(3)), g.send({sent}), next(g, "end"))[2]',
                               f'''\
def part():  {head}
    total = 0
    {part}
    return total
''')

    def test_sent_to_a_later_failure(self):
        """What the last resumption sent is known then."""
        session = self.start('''\
def numbers():
    first()
    got = yield 1
    got = (yield 2), got
    second()
    yield got

g = numbers()
print('got', next(g), g.send(3), g.send(4))
''')
        session.expect(PROMPT)
        self.edit('first()', 'pass')
        session.send('c')
        session.expect("NameError: name 'second'")
        session.expect(PROMPT)
        self.edit('second()', 'pass')
        self.finish(session, 'got 1 2 (4, None)\n')

    def test_an_iterator_is_read_on(self):
        self.check('for line in n:\n    yield 6 / line', 'yield 6 / line', 'yield line',
                   '[6.0, 3.0, 0, 1, 3]', "it goes on with what is left in the iterator 'n', "
                   "from the item that it failed with\n", 'list(numbers(iter([1, 2, 0, 1, 3])))')

    def test_what_was_taken_of_an_iterator_is_put_back(self):
        """By hand, where the item is not one variable."""
        session = self.start('''\
from itertools import chain
def numbers(lines):
    for n, line in lines:
        yield 6 / line
print('got', list(numbers(zip("abcd", [1, 2, 0, 3]))))
''')
        session.expect("what is left in the iterator 'lines'; what it took last is not there")
        session.expect(PROMPT)
        self.edit('6 / line', '6 / (line or 1)')
        session.send('restart chain([(n, line)], lines)')
        session.expect('got [6.0, 3.0, 6.0, 2.0]\n')
        self.assertEqual(session.wait(), 0)

    def test_delegation(self):
        self.fix('''\
def walk(tree):
    left, value, right = tree
    if left:
        yield from walk(left)
    yield value
    if value == 3:
        1 / 0
    if right:
        yield from walk(right)

tree = ((None, 1, None), 2, (None, 3, (None, 4, None)))
print('got', list(walk(tree)))
''', '1 / 0', 'pass', 'got [1, 2, 3, 4]\n')

    def test_delegation_to_what_was_restarted(self):
        """What it delivered, and what its new version did, counts for who delegates."""
        session = self.start('''\
def inner(n):
    for i in range(n):
        yield i
        i == 1 and first()

def outer():
    yield from inner(3)
    yield from iter('ab')
    second()
    yield 'end'

print('got', list(outer()))
''')
        session.expect("NameError: name 'first'")
        session.expect(PROMPT)
        self.edit('first()', 'None')
        session.send('c')
        session.expect("NameError: name 'second'")
        session.expect('the 5 values that it has delivered are not delivered again')
        session.expect(PROMPT)
        self.edit('second()', 'None')
        self.finish(session, "got [0, 1, 2, 'a', 'b', 'end']\n")

    def test_a_caller_that_delegates(self):
        session = self.start('''\
def inner(n):
    for i in range(n):
        yield i
    1 / 0

def outer():
    yield 'first'
    yield from inner(2)

print('got', list(outer()))
''')
        session.expect(PROMPT)
        session.send('q')
        session.expect('the 3 values that it has delivered are not delivered again')
        session.expect(PROMPT)
        self.edit('inner(2)', '"abc"')
        self.finish(session, "got ['first', 0, 1, 'c']\n")

    def test_closed_in_a_loop(self):
        self.check('try:\n    for i in range(n):\n        yield i\nfinally:\n'
                   '    log.append(1 / 0)', '1 / 0', '"closed"', "['closed']", 'the 3 values',
                   'use(numbers(9))', '''\
log = []

def use(g):
    next(g), next(g), next(g)
    g.close()
    return log
''')

    def test_closed_while_it_failed(self):
        self.check('try:\n    yield 1\nfinally:\n    log.append(1 / 0)', '1 / 0', '"closed"',
                   "['closed']", 'the 1 value', 'use(numbers(3))', '''\
log = []

def use(g):
    next(g)
    g.close()
    return log
''')


class TestAsync(CycleCase):
    HEAD = '''\
import asyncio, contextlib

async def numbers(n):
    START
    got = yield 1
    await asyncio.sleep(0)
    MIDDLE
    try:
        got = (yield 2), got
    except KeyError as error:
        EXCEPT
        yield 'handled', error.args
    else:
        yield got
    finally:
        END

async def send():
    g = numbers(3)
    return [await g.asend(x) for x in (None, 4, 5)]

async def throw():
    g = numbers(3)
    await anext(g), await anext(g)
    got = await g.athrow(KeyError('k'))
    return got, [x async for x in g]

async def close():
    g = numbers(3)
    await anext(g), await anext(g)
    await g.aclose()
    return 'closed'

print('got', asyncio.run(USE()))
'''

    def check(self, place, use, shown):
        program = self.HEAD.replace(place, '1 / 0').replace('USE', use)
        for other in 'START', 'MIDDLE', 'EXCEPT', 'END':
            program = program.replace(other, 'pass')
        session = self.fix(program, '1 / 0', "print('here')", 'here\n', f'got {shown}\n')
        session.close()

    def test_sent_thrown_and_closed(self):
        self.check('START', 'send', '[1, 2, (5, 4)]')
        self.check('MIDDLE', 'send', '[1, 2, (5, None)]')
        handled = "(('handled', ('k',)), [])"
        for place in 'START', 'MIDDLE', 'EXCEPT', 'END':
            self.check(place, 'throw', handled)
        for place in 'START', 'MIDDLE', 'END':
            self.check(place, 'close', 'closed')

    def test_context_managers(self):
        program = '''\
import asyncio, contextlib

@contextlib.asynccontextmanager
async def context():
    A
    await asyncio.sleep(0)
    try:
        yield 'value'
    except KeyError as error:
        B
        print('handles', error)
    finally:
        await asyncio.sleep(0)
        C
        print('leaves')

async def main():
    async with context() as value:
        raise KeyError(value)
    return 'after'

print('got', asyncio.run(main()))
'''
        for place in 'ABC':
            with self.subTest(place):
                text = program
                for other in 'ABC':
                    text = text.replace(f' {other}\n', ' 1 / 0\n' if other == place
                                        else ' pass\n')
                self.fix(text, '1 / 0', 'pass', "handles 'value'\n", 'leaves\n', 'got after\n')

    def test_async_with_and_for(self):
        session = self.start('''\
import asyncio

class Manager:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self.rows(3)
    async def rows(self, n):
        for i in range(n):
            await asyncio.sleep(0)
            yield i
    async def __aexit__(self, *error):
        await asyncio.sleep(0)
        print('exit', error[0])

async def use():
    total = 0
    async with Manager() as rows:
        async for row in rows:
            total += row
            if row == 2:
                1 / 0
    return total

async def other():
    for _ in range(50):
        await asyncio.sleep(0)
    return 'other'

async def main():
    loop = asyncio.get_running_loop()
    got = await asyncio.gather(use(), other(), use())
    print('got', got, loop is asyncio.get_running_loop(), len(asyncio.all_tasks()))

asyncio.run(main())
''')
        for number in range(2):  # both fail before the first is edited
            session.expect('exit <class ')
            session.expect(PROMPT)
            if number == 0:
                self.edit('1 / 0', 'total += 10')
                session.send('c')
        self.finish(session, "got [13, 'other', 13] True 1\n")

    def test_many_failures_count(self):
        session = self.start('''\
import asyncio

async def numbers(n):
    first()
    for i in range(n):
        await asyncio.sleep(0)
        yield i
        if i == 2:
            second()

async def main():
    print('got', [x async for x in numbers(4)])

asyncio.run(main())
''')
        session.expect(PROMPT)
        self.edit('first()', 'pass')
        session.send('c')
        session.expect("NameError: name 'second'")
        session.expect(PROMPT)
        self.edit('second()', 'pass')
        self.finish(session, 'got [0, 1, 2, 3]\n')


if __name__ == '__main__':
    unittest.main()
