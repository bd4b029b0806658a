"""hr-run in virtual environments: real ones, of its own version and of another."""

import glob
import os
import re
import shutil
import subprocess
import unittest

import harness

SHOW = 'import sys; print(sys.executable, sys.prefix, sys.base_prefix)'

SPAWN = '''
import multiprocessing, subprocess, sys

def work(n):
    return n * 2

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [1, 2, 3]))
    print(subprocess.run([sys.executable, "-c", "import sys; print(sys.prefix)"],
                         stdout=subprocess.PIPE).stdout.decode().strip() == sys.prefix)
'''


def version_of(python):
    shown = subprocess.run([python, '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return shown.stdout.decode().strip()


def other_python():
    """An interpreter of another minor version, or None."""
    own = version_of(harness.PYTHON).rpartition('.')[0]
    for minor in ('3.12', '3.13', '3.11', '3.10', '3.9'):
        pattern = os.path.expanduser(f'~/.pyenv/versions/{minor}.*/bin/python3')
        for python in filter(None, [shutil.which('python' + minor), *glob.glob(pattern)]):
            if minor != own and version_of(python).startswith(minor + '.'):
                return python
    return None


class VenvCase(harness.FolderCase):
    @classmethod
    def make(cls, python, name):
        path = os.path.join(cls.folder, name)
        subprocess.run([python, '-m', 'venv', '--without-pip', path], check=True,
                       env=harness.environment())
        return path

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.venv = cls.make(harness.PYTHON, 'same')
        packages, = glob.glob(os.path.join(cls.venv, 'lib/python3*/site-packages'))
        with open(os.path.join(packages, 'only_here.py'), 'w', encoding='utf-8') as file:
            file.write('def f(): pass\nprint("only here", f.__code__.co_names)\n')


class TestSame(VenvCase):
    def same_as_its_python(self, argv, python='bin/python', **changes):
        for code in (SHOW, 'import only_here'):
            theirs = harness.run([os.path.join(self.venv, python), '-c', code], **changes)
            ours = harness.run([*argv, '-c', code], **changes)
            self.assertEqual(theirs.returncode, 0, theirs.stderr)
            self.assertEqual((ours.returncode, ours.stdout, ours.stderr),
                             (0, theirs.stdout, theirs.stderr))

    def test_active(self):
        self.same_as_its_python([harness.RUN], VIRTUAL_ENV=self.venv)

    def test_named_by_its_folder(self):
        self.same_as_its_python([harness.RUN, '--python=' + self.venv])

    def test_named_by_its_program(self):
        path = os.path.join(self.venv, 'bin/python3')
        self.same_as_its_python([harness.RUN, '--python', path], 'bin/python3')

    def test_linked_into_its_bin(self):
        link = os.path.join(self.venv, 'bin/hr-run')
        os.symlink(harness.RUN, link)
        self.addCleanup(os.unlink, link)
        self.same_as_its_python([link])
        self.same_as_its_python(['hr-run'], PATH=f'{self.venv}/bin:/usr/bin:/bin')
        self.same_as_its_python([link], VIRTUAL_ENV='/no/such')
        self.same_as_its_python(['./hr-run'], cwd=os.path.join(self.venv, 'bin'))

    def test_an_environment_that_is_gone(self):
        shown = harness.hr_run('-c', SHOW, VIRTUAL_ENV='/no/such')
        plain = harness.hr_run('-c', SHOW)
        self.assertEqual((shown.returncode, shown.stdout), (0, plain.stdout))

    def test_children(self):
        path = os.path.join(self.folder, 'spawn.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(SPAWN)
        for changes in ({}, {'VIRTUAL_ENV': self.venv}):
            shown = harness.hr_run(path, **changes)
            self.assertEqual((shown.returncode, shown.stdout), (0, b'[2, 4, 6]\nTrue\n'),
                             shown.stderr)

    def test_no_such_thing(self):
        for path in ('/no/such', '/bin/sh', self.folder):
            shown = harness.hr_run('--python', path, '-c', 'print(1)')
            self.assertEqual((shown.returncode, shown.stdout), (64, b''), path)
            self.assertIn(path.encode(), shown.stderr)


class TestOther(VenvCase):
    def refused(self, argv, place, **changes):
        shown = harness.run([*argv, '-c', 'print(1)'], **changes)
        self.assertEqual((shown.returncode, shown.stdout), (64, b''), shown.stderr)
        message = shown.stderr.decode()
        self.assertTrue(message.startswith(place), message)
        for version in (version_of(harness.PYTHON), version_of(self.python)):
            self.assertIn(version, message)
        self.assertIn('use an hr-run that is built for', message)

    def test_refused(self):
        self.python = other_python()
        if self.python is None:
            self.skipTest('there is no other Python here')
        venv = self.make(self.python, 'other')
        place = os.path.join(venv, 'pyvenv.cfg')
        with open(place, encoding='utf-8') as file:
            lines = file.read().splitlines()
        number = [bool(re.match('version', line)) for line in lines].index(True) + 1
        place = f'{place}:{number}: error: '
        self.refused([harness.RUN], place, VIRTUAL_ENV=venv)
        self.refused([harness.RUN, '--python', venv], place)
        self.refused([harness.RUN, '--python=' + venv + '/bin/python'], place)
        os.symlink(harness.RUN, os.path.join(venv, 'bin/hr-run'))
        self.refused([os.path.join(venv, 'bin/hr-run')], place)
        self.refused([harness.RUN, '--python', os.path.realpath(self.python)],
                     'hr-run: --python: ')

    def test_virtualenvs_key(self):
        venv = os.path.join(self.folder, 'keyed')
        os.mkdir(venv)
        with open(os.path.join(venv, 'pyvenv.cfg'), 'w', encoding='utf-8') as file:
            file.write('home = /usr/bin\nversion_info = 3.99.1.final.0\n')
        shown = harness.hr_run('-c', 'print(1)', VIRTUAL_ENV=venv)
        self.assertEqual((shown.returncode, shown.stdout), (64, b''))
        self.assertIn(b'pyvenv.cfg:2: error: this environment is of Python 3.99.1', shown.stderr)


if __name__ == '__main__':
    unittest.main()
