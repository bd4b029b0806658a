"""Crashes in child processes and in sub-interpreters."""

import os
import re
import tempfile
import time
import unittest

from cycle import PROMPT, CommandCase, CycleCase, harness

FORKS = '''\
import os

def work(name):
    return name + missing

def child(name):
    try:
        print('did', work(name))
    finally:
        print('', end='', flush=True)
    os._exit(0)

children = []
for name in 'a', 'b':
    pid = os.fork()
    if not pid:
        child(name)
    children.append(pid)
for pid in children:
    print('ended', os.waitpid(pid, 0)[1])
'''

POOL = '''\
import multiprocessing, os, time

def work(x):
    open(f'began-{x}', 'w').close()
    while not (os.path.exists('began-4') and os.path.exists('began-5')):
        time.sleep(0.01)  # both read the program before it is edited
    return x / 0

if __name__ == '__main__':
    context = multiprocessing.get_context('METHOD')
    with context.Pool(2) as pool:
        print('got', pool.map(work, [4, 5], chunksize=1))
'''


class TestProcesses(CycleCase):
    def one_at_a_time(self, session, name):
        pattern = re.compile(r'in work: .* \(in process (\d+)(, \S+)?\)\n')
        first = session.expect(pattern)
        session.expect(PROMPT)
        session.send('p 6 * 7')
        session.expect('42\n')
        session.expect(PROMPT)
        self.assertNotRegex(session.transcript[first.end():], pattern)
        return pattern, first

    def test_fork(self):
        with tempfile.TemporaryDirectory() as locks:
            session = self.start(FORKS, XDG_RUNTIME_DIR=locks)
            self.two_forks(session, locks)
            self.assertEqual(os.listdir(locks), [])

    def test_a_lock_of_another_user_keeps_nobody_waiting(self):
        if os.geteuid() != 0:
            self.skipTest('only root can make such a file')
        with tempfile.TemporaryDirectory() as locks:
            session = self.start('def f():\n    return oops\nf()\n', XDG_RUNTIME_DIR=locks)
            session.expect(PROMPT)
            name, = os.listdir(locks)
            session.send('q')
            session.wait()
            # The session of the next one is named by its own number.
            program = ("import fcntl, glob, os\n"
                       f"path = '{locks}/' + '{name}'.rsplit('-', 1)[0] + f'-{{os.getsid(0)}}.lock'\n"
                       "file = open(path, 'w')\nos.chown(path, 65534, 65534)\n"
                       "fcntl.flock(file, fcntl.LOCK_EX)\n"
                       "def f():\n    return oops\nprint('got', f())\n")
            session = self.start(program, XDG_RUNTIME_DIR=locks)
            session.expect(PROMPT)
            self.edit('oops', '1')
            self.finish(session, 'got 1\n')

    def two_forks(self, session, locks):
        pattern, first = self.one_at_a_time(session, 'work')
        self.assertRegex(','.join(os.listdir(locks)), r'^hot-restart-\d+-\d+\.lock$')
        self.edit('name + missing', 'name')
        session.send('c')
        second = session.expect(pattern)
        self.assertNotEqual(first.group(1), second.group(1))
        session.expect(PROMPT)
        session.send('c')
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.transcript.count('ended 0\n'), 2)
        for name in 'a', 'b':
            self.assertIn(f'did {name}\n', session.transcript)

    def pool(self, method):
        session = self.start(POOL.replace('METHOD', method), '--stop=always')
        pattern, first = self.one_at_a_time(session, 'work')
        self.assertIn('PoolWorker-', first.group(2))
        self.edit('x / 0', 'x')
        session.send('c')
        session.expect(pattern)
        session.expect(PROMPT)
        self.finish(session, 'got [4, 5]\n')

    def test_pool_of_forks(self):
        self.pool('fork')

    def test_pool_that_is_spawned(self):
        self.pool('spawn')

    def test_pool_of_a_fork_server(self):
        self.pool('forkserver')

    def test_what_is_spawned_inherits_the_options(self):
        self.write('def check(x):\n    return x / 0\n', 'helper.py')
        session = self.start(POOL.replace('METHOD', 'spawn').replace(
            'return x / 0', 'import helper\n    return helper.check(x)'),
            '--stop=always', '--exclude=helper', '--ignore', 'ZeroDivisionError')
        session.expect('ZeroDivisionError: division by zero\n')
        self.assertEqual(session.wait(), 1)
        self.assertNotIn(PROMPT, session.transcript)

    def test_a_spawned_process_of_a_module(self):
        self.write(POOL.replace('METHOD', 'spawn'))
        session = self.session([harness.RUN, '--stop=always', '-m', 'program'])
        self.one_at_a_time(session, 'work')
        self.edit('x / 0', 'x')
        session.send('c')
        session.expect(PROMPT)
        self.finish(session, 'got [4, 5]\n')

    def test_a_program_of_its_own_choice_is_spawned(self):
        chosen = POOL.replace('METHOD', 'spawn').replace(
            "    context =", "    import sys\n"
            "    multiprocessing.set_executable(sys.executable)\n    context =").replace(
            "import multiprocessing", "import multiprocessing, multiprocessing.popen_spawn_posix")
        session = self.start(chosen.replace('x / 0', 'x'), '--stop=always')
        session.expect('got [4, 5]\n')
        self.assertEqual(session.wait(), 0)

    def test_another_hr_run(self):
        self.write('def inner(x):\n    return x / 0\n\nprint("inner", inner(4))\n', 'other.py')
        session = self.start(f'''\
import subprocess

def outer():
    child = subprocess.run(['{harness.RUN}', 'other.py'], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, text=True)
    return child.stdout, child.returncode / 0

print('outer', outer())
''')
        session.expect('other.py:2: in inner: ZeroDivisionError')
        session.expect(PROMPT)
        self.write('def inner(x):\n    return x\n\nprint("inner", inner(4))\n', 'other.py')
        session.send('c')
        session.expect('program.py:6: in outer: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('returncode / 0', 'returncode')
        self.finish(session, "outer ('inner 4\\n', 0)\n")

    def test_without_a_terminal_as_under_python(self):
        for method in 'fork', 'spawn':
            with self.subTest(method):
                self.write(POOL.replace('METHOD', method))
                done = harness.run(['setsid', '-w', 'sh', '-c', 'exec "$@" </dev/null', 'sh',
                                    harness.RUN, '--stop=always', self.path],
                                   cwd=self.folder.name)
                text = done.stderr.decode()
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stdout, b'')
                self.assertNotIn('hr:', text)
                self.assertTrue(text.endswith('\nZeroDivisionError: division by zero\n'), text)

    def test_fork_while_a_thread_has_the_prompt(self):
        session = self.start('''\
import os, threading, time

def fails():
    return 1 / 0

def works():
    return 2 / 0

thread = threading.Thread(target=fails)
thread.start()
while not os.path.exists('shown'):
    time.sleep(0.01)
if os.fork() == 0:
    works()
    os._exit(5)
open('forked', 'w').close()
print('ended', os.wait()[1] >> 8)
thread.join()
''')
        session.expect(re.compile(r'in fails: .*\(in thread'))
        session.expect(PROMPT)
        self.write('', 'shown')
        while not os.path.exists(os.path.join(self.folder.name, 'forked')):
            time.sleep(0.01)
        self.edit('1 / 0', '1')
        self.edit('2 / 0', '2')
        session.send('c')
        session.expect(re.compile(r'in works: .*\(in process'))
        session.expect(PROMPT)
        self.finish(session, 'ended 5\n')


class TestSubInterpreter(unittest.TestCase):
    def test_refused(self):
        done = harness.python('-c', """if True:
            import hot_restart
            try:
                import _interpreters as interpreters
            except ImportError:
                import _xxsubinterpreters as interpreters
            one = interpreters.create()
            interpreters.run_string(one, '''if True:
                try:
                    import hot_restart
                except ImportError as error:
                    print('ImportError:', error, flush=True)
            ''')
            interpreters.destroy(one)
            print(hot_restart.STOP)""")
        self.assertEqual(done.stderr, b'')
        self.assertRegex(done.stdout.decode(), r'^ImportError: .*hot_restart.*\nalways\n$')


class TestExitInAThread(CommandCase):
    PROGRAM = '''\
import atexit, threading, time
from concurrent.futures import ThreadPoolExecutor

def work(n):
    raise ValueError('x')

atexit.register(print, 'atexit')
file = open('written', 'w')
file.write('some text')
%s
time.sleep(60)
print('after')
'''

    def ends_at_once(self, start):
        session = self.at_prompt(self.PROGRAM % start)
        session.send('exit')
        session.expect('ValueError: x')
        self.assertEqual(session.wait(), 1, session.transcript)
        self.assertNotIn('after', session.transcript)
        self.assertIn('atexit', session.transcript)
        with open(os.path.join(self.folder.name, 'written'), encoding='utf-8') as file:
            self.assertEqual(file.read(), 'some text')
        self.assertEqual(session.transcript.count('Traceback'), 1, session.transcript)

    def test_a_thread(self):
        self.ends_at_once('threading.Thread(target=work, args=[1]).start()')

    def test_a_pool_whose_result_would_be_handled(self):
        self.ends_at_once('pool = ThreadPoolExecutor()\nfuture = pool.submit(work, 1)\n'
                          'try:\n    future.result()\nexcept ValueError:\n    pass')


if __name__ == '__main__':
    unittest.main()
