"""Each way to be told that something is wrong, in the program's own words."""

import os
import tempfile
import unittest

import harness
from harness import instrument


def hr_run(*arguments, **options):
    # The interpreter keeps some memory to the end, which is no leak of ours.
    return harness.hr_run(*arguments, ASAN_OPTIONS='detect_leaks=0', **options)


USAGE = [
    (['--strip', '--list', 'a.py'], 'only one of --strip, --list, --extract, --guard and --at'),
    (['--style=nothing', 'a.py'], "--style takes one of decorators|module, not 'nothing'"),
    (['--output=', 'a.py'], '--output needs a path'),
    (['a.py', 'a.py'], 'several files need --in-place, --output FOLDER, --diff or --check'),
    (['--at=0', 'a.py'], "--at takes LINE or LINE:COL, both from 1, not '0'"),
    (['-j0', 'a.py'], "--jobs takes a number from 1 to 1024, not '0'"),
    ([], "no input; name files or folders, or '-' for the standard input"),
    (['--list', '--check', 'a.py'],
     '--in-place, --diff and --check go with instrumenting and --strip'),
    (['--strip', '--style=module', 'a.py'],
     '--style, --super, --include, --exclude and --no-nested go with instrumenting only'),
    (['-i', '--diff', 'a.py'], 'only one of --output, --in-place and --diff or --check'),
    (['-q', '-v', 'a.py'], 'only one of --quiet and --verbose'),
    (['-', '-'], "'-' can be read only once"),
    (['-i', '-'], 'the standard input has no place to be changed in'),
    (['--stdin-filename=x', 'a.py'], "--stdin-filename goes with '-'"),
]
SYNTAX = [
    ('x = 1 \\', '1:8: error: unexpected end after line continuation'),
    ('f(**a, *b)\n', '1:9: error: iterable unpacking follows keyword unpacking'),
    ('f(a=1, b)\n', '1:8: error: positional argument follows keyword argument'),
    ('x = b"a" "b"\n', '1:10: error: bytes and text cannot be joined'),
    ('x = 1 if 2\n', "1:11: error: expected 'else' after 'if' expression"),
    ('x = *a\n', '1:7: error: a starred expression needs a list around it'),
    ('1 = x\n', '1:1: error: cannot assign to this expression'),
    ('for 1 in x: pass\n', '1:5: error: cannot assign to this expression'),
    ('match x:\n  pass\n', "error: expected 'case'"),
    ('try:\n  pass\nx = 1\n', "error: expected 'except' or 'finally' block"),
    ('@a\n', '1:3: error: expected a definition to decorate'),
    ('def f(*): pass\n', '1:8: error: '),
    ('def f(*, **k): pass\n', 'error: named parameters must follow bare *'),
    ('def f(a=1, b): pass\n', '1:12: error: parameter without a default follows one with'),
    ('match x:\n  case C(a=1, b): pass\n', 'error: positional pattern follows keyword pattern'),
    ('match x:\n  case *a: pass\n', 'error: a starred pattern needs a list around it'),
    ('del 1\n', '1:5: error: cannot delete this expression'),
    ('x = = 1\n', '1:5: error: invalid syntax'),
    ('x = ' + '(' * 5000, 'error: '),
    ('x = ' + 'f"{' * 300, '1:456: error: too many nested f-strings [limit]'),
    ('x = f"' + '{x:' * 300, '1:457: error: too many nested replacement fields [limit]'),
    ('x = 1\0\n', '1:6: error: a NUL byte, which Python source cannot hold [syntax]'),
    ('\ufeff# coding: latin-1\n',
     '1:4: error: the file starts with a UTF-8 BOM but declares latin-1 [encoding]'),
    ('# coding: utf-7\nx = "+AGE-"\n',
     '1:1: error: cannot be converted and back to the same bytes: utf-7 [encoding]'),
]
FLAGS = [
    ("--include 'a", "HR_RUN_FLAGS: a quote is not closed in '--include 'a'"),
    ('-m', "HR_RUN_FLAGS: '-m' is not an option that may stand here"),
]
PROJECT = [
    ('[tool.hot-restart]\ninclude = "x"\n', '2:1: error: this takes a list of strings'),
    ('[tool.hot-restart]\nstop = true\n', '2:1: error: this takes a string'),
    ('[tool.hot-restart]\nnothing = 1\n', "2:1: error: there is no option 'nothing'; there are include, "),
    ('[tool.hot-restart]\nonly-wrapped = "x"\n', '2:1: error: this takes true or false'),
    ('[tool]\nhot-restart = 1\n', '1:1: error: tool.hot-restart is not a table'),
]


class TestMessages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write('a.py', 'x = 1\n')

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def told(self, result, status, message):
        self.assertIn(message, result.stderr.decode())
        self.assertEqual(result.returncode, status, message)

    def test_usage_of_hr_instrument(self):
        for arguments, message in USAGE:
            with self.subTest(message):
                self.told(instrument(*arguments, cwd=self.folder), 64,
                          f"hr-instrument: {message}\nTry 'hr-instrument --help'.")

    def test_what_is_not_python(self):
        for text, message in SYNTAX:
            with self.subTest(message, text=text[:40]):
                self.write('text.py', text)
                self.told(instrument('text.py', cwd=self.folder), 2, message)

    def test_a_place_that_no_definition_covers(self):
        self.told(instrument('--at=1', 'a.py', cwd=self.folder), 2,
                  'a.py:1: error: no definition covers this place [not-found]')

    def test_bytes_that_are_no_text(self):
        with open(os.path.join(self.folder, 'text.py'), 'wb') as file:
            file.write(b'\xff\n')
        self.told(instrument('text.py', cwd=self.folder), 2, 'text.py:1:1: error: not valid UTF-8, '
                  'and no other encoding is declared [encoding]')

    def test_where_nothing_can_be_written(self):
        for out, message in (('/proc/self/none/out.py', 'cannot make the folder: No such file'),
                             ('a.py/out.py', 'cannot make a file beside it: Not a directory'),
                             ('/dev/full', 'cannot write: No space left on device')):
            with self.subTest(message):
                self.told(instrument('-o', out, 'a.py', cwd=self.folder), 2, message)

    def test_usage_of_hr_run(self):
        for arguments, message in ((['--stop=x', 'a.py'],
                                    "--stop takes one of unhandled|always|never, not 'x'"),
                                   (['--exclude', 'a.py', 'a.py'],
                                    "--exclude takes a module's name, as in a or pkg.*, not a "
                                    "file's: 'a.py'; the script's is __main__"),
                                   (['--include'], 'option --include needs a value'),
                                   (['--inclde=x', 'a.py'], 'unknown option --inclde=x'),
                                   (['--only-wrapped=1', 'a.py'],
                                    'option --only-wrapped=1 takes no value')):
            with self.subTest(message):
                self.told(hr_run(*arguments, cwd=self.folder), 64,
                          f'hr-run: {message}\nTry: hr-run --help\n')

    def test_an_interpreter_that_there_is_not(self):
        os.mkdir(os.path.join(self.folder, 'empty'))
        for place, message in (('empty', 'hr-run: --python: no bin/python in empty'),
                               ('nothing', 'hr-run: --python: no such program: nothing')):
            result = hr_run(f'--python={place}', 'a.py', cwd=self.folder)
            self.assertEqual(result.stderr.decode(), message + '\n')
            self.assertEqual(result.stdout, b'')

    def test_defaults_of_hr_run(self):
        for flags, message in FLAGS:
            with self.subTest(message):
                self.told(hr_run('a.py', cwd=self.folder, HR_RUN_FLAGS=flags), 64, message)
        for text, message in PROJECT:
            with self.subTest(message):
                self.write('pyproject.toml', text)
                self.told(hr_run('a.py', cwd=self.folder), 64, f'pyproject.toml:{message}')


if __name__ == '__main__':
    unittest.main()
