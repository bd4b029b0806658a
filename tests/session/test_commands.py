"""The commands of the prompt, each on a pseudo-terminal."""

import os
import re
import sys
import unittest

from cycle import PROMPT, CommandCase, harness

PROGRAM = '''\
def f(x, y=2, *rest, **options):
    x = x + 1
    try:
        return [x, y][options['key']]
    finally:
        print('cleaned', x)

def main():
    try:
        print('got', f(1, 5, 6, kind='k'))
    except ValueError as error:
        print('caught', error, repr(error.__cause__))

main()
'''

# Its file is saved while the line that asks for it is being written.
SAVES_AT_ONCE = '''\
import io
import sys

class Saving(io.TextIOWrapper):
    def write(self, text):
        done = super().write(text)
        if 'to be saved' in text:
            with open(__file__) as file:
                program = file.read()
            with open(__file__, 'w') as file:
                file.write(program.replace('1 / (0)', '5'))
        return done

sys.stderr = Saving(open(2, 'wb', closefd=False, buffering=0), write_through=True)

def f():
    return 1 / (0)

print('got', f())
'''


class ProgramCase(CommandCase):
    def at_prompt(self, text=PROGRAM, *options, **changes):
        return super().at_prompt(text, *options, **changes)


class TestReturn(ProgramCase):
    def test_a_value(self):
        session = self.at_prompt()
        self.ends(session, 'return [x, rest]', 'got [2, (6,)]\n')
        self.assertEqual(session.transcript.count('cleaned'), 1)

    def test_a_value_that_fails_ends_nothing(self):
        session = self.at_prompt()
        self.say(session, 'return nothing', "NameError: name 'nothing' is not defined")
        self.say(session, 'return 1 +', 'SyntaxError')
        self.ends(session, 'return None', 'got None\n')

    def test_of_a_restarted_call(self):
        session = self.at_prompt()
        session.send('c')
        session.expect('restarting it')
        session.expect(PROMPT)
        self.ends(session, 'return "second"', 'got second\n')

    def test_generator_and_coroutine(self):
        session = self.at_prompt("""\
import asyncio

def numbers():
    yield 1
    yield 1 / 0

def outer():
    result = yield from numbers()
    print('from', result)

async def compute():
    await asyncio.sleep(0)
    return 1 / 0

async def values():
    yield 1
    yield 1 / 0

async def main():
    print(list(outer()))
    print('awaited', await compute())
    print([value async for value in values()])

asyncio.run(main())
""")
        session.send('return "n"')
        session.expect('from n\n[1]\n')
        session.expect(PROMPT)
        session.send('return "c"')
        session.expect('awaited c\n')
        session.expect(PROMPT)
        self.say(session, 'return 3', 'an asynchronous generator, which returns nothing')
        self.ends(session, 'return None', '[1]\n')


KEPT = '''\
import atexit
atexit.register(print, 'at exit')

def f():
    return 1 / 0

def g():
    try:
        f()
    except KIND:
        print('kept')
    finally:
        print('finally')

g()
print('went on')
'''


class TestExit(CommandCase):
    """The program ends, whoever above would have handled the failure."""

    def leave(self, kind, command, text=KEPT):
        session = self.at_prompt(text.replace(' KIND', kind), '--stop=always')
        self.ends(session, command, 'line 5, in f', 'ZeroDivisionError', 'at exit', status=1)
        self.assertNotIn('went on', session.transcript)
        self.assertNotIn('kept', session.transcript)
        return session

    def test_under_a_clause_that_takes_it(self):
        for command in 'exit', 'quit!':
            self.assertIn('finally', self.leave(' Exception', command).transcript)

    def test_under_one_that_takes_everything(self):
        for kind in '', ' BaseException':
            self.leave(kind, 'exit')

    def test_at_the_top_of_a_module_that_is_imported_under_one(self):
        self.write('1 / 0\n', 'part.py')
        session = self.at_prompt('try:\n    import part\nexcept Exception:\n    print("kept")\n',
                                 '--stop=always')
        self.ends(session, 'exit', 'ZeroDivisionError', status=1)
        self.assertNotIn('kept', session.transcript)

    def test_in_a_thread(self):
        session = self.at_prompt(KEPT.replace(' KIND', '').replace(
            '\ng()\n', '\nimport threading, time\nthreading.Thread(target=g).start()\n'
            'time.sleep(60)\n'), '--stop=always')
        self.ends(session, 'exit', 'ZeroDivisionError', status=1)


class TestRaise(ProgramCase):
    def test_another_exception(self):
        session = self.at_prompt()
        self.ends(session, 'raise ValueError("mine") from KeyError(x)',
                  'caught mine KeyError(2)\n')

    def test_a_class(self):
        self.ends(self.at_prompt(), 'raise ValueError', 'caught  None\n')

    def test_none_is_an_exception(self):
        session = self.at_prompt()
        self.say(session, 'raise 3', 'exceptions must derive from BaseException')
        self.say(session, 'raise x y', 'SyntaxError')
        self.ends(session, 'raise ValueError(x)', 'caught 2')

    def test_alone_it_lets_the_failure_go_on(self):
        session = self.at_prompt()
        session.send('raise')
        session.expect("in main: KeyError: 'key'")
        session.expect(PROMPT)
        self.ends(session, 'exit', "KeyError: 'key'\n", status=1)

    def test_the_next_guarded_caller_stops_for_it(self):
        session = self.at_prompt()
        session.send('raise RuntimeError("other")')
        session.expect('program.py:10: in main: RuntimeError: other\n')
        session.expect(PROMPT)
        self.say(session, 'tb', re.compile(r'line 10, in main\n(.*\n)*.*line 4, in f\n'))
        self.ends(session, 'exit', 'RuntimeError: other\n', status=1)

    def test_at_module_level(self):
        session = self.at_prompt('try:\n    1 / 0\nexcept TypeError:\n    pass\n')
        self.say(session, 'return 3', 'a module returns nothing')
        self.ends(session, 'raise OSError("o")', 'OSError: o\n', status=1)


class TestEmptyLine(ProgramCase):
    def test_it_repeats_no_decision(self):
        session = self.at_prompt(VISUAL='echo')
        for command, said in (('c', 'restarting it'), ('restart', 'restarting it'),
                              ('restart 1, 2', 'restarting it'), ('return (', 'SyntaxError'),
                              ('raise 3', 'must derive'), ('edit', 'program.py\n'),
                              ('raise (', 'SyntaxError'), ('restart (', 'SyntaxError')):
            session.send(command)
            session.expect(said)
            session.expect(PROMPT)
            before = session.position
            session.send('')
            session.expect(PROMPT)
            self.assertEqual(session.transcript[before:].strip(), PROMPT.strip())
        self.say(session, 'p "once"', "'once'")
        self.say(session, '', "'once'")

    def test_a_new_prompt_starts_with_nothing_to_repeat(self):
        session = self.at_prompt()
        self.say(session, 'p "old"', "'old'")
        session.send('c')
        session.expect(PROMPT)
        before = len(session.transcript)
        session.send('')
        session.expect(PROMPT)
        self.assertNotIn("'old'", session.transcript[before:])


class TestLeaving(ProgramCase):
    def test_exit_asks_nobody_any_more(self):
        for command in ('exit', 'quit!', 'q!'):
            session = self.at_prompt()
            self.ends(session, command, "KeyError: 'key'\n", status=1)
            self.assertEqual(session.transcript.count(PROMPT), 1, session.transcript)

    def test_quit_goes_one_level_up(self):
        for command in ('q', 'quit'):
            session = self.at_prompt()
            session.send(command)
            session.expect("in main: KeyError: 'key'")
            session.expect(PROMPT)
            session.close()

    def test_end_of_input_goes_one_level_up(self):
        session = self.at_prompt()
        session.end_input()
        session.expect("in main: KeyError: 'key'")
        session.expect(PROMPT)
        self.say(session, 'p 6 * 7', '42')
        session.end_input()
        session.expect("KeyError: 'key'\n")
        self.assertEqual(session.wait(), 1)

    def test_interrupts_at_the_prompt(self):
        session = self.at_prompt()
        for command in ('', 'p 1 +'):
            session.write(command)
            session.expect(command)
            session.until_it_sleeps()
            session.interrupt()
            session.expect('KeyboardInterrupt')
            session.expect(PROMPT)
        session.send('import time; print("sleeps"); time.sleep(60)')
        session.expect('\nsleeps\n')
        session.until_it_sleeps()
        session.interrupt()
        session.expect('KeyboardInterrupt')
        session.expect(PROMPT)
        self.ends(session, 'return 1', 'got 1\n')

    def test_a_very_long_line(self):
        session = self.at_prompt()
        self.say(session, "p len('" + 'x' * 20000 + "')", re.compile(r'\n20000\n'))
        self.ends(session, 'return 1', 'got 1\n')


class TestReload(ProgramCase):
    def test_module_and_changed(self):
        self.write('def helper():\n    return "old"\n', 'helper.py')
        text = PROGRAM.replace("print('cleaned', x)", 'print(helper.helper())')
        session = self.at_prompt('import helper\n' + text)
        self.write('def helper():\n    return "new"\n', 'helper.py')
        self.edit("'caught'", "'CAUGHT'")
        self.say(session, 'reload module', 'hr: reloaded main (program.py:9, 1 line changed)\n')
        self.assertNotIn('reloaded helper', session.transcript)
        self.say(session, 'reload changed', 'hr: reloaded helper (helper.py:1, 1 line changed)\n')
        session.send('c')
        session.expect('new\n')


ODD = '''\
import json

class Hidden:
    def __repr__(self): raise ValueError('not shown')

class Mute(Exception):
    def __str__(self): raise ValueError('says nothing')

def chained(hidden):
    try:
        try:
            json.loads('{')
        except ValueError as error:
            raise KeyError('middle') from error
    except KeyError:
        raise Mute

def read(hidden):
    return json.loads('{')

def main():
    called(Hidden())

'''


class TestNotPossible(ProgramCase):
    def test_where_no_call_has_failed(self):
        session = self.at_prompt()
        self.say(session, 's', 'x = x + 1\n')
        for command in ('restart', 'reload', 'reraise', 'wait', 'tb'):
            self.say(session, command, '*** no call has failed here\n')

    def test_what_is_not_for_a_failed_call(self):
        session = self.at_prompt()
        for command in ('jump 3', 'j 3', 'run'):
            self.say(session, command, '*** not for a call that has failed; see help hr\n')
        self.say(session, 'restart 1)(2', '*** SyntaxError: arguments are needed, as in a call\n')
        for command in ('raise # nothing', 'raise ; x', 'raise KeyError; x'):
            self.say(session, command, '*** SyntaxError: an expression is needed\n')

    def test_a_call_that_has_ended(self):
        session = self.at_prompt(ODD + 'called = read\nmain()\n')
        self.say(session, 'd', 'loads(')
        self.say(session, 'restart', '*** this call has ended; go up to one that lives\n')

    def test_what_cannot_be_shown(self):
        session = self.start(ODD + 'called = chained\nmain()\n')
        session.expect('Mute: <str() of it failed>')
        session.expect(PROMPT)
        self.say(session, 'args0', 'hidden = *** repr failed: ValueError: not shown ***\n')
        self.say(session, 'tb', 'JSONDecodeError: ',
                 'The above exception was the direct cause of the following exception:\n',
                 "KeyError: 'middle'",
                 'During handling of the above exception, another exception occurred:\n')


class TestLooking(ProgramCase):
    def test_args0(self):
        session = self.at_prompt()
        self.say(session, 'args0', "x = 1\ny = 5\nrest = (6,)\noptions = {'kind': 'k'}\n")
        self.say(session, 'args', 'x = 2\n')
        self.say(session, 'u', 'main()')
        self.say(session, 'args0')
        self.say(session, 'u', '<module>()')
        self.say(session, 'args0', '*** the original arguments of this call are not known\n')

    def test_changes(self):
        session = self.at_prompt(PROGRAM + '\ndef g():\n    pass\n')
        self.say(session, 'changes', 'no definition, constant or import differs from what runs\n')
        self.edit('x = x + 1', 'x += 1')
        self.edit("'caught', ", '')
        self.say(session, 'changes', '--- program.py:1 f (runs)\n',
                 '+++ program.py:1 f (on disk)\n', '-    x = x + 1\n+    x += 1\n',
                 '--- program.py:8 main (runs)\n')
        self.say(session, 'changes main', '--- program.py:8 main (runs)\n')
        self.assertEqual(session.transcript.count('f (runs)'), 1)
        self.edit('def f(', 'def h(')
        self.say(session, 'changes f', '+++ (gone)\n')

    def test_changes_of_a_class(self):
        session = self.at_prompt('''\
class Box:
    size = 1
    def area(self):
        return self.size
    def other(self):
        pass

''' + PROGRAM)
        self.edit('size = 1', 'size = 2')
        self.edit('return self.size', 'return self.size ** 2')
        self.say(session, 'changes', '--- program.py:1 Box (runs)\n', '-    size = 1\n',
                 '+    size = 2\n', '-        return self.size\n')
        self.assertNotIn('area (runs)', session.transcript)
        self.say(session, 'reload Box', 'hr: reloaded class Box')
        self.say(session, 'changes', 'no definition, constant or import differs from what runs\n')


class TestValues(ProgramCase):
    def test_names_in_comprehensions(self):
        session = self.at_prompt()
        self.say(session, 'p [x + n for n in rest]', '[8]\n')
        self.say(session, '[x + n for n in rest]', '[8]\n')
        self.say(session, 'pp list(map(lambda n: n * x, rest))', '[12]\n')
        self.say(session, 'z = {n: x for n in rest}; z', '{6: 2}\n')
        self.say(session, 'p z', '{6: 2}\n')
        self.say(session, 'display any(x == n for n in rest)', 'False\n')
        self.say(session, 'p [nothing for n in rest]', "NameError: name 'nothing' is not defined\n")
        self.say(session, '[nothing for n in rest]', "NameError: name 'nothing' is not defined\n")
        self.say(session, '!global G; G = [x for n in rest]')
        self.say(session, 'p G, "G" in globals()', '([2], True)\n')
        self.ends(session, 'return [x + n for n in rest]', 'got [8]')


class TestEdit(ProgramCase):
    EDITOR = """\
import sys
print('edits', sys.argv[1:], sys.stdin.isatty())
path = sys.argv[-1].partition(':')[0]
text = open(path).read()
open(path, 'w').write('# one\\n# more\\n' + text.replace("options['key']", '0'))
"""

    def editor(self, name):
        path = os.path.join(self.folder.name, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'#!{sys.executable}\n{self.EDITOR}')
        os.chmod(path, 0o755)
        return path

    def test_the_line_follows_the_file(self):
        session = self.at_prompt(VISUAL=self.editor('nano'), EDITOR='false')
        self.say(session, 'edit', re.compile(r"edits \['\+4', '.*/program\.py'\] True\n"))
        self.say(session, 'edit', re.compile(r"edits \['\+6', "))
        self.ends(session, 'c', 'got 2\n')

    def test_line_syntax(self):
        for name, words in {'hx': r"\['/.*program.py:4'\]",
                            'code': r"\['-w', '-g', '/.*program.py:4'\]",
                            'kate': r"\['--line', '4', '/.*program.py'\]",
                            'own-editor': r"\['/.*program.py'\]"}.items():
            command = self.editor(name) + (' -w' if name == 'code' else '')
            session = self.at_prompt(VISUAL='', EDITOR=command)
            self.say(session, 'edit', re.compile('edits ' + words))
            session.close()

    def test_no_editor(self):
        session = self.at_prompt(VISUAL='/nowhere/vi')
        self.say(session, 'edit', '/nowhere/vi: ')
        session.close()
        session = self.at_prompt(VISUAL='false')
        self.say(session, 'edit', 'false ended with 1')


class TestWait(ProgramCase):
    def test_a_save_continues(self):
        session = self.at_prompt()
        session.send('wait')
        session.expect('hr: waiting for program.py to be saved\n')
        self.edit("options['key']", '1')
        session.expect('hr: reloaded f (')
        session.expect('got 5\n')
        self.assertEqual(session.wait(), 0)

    def test_a_save_the_moment_that_it_is_asked_for(self):
        session = self.at_prompt(SAVES_AT_ONCE)
        self.ends(session, 'wait', 'got 5\n')

    def test_interrupted(self):
        session = self.at_prompt()
        session.send('wait')
        session.expect('to be saved\n')
        session.interrupt()
        session.expect('KeyboardInterrupt')
        session.expect(PROMPT)
        self.ends(session, 'return 1', 'got 1\n')


class TestHelp(ProgramCase):
    def test_each_command_is_in_help_and_manual(self):
        with open(os.path.join(harness.SOURCE, 'src/runtime/prompt/commands.txt'),
                  encoding='utf-8') as file:
            heads = [line for line in file.read().splitlines()
                     if line and not line.startswith('\t')]
        self.assertGreater(len(heads), 12)
        session = self.at_prompt()
        self.say(session, 'help hr', *[f'{head}\n' for head in heads])
        with open(os.path.join(harness.BUILD, 'man/hr-run.1.scd'), encoding='utf-8') as file:
            page = re.sub(r'[*_\\]', '', file.read())
        for head in heads:
            self.assertIn(f'\n{head}\n\t', page)


class TestOfEditors(CommandCase):
    def test_a_place_for_the_line(self):
        session = self.at_prompt('def f(x):\n    return {}[x]\n\nf(1)\n', VISUAL='echo at +%d:')
        self.say(session, 'edit', re.compile(r'at \+2: /.*program\.py\n'))

    def test_a_bracket_that_is_not_closed(self):
        session = self.at_prompt('def f(x):\n    return {}[x]\n\nf(1)\n')
        self.say(session, 'restart [1,', "*** SyntaxError: '[' was never closed\n")
        self.say(session, 'restart (2', "*** SyntaxError: '(' was never closed\n")


if __name__ == '__main__':
    unittest.main()
