"""What the tests of the cycle share: a program, its edits, its session."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

import harness
from driver import Session

PROMPT = '(Pdb) '


class CycleCase(unittest.TestCase):
    """A folder with program.py, run by hr-run (or python) on a pseudo-terminal."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, 'program.py')

    def write(self, text, name='program.py'):
        with open(os.path.join(self.folder.name, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def edit(self, old, new):
        """Replace a text that stands once in the program, as an editor would."""
        with open(self.path, encoding='utf-8') as file:
            text = file.read()
        self.assertEqual(text.count(old), 1, f'{old!r} in the program')
        self.write(text.replace(old, new))

    def session(self, argv, **changes):
        session = Session(argv, cwd=self.folder.name,
                          env=harness.environment(**changes))
        self.addCleanup(session.close)
        return session

    def start(self, text, *options, **changes):
        self.write(text)
        return self.session([harness.RUN, *options, 'program.py'], **changes)

    def python(self, *argv):
        return self.session([harness.PYTHON, *argv], PYTHONPATH=harness.MODULE_PATH)

    def finish(self, session, *expected, status=0):
        """Continue; the program says these lines, in this order, and ends."""
        session.send('c')
        for text in expected:
            session.expect(text)
        self.assertEqual(session.wait(), status, session.transcript)

    def fix(self, text, old, new, *expected, crash=None):
        """One crash, one edit, and on to the end."""
        session = self.start(text)
        if crash is not None:
            session.expect(crash)
        session.expect(PROMPT)
        self.edit(old, new)
        self.finish(session, *expected)
        return session


class CommandCase(CycleCase):
    def say(self, session, command, *expected):
        """At a prompt: the command, what it says, and the prompt again."""
        session.send(command)
        for text in expected:
            session.expect(text)
        session.expect(PROMPT)

    def at_prompt(self, text, *options, **changes):
        session = self.start(text, *options, **changes)
        session.expect(PROMPT)
        return session

    def ends(self, session, command, *expected, status=0):
        session.send(command)
        for text in expected:
            session.expect(text)
        self.assertEqual(session.wait(), status, session.transcript)


CRASH = '''
def main():
    return 1 / 0

'''


class ClassCase(CycleCase):
    def reload(self, before, after, code, *said, reload='reload', imports='', expect=()):
        """A crash, the class's text exchanged, `reload`, and on: `code` runs after."""
        session = self.start(imports + before + CRASH + 'main()\n' + code)
        session.expect('in main: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit(before, after)
        session.send(reload)
        for line in said:
            session.expect(line)
        session.expect(PROMPT)
        self.edit('return 1 / 0', 'return 1')
        self.finish(session, *expect)
        return session
