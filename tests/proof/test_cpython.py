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


if __name__ == '__main__':
    unittest.main()
