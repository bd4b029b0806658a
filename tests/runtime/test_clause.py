"""The guard's clause, made shorter after it was compiled: everywhere, and unseen."""

import os
import shutil
import tempfile
import unittest

import harness

SHAPES = '''
def plain(a):
    return g(a)

def rebinding(a, **names):
    a += 1
    return names

def oneline(a): return g(a)

def generator(a):
    yield g(a)

async def coroutine(a):
    return await g(a)

async def asynchronous(a):
    yield await g(a)

class Class:
    def method(self):
        def inner():
            return g(self)
        return inner

def many_names():
    return [{names}]
'''.format(names=', '.join(f'name_{i}' for i in range(300)))

LIST = '''
import dis, types

def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)

found = [code for value in list(globals().values())
         if isinstance(value, types.FunctionType) for code in codes(value.__code__)]
for code in found + list(codes(Class.method.__code__)):
    names = [(i.opname, i.argval) for i in dis.get_instructions(code)]
    if ('LOAD_GLOBAL', '__hr_crashed__') in names:
        at = names.index(('LOAD_GLOBAL', '__hr_crashed__'))
        after = next(n for n, _ in names[at + 1:] if n not in ('CACHE', 'PRECALL'))
        print(code.co_name, after)
'''

SEEN = '''
import sys, traceback, weakref

def fails(depth=0):
    if depth:
        return fails(depth - 1)
    raise KeyError(depth)

def again():
    try:
        fails(2)
    except KeyError as error:
        raise ValueError("again") from error

def cleans():
    try:
        fails()
    finally:
        print("cleaned", sys.exc_info()[0])

def stops():
    yield 1
    raise StopIteration(2)

def delegates():
    yield from stops()

class Manager:
    def __enter__(self):
        return self
    def __exit__(self, *about):
        print("left", about[0], sys.exc_info()[0])

def manages():
    with Manager():
        fails(1)

def shown(function, *arguments):
    try:
        raise IndexError("around")
    except IndexError:
        try:
            list(function(*arguments) or ())
        except BaseException as error:
            print(function.__name__, repr(error), repr(error.__context__),
                  repr(error.__cause__))
            traceback.print_exc(file=sys.stdout)
        print("around is", sys.exc_info()[1])
    print("none is", sys.exc_info())

for function in fails, again, cleans, stops, delegates, manages:
    shown(function)

def throws():
    try:
        yield 1
    except KeyError:
        yield sys.exc_info()[0]
    yield sys.exc_info()[0]

thrown = throws()
next(thrown)
print(thrown.throw(KeyError), next(thrown))

class Noted(Exception):
    pass

def notes():
    raise Noted

def gone():
    try:
        notes()
    except Noted as error:
        return weakref.ref(error)

print("gone", gone()() is None)

def recurses():
    return recurses()

try:
    recurses()
except RecursionError as error:
    print(error)

# A debugger's jump walks through the instructions and the exception table.
def jumped():
    print("one")
    print("two")
    print("three")

def tracer(frame, event, argument):
    if frame.f_code is jumped.__code__:
        if event == "line" and frame.f_lineno == jumped.__code__.co_firstlineno + 2:
            frame.f_lineno += 1
        return tracer

sys.settrace(tracer)
jumped()
sys.settrace(None)
'''

UNWOUND = '''
import asyncio, sys, traceback

def raising():
    x = 1
    try:
        x += 1
    finally:
        raise ValueError

def rebinding(a, *b):
    a = raising
    return [a() for _ in range(3)]

def generator(n):
    yield n

    rebinding(n)

class Class:
    @property
    def value(self):
        return list(generator(1))

    async def awaited(self):

        return self.value

async def awaits():
    async with asyncio.timeout(3):
        await Class().awaited()

def long(a):
    LONG
    return raising() + \\
        1

def around(function, *args):
    try:
        return function(*args)
    finally:
        function = None

def traced(function, *args):
    seen = []
    def note(frame, event, arg):
        if frame.f_code.co_filename == __file__:
            seen.append((frame.f_code.co_name, event, frame.f_lineno))
            return note
    sys.settrace(note)
    try:
        around(function, *args)
    except Exception as error:
        entry = error.__traceback__
    finally:
        sys.settrace(None)
    print(function.__name__, *seen)
    while entry:
        frame = entry.tb_frame
        if frame.f_code.co_filename == __file__ and frame is not sys._getframe():
            print(frame.f_code.co_name, frame.f_lineno, entry.tb_lineno,
                  entry.tb_lasti == frame.f_lasti, repr(frame).split(",")[-2:])
            print(traceback.extract_stack(frame)[-1].line)
        entry = entry.tb_next

traced(raising)
traced(rebinding, 1)
traced(list, generator(2))
traced(lambda: Class().value)
traced(asyncio.run, awaits())
traced(long, 1)
'''.replace('LONG', '; '.join(f'x{i} = a' for i in range(400)))


class TestClause(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, text):
        path = os.path.join(self.folder, 'program.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def test_every_shape_has_the_shorter_one(self):
        path = self.write(SHAPES + 'import hot_restart\nhot_restart.wrap_module()\n' + LIST)
        done = harness.python(path)
        lines = done.stdout.decode().splitlines()
        names = {line.split()[0] for line in lines}
        self.assertEqual(done.stderr, b'')
        self.assertLessEqual({'plain', 'rebinding', 'oneline', 'generator', 'coroutine',
                              'asynchronous', 'method', 'inner', 'many_names'}, names)
        self.assertEqual([line for line in lines if not line.endswith(' CONTAINS_OP')], [])

    def test_nothing_of_it_is_seen(self):
        self.is_unseen(SEEN, b'gone True')

    def test_frames_that_were_left_stand_where_they_failed(self):
        self.is_unseen(UNWOUND, b"('long', 'return', ")

    def is_unseen(self, text, shown):
        path = self.write(text)
        expected = harness.run([harness.PYTHON, path])
        self.assertEqual(expected.returncode, 0, expected.stderr)
        self.assertIn(shown, expected.stdout)
        for options in ('--stop=never',), ('--stop=unhandled',):
            with self.subTest(options):
                found = harness.hr_run(*options, path)
                self.assertEqual(found.stdout.decode(), expected.stdout.decode())
                self.assertEqual(found.stderr.decode(), expected.stderr.decode())

    def test_of_a_code_object_that_was_cached(self):
        path = self.write('import module\nmodule.catch()\nprint(module.shape())\n')
        with open(os.path.join(self.folder, 'module.py'), 'w', encoding='utf-8') as file:
            file.write('def fail():\n    raise KeyError\n\n'
                       'def catch():\n    try:\n        fail()\n'
                       '    except KeyError:\n        print("caught")\n\n'
                       'def shape():\n    code = fail.__code__\n'
                       '    return code.co_code, code.co_exceptiontable\n')
        cache = os.path.join(self.folder, 'cache')
        first, second = (harness.run([harness.RUN, '--stop=unhandled', path],
                                     XDG_CACHE_HOME=cache,
                                     PYTHONDONTWRITEBYTECODE=None) for _ in range(2))
        self.assertIn(b'caught', first.stdout, first.stderr)
        self.assertEqual(first.stdout, second.stdout)


if __name__ == '__main__':
    unittest.main()
