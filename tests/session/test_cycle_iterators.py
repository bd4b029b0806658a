"""What a new run gets of an iterator that the failed one had begun to read."""

import unittest

from cycle import PROMPT, CycleCase

ON = "goes on with what is left in the iterator 'rows'"
GENERATOR = "hr: f is a generator: it goes on with what is left in the iterator 'rows'"
BACK = ON + ', from the item that it failed with'
GONE = ON + '; what it took last is not there any more'

SOURCES = {  # what is given; the items, as the generator shows them
    'list_iterator': ('iter([1, 2, 0, 3])', 'row'),
    'file': ('open("rows.txt")', 'int(row)'),
    'zip': ('zip([1, 2, 0, 3], "abcd")', 'row[0]'),
    'enumerate': ('enumerate([1, 2, 0, 3])', 'row[1]'),
    'generator': ('(x for x in [1, 2, 0, 3])', 'row'),
    'generator function': ('source()', 'row'),
    'map': ('map(seen, [1, 2, 0, 3])', 'row'),
    'dict': ('iter({1: 0, 2: 0, 0: 0, 3: 0})', 'row'),
    'csv': ('csv.reader(open("rows.txt"))', 'int(row[0])'),
    'chain': ('itertools.chain([1, 2], [0, 3])', 'row'),
}

HEAD = '''\
import csv, itertools

def seen(x):
    print('seen', x)
    return x

def source():
    for x in [1, 2, 0, 3]:
        print('made', x)
        yield x

'''


class IteratorCase(CycleCase):
    def said(self, session, remark):
        if remark is None:
            self.assertNotIn('iterator', session.transcript)
        else:
            self.assertIn(remark, session.transcript)
        session.close()

    def check(self, body, old, new, shown, remark=BACK + '\n', use='list(f(iter([1, 2, 0, 3])))'):
        lines = '\n'.join('    ' + line for line in body.strip('\n').split('\n'))
        session = self.fix(f'def f(rows):\n{lines}\n\nprint("got", {use})\n', old, new,
                           f'got {shown}\n')
        self.said(session, remark)
        return session


class TestSources(IteratorCase):
    def test_each(self):
        for name, (source, value) in SOURCES.items():
            with self.subTest(name):
                self.write('1\n2\n0\n3\n', 'rows.txt')
                session = self.fix(
                    HEAD + f'def f(rows):\n    for row in rows:\n        yield 6 / {value}\n\n'
                    f'print("got", list(f({source})))\n',
                    f'6 / {value}', f'6 / ({value} or 6)', 'got [6.0, 3.0, 1.0, 2.0]\n')
                self.assertEqual(session.transcript.count('seen 0'), name == 'map')
                self.assertEqual(session.transcript.count('made 0'),
                                 name == 'generator function')
                self.said(session, GENERATOR + BACK.removeprefix(ON) + '\n')

    def test_written_in_python(self):
        """Its __iter__ may do anything: it is not asked."""
        session = self.fix('''\
class Rows:
    def __init__(self): self.left = [1, 2, 0, 3]
    def __iter__(self): return self
    def __next__(self):
        if not self.left: raise StopIteration
        return self.left.pop(0)

def f(rows):
    for row in rows:
        yield 6 / row

print("got", list(f(Rows())))
''', '6 / row', '6 / (row or 6)', 'got [6.0, 3.0, 2.0]\n')
        self.said(session, GONE)

    def test_source_that_fails_itself(self):
        """Nothing was taken of it then, and what was delivered is not dropped of the rest."""
        session = self.fix('''\
def ratio(x):  # hr: off
    return 6 / x

def f(rows):
    yield 'first'
    for row in rows:
        yield row
        name = 'x'

print("got", list(f(map(ratio, [1, 2, 0, 3]))))
''', "'x'", "'y'", "got ['first', 6.0, 3.0, 2.0]\n")
        self.said(session, GENERATOR + '\n')

    def test_attributes_are_the_iterators(self):
        self.write('1\n0\n', 'rows.txt')
        session = self.fix('''\
import io

def f(rows):
    for row in rows:
        yield 6 / int(row)

print("got", list(f(open("rows.txt"))))
''', '''\
    for row in rows:
        yield 6 / int(row)''', '''\
    yield rows.name, isinstance(rows, io.TextIOBase), next(rows)
    yield rows.read()''', "got [6.0, ('rows.txt', True, '0\\n'), '']\n")
        session.close()


class TestPlaces(IteratorCase):
    def test_what_comes_before_is_not_delivered_again(self):
        head = 'yield "head"\nfor row in rows:\n'
        for body, shown in (
                (head + '    yield 6 / row', "['head', 6.0, 3.0, 1.0, 2.0]"),
                (head + '    yield row\n    yield 6 / row',
                 "['head', 1, 6.0, 2, 3.0, 0, 1.0, 3, 2.0]"),
                (head + '    try:\n        yield row\n    finally:\n        x = 6 / row',
                 "['head', 1, 2, 0, 3]"),
                (head + '    if row < 3:\n        yield row\n    else:\n        yield row\n'
                 '    x = 6 / row', "['head', 1, 2, 0, 3]"),
                (head + '    for x in "ab"[row:]:\n        yield x\n    yield 6 / row\n'
                 '    yield "end"',
                 "['head', 'b', 6.0, 'end', 3.0, 'end', 'a', 'b', 1.0, 'end', 2.0, 'end']")):
            with self.subTest(body):
                again = 'for x in' in body
                self.check(body, '6 / row', '6 / (row or 6)',
                           shown if not again else shown.replace(
                               "'a', 'b', 1.0", "'a', 'b', 'head', 'a', 'b', 1.0"),
                           BACK + ('; values that it delivered besides come again\n' if again
                                   else '\n'))

    def test_before_the_loop(self):
        self.check('yield "head"\n1 / 0\nfor row in rows:\n    yield row', '1 / 0', 'pass',
                   "['head', 1, 2, 0, 3]", None)

    def test_behind_the_loop(self):
        self.check('yield "head"\nfor row in rows:\n    yield row\nyield "end"\n1 / 0\n'
                   'yield "after"', '1 / 0', 'pass', "['head', 1, 2, 0, 3, 'end', 'after']",
                   ON + '\n')

    def test_what_cannot_be_told(self):
        for body, shown in (
                ('for row in rows:\n    row = 6 / row\n    yield row', '[6.0, 3.0, 2.0]'),
                ('for row in rows:\n    x = [row, next(rows)]\n    yield 6 / x[0]', '[6.0]'),
                ('for row in enumerate(rows):\n    yield 6 / row[1]', '[6.0, 3.0, 2.0]'),
                ('rows = iter(rows)\nfor row in rows:\n    yield 6 / row', '[6.0, 3.0, 2.0]'),
                ('for row in rows:\n    yield 6 / (lambda: row)()', '[6.0, 3.0, 2.0]'),
                ('for row in rows:\n    if row == 0:\n        break\n    yield row\n6 / row',
                 '[1, 2, 3]')):
            with self.subTest(body):
                self.check(body, '6 / ', '6 if not row else 6 / ' if 'x[0]' not in body
                           else '6 if not x[0] else 6 / ', shown, GONE)

    def test_failures_in_a_row(self):
        session = self.start('''\
def f(rows):
    yield 'head'
    START
    for row in rows:
        yield row
        if row == 2:
            second
        if row == 3:
            third
        yield row * 10
    END

print('got', list(f(iter([1, 2, 3, 4]))))
''')
        for old in 'START', 'second', 'third', 'END':
            session.expect(f"NameError: name '{old}'")
            session.expect(PROMPT)
            if old == 'second':  # once more, and then before the loop
                self.edit(old, 'second + 1')
                session.send('c')
                session.expect("NameError: name 'second'")
                session.expect(PROMPT)
                self.edit("yield 'head'", "yield 'head'; before")
                session.send('c')
                session.expect("NameError: name 'before'")
                session.expect(PROMPT)
                self.edit('; before', '')
                session.send('c')
                session.expect("NameError: name 'second'")
                session.expect(PROMPT)
                old = 'second + 1'
            self.edit(old, 'pass')
            if old != 'END':
                session.send('c')
        self.finish(session, "got ['head', 1, 10, 2, 20, 3, 30, 4, 40]\n")

    def test_arguments_of_ones_own(self):
        session = self.start('''\
def f(rows):
    for row in rows:
        yield 6 / row

print('got', list(f(iter([1, 0, 3]))))
''')
        session.expect(PROMPT)
        self.edit('6 / row', '6 / (row or 6)')
        session.send('restart rows')
        session.expect('got [6.0, 2.0]\n')
        self.assertEqual(session.wait(), 0)


class TestOthers(IteratorCase):
    def test_function(self):
        """What it has made of the items before is gone, and that is said."""
        self.check('for row in rows:\n    out.append(6 / row)\nreturn out', '6 / row',
                   '6 / (row or 6)', '[6.0, 3.0, 1.0, 2.0]',
                   'hr: f ' + BACK + '; what it has made of the items before is not made again\n',
                   '(globals().update(out=[]), f(iter([1, 2, 0, 3])))[1]')

    def test_function_that_has_not_begun(self):
        self.check('1 / 0\nfor row in rows:\n    row\nreturn list(rows)', '1 / 0', 'pass', '[]',
                   None, 'f(iter([1, 2]))')
        self.check('x = rows\n1 / 0\nreturn list(x)', '1 / 0', 'pass', '[1, 2]', None,
                   'f(iter([1, 2]))')

    def test_asynchronous(self):
        session = self.fix('''\
import asyncio

async def f(rows):
    yield 'head'
    for row in rows:
        await asyncio.sleep(0)
        yield 6 / row

async def main():
    return [x async for x in f(iter([1, 0, 3]))]

print('got', asyncio.run(main()))
''', '6 / row', '6 / (row or 6)', "got ['head', 6.0, 1.0, 2.0]\n")
        self.said(session, BACK + '\n')

    def test_method_and_a_caller_that_is_restarted(self):
        session = self.start('''\
class A:
    def part(self, row):
        return 6 / row

    def f(self, rows):
        for row in rows:
            yield self.part(row)

print('got', list(A().f(iter([1, 0, 3]))))
''')
        session.expect(PROMPT)
        self.edit('yield self.part(row)', 'yield self.part(row or 6)')
        session.send('up')
        session.expect(PROMPT)
        session.send('restart')
        session.expect('got [6.0, 1.0, 2.0]\n')
        self.assertEqual(session.wait(), 0)
        self.said(session, BACK + '\n')


if __name__ == '__main__':
    unittest.main()
