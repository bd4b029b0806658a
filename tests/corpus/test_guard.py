"""A sample of the standard library through guard_corpus.py.

With HR_TEST_ALL set (./dev test --all) it is all of this interpreter's library.
"""

import os
import re
import tempfile
import unittest

import harness

PROGRAM = os.path.join(harness.SOURCE, 'tests/corpus/guard_corpus.py')


# The guard's code leaves the inner `break` in other steps than the plain code does.
BREAKS = '''\
def importer(path):
    path = decode(path)
    try:
        found = cache[path]
    except KeyError:
        for hook in hooks:
            try:
                found = hook(path)
                keep(path, found)
                break
            except ImportError:
                pass
        else:
            found = None
    return found
'''


class Guard(unittest.TestCase):
    def test_breaks_out_of_an_except_clause(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, 'breaks.py'), 'w', encoding='utf-8') as file:
                file.write(BREAKS)
            shown = harness.python(PROGRAM, folder)
        self.assertEqual(shown.returncode, 0, shown.stdout.decode() + shown.stderr.decode())
        self.assertIn(' 1 guarded functions\n', shown.stdout.decode())

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
