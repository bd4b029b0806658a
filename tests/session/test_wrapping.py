"""What wrap and its like take, which functions they wrap, and what they say."""

import os
import unittest

from cycle import PROMPT, CycleCase, harness


class TestThreads(CycleCase):
    TEXT = '''\
import hot_restart, threading

started = threading.Barrier(3)

@hot_restart.wrap
def fail():
    started.wait()
    1 / 0

threads = [threading.Thread(target=fail) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print('ended')
'''

    def check_others_pass(self, command):
        self.write(self.TEXT)
        session = self.python('program.py')
        session.expect(PROMPT)
        # The others wait for their turn by now.
        for line in '!import time; time.sleep(0.3)', command:
            session.send(line)
            session.expect(PROMPT)
        session.send('q')
        session.expect('ended\n')
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.transcript.count(' in fail: '), 1)
        self.assertEqual(session.transcript.count('Exception in thread'), 3)

    def test_exit(self):
        self.check_others_pass('!hot_restart.exit()')

    def test_stop_never(self):
        self.check_others_pass('!hot_restart.STOP = "never"')


class TestChosen(CycleCase):
    def test_a_debugger_by_the_environment_s_names(self):
        for said, meant in (('debugpy', 'pydevd'), ('PyDevD', 'pydevd'), ('PDB', None)):
            self.write(f'import hot_restart\nhot_restart.DEBUGGER = {said!r}\n'
                       '@hot_restart.wrap\ndef f(): return 1 / 0\nf()\n')
            session = self.python('program.py')
            session.expect('in f: ZeroDivisionError: division by zero\n')
            if meant:
                session.expect(f'hr: {meant} cannot be used')
            session.expect(PROMPT)
            self.assertNotIn('no such debugger', session.transcript)

    def test_a_log_that_cannot_be_written(self):
        done = harness.python('-c', 'import hot_restart', HOT_RESTART_DEBUG_LOG='/dev/null/log')
        self.assertEqual(done.stderr, b'hr: HOT_RESTART_DEBUG_LOG=/dev/null/log: Not a directory\n')
        self.assertEqual(done.returncode, 0)
        pipe = os.path.join(self.folder.name, 'pipe')
        os.mkfifo(pipe)  # nobody reads it yet
        done = harness.python('-c', 'import hot_restart', HOT_RESTART_DEBUG_LOG=pipe)
        self.assertEqual((done.returncode, done.stderr), (0, b''))


if __name__ == '__main__':
    unittest.main()
