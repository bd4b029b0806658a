"""Each message that the programs have for a person is expected by some test."""

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


if __name__ == '__main__':
    unittest.main()
