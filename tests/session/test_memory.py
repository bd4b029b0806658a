"""What a failed try leaves behind: nothing, whatever kind of function it was."""

import re
import unittest

from cycle import CycleCase, harness

HEAD = '''\
import asyncio, gc, resource, sys, weakref

gc.disable()
TRIES = 200

class Big:
    def __init__(self):
        self.data = bytearray(200_000)

class Boom(Exception):
    pass

objects, errors = weakref.WeakSet(), weakref.WeakSet()
depths, resident, left = set(), [], set()
tries = 0

def depth():
    frame, count = sys._getframe(1), 0
    while frame:
        frame, count = frame.f_back, count + 1
    return count

def failure(big):  # hr: off
    """A variable that held it would make a ring of it, its traceback and a frame."""
    error = Boom(tries, big)
    errors.add(error)
    return error

def attempt(big):
    """Called by each try, with an object that is its own alone."""
    global tries
    tries += 1
    # This try's object, and nothing of those before it.
    objects.add(big)
    left.add((len(objects), len(errors)))
    if tries > 2:
        depths.add(depth())
    with open('/proc/self/statm') as file:
        resident.append(int(file.read().split()[1]) * resource.getpagesize())
    if tries <= TRIES:
        raise failure(big)
    return 'done'

'''

TAIL = '''
result = RUN
big = None
print('result', result, 'tries', tries)
print('left', sorted(left), 'depths', len(depths))
print('grown', resident[-1] - resident[20])
print('after', len(objects), len(errors), sys.exc_info())
'''

KINDS = {
    'function': ('''\
def work(n):
    big = Big()
    n = [n, big]
    return attempt(big)
''', 'work(4)'),
    'method with a closure': ('''\
class A:
    def work(self, n):
        big = Big()
        keep = lambda: (big, n, self)
        return attempt(keep()[0])
''', 'A().work(4)'),
    'generator': ('''\
def work(n):
    yield 1
    big = Big()
    yield attempt(big)
''', 'list(work(4))[-1]'),
    'generator in a loop': ('''\
def work(n):
    for i in range(n):
        big = Big()
        if i == 3:
            yield attempt(big)
        else:
            yield i
''', 'list(work(4))[-1]'),
    'coroutine': ('''\
async def work(n):
    big = Big()
    await asyncio.sleep(0)
    return attempt(big)

async def main():
    return await work(4)
''', 'asyncio.run(main())'),
    'task': ('''\
async def work(n):
    big = Big()
    await asyncio.sleep(0)
    return attempt(big)

async def main():
    return (await asyncio.gather(work(4), asyncio.sleep(0)))[0]
''', 'asyncio.run(main())'),
    'asynchronous generator': ('''\
async def work(n):
    yield 1
    big = Big()
    await asyncio.sleep(0)
    yield attempt(big)

async def main():
    return [x async for x in work(4)][-1]
''', 'asyncio.run(main())'),
    'thread': ('''\
import threading

def work(n):
    big = Big()
    got.append(attempt(big))

got = []

def main():
    thread = threading.Thread(target=work, args=(4,))
    thread.start()
    thread.join()
    return got[0]
''', 'main()'),
}


class TestMemory(CycleCase):
    def check(self, kind):
        text, use = KINDS[kind]
        # What fails is to be the caller of `attempt`.
        text = (HEAD + text + TAIL.replace('RUN', use)).replace(
            'def attempt(big):', 'def attempt(big):  # hr: off')
        self.write(text)
        # Without a terminal, the commands come through a pipe.
        done = harness.run(['setsid', '-w', harness.RUN, self.path], timeout=120,
                           stdin=b'c\n' * 200)
        output = done.stdout.decode()[-400:]
        self.assertEqual(done.returncode, 0, output[-2000:] + done.stderr.decode()[-2000:])
        self.assertIn('result done tries 201\n', output)
        # What the first try, whose frame waits below, shares with nested functions stays:
        # they may have been handed out.
        left = '[(1, 0), (2, 0)]' if 'closure' in kind else '[(1, 0)]'
        self.assertIn(f'left {left} depths 1\n', output)
        self.assertIn('after 0 0 (None, None, None)\n', output)
        # Five of the objects would be a megabyte.
        grown = int(re.search(r'\ngrown (-?\d+)\n', output).group(1))
        self.assertLess(grown, 1_000_000)


EDITS = '''\
import resource

TRIES = 120
resident = []
tries = 0

def attempt():  # hr: off
    """Fails below the function that is edited, whose place is looked up for it."""
    global tries
    tries += 1
    with open('/proc/self/statm') as file:
        resident.append(int(file.read().split()[1]) * resource.getpagesize())
    if tries > TRIES:
        return 'done'
    with open(__file__) as file:
        text = file.read()
    with open(__file__, 'w') as file:
        file.write(text.replace(f'k = {tries - 1}\\n', f'k = {tries}\\n'))
    return FAIL

def work():
    k = 0
    return attempt(), k

print('result', work())
print('grown', (resident[-1] - resident[20]) // 1024)
'''

FAILURES = {'an expression': '1 / 0', 'a name': 'missing_name',
            'a function of a library': '__import__("json").loads("[")',
            'a call below it': 'max([1], key=lambda x: x / 0)'}


class TestEdits(CycleCase):
    """The text of a version goes when no code of it is left."""

    def check(self, failure):
        self.write(EDITS.replace('FAIL', FAILURES[failure]) + ('#' * 99 + '\n') * 2000)
        done = harness.run(['setsid', '-w', harness.RUN, self.path], timeout=120,
                           stdin=b'c\n' * 120)
        output = done.stdout.decode()[-400:]
        self.assertEqual(done.returncode, 0, output + done.stderr.decode()[-2000:])
        self.assertIn("result ('done', 120)\n", output)
        # Each text that is kept is 200 KB: 20 MB if all were.
        grown = int(re.search(r'\ngrown (-?\d+)\n', output).group(1))
        self.assertLess(grown, 5000)


MODULE = '''\
import resource

class Before:
    a = 1

TRIES = 80
resident = []
tries = 0

def attempt():  # hr: off
    """Fails below the statement that is edited."""
    global tries
    tries += 1
    with open('/proc/self/statm') as file:
        resident.append(int(file.read().split()[1]) * resource.getpagesize())
    if tries > TRIES:
        return 'done'
    with open(__file__) as file:
        text = file.read()
    with open(__file__, 'w') as file:
        file.write(text.replace(f'k = {tries - 1}\\n', f'k = {tries}\\n'))
    return missing

result = attempt(); k = 0

class After:
    b = 2
    def f(self): return 1

print('result', result, k)
print('grown', (resident[-1] - resident[20]) // 1024)
'''


class TestModule(CycleCase):
    """The same of a module that fails at its top level."""

    def check(self, command, text):
        self.write(text + ('#' * 99 + '\n') * 2000)
        done = harness.run(['setsid', '-w', harness.RUN, self.path], timeout=120,
                           stdin=command * 80)
        output = done.stdout.decode()[-400:]
        self.assertEqual(done.returncode, 0, output + done.stderr.decode()[-2000:])
        self.assertIn('result done 80\n', output)
        grown = int(re.search(r'\ngrown (-?\d+)\n', output).group(1))
        self.assertLess(grown, 5000)

    def test_going_on(self):
        self.check(b'c\n', MODULE)

    def test_from_its_top(self):
        self.check(b'restart\n', MODULE.replace('tries = 0\n',
                                                'tries = globals().get("tries", 0)\n')
                   .replace('resident = []', 'resident = globals().get("resident", [])'))

    def test_classes_are_still_known(self):
        """Each was made by another version, of which nothing else is left."""
        session = self.start('''\
class One:
    a = 1
first
class Two:
    a = 1
second
class Three:
    a = 1
third
print(One.a, Two.a, Three.a)
''')
        for name in ('first', 'second'):
            session.expect(f"NameError: name '{name}'")
            session.expect('(Pdb) ')
            self.edit(name, 'pass')
            session.send('c')
        session.expect("NameError: name 'third'")
        session.expect('(Pdb) ')
        for number in range(8):  # that many versions stand between
            with open(self.path, encoding='utf-8') as file:
                self.write(file.read().replace('third', f'third + {number}'))
            session.send('c')
            session.expect("NameError: name 'third'")
            session.expect('(Pdb) ')
        for number, name in enumerate(('One', 'Two', 'Three'), 5):
            self.edit(f'class {name}:\n    a = 1', f'class {name}:\n    a = {number}')
        session.send('reload')
        for name in 'One', 'Two', 'Three':
            session.expect(f'hr: reloaded class {name} ')
        session.expect('(Pdb) ')
        with open(self.path, encoding='utf-8') as file:
            self.write(re.sub('third.*', 'pass', file.read()))
        self.finish(session, '5 6 7\n')


LET_GO = '''\
import hot_restart

def outer(rate, zero=0):
    def inner(n, at=1):
        if n:
            return inner(n - 1)
        return rate / zero
    return inner(5)

def tried():
    try:
        return outer(2)
    except ZeroDivisionError:
        return 'failed'

print(tried(), hot_restart._searches())
print(tried(), hot_restart._searches() > 0)
'''


class TestLetGo(CycleCase):
    def test_nothing_is_searched_for_a_failure_that_goes_on(self):
        """What a restart needs is looked for, among all objects, when there is one."""
        session = self.start(LET_GO, '--stop=always')
        for name in ['inner'] * 6 + ['outer']:
            session.expect(f'{name}: ZeroDivisionError')
            session.expect('(Pdb) ')
            session.send('q')
        session.expect('failed 0\n')
        session.expect('(Pdb) ')
        self.edit('rate / zero', 'rate - zero')
        self.finish(session, '2 True\n')


def named_edit(failure):
    return lambda self: self.check(failure)


for failure in FAILURES:
    setattr(TestEdits, 'test_' + failure.replace(' ', '_'), named_edit(failure))


def named(kind):
    return lambda self: self.check(kind)


for kind in KINDS:
    setattr(TestMemory, 'test_' + kind.replace(' ', '_'), named(kind))


if __name__ == '__main__':
    unittest.main()
