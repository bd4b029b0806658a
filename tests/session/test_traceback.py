"""What a program prints when it fails for good, after restarts on the way."""

import os
import re
import socket
import subprocess
import unittest

import harness
from cycle import CycleCase, PROMPT

PROGRAM = '''\
def low(n):
    if n:
        return low(n - 1)
    return 1 / 0

def values():
    yield 1
    low(1)

def top():
    for value in values():
        pass

top()
'''


class TestTraceback(CycleCase):
    def check(self, answers):
        session = self.start(PROGRAM)
        answers = iter(answers)
        while session.expect(re.compile(r'\(Pdb\) |Traceback')).group() == PROMPT:
            session.send(next(answers, 'q'))
        self.assertEqual(session.wait(), 1)
        plain = subprocess.run([harness.PYTHON, 'program.py'], cwd=self.folder.name,
                               capture_output=True, text=True)
        shown = session.transcript.replace('\r\n', '\n')
        self.assertEqual(shown[shown.index('Traceback'):], plain.stderr)

    def test_without_a_restart(self):
        self.check('')

    def test_after_restarts_at_every_level(self):
        self.check('cqcqcqc')

    def test_after_the_same_call_twice(self):
        self.check('cc')


class TestPipedCommands(CycleCase):
    """Without a terminal, a pipe at the standard input holds commands."""

    def run_piped(self, stdin):
        self.write('def f(x):\n    return x / 0\n\nf(8)\n')
        return subprocess.run([harness.RUN, 'program.py'], cwd=self.folder.name,
                              start_new_session=True, input=stdin,
                              stdin=subprocess.DEVNULL if stdin is None else None,
                              capture_output=True, text=True, timeout=120)

    def test_commands(self):
        done = self.run_piped('p x\nq\n')
        self.assertIn('(Pdb) 8\n', done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_the_last_of_many_commands(self):
        done = self.run_piped('c\nc\np x + 1\n')
        self.assertIn('(Pdb) 9\n', done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_nothing_to_read_is_as_under_python(self):
        for stdin in (None, ''):
            with self.subTest(stdin=stdin):
                done = self.run_piped(stdin)
                self.assertEqual(done.stdout, '')
                self.assertTrue(done.stderr.startswith('Traceback'), done.stderr)

    def test_a_socket_that_is_closed(self):
        self.write('def f(x):\n    return x / 0\n\nf(8)\n')
        here, there = socket.socketpair()
        there.close()
        with here:
            done = subprocess.run([harness.RUN, 'program.py'], cwd=self.folder.name,
                                  start_new_session=True, stdin=here,
                                  capture_output=True, text=True, timeout=120)
        self.assertTrue(done.stderr.startswith('Traceback'), done.stderr)

    def test_a_file_is_data(self):
        self.write('def f(x):\n    return x / 0\n\nf(8)\n')
        self.write('open("ran", "w")\nc\n', 'data')
        with open(os.path.join(self.folder.name, 'data'), encoding='utf-8') as data:
            done = subprocess.run([harness.RUN, 'program.py'], cwd=self.folder.name,
                                  start_new_session=True, stdin=data,
                                  capture_output=True, text=True, timeout=120)
        self.assertEqual(done.stdout, '')
        self.assertTrue(done.stderr.startswith('Traceback'), done.stderr)
        self.assertEqual(done.returncode, 1)
        self.assertFalse(os.path.exists(os.path.join(self.folder.name, 'ran')))


if __name__ == '__main__':
    unittest.main()
