"""The manual pages: complete, clean, and of one mind with --help."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

from harness import BUILD, INSTRUMENT, MODULE_PATH, PYTHON, RUN, SOURCE, environment, run

sys.path.insert(0, os.path.join(SOURCE, 'tests/session'))
from driver import Session

SECTIONS = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES']


def source_of(page):
    """As scdoc gets it: the build puts hr-instrument's options in."""
    path = os.path.join(BUILD, 'man', page + '.scd')
    if not os.path.exists(path):
        path = os.path.join(SOURCE, 'man', page + '.scd')
    with open(path, encoding='utf-8') as file:
        return file.read()


def options_in_help(program):
    result = run([program, '--help'])
    assert result.returncode == 0, result
    found = set()
    for letter, name in re.findall(r'(?:^|  )  (-\w, )?(--[a-z-]+)', result.stdout.decode(),
                                   re.M):
        found.add(name)
        if letter:
            found.add(letter.rstrip(', '))
    return found


def options_in_page(page):
    """The words that stand at the head of an option's paragraph."""
    text = source_of(page).partition('\n# OPTIONS\n')[2]
    text = re.split(r'\n# (?!OPTIONS)', text)[0]
    found = set()
    for line in text.splitlines():
        if line.startswith('*-'):
            found.update(re.findall(r'\*(--?[a-z-]+)\*', line))
    return found


class TestPages(unittest.TestCase):
    pages = {'hr-instrument.1': INSTRUMENT, 'hr-run.1': RUN}

    def test_each_has_its_sections(self):
        for page in self.pages:
            found = re.findall(r'^# (.+)$', source_of(page), re.M)
            self.assertEqual([name for name in found if name in SECTIONS], SECTIONS, page)

    def test_each_option_of_help_is_in_the_page_and_no_other(self):
        for page, program in self.pages.items():
            with self.subTest(page):
                told = options_in_help(program)
                self.assertIn('--version', told)
                self.assertEqual(options_in_page(page), told)

    def test_the_exit_codes_for_wrong_usage(self):
        self.assertEqual(run([INSTRUMENT, '--no-such-option']).returncode, 64)
        self.assertEqual(run([RUN, '--stop', 'sometimes']).returncode, 64)

    def test_each_page_names_the_others(self):
        pages = [*self.pages, 'hot_restart.3', 'hot-restart.7']
        for page in pages:
            also = source_of(page).partition('# SEE ALSO')[2]
            for other in pages:
                if other != page:
                    name, _, section = other.rpartition('.')
                    self.assertIn(f'*{name}*({section})', also, page)

    def test_a_paragraph_keeps_its_indentation(self):
        """scdoc takes a line that stands further left for the start of another one."""
        for page in (*self.pages, 'hot_restart.3', 'hot-restart.7'):
            lines = source_of(page).splitlines()
            for above, line in zip(lines, lines[1:]):
                left = above.startswith('\t') and line and not line.startswith('\t')
                self.assertFalse(left, f'{page}: {line}')

    def test_mandoc_has_no_complaint(self):
        for page in (*self.pages, 'hot_restart.3', 'hot-restart.7'):
            path = os.path.join(BUILD, 'man', page)
            if not os.path.exists(path):
                self.skipTest('scdoc was not there at configure time: no pages built')
            if not shutil.which('mandoc'):
                self.skipTest('mandoc is not installed')
            out = subprocess.run(['mandoc', '-Tlint', '-W', 'warning', path],
                                 stdout=subprocess.PIPE, check=False).stdout.decode()
            # scdoc itself writes the empty paragraphs.
            complaints = [line for line in out.splitlines()
                          if 'skipping paragraph macro' not in line]
            self.assertEqual(complaints, [])


def blocks(page, section):
    """The literal texts of a section."""
    text = source_of(page).partition(f'\n# {section}\n')[2]
    return re.findall(r'^```\n(.*?)^```$', re.split(r'\n# ', text)[0], re.M | re.S)


TRAIN = '\n' * 39 + textwrap.dedent('''\
    class Trainer:
        def step(self, batch):
            return batch["loss"]

    Trainer().step({'x': 1, 'y': 2, 'los': 3})
    ''')


class TestExamples(unittest.TestCase):
    """What the pages show is what happens."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name, text in (('train.py', TRAIN), ('benchmark.py', 'print("timed")\n'),
                           ('src/trainer/__init__.py', 'def f(): return "trained"\n'),
                           ('src/trainer/__main__.py', 'from trainer import f\nprint(f())\n'),
                           ('trainer.py', 'print("trained")\n')):
            self.write(name, text)
        # The programs by their names, and python3 as the one that was built for.
        os.mkdir(os.path.join(self.folder, 'bin'))
        for name, program in (('hr-run', RUN), ('hr-instrument', INSTRUMENT)):
            os.symlink(program, os.path.join(self.folder, 'bin', name))
        self.write('bin/python3', f'#!/bin/sh\nPYTHONPATH=$PYTHONPATH:{MODULE_PATH} '
                                  f'exec {PYTHON} "$@"\n')
        os.chmod(os.path.join(self.folder, 'bin/python3'), 0o755)
        self.path = os.path.join(self.folder, 'bin') + ':' + os.environ['PATH']

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def test_commands(self):
        # Those that find something say so with their status.
        statuses = {'hr-instrument --diff train.py': 1}
        ran = 0
        for page in ('hr-instrument.1', 'hr-run.1'):
            for block in blocks(page, 'EXAMPLES'):
                for command in [] if block.startswith('$ ') else block.splitlines():
                    with self.subTest(command):
                        result = run(['sh', '-c', command], cwd=self.folder, PATH=self.path)
                        self.assertEqual((result.returncode, result.stderr),
                                         (statuses.get(command, 0), b''))
                        ran += 1
        self.assertEqual(ran, 9)

    def test_a_session(self):
        session, = [block for block in blocks('hr-run.1', 'EXAMPLES') if block.startswith('$ ')]
        command, *lines = session.splitlines()
        with Session(['sh', '-c', command[2:]], cwd=self.folder,
                     env=environment(PATH=self.path)) as driven:
            for line in lines:
                if line.startswith('(Pdb) '):
                    driven.expect('(Pdb) ')
                    driven.send(line[len('(Pdb) '):])
                else:
                    driven.expect(line.replace('> ...', '').strip())

    def test_waiting(self):
        before, after = blocks('hr-run.1', 'WAITING FOR A SAVE')
        with Session([RUN, '--on-crash=wait', 'train.py'], cwd=self.folder,
                     env=environment()) as driven:
            driven.expect(before)
            self.write('train.py', TRAIN.replace('"loss"', '"los"'))
            for line in after.splitlines(True):
                driven.expect(line)
            self.assertEqual(driven.wait(), 0)

    def test_defaults(self):
        table, = blocks('hr-run.1', 'DEFAULTS')
        self.write('pyproject.toml', table)
        result = run([RUN, 'benchmark.py'], cwd=self.folder)
        self.assertEqual((result.stdout, result.stderr), (b'timed\n', b''))


if __name__ == '__main__':
    unittest.main()
