"""A sample of the standard library through guard_corpus.py.

With HR_TEST_ALL set (./dev test --all) it is all of this interpreter's library.
"""

import os
import re
import unittest

import harness

PROGRAM = os.path.join(harness.SOURCE, 'tests/corpus/guard_corpus.py')


class Guard(unittest.TestCase):
    def test_sample(self):
        sample = [] if os.environ.get('HR_TEST_ALL') else ['--sample', '120']
        shown = harness.python(PROGRAM, *sample, timeout=1700)
        self.assertEqual(shown.returncode, 0, shown.stdout.decode() + shown.stderr.decode())
        counts = {name: int(count) for count, name in
                  re.findall(r'^ *(\d+) (.*)$', shown.stdout.decode(), re.M)}
        self.assertEqual(counts['differences'], 0)
        self.assertGreater(counts['guarded functions'], 1000, counts)
        self.assertGreater(counts['line tables re-encoded'], counts['guarded functions'])


if __name__ == '__main__':
    unittest.main()
