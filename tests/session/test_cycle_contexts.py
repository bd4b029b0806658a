"""Context managers that are generators: what was thrown into one that failed."""

import unittest

from cycle import CycleCase


class TestContextManagers(CycleCase):
    def check(self, body, old, new, *expected, fails='pass'):
        return self.fix(f'''\
import contextlib

@contextlib.contextmanager
def context(name):
    print('enters')
{body}

def body():
    with context('x') as value:
        print('in', value)
        {fails}
    return 'after'

try:
    print('got', body())
except KeyError as error:
    print('passed on', error)
''', old, new, *expected)

    def test_before_and_after_the_yield(self):
        self.check("    1 / 0\n    yield name\n    print('leaves')", '1 / 0', 'pass',
                   'in x\n', 'leaves\n', 'got after\n')
        self.check("    yield name\n    1 / 0\n    print('leaves')", '1 / 0', 'pass',
                   'enters\n', 'leaves\n', 'got after\n')
        session = self.check("    try:\n        yield name\n    finally:\n        1 / 0\n"
                             "        print('leaves')", '1 / 0', 'pass',
                             'enters\n', 'leaves\n', 'got after\n')
        self.assertEqual(session.transcript.count('in x\n'), 1)

    def test_on_the_way_of_an_exception(self):
        body = '''\
    try:
        yield Name(name)
    except KeyError as error:
        1 / 0
        print('handles', error)
        raise
    finally:
        print('leaves')

class Name(str):
    pass
'''
        session = self.check(body, '1 / 0', 'pass', 'enters\n', "handles 'k'\n", 'leaves\n',
                             "passed on 'k'\n", fails="raise KeyError('k')")
        self.assertEqual(session.transcript.count('in x\n'), 1)
        self.assertIn('the 1 value', session.transcript)
        self.check(body.replace('        raise\n', ''), '1 / 0', 'pass', 'enters\n',
                   "handles 'k'\n", 'leaves\n', 'got after\n', fails="raise KeyError('k')")
        self.check(body.replace('print(\'leaves\')', "print('leaves', 2 / 0)"), '2 / 0', '2',
                   'enters\n', 'leaves 2\n', fails='pass')

    def test_a_clause_that_fails_and_then_finally(self):
        """What was thrown in is handled by the new version, from its start."""
        for fails, ends in (("raise KeyError('k')", 'after'), ('return 5', '5')):
            with self.subTest(fails):
                self.check('''\
    try:
        yield name
    except KeyError as error:
        print('handles', error.missing)
    finally:
        undefined
        print('leaves')
''', 'error.missing)\n    finally:\n        undefined', 'error)\n    finally:\n        pass',
                           *(["handles 'k'\n"] if ends == 'after' else []), 'leaves\n',
                           f'got {ends}\n', fails=fails)

    def test_of_an_asynchronous_generator(self):
        """Its clause would have delivered a value, and failed before it did."""
        session = self.start('''\
import asyncio

async def gen():
    try:
        yield 1
        yield 2
    except ValueError as error:
        yield 'caught %d' % error.args
    finally:
        undefined

async def main():
    g = gen()
    got = await anext(g), await g.athrow(ValueError('x'))
    return got, [x async for x in g]

print('got', asyncio.run(main()))
''')
        session.expect("NameError: name 'undefined'")
        session.expect('(Pdb) ')
        self.edit('%d', '%s')
        self.edit('undefined', 'pass')
        self.finish(session, "got ((1, 'caught x'), [])\n")

    def test_a_body_that_fails_in_the_restarted_version(self):
        self.check('''\
    1 / 0
    try:
        yield name
    except KeyError as error:
        print('handles', error)
''', '1 / 0', 'pass', 'in x\n', "handles 'k'\n", 'got after\n', fails="raise KeyError('k')")


if __name__ == '__main__':
    unittest.main()
