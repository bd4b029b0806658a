"""Other debuggers than pdb: the real ipdb, pudb and debugpy, where they are installed."""

import functools
import os
import re
import subprocess
import sys
import time
import unittest

from cycle import PROMPT, CommandCase, harness
from dap import Client
from driver import Session

PROGRAM = '''\
def f(alpha):
    beta = alpha
    return beta / 0

def main():
    print('got', f(1))

main()
'''
WRAPPED = 'import hot_restart\n' + PROGRAM.replace('\ndef main', '\nf = hot_restart.wrap(f)\n\ndef main')
ESCAPES = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]|[\x0e\x0f]')

# Debian's packages serve its own Python, and any other of that version.
DEBIAN = '/usr/lib/python3/dist-packages'


@functools.cache
def place_of(package):
    """What to put on PYTHONPATH to import it; None: nowhere."""
    which = 'import sys; print(sys.version_info[:2])'
    versions = [harness.run([python, '-c', which]).stdout
                for python in (harness.PYTHON, '/usr/bin/python3') if os.path.exists(python)]
    for place in ('', DEBIAN) if len(versions) == 2 and versions[0] == versions[1] else ('',):
        done = harness.run([harness.PYTHON, '-c', f'import {package}'], PYTHONPATH=place)
        if done.returncode == 0:
            return place
    return None


class DebuggerCase(CommandCase):
    package = None

    def setUp(self):
        super().setUp()
        if self.package and place_of(self.package) is None:
            self.skipTest(f'{harness.PYTHON} has no {self.package} '
                          f'(Debian: python3-{self.package})')

    def environment(self, **changes):
        place = place_of(self.package) if self.package else ''
        home = os.path.join(self.folder.name, 'home')
        os.makedirs(os.path.join(home, '.config/pudb'), exist_ok=True)
        with open(os.path.join(home, '.config/pudb/pudb.cfg'), 'w') as file:
            file.write('[pudb]\nseen_welcome = e999\n')
        return {'PYTHONPATH': place, 'HOME': home, 'IPYTHONDIR': os.path.join(home, 'ipython'),
                'XDG_CONFIG_HOME': os.path.join(home, '.config'), **changes}

    def run_on_terminal(self, text, *options, **changes):
        self.write(text)
        session = Session([harness.RUN, *options, 'program.py'], cwd=self.folder.name,
                          columns=120, plain=False,
                          env=harness.environment(**self.environment(TERM='xterm', **changes)))
        self.addCleanup(session.close)
        return session

    def sees(self, session, pattern):
        """Waits until the text without the terminal's commands holds it."""
        deadline = time.monotonic() + session.timeout
        start = session.position
        while not (found := re.search(pattern, ESCAPES.sub('', session.transcript[start:]))):
            if session.ended or time.monotonic() > deadline:
                session.fail(f'no {pattern!r}')
            session._read(0.2)
        session.position = len(session.transcript)
        return found


class TestChoice(DebuggerCase):
    def broken(self):
        self.write('raise ImportError("no such thing")\n', 'ipdb.py')
        return {'PYTHONPATH': self.folder.name}

    def test_what_is_not_installed_is_told(self):
        for options, changes in ((('--debugger=ipdb',), {}), ((), {'HOT_RESTART_DEBUGGER': 'ipdb'})):
            session = self.start(PROGRAM, *options, **self.broken(), **changes)
            session.expect('in f: ZeroDivisionError: division by zero\n')
            session.expect('hr: ipdb cannot be used (no such thing); pdb is\n')
            session.expect(PROMPT)
            self.edit('/ 0', '/ 1')
            self.ends(session, 'c', 'got 1.0')

    def test_the_option_wins(self):
        session = self.start(PROGRAM, '--debugger', 'pdb', HOT_RESTART_DEBUGGER='ipdb',
                             **self.broken())
        session.expect(PROMPT)
        self.assertNotIn('ipdb', session.transcript)
        shown = harness.hr_run('--debugger=gdb', 'program.py', cwd=self.folder.name)
        self.assertEqual(shown.returncode, 64)

    def test_nobody_at_the_other_end(self):
        session = self.start(PROGRAM, '--debugger=debugpy')
        session.expect('hr: pydevd cannot be used (no client is connected to it); pdb is\n')
        session.expect(PROMPT)

    def test_the_program_decides(self):
        session = self.start('import hot_restart\nhot_restart.DEBUGGER = "no"\n' + PROGRAM)
        session.expect('hr: no: no such debugger; pdb is used\n')
        session.expect(PROMPT)

    def test_without_the_programs_own_terminal(self):
        self.write(PROGRAM)
        session = self.session(['sh', '-c', f'echo data | {harness.RUN} --debugger=pudb program.py'])
        session.expect("hr: pudb needs the program's own terminal; pdb is used\n")
        session.expect(PROMPT)


class TestIpdb(DebuggerCase):
    package = 'ipdb'

    def test_the_cycle(self):
        session = self.run_on_terminal(PROGRAM, '--debugger=ipdb')
        self.sees(session, 'in f: ZeroDivisionError')
        self.sees(session, 'ipdb> ')
        session.write('p beta + 41\r')
        self.sees(session, r'\n42\s')
        session.write('args0\r')
        self.sees(session, 'alpha = 1')
        self.edit('/ 0', '/ (')
        session.write('c\r')
        self.sees(session, r'program.py:3:\d+: error: ')
        self.edit('/ (', '/ 4')
        session.write('restart 2\r')
        self.sees(session, 'hr: reloaded f .*with the given')
        self.sees(session, 'got 0.5')
        self.assertEqual(session.wait(), 0)

    def test_steps_and_the_level_above(self):
        session = self.run_on_terminal('import ipdb\n' + PROGRAM)
        self.sees(session, 'ipdb> ')
        session.write('s\r')
        self.sees(session, r'program.py\(3\)f\(\)')
        self.sees(session, 'ipdb> ')
        session.write('c\r')
        self.sees(session, 'in f: ZeroDivisionError')
        self.sees(session, 'ipdb> ')
        session.write('q\r')
        self.sees(session, 'in main: ZeroDivisionError')
        self.sees(session, 'ipdb> ')
        session.write('exit\r')
        self.assertEqual(session.wait(), 1)
        self.assertEqual(session.transcript.count('Traceback (most recent'), 1)


class TestPudb(DebuggerCase):
    package = 'pudb'

    def test_continue_restarts(self):
        session = self.run_on_terminal(PROGRAM, '--debugger=pudb')
        self.sees(session, r'(?s)PuDB .*return beta / 0.*beta: +1')
        self.edit('/ 0', '/ (')
        session.write('c')
        self.sees(session, r'(?s)hot-restart.*program.py:3:\d+: error: ')
        session.write('\r')
        self.sees(session, 'PuDB ')
        self.edit('/ (', '/ 4')
        session.write('c')
        self.sees(session, 'got 0.25')
        self.assertEqual(session.wait(), 0)

    def test_quit_goes_on(self):
        session = self.run_on_terminal('import pudb\n' + PROGRAM)
        self.sees(session, r'(?s)PuDB .*return beta / 0')
        session.write('q')
        self.sees(session, r"(?s)in main: ZeroDivisionError.*PuDB .*print\('got', f\(1\)\)")
        session.write('q')
        self.assertEqual(session.wait(), 1)

    def test_a_step_into_the_new_run(self):
        session = self.run_on_terminal(PROGRAM, HOT_RESTART_DEBUGGER='pudb')
        self.sees(session, r'(?s)PuDB .*return beta / 0')
        self.edit('/ 0', '/ 4')
        session.write('s')
        self.sees(session, r'(?s)restarting it.*PuDB .*return beta / 4')
        session.write('c')
        self.sees(session, 'got 0.25')
        self.assertEqual(session.wait(), 0)


class TestDebugpy(DebuggerCase):
    package = 'debugpy'

    def launch(self, argv, text, *modules):
        self.port = self.enterContext(harness.reserved_port())
        self.write(text.replace('PORT', str(self.port)))
        path = os.pathsep.join(filter(None, [place_of('debugpy'), *modules]))
        # Into files: what debugpy has started keeps pipes open for longer than it runs.
        self.out, self.err = (open(os.path.join(self.folder.name, name), 'w+b')
                              for name in ('out', 'err'))
        self.addCleanup(self.out.close)
        self.addCleanup(self.err.close)
        process = subprocess.Popen(
            [word.replace('PORT', str(self.port)) for word in argv], cwd=self.folder.name,
            env=harness.environment(**self.environment(PYTHONPATH=path)),
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
            start_new_session=True)  # no terminal
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        client = Client(self.port)
        self.addCleanup(client.close)
        client.attach()
        return client, process

    def stop(self, client, name, line):
        stopped = client.event('stopped')
        self.assertEqual(stopped['reason'], 'exception')
        frames = client.ask('stackTrace', {'threadId': stopped['threadId']})['stackFrames']
        self.assertEqual((frames[0]['name'], frames[0]['line']), (name, line), frames)
        self.assertEqual(os.path.basename(frames[0]['source']['path']), 'program.py')
        return stopped['threadId'], frames

    def ended(self, process, status, out, err):
        found = process.wait(90)
        for file in (self.out, self.err):
            file.seek(0)
        shown = self.err.read()
        self.assertEqual((found, self.out.read()), (status, out), shown)
        self.assertIn(err, shown)

    def cycle(self, client, process, line):
        thread, frames = self.stop(client, 'f', line)
        self.assertEqual(frames[1]['name'], 'main')
        value = client.ask('evaluate', {'expression': 'beta + 41', 'frameId': frames[0]['id'],
                                        'context': 'repl'})
        self.assertEqual(value['result'], '42')
        # Still wrong: it stops again, in the new version.
        self.edit('    beta = alpha\n', '    # more\n    beta = alpha\n')
        client.ask('continue', {'threadId': thread})
        thread, _ = self.stop(client, 'f', line + 1)
        self.edit('/ 0', '/ 4')
        client.ask('continue', {'threadId': thread})
        client.event('terminated')
        client.send('disconnect')
        self.ended(process, 0, b'got 0.25\n', b'')

    def test_wrapped_under_python(self):
        client, process = self.launch(
            [harness.PYTHON, '-m', 'debugpy', '--listen', '127.0.0.1:PORT', '--wait-for-client',
             'program.py'], WRAPPED, harness.MODULE_PATH)
        self.cycle(client, process, 4)

    def test_hr_run_of_a_program_that_listens(self):
        client, process = self.launch(
            [harness.RUN, 'program.py'],
            'import debugpy\ndebugpy.listen(PORT)\ndebugpy.wait_for_client()\n' + PROGRAM)
        self.cycle(client, process, 6)

    def test_hr_run_of_its_module(self):
        client, process = self.launch(
            [harness.RUN, '-m', 'debugpy', '--listen', '127.0.0.1:PORT', '--wait-for-client',
             '-m', 'program'], PROGRAM)
        self.cycle(client, process, 3)

    def test_let_go(self):
        client, process = self.launch(
            [harness.PYTHON, '-m', 'debugpy', '--listen', '127.0.0.1:PORT', '--wait-for-client',
             'program.py'], WRAPPED, harness.MODULE_PATH)
        thread, frames = self.stop(client, 'f', 4)
        client.ask('evaluate', {'expression': "__import__('hot_restart').reraise()",
                                'frameId': frames[0]['id'], 'context': 'repl'})
        client.ask('continue', {'threadId': thread})
        client.event('terminated')
        client.send('disconnect')
        self.ended(process, 1, b'', b'ZeroDivisionError: division by zero')


class TestMachinery(CommandCase):
    """What the prompt is made of is never guarded, and never half imported when it opens."""

    def test_everything_is_guarded_and_stops(self):
        for include in ('--include=*',), ('--include=enum', '--include=re.*'):
            for module in 'pdb', 'enum, re, inspect':
                with self.subTest(include=include, module=module):
                    session = self.at_prompt(f'import {module}\n\n' + PROGRAM, *include,
                                             '--stop=always')
                    self.assertIn('in f: ZeroDivisionError', session.transcript)
                    self.assertNotIn('cannot be opened', session.transcript)
                    self.say(session, 'import enum, re; enum.Flag.__or__.__code__.co_names')
                    self.assertNotIn('__hr_crashed__', session.transcript)
                    self.edit('beta / 0', 'beta / 1')
                    self.finish(session, 'got 1.0')
                    self.assertEqual(session.transcript.count(PROMPT), 2)

    def test_nothing_of_it_is_imported_where_it_is_not_wanted(self):
        self.write('import sys\nprint("pdb" in sys.modules, "bdb" in sys.modules)\n')
        for options in ([], ['--include=mine.*'], ['--include=*', '--stop=never'],
                        ['--include=*', '--on-crash=wait']):
            shown = harness.hr_run(*options, 'program.py', cwd=self.folder.name)
            self.assertEqual(shown.stdout, b'False False\n', options)


if __name__ == '__main__':
    unittest.main()
