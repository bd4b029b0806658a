"""What runs the tests: their temporary files go, however the tests end."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest

from harness import SOURCE

TESTS = '''\
import os, subprocess, sys, tempfile, time, unittest

class Tests(unittest.TestCase):
    def leave(self):
        """A file of this process's and one of a child's, which nobody removes."""
        tempfile.mkstemp()
        subprocess.run([sys.executable, '-c', 'import tempfile; tempfile.mkdtemp()'], check=True)
        folder = os.environ['TMPDIR']
        print(folder, len(os.listdir(folder)), os.environ.get('XDG_RUNTIME_DIR'), flush=True)

    def test_that_passes(self):
        self.leave()

    def test_that_fails(self):
        self.leave()
        self.fail('as it should')

    def test_that_hangs(self):
        self.leave()
        time.sleep(600)
'''


class TestTap(unittest.TestCase):
    def start(self, name):
        """The runner, once its test has left its files; where they are."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, 'test_it.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(TESTS)
        runner = subprocess.Popen(
            [sys.executable, os.path.join(SOURCE, 'tests/tap.py'), path, name], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, 'XDG_RUNTIME_DIR': folder})
        self.addCleanup(runner.communicate)
        self.addCleanup(runner.kill)
        place, count, sessions = runner.stderr.readline().split()
        self.assertEqual((count, sessions), ('2', 'None'))
        self.assertNotEqual(place, os.environ.get('TMPDIR'))
        return runner, place

    def ends(self, name, status, said):
        runner, place = self.start(name)
        out, _ = runner.communicate(timeout=120)
        self.assertEqual(runner.returncode, status, out)
        self.assertIn(said, out)
        self.assertFalse(os.path.exists(place))

    def test_one_that_passes(self):
        self.ends('test_that_passes', 0, 'ok 1 - Tests.test_that_passes')

    def test_one_that_fails(self):
        self.ends('test_that_fails', 1, 'not ok 1 - Tests.test_that_fails')

    def test_one_that_is_ended(self):
        runner, place = self.start('test_that_hangs')
        self.assertTrue(os.path.isdir(place))
        runner.send_signal(signal.SIGTERM)
        runner.communicate(timeout=120)
        self.assertEqual(runner.returncode, 1)
        self.assertFalse(os.path.exists(place))


if __name__ == '__main__':
    unittest.main()
