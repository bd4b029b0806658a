"""--only-wrapped, "# hr: off", and where options get their defaults from."""

import os
import shutil
import tempfile
import unittest

import harness

PROGRAM = '''\
import lib

def f():
    return 1

def g():  # hr: off
    def inner():
        return 2
    return inner

class C:  # hr: off
    def m(self):
        return 3

for function in f, g, g(), C.m, lib.h:
    print(function.__name__, "__hr_crashed__" in function.__code__.co_names)
'''

WRAPPED = '''\
import hot_restart

@hot_restart.wrap
def f():
    return 1

def g():
    return 2

print([x.__code__.co_names for x in (f, g)])
'''


class DefaultsCase(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.write('sub/program.py', PROGRAM)
        self.write('sub/lib.py', 'def h():\n    return 4\n')
        self.write('sub/wrapped.py', WRAPPED)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def guarded(self, *options, cwd='.', name='sub/program.py', **changes):
        """The names of the functions that are guarded."""
        shown = harness.hr_run(*options, os.path.join(self.folder, name),
                               cwd=os.path.join(self.folder, cwd), **changes)
        self.assertEqual((shown.returncode, shown.stderr), (0, b''))
        lines = [line.split() for line in shown.stdout.decode().splitlines()]
        return [name for name, guarded in lines if guarded == 'True']

    def refused(self, start, *options, **changes):
        shown = harness.hr_run(*options, 'sub/program.py', cwd=self.folder, **changes)
        self.assertEqual((shown.returncode, shown.stdout), (64, b''), shown.stderr)
        self.assertTrue(shown.stderr.decode().startswith(start), shown.stderr)


class TestMarks(DefaultsCase):
    def test_off(self):
        self.assertEqual(self.guarded(), ['f', 'h'])

    def test_only_wrapped(self):
        self.assertEqual(self.guarded('--only-wrapped'), [])
        shown = harness.hr_run('--only-wrapped', 'sub/wrapped.py', cwd=self.folder)
        self.assertEqual(shown.stdout,
                         b"[('__hr_crashed__', '__hr_restarted__'), ()]\n", shown.stderr)


class TestProject(DefaultsCase):
    def project(self, text, name='pyproject.toml'):
        self.write(name, '[project]\nname = "x"\n\n[tool.hot-restart]\n' + text)

    def test_the_nearest_counts(self):
        self.project('exclude = ["lib"]\n')
        self.assertEqual(self.guarded(), ['f'])
        self.assertEqual(self.guarded(cwd='/'), ['f'])
        self.project('exclude = ["__main__"]\n', 'sub/pyproject.toml')
        self.assertEqual(self.guarded(), ['h'])
        self.write('sub/pyproject.toml', '[project]\nname = "nothing for us"\n')
        self.assertEqual(self.guarded(), ['f', 'h'])

    def test_without_a_script(self):
        self.project('only-wrapped = true\n')
        shown = harness.hr_run('-m', 'lib', cwd=os.path.join(self.folder, 'sub'))
        self.assertEqual((shown.returncode, shown.stderr), (0, b''))
        self.write('sub/pyproject.toml', '[tool.hot-restart]\nno = 1\n')
        shown = harness.hr_run('-m', 'lib', cwd=os.path.join(self.folder, 'sub'))
        self.assertEqual(shown.returncode, 64)

    def test_each_option(self):
        self.project('stop = "never"\non-crash = "raise"\nreload = "changed"\n'
                     'include = ["textwrap"]\nexclude = []\nonly-wrapped = false\n'
                     'ignore = ["KeyError"]\nstop-on-interrupt = true\n'
                     'stop-on-exit = false\n')
        self.assertEqual(self.guarded(), ['f', 'h'])

    def test_flags_win(self):
        self.project('exclude = ["lib"]\nonly-wrapped = true\n')
        self.assertEqual(self.guarded(), [])
        self.project('exclude = ["lib"]\n')
        self.assertEqual(self.guarded('--exclude=no'), ['f', 'h'])
        self.assertEqual(self.guarded(HR_RUN_FLAGS='--exclude=__main__'), ['h'])
        self.assertEqual(self.guarded('--exclude=no', HR_RUN_FLAGS='--exclude=lib'),
                         ['f', 'h'])

    def test_wrong(self):
        place = os.path.join(self.folder, 'pyproject.toml')
        for text, line in (('stop = "sometimes"', 5), ('\n\non-crash = 3', 7),
                           ('include = "lib"', 5), ('include = ["a"]\nexclude = [1]', 6),
                           ('only-wrapped = 1', 5), ('stop-on-exit = "no"', 5), ('ignore = "OSError"', 5), ('x = 1\nunknown-key = true', 5),
                           ('stop = never', 5), ('stop = "never', 5), ('include = [', 5)):
            with self.subTest(text=text):
                self.project(text + '\n')
                self.refused(f'{place}:{line}:')
        self.write('pyproject.toml', '[tool.hot-restart]\n  stop-on-exit = 1\n"stop" = "x"\n'
                   'exclude = ["lib", "sub/h.py"]\n\nno = 3\n')
        shown = harness.hr_run('sub/program.py', cwd=self.folder)
        self.assertEqual(shown.returncode, 64)
        self.assertEqual(
            [line.partition(': error: ')[0] for line in shown.stderr.decode().splitlines()],
            [f'{place}:{at}' for at in ('2:3', '3:2', '4:1', '6:1')])
        self.write('pyproject.toml', '[tool]\nhot-restart = 3\n')
        self.refused(f'{place}:')


class TestVariable(DefaultsCase):
    def test_words(self):
        self.assertEqual(self.guarded(HR_RUN_FLAGS="--exclude 'lib' --stop=never"), ['f'])
        self.assertEqual(self.guarded(HR_RUN_FLAGS=''), ['f', 'h'])

    def test_wrong(self):
        for text in ('--stop=sometimes', '-O', 'x.py', '--include "a', '--help', '--exclude='):
            self.refused('hr-run: HR_RUN_FLAGS: ', HR_RUN_FLAGS=text)


if __name__ == '__main__':
    unittest.main()
