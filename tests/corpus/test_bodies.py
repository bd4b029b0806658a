"""What the guard reads from tokens, over the standard library: what the tree says."""

import os
import re
import sysconfig
import unittest

import harness

PROGRAM = os.path.join(harness.BUILD, 'tests/corpus/compare-bodies')


class Bodies(unittest.TestCase):
    def test_library(self):
        shown = harness.run([PROGRAM, sysconfig.get_path('stdlib')], timeout=600)
        self.assertEqual(shown.returncode, 0, shown.stdout.decode())
        files, functions, broken = map(int, re.search(
            r'^(\d+) files, (\d+) functions, (\d+) ', shown.stdout.decode(), re.M).groups())
        self.assertGreater(files, 500)
        self.assertGreater(functions, 10000)
        self.assertLess(broken, 10)


if __name__ == '__main__':
    unittest.main()
