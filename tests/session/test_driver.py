"""The pseudo-terminal driver, tried on plain pdb and on small shell scripts."""

import os
import re
import signal
import sys
import tempfile
import time
import unittest

from driver import Session, SessionError

PROGRAM = '''\
def double(number):
    return number * 2

print("the answer is", double(21))
'''


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A zombie that its new parent has not collected yet is gone as well.
    with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
        return file.read().rpartition(')')[2].split()[0] == 'Z'


class TestPdb(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        with open(os.path.join(self.folder.name, 'program.py'), 'w', encoding='utf-8') as file:
            file.write(PROGRAM)

    def pdb(self):
        session = Session([sys.executable, '-m', 'pdb', 'program.py'], cwd=self.folder.name)
        self.addCleanup(session.close)
        return session

    def test_a_whole_session(self):
        session = self.pdb()
        session.expect('(Pdb) ')
        session.send('b double')
        session.expect(re.compile(r'Breakpoint 1 at .*program\.py:'))
        session.expect('(Pdb) ')
        session.send('c')
        session.expect('return number * 2')
        session.expect('(Pdb) ')
        session.send('p number + 1')
        self.assertEqual(session.expect(re.compile(r'^(\d+)$', re.M)).group(1), '22')
        session.send('c')
        session.expect('the answer is 42\n')
        session.expect('(Pdb) ')
        session.send('q')
        self.assertEqual(session.wait(), 0)

    def test_end_of_input_ends_pdb(self):
        session = self.pdb()
        session.expect('(Pdb) ')
        session.end_input()
        self.assertIn(session.wait(), (0, 1))

    def test_interrupt_reaches_the_program(self):
        session = Session([sys.executable, '-c',
                           'import time; print("up", flush=True); time.sleep(60)'])
        self.addCleanup(session.close)
        session.expect('up')
        session.until_it_sleeps()
        session.interrupt()
        session.expect('KeyboardInterrupt')
        self.assertEqual(session.wait(), -signal.SIGINT)


class TestEnds(unittest.TestCase):
    def shell(self, script, **options):
        session = Session(['/bin/sh', '-c', script], **options)
        self.addCleanup(session.close)
        return session

    def test_exit_code(self):
        self.assertEqual(self.shell('echo bye; exit 7').wait(), 7)

    def test_last_words_are_read_after_the_end(self):
        session = self.shell('echo one; echo two')
        session.wait()
        self.assertEqual(session.transcript, 'one\ntwo\n')
        session.expect('two')

    def test_signal(self):
        self.assertEqual(self.shell('kill -TERM $$').wait(), -signal.SIGTERM)

    def test_a_program_that_is_not_there(self):
        session = Session(['./no-such-program'])
        self.addCleanup(session.close)
        self.assertEqual(session.wait(), 127)
        self.assertIn('cannot start ./no-such-program', session.transcript)

    def test_the_failure_shows_the_transcript(self):
        session = self.shell('echo first; echo second')
        session.expect('first')
        with self.assertRaises(SessionError) as caught:
            session.expect('third')
        text = str(caught.exception)
        self.assertIn("the program ended without 'third'", text)
        self.assertIn('first<<<HERE>>>', text)
        self.assertIn('second', text)

    def test_time_runs_out(self):
        session = self.shell('echo up; sleep 60')
        began = time.monotonic()
        with self.assertRaisesRegex(SessionError, "no 'down' within the time"):
            session.expect('down', timeout=0.3)
        with self.assertRaisesRegex(SessionError, 'did not end'):
            session.wait(timeout=0.3)
        self.assertLess(time.monotonic() - began, 50)

    def test_nothing_is_matched_twice(self):
        session = self.shell('echo same; sleep 60')
        session.expect('same')
        with self.assertRaises(SessionError):
            session.expect('same', timeout=0.2)

    def test_close_ends_children_too(self):
        session = self.shell("trap '' HUP TERM; sleep 60 & echo child $!; wait")
        child = int(session.expect(re.compile(r'child (\d+)\n')).group(1))
        self.assertFalse(gone(session.pid))
        self.assertFalse(gone(child))
        session.close()
        self.assertTrue(gone(session.pid))
        deadline = time.monotonic() + 90
        while not gone(child) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertTrue(gone(child))

    def test_working_folder_and_environment(self):
        session = self.shell('pwd; echo "$HR_WORD"', cwd='/',
                             env={'PATH': os.environ['PATH'], 'HR_WORD': 'given'})
        session.wait()
        self.assertEqual(session.transcript, '/\ngiven\n')

    def test_more_than_a_terminal_holds_in_either_direction(self):
        session = self.shell('stty raw -echo; echo ready; cat')
        session.expect('ready')
        session.write('x' * 300_000 + '!')
        session.expect('x!')
        self.assertEqual(session.transcript.count('x'), 300_000)

    def test_text_in_pieces(self):
        session = self.shell(r"printf 'caf\303'; sleep 0.1; printf '\251 end\n'")
        session.expect('café end\n')


if __name__ == '__main__':
    unittest.main()
