"""The prompt and its terminal: who reads from it, and what becomes of it."""

import os
import re
import signal
import time
import unittest

from cycle import PROMPT, CycleCase, harness

FAILS = 'def f():\n    return 1 / 0\n\nprint("got", f())\n'


class TestClosedTerminal(CycleCase):
    """The far side of the terminal goes away in the middle of a prompt."""

    def close_at(self, session, shown=PROMPT):
        """Its status."""
        session.expect(shown)
        os.close(session.master)
        session.master = -1
        deadline = time.monotonic() + 90
        while session.status is None:
            if time.monotonic() > deadline:
                os.killpg(session.pid, signal.SIGKILL)
                self.fail('it did not end')
            session._reap(os.WNOHANG)
            time.sleep(0.01)
        return session.status

    def written(self, name):
        with open(os.path.join(self.folder.name, name), encoding='utf-8') as file:
            return file.read()

    def test_ends_as_python_does(self):
        self.assertEqual(self.close_at(self.start(FAILS)), -signal.SIGHUP)

    def test_hangup_that_is_ignored(self):
        """The prompt ends with its input, and the exception goes on."""
        program = '''\
import os, signal, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)

def wait():
    WAIT

def f():
    wait()
    return 1 / 0

def g():
    try:
        return f()
    finally:
        with open('out.txt', 'a') as out:
            print('left g', file=out)

g()
'''
        status = self.close_at(self.start(program.replace('WAIT', 'pass')))
        self.assertEqual(self.written('out.txt'), 'left g\n')
        self.write(program.replace('WAIT', '''\
try:
        while os.write(1, b'.'):
            time.sleep(0.01)
    except OSError:
        pass'''))
        session = self.session([harness.PYTHON, 'program.py'])
        self.assertEqual(status, self.close_at(session, '..'))
        self.assertEqual(self.written('out.txt'), 'left g\nleft g\n')

    def test_in_threads_and_children(self):
        """The one that has the prompt and those that wait for it all end."""
        status = self.close_at(self.start('''\
import multiprocessing, os, signal, threading
signal.signal(signal.SIGHUP, signal.SIG_IGN)

def work(n):
    try:
        return n / 0
    finally:
        with open(f'{n}.txt', 'w') as out:
            print('left', file=out)

if __name__ == '__main__':
    context = multiprocessing.get_context('fork')
    all = [context.Process(target=work, args=(n,)) for n in (1, 2)]
    all += [threading.Thread(target=work, args=(n,)) for n in (3, 4)]
    for one in all:
        one.start()
    for one in all:
        one.join()
    with open('out.txt', 'w') as out:
        print([one.exitcode for one in all[:2]], file=out)
'''))
        self.assertGreaterEqual(status, 0)
        self.assertEqual(self.written('out.txt'), '[1, 1]\n')
        for n in range(1, 5):
            self.assertEqual(self.written(f'{n}.txt'), 'left\n')


class TestInput(CycleCase):
    def test_a_very_long_line(self):
        session = self.start(FAILS)
        session.expect(PROMPT)
        # A terminal that is not read in raw mode takes 4095 bytes a line.
        session.write('p "' + 'x' * 200_000)
        session.write('end".count("x")\n')
        session.expect(re.compile(r'\n200000\n'))
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, 'got 1\n')

    def test_a_line_longer_than_a_terminal_takes(self):
        """Where the prompt reads plain lines: what is too long is no disaster."""
        self.write(FAILS)
        session = self.session(['sh', '-c', '"$0" program.py < /dev/null', harness.RUN])
        session.expect(PROMPT)
        session.write('p "' + 'x' * 20_000 + '"')
        session.write('\n')
        session.expect(PROMPT)
        session.send('p 6 * 7')
        session.expect('42\n')
        self.edit('1 / 0', '1')
        self.finish(session, 'got 1\n')

    def test_bytes_that_are_no_text(self):
        session = self.start(FAILS)
        session.expect(PROMPT)
        os.write(session.master, b'p "\xff\xfe"\n')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, 'got 1\n')

    def test_interrupt_in_a_command(self):
        session = self.start(FAILS)
        session.expect(PROMPT)
        session.send('import time; print("sleeps"); time.sleep(60)')
        session.expect('\nsleeps\n')
        session.until_it_sleeps()
        session.interrupt()
        session.expect('KeyboardInterrupt')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, 'got 1\n')

    def test_interrupt_while_another_thread_has_the_prompt(self):
        session = self.start('''\
import threading, time

def f():
    return 1 / 0

thread = threading.Thread(target=f)
try:
    thread.start()
    time.sleep(600)
except KeyboardInterrupt:
    print('main was interrupted')
thread.join()
print('end')
''')
        session.expect(PROMPT)
        session.until_it_sleeps()
        session.interrupt()
        session.expect('main was interrupted\n')
        self.edit('1 / 0', '1')
        session.send('')
        session.send('c')
        session.expect('hr: reloaded f')
        session.expect('end\n')
        self.assertEqual(session.wait(), 0)


class TestOutput(CycleCase):
    """What the program has done to its streams keeps no prompt from opening."""

    TEXT = '''\
import sys

class Broken:
    def write(self, text):
        raise OSError(text)
    flush = isatty = fileno = write

def f():
    return 1 / 0

streams = sys.stdout, sys.stderr
CHANGE
value = f()
sys.stdout, sys.stderr = streams if not streams[0].closed else (open(1, 'w'), open(2, 'w'))
print('got', value)
'''

    def test_changed(self):
        for change in ('sys.stdout = sys.stderr = Broken()', 'sys.stderr = Broken()',
                       'sys.stderr.close(); sys.stdout.close()', 'sys.stderr = sys.stdout = None'):
            session = self.start(self.TEXT.replace('CHANGE', change))
            session.expect('in f: ZeroDivisionError: division by zero\n')
            session.expect(PROMPT)
            self.edit('1 / 0', '5')
            self.finish(session, 'hr: reloaded f (', 'got 5\n')


class TestStandardInput(CycleCase):
    THREAD = '''\
import sys, threading

failed = threading.Event()

def work():
    failed.set()
    return 1 / 0

def read():
    READ

thread = threading.Thread(target=work, name='worker')
read()
thread.join()
print('read', lines, sys.stdin is stdin, not sys.stdin.closed)
'''

    def test_a_thread_fails_while_the_program_reads_a_pipe(self):
        self.write(self.THREAD.replace('READ', '''\
global lines, stdin
    stdin = sys.stdin
    lines = []
    for line in sys.stdin:
        if not lines:
            thread.start()
            failed.wait()
        lines.append(int(line))'''))
        session = self.session(
            ['sh', '-c', 'seq 1 2000 | "$0" program.py', harness.RUN])
        session.expect('(in thread worker)')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        session.send('p sum(lines) if len(lines) == 2000 else 0')
        session.expect(PROMPT)
        session.send('c')
        numbers = str(list(range(1, 2001)))
        session.expect(f'read {numbers} True True\n')
        self.assertEqual(session.wait(), 0)

    def test_a_thread_fails_while_the_program_asks_at_the_terminal(self):
        session = self.start(self.THREAD.replace('READ', '''\
global lines, stdin
    stdin = sys.stdin
    threading.Thread(target=start_when_told).start()
    lines = [input('name? ')]
    while not thread.ident:
        pass
    thread.join()
    lines.append(input('more? '))

def start_when_told():
    import os, time
    while not os.path.exists('asked'):
        time.sleep(0.01)
    thread.start()'''))
        session.expect('name? ')
        self.write('', 'asked')
        session.expect('(in thread worker)')
        session.send('anna')  # the program asked first
        session.expect(PROMPT)
        session.send('p 6 * 7')
        session.expect('42\n')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        session.send('c')
        session.expect('more? ')
        session.send('bob')
        session.expect("read ['anna', 'bob'] True True\n")
        self.assertEqual(session.wait(), 0)


class TestAtOnce(CycleCase):
    def test_two_threads_and_two_workers(self):
        session = self.start('''\
import multiprocessing, threading

gate = multiprocessing.get_context('fork').Barrier(4)

def work(n, results):
    gate.wait()
    results[n] = n / 0

with multiprocessing.get_context('fork').Manager() as manager:
    results = manager.dict()
    all = [multiprocessing.get_context('fork').Process(target=work, args=(n, results))
           for n in (1, 2)]
    all += [threading.Thread(target=work, args=(n, results)) for n in (3, 4)]
    for one in all:
        one.start()
    for one in all:
        one.join()
    print('results', sorted(results.items()))
''')
        pattern = re.compile(r'in work: ZeroDivisionError: .* \(in (process \d+, \S+|thread .+)\)\n')
        places = set()
        for number in range(4):
            places.add(session.expect(pattern).group(1))
            shown = session.position
            session.expect(PROMPT)
            session.send('p 6 * 7')
            session.expect('42\n')
            session.expect(PROMPT)
            self.assertNotRegex(session.transcript[shown:session.position], pattern)
            if number == 0:
                self.edit('n / 0', 'n')
                self.edit('gate.wait()', 'pass')
            if number < 3:
                session.send('c')
        self.assertEqual(len(places), 4, places)
        self.finish(session, 'results [(1, 1), (2, 2), (3, 3), (4, 4)]\n')


if __name__ == '__main__':
    unittest.main()
