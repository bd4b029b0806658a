"""Constants and imports at module level that were edited."""

import unittest

from cycle import PROMPT, CommandCase, CycleCase

TEXT = '''\
import part
RATES = {"eur": 1}
LOW, HIGH = 1, 2  # bounds
SIZE: int = 3
text = \'\'\'
a
\'\'\'

def look(key):
    return RATES[key], LOW, HIGH, SIZE, part.NAME, text

result = None
result = look("gbp")
print("result", result)
'''


class TestBindings(CommandCase):
    def crash(self, *options, text=TEXT):
        self.write('NAME = "old"\n', 'part.py')
        session = self.start(text, *options)
        session.expect("in look: KeyError: 'gbp'")
        session.expect(PROMPT)
        return session

    def mend(self):
        self.edit('{"eur": 1}', '{"eur": 1, "gbp": 2}')

    def test_a_plain_continue_names_them(self):
        session = self.crash()
        self.mend()
        self.edit('LOW, HIGH = 1, 2', 'LOW, HIGH = 10, 20')
        self.write('NAME = "new"\n', 'part.py')
        session.send('c')
        session.expect("hr: look is unchanged, edited: RATES, LOW, HIGH, NAME; 'reload' takes "
                       'that, and c then restarts look with it; another c restarts it as '
                       'it was\n')
        session.expect(PROMPT)
        session.send('c')
        session.expect("in look: KeyError: 'gbp'")
        session.expect(PROMPT)
        session.send('reload')
        session.expect('hr: reloaded RATES (program.py:2)\n')
        session.expect('hr: reloaded LOW, HIGH (program.py:3)\n')
        session.expect('hr: reloaded NAME (part.py:1)\n')
        session.expect(PROMPT)
        self.say(session, 'changes', 'no definition, constant or import differs')
        self.finish(session, r"result (2, 10, 20, 3, 'new', '\na\n')" '\n')

    def test_beside_an_edit_of_the_function_they_are_named(self):
        session = self.crash()
        self.edit('RATES[key]', 'RATES.get(key)')
        self.edit('LOW, HIGH = 1, 2', 'LOW, HIGH = 10, 20')
        self.finish(session, 'hr: edited as well, still as they were: LOW, HIGH '
                    "('reload' at the prompt takes them)\n", 'result (None, 1, 2, ')

    def test_what_differs_is_shown(self):
        session = self.crash()
        self.mend()
        session.send('changes')
        session.expect('--- program.py:2 RATES (runs)\n+++ program.py:2 RATES (on disk)\n')
        session.expect('-RATES = {"eur": 1}\n+RATES = {"eur": 1, "gbp": 2}\n')
        session.expect(PROMPT)
        self.edit('HIGH = 1, 2', 'HIGH = 5, 6')
        self.say(session, 'changes LOW', '+LOW, HIGH = 5, 6')
        self.assertEqual(session.transcript.count('RATES (runs)'), 1)

    def test_one_of_them(self):
        session = self.crash()
        self.mend()
        self.edit('HIGH = 1, 2', 'HIGH = 5, 6')
        self.say(session, 'reload RATES', 'hr: reloaded RATES (program.py:2)\n')
        self.say(session, 'reload HIGH', 'hr: reloaded LOW, HIGH (program.py:3)\n')
        self.say(session, 'reload HIGH', 'hr: no definition of HIGH differs')
        self.finish(session, 'result (2, 5, 6, ')

    def test_one_module(self):
        session = self.crash()
        self.mend()
        self.edit('SIZE: int = 3', 'SIZE: int = 4')
        self.write('NAME = "new"\n', 'part.py')
        self.say(session, 'reload part', 'hr: reloaded NAME (part.py:1)\n')
        self.say(session, 'reload module', 'hr: reloaded RATES (program.py:2)\n'
                 'hr: reloaded SIZE (program.py:4)\n')
        self.finish(session, "result (2, 1, 2, 4, 'new', ")

    def test_on_continue(self):
        session = self.crash('--reload=changed')
        self.mend()
        self.finish(session, 'hr: reloaded RATES (program.py:2)\n', 'result (2, ')

    def test_back_and_forth(self):
        session = self.crash()
        self.mend()
        self.say(session, 'reload', 'hr: reloaded RATES (program.py:2)\n')
        self.edit('{"eur": 1, "gbp": 2}', '{"eur": 1}')
        self.say(session, 'reload', 'hr: reloaded RATES (program.py:2)\n')
        self.say(session, 'changes', 'no definition, constant or import differs')
        self.say(session, 'p RATES', "{'eur': 1}")

    def test_what_is_no_edit(self):
        session = self.crash()
        self.edit('  # bounds', '  # the bounds')
        self.edit('SIZE: int = 3\n', '')
        self.edit('import part\n', 'import part\n\nSIZE: int = 3\n')
        self.say(session, 'changes', 'no definition, constant or import differs')
        self.edit('RATES[key]', 'RATES.get(key)')
        self.finish(session, 'result (None, ')
        self.assertNotIn('edited as well', session.transcript)

    def test_a_docstring_is_none(self):
        session = self.crash(text='"""About it."""\n' + TEXT)
        self.mend()
        self.say(session, 'reload', 'hr: reloaded RATES (program.py:3)\n')
        self.edit('About it', 'What it is')
        self.say(session, 'changes', 'no definition, constant or import differs')
        self.finish(session, 'result (2, ')
        self.assertNotIn('edited', session.transcript)

    def test_what_runs_or_has_not_run_is_left(self):
        session = self.crash()
        self.edit('look("gbp")', 'look("usd")')
        self.edit('print("result"', 'late = 1\nprint("new"')
        self.mend()
        self.say(session, 'reload', 'hr: reloaded RATES (program.py:2)\n')
        self.finish(session, 'result (2, ')
        self.assertNotIn('edited as well', session.transcript)

    def test_another_statement_below(self):
        session = self.crash()
        self.edit('{"eur": 1}', '{"eur": 1}\nRATES = dict(RATES, gbp=7)')
        self.say(session, 'reload', 'hr: reloaded RATES (program.py:3)\n')
        self.finish(session, 'result (7, ')
        self.assertNotIn('edited as well', session.transcript)

    def test_what_is_brought_in_is_no_edit(self):
        session = self.crash()
        self.edit('RATES[key]', 'MORE[key]')
        self.edit('SIZE: int', 'from collections import defaultdict\n'
                  'MORE = defaultdict(int, RATES)\nSIZE: int')
        self.finish(session, 'hr: brought in defaultdict from ', 'hr: brought in MORE from ',
                    'result (0, ')
        self.assertNotIn('edited as well', session.transcript)

    def test_a_statement_that_needs_more(self):
        session = self.crash()
        self.edit('{"eur": 1}', 'more({"eur": 1})')
        self.edit('def look', 'def more(rates):\n    return {**rates, "gbp": 3}\n\ndef look')
        self.say(session, 'reload RATES', 'hr: brought in more from ')
        self.finish(session, 'result (3, ')

    def test_a_statement_that_fails(self):
        session = self.crash()
        self.edit('{"eur": 1}', '{"eur": 1 / 0}')
        self.say(session, 'reload',
                 'program.py:2: error: ZeroDivisionError: division by zero\n')
        self.say(session, 'p RATES', "{'eur': 1}")
        self.edit('{"eur": 1 / 0}', '{"gbp": 4}')
        self.say(session, 'reload', 'hr: reloaded RATES (program.py:2)\n')
        self.finish(session, 'result (4, ')

    def test_import(self):
        session = self.crash()
        self.edit('import part\n', 'import os as part\n')
        self.edit('RATES[key]', 'RATES.get(key)')
        self.edit('part.NAME', 'part.sep')
        self.say(session, 'reload', 'hr: reloaded part (program.py:1)\n')
        self.finish(session, "result (None, 1, 2, 3, '/', ")


class TestForgotten(CycleCase):
    """The function needs no edit, only the name that it failed for want of."""

    def test_an_import_that_was_forgotten(self):
        """The function needs no edit, and the restart finds the name."""
        self.fix('import os\n\ndef f(x):\n    return sqrt(x)\n\nprint("got", f(9))\n',
                 'import os\n', 'import os\nfrom math import sqrt\n',
                 'hr: brought in sqrt from program.py\n',
                 'hr: f is unchanged; restarting it', 'got 3.0\n')

    def test_an_import_that_was_too_short(self):
        self.fix('from math import pi\n\ndef f(x):\n    return sqrt(x)\n\n'
                 'print("got", f(9))\n', 'import pi\n', 'import pi, sqrt\n',
                 'hr: brought in sqrt from program.py\n', 'got 3.0\n')

    def test_a_forgotten_import_in_a_thread(self):
        session = self.start('''\
import threading

class Worker(threading.Thread):
    def run(self):
        print("got", self.work(9))

    def work(self, x):
        return sqrt(x)

Worker().start()
''')
        session.expect(PROMPT)
        self.edit('import threading\n', 'from math import sqrt\nimport threading\n')
        self.finish(session, 'hr: brought in sqrt from program.py\n', 'got 3.0\n')

    def test_a_forgotten_import_that_fails(self):
        session = self.start('def f(x):\n    return sqrt(x)\n\nprint("got", f(9))\n')
        session.expect(PROMPT)
        self.edit('def f', 'from mth import sqrt\ndef f')
        session.send('c')
        session.expect("program.py:1:1: error: ModuleNotFoundError: No module named 'mth'")
        session.expect(PROMPT)
        self.edit('from mth', 'from math')
        self.finish(session, 'hr: brought in sqrt from program.py\n', 'got 3.0\n')

    def test_what_stands_below_does_not_come_too_early(self):
        """Only where the file was edited, and a name is what failed."""
        session = self.start('''\
def f(x):
    return x / 0 if x else later(x)

try:
    f(0)
except NameError as error:
    print(error)
print("got", f(1))
def later(x): return x
''')
        session.expect("name 'later' is not defined")
        session.expect(PROMPT)
        self.edit('got', 'gut')
        session.send('c')
        session.expect('f is unchanged')
        session.expect(PROMPT)
        self.assertNotIn('brought in', session.transcript)
        self.edit('x / 0', 'x')
        self.finish(session, 'hr: reloaded f ', 'got 1\n')

    def test_a_file_that_is_as_it_was_brings_nothing(self):
        session = self.start('def f(x):\n    return later(x)\n\nprint("got", f(1))\n'
                             'def later(x): return x\n')
        session.expect(PROMPT)
        session.send('c')
        session.expect('f is unchanged')
        session.expect("NameError: name 'later' is not defined")
        session.expect(PROMPT)
        self.assertNotIn('brought in', session.transcript)


if __name__ == '__main__':
    unittest.main()
