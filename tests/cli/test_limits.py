"""hr-instrument on input made to hurt: no crash, no hang, bounded stack and memory.

Every run has a small stack, a limit of time, and (for what is not large itself) of
memory.  The exit status is one of the documented ones, and a refusal is named.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import unittest

import harness

SANITIZED = 'asan' in harness.BUILD
SLOWER = 8 if SANITIZED else 1
SECONDS = 60
ACTIONS = [[], ['--super=keep'], ['--strip'], ['--list=json'], ['--guard'],
           ['--extract=f']]


def limit(megabytes):
    def apply():
        resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, 512 << 10))
        if not SANITIZED:  # which reserves its shadow
            resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    return apply


class Limits(unittest.TestCase):
    def run_one(self, text, args, megabytes, seconds):
        with tempfile.TemporaryDirectory(prefix='hr-limits-') as folder:
            path = os.path.join(folder, 'f.py')
            with open(path, 'wb') as file:
                file.write(text)
            started = time.monotonic()
            done = subprocess.run(
                [harness.INSTRUMENT, '-j1', *args, path], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=harness.environment(), check=False,
                preexec_fn=limit(megabytes), timeout=seconds * SLOWER)
            return done, time.monotonic() - started

    def check(self, text, expected=None, megabytes=300, seconds=SECONDS, actions=ACTIONS):
        """Runs every action; `expected` is what the message of a refusal holds."""
        for args in actions:
            with self.subTest(args=args):
                done, _ = self.run_one(text, args, megabytes, seconds)
                self.assertIn(done.returncode, (0, 2), done.stderr[-500:])
                if expected is not None:
                    self.assertEqual(done.returncode, 2)
                    self.assertIn(b'f.py:', done.stderr)
                    self.assertIn(expected, done.stderr)
                elif done.returncode == 2:
                    self.assertIn(b': error: ', done.stderr)
                if done.returncode == 2 and not args:
                    self.assertEqual(done.stdout, text)

    def test_nested_brackets(self):
        for opens, closes in ((b'(', b')'), (b'[', b']'), (b'{', b'}')):
            self.check(b'x = ' + opens * 100000 + closes * 100000,
                       b'too many nested parentheses')

    def test_unclosed_brackets(self):
        self.check(b'def f():\n  x = ' + b'(' * 1000000, b'too many nested parentheses')
        self.check(b'def f():\n' + b'  (\n' * 150, b"'(' was never closed")

    def test_nested_definitions(self):
        text = b''.join(b' ' * i + b'def f():\n' for i in range(10000))
        self.check(text + b' ' * 10000 + b'pass\n', b'too many levels of indentation',
                   seconds=60)

    def test_as_many_definitions_as_python_takes(self):
        text = b''.join(b' ' * i + b'def f(a):\n' for i in range(99))
        self.check(text + b' ' * 99 + b'a = 1\n')

    def test_deep_operators(self):
        self.check(b'def f(): return ' + b'-' * 100000 + b'1\n')
        self.check(b'def f(): return ' + b'not ' * 100000 + b'1\n')
        self.check(b'def f(): return a' + b'.b' * 100000 + b'\n')
        self.check(b'def f(): return a' + b' if b else c' * 30000 + b'\n')
        self.check(b'def f(): return ' + b'lambda: ' * 50000 + b'1\n')

    def test_formatted_strings(self):
        self.check(b"def f(): f'" + b'{a:' * 100000, b'nested')
        self.check(b'def f(): ' + b"f'{" * 100000, b'nested')

    def test_keyword_garbage(self):
        self.check(b'def f():\n  ' + b'class def if else ' * 7000 + b'\n')
        self.check(b'def f(): pass\n' + b'if ' * 40000 + b'\n')

    def test_nul_bytes(self):
        self.check(b'def f():\n  pass\n\0\n', b'NUL')
        self.check(b'\0' * 1000000, b'NUL')

    def test_invalid_utf8(self):
        self.check(b'def f(): pass\nx = "\xff"\n', b'UTF-8')
        self.check(b'# coding: ascii\nx = "\xff"\n', b'ascii')
        self.check(b'# coding: nothing-known\n', b'unknown encoding')

    def test_random_bytes(self):
        source = random.Random(3)
        pieces = [b'def f(a):\n', b'class A(B):\n', b'  ', b' ', b'\n', b'\t', b'(', b')',
                  b'super()', b"'", b'"""', b'f"{', b'}', b'\\\n', b':', b'if a:\n', b'@d\n',
                  b'# c', b'\r', b'\x0c', b'self', b'=', b',', b'*', b'lambda', b'\xc3\xa9']
        for round_ in range(15):
            plain = source.randbytes(source.randrange(5000))
            mixed = b''.join(source.choices(pieces, k=source.randrange(400)))
            self.check(plain, actions=[[], ['--guard']])
            self.check(mixed, actions=[[], ['--list=json'], ['--guard']])

    def test_one_long_line(self):
        self.check(b'def f(): x = [' + b'1, ' * 300000 + b']\n', megabytes=900)
        self.check(b'def f(a): ' + b'a = 1; ' * 100000 + b'\n', megabytes=900)
        self.check(b'def f(): pass # ' + b'x' * 5000000)

    def test_fifty_megabytes(self):
        block = b''.join(b'''class A%d(B):
    """Doc."""

    def f(self, a, b=1):
        for i in range(a):
            print(i, b, self.x[i], "text")
        return super().f(a)

    def g(self):
        return [x for x in self.f(1, b=2) if x]


''' % i for i in range(1000))
        # The text, its copy with the edits in, the index: not a tree of it all.
        large = block * ((50 << 20) // SLOWER // len(block))
        self.check(large, megabytes=1200, seconds=120, actions=[['--super=keep']])
        # A tree of every statement takes its time: all of it in the long proofs.
        if not os.environ.get('HR_TEST_ALL'):
            large = block * ((5 << 20) // SLOWER // len(block))
        self.check(large, megabytes=1200, seconds=240, actions=[[], ['--guard']])


class Memory(unittest.TestCase):
    """What a large file takes is what one of a third takes: the text is not held."""

    BLOCK = b'''class A(B):
    """Doc."""

    def f(self, a, b=1):
        for i in range(a):
            print(i, b, self.x[i], "text")
            self.total = self.total + i * b - self.x.get(i, None) if i > b else 0
        return self.g(a)

    class Inner(C):
        def f(self, a):
            return super().f(a)

    def __init__(self, a):
        super().__init__(a)

    def g(self):
        """A method with more to say of what it does, and to whom it does that."""
        return [x for x in self.f(1, b=2) if x and x is not self.total]

''' + b''.join(b'TABLE[%d] = (%d, "name of row %d", [], {"a": None})\n' % (i, i, i)
               for i in range(60))
    SMALL, LARGE = 12_000_000, 36_000_000
    REWRITING = (['--super=keep', '-o', 'out.py'], ['--super=keep'], ['--super=keep', '-i'],
                 ['--super=keep', '--check'], ['-o', 'out.py'], ['--check'], ['--strip'],
                 ['--strip', '-i'])
    EXPLICIT = ([], ['-i'], ['--style=module'])  # -o and --check above are, too
    ASKING = (['--list'], ['--list=ctags'], ['--list=json'], ['--list=json', '-o', 'out.json'],
              ['--guard'], ['--guard', '-o', 'out.py'])

    @unittest.skipIf(SANITIZED, 'it keeps what was freed')
    def test_flat_in_the_size_of_the_file(self):
        with tempfile.TemporaryDirectory(prefix='hr-memory-') as folder:
            for args in self.REWRITING + self.EXPLICIT + self.ASKING:
                with self.subTest(args=args):
                    small = self.peak(folder, args, self.SMALL)
                    large = self.peak(folder, args, self.LARGE)
                    self.assertLess(large, small * 1.3)
                    self.assertLess(large, self.LARGE / 1024 / 2)

    def test_without_room_for_a_copy(self):
        """It is held in memory then, and comes to the same."""
        with tempfile.TemporaryDirectory(prefix='hr-memory-') as folder:
            path = os.path.join(folder, 'f.py')
            with open(path, 'wb') as file:
                file.write(self.BLOCK * (self.SMALL // len(self.BLOCK)))
            plain, held = [
                subprocess.run([harness.INSTRUMENT, '-j1', path], stdout=subprocess.PIPE,
                               env=harness.environment(), check=True, preexec_fn=before).stdout
                for before in (None, lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                (1 << 20, 1 << 20)))]
            self.assertEqual(plain, held)
            self.assertEqual(plain.count(b'@hot_restart.wrap_class\n'),
                             self.BLOCK.count(b'class ') * (self.SMALL // len(self.BLOCK)))

    def peak(self, folder, args, size):
        """Kilobytes, of a process with a small parent: a child's peak counts that too."""
        path = os.path.join(folder, 'f.py')
        with open(path, 'wb') as file:
            for i in range(size // len(self.BLOCK)):
                file.write(self.BLOCK.replace(b'class A(', b'class A%d(' % i))
        code = ('import os, sys\n'
                'pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)\n'
                'status, usage = os.wait4(pid, 0)[1:]\n'
                'print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=sys.stderr)\n')
        done = subprocess.run([sys.executable, '-S', '-c', code, harness.INSTRUMENT, '-q', '-j1',
                               *args, path], stdout=subprocess.DEVNULL, cwd=folder,
                              stderr=subprocess.PIPE, env=harness.environment(), check=True)
        code, kilobytes = map(int, done.stderr.split())
        self.assertIn(code, (0, 1))
        return kilobytes


if __name__ == '__main__':
    unittest.main()
