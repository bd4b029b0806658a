"""--on-crash: waiting for a save, however it is done; and neither prompt nor wait."""

import errno
import os
import re
import unittest

from cycle import CycleCase, harness

PROGRAM = '''\
class Trainer:
    def step(self, batch):
        return batch["loss"]

def main():
    print('before')
    print('got', Trainer().step({'los': 4}))

main()
'''
WAITING = 'hr: waiting for program.py to be saved\n'
FIXED = PROGRAM.replace('["loss"]', '["los"]')


class WaitCase(CycleCase):
    def wait_for(self, text=PROGRAM, *options):
        session = self.start(text, '--on-crash=wait', *options)
        session.expect(WAITING)
        return session

    def restarts(self, session, *expected):
        session.expect('hr: restarted Trainer.step\n')
        for text in expected or ('got 4\n',):
            session.expect(text)
        self.assertEqual(session.wait(), 0, session.transcript)
        self.assertEqual(session.transcript.count('before'), 1)


class TestSaving(WaitCase):
    def test_what_is_said(self):
        session = self.start(PROGRAM, '--on-crash', 'wait')
        session.expect(re.compile(
            r'Traceback \(most recent call last\):\n'
            r'  File ".*program\.py", line 9, in <module>\n    main\(\)\n'
            r'  File ".*program\.py", line 7, in main\n(.*\n)+?'
            r'  File ".*program\.py", line 3, in step\n(.*\n)+?'
            r"KeyError: 'loss'\n"
            r"program\.py:3:16: error: KeyError: 'loss' \[in Trainer\.step\]\n"
            r'hr: waiting for program\.py to be saved\n'))
        self.write(FIXED)
        session.expect('hr: reloaded Trainer.step (program.py:2, 1 line changed)')
        self.restarts(session)

    def test_written_in_place(self):
        session = self.wait_for()
        self.write(FIXED)
        self.restarts(session)

    @unittest.skipIf('HR_FAULTS' not in os.environ, 'a sanitized build: see tests/meson.build')
    def test_a_system_that_tells_of_no_saves(self):
        session = self.start(PROGRAM, '--on-crash=wait', LD_PRELOAD=os.environ['HR_FAULTS'],
                             FAULTS=f'inotify_init1={errno.EMFILE}')
        session.expect(WAITING)
        self.write(FIXED)
        self.restarts(session)

    def test_renamed_over(self):
        session = self.wait_for()
        self.write(FIXED, '.program.py.swp')
        os.rename(os.path.join(self.folder.name, '.program.py.swp'), self.path)
        self.restarts(session)

    def test_deleted_and_created(self):
        session = self.wait_for()
        os.unlink(self.path)
        self.write(FIXED)
        self.restarts(session)

    def test_moved_away_and_created(self):
        session = self.wait_for()
        os.rename(self.path, self.path + '~')
        self.write(FIXED)
        self.restarts(session)

    def test_through_a_symlink(self):
        os.mkdir(os.path.join(self.folder.name, 'far'))
        os.symlink('far/real.py', self.path)
        session = self.wait_for()
        self.write(FIXED, 'far/real.py')
        self.restarts(session)

    def test_saves_of_other_files_are_nothing(self):
        session = self.wait_for()
        self.write(FIXED, 'other.py')
        self.write(FIXED, 'program.py.bak')
        with self.assertRaises(AssertionError):
            session.expect('hr: re', timeout=0.6)
        self.write(FIXED)
        self.restarts(session)

    def test_a_save_that_takes_its_time(self):
        session = self.wait_for()
        with open(self.path, 'w', encoding='utf-8') as file:  # empty from now on
            with self.assertRaises(AssertionError):
                session.expect('hr: re', timeout=1)
            file.write(FIXED)
        self.restarts(session)

    def test_a_save_without_a_change_restarts(self):
        session = self.wait_for(PROGRAM.replace(
            'return batch', 'import os\n        if os.path.exists("there"): return 4\n'
                            '        return batch'))
        self.write('', 'there')
        os.utime(self.path)
        self.restarts(session)


class TestGoingOn(WaitCase):
    def test_a_syntax_error_waits_on(self):
        session = self.wait_for()
        self.write(PROGRAM.replace('["loss"]', '["los"'))
        session.expect(re.compile(r"program\.py:3:\d+: error: '\[' was never closed\n"))
        session.expect(WAITING)
        self.write(FIXED)
        self.restarts(session)

    def test_a_second_failure_waits_again(self):
        session = self.wait_for()
        self.write(PROGRAM.replace('["loss"]', '["lost"]'))
        session.expect('hr: restarted Trainer.step\n')
        session.expect("program.py:3:16: error: KeyError: 'lost' [in Trainer.step]\n")
        session.expect(WAITING)
        self.write(FIXED)
        self.restarts(session)

    def test_calls_that_run_an_older_version(self):
        """A save mends the calls above as well: they are not waited for again."""
        text = """\
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fibb(n - 2)

print('got', fib(6))
"""
        session = self.wait_for(text)
        self.write(text.replace('fibb', 'fib'))
        session.expect('hr: restarted fib\n')
        session.expect('hr: restarted fib: the call that failed ran an older version\n')
        session.expect('got 8\n')
        self.assertEqual(session.wait(), 0, session.transcript)
        self.assertEqual(session.transcript.count(WAITING), 1)

    def test_control_c_raises_on(self):
        session = self.wait_for()
        session.interrupt()
        session.expect(re.compile(r"Traceback [^$]*KeyError: 'loss'\n"))
        self.assertEqual(session.wait(), 1, session.transcript)
        self.assertNotIn('KeyboardInterrupt', session.transcript)
        self.assertEqual(session.transcript.count('hr: waiting'), 1)

    def test_in_a_thread(self):
        session = self.wait_for(PROGRAM.replace(
            '\nmain()', '\nimport threading\nt = threading.Thread(target=main)\n'
                        't.start()\nt.join()'))
        self.write(self.read().replace('["loss"]', '["los"]'))
        self.restarts(session)

    def read(self):
        with open(self.path, encoding='utf-8') as file:
            return file.read()


class TestWithoutATerminal(CycleCase):
    def run_closed(self, *options):
        """Without any terminal, the standard input closed."""
        self.write(PROGRAM)
        return harness.run(['setsid', '-w', 'sh', '-c', 'exec "$@" <&-', 'sh', harness.RUN,
                            *options, 'program.py'], cwd=self.folder.name)

    def test_debug_is_raise(self):
        for options in ((), ('--on-crash=debug',), ('--on-crash=raise',)):
            with self.subTest(options=options):
                shown = self.run_closed(*options)
                self.assertEqual(shown.returncode, 1)
                self.assertEqual(shown.stdout, b'before\n')
                self.assertTrue(shown.stderr.startswith(b'Traceback'), shown.stderr)
                self.assertNotRegex(shown.stderr, rb'\bhr\b|hot_restart')

    def test_raise_on_a_terminal(self):
        session = self.start(PROGRAM, '--on-crash=raise')
        self.assertEqual(session.wait(), 1)
        self.assertNotIn('hr:', session.transcript)

    def test_wait_needs_no_standard_input(self):
        self.write(PROGRAM)
        session = self.session(['sh', '-c', 'exec "$@" <&-', 'sh', harness.RUN,
                                '--on-crash=wait', 'program.py'])
        session.expect(WAITING)
        self.write(FIXED)
        session.expect('got 4\n')
        self.assertEqual(session.wait(), 0)

    def test_a_wrong_word(self):
        shown = harness.hr_run('--on-crash=stop', 'program.py')
        self.assertEqual(shown.returncode, 64)
        self.assertIn(b"not 'stop'", shown.stderr)


if __name__ == '__main__':
    unittest.main()
