"""A small part of the proof in cpython.py; all of it with `./dev test --all`."""

import os
import subprocess
import sys
import unittest

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
SMALL = ['test_grammar', 'test_generators', 'test_coroutines', 'test_scope', 'test_super',
         'test_contextlib', 'test_traceback']


class TestProof(unittest.TestCase):
    def test_cpython_suite(self):
        found = subprocess.run([harness.PYTHON, '-c', 'import test.test_grammar'],
                               capture_output=True)
        if found.returncode != 0:
            self.skipTest('this interpreter has no package `test`')
        modules = [] if os.environ.get('HR_TEST_ALL') else SMALL
        done = subprocess.run([sys.executable, os.path.join(HERE, 'cpython.py'), '--run',
                               harness.RUN, '--python', harness.PYTHON, *modules],
                              env=harness.environment(),
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r'\d+ modules, [1-9]\d* tests')

    def run_small(self, stop):
        found = subprocess.run([harness.PYTHON, '-c', 'import test.test_grammar'],
                               capture_output=True)
        if found.returncode != 0:
            self.skipTest('this interpreter has no package `test`')
        done = subprocess.run([sys.executable, os.path.join(HERE, 'cpython.py'), '--run',
                               harness.RUN, '--python', harness.PYTHON, '--stop=' + stop,
                               'test_grammar', 'test_dict', 'test_generators', 'test_contextlib',
                               'test_frame'],
                              env=harness.environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_stops_where_nobody_handles_it(self):
        self.assertRegex(self.run_small('unhandled'), r'[1-9]\d* stops: \d+ in tests that fail')

    def test_stops_always_and_answers_raise(self):
        self.assertRegex(self.run_small('always'), r'[1-9]\d+ stops, each answered')


if __name__ == '__main__':
    unittest.main()
