"""What a program can see of being guarded: nothing, save what stands in TestKnown.

Each program runs under python and under hr-run, and prints what it sees.
"""

import os
import re
import unittest

import harness

FUNCTIONS = '''
import sys

def rebinding(a, b=2, *c, d=4, **e):
    a += 1
    e["x"] = a
    for b in range(2):
        len("x")
    return a, b, e

def generator(n):
    """doc"""
    while n:
        n -= 1
        yield n

def handling(x):
    try:
        if x:
            raise ValueError(x)
    except ValueError:
        x = None
    finally:
        x = 3

def deleting(a, b):
    del a
    try:
        a
    except UnboundLocalError as error:
        return str(error)

def oneline(a): a = a + 1; return a

def nested(a):
    def inner():
        nonlocal a
        a += 1
        return a
    return inner() + inner()

def failing(x):
    x = int
    return x("no")

def failed(x):
    try:
        failing(x)
    except ValueError as error:
        return error.__traceback__.tb_next.tb_frame.f_lineno

def closed(x):
    left = generator(x)
    next(left)
    left.close()
    left = generator(x)
    next(left)
    del left

CALLS = ((rebinding, (1,)), (list, (generator(3),)), (handling, (0,)), (handling, (1,)),
         (deleting, (1, 2)), (oneline, (1,)), (nested, (1,)))
ENDED = ((failed, (1,)), (closed, (2,)))
'''

PROFILED = FUNCTIONS + '''
def profiled(function, *args):
    seen = []
    def note(frame, event, arg):
        seen.append((frame.f_code.co_name, event, frame.f_lineno,
                     getattr(arg, "__name__", None)))
    sys.setprofile(note)
    try:
        function(*args)
    finally:
        sys.setprofile(None)
    return seen

for function, args in CALLS + ENDED:
    print(function.__name__, profiled(function, *args))
'''

TRACED = FUNCTIONS + '''
def traced(function, *args):
    seen = []
    def note(frame, event, arg):
        frame.f_trace_opcodes = False
        seen.append((frame.f_code.co_name, event, frame.f_lineno))
        return note
    sys.settrace(note)
    try:
        function(*args)
    finally:
        sys.settrace(None)
    return seen

for function, args in CALLS + ENDED:
    print(function.__name__, traced(function, *args))
'''

MONITORED = FUNCTIONS + '''
M = sys.monitoring
M.use_tool_id(2, "test")
NAMES = ["PY_START", "PY_RETURN", "PY_YIELD", "PY_RESUME", "LINE", "RAISE", "PY_UNWIND",
         "EXCEPTION_HANDLED", "RERAISE", "STOP_ITERATION", "CALL", "C_RETURN"]

def monitored(function, *args):
    seen = []
    def register(name):
        def note(code, *rest):
            seen.append((code.co_name, name, rest[0] if name == "LINE" else ""))
        M.register_callback(2, getattr(M.events, name), note)
    for name in NAMES:
        register(name)
    M.set_events(2, sum(getattr(M.events, name) for name in NAMES if name != "C_RETURN"))
    try:
        function(*args)
    finally:
        M.set_events(2, 0)
    return seen

for function, args in CALLS:
    print(function.__name__, monitored(function, *args))
'''

LIFETIMES = '''
import gc, sys, weakref

class Thing:
    pass

seen = []

def hold(thing):
    seen.append(weakref.ref(thing))

def fails(thing):
    seen.append(weakref.ref(thing))
    local = Thing()
    seen.append(weakref.ref(local))
    raise ValueError(thing is local)

def through(n):
    if n:
        return through(n - 1)
    fails(Thing())

def generator(thing):
    seen.append(weakref.ref(thing))
    yield 1
    raise KeyError

def closing(thing):
    try:
        yield thing
    finally:
        print("closed")

gc.collect()
gc.disable()
hold(Thing())
print(seen.pop()() is None)
for depth in (0, 5, 5):
    try:
        through(depth)
    except ValueError as error:
        print(error.__context__, seen[-1]() is None, seen[-2]() is None)
    print([seen.pop()() is None for _ in range(2)], sys.exc_info())
try:
    list(generator(Thing()))
except KeyError:
    pass
print(seen.pop()() is None)
iterator = closing(Thing())
next(iterator)
del iterator
print("cycles", gc.collect())
'''

# What runs when the interpreter ends, and the builtins are as they were at its start.
ENDING = '''
import contextlib

def average():
    total = 0
    while True:
        value = yield total
        total += value

@contextlib.contextmanager
def opened():
    try:
        yield 1
    finally:
        print("closed")

def parse(text):
    return int(text)

class Rows:
    def __init__(self):
        self.left = 3
    def __iter__(self):
        return self
    def __next__(self):
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        return self.left

class Store:
    def __init__(self):
        self.generator = average()
        next(self.generator)
    def __del__(self, print=print, Rows=Rows, parse=parse):
        try:
            parse("x")
        except ValueError:
            print("flushed", *Rows())

class Failing:
    def __del__(self):
        raise OSError("at the end")

generator = average()
next(generator)
print(generator.send(1))
manager = opened()
manager.__enter__()
store = Store()
failing = Failing()
'''

NAMES = '''
import inspect

def names(a, *b, c=1, **d):
    a = 2
    x = 1
    d = d
    return sorted(locals()), sorted(dir()), sorted(vars())

def handed_on(a, b=None):
    b = b or a
    return dict(**locals())

def gone(a, b):
    del b
    return sorted(locals())

class C:
    y = sorted(locals())
    def private(self, __p=1):
        __p = 2
        return sorted(locals())

print(names(1), handed_on(1), gone(1, 2), C().private(), C.y, inspect.signature(names))
exec("def f(a):\\n a = 2\\n return sorted(locals())\\nprint(f(1))")
print(sorted(globals()))
'''

OBJECTS = '''
import copy, doctest, functools, inspect, pickle, typing, warnings

class C:
    """doc"""
    def method(self, a): return __class__
    @functools.cached_property
    def cached(self): return 1
    @functools.singledispatchmethod
    def dispatched(self, x): return "object"
    @dispatched.register
    def _(self, x: int): return "int"
    @staticmethod
    def static(): return 1
    @classmethod
    def made(cls): return cls

# Before it.
def hints(a: "int", b: "typing.List[C]" = None, *, c: "str" = "") -> "C":
    """doc"""
    return a

@functools.lru_cache
def cached(a):
    return a + 1

@functools.wraps(hints)
def wrapper(*args, **options):
    return hints(*args, **options)

def documented(x):
    """
    >>> documented(1)
    2
    >>> documented(0)
    Traceback (most recent call last):
    ...
    ZeroDivisionError: integer division or modulo by zero
    """
    x = 2 // x
    return x

def group():
    try:
        raise ExceptionGroup("g", [ValueError(1), KeyError(2), OSError(3)])
    except* ValueError as error:
        print(error.exceptions)
    except* (KeyError, OSError) as error:
        print(error.exceptions)

def warner():
    warnings.warn("here", stacklevel=2)

def warns():
    x = 1
    warner()
    return x

def debugged():
    assert 0, "not under -O"
    return __debug__

c = C()
print(c.method(1), c.cached, c.dispatched(1), c.dispatched(""), c.static(), c.made())
for function in hints, C.method, C.static, C.made:
    print(pickle.loads(pickle.dumps(function)) == function,
          copy.copy(function) == function, copy.deepcopy(function) == function)
print(cached(1), cached(1), cached.cache_info(), functools.partial(hints, 1)())
print(inspect.signature(wrapper), inspect.unwrap(wrapper) is hints)
print(typing.get_type_hints(hints), inspect.get_annotations(hints), inspect.getfullargspec(hints))
print(hints.__defaults__, hints.__kwdefaults__, hints.__doc__, inspect.getdoc(C))
code = hints.__code__
print(code.co_varnames, code.co_nlocals, code.co_consts[0], code.co_flags, code.co_name,
      code.co_filename == __file__, code.co_firstlineno, code.co_freevars, code.co_cellvars)
print(inspect.getsourcelines(hints), inspect.getcomments(hints), inspect.getsource(C))
print(inspect.getcallargs(hints, 1), inspect.isfunction(hints), inspect.ismethod(c.method))
print(sorted(vars(hints)), sorted(vars(C)))
warnings.simplefilter("always")
warns()
print(doctest.testmod())
group()
try:
    print(debugged())
except AssertionError as error:
    print(error)
'''

KNOWN = FUNCTIONS + '''
import inspect, weakref

class Thing:
    pass

def early(thing):
    seen = weakref.ref(thing)
    thing = None
    return seen() is None

print(sorted(inspect.getclosurevars(handling).builtins))
print(rebinding.__code__.co_varnames)
print(early(Thing()))
'''


# Where a debugger finds the first line of a function.
FIRST = '''
import dis

def spread(a):
    """doc"""

    return (
        a)

async def awaits(a):
    # first
    await a

class C:
    def method(self): return 1

for function in spread, awaits, C.method:
    steps = list(dis.get_instructions(function))
    start = next(i for i, step in enumerate(steps) if step.opname == "RESUME")
    print(function.__name__, steps[start + 1].positions.lineno)
'''


class Case(harness.FolderCase):
    def write(self, text):
        path = os.path.join(self.folder, self._testMethodName + '.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path


class TestSame(Case):
    @staticmethod
    def shown(done):
        addresses = re.compile(rb'0x[0-9a-f]+')
        return (done.returncode, *(addresses.sub(b'0x', text).decode()
                                   for text in (done.stdout, done.stderr)))

    def same(self, text, *options):
        path = self.write(text)
        expected = harness.run([harness.PYTHON, *options, path])
        self.assertEqual(expected.returncode, 0, expected.stderr)
        for own in (('--stop=never',), ()):
            with self.subTest(own):
                found = harness.hr_run(*own, *options, path)
                self.assertEqual(self.shown(found), self.shown(expected))
        return expected.stdout.decode()

    def test_profiled(self):
        self.assertIn("'c_call'", self.same(PROFILED))

    def test_traced(self):
        self.assertIn("'line'", self.same(TRACED))

    def test_monitored(self):
        shown = harness.run([harness.PYTHON, '-c', 'import sys; sys.monitoring'])
        if shown.returncode != 0:
            self.skipTest('needs sys.monitoring (CPython 3.12)')
        self.assertIn("'EXCEPTION_HANDLED'", self.same(MONITORED))

    def test_lifetimes(self):
        self.assertIn('cycles 0', self.same(LIFETIMES))

    def test_ending(self):
        self.assertIn('flushed 2 1 0', self.same(ENDING))

    def test_ending_when_wrapped(self):
        wrapped = ENDING + 'import hot_restart\nhot_restart.wrap_module()\n'
        path = self.write(wrapped)
        shown = harness.python(path)
        self.assertIn('flushed 2 1 0', shown.stdout.decode(), shown.stderr)
        self.assertNotIn(b'NameError', shown.stderr)
        self.assertEqual(shown.stderr.count(b'OSError: at the end'), 1, shown.stderr)

    def test_first_places(self):
        self.assertIn('spread 8\n', self.same(FIRST))

    def test_names(self):
        self.assertNotIn('__hr', self.same(NAMES))

    def test_objects(self):
        self.same(OBJECTS)

    def test_optimized(self):
        self.same(OBJECTS, '-O')


class TestKnown(Case):
    """What the manual says can be seen; where less can be, this is to be mended."""

    def test(self):
        path = self.write(KNOWN)
        plain, guarded = (harness.run([program, path]).stdout.decode().splitlines()
                          for program in (harness.PYTHON, harness.RUN))
        self.assertEqual(plain, [
            "['ValueError']",
            "('a', 'b', 'd', 'c', 'e')", 'True'])
        self.assertEqual(guarded, [
            "['ValueError', '__hr_crashed__', '__hr_restarted__']",
            "('a', 'b', 'd', 'c', 'e', '__hr_arg_a__', '__hr_arg_b__', '__hr_arg_e__')",
            'False'])  # an argument that the body rebinds lives on


if __name__ == '__main__':
    unittest.main()
