"""--stop-at=raise: the prompt opens before finally and with blocks run (3.12 and later)."""

import subprocess
import unittest

from cycle import PROMPT, CycleCase, harness

HEAD = '''\
import contextlib
log = []

@contextlib.contextmanager
def logged():
    try:
        yield
    finally:
        log.append('with')

'''

WORK = HEAD + '''\
def work(n):
    with logged():
        try:
            values = [1, 2]
            return values[n]
        finally:
            log.append('finally')

def caller():
    try:
        return work(5)
    except KeyError:
        pass

print('got', caller(), log)
'''


def version():
    text = subprocess.run([harness.PYTHON, '-c', 'import sys; print(*sys.version_info[:2])'],
                          capture_output=True, text=True, check=True).stdout
    return tuple(int(word) for word in text.split())


class TestRefused(CycleCase):
    @unittest.skipUnless(version() < (3, 12), 'this interpreter has sys.monitoring')
    def test_refused(self):
        self.write('print("ran")\n')
        done = subprocess.run([harness.RUN, '--stop-at=raise', 'program.py'], text=True,
                              cwd=self.folder.name, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (64, ''))
        self.assertEqual(done.stderr, 'hr-run: --stop-at=raise needs CPython 3.12 or later; '
                                      'this hr-run is built for 3.11\n')


@unittest.skipIf(version() < (3, 12), 'needs sys.monitoring')
class TestRaise(CycleCase):
    def test_without_what_tells_of_it(self):
        self.write('import sys; del sys.monitoring\n', 'sitecustomize.py')
        self.write('print("ran")\n')
        done = harness.hr_run('--stop-at=raise', 'program.py', cwd=self.folder.name,
                              PYTHONPATH=self.folder.name)
        self.assertEqual((done.returncode, done.stdout), (0, b'ran\n'))
        self.assertEqual(done.stderr.decode(),
                         'hr: the program runs unguarded:\n'
                         "AttributeError: module 'sys' has no attribute 'monitoring'\n")

    def start_at_raise(self, text, *options, **changes):
        return self.start(text, '--stop-at=raise', *options, **changes)

    def test_nothing_around_has_run(self):
        session = self.start_at_raise(WORK)
        session.expect('program.py:15: in work: IndexError')
        session.expect(PROMPT)
        session.send('p log, values')
        session.expect('([], [1, 2])')
        session.expect(PROMPT)
        self.edit('values[n]', 'values[n - 4]')
        self.finish(session, 'hr: reloaded work (',
                    "got 2 ['finally', 'with', 'finally', 'with']\n")

    def test_at_the_guard_they_have(self):
        session = self.start(WORK)
        session.expect(PROMPT)
        session.send('p log')
        session.expect("['finally', 'with']")

    def test_it_fails_again(self):
        session = self.start_at_raise(WORK)
        for old, new in (('values[n]', 'values[n - 1]'), ('values[n - 1]', 'values[n - 2]')):
            session.expect('in work: IndexError')
            session.expect(PROMPT)
            self.edit(old, new)
            session.send('c')
        session.expect('in work: IndexError')
        session.expect(PROMPT)
        self.edit('values[n - 2]', 'values[n - 5]')
        self.finish(session, 'got 1 [')

    def test_let_go_asks_once_a_frame(self):
        session = self.start_at_raise(WORK)
        for name in 'work', 'caller':
            session.expect(f'in {name}: IndexError')
            session.expect(PROMPT)
            session.send('q')
        session.expect('IndexError: list index out of range')
        self.assertEqual(session.wait(), 1)
        self.assertEqual(session.transcript.count(PROMPT), 2, session.transcript)

    def test_what_its_own_clauses_handle(self):
        session = self.start_at_raise(HEAD + '''\
def work():
    try:
        return {}['a']
    except KeyError:
        return 3

def suppressed():
    with contextlib.suppress(KeyError):
        raise KeyError

def outer():
    for kind in int, float:
        try:
            kind('x')
        except ValueError:
            log.append(kind)

print(work(), suppressed(), outer(), 'end')
''', '--stop=always')
        self.assertEqual(session.wait(), 0, session.transcript)
        self.assertNotIn(PROMPT, session.transcript)

    def test_what_a_finally_of_its_own_ends(self):
        """One that always leaves handles it; one that may leave has not told yet."""
        session = self.start_at_raise(HEAD + '''\
def work(n):
    try:
        return [1][n]
    finally:
        return 'swallowed'

def may(n):
    try:
        return [1][n]
    finally:
        if n:
            return 'left'

print(work(3))
print(may(3))
print(may(4))
''')
        session.expect('swallowed\n')
        session.expect(': in may: IndexError')
        session.expect(PROMPT)
        self.assertNotIn('in work', session.transcript)
        session.send('c')
        session.expect('left\n')
        session.expect(PROMPT)
        session.send('q')
        session.expect('left\n')
        self.assertEqual(session.wait(), 0)

    def test_in_a_library_called_from_here(self):
        session = self.start_at_raise(HEAD + '''\
import json

def read(text):
    with logged():
        return json.loads(text)

print('read', read('?'))
''')
        session.expect('program.py:15: in read: json.decoder.JSONDecodeError')
        session.expect(PROMPT)
        session.send('p log')
        session.expect('[]')
        session.expect(PROMPT)
        self.edit('json.loads(text)', 'json.loads("7")')
        self.finish(session, 'read 7\n')

    def test_a_coroutine_and_a_generator(self):
        session = self.start_at_raise(HEAD + '''\
import asyncio

async def work(n):
    with logged():
        await asyncio.sleep(0)
        return [1][n]

def values(n):
    with logged():
        yield [2][n]

print('got', asyncio.run(work(5)))
print('got', list(values(6)))
''')
        for old, new, got in (('[1][n]', '[1][n - 5]', 'got 1'), ('[2][n]', '[2][n - 6]', 'got [2]')):
            session.expect(PROMPT)
            session.send('p len(log)')
            session.expect('0' if got == 'got 1' else '2')
            session.expect(PROMPT)
            self.edit(old, new)
            session.send('c')
            session.expect(got)
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_at_module_level(self):
        session = self.start_at_raise('x = [1][3]\nprint("x", x)\n')
        session.expect('in <module>: IndexError')
        session.expect(PROMPT)
        self.edit('[3]', '[0]')
        self.finish(session, 'x 1\n')

    def test_calls_are_not_watched(self):
        self.write('import sys\nm = sys.monitoring\n'
                   'print([m.get_events(i) for i in range(6) if m.get_tool(i)]'
                   ' == [m.events.RAISE])\n')
        session = self.session([harness.RUN, '--stop-at=raise', 'program.py'])
        session.expect('True')


if __name__ == '__main__':
    unittest.main()
