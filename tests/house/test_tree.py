"""What must hold for every file that is under version control."""

import json
import os
import re
import subprocess
import unittest

from harness import SOURCE

# Spelled so that this file does not match itself.
MACHINE_PATH = re.compile(r'(?<![\w.$}])/' r'(root|work|home/\w+|tmp/wt|Users/\w+)/')
ADDRESS = re.compile(r'https?' r'://')


def tracked():
    """Paths below the source root; a release has no .git, so its files all count."""
    git = subprocess.run(['git', '-C', SOURCE, 'ls-files', '-z'],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if git.returncode == 0:
        return [path for path in git.stdout.decode().split('\0')
                if path and os.path.isfile(os.path.join(SOURCE, path))]
    found = []
    for folder, folders, names in os.walk(SOURCE):
        folders[:] = [name for name in folders
                      if name != 'node_modules' and not name.startswith(('build', '__', '.'))]
        found += [os.path.relpath(os.path.join(folder, name), SOURCE) for name in names]
    return found


def text_of(path):
    with open(os.path.join(SOURCE, path), encoding='utf-8', errors='replace') as file:
        return file.read()


class TestTree(unittest.TestCase):
    def setUp(self):
        self.paths = tracked()
        self.assertGreater(len(self.paths), 40)

    def test_no_paths_of_one_machine(self):
        self.assertTrue(MACHINE_PATH.search('see /' + 'root/.pyenv'))
        found = [f'{path}: {match.group()}' for path in self.paths
                 for match in MACHINE_PATH.finditer(text_of(path))]
        self.assertEqual(found, [])

    def test_the_lock_holds_hashes_and_no_addresses(self):
        text = text_of('grammar/package-lock.json')
        self.assertNotIn('"resolved"', text)
        self.assertIsNone(ADDRESS.search(text))
        packages = json.loads(text)['packages']
        self.assertIn('node_modules/tree-sitter-python', packages)
        for name, package in packages.items():
            self.assertTrue(name == '' or package['integrity'].startswith('sha512-'), name)

    def test_the_grammar_is_pinned(self):
        wanted = json.loads(text_of('grammar/package.json'))['dependencies']
        packages = json.loads(text_of('grammar/package-lock.json'))['packages']
        for name, version in wanted.items():
            self.assertRegex(version, r'^\d+\.\d+\.\d+$')
            self.assertEqual(packages[f'node_modules/{name}']['version'], version)

    def test_the_build_names_no_hosts(self):
        for path in self.paths:
            if path in ('dev', '.ci/run') or path.startswith('grammar/') or (
                    path.endswith('meson.build')):
                self.assertIsNone(ADDRESS.search(text_of(path)), path)
            self.assertNotIn(os.path.basename(path), ('.npmrc', 'pip.conf'))

    def test_no_source_file_is_longer_than_500_lines(self):
        found = [f'{path}: {text_of(path).count(chr(10))}' for path in self.paths
                 if path.endswith(('.c', '.h', '.py')) or path == 'dev'
                 if text_of(path).count('\n') > 500]
        self.assertEqual(found, [])

    def test_lines_end_in_nothing_and_files_in_a_newline(self):
        for path in self.paths:
            if path.startswith(('src/', 'man/')) and path.endswith(('.c', '.h', '.py', '.scd')):
                text = text_of(path)
                self.assertTrue(text.endswith('\n'), path)
                self.assertNotRegex(text, r'[ \t]+\n', path)

    def test_what_the_documents_name_is_there(self):
        there = set(self.paths)
        for path in self.paths:
            there.update(path[:at] for at, char in enumerate(path) if char == '/')
        ends = {name for path in there for name in (path, *self.tails(path))}
        for document in ('README.md', 'CONTRIBUTING.md', 'SECURITY.md'):
            for name in re.findall(r'`([a-z][\w.-]*/[\w./-]*|\w+\.[ch])`', text_of(document)):
                if name != 'Python.h':
                    self.assertIn(name.rstrip('/'), ends, document)

    @staticmethod
    def tails(path):
        """What is left of it without its first folders."""
        return [path[at + 1:] for at, char in enumerate(path) if char == '/']

    def test_the_readme_is_short(self):
        self.assertLess(text_of('README.md').count('\n'), 150)


if __name__ == '__main__':
    unittest.main()
