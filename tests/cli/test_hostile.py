"""hr-instrument on files that somebody else made: names, contents and git's rules."""

import json
import os
import subprocess
import tempfile
import unittest

import harness

SOURCE = b'def f():\n    return 1\n'


class Hostile(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix='hr-hostile-')
        self.addCleanup(self.temporary.cleanup)
        self.root = self.temporary.name

    def put(self, name, text=SOURCE):
        path = os.path.join(self.root, name)
        with open(path, 'wb') as file:
            file.write(text)
        return path

    def test_names_do_not_reach_the_terminal(self):
        name = 'a\033]0;title\007\nb.py:1:1: error: forged [io]\n.py'
        self.put(name, b'def f(:\n')
        done = harness.instrument('--check', '.', cwd=self.root)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count(b'\n'), 1)
        self.assertIn(b'a\\033]0;title\\007\\012b.py:1:1: error: forged [io]\\012.py:1:6: ',
                      done.stderr)
        done = harness.instrument('--check', '--error-format=json', '.', cwd=self.root)
        self.assertEqual(json.loads(done.stderr)['file'].removeprefix('./'), name)
        done = harness.instrument('--check', '--error-format=github', '.', cwd=self.root)
        self.assertEqual(done.stderr.count(b'\n'), 1)

    def test_arguments_in_messages(self):
        done = harness.instrument('--extract', 'a\033[2Jb', self.put('a.py'))
        self.assertIn(b'no definition is named a\\033[2Jb', done.stderr)

    def test_diff_on_a_terminal(self):
        text = b'def f():\n    return "\033[2J\033]0;x\007"  # a\rb\n'
        path = self.put('a.py', text)
        plain = harness.instrument('--diff', '--color=never', path).stdout
        self.assertIn(text[-20:], plain)  # for patch, the bytes
        shown = harness.instrument('--diff', '--color=always', path).stdout
        self.assertIn(b'return "^[[2J^[]0;x^G"  # a^Mb', shown)
        for code in (b'\033[m', b'\033[1m', b'\033[31m', b'\033[32m', b'\033[36m'):
            shown = shown.replace(code, b'')
        self.assertNotIn(b'\033', shown)

    def test_lines_of_windows_are_no_surprise(self):
        path = self.put('a.py', b'def f():\r\n\treturn 1\r\n')
        self.assertNotIn(b'^', harness.instrument('--diff', '--color=always', path).stdout)

    def walk(self, folder, *args):
        return harness.instrument('--check', *args, folder)

    def test_a_pipe_for_rules(self):
        """git's library would wait for somebody to write into it."""
        if subprocess.run(['git', 'init', '-q', self.root], check=False).returncode != 0:
            self.fail('git init')
        sub = os.path.join(self.root, 'sub')
        os.mkdir(sub)
        self.put('sub/a.py')
        for name in ('.gitignore', 'sub/.gitignore', '.git/info/exclude', '.git/config',
                     '.git/HEAD', '.git/index'):
            path = os.path.join(self.root, name)
            before = None
            if os.path.exists(path):
                with open(path, 'rb') as file:
                    before = file.read()
                os.remove(path)
            os.mkfifo(path)
            for folder in (self.root, sub):
                with self.subTest(name=name, folder=folder):
                    done = self.walk(folder)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn(name.encode() + b': error: cannot read: not a file; '
                                  b'--no-ignore does without [io]', done.stderr)
                    done = self.walk(folder, '--no-ignore')
                    self.assertIn(b'sub/a.py', done.stdout)
                    self.assertEqual(done.returncode, 1)
            os.remove(path)
            if before is not None:
                with open(path, 'wb') as file:
                    file.write(before)
        self.assertEqual(self.walk(self.root).returncode, 1)

    def test_pipes_and_devices_in_a_folder(self):
        self.put('a.py')
        os.mkfifo(os.path.join(self.root, 'b.py'))
        os.symlink('/dev/zero', os.path.join(self.root, 'c.py'))
        os.symlink('d.py', os.path.join(self.root, 'd.py'))
        done = self.walk(self.root)
        self.assertEqual((done.returncode, done.stdout.count(b'\n')), (1, 1))

    def test_a_sparse_file_is_not_begun(self):
        path = self.put('a.py')
        os.truncate(path, 1 << 42)
        done = harness.instrument(path)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'a.py: error: the file is larger than 4 GiB [limit]', done.stderr)


if __name__ == '__main__':
    unittest.main()
