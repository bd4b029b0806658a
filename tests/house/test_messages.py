"""Each message that the programs have for a person is expected by some test."""

import ast
import os
import re
import unittest

from harness import SOURCE

# What says something to a person; its format is the first text among the arguments.
CALLS = ('hr_error_set', 'hr_debug_say', 'hr_remark', 'hr_refuse', 'hr_settings_usage', 'wrong', 'say',
         'hr_report_add', 'hr_scan_error', 'hr_scan_error_here', 'hr_error_at', 'error_at',
         'encoding_error', 'io_error', 'remark_failure', 'PySys_WriteStderr', 'PyErr_SetString',
         'PyErr_Format', 'fputs')
CALL = re.compile(r'\b(?:(?:%s)\(|fprintf\(stderr,)([^;{}]*?)((?:"(?:\\.|[^"\\\n])*"\s*|PRI\w+\s*)+)'
                  % '|'.join(CALLS), re.S)
TEXT = re.compile(r'"((?:\\.|[^"\\\n])*)"')


# Any other text of some words is taken for a message as well, but for these.
LITERALS = re.compile(r'(?:"(?:\\.|[^"\\\n])*"\s*)+')
DOCSTRING = re.compile(r'(METH_\w+,|m_doc =|PyDoc_STRVAR\(doc,)\s*(?:"(?:\\.|[^"\\\n])*"\s*)+')
HELP = ('optiontable.c',)  # of the programs: help, completions and man pages come from it
OTHERS = {
    '#define HR_SOURCE_DIGEST "': 'written into a header',
    '"bases": {': 'of a format that tests read as such',
    '"definitions": [': 'of a format that tests read as such',
    '!_TAG_FILE_FORMAT': 'of a format that tests read as such',
    'hr-instrument: standard output': 'perror() adds what is tested',
    'vi vim nvim view': 'names', 'hx helix micro': 'names', 'code codium cursor': 'names',
    'kate kwrite notepadqq': 'names', 'c cont continue': 'names',
    'The call has failed, its callers': 'a part of help hr',
    'An edited definition could not be reloaded': 'the docstring of an exception',
    'Ends the calls below one': 'the docstring of an exception',
}
# What nothing but a lack of memory brings about, or a library against its own promise.
UNSEEN = {
    'unknown reason': 'libgit2 gives a reason with each failure',
    'cannot be reloaded': 'described is an exception that is there',
    'the file cannot be reloaded': 'only where the description has no memory',
    'the arguments do not fit': 'only where the description has no memory',
    'the statement failed': 'only where the description has no memory',
    'it cannot be made again': 'all that fails without an exception has a reason',
    'nothing that it has': 'a change without a name is one of annotations or dataclass',
    'while looking for classes': 'a search that is too deep ends there, without a word',
}


def without_comments(text):
    return re.sub(r'/\*.*?\*/', '', text, flags=re.S)


def pieces(format_text):
    """What stands between the conversions, the longest first."""
    text = format_text.replace('\\n', ' ').replace('\\"', '"').replace('%%', '\0')
    found = re.split(r'%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z|j)?[a-zA-Z]', text)
    found = [piece.replace('\0', '%').strip(' :;,.()\'') for piece in found]
    return sorted(found, key=len, reverse=True)


def messages():
    """(file:line, format) of each message in src/."""
    for folder, _, names in sorted(os.walk(os.path.join(SOURCE, 'src'))):
        for name in sorted(names):
            if not name.endswith('.c') or name == 'generate.c':  # it runs in builds alone
                continue
            path = os.path.join(folder, name)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            plain = without_comments(text)
            for match in CALL.finditer(plain):
                format_text = ''.join(TEXT.findall(match.group(2)))
                yield f'{os.path.relpath(path, SOURCE)}: {format_text}', format_text


def literals():
    """(file, text) of each other text in src/ that reads like words."""
    for folder, _, names in sorted(os.walk(os.path.join(SOURCE, 'src'))):
        for name in sorted(names):
            path = os.path.join(folder, name)
            found = []
            if name.endswith('.c') and name not in (*HELP, 'generate.c'):
                with open(path, encoding='utf-8') as file:
                    plain = without_comments(file.read()).replace("'\"'", '')
                plain = DOCSTRING.sub(r'\1', plain)
                plain = re.sub(r'(?m)^#include .*$', '', plain)
                found = [''.join(TEXT.findall(match)) for match in LITERALS.findall(plain)]
            elif name.endswith('.py'):
                with open(path, encoding='utf-8') as file:
                    tree = ast.parse(file.read())
                docstrings = {id(node.value) for node in ast.walk(tree)
                              if isinstance(node, ast.Expr)}
                found = [node.value for node in ast.walk(tree)
                         if isinstance(node, ast.Constant) and isinstance(node.value, str)
                         and id(node) not in docstrings]
            for text in found:
                if '\\n--\\n' not in text:  # a signature: it begins a docstring
                    yield os.path.relpath(path, SOURCE), text


def expectations():
    """All that stands in the tests, as one text: split literals joined, regular
    expressions without their backslashes."""
    found = []
    for folder, _, names in os.walk(os.path.join(SOURCE, 'tests')):
        for name in names:
            path = os.path.join(folder, name)
            if path != os.path.abspath(__file__):
                with open(path, encoding='utf-8', errors='replace') as file:
                    found.append(file.read())
    text = '\n'.join(found)
    text = re.sub(r'(["\'])\s*\n\s*[rbf]*\1', '', text)
    return re.sub(r'\s+', ' ', text.replace('\\', ''))


class TestMessages(unittest.TestCase):
    def test_each_is_expected_by_a_test(self):
        expected = expectations()
        found = list(messages())
        self.assertGreater(len(found), 100)
        missing = []
        for place, format_text in found:
            known = [piece for piece in pieces(format_text) if len(piece) >= 4]
            long = [piece for piece in known if len(piece) >= 12] or known[:1]
            if known and not any(piece.replace('\\', '') in expected for piece in long):
                missing.append(place)
        self.assertEqual(missing, [])

    def test_so_is_each_reason(self):
        expected = expectations()
        excepted = {**OTHERS, **UNSEEN}
        missing, unused, count = [], set(excepted), 0
        self.maxDiff = None
        for path, text in literals():
            known = [' '.join(piece.replace('\\', '').split()) for piece in pieces(text)]
            known = [piece for piece in known if ' ' in piece and len(piece) >= 12]
            count += bool(known)
            if not known or any(piece in expected for piece in known):
                continue
            names = [name for name in excepted if name in text.replace('\\', '')]
            unused.difference_update(names)
            if not names:
                missing.append(f'{path}: {text}')
        self.assertGreater(count, 300)
        self.assertEqual(missing, [])
        self.assertEqual(unused, set(), 'named without need')


if __name__ == '__main__':
    unittest.main()
