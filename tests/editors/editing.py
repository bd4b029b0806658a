"""What the tests of the editors share: files with known faults, and a PATH with ours."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

import harness

EDITORS = os.path.join(harness.SOURCE, 'editors')
# Line 4, column 5: the bracket that is never closed.
BROKEN = 'def f():\n    return 1\n\nx = (1 +\n'
# Line 3, column 17: a note about a super() that is kept.
KEPT = 'class A:\n    def f(self):\n        return [super() for _ in self]\n'
# Line 3, column 16: the KeyError.
CRASHES = '''\
class Trainer:
    def step(self, batch):
        return batch["loss"]

print('before')
print('got', Trainer().step({'los': 4}))
'''
CRASH = "program.py:3:16: error: KeyError: 'loss' [in Trainer.step]"
FIXED = CRASHES.replace('["loss"]', '["los"]')
WAITING = 'hr: waiting for program.py to be saved'
RESTARTED = 'hr: restarted Trainer.step'


def need(program, *argv):
    """Skip, by name, what needs a program that is not there or does not start."""
    if not shutil.which(program):
        raise unittest.SkipTest(f'{program} is not installed (./dev setup)')
    if argv and harness.run([program, *argv]).returncode != 0:
        raise unittest.SkipTest(f'{program} cannot do this: {" ".join(argv)}')


class EditorCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix='hr editors-')
        self.addCleanup(temporary.cleanup)
        self.root = os.path.realpath(temporary.name)
        folders = [os.path.dirname(path) for path in (harness.INSTRUMENT, harness.RUN)]
        self.path = os.pathsep.join([*folders, os.environ['PATH']])
        self.write('broken.py', BROKEN)
        self.write('in a folder/kept.py', KEPT)
        self.write('program.py', CRASHES)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.root, name), encoding='utf-8') as file:
            return file.read()

    def run_here(self, *argv, **changes):
        return harness.run(argv, cwd=self.root, PATH=self.path, HOME=self.root, **changes)

    def crash_and_restart(self, *saves):
        """Every line of program.py under hr-run --on-crash=wait, saved at each stop."""
        saves = list(saves or (FIXED,))
        with subprocess.Popen(
                [harness.RUN, '--on-crash=wait', 'program.py'], cwd=self.root,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, env=harness.environment()) as child:
            self.addCleanup(child.kill)
            lines = []
            for line in child.stdout:
                lines.append(line.decode().rstrip('\n'))
                if lines[-1] == WAITING:
                    self.write('program.py', saves.pop(0))
        self.assertEqual((child.returncode, lines[0], lines[-1]), (0, 'before', 'got 4'))
        self.assertIn(CRASH, lines)
        self.assertIn(RESTARTED, lines)
        return lines
