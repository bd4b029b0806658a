"""At the prompt of a test that pytest runs: what c takes, and the ways out."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness
from cycle import PROMPT, CommandCase

DEBIAN = '/usr/lib/python3/dist-packages'
ARGUMENTS = '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-W', 'ignore:ast:DeprecationWarning'

PRICES = '''\
def discount(price, percent):
    return price - percent
'''

TESTS = '''\
import prices

def test_discount():
    assert prices.discount(200, 10) == 180

def test_more():
    assert prices.discount(400, 10) == 360
'''

UNCHANGED = 'hr: test_discount is unchanged; restarting it with its original arguments\n'
UNGUARDED = ('hr: saved since the program started, and what was edited there is not guarded: '
             'prices.py; that takes a new start\n')
WAYS = ("hr: q lets the exception go one caller up, 'reraise' to the top; 'exit' lets this and all "
        "later ones go\n")


class PytestCase(CommandCase):
    def setUp(self):
        super().setUp()
        self.place = self.needs('pytest')

    def needs(self, name):
        """The folders of modules that have it: [] is the interpreter's own."""
        for place in ([], [DEBIAN]):
            shown = harness.run([harness.PYTHON, '-W', 'ignore', '-c', f'import {name}'],
                                PYTHONPATH=os.pathsep.join(place) or None)
            if shown.returncode == 0:
                return place
        self.skipTest(f'{harness.PYTHON} cannot import {name} (Debian: python3-{name})')
        return None

    def tests(self, *options, text=TESTS, python=False):
        """At the prompt of the first test; with `python` under that."""
        self.write(PRICES, 'prices.py')
        self.write(text, 'test_prices.py')
        folders = [harness.MODULE_PATH, *self.place] if python else self.place
        session = self.session([harness.PYTHON if python else harness.RUN, *options, *ARGUMENTS],
                               PYTHONPATH=os.pathsep.join(folders) or None)
        session.expect('in test_discount: AssertionError: assert 190 == 180')
        session.expect(PROMPT)
        return session

    def edit_in(self, name, old, new):
        with open(os.path.join(self.folder.name, name), encoding='utf-8') as file:
            text = file.read()
        self.assertEqual(text.count(old), 1, f'{old!r} in {name}')
        self.write(text.replace(old, new), name)

    def mend(self):
        self.edit_in('prices.py', 'price - percent', 'price * (100 - percent) // 100')


class TestTheTestedFunction(PytestCase):
    def test_what_to_type_is_said_before_the_test_fails_again(self):
        session = self.tests()
        self.mend()
        self.say(session, 'c', "hr: test_discount is unchanged, edited: discount; 'reload' takes "
                 'that, and c then restarts test_discount with it; another c restarts it as it '
                 'was\n')
        self.say(session, 'reload', 'hr: reloaded discount (prices.py:1, 1 line changed)\n')
        self.ends(session, 'c', UNCHANGED, '2 passed')
        self.assertEqual(session.transcript.count('AssertionError'), 1)

    def test_it_is_taken_at_once_where_that_was_asked_for(self):
        session = self.tests('--reload=changed')
        self.mend()
        self.ends(session, 'c', UNCHANGED, 'hr: reloaded discount ', '2 passed')

    def test_what_is_not_guarded_is_named(self):
        session = self.tests('--exclude', 'prices')
        self.say(session, 'c', UNCHANGED)
        self.assertNotIn('not guarded', session.transcript)
        self.mend()
        self.say(session, 'c', UNCHANGED, UNGUARDED)
        self.say(session, 'reload', 'hr: nothing differs from what is loaded\n', UNGUARDED)
        self.ends(session, 'exit', '2 failed', status=1)


class TestUnderPython(PytestCase):
    """Its asserts are rewritten by pytest: that file is none that python would load."""

    def test_wrapped_one_by_one(self):
        text = TESTS.replace('import prices', 'import hot_restart, prices')
        text = text.replace('def test_discount', '@hot_restart.wrap\ndef test_discount')
        session = self.tests(text=text, python=True)
        self.mend()
        self.say(session, 'c', UNCHANGED, UNGUARDED)
        self.ends(session, 'q', '2 failed', status=1)
        self.assertEqual(session.transcript.count(PROMPT), 2)

    def test_wrapped_with_the_tested_functions(self):
        text = TESTS.replace('import prices', 'import hot_restart, prices\n'
                             'hot_restart.wrap_module("prices")')
        session = self.tests(text=text + '\nhot_restart.wrap_module()\n', python=True)
        self.assertNotIn('is not wrapped', session.transcript)
        self.mend()
        self.say(session, 'c', 'edited: discount;')
        self.say(session, 'reload', 'hr: reloaded discount ')
        self.ends(session, 'c', UNCHANGED, '2 passed')

    def test_the_test_itself_is_reloaded_as_pytest_has_it(self):
        text = TESTS.replace('import prices', 'import hot_restart, prices')
        session = self.tests(text=text + '\nhot_restart.wrap_module()\n', python=True)
        self.edit_in('test_prices.py', '== 180', '== 191')
        self.say(session, 'c', 'hr: reloaded test_discount ',
                 'in test_discount: AssertionError: assert 190 == 191')
        self.edit_in('test_prices.py', '== 191', '== 190')
        self.ends(session, 'exit', '2 failed', status=1)


class TestTheWaysOut(PytestCase):
    def test_they_are_said_once_after_a_q(self):
        third = '\ndef test_third():\n    assert not prices.discount(9, 1)\n'
        session = self.tests(text=TESTS + third)
        self.assertNotIn(WAYS, session.transcript)
        self.say(session, 'q', 'in test_more: ', WAYS)
        self.say(session, 'q', 'in test_third: ')
        self.ends(session, 'exit', '3 failed', status=1)
        self.assertEqual(session.transcript.count('-> '), 3)
        prompts = session.transcript.partition('FAILURES')[0]
        self.assertEqual(prompts.count(WAYS), 1)

    def test_exit_is_the_last_prompt(self):
        session = self.tests()
        self.ends(session, 'exit', '2 failed', status=1)
        self.assertEqual(session.transcript.count(PROMPT), 1)

    def test_one_caller_up(self):
        self.write('def low():\n    return 1 / 0\n\ndef high():\n    return low()\n\nhigh()\n')
        session = self.session([harness.RUN, 'program.py'])
        session.expect('in low: ZeroDivisionError')
        session.expect(PROMPT)
        self.say(session, 'q', 'in high: ZeroDivisionError', WAYS)
        self.ends(session, 'q', 'ZeroDivisionError: division by zero', status=1)


if __name__ == '__main__':
    unittest.main()
