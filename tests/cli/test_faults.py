"""What hr-instrument says, and keeps, when the system fails it (tests/faults.c)."""

import errno
import os
import tempfile
import unittest

import harness

FAULTS = os.environ['HR_FAULTS']
BIG = b'def f():\n    return 1\n' * 4000
LARGE = BIG * 10 + b'# There is little to say of most of a large file, but it has to be read.\n' * 120000


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def write(self, name, data):
        with open(os.path.join(self.root, name), 'wb') as file:
            file.write(data)

    def read(self, name):
        with open(os.path.join(self.root, name), 'rb') as file:
            return file.read()

    def instrument(self, faults, *args):
        return harness.instrument(*args, cwd=self.root, LD_PRELOAD=FAULTS, FAULTS=faults)

    def check_said(self, done, message):
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.decode(), message + '\n')

    def test_a_file_in_place(self):
        self.write('a.py', BIG)
        for call, message in (('fchmod', 'cannot set the mode'), ('write', 'cannot write'),
                              ('fsync', 'cannot write'), ('renameat2', 'cannot rename')):
            with self.subTest(call):
                self.check_said(self.instrument(f'{call}={errno.ENOSPC}', '-i', 'a.py'),
                                f'a.py: error: {message}: No space left on device [io]')
                self.assertEqual(self.read('a.py'), BIG)
                self.assertEqual(os.listdir(self.root), ['a.py'])

    def test_a_file_system_that_cannot_exchange_names(self):
        self.write('a.py', BIG)
        self.assertEqual(self.instrument(f'renameat2={errno.EINVAL}', '-i', 'a.py').returncode, 0)
        self.assertNotEqual(self.read('a.py'), BIG)
        self.assertEqual(os.listdir(self.root), ['a.py'])

    def test_a_file_system_without_nameless_files(self):
        self.write('a.py', BIG)
        self.write('b.py', BIG)
        whole = self.instrument('', 'a.py').stdout
        for fault in (f'tmpfile={errno.EOPNOTSUPP}', f'linkat={errno.EPERM}'):
            with self.subTest(fault):
                out = 'out-' + fault
                done = self.instrument(fault, '-o', out, 'a.py', 'b.py')
                self.assertEqual((done.returncode, done.stderr), (0, b''))
                self.assertTrue(self.read(out + '/a.py').startswith(whole))
                self.assertEqual(sorted(os.listdir(os.path.join(self.root, out))),
                                 ['a.py', 'b.py'])

    def test_no_mapping(self):
        self.write('a.py', BIG * 200)
        whole = self.instrument('', 'a.py').stdout
        done = self.instrument(f'mmap={errno.ENODEV}', 'a.py')
        self.assertEqual((done.returncode, done.stdout), (0, whole))

    def test_no_room_for_an_answer_to_wait_in(self):
        """What had found room comes back into memory."""
        self.write('a.py', LARGE)
        for question in ('--list', '--guard'):
            with self.subTest(question):
                whole = self.instrument('', question, 'a.py').stdout
                self.assertGreater(len(whole), 1 << 20)
                for fault in (f'write@6={errno.ENOSPC}', f'tmpfile@2={errno.ENOSPC}'):
                    done = self.instrument(fault, question, 'a.py')
                    self.assertEqual((done.returncode, done.stderr), (0, b''))
                    self.assertEqual(done.stdout, whole)

    def test_an_answer_into_a_file(self):
        self.write('a.py', BIG)
        self.write('out', b'as it was')
        done = self.instrument(f'write@2={errno.ENOSPC}', '--list=json', '-o', 'out', 'a.py')
        self.check_said(done, 'hr-instrument: out: cannot write: No space left on device')
        self.assertEqual(self.read('out'), b'as it was')
        self.assertEqual(sorted(os.listdir(self.root)), ['a.py', 'out'])

    def test_no_room_for_an_index_to_stand_in(self):
        """It is in memory then, from the start or from the moment that the disk is full."""
        self.write('a.py', b'class A(B):\n    def f(self): super().f()\n' + BIG * 100)
        whole = self.instrument('', 'a.py').stdout
        self.assertIn(b'super(A, self).f()', whole)
        for fault in (f'tmpfile@2={errno.ENOSPC}', f'posix_fallocate={errno.ENOSPC}',
                      f'posix_fallocate@3={errno.ENOSPC}', f'posix_fallocate@9={errno.ENOSPC}'):
            with self.subTest(fault):
                done = self.instrument(fault, 'a.py')
                self.assertEqual((done.returncode, done.stderr), (0, b''))
                self.assertEqual(done.stdout, whole)

    def test_an_answer_that_waited_in_vain(self):
        self.write('a.py', LARGE)
        self.write('out', b'as it was')
        for more, message in (((), 'standard output: Input/output error'),
                              (('-o', 'out'), 'out: what waited for it cannot be read')):
            # The first reads the file.
            done = self.instrument(f'read@2={errno.EIO}', '--guard', 'a.py', *more)
            self.check_said(done, 'hr-instrument: ' + message)
        self.assertEqual(self.read('out'), b'as it was')
        self.assertEqual(sorted(os.listdir(self.root)), ['a.py', 'out'])

    def test_an_encoding_that_fails(self):
        self.write('a.py', '# coding: latin-1\nx = "é"\ndef f(): pass\n'.encode('latin-1'))
        self.check_said(self.instrument(f'iconv@5={errno.EILSEQ}', '-i', 'a.py'),
                        'a.py: error: the result cannot be written in latin-1 [encoding]')

    def test_no_memory(self):
        self.write('a.py', BIG)
        self.check_said(self.instrument('allocation@50000', '-i', 'a.py'),
                        'a.py: error: out of memory [memory]')
        self.assertEqual(self.read('a.py'), BIG)
        done = self.instrument('allocation@16', 'a.py')
        self.assertTrue(done.stderr.startswith(b'hr-instrument: out of memory\n'), done.stderr)

    def test_no_memory_for_a_run(self):
        done = harness.hr_run('a.py', LD_PRELOAD=FAULTS, FAULTS='allocation@16')
        self.assertEqual((done.returncode, done.stderr), (1, b'hr-run: out of memory\n'))

    def test_no_memory_for_a_diff(self):
        # So many lines that the comparison takes most.
        self.write('a.py', BIG[:22] + b'\n' * 300000)
        self.check_said(self.instrument('allocation@1000000', '--diff', 'a.py'),
                        'a.py: error: out of memory [memory]')

    def test_a_comparison_that_libgit2_refuses(self):
        self.write('a.py', BIG)
        self.check_said(self.instrument(f'git_patch_from_buffers={errno.EFBIG}', '--diff', 'a.py'),
                        'a.py: error: cannot be compared: File too large [limit]')

    def test_a_parser_without_an_end(self):
        self.write('a.py', b'class A:\n class B:\n' + b'  def f(self):\n   super().f()\n' * 5000)
        done = self.instrument('thread_clock', 'a.py')
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"a.py:1:1: warning: tree-sitter's grammar lags behind here; super() calls "
                      b'of this statement are kept [grammar-gap]\n', done.stderr)
        self.assertIn(b'super().f()', done.stdout)
        self.check_said(self.instrument('thread_clock', '--extract=A.B.f', 'a.py'),
                        'a.py:1:1: error: the parser took longer than 2 s for a statement [limit]')


if __name__ == '__main__':
    unittest.main()
