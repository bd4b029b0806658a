"""What wrap and its like take, which functions they wrap, and what they say."""

import unittest

from cycle import PROMPT, CycleCase


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


if __name__ == '__main__':
    unittest.main()
