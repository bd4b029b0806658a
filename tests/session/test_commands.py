"""The commands of the prompt, each on a pseudo-terminal."""

import os
import re
import sys
import time
import unittest

from cycle import PROMPT, CycleCase, harness

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


class CommandCase(CycleCase):
    def say(self, session, command, *expected):
        """At a prompt: the command, what it says, and the prompt again."""
        session.send(command)
        for text in expected:
            session.expect(text)
        session.expect(PROMPT)

    def at_prompt(self, text=PROGRAM, *options, **changes):
        session = self.start(text, *options, **changes)
        session.expect(PROMPT)
        return session

    def ends(self, session, command, *expected, status=0):
        session.send(command)
        for text in expected:
            session.expect(text)
        self.assertEqual(session.wait(), status, session.transcript)


class TestReturn(CommandCase):
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


class TestRaise(CommandCase):
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


class TestLooking(CommandCase):
    def test_args0(self):
        session = self.at_prompt()
        self.say(session, 'args0', "x = 1\ny = 5\nrest = (6,)\noptions = {'kind': 'k'}\n")
        self.say(session, 'args', 'x = 2\n')
        self.say(session, 'u', 'main()')
        self.say(session, 'args0')
        self.say(session, 'u', '<module>()')
        self.say(session, 'args0', 'are not known')

    def test_changes(self):
        session = self.at_prompt(PROGRAM + '\ndef g():\n    pass\n')
        self.say(session, 'changes', 'what runs is what is on disk\n')
        self.edit('x = x + 1', 'x += 1')
        self.edit("'caught', ", '')
        self.say(session, 'changes', '--- program.py:1 f (runs)\n',
                 '+++ program.py:1 f (on disk)\n', '-    x = x + 1\n+    x += 1\n',
                 '--- program.py:8 main (runs)\n')
        self.say(session, 'changes main', '--- program.py:8 main (runs)\n')
        self.assertEqual(session.transcript.count('f (runs)'), 1)
        self.edit('def f(', 'def h(')
        self.say(session, 'changes f', '+++ (gone)\n')


class TestEdit(CommandCase):
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


class TestWait(CommandCase):
    def test_a_save_continues(self):
        session = self.at_prompt()
        session.send('wait')
        session.expect('hr: waiting for program.py to be saved\n')
        time.sleep(0.3)
        self.edit("options['key']", '1')
        session.expect('hr: reloaded f (')
        session.expect('got 5\n')
        self.assertEqual(session.wait(), 0)

    def test_interrupted(self):
        session = self.at_prompt()
        session.send('wait')
        session.expect('to be saved\n')
        time.sleep(0.3)
        session.interrupt()
        session.expect('KeyboardInterrupt')
        session.expect(PROMPT)
        self.ends(session, 'return 1', 'got 1\n')


class TestHelp(CommandCase):
    def test_each_command_is_in_help_and_manual(self):
        with open(os.path.join(harness.SOURCE, 'src/runtime/commands.txt'),
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


if __name__ == '__main__':
    unittest.main()
