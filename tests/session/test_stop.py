"""Where --stop=unhandled stops: a table of small programs.

Each program has a line `raise` or the like marked `# here` where the prompt must
open first, or no such line: then it must run to its end without a stop.
"""

import re
import subprocess
import textwrap
import unittest

import harness
from cycle import CycleCase
from stop_exits import EXIT_PASSES, EXIT_STOPS
from stop_managers import MANAGER_PASSES, MANAGER_STOPS
from stop_memory import MEMORY_PASSES
from stop_passes import PASSES
from stop_pools import POOL_PASSES, POOL_STOPS
from stop_stops import STOPS
from stop_tasks import TASK_PASSES, TASK_STOPS

HEAD = '''\
import contextlib

class Boom(Exception):
    pass

class Sub(Boom):
    pass

def fail(kind=Boom):
    raise kind('x')
'''

# (options, body): no stop.
IGNORED = {
    'builtin': (['--ignore=ValueError', '--ignore', 'LookupError'], "{}['a']\n"),
    'ones_own': (['--ignore=__main__.Boom'], 'fail(Sub)\n'),
    'ones_own_by_stop_always': (['--stop=always', '--ignore=__main__.Boom'], '''
        try:
            fail()
        except Boom:
            pass
        '''),
    'of_a_module_by_the_name_it_is_known_by': (['--ignore=json.JSONDecodeError'], '''
        import json
        def read():
            return json.loads('?')
        read()
        '''),
    'nothing_is_imported_for_it': (['--ignore=wave.Error', '--ignore=no.such.Thing'], '''
        import sys
        def work():
            sys.exit('wave' in sys.modules)
        try:
            fail()
        except Boom:
            work()
        '''),
}

# (options, body): stops at the line.
ASKED = {
    'ignore_takes_no_other': (['--ignore=KeyError', '--ignore=wave.Error'], 'fail()\n'),
    'exit': (['--stop-on-exit'], '''
        import sys
        def leave():
            sys.exit(3)    # here
        leave()
        '''),
    'exit_with_always': (['--stop-on-exit', '--stop=always'], '''
        def leave():
            raise SystemExit    # here
        try:
            leave()
        except SystemExit:
            pass
        '''),
    'interrupt_whoever_catches_it': (['--stop-on-interrupt'], '''
        import signal
        def busy():
            signal.raise_signal(signal.SIGINT)    # here
        try:
            busy()
        except KeyboardInterrupt:
            pass
        '''),
    'interrupt_at_module_level': (['--stop-on-interrupt'], '''
        import signal
        signal.raise_signal(signal.SIGINT)    # here
        '''),
}

# (options, body): no stop.
NOT_ASKED = {
    'exit_at_module_level': (['--stop-on-exit'], '''
        import sys
        sys.exit(0)
        '''),
    'exit_that_a_caller_handles': (['--stop-on-exit'], '''
        import sys
        def leave():
            sys.exit(3)
        try:
            leave()
        except SystemExit:
            pass
        '''),
    'interrupt': ([], '''
        import signal
        def busy():
            signal.raise_signal(signal.SIGINT)
        try:
            busy()
        except KeyboardInterrupt:
            pass
        '''),
}


class TestStop(CycleCase):
    def run_program(self, body, options=(), head=HEAD):
        text = head + textwrap.dedent(body)
        if '# here' not in text:
            text = text.replace("raise kind('x')", "raise kind('x')  # here")
        self.write(text)
        # At every prompt (at later ones by the end of input) the exception goes on.
        done = subprocess.run([harness.RUN, *options, 'program.py'], cwd=self.folder.name,
                              input='q\n',
                              start_new_session=True, capture_output=True, text=True,
                              timeout=120)
        stops = re.findall(r'^program\.py:(\d+): in ', done.stderr, re.MULTILINE)
        here = 1 + text[:text.index('# here')].count('\n')
        return [int(line) for line in stops], here, done

    def check_passes(self, body):
        stops, _, done = self.run_program(body)
        self.assertEqual(stops, [], done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn('Traceback', done.stderr)

    def check_stops(self, body):
        stops, here, done = self.run_program(body)
        self.assertEqual(stops[:1], [here], done.stderr)

    def test_an_exit_that_is_a_lambda_is_not_the_first_function_of_the_file(self):
        stops, here, done = self.run_program('''
            class Careful:
                def __enter__(self):
                    pass
                __exit__ = lambda *error: False
            def work():
                with Careful():
                    fail()
            work()
            ''', head='def true():\n    return True\n' + HEAD)
        self.assertEqual(stops[:1], [here], done.stderr)

    def check_ignored(self, row):
        stops, _, done = self.run_program(row[1], row[0])
        self.assertEqual(stops, [], done.stderr)

    def check_asked(self, row):
        stops, here, done = self.run_program(row[1], row[0])
        self.assertEqual(stops[:1], [here], done.stderr)


def add(kind, programs, check):
    for name, body in programs.items():
        setattr(TestStop, f'test_{kind}_{name}', lambda self, body=body: check(self, body))


add('passes', PASSES, TestStop.check_passes)
add('passes_memory', MEMORY_PASSES, TestStop.check_passes)
add('stops', STOPS, TestStop.check_stops)
add('passes_manager', MANAGER_PASSES, TestStop.check_passes)
add('stops_manager', MANAGER_STOPS, TestStop.check_stops)
add('passes_exit', EXIT_PASSES, TestStop.check_passes)
add('stops_exit', EXIT_STOPS, TestStop.check_stops)
add('passes_pool', POOL_PASSES, TestStop.check_passes)
add('stops_pool', POOL_STOPS, TestStop.check_stops)
add('passes_task', TASK_PASSES, TestStop.check_passes)
add('stops_task', TASK_STOPS, TestStop.check_stops)
add('ignored', IGNORED, TestStop.check_ignored)
add('asked', ASKED, TestStop.check_asked)
add('not_asked', NOT_ASKED, TestStop.check_ignored)


BUSY = '''\
def spin():
    print('spinning', flush=True)
    while True:
        pass
    return 'left'

def work():
    return spin()

print(work(), flush=True)
'''


class TestInterrupt(CycleCase):
    def test_a_busy_loop_is_edited_and_restarted(self):
        session = self.start(BUSY, '--stop-on-interrupt')
        session.expect('spinning')
        session.interrupt()
        session.expect('in spin: KeyboardInterrupt')
        session.expect('(Pdb) ')
        self.edit('while True', 'while False')
        session.send('c')
        session.expect('spinning')
        session.expect('left')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_quit_ends_as_under_python(self):
        session = self.start(BUSY, '--stop-on-interrupt')
        session.expect('spinning')
        session.interrupt()
        for name in 'spin', 'work':
            session.expect(f'in {name}: KeyboardInterrupt')
            session.expect('(Pdb) ')
            session.send('q')
        session.expect('KeyboardInterrupt')
        self.assertEqual(session.wait(), -2, session.transcript)

if __name__ == '__main__':
    unittest.main()
