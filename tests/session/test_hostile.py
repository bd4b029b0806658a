"""Files that another user could have written, and texts made for the terminal."""

import os
import re
import socket
import subprocess
import tempfile
import unittest

from cycle import PROMPT, CommandCase, harness

PROGRAM = 'def f():\n    return oops\nprint("got", f())\n'
FOREIGN = 65534


class TestPdbrc(CommandCase):
    """pdb runs what .pdbrc in the current folder says, such as in /tmp."""

    def setUp(self):
        super().setUp()
        self.write('print("from", "the file")\nalias gg print("ali" + "as")\n', '.pdbrc')
        self.rc = os.path.join(self.folder.name, '.pdbrc')

    def check(self, is_read):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        with open(os.path.join(home.name, '.pdbrc'), 'w', encoding='utf-8') as file:
            file.write('alias hh print("ho" + "me")\n')
        session = self.start(PROGRAM, HOME=home.name)
        session.expect(PROMPT)
        self.say(session, 'hh', 'home\n')
        if is_read:
            self.assertIn('from the file\n', session.transcript)
            self.say(session, 'gg', 'alias\n')
        else:
            self.assertNotIn('from the file', session.transcript)
            self.assertIn('hr: .pdbrc is not read: another user may have written it\n',
                          session.transcript)
        session.send('q')
        session.wait()

    def test_own(self):
        self.check(True)

    def test_writable_by_all(self):
        os.chmod(self.rc, 0o646)
        self.check(False)

    def test_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        os.chown(self.rc, FOREIGN, FOREIGN)
        self.check(False)

    def test_a_pipe(self):
        os.remove(self.rc)
        os.mkfifo(self.rc)
        self.check(False)


class TestHistory(CommandCase):
    def test_in_the_home_of_another_user(self):
        """As under sudo: nothing is made there that its owner could not use."""
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        for owner, made in ((FOREIGN, False), (0, True)):
            with self.subTest(owner):
                os.chown(home.name, owner, owner)
                session = self.at_prompt(PROGRAM, HOME=home.name, XDG_STATE_HOME=None)
                self.say(session, 'p 6 * 7', '42\n')
                session.send('q')
                session.wait()
                path = os.path.join(home.name, '.local/state/hot-restart/history')
                self.assertEqual(os.path.exists(path), made)
                self.assertEqual(os.path.exists(os.path.join(home.name, '.local')), made)


IMPORTS = '''
import builtins
def first():
    return oops
first()
theirs = builtins.__import__
def mine(name, *rest):
    asked.append(name)
    return theirs(name, *rest)
asked = []
builtins.__import__ = mine
try:
    def second():
        return oops
    second()
finally:
    builtins.__import__ = theirs
print('asked for gc:', 'gc' in asked)
'''


class TestImport(CommandCase):
    def test_of_the_programs_own(self):
        """What a program has put in place of import is not asked by ours."""
        session = self.at_prompt(IMPORTS)
        self.edit('return oops\nfirst', 'return 1\nfirst')
        self.say(session, 'c', 'in second: NameError')
        self.edit('return oops', 'return 2')
        self.ends(session, 'c', 'asked for gc: False\n')


class TestReload(CommandCase):
    def test_made_again_by_another_user(self):
        """In a folder where all may write, the file was removed and made anew."""
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        os.chmod(self.folder.name, 0o1777)
        session = self.at_prompt(PROGRAM)
        self.edit('oops', '"theirs"')
        os.chown(self.path, FOREIGN, FOREIGN)
        self.say(session, 'c', 'program.py: error: the file belongs to another user now')
        os.chown(self.path, 0, 0)
        self.ends(session, 'c', 'got theirs\n')

    def test_in_a_folder_of_that_user(self):
        """As with root in a container, and the person outside of it."""
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        os.chown(self.folder.name, FOREIGN, FOREIGN)
        session = self.at_prompt(PROGRAM)
        self.edit('oops', '"theirs"')
        os.chown(self.path, FOREIGN, FOREIGN)
        self.ends(session, 'c', 'got theirs\n')

    def test_in_a_folder_that_became_that_user_s(self):
        """The folder was moved away, and made anew with what is in it."""
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        session = self.at_prompt(PROGRAM)
        self.edit('oops', '"theirs"')
        os.chown(self.path, FOREIGN, FOREIGN)
        os.chown(self.folder.name, FOREIGN, FOREIGN)
        self.say(session, 'c', 'program.py: error: the file belongs to another user now')
        os.chown(self.path, 0, 0)
        self.ends(session, 'c', 'got theirs\n')

    def test_a_pipe_in_its_place(self):
        """Nothing is waited for while the program holds still."""
        session = self.at_prompt(PROGRAM)
        os.rename(self.path, self.path + '.old')
        os.mkfifo(self.path)
        self.say(session, 'c', 'program.py: error: cannot read: not a regular file')
        os.rename(self.path + '.old', self.path)
        self.edit('oops', '1')
        self.ends(session, 'c', 'got 1\n')


class TestTerminal(CommandCase):
    ESCAPES = 'def f():\n    raise ValueError("a\\033[2J\\033]0;title\\007b\\r\\tc")\nf()\n'

    def test_what_failed(self):
        session = self.at_prompt(self.ESCAPES)
        self.assertIn('ValueError: a\\x1b[2J\\x1b]0;title\\x07b', session.transcript)
        self.assertNotIn('\033', session.transcript)

    def test_changes(self):
        session = self.at_prompt(PROGRAM)
        self.edit('oops', '"\033]0;title\007"')
        self.say(session, 'changes', re.compile(r'\+ +return "\\x1b\]0;title\\x07"'))
        self.assertNotIn('\033', session.transcript)

    def test_names_of_files(self):
        """What is said at a prompt, while waiting, and by the way."""
        name = 'a\033[2Jb.py'
        blocks = ''.join(' ' * depth + 'for _ in [1]:\n' for depth in range(1, 21))
        text = f'def g():\n{blocks}{" " * 21}pass\n{PROGRAM}'
        for options, said in (((), ('hr: reloaded f (a\\x1b[2Jb.py:',)),
                              (('--on-crash=wait',), ('hr: waiting for a\\x1b[2Jb.py to be saved',
                                                      'hr: reloading a\\x1b[2Jb.py'))):
            with self.subTest(options):
                self.write(text, name)
                session = self.session([harness.RUN, *options, name])
                session.expect('a\\x1b[2Jb.py:1: g is not guarded')
                session.expect(said[0] if options else PROMPT)
                self.write(text.replace('oops', '"mended"'), name)
                if not options:
                    session.send('c')
                for line in said[len(options):]:
                    session.expect(line)
                session.expect('got mended\n')
                self.assertEqual(session.wait(), 0)

    def test_waiting(self):
        session = self.start(self.ESCAPES, '--on-crash=wait')
        session.expect('error: ValueError: a\\x1b[2J\\x1b]0;title\\x07b')


class TestSocket(CommandCase):
    """Without a terminal, the standard input may hold commands: of whom?"""

    def run_on(self, ours, theirs):
        self.write(PROGRAM)
        with ours, theirs:
            ours.sendall(b'p 6 * 7\nq\n')
            return subprocess.run([harness.RUN, self.path], stdin=theirs, timeout=120,
                                  start_new_session=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=harness.environment(),
                                  check=False)

    def test_of_a_network(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            client = socket.create_connection(server.getsockname())
            done = self.run_on(client, server.accept()[0])
        self.assertEqual(done.returncode, 1)
        self.assertIn(b'NameError', done.stderr)
        self.assertNotIn(b'42', done.stdout)

    def test_of_this_machine(self):
        done = self.run_on(*socket.socketpair())
        self.assertIn(b'42', done.stdout)


class TestProject(CommandCase):
    """pyproject.toml is looked for up to /, where others may write."""

    def setUp(self):
        super().setUp()
        self.above = os.path.join(self.folder.name, 'pyproject.toml')
        self.inner = os.path.join(self.folder.name, 'inner')
        os.mkdir(self.inner)
        self.write('[tool.hot-restart]\non-crash = "raise"\n', 'pyproject.toml')
        self.write(PROGRAM, 'inner/program.py')

    def run_it(self):
        return harness.hr_run(os.path.join(self.inner, 'program.py'))

    def check_not_read(self, why):
        done = self.run_it()
        self.assertIn(b'pyproject.toml is not read: ' + why, done.stderr)
        self.assertIn(b'NameError', done.stderr)

    def test_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        os.chown(self.above, FOREIGN, FOREIGN)
        self.check_not_read(b'another user may have written it')
        os.chown(self.inner, FOREIGN, FOREIGN)  # whose program it is
        self.assertNotIn(b'is not read', self.run_it().stderr)

    def test_writable_by_all(self):
        os.chmod(self.above, 0o646)
        self.check_not_read(b'another user may have written it')

    def test_keys(self):
        self.write('[tool.hot-restart]\n"a\\u001b[31m" = 1\n', 'pyproject.toml')
        result = harness.hr_run('-c', '1', cwd=self.folder.name)
        self.assertIn(b"error: there is no option 'a\\x1b[31m'", result.stderr)

    def test_one_that_says_nothing_is_no_matter(self):
        self.write('[tool.other]\n', 'pyproject.toml')
        os.chmod(self.above, 0o646)
        self.assertNotIn(b'is not read', self.run_it().stderr)

    def test_a_pipe(self):
        os.remove(self.above)
        os.mkfifo(self.above)
        self.assertIn(b'NameError', self.run_it().stderr)

    def test_too_large(self):
        os.truncate(self.above, 1 << 34)
        self.check_not_read(b'the file is larger than 16777216 bytes')

    def test_nested_deeply(self):
        self.write('[tool.hot-restart]\ninclude = ' + '[' * 100000, 'pyproject.toml')
        done = self.run_it()
        self.assertEqual(done.returncode, 64)
        self.assertIn(b'pyproject.toml:', done.stderr)


if __name__ == '__main__':
    unittest.main()
