"""Breakpoints, steps and lists at the prompt, and in what runs after it."""

import re
import unittest

from cycle import PROMPT, CommandCase

PROGRAM = '''\
import sys

def helper(value):
    value += 1
    return value

def f(x):
    """Something."""
    x = x + 1
    y = helper(x)
    return y / 0

def main():
    result = f(1)
    print('result', result, sys.gettrace())

main()
'''
FIXED = PROGRAM.replace('y / 0', 'y / 2')


def at(line, name):
    return re.compile(rf'> \S*program\.py\({line}\){name}\(\)(->.*)?\n')


class SteppingCase(CommandCase):
    def at_prompt(self, text=PROGRAM, *options, **changes):
        return super().at_prompt(text, *options, **changes)


class TestQuit(SteppingCase):
    """The end of a step, in the call that was restarted for it and elsewhere."""

    def leave(self, steps, write):
        session = self.at_prompt()
        for command in steps:
            self.say(session, command)
        write(session)
        return session

    def test_it_goes_on_one_level_up(self):
        for write in (lambda session: session.send('q'), lambda session: session.end_input()):
            session = self.leave(['s', 'n'], write)
            session.expect('program.py:14: in main: ZeroDivisionError')
            session.expect(PROMPT)
            self.ends(session, 'q', 'line 14, in main', 'line 11, in f',
                      'ZeroDivisionError: division by zero\n', status=1)
            self.assertNotIn('BdbQuit', session.transcript)
            session.close()

    def test_the_caller_can_be_restarted(self):
        session = self.leave(['s'], lambda session: session.send('q'))
        session.expect('in main: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('y / 0', 'y / 2')
        self.ends(session, 'c', 'result 1.5 None')

    def test_in_a_call_below(self):
        session = self.leave(['s', 'n', 's', 's'], lambda session: session.send('q'))
        session.expect('in main: ZeroDivisionError')
        session.expect(PROMPT)
        self.ends(session, 'q', 'ZeroDivisionError', status=1)
        self.assertNotIn('hot_restart', session.transcript)


class TestSteps(SteppingCase):
    def test_each_way_into_the_new_run(self):
        for command in ('s', 'step', 'n', 'next'):
            session = self.at_prompt()
            self.edit('y / 0', 'y / 2')
            self.say(session, command, 'hr: reloaded f (', at(9, 'f'), '-> x = x + 1\n')
            self.say(session, 'p x', '1\n')
            self.say(session, 'n', at(10, 'f'))
            self.say(session, 's', '--Call--', at(3, 'helper'))
            self.say(session, 'r', '--Return--', at(5, 'helper'))
            self.say(session, 'n', at(11, 'f'))
            self.ends(session, 'c', 'result 1.5 None\n')

    def test_out_of_the_new_run_into_its_caller(self):
        session = self.at_prompt(FIXED.replace('/ 2', '/ 0'))
        self.edit('y / 0', 'y / 2')
        self.say(session, 's', at(9, 'f'))
        self.say(session, 'r', '--Return--', at(11, 'f'))
        self.say(session, 'n', at(15, 'main'))
        self.say(session, 'p result', '1.5')
        self.say(session, 'w', 'main()', at(15, 'main'))
        self.ends(session, 'c', 'result 1.5 None\n')

    def test_an_empty_line_repeats_the_steps_of_the_new_run_only(self):
        session = self.at_prompt()
        self.edit('y / 0', 'y / 2')
        self.say(session, 'n', at(9, 'f'))
        self.say(session, '')
        self.say(session, 'n', at(10, 'f'))
        self.say(session, '', at(11, 'f'))
        self.ends(session, 'c', 'result 1.5')

    def test_until(self):
        session = self.at_prompt()
        self.edit('import sys\n', 'import sys\n# one\n# two\n')
        self.edit('y / 0', 'y / 2')
        self.say(session, 'until', at(13, 'f'), 'return y / 2\n')
        self.ends(session, 'c', 'result 1.5')
        session = self.at_prompt()
        self.edit('y / 0', 'y / 2')
        self.say(session, 'until x', '*** a line is needed, not x')
        self.say(session, 'until 10', at(10, 'f'))
        self.ends(session, 'c', 'result 1.5')

    def test_return(self):
        session = self.at_prompt()
        self.edit('y / 0', 'y / 2')
        self.say(session, 'return', '--Return--', at(11, 'f'))
        self.say(session, 'p __return__', '1.5')
        self.ends(session, 'c', 'result 1.5 None')

    def test_a_step_that_fails_is_a_failure(self):
        session = self.at_prompt()
        self.say(session, 's', at(9, 'f'))
        self.say(session, 'until 11', at(11, 'f'))
        self.say(session, 'n', 'ZeroDivisionError')
        self.say(session, 'n', 'program.py:11: in f: ZeroDivisionError: division by zero\n')
        self.edit('y / 0', 'y / 2')
        self.ends(session, 'c', 'restarting it', 'result 1.5 None')

    def test_a_generator_and_a_coroutine(self):
        session = self.at_prompt('''\
import asyncio

async def compute(x):
    await asyncio.sleep(0)
    y = 1 / x
    return y

def numbers():
    yield 1
    yield asyncio.run(compute(0))

print('sum', sum(numbers()))
''')
        self.edit('1 / x', '1')
        self.say(session, 's', at(4, 'compute'))
        self.say(session, 'n', at(5, 'compute'))
        self.ends(session, 'c', 'sum 2\n')

    def test_a_module(self):
        session = self.at_prompt('x = 1\nx = 1 / 0\nprint("end", x)\n')
        self.edit('1 / 0', '1 / 2')
        self.say(session, 's', at(2, '<module>'))
        self.say(session, 'n', at(3, '<module>'))
        self.ends(session, 'c', 'end 0.5\n')

    def test_quit_after_the_call_ends_the_program(self):
        session = self.at_prompt()
        self.edit('y / 0', 'y / 2')
        self.say(session, 's')
        self.say(session, 'r')
        self.say(session, 'n', at(15, 'main'))
        self.ends(session, 'q', 'line 15, in main', 'BdbQuit', status=1)
        self.assertNotIn('<hot_restart>', session.transcript)

    def test_what_the_run_before_it_left(self):
        session = self.at_prompt()
        self.say(session, 'j 9', 'not for a call that has failed')
        self.say(session, 'run', 'not for a call that has failed')


class TestBreakpoints(SteppingCase):
    def test_by_line_in_the_restarted_function(self):
        session = self.at_prompt()
        self.edit('y / 0', 'y / 2')
        self.say(session, 'b 10', 'Breakpoint 1 at')
        self.say(session, 'c', 'restarting it', at(10, 'f'), '-> y = helper(x)\n')
        self.say(session, 'l', '10 B->')
        self.ends(session, 'c', 'result 1.5 <bound method')

    def test_it_moves_with_the_edit(self):
        session = self.at_prompt()
        self.say(session, 'b 11, x == 2', 'Breakpoint 1 at')
        self.say(session, 'b 4', 'Breakpoint 2 at')
        self.say(session, 'b 15', 'Breakpoint 3 at')
        self.say(session, 'll', re.compile(r' 11 B->'))
        self.edit('import sys\n', '# one\nimport sys\n\n')
        self.edit('    x = x + 1\n', '    # three\n    x = x + 1\n')
        self.edit('y / 0', 'y / 2')
        # helper is not reloaded: its lines are those of the text that was loaded.
        self.say(session, 'c', at(4, 'helper'))
        self.say(session, 'l', '4 B->')
        self.say(session, 'c', at(14, 'f'), '-> return y / 2\n')
        self.say(session, 'b', '14\n\tstop only if x == 2\n', 'program.py:6\n', '18\n')
        self.say(session, 'c', at(15, 'main'))
        self.ends(session, 'c', 'result 1.5')

    def test_after_an_edit_lines_are_those_of_the_file(self):
        session = self.at_prompt()
        self.edit('    y = helper(x)\n', '    # one\n    y = helper(x)\n    y = y * 2\n')
        self.edit('y / 0', 'y / 2')
        self.say(session, 'b 12', 'Breakpoint 1')
        self.say(session, 'c', at(12, 'f'), '-> y = y * 2\n')
        self.ends(session, 'c', 'result 3.0')

    def test_by_function(self):
        session = self.at_prompt()
        self.edit('import sys\n', 'import sys\n\n')
        self.edit('y / 0', 'y / 2')
        self.say(session, 'b helper', 'Breakpoint 1 at')
        self.say(session, 'tbreak f', 'Breakpoint 2 at')
        self.say(session, 'c', at(10, 'f'))
        self.say(session, 'b', 'breakpoint')
        self.say(session, 'c', at(4, 'helper'), '-> value += 1')
        self.say(session, 'cl 1', 'Deleted breakpoint 1')
        self.ends(session, 'c', 'result 1.5 None')

    def test_in_another_file(self):
        self.write('def other(x):\n    return x + 1\n', 'library.py')
        session = self.at_prompt('import library\n' + PROGRAM.replace('helper(x)', 'library.other(x)'))
        self.edit('y / 0', 'y / 2')
        self.say(session, 'b library:2', 'Breakpoint 1')
        self.say(session, 'c', re.compile(r'library\.py\(2\)other'))
        self.ends(session, 'c', 'result 1.5')

    def test_they_stay_for_the_next_failure(self):
        session = self.at_prompt()
        self.say(session, 'b 10', 'Breakpoint 1')
        self.say(session, 'c', at(10, 'f'))
        self.say(session, 'c', 'in f: ZeroDivisionError', at(11, 'f'))
        self.say(session, 'c', at(10, 'f'))
        self.say(session, 'c', 'in f: ZeroDivisionError', at(11, 'f'))
        self.say(session, 'cl 1', 'Deleted')
        self.edit('y / 0', 'y / 2')
        self.ends(session, 'c', 'result 1.5 None')

    def test_its_commands_stay(self):
        session = self.at_prompt()
        self.say(session, 'b 10', 'Breakpoint 1')
        session.send('commands 1')
        session.expect('(com) ')
        session.send('p x * 100')
        session.expect('(com) ')
        self.say(session, 'end')
        self.say(session, 'c', '200\n', at(10, 'f'))
        self.say(session, 'c', 'in f: ZeroDivisionError')
        self.say(session, 'c', '200\n', at(10, 'f'))
        session.close()

    def test_without_one_nothing_is_traced(self):
        session = self.at_prompt(FIXED.replace('y / 2', 'y / 0'))
        self.edit('y / 0', 'y / 2')
        self.ends(session, 'c', 'result 1.5 None\n')
        session = self.at_prompt()
        self.say(session, 'tbreak 10', 'Breakpoint 1')
        self.edit('y / 0', 'y / 2')
        self.say(session, 'c', at(10, 'f'))
        self.ends(session, 'c', 'result 1.5 None\n')

    def test_in_a_caller_that_is_restarted(self):
        session = self.at_prompt()
        self.say(session, 'b 14', 'Breakpoint 1')
        self.edit('y / 0', 'y / 2')
        self.say(session, 'reload', 'reloaded f')
        self.say(session, 'u', 'main()')
        self.say(session, 'restart', at(14, 'main'))
        self.ends(session, 'c', 'result 1.5')


class TestLists(SteppingCase):
    def test_the_text_that_runs(self):
        session = self.at_prompt()
        self.edit('import sys\n', '# one\n# two\n# three\nimport sys\n')
        self.edit('    x = x + 1\n', '    # edited\n    x = x + 1\n')
        self.say(session, 'l', ' 9  \t    x = x + 1\n', ' 11  ->\t    return y / 0\n')
        self.say(session, 'll', '  7  \tdef f(x):\n', ' 11  ->\t    return y / 0\n')
        self.say(session, 'w', '-> result = f(1)\n', '-> return y / 0\n')
        self.say(session, 'source helper', '  3  \tdef helper(value):\n', '5  \t    return value\n')
        self.say(session, 'c', 'in f: ZeroDivisionError', at(15, 'f'), '-> return y / 0\n')
        self.say(session, 'll', ' 12  \t    # edited\n', ' 15  ->\t    return y / 0\n')
        # main runs on as it was loaded
        self.say(session, 'u', at(14, 'main'), '-> result = f(1)\n')
        self.say(session, 'll', ' 13  \tdef main():\n', ' 14  ->\t    result = f(1)\n')
        self.say(session, 'tb', 'line 15, in f\n    return y / 0\n')
        self.assertNotIn('edited, running stale', session.transcript)

    def test_an_older_version_of_a_function_on_the_stack(self):
        session = self.at_prompt('''\
def f(n):
    if n:
        return f(n - 1)
    return 1 / 0

print('f', f(1))
''')
        self.edit('    return 1 / 0', '    # new\n    return 1 / n')
        self.say(session, 'c', 'in f: ZeroDivisionError', at(5, 'f'))
        self.say(session, 'll', '4  \t    # new\n', '5  ->\t    return 1 / n\n')
        self.say(session, 'u', at(3, 'f'))
        self.say(session, 'll', '3  ->\t        return f(n - 1)\n', '4  \t    return 1 / 0\n')
        session.close()

    def test_no_false_remark_of_the_programs_own_pdb(self):
        session = self.at_prompt(PROGRAM.replace('    x = x + 1\n', '    breakpoint()\n    x = x + 1\n'))
        session.send('c')
        session.expect('in f: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('y / 0', 'y / 2')
        session.send('c')
        session.expect(PROMPT)
        self.say(session, 'p x', '1\n')
        self.ends(session, 'c', 'result 1.5')
        self.assertNotIn('stale', session.transcript)


class TestOfStacks(CommandCase):
    def test_the_call_that_failed_is_not_shown_twice(self):
        session = self.at_prompt('def helper(v):\n    return v\n\ndef f(x):\n    helper(x)\n'
                                 '    return {}[x]\n\nprint("got", f(1))\n')
        self.edit('{}[x]', 'x')
        self.say(session, 'b helper', 'Breakpoint 1')
        self.say(session, 'c', '-> return v\n')
        before = session.position
        self.say(session, 'w', 'program.py(8)<module>()', 'program.py(5)f()',
                 'program.py(2)helper()')
        self.assertEqual(session.transcript[before:].count('f()'), 1, session.transcript)
        self.say(session, 'up', 'program.py(5)f()')
        self.say(session, 'up', 'program.py(8)<module>()')
        self.say(session, 'clear 1', 'Deleted')
        self.ends(session, 'c', 'got 1\n')

    def test_a_step_in_a_module_leaves_nothing(self):
        session = self.at_prompt('x = 3\ny = {}[x]\nprint("y", y)\n')
        self.say(session, 'until 3', 'hr: going on with program.py:2\n', '--Return--')
        self.say(session, 'c', re.compile(r'program\.py\(2\)<module>\(\)\n'))
        self.edit('{}[x]', 'x')
        self.ends(session, 'c', 'y 3\n')


if __name__ == '__main__':
    unittest.main()
