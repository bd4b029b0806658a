"""Names that an edited function newly uses, and what binds them at module level."""

import unittest

from cycle import PROMPT, CycleCase

USER = 'def f(x):\n    return x / 0\nprint("got", f(2))\n'


class TestBring(CycleCase):
    def bring(self, above, use, before=''):
        """Edits USER: `use` takes the place of the failing expression."""
        session = self.start(before + USER)
        session.expect('in f: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('def f(x):\n    return x / 0', above + 'def f(x):\n    return ' + use)
        session.send('c')
        return session

    def ends(self, session, *said):
        for text in said:
            session.expect(text)
        self.assertEqual(session.wait(), 0, session.transcript)
        self.assertNotIn('NameError', session.transcript)

    def test_try_import(self):
        self.ends(self.bring('''\
try:
    import no_such_module as J  # the fast one
except ImportError:
    import json as J

''', 'J.dumps(x)'), 'hr: brought in J from ', 'got 2\n')

    def test_try_import_on_two_lines(self):
        self.ends(self.bring('''\
try: import no_such_module as J
except ImportError: J = None
''', 'J'), 'hr: brought in J from ', 'got None\n')

    def test_if_that_needs_an_import(self):
        self.ends(self.bring('''\
import sys
if sys.version_info >= (3, 2):
    from json import dumps as D
else:
    D = None
''', 'D(x)'), 'hr: brought in sys from ', 'hr: brought in D from ', 'got 2\n')

    def test_with(self):
        self.ends(self.bring('''\
import contextlib
with contextlib.suppress(ImportError):
    import json as J
''', 'J.dumps(x)'), 'hr: brought in J from ', 'got 2\n')

    def test_a_block_leaves_what_is_there(self):
        self.ends(self.bring('''\
if True:
    count = 0
    def h(x):
        for i in range(3):
            x += i
        return x
''', 'h(x), count', before='count = 7\n'), 'hr: brought in h from ', 'got (5, 7)\n')

    def test_star_import(self):
        self.ends(self.bring('from math import *\n', 'pow, floor(x)', before='pow = "mine"\n'),
                  'hr: brought in floor from ', "got ('mine', 2)\n")

    def test_two_statements_in_order(self):
        session = self.bring('T = [1]\nT += [2]\nT += [3]\n', 'T')
        self.ends(session, 'hr: brought in T from ', 'got [1, 2, 3]\n')
        self.assertNotIn('still as they were', session.transcript)

    def test_what_changes_it_is_told_of(self):
        session = self.bring('T = {}\nfor i in range(3):\n    T[i] = i\n', 'T')
        self.ends(session, 'hr: brought in T from ',
                  'hr: T is changed by the statement at program.py:2, which was not run\n',
                  'got {}\n')

    def test_a_statement_that_does_more(self):
        session = self.bring('for i in range(3):\n    T = i\n    print("ran")\n', 'T')
        session.expect('hr: T is not brought in: the statement at program.py:1 does more than '
                       'bind names; run what it needs at the prompt\n')
        session.expect("NameError: name 'T'")
        session.expect(PROMPT)
        self.assertNotIn('ran\n', session.transcript)

    def test_the_program_itself_is_not_run(self):
        session = self.bring('if __name__ == "__main__":\n    T = print("ran")\n', 'T')
        session.expect('hr: T is not brought in: the statement at program.py:1 does more')
        session.expect(PROMPT)
        self.assertNotIn('ran\n', session.transcript)


if __name__ == '__main__':
    unittest.main()
