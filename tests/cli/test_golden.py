"""Golden files: source, a line of three dashes, what hr-instrument makes of it.

A first line `# args: ...` gives options.  Every case is also done twice (which
is the same as once) and undone (which gives the source, byte for byte).
"""

import glob
import os
import shlex
import unittest

import harness

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden')


def read_case(path):
    with open(path, 'rb') as file:
        text = file.read()
    args = []
    if text.startswith(b'# args: '):
        line, text = text.split(b'\n', 1)
        args = shlex.split(line[8:].decode())
    source, expected = text.split(b'---\n')
    return args, source, expected


class Golden(unittest.TestCase):
    maxDiff = None

    def check(self, path):
        args, source, expected = read_case(path)
        once = harness.instrument(*args, '-', stdin=source)
        self.assertEqual(once.stderr, b'')
        self.assertEqual(once.returncode, 0)
        self.assertEqual(once.stdout.decode(), expected.decode())
        twice = harness.instrument(*args, '-', stdin=once.stdout)
        self.assertEqual(twice.stdout.decode(), expected.decode(), 'done twice')
        if os.path.basename(path) != 'decorate_already.txt':
            undone = harness.instrument('--strip', '-', stdin=once.stdout)
            self.assertEqual(undone.stdout.decode(), source.decode(), 'undone')


def add_case(path):
    name = os.path.splitext(os.path.basename(path))[0]
    setattr(Golden, 'test_' + name, lambda self: self.check(path))


for one in sorted(glob.glob(os.path.join(FOLDER, '*.txt'))):
    add_case(one)

if __name__ == '__main__':
    unittest.main()
