"""A statement at module level fails: the module goes on from it, edited."""

import os
import re
import unittest

from cycle import PROMPT, CycleCase, harness

PROGRAM = '''\
import sys

print('top', __name__)
start = [1, 2]

def double(x):
    return 2 * x

total = sum(start) + missing
print('total', double(total))
'''


class TestToplevel(CycleCase):
    def start_module(self, *options, text=PROGRAM):
        session = self.start(text, *options)
        session.expect(re.compile(r"program\.py:(\d+): in <module>: NameError: name 'missing'"))
        session.expect(PROMPT)
        return session

    def ends(self, session, *expected, tops=1):
        self.finish(session, *expected)
        self.assertEqual(session.transcript.count('top __main__'), tops, session.transcript)

    def test_goes_on_from_the_statement(self):
        session = self.start_module()
        session.send('p start, __name__')
        session.expect("([1, 2], '__main__')")
        self.edit('+ missing', '+ 4')
        self.ends(session, 'hr: going on with program.py:9\n', 'total 14\n')
        self.assertNotIn('changed above', session.transcript)

    def test_a_syntax_error_in_between(self):
        session = self.start_module()
        self.edit('+ missing', '+ (4')
        session.send('c')
        session.expect(re.compile(r"program\.py:9:\d+: error: "))
        session.expect(PROMPT)
        self.edit('+ (4', '+ 4')
        self.ends(session, 'total 14\n')

    def test_statements_put_in_before_it(self):
        session = self.start_module()
        self.edit('total = ', 'missing = 7\ntotal = ')
        self.ends(session, 'hr: going on with program.py:9\n', 'total 20\n')

    def test_the_statement_taken_out(self):
        session = self.start_module()
        self.edit('total = sum(start) + missing\n', '')
        self.edit('double(total)', 'double(1)')
        self.ends(session, 'total 2\n')

    def test_changes_above_are_named(self):
        session = self.start_module()
        self.edit('start = [1, 2]\n', '# a comment\nstart = [5]\nextra = 1\n')
        self.edit('print(\'top\'', 'print(\'other top\'')
        self.edit('+ missing', '+ 4')
        session.send('c')
        session.expect('hr: program.py:3: changed above the failed statement: not run again')
        session.expect('hr: program.py:5: changed above the failed statement: not run again')
        session.expect('hr: program.py:6: changed above the failed statement: not run again')
        session.expect('hr: going on with program.py:11\n')
        session.expect('total 14\n')
        self.assertEqual(session.wait(), 0)

    ABOVE = (('print(\'top\'', 'print(\'the top\''), ('start = [1, 2]', 'start = [1, 2] * 1'),
             ('return 2 * x', 'return x * 2'), ('import sys\n', 'import os\n'))

    def edit_all_above(self):
        for old, new in self.ABOVE:
            self.edit(old, new)

    def test_all_above_changed_and_one_appended(self):
        session = self.start_module(text=PROGRAM.replace("print('total', double(total))\n", ''))
        self.edit_all_above()
        self.edit('+ missing\n', "+ 4\nprint('total', total)\n")
        session.send('c')
        session.expect('hr: going on with program.py:9\n')
        session.expect('total 7\n')
        self.assertEqual(session.wait(), 0)

    def test_all_above_changed_and_the_failed_one_known_by_its_text(self):
        text = PROGRAM.replace("print('total', double(total))\n", '').replace(
            '+ missing', '+ __import__("os").missing')
        session = self.start(text)
        session.expect(re.compile(r"program\.py:9: in <module>: AttributeError"))
        session.expect(PROMPT)
        session.send('import os; os.missing = 5')
        session.expect(PROMPT)
        self.edit_all_above()
        self.edit('missing\n', "missing\nprint('total', total)\nprint('end')\n")
        session.send('c')
        session.expect('hr: going on with program.py:9\n')
        session.expect('total 8\nend\n')
        self.assertEqual(session.wait(), 0)

    def test_which_one_it_became_cannot_be_told(self):
        session = self.start_module(text=PROGRAM.replace("print('total', double(total))\n", ''))
        self.edit_all_above()
        self.edit('def double', 'def twice')
        self.edit('total = sum(start) + missing\n', "number = sum(start)\nprint('number', number)\n")
        session.send('c')
        session.expect('hr: it cannot be told which statement of ')
        session.expect(PROMPT)
        self.edit("print('number', number)\n", '')
        session.send('c')
        session.expect('hr: going on with program.py:9\n')
        self.assertEqual(session.wait(), 0)

    def test_what_follows_is_guarded(self):
        session = self.start_module(text=PROGRAM + '\ndef late(x):\n    return x / 0\n\n'
                                                   'print("late", late(8))\n')
        self.edit('+ missing', '+ 4')
        session.send('c')
        session.expect('program.py:13: in late: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('x / 0', 'x / 2')
        self.ends(session, 'hr: reloaded late', 'late 4.0\n')

    def test_a_function_from_above_is_reloaded_after_it(self):
        session = self.start_module()
        self.edit('+ missing', '+ "x"')
        session.send('c')
        session.expect('program.py:9: in <module>: TypeError')
        session.expect(PROMPT)
        self.edit('+ "x"', '+ 1')
        self.ends(session, 'total 8\n')

    def test_restart_runs_it_from_its_top(self):
        session = self.start_module()
        self.edit('start = [1, 2]', 'start = [5]; missing = 1')
        session.send('restart')
        session.expect('hr: running program.py again from its top\n')
        session.expect('total 12\n')
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.transcript.count('top __main__'), 2)

    def test_quit_ends_as_python_does(self):
        session = self.start_module()
        session.send('q')
        session.expect(re.compile(
            r'Traceback \(most recent call last\):\n  File ".*program\.py", line 9, in <module>\n'
            r'    total = sum\(start\) \+ missing\n( .*\n)?NameError'))
        self.assertEqual(session.wait(), 1)

    def test_an_imported_module(self):
        self.write(PROGRAM.replace('top', 'top of module'), 'lib.py')
        session = self.start('import lib\nprint("imported", lib.total, lib.__name__)\n')
        session.expect("lib.py:9: in <module>: NameError: name 'missing' is not defined")
        session.expect(PROMPT)
        session.send('up')
        session.expect(PROMPT)
        self.write(PROGRAM.replace('+ missing', '+ 4'), 'lib.py')
        self.finish(session, 'hr: ', 'going on with lib.py:9\n', 'total 14\n', 'imported 7 lib\n')

    def test_an_import_that_may_fail(self):
        self.write('raise ImportError("not here")\n', 'lib.py')
        session = self.start('try:\n    import lib\nexcept ImportError as error:\n'
                             '    print("without", error)\n')
        session.expect('without not here\n')
        self.assertEqual(session.wait(), 0)
        self.assertNotIn('(Pdb)', session.transcript)

    def test_as_a_module(self):
        self.write(PROGRAM)
        session = self.session([harness.RUN, '-m', 'program'])
        session.expect('in <module>: NameError')
        session.expect(PROMPT)
        self.edit('+ missing', '+ 4')
        self.ends(session, 'total 14\n')

    def test_a_folder(self):
        self.write(PROGRAM, '__main__.py')
        session = self.session([harness.RUN, '.'])
        session.expect('in <module>: NameError')
        session.expect(PROMPT)
        self.write(PROGRAM.replace('+ missing', '+ 4'), '__main__.py')
        self.ends(session, 'total 14\n')

    def test_waiting_for_a_save(self):
        session = self.start(PROGRAM, '--on-crash=wait')
        session.expect("program.py:9:22: error: NameError: name 'missing' is not defined "
                       "[in <module>]\nhr: waiting for program.py to be saved\n")
        self.edit('+ missing', '+ 4')
        session.expect('hr: restarted <module>\n')
        session.expect('total 14\n')
        self.assertEqual(session.wait(), 0)

    def test_exits_are_left_alone(self):
        for statement, status in (('sys.exit(3)', 3), ('raise KeyboardInterrupt', -2)):
            session = self.start(f'import sys\n{statement}\n')
            self.assertEqual(session.wait(), status)
            self.assertNotIn('(Pdb)', session.transcript)

    def test_future_flags_go_on(self):
        session = self.start_module(
            text='from __future__ import annotations\n' + PROGRAM +
                 'def g(a: no.such): pass\nprint(g.__annotations__)\n')
        self.edit('+ missing', '+ 4')
        self.ends(session, "{'a': 'no.such'}\n")


USES = '''\
import part

LIMIT = 2

def helper(x):
    return x - 1

class Box:
    def size(self):
        return 0

assert helper(1) + Box().size() + part.other() == LIMIT
print('passed')
'''


class TestAbove(CycleCase):
    """What the failed statement uses was edited."""

    def crash(self, text=USES):
        self.write('N = 1\n\ndef other():\n    return N - 1\n', 'part.py')
        session = self.start(text)
        session.expect('in <module>: ')
        session.expect(PROMPT)
        return session

    def test_functions_that_have_returned(self):
        session = self.crash()
        self.edit('x - 1', 'x + 1')
        self.finish(session, 'hr: reloaded helper (program.py:5, 1 line changed)\n',
                    'hr: going on with program.py:12\n', 'passed\n')
        self.assertNotIn('not run again', session.transcript)

    def test_methods_and_other_modules(self):
        session = self.crash()
        self.edit('return 0', 'return 1')
        self.write('N = 1\n\ndef other():\n    return N\n', 'part.py')
        self.finish(session, 'hr: reloaded other (part.py:3, 1 line changed)\n',
                    'hr: reloaded Box.size (program.py:9, 1 line changed)\n', 'passed\n')

    def test_a_constant_is_not_run_again_unasked(self):
        session = self.crash()
        self.edit('LIMIT = 2', 'LIMIT = 0')
        session.send('c')
        session.expect("hr: the statement is unchanged, edited: LIMIT; 'reload' takes that, "
                       'and c then runs the statement with it; another c runs it as it was\n')
        session.expect(PROMPT)
        session.send('c')
        session.expect('hr: program.py:3: changed above the failed statement: not run again\n')
        session.expect('hr: going on with program.py:12\n')
        session.expect(PROMPT)
        session.send('changes')
        session.expect('-LIMIT = 2\n+LIMIT = 0\n')
        session.expect(PROMPT)
        session.send('reload')
        session.expect('hr: reloaded LIMIT (program.py:3)\n')
        session.expect(PROMPT)
        self.finish(session, 'hr: going on with program.py:12\n', 'passed\n')
        self.assertEqual(session.transcript.count('not run again'), 1)

    def test_a_constant_of_another_module(self):
        session = self.crash()
        self.edit('== LIMIT', '>= LIMIT')
        self.write('N = 4\n\ndef other():\n    return N - 1\n', 'part.py')
        session.send('c')
        session.expect("hr: edited as well, still as they were: N ('reload' at a prompt takes them)")
        session.expect(PROMPT)
        session.send('reload')
        session.expect('hr: reloaded N (part.py:1)\n')
        session.expect(PROMPT)
        self.finish(session, 'passed\n')

    def test_what_is_taken_back_is_no_edit(self):
        session = self.crash()
        self.edit('LIMIT = 2', 'LIMIT = 3')
        self.edit('== LIMIT', '== LIMIT, 1')
        session.send('c')
        session.expect('hr: program.py:3: changed above')
        session.expect(PROMPT)
        self.edit('LIMIT = 3', 'LIMIT = 2')
        session.send('reload')
        session.expect('hr: nothing differs from what is loaded\n')
        session.expect(PROMPT)

    def test_what_it_newly_uses_is_brought_in(self):
        session = self.crash()
        self.edit('def helper', 'import math\nTOP = math.ceil(1.5)\n\ndef unused(): pass\n\n'
                  'def bigger(x):\n    return x + later(TOP)\n\ndef helper')
        self.edit('helper(1)', 'bigger(1)')
        self.edit("print('passed')", 'def later(x): return x')
        session.send('c')
        session.expect('hr: brought in math, TOP, bigger from program.py\n')
        session.expect('hr: program.py:8: changed above the failed statement: not run again\n')
        session.expect('hr: going on with program.py:20\n')
        session.expect("in bigger: NameError: name 'later' is not defined")
        session.expect(PROMPT)
        self.assertEqual(session.transcript.count('not run again'), 1)

    def test_what_it_needs_fails(self):
        session = self.crash()
        self.edit('def helper', 'TOP = 1 / 0\ndef helper')
        self.edit('== LIMIT', '== TOP')
        session.send('c')
        session.expect('program.py:5:1: error: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('1 / 0', '0')
        self.finish(session, 'hr: brought in TOP', 'passed\n')

    def test_one_that_cannot_be_loaded(self):
        session = self.crash()
        self.edit('x - 1', 'x +')
        self.edit('return 0', 'return 2')
        session.send('c')
        session.expect('program.py:6:')
        session.expect('hr: another c goes on without that\n')
        session.expect(PROMPT)
        self.finish(session, 'hr: going on with', 'passed\n')

    def test_what_a_class_cannot_take_does_not_hold_it_up(self):
        session = self.crash()
        self.edit('class Box:', 'class Box(list):')
        self.edit('x - 1', 'x + 1')
        self.edit("print('passed')", 'print(1 / 0)')
        session.send('c')
        session.expect('error: class Box stays as it was: ')
        session.expect('hr: going on with program.py:12\n')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        session.send('c')
        session.expect('hr: going on with program.py:13\n')
        self.assertEqual(session.wait(), 0, session.transcript)
        self.assertEqual(session.transcript.count('class Box stays'), 1)


UNSEEN = '''\
print('top', __name__)
limit = 3

def find(things):
    return next(x for x in things if x > limit)

def main():
    return find([1, 2])

print('found', main())
'''

LIBRARY = '''\
def call(function):
    try:
        return function()
    except ValueError as error:
        if error.args:
            raise
'''


class TestLastPrompt(CycleCase):
    """What passed its functions unseen is shown before it ends the program."""

    def test_what_is_never_looked_at_further_down(self):
        session = self.start(UNSEEN)
        session.expect('program.py:10: in <module>: StopIteration\n')
        session.expect('hr: it came through find (program.py:5), where nothing stopped')
        session.expect(PROMPT)
        session.send('down')
        session.send('down')
        session.expect("-> return next(")
        session.expect(PROMPT)
        self.edit('if x > limit)', 'if x > 1)')
        self.edit('limit = 3', 'limit = 2')
        session.send('c')
        session.expect('hr: reloaded find (program.py:4, 1 line changed)\n')
        session.expect('hr: program.py:2: changed above the failed statement: not run again')
        self.finish_without_prompt(session, 'hr: going on with program.py:10\n', 'found 2\n')
        self.assertNotIn('program.py:4: changed', session.transcript)
        self.assertEqual(session.transcript.count('top __main__'), 1)

    def finish_without_prompt(self, session, *expected):
        for text in expected:
            session.expect(text)
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_let_go(self):
        session = self.start(UNSEEN)
        session.expect(PROMPT)
        session.send('q')
        session.expect('StopIteration')
        self.assertEqual(session.wait(), 1)
        self.assertEqual(session.transcript.count(PROMPT), 1, session.transcript)

    def test_a_handler_that_raises_it_again_after_all(self):
        self.write(LIBRARY, 'library.py')
        session = self.start('import library\n\ndef work():\n    raise ValueError("so")\n\n'
                             'print("got", library.call(work))\n', '--exclude=library')
        session.expect('program.py:6: in <module>: ValueError: so')
        session.expect('hr: it came through work (program.py:4)')
        session.expect(PROMPT)
        self.edit('raise ValueError("so")', 'return 7')
        self.finish(session, 'hr: reloaded work (', 'got 7\n')

    def test_reload_at_it(self):
        session = self.start(UNSEEN)
        session.expect(PROMPT)
        self.edit('if x > limit)', 'if x > 1)')
        session.send('reload')
        session.expect('hr: reloaded find (program.py:4, 1 line changed)\n')
        session.expect(PROMPT)
        self.finish(session, 'found 2\n')

    def test_what_was_shown_is_not_shown_again(self):
        session = self.start('def fail():\n    raise KeyError("x")\n\nfail()\n')
        session.expect('in fail: KeyError')
        session.expect(PROMPT)
        session.send('q')
        self.assertEqual(session.wait(), 1)
        self.assertEqual(session.transcript.count(PROMPT), 1, session.transcript)

    def test_exit_and_what_is_ignored(self):
        for text, options in (('raise SystemExit(2)', ()), ('raise KeyboardInterrupt', ()),
                              ('raise KeyError', ['--ignore=KeyError']),
                              ('raise StopIteration', ['--stop=never'])):
            session = self.start(f'def end():\n    {text}\n\nend()\n', *options)
            session.wait()
            self.assertNotIn(PROMPT, session.transcript)


class TestNoFile(CycleCase):
    """A program that was given with -c or on the standard input."""

    TEXT = 'import sys\ndef f(x):\n    return 1 / x\nprint(sys.argv)\nf(0)\nprint("after")\n'

    def test_command(self):
        session = self.session([harness.RUN, '-c', self.TEXT, 'word'])
        session.expect("['-c', 'word']\n")
        session.expect('<string>:5: in <module>: ZeroDivisionError: division by zero\n')
        session.expect('hr: this stands in no file: it can be looked at, not restarted; q ends '
                       'the program\n')
        session.expect('-> f(0)\n')
        session.expect("hr: 'down' goes to where it failed\n")
        session.expect(PROMPT)
        session.send('down')
        session.expect('-> return 1 / x\n')
        session.expect(PROMPT)
        session.send('p x')
        session.expect('0\n')
        session.expect(PROMPT)
        session.send('c')
        session.expect('hr: what stands in no file cannot be run again; q ends the program\n')
        session.expect(PROMPT)
        session.send('q')
        session.expect('Traceback (most recent call last):\n  File "<string>", line 5, in <module>\n')
        session.expect('ZeroDivisionError: division by zero\n')
        self.assertEqual(session.wait(), 1)
        self.assertEqual(session.transcript.count(PROMPT), 4)

    def test_standard_input(self):
        self.write(self.TEXT)
        session = self.session(['/bin/sh', '-c', f'"{harness.RUN}" - < program.py'])
        session.expect('<stdin>:5: in <module>: ZeroDivisionError: division by zero\n')
        session.expect(PROMPT)
        session.send('raise KeyError("other")')
        session.expect("KeyError: 'other'\n")
        self.assertEqual(session.wait(), 1)

    def test_what_needs_none(self):
        for text, options, status in (
                ('import sys; sys.exit(3)', (), 3), ('raise KeyboardInterrupt', (), -2),
                ('print(1)', (), 0), ('1 / 0', ['--stop=never'], 1),
                ('1 / 0', ['--on-crash=raise'], 1)):
            session = self.session([harness.RUN, *options, '-c', text])
            self.assertEqual(session.wait(), status, session.transcript)
            self.assertNotIn(PROMPT, session.transcript)

    def test_what_was_let_go_in_a_module_is_not_shown_again(self):
        self.write('def f():\n    return 1 / 0\n')
        session = self.session([harness.RUN, '-c', 'import program; program.f()'])
        session.expect('in f: ZeroDivisionError')
        session.expect(PROMPT)
        session.send('q')
        self.assertEqual(session.wait(), 1)
        self.assertEqual(session.transcript.count(PROMPT), 1, session.transcript)


if __name__ == '__main__':
    unittest.main()
