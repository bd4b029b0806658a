"""Generators that count what they deliver: random ones that fail and are restarted, and
what a program sees of the counting."""

import json
import os
import subprocess
import unittest

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = 1500 if os.environ.get('HR_TEST_ALL') else 120

SEEN = '''\
import gc, inspect, sys, weakref

class Thing: pass

def count(n):
    for i in range(n):
        try:
            got = yield i
        except KeyError:
            got = 'caught'
            yield got

def delegates(inner):
    return (yield from inner)

def once(x):
    yield x
    return 'returned'

def deep(n):
    try:
        yield from deep(n + 1)
    except RecursionError:
        yield n

def nests(n):
    if n:
        yield from nests(n - 1)
    yield n

class Fails:
    def __iter__(self):
        return self
    def __next__(self):
        return 1
    def throw(self, *error):
        return 'thrown'
    def close(self):
        print('closed')

def shown():
    for x in 1, 2:
        yield sorted(locals())

inner = count(3)
outer = delegates(inner)
print(next(outer), outer.gi_yieldfrom is inner, inspect.getgeneratorstate(inner))
print(outer.send(5), outer.throw(KeyError()), next(outer), list(outer))
started = count(3)
next(started)
print(list(delegates(started)), list(delegates('ab')), list(delegates({})))
outer = delegates(once(1))
next(outer)
print(outer.gi_yieldfrom.gi_code is once.__code__)
try:
    next(outer)
except StopIteration as end:
    print(end.value)
outer = delegates(Fails())
print(next(outer), outer.throw(KeyError), outer.close())
for bad in 3, None:
    try:
        next(delegates(bad))
    except TypeError as error:
        print(error)
outer = delegates(iter('ab'))
next(outer)
for send in (lambda: outer.send(1)), (lambda: next(outer)):
    try:
        print(send())
    except (AttributeError, StopIteration) as error:
        print(repr(error))
outer = delegates(iter('ab'))
next(outer)
try:
    outer.throw(KeyError('k'))
except KeyError as error:
    print(repr(error))
thing = Thing()
gone = weakref.ref(thing)
outer = delegates(iter([thing]))
del thing
next(outer), next(outer, None)
print(gone(), list(shown()))
print(max(deep(0)), next(nests(200)), len(list(nests(300))))
lines = []
def trace(frame, event, argument):
    lines.append((frame.f_code.co_name, event, frame.f_lineno))
    return trace
sys.settrace(trace)
list(delegates(count(2)))
sys.settrace(None)
print(lines)
'''


class TestCounting(harness.FolderCase):
    def test_random_ones_deliver_what_they_do_unfailed(self):
        with subprocess.Popen(
                [harness.PYTHON, os.path.join(HERE, 'random_generators.py'), '1', str(COUNT)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=harness.environment(PYTHONPATH=harness.MODULE_PATH)) as child:
            # Without a standard input that is open there is no prompt.
            out, err = child.stdout.read(), child.stderr.read()
        self.assertEqual(child.returncode, 0, err.decode())
        outcomes = json.loads(out)
        self.assertGreater(outcomes['prompts'], COUNT)
        self.assertGreater(outcomes['said'], COUNT / 2)

    def test_what_a_program_sees(self):
        path = os.path.join(self.folder, 'program.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(SEEN)
        plain, guarded = (
            subprocess.run([*program, path], capture_output=True, check=False,
                           env=harness.environment())
            for program in ([harness.PYTHON], [harness.RUN]))
        self.assertEqual(plain.stdout.decode(), guarded.stdout.decode(), guarded.stderr)
        self.assertEqual(guarded.stderr, b'')
        self.assertEqual((plain.returncode, guarded.returncode), (0, 0))


if __name__ == '__main__':
    unittest.main()
