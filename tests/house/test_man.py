"""The manual pages: complete, clean, and of one mind with --help."""

import os
import re
import shutil
import subprocess
import unittest

from harness import BUILD, INSTRUMENT, RUN, SOURCE, run

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


if __name__ == '__main__':
    unittest.main()
