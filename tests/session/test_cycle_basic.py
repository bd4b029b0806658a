"""A crash, an edit, and the program goes on: the ordinary ways through the cycle."""

import os
import re
import unittest

from cycle import PROMPT, CycleCase, harness


class TestFix(CycleCase):
    def test_function(self):
        self.fix('''\
def area(width, height):
    return width * hieght

def main():
    print('before')
    print('area is', area(6, height=7))
    print('after')

main()
''', 'hieght', 'height', 'hr: reloaded area (program.py:1, 1 line changed)',
                 'area is 42\n', 'after\n',
                 crash="program.py:2: in area: NameError: name 'hieght' is not defined")

    def test_the_first_lines(self):
        session = self.start('def f():\n    return {}["loss"]\n\nf()\n')
        session.expect(re.compile(
            r"program\.py:2: in f: KeyError: 'loss'\n"
            r"hr: \(c\)ontinue reloads f and restarts it; 'help hr' lists the rest\n"
            r'> .*program\.py\(2\)f\(\)\n'
            r'-> return \{\}\["loss"\]\n'
            r'\(Pdb\) '))

    def test_method(self):
        self.fix('''\
class Trainer:
    def __init__(self):
        self.steps = 0

    def step(self, batch):
        self.steps += 1
        return {'los': batch}['loss']

trainer = Trainer()
print('loss', trainer.step(3), trainer.steps, type(trainer) is Trainer)
''', "{'los'", "{'loss'", 'reloaded Trainer.step (program.py:5, 1 line changed)',
                 'loss 3 2 True\n')

    def test_closure_that_uses_another_variable(self):
        self.fix('''\
def outer():
    rate = 10
    other = 4
    def inner(x):
        return x * rate / 0
    def reader():
        return other
    other = 5
    print('inner', inner(3))
    other = 6
    print('again', inner(3), reader(), rate)

outer()
''', 'x * rate / 0', 'x * other', 'inner 15\n', 'again ')

    def test_closure_gains_a_variable_of_a_sibling(self):
        self.fix('''\
def outer():
    shared = 1
    count = 7
    def bump():
        nonlocal count, shared
        count += 1
        shared += 1
    def inner():
        return shared / 0
    return bump, inner

def main():
    bump, inner = outer()
    bump()
    print('first', inner())
    bump()
    print('second', inner())

main()
''', 'shared / 0', 'shared * 100 + count', 'first 208\n', 'second 309\n')

    LATER = """\
def make(a, b):
    def inner():
        return a / 0
    def other():
        return a, b
    return inner, other

def main():
    inner, other = make(1, 2)
    print('first', inner())
    print('later', make(3, 4)[0]())

main()
"""

    def test_closures_made_later_stay_old_and_that_is_said(self):
        session = self.start(self.LATER)
        session.expect(PROMPT)
        self.edit('a / 0', 'a + b')
        session.send('c')
        session.expect('it uses other variables of the enclosing function: functions that are '
                       'made later get the old code until that is reloaded too')
        session.expect('first 3\n')
        session.expect(PROMPT)

    def test_closures_made_later_are_new_after_reload(self):
        session = self.start(self.LATER)
        session.expect(PROMPT)
        self.edit('a / 0', 'a + b')
        session.send('reload')
        session.expect('hr: reloaded make (')
        session.expect(PROMPT)
        self.finish(session, 'first 3\n', 'later 7\n')

    def test_super_added(self):
        self.fix('''\
class Base:
    def name(self):
        return 'base'

class Derived(Base):
    def name(self):
        return self.missing

print('name', Derived().name())
''', 'self.missing', "super().name() + '+' + __class__.__name__", 'name base+Derived\n')

    def test_arguments_that_the_body_rebinds(self):
        self.fix('''\
def f(a, b=2, *args, c, d=4, **opts):
    seen = (a, b, args, c, d, opts.copy())
    a = None
    b += 1
    args = ()
    del c
    opts.clear()
    raise ValueError

print('result', f([1], 20, 30, c=40, e=50))
''', 'raise ValueError', 'return seen',
                 "result ([1], 20, (30,), 40, 4, {'e': 50})\n")

    def test_second_crash_after_the_first_fix(self):
        session = self.start('''\
def f(x):
    first(x)
    return x

print('got', f(5))
''')
        session.expect("NameError: name 'first' is not defined")
        session.expect(PROMPT)
        self.edit('first(x)', 'x.second')
        session.send('c')
        session.expect("program.py:2: in f: AttributeError: 'int' object has no attribute 'second'")
        session.expect(PROMPT)
        self.edit('x.second', 'x += 1')
        self.finish(session, 'got 6\n')

    def test_syntax_error_in_between(self):
        session = self.start('def f(x):\n    return x / 0\n\nprint("got", f(5))\n')
        session.expect(PROMPT)
        self.edit('x / 0', 'x / (')
        session.send('c')
        session.expect(re.compile(r'^program\.py:2:\d+: error: .+$', re.M))
        session.expect(PROMPT)
        session.send('p x')
        session.expect('5\n')
        self.edit('x / (', 'x / 2')
        self.finish(session, 'got 2.5\n')

    def test_unchanged_file_restarts_all_the_same(self):
        session = self.start('''\
tries = []
def f():
    tries.append(1)
    return [0, 0, 7][len(tries) - 1] or 1 / 0
print('tries', f(), len(tries))
''')
        for _ in range(2):
            session.expect('ZeroDivisionError')
            session.expect(PROMPT)
            session.send('c')
            session.expect('hr: f is unchanged; restarting it')
        session.expect('tries 7 3\n')
        self.assertEqual(session.wait(), 0)

    def test_definition_is_gone(self):
        session = self.start('def compute(x):\n    return x / 0\n\nprint("got", compute(5))\n')
        session.expect(PROMPT)
        self.edit('def compute(x)', 'def computes(x)')
        session.send('c')
        session.expect('program.py:1:1: error: no definition of compute; '
                       'the nearest is computes')
        session.expect(PROMPT)
        self.edit('def computes(x)', 'def compute(x)')
        self.edit('x / 0', 'x')
        self.finish(session, 'got 5\n')

    def test_wrap_above_a_decorator_without_wraps(self):
        self.write('''\
import hot_restart

def plain(word):
    def decorator(function):
        def wrapper(*args):
            return word, function(*args)
        return wrapper
    return decorator

def below(function):
    return lambda *args: function(*args)

@hot_restart.wrap
@plain(
    'said'
)
@below
def f(x):
    return x / 0

print('got', f(3))
''')
        session = self.python('program.py')
        session.expect('in f: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('x / 0', 'x')
        self.finish(session, 'hr: reloaded f (program.py:18, 1 line changed)',
                    "got ('said', 3)\n")

    def test_wrap_under_plain_python(self):
        self.write('''\
import hot_restart

@hot_restart.wrap
def f(x):
    return x / 0

print('got', f(8))
''')
        session = self.python('program.py')
        session.expect(PROMPT)
        self.edit('x / 0', 'x / 2')
        self.finish(session, 'got 4.0\n')


PASSES = '''\
def inner():
    raise KeyError('lost')

def outer():
    inner()

outer()
'''


class TestLeave(CycleCase):
    def check_end(self, session, leave, levels, text=PASSES):
        for name in levels:
            session.expect(f'in {name}: ')
            session.expect(PROMPT)
            leave(session)
        status = session.wait()
        plain = self.python('program.py')
        self.assertEqual(status, plain.wait())
        self.assertIn('Traceback', plain.transcript)
        self.assertIn(plain.transcript, session.transcript)
        session.close()

    def test_q_to_the_end(self):
        self.check_end(self.start(PASSES), lambda session: session.send('q'),
                       ['inner', 'outer'])

    def test_end_of_input(self):
        self.check_end(self.start(PASSES), lambda session: session.end_input(),
                       ['inner', 'outer'])

    def test_reraise(self):
        self.check_end(self.start(PASSES), lambda session: session.send('reraise'),
                       ['inner'])

    def test_caller_is_restarted(self):
        session = self.start(PASSES + 'print("end")\n')
        session.expect('in inner: ')
        session.expect(PROMPT)
        session.send('q')
        session.expect('in outer: ')
        session.expect(PROMPT)
        self.edit("raise KeyError('lost')", 'pass')
        self.edit('    inner()', '    print("instead")')
        self.finish(session, 'instead\n', 'end\n')

    def test_interrupt_at_the_prompt(self):
        session = self.start('def f():\n    return 1 / 0\n\nprint("got", f())\n')
        session.expect(PROMPT)
        session.until_it_sleeps()
        session.interrupt()
        session.expect('--KeyboardInterrupt--')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, 'got 1\n')

    def test_empty_line_repeats_no_restart(self):
        session = self.start('def f():\n    return 1 / 0\n\nprint("got", f())\n')
        session.expect(PROMPT)
        session.send('c')
        session.expect(PROMPT)
        session.send('')
        session.expect(PROMPT)
        self.assertEqual(session.transcript.count('restarting'), 1)

    def test_jumps_are_refused(self):
        session = self.start('def f():\n    return 1 / 0\n\nf()\n')
        for command in ('jump 1', 'j 1', 'run'):
            session.expect(PROMPT)
            session.send(command)
            session.expect('not for a call that has failed')
        session.expect(PROMPT)
        session.send('help hr')
        session.expect('reraise')
        session.expect(PROMPT)

    def test_library_frames_stand_below(self):
        session = self.start('import json\n\ndef f():\n    return json.loads("{")\n\nf()\n')
        session.expect(re.compile(r'program\.py\(4\)f\(\)\n-> return json\.loads'))
        session.expect(PROMPT)
        session.send('d')
        session.expect('json/__init__.py')
        session.expect(PROMPT)
        session.send('u')
        session.expect('program.py(4)f()')


class TestStreams(CycleCase):
    def test_redirected_streams_stay_the_program_s(self):
        self.write('1\n2\n', 'in.txt')
        self.write('''\
import sys

def f(x):
    return x / 0

for line in sys.stdin:
    print('row', f(int(line)))
''')
        session = self.session(['sh', '-c', '"$0" program.py < in.txt > out.txt',
                                harness.RUN])
        session.expect(PROMPT)
        session.send('p x')
        session.expect('1\n')
        session.expect(PROMPT)
        self.edit('x / 0', 'x')
        self.finish(session)
        with open(os.path.join(self.folder.name, 'out.txt'), encoding='utf-8') as file:
            self.assertEqual(file.read(), 'row 1\nrow 2\n')


class TestMemory(CycleCase):
    def test_many_restarts_stay_flat(self):
        session = self.start('''\
import resource, sys, weakref

class Big:
    def __init__(self):
        self.data = bytearray(200_000)

alive = weakref.WeakSet()
tries = 0

def depth():
    frame, count = sys._getframe(), 0
    while frame:
        frame, count = frame.f_back, count + 1
    return count

depths = set()
resident = []

def f(n):
    global tries
    tries += 1
    big = Big()
    alive.add(big)
    depths.add(depth())
    with open('/proc/self/statm') as file:
        resident.append(int(file.read().split()[1]) * resource.getpagesize())
    if tries > n:
        return len(alive)
    raise ValueError(tries)

print('alive', f(200), 'depths', len(depths) <= 2, 'tries', tries)
print('grown', resident[-1] - resident[20])
''')
        for number in range(1, 201):
            session.expect(f'ValueError: {number}\n')
            session.expect(PROMPT)
            session.send('c')
        session.expect('alive 1 depths True tries 201\n')
        # Five of its objects would be a megabyte.
        grown = session.expect(re.compile(r'grown (-?\d+)\n')).group(1)
        self.assertLess(int(grown), 1_000_000)
        self.assertEqual(session.wait(), 0)


if __name__ == '__main__':
    unittest.main()
