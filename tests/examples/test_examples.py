"""Each program of examples/, played: it crashes, is mended as it says, ends right."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'session'))

from driver import Session  # noqa: E402
from harness import PYTHON, RUN, SOURCE, environment  # noqa: E402

EXAMPLES = os.path.join(SOURCE, 'examples')
PROMPT = '(Pdb) '
# Where Debian keeps what is for its own python3; pure Python does for others.
DEBIAN = '/usr/lib/python3/dist-packages'


def path_of(package):
    """What PYTHONPATH has to be for it: None, or a folder.  Not there: '' ."""
    for path in (None, DEBIAN):
        done = subprocess.run([PYTHON, '-W', 'ignore', '-c', f'import {package}'],
                              env=environment(PYTHONPATH=path), capture_output=True, check=False)
        if done.returncode == 0:
            return path
    return ''


class TestExamples(unittest.TestCase):
    def start(self, name, *options, package=None):
        """The session of a copy, and what mends it."""
        path = path_of(package) if package else None
        if path == '':
            self.skipTest(f'{package} was not found for {PYTHON} (Debian: python3-{package})')
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        copy = shutil.copy(os.path.join(EXAMPLES, name), folder.name)
        with open(copy, encoding='utf-8') as file:
            text = file.read()
        old, new = re.search(r'^Change   (.+?)   to   (.+?)   in', text, re.M).groups()
        head, mark, body = text.partition('\n"""\n')
        self.assertEqual(body.count(old), 1, old)

        def mend(by=new):
            with open(copy, 'w', encoding='utf-8') as file:
                file.write(head + mark + body.replace(old, by))

        session = Session([RUN, *options, name], cwd=folder.name,
                          env=environment(PYTHONPATH=path))
        self.addCleanup(session.close)
        return session, mend

    def end(self, session, *lines):
        session.send('c')
        for line in lines:
            session.expect(line)
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_a_pipeline_of_generators(self):
        session, mend = self.start('pipeline.py')
        session.expect("in parse: ValueError: invalid literal for int() with base 10: '1,000'")
        session.expect(PROMPT)
        session.send('p row["customer"]')
        session.expect("'ann'")
        session.expect(PROMPT)
        mend()
        self.end(session, 'reading order 4', 'ann: 1010\n', 'bob: 25\n', 'carl: 3\n')
        for number in range(1, 5):
            self.assertEqual(session.transcript.count(f'reading order {number}'), 1)

    def test_an_asyncio_service(self):
        session, mend = self.start('service.py')
        session.expect("in answer: ValueError: invalid literal for int() with base 10: '4.5'")
        session.expect(PROMPT)
        mend()
        self.end(session, 'answers: 2 4\n', 'answers: 6 9\n', 'answers: 10 12\n')

    def test_a_flask_view(self):
        session, mend = self.start('shop.py', package='flask')
        session.expect("in price: KeyError: 'prize'")
        session.expect(PROMPT)
        session.send('p flask.request.path')
        session.expect("'/price/tea'")
        session.expect(PROMPT)
        mend()
        self.end(session, "/price/tea 200 {'name': 'tea', 'price': 3}",
                 "/price/cup?count=3 200 {'name': 'cup', 'price': 21}", '/nothing 404 None')

    def test_a_pytest_run(self):
        session, mend = self.start('test_prices.py', '-m', 'pytest', '-q', package='pytest')
        session.expect(re.compile(r'test_prices\.py:\d+: in test_total: AssertionError: '
                                  r'assert 12 == 11'))
        session.expect(PROMPT)
        session.send('p basket["cup"]')
        session.expect('7')
        session.expect(PROMPT)
        mend()
        self.end(session, 'reloaded test_total', '3 passed, 1 skipped, 1 xfailed')
        self.assertEqual(session.transcript.count(PROMPT), 2)

    def test_a_pytest_test_that_fails_once_more(self):
        """What was reloaded tells of its asserts as pytest does, too."""
        session, mend = self.start('test_prices.py', '-m', 'pytest', '-q', package='pytest')
        session.expect(PROMPT)
        mend(by='== 13')
        session.send('c')
        session.expect('reloaded test_total')
        session.expect('in test_total: AssertionError: assert 12 == 13')
        session.expect(PROMPT)
        mend()
        self.end(session, 'reloaded test_total', '3 passed, 1 skipped, 1 xfailed')

    def test_a_pytest_run_that_never_stops_reports_as_pytest_does(self):
        session, _ = self.start('test_prices.py', '--stop=never', '-m', 'pytest', '-q',
                                package='pytest')
        for line in ('>       assert total(basket) == 11', 'E       AssertionError: assert 12 == 11',
                     "+  where 12 = total({'cup': 7, 'spoon': 2, 'tea': 3})",
                     '1 failed, 2 passed, 1 skipped, 1 xfailed'):
            session.expect(line)
        self.assertEqual(session.wait(), 1)

    def test_a_pool_of_threads(self):
        session, mend = self.start('pool.py')
        session.expect('in work: ZeroDivisionError')
        session.expect(PROMPT)
        mend()
        session.send('c')
        session.expect('reloaded work')
        # The other call may have failed before the change: it asks in its turn.
        ending = re.compile(r'\(Pdb\) |results: 100 100 50 33 100 100 50 33\n')
        while session.expect(ending).group() == PROMPT:
            session.send('c')
        self.assertEqual(session.wait(), 0, session.transcript)
        # Once for each result, and once more for each restart.
        self.assertRegex(session.transcript, r'work was started (9|10) times for 8 results')


if __name__ == '__main__':
    unittest.main()
