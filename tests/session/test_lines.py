"""The prompt's line: its history, its completion, its colours."""

import os
import re
import stat
import unittest

from cycle import PROMPT, CommandCase, harness
from driver import Session

PROGRAM = '''\
def f(alpha):
    return alpha / 0

print('got', f(1))
'''


class LineCase(CommandCase):
    def at_prompt(self, text=PROGRAM, *options, **changes):
        return super().at_prompt(text, *options, **changes)


class TestHistory(LineCase):
    UP = '\x1b[A'

    def state(self):
        return os.path.join(self.folder.name, 'state')

    def history(self):
        return os.path.join(self.state(), 'hot-restart/history')

    def test_it_is_there_the_next_time_for_its_owner_only(self):
        session = self.at_prompt(XDG_STATE_HOME=self.state())
        self.say(session, 'p "first"', "'first'")
        self.say(session, 'p "second"', "'second'")
        self.ends(session, 'return 1', 'got 1')
        with open(self.history(), encoding='utf-8') as file:
            self.assertEqual(file.read(), 'p "first"\np "second"\nreturn 1\n')
        self.assertEqual(stat.S_IMODE(os.stat(self.history()).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.history())).st_mode), 0o700)
        session = self.at_prompt(XDG_STATE_HOME=self.state())
        session.write(self.UP * 2)
        self.say(session, '', "'second'")
        self.ends(session, 'return 2', 'got 2')
        with open(self.history(), encoding='utf-8') as file:
            self.assertEqual(file.read().count('\n'), 5)

    def test_in_the_home_folder(self):
        home = os.path.join(self.folder.name, 'home')
        os.mkdir(home)
        session = self.at_prompt(XDG_STATE_HOME=None, HOME=home)
        self.ends(session, 'return 1', 'got 1')
        with open(os.path.join(home, '.local/state/hot-restart/history')) as file:
            self.assertEqual(file.read(), 'return 1\n')

    def test_without_a_home_there_is_none(self):
        session = self.at_prompt(XDG_STATE_HOME=None, HOME='/nowhere')
        self.ends(session, 'return 1', 'got 1')
        self.assertFalse(os.path.exists('/nowhere'))

    def test_nobody_elses_file_and_no_link(self):
        os.makedirs(os.path.dirname(self.history()))
        other = os.path.join(self.folder.name, 'other')
        self.write('kept\n', 'other')
        os.symlink(other, self.history())
        session = self.at_prompt(XDG_STATE_HOME=self.state())
        self.ends(session, 'return 1', 'got 1')
        with open(other) as file:
            self.assertEqual(file.read(), 'kept\n')

    def test_the_programs_own_lines_are_its_own(self):
        session = self.at_prompt('''\
import readline
readline.set_completer_delims(' ')
readline.add_history('of the program')

def f():
    return 1 / 0

f()
print([readline.get_history_item(i + 1) for i in range(readline.get_current_history_length())],
      repr(readline.get_completer_delims()))
''', XDG_STATE_HOME=self.state())
        self.say(session, 'p "first"', "'first'")
        self.ends(session, 'return 1', "['of the program'] ' '\n")
        with open(self.history(), encoding='utf-8') as file:
            self.assertNotIn('of the program', file.read())

    def test_in_the_new_run_as_well(self):
        session = self.at_prompt(XDG_STATE_HOME=self.state())
        session.send('s')
        session.expect(PROMPT)
        self.say(session, 'p "in the run"', "'in the run'")
        session.close()
        session = self.at_prompt(XDG_STATE_HOME=self.state())
        session.write(self.UP)
        session.send('')
        session.expect(PROMPT)
        session.close()


class TestCompletion(LineCase):
    def test_commands_names_and_arguments(self):
        session = self.at_prompt()
        for typed, whole in (('chan\t', 'changes'), ('resta\t', 'restart'),
                             ('p alp\t', 'p alpha'), ('return alp\t', 'return alpha'),
                             ('restart alp\t', 'restart alpha'), ('reload mod\t', 'reload module')):
            session.write(typed)
            session.expect(whole)
            session.write('\x15')  # away with the line
        self.ends(session, 'return 1', 'got 1')


class TestColour(LineCase):
    def shown(self, **changes):
        self.write(PROGRAM)
        session = Session([harness.RUN, 'program.py'], cwd=self.folder.name,
                          env=harness.environment(**changes), plain=False)
        self.addCleanup(session.close)
        session.expect(PROMPT)
        self.edit('/ 0', '/ (')
        session.send('c')
        session.expect(PROMPT)
        self.edit('/ (', '/ 1')
        session.send('changes')
        session.expect('+    return')
        session.expect(PROMPT)
        session.send('q')
        session.wait()
        return session.transcript

    def test_on_a_terminal(self):
        shown = self.shown(TERM='xterm', NO_COLOR=None)
        self.assertIn('\x1b[31mprogram.py:2: in f: ZeroDivisionError', shown)
        self.assertRegex(shown, r'\x1b\[31mprogram.py:2:\d+: error: ')
        self.assertIn('\x1b[31m-    return alpha / 0\x1b[0m', shown)
        self.assertIn('\x1b[32m+    return alpha / 1\x1b[0m', shown)

    def test_unless_it_is_not_wanted(self):
        for changes in ({'TERM': 'xterm', 'NO_COLOR': '1'}, {'TERM': 'dumb', 'NO_COLOR': None}):
            self.assertNotRegex(self.shown(**changes), r'\x1b\[3[0-9]m')


if __name__ == '__main__':
    unittest.main()
