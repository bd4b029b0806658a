"""hr-instrument over the bytes of files: encodings, newlines, odd and bad text."""

import random
import re
import unittest

import harness

FUNCTION = b'def f():\n    return 1\n'
WRAPPED = b'import hot_restart\n@hot_restart.wrap\ndef f():\n    return 1\n'


class Texts(unittest.TestCase):
    maxDiff = None

    def round_trip(self, source, expected=None, args=()):
        once = harness.instrument(*args, '-', stdin=source)
        self.assertEqual((once.returncode, once.stderr), (0, b''))
        if expected is not None:
            self.assertEqual(once.stdout, expected)
        twice = harness.instrument(*args, '-', stdin=once.stdout)
        self.assertEqual(twice.stdout, once.stdout)
        back = harness.instrument('--strip', '-', stdin=once.stdout)
        self.assertEqual((back.returncode, back.stdout), (0, source))
        return once.stdout

    def refused(self, source, message, kind=b'syntax'):
        done = harness.instrument('-', stdin=source)
        self.assertEqual((done.returncode, done.stdout), (2, source))
        self.assertRegex(done.stderr, rb'\A<stdin>:\d+:\d+: error: ' +
                         re.escape(message) + rb'.*\[' + kind + rb'\]\n\Z')
        return tuple(map(int, done.stderr.split(b':')[1:3]))


class Bytes(Texts):
    def test_empty(self):
        self.round_trip(b'', b'')

    def test_newlines(self):
        self.round_trip(FUNCTION.replace(b'\n', b'\r\n'), WRAPPED.replace(b'\n', b'\r\n'))

    def test_mixed_newlines_follow_their_neighbour(self):
        self.round_trip(b'"""d"""\r\ndef f(): pass\ndef g(): pass\r\n',
                        b'"""d"""\r\nimport hot_restart\n@hot_restart.wrap\n'
                        b'def f(): pass\n@hot_restart.wrap\r\ndef g(): pass\r\n')

    def test_no_last_newline(self):
        self.round_trip(FUNCTION[:-1], WRAPPED[:-1])
        self.round_trip(b'def f(): pass', b'import hot_restart\n@hot_restart.wrap\n'
                        b'def f(): pass')
        self.round_trip(b'x = 1\r\ndef f(): pass', b'import hot_restart\r\nx = 1\r\n'
                        b'@hot_restart.wrap\r\ndef f(): pass')

    def test_module_style_without_a_last_newline(self):
        self.round_trip(b'def f(): pass', b'import hot_restart\ndef f(): pass\n'
                        b'hot_restart.wrap_module()', ['--style=module'])
        self.round_trip(b'def f(): pass\r\nx = 2', b'import hot_restart\r\n'
                        b'def f(): pass\r\nx = 2\r\nhot_restart.wrap_module()',
                        ['--style=module'])

    def test_tabs(self):
        self.round_trip(b'class A:\n\tdef f(self):\n\t\tdef g():\n\t\t\tpass\n',
                        b'import hot_restart\n@hot_restart.wrap_class\nclass A:\n'
                        b'\tdef f(self):\n\t\t@hot_restart.wrap\n\t\tdef g():\n'
                        b'\t\t\tpass\n')

    def test_form_feeds(self):
        self.round_trip(b'x = 1\n\x0c\ndef f():\n  \x0c  \n    pass\n\x0cdef g(): pass\n')

    def test_bom(self):
        self.round_trip(b'\xef\xbb\xbf' + FUNCTION, b'\xef\xbb\xbf' + WRAPPED)
        self.round_trip(b'\xef\xbb\xbf# coding: utf-8\n' + FUNCTION,
                        b'\xef\xbb\xbf# coding: utf-8\n' + WRAPPED)

    def test_encodings(self):
        body = '''
def f():
    """%s"""
    return '%s'
class %s:
    def m(self):
        def n(): pass
'''
        for cookie, codec, text, name in (
                ('latin-1', 'latin-1', 'caf\u00e9 \u00a5', '\u00c9t\u00e9'),
                ('iso-8859-15', 'iso-8859-15', '\u20ac', 'A'),
                ('cp1252', 'cp1252', '\u201cx\u201d', 'A'),
                ('koi8-r', 'koi8-r', '\u043f\u0440\u0438', '\u041f\u0440'),
                ('shift_jis', 'shift_jis', '\u8868\u793a\u30bd\\\\n', '\u8868'),
                ('cp932', 'cp932', '\u8868\u2460', '\u8868'),
                ('euc_jp', 'euc_jp', '\u8868\u793a', '\u8868'),
                ('gbk', 'gbk', '\u4e2d\u6587\u8a9e', '\u4e2d'),
                ('big5', 'big5', '\u529f\u8a31', '\u529f'),
                ('euc-kr', 'euc-kr', '\ud55c\uae00', '\ud55c'),
                ('utf-8', 'utf-8', '\u8868\U0001f600', '\u8868')):
            with self.subTest(cookie=cookie):
                source = ('# -*- coding: %s -*-' % cookie + body % (text, text, name))
                result = self.round_trip(source.encode(codec))
                self.assertEqual(result.count(b'@hot_restart'), 3)
                decoded = result.decode(codec)
                self.assertEqual(''.join(line for line in decoded.splitlines(True)
                                         if 'hot_restart' not in line), source)
                compile(result, 'a.py', 'exec')

    def test_cookie_on_the_second_line(self):
        self.round_trip('#!/usr/bin/python\n# coding=latin-1\nx = "\u00e9"\n'.encode('latin-1')
                        + FUNCTION)
        self.refused('x = 1\n# coding=latin-1\nx = "\u00e9"\n'.encode('latin-1'),
                     b'not valid UTF-8', b'encoding')

    def test_bad_encodings(self):
        self.assertEqual(self.refused(b'x = 1\ny = "\xff"\n', b'not valid UTF-8',
                                      b'encoding'), (2, 6))
        self.refused(b'# coding: nonsense\n', b'unknown encoding: nonsense', b'encoding')
        self.refused(b'\xef\xbb\xbf# coding: latin-1\n', b'the file starts with a UTF-8 BOM',
                     b'encoding')
        self.refused(b'# coding: ascii\nx = "\xe9"\n', b'not valid in the declared encoding',
                     b'encoding')
        self.refused(b'# coding: shift_jis\nx = "\x81"\n', b'not valid in the declared',
                     b'encoding')
        self.assertEqual(self.refused(b'x = 1\n\0', b'a NUL byte'), (2, 1))

    def test_overlong_and_surrogates(self):
        for bad in (b'\xc0\x80', b'\xe0\x80\x80', b'\xed\xa0\x80', b'\xf0\x80\x80\x80',
                    b'\xf4\x90\x80\x80', b'\xf5\x80\x80\x80', b'\x80', b'\xe2\x82'):
            self.refused(b'# ' + bad + b'\n', b'not valid UTF-8', b'encoding')


class Records(Texts):
    """What stood there before is told from what was put in."""

    def test_person_named_it(self):
        self.round_trip(b'# uses hot_restart some day\n' + FUNCTION,
                        b'# uses hot_restart some day\n'
                        b'import hot_restart  # hr: added\n' + WRAPPED[19:])

    def test_own_import_unused(self):
        self.round_trip(b'import hot_restart\n' + FUNCTION,
                        b'import hot_restart  # hr: own\n' + WRAPPED[19:])

    def test_strip_leaves_a_foreign_text(self):
        for text in (b'import hot_restart\n', b'import hot_restart  # mine\n',
                     b'class A(B):\n    def f(self):\n        super(A, self).f()\n',
                     b'# hr: origin\n', b'x = """\n# hr: origin /a\n"""\n'):
            done = harness.instrument('--strip', '-', stdin=text)
            self.assertEqual((done.returncode, done.stdout), (0, text))

    def test_strip_after_hand_edits(self):
        text = (b'"""d"""\n# a comment\n\nimport hot_restart\nimport os\n\n'
                b'@hot_restart.wrap\ndef f():\n    hot_restart.breakpoint()\n\n'
                b'@hot_restart.wrap  # mine\ndef g(): pass\n')
        done = harness.instrument('--strip', '-', stdin=text)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout, text.replace(b'@hot_restart.wrap\n', b''))
        self.assertIn(b'<stdin>:11:1: warning: ', done.stderr)
        self.assertIn(b'<stdin>:4:1: warning: the import stays', done.stderr)

    def test_explicit_supers_of_the_person(self):
        source = (b'class A(B):\n    def f(self):\n        super(A, self).f()\n'
                  b'        super().f()\n    def g(self):\n        super().g()\n'
                  b'    class C(B):\n        def h(this):\n            super().h()\n')
        result = self.round_trip(source)
        self.assertIn(b'import hot_restart  # hr: added; own super in A.f\n', result)
        self.assertIn(b'        super().f()\n', result)
        self.assertIn(b'        super(A, self).g()\n', result)
        self.assertIn(b'            super(A.C, this).h()\n', result)
        self.round_trip(source, args=['--super=keep'])


class Refused(Texts):
    def test_syntax_errors(self):
        for source, position in ((b'def f(:\n    pass\n', None), (b'x = (1\n', (1, 5)),
                                 (b'def f():\npass\n', None), (b'x = "abc\n', (1, 5)),
                                 (b'if x:\n        y\n    z\n', None),
                                 (b'x = 1 +\n', None), (b'class\n', None),
                                 (b'for x in y\n    pass\n', None),
                                 (b'return = 5\n', None), (b'x = )\n', None),
                                 (b'ok = 1\n' * 9 + b'x = = 1\n', None)):
            with self.subTest(source=source):
                found = self.refused(source + FUNCTION, b'')
                if position is not None:
                    self.assertEqual(found, position)
                elif source.startswith(b'ok'):
                    self.assertEqual(found[0], 10)

    def test_too_deep(self):
        deep = b''.join(b' ' * i + b'if x:\n' for i in range(120)) + b' ' * 120 + b'y\n'
        done = harness.instrument('-', stdin=deep)
        self.assertEqual((done.returncode, done.stdout), (2, deep))
        self.assertIn(b'[limit]', done.stderr)

    def survives(self, text):
        for args in ([], ['--strip'], ['--style=module'], ['--list=json'], ['--guard']):
            done = harness.instrument(*args, '-', stdin=text)
            self.assertIn(done.returncode, (0, 2), (args, text[:80], done.stderr))
            if done.returncode == 2 and args[:1] != ['--guard'] and args != ['--list=json']:
                self.assertEqual(done.stdout, text)

    def test_nesting(self):
        self.survives(b'x = ' + b'(' * 100000 + b')' * 100000 + b'\n')
        self.survives(b'(' * 1000000)
        self.survives(b'f"{' * 1000)

    def test_many_nested_functions(self):
        text = b''.join(b' ' * i + b'def f():\n' for i in range(90)) + b' ' * 90 + b'x\n'
        self.round_trip(text)
        self.survives(b''.join(b' ' * i + b'def f():\n' for i in range(10000)))

    def test_random_bytes_and_tokens(self):
        dice = random.Random(1)
        tokens = [b'def f', b'class A', b'(', b')', b':', b'\n', b'\n    ', b'@x', b'"""',
                  b"'", b'f"', b'{', b'}', b'\\\n', b'super()', b'import hot_restart',
                  b'@hot_restart.wrap', b'# hr: own', b'\r', b'\t', b'lambda', b'if', b';']
        for i in range(60):
            self.survives(bytes(dice.randrange(256) for _ in range(dice.randrange(200))))
            self.survives(b' '.join(dice.choice(tokens) for _ in range(dice.randrange(60))))


if __name__ == '__main__':
    unittest.main()
