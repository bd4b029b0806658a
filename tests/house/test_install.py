"""`meson install` into a folder of its own, and the installed things at work."""

import fnmatch
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import BUILD, PYTHON, run

PROGRAM = '''\
import sys

def double(number):
    return number * 2

print("double:", double(21), sys.argv[1:])
'''


class TestInstall(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='hr-install-')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        done = subprocess.run(
            ['meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', cls.folder],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout.decode()

    def files(self):
        return [os.path.join(folder, name)
                for folder, _, names in os.walk(self.folder) for name in names]

    def one(self, pattern):
        found = [path for path in self.files() if fnmatch.fnmatch(path, '*/' + pattern)]
        self.assertEqual(len(found), 1, f'{pattern}: {found}')
        return found[0]

    def script(self):
        path = os.path.join(self.folder, 'program.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(PROGRAM)
        return path

    def test_the_preprocessor(self):
        result = run([self.one('bin/hr-instrument'), self.script()])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b'@hot_restart.wrap\ndef double', result.stdout)

    def test_the_runner_finds_its_libraries(self):
        result = run([self.one('bin/hr-run'), self.script(), 'an', 'argument'])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, b"double: 42 ['an', 'argument']\n")
        self.assertEqual(result.stderr, b'')

    def test_stubs(self):
        beside = self.one('hot_restart.pyi')
        folder = os.path.join(os.path.dirname(beside), 'hot_restart-stubs')
        self.assertEqual(self.one('hot_restart-stubs/*'), os.path.join(folder, '__init__.pyi'))
        with open(beside, 'rb') as one, open(os.path.join(folder, '__init__.pyi'), 'rb') as two:
            self.assertEqual(one.read(), two.read())

    def test_the_module_under_plain_python(self):
        module = self.one('hot_restart*.so')
        self.assertIn(os.path.basename(os.path.dirname(module)),
                      ('site-packages', 'dist-packages'))
        result = run([PYTHON, '-c', 'import hot_restart; print(hot_restart.__file__)'],
                     PYTHONPATH=os.path.dirname(module))
        self.assertEqual(result.stdout.decode().strip(), module, result.stderr)

    def test_instrumented_text_runs_with_the_module(self):
        text = run([self.one('bin/hr-instrument'), self.script()]).stdout
        path = os.path.join(self.folder, 'instrumented.py')
        with open(path, 'wb') as file:
            file.write(text)
        result = run([PYTHON, path],
                     PYTHONPATH=os.path.dirname(self.one('hot_restart*.so')))
        self.assertEqual(result.stdout, b'double: 42 []\n', result.stderr)

    def test_the_manual_pages(self):
        for page in ('hr-instrument.1', 'hr-run.1', 'hot_restart.3', 'hot-restart.7'):
            if not os.path.exists(os.path.join(BUILD, 'man', page)):
                self.skipTest('scdoc was not there at configure time: no pages built')
            self.one(f'man/man{page[-1]}/{page}*')

    def test_completions_and_editor_files(self):
        for pattern in ('share/bash-completion/completions/hr-instrument',
                        'share/zsh/site-functions/_hr-instrument',
                        'share/fish/vendor_completions.d/hr-instrument.fish',
                        'share/vim/vimfiles/compiler/hr_instrument.vim',
                        'share/nvim/site/compiler/hr_instrument.vim',
                        'share/emacs/site-lisp/hot-restart.el'):
            self.assertGreater(os.path.getsize(self.one(pattern)), 0)

    def test_nothing_else(self):
        """No header, no archive, no test."""
        names = [os.path.basename(path) for path in self.files()]
        self.assertGreater(len(names), 2)
        for name in names:
            self.assertRegex(name, r'hr-(instrument|run)|hr_instrument\.vim|hot[_-]restart|^__init__\.pyi$|^_hr-|program\.py'
                                   r'|instrumented\.py')
            self.assertNotRegex(name, r'\.(a|h|c)$|test')


if __name__ == '__main__':
    unittest.main()
