"""hr-run beside python: the same output, errors and exit codes."""

import os
import re
import shutil
import sys
import tempfile
import textwrap
import unittest
import zipfile

import harness

ATTRIBUTES = '''
import sys
print(sys.argv, sys.path[0], __name__, __file__, __spec__, __cached__, __package__)
print(type(__loader__).__name__, __builtins__.__name__, __doc__, sys.executable)
print(sys.flags, sys.prefix, sys.base_prefix, sys.version)
'''

CHAIN = '''
import library

def outer(value):
    """Documented."""
    return inner(value) + 1


class Thing:
    def method(self, key): return {}[key]

    @staticmethod
    def static(f):
        return (
            f(
                1
            ) + 1)


def inner(value):
    try:
        return library.through(
            value,
            lambda x: Thing().method(x))
    except KeyError as error:
        raise ValueError("no " + str(value)) from error


outer(3)
'''

LIBRARY = '''
import json

def through(value, function):
    if value is None: return json.loads("{")
    return function(value)
'''

GENERATORS = '''
import asyncio

def numbers(n):
    for i in range(n):
        got = yield i
        if got: yield got
    return "end"

def delegate():
    return (yield from numbers(3))

async def agen(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)

async def main():
    return [i async for i in agen(3)] + [await asyncio.gather(one(1), one(2))]

async def one(x): return x

def closed():
    try:
        yield 1
    finally:
        print("closed")

def rebinding(a, *rest, b=2, **opts):
    a += 1
    b = [b]
    opts["new"] = rest
    return a, b, opts

print(list(delegate()), asyncio.run(main()))
g = closed(); next(g); del g
print(rebinding(1, 2, 3, b=4, c=5))
g = numbers(2); next(g); print(g.send("x")); g.close()
try:
    g = numbers(2); next(g); g.throw(KeyError("thrown"))
except KeyError as error:
    print(repr(error), error.__context__, error.__traceback__.tb_next.tb_lineno)
async def fails():
    await one(1)
    raise RuntimeError("async")
asyncio.run(fails())
'''

INTROSPECTION = '''
import inspect, sys, traceback

def plain(a, /, b: int = 2, *c, d, **e) -> str:
    """doc"""
    def nested(): return a
    return nested

class C:
    """doc of C"""
    def method(self): return __class__
    async def coroutine(self): pass
    def __private(self): yield

for f in plain, C.method, C.coroutine, C._C__private, plain(1, d=3):
    code = f.__code__
    print(f.__qualname__, f.__doc__, inspect.signature(f), inspect.isfunction(f),
          inspect.iscoroutinefunction(f), inspect.isgeneratorfunction(f),
          code.co_firstlineno, code.co_freevars, code.co_flags, code.co_argcount)
    print(inspect.getsource(f))
print(inspect.getsource(C))

def caller():
    return [(f.lineno, f.name) for f in traceback.extract_stack()], sys._getframe().f_lineno
print(caller())

def events(function):
    seen = []
    def trace(frame, event, arg):
        seen.append((frame.f_code.co_name, event, frame.f_lineno))
        return trace
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(None)
    return seen

def traced():
    x = 1
    for i in range(2):
        x += i
    if x:
        return x

print(events(traced))
'''

WARNINGS = '''
import warnings
"\\d"
def f():
    x = 1
    return 1 is 1
def g():
    assert (1, "always")
    warnings.warn("here")
g()
'''

SCRIPTS = {
    'attributes.py': ATTRIBUTES,
    'chain.py': CHAIN,
    'library.py': LIBRARY,
    'generators.py': GENERATORS,
    'introspection.py': INTROSPECTION,
    'warned.py': WARNINGS,
    'imports_warned.py': 'import warned\n',
    'syntax.py': 'def f():\n    return (1\n\nprint(2)\n',
    'indent.py': 'def f():\n    x = 1\n  y = 2\n',
    'imports_syntax.py': 'def f():\n    import syntax\nf()\n',
    'interrupt.py': 'def f():\n    raise KeyboardInterrupt\nf()\n',
    'interrupt_caught.py': 'def f():\n    raise KeyboardInterrupt\n'
                           'try:\n    f()\nexcept KeyboardInterrupt:\n    print("caught")\n',
    'recursion.py': 'import sys\ndef f(n):\n    return f(n + 1)\n'
                    'try:\n    f(0)\nexcept RecursionError as e:\n    print(e, e.__context__)\n',
    'depth.py': 'import sys\ndeepest = 0\ndef f(n):\n    global deepest\n    deepest = n\n'
                '    f(n + 1)\ntry:\n    f(0)\nexcept RecursionError:\n    print(deepest)\n',
    'stdin.py': 'import sys\nprint(sys.stdin.read())\n',
    'atexit.py': 'import atexit\n@atexit.register\ndef bye():\n    print("bye")\n'
                 'def f():\n    1 / 0\nf()\n',
    'lost_output.py': 'import os, sys\ndef f():\n    print("x")\n    os.close(1)\nf()\n',
    'threads.py': 'import threading\ndef work():\n    print("thread")\n    raise OSError("t")\n'
                  't = threading.Thread(target=work, name="T")\nt.start()\nt.join()\n',
    'globals.py': 'def f(): pass\nprint(sorted(k for k in globals()), sorted(dir()))\n',
    'latin.py': '# coding: latin-1\ndef f(): return "é", 1/0\nf()\n'.encode('latin-1'),
    'badcookie.py': b'# coding: no-such\nprint(1)\n',
    'badbytes.py': b'def f():\n    return "\xff\xfe"\nf()\n',
    'bom.py': '\ufeffdef f():\n    return 1/0\nf()\n'.encode(),
    'bom_cookie.py': '\ufeff# coding: UTF_8\ndef f():\n    return 1/0\nf()\n'.encode(),
    'bom_other.py': '\ufeff# coding: utf8\ndef f():\n    return "é"\nprint(f())\n'.encode(),
    'bom_imported.py': 'try:\n    import bom_other\nexcept SyntaxError as e:\n'
                       '    print(e.msg)\nimport bom_cookie\n',
    'nul.py': b'def f():\n    return 1\0\nf()\n',
    'crlf.py': b'def f():\r\n    return (1/\r\n      0)\r\nf()\r\n',
    'cr.py': b'def f():\r    return 1/0\rf()\r',
    'tabs.py': b'def f(a):\n\tif a:\n\t\treturn 1/0\n\treturn 2\nprint(f(0))\nf(1)\n',
    'narrow.py': b'def f(a):\n if a:\n  return 1/0\n return 2\nprint(f(0))\nf(1)\n',
    'onelines.py': 'def f(): x = 1; return x / 0\nclass A:\n  def g(self): "d"; return f()\n'
                   'A().g()\n',
    'formfeed.py': 'def f():\n    return 1\n\x0c\ndef g():\n    return f() / 0\ng()\n',
    'nonewline.py': 'def f():\n    return 1/0\nf()\ndef g():\n    pass # no newline',
    'future.py': 'from __future__ import annotations\ndef f(a: no.such): return 1\n'
                 'print(f.__annotations__, f(1))\n',
    'private.py': 'class A:\n    def f(self, __x=1):\n        __x += 1\n        return locals()["_A__x"]\n'
                  'print(A().f())\n',
    'empty.py': '',
    'debug.py': 'def f():\n    assert 0, "asserted"\n    "doc"\n    return __debug__\n'
                'print(f.__doc__, f())\n',
}

EXITS = ['None', '0', '3', '"text"', 'True', '(1, 2)', '2**40', '-1', '']


def text_of(output):
    """What was printed, without the addresses of objects."""
    return re.sub('0x[0-9a-f]+', '0x', output.decode())


class Table(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shown = harness.run([harness.PYTHON, '-c', 'import sys; print(sys.executable)'])
        cls.python = shown.stdout.decode().strip()
        cls.folder = tempfile.mkdtemp()
        for name, text in SCRIPTS.items():
            data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
            cls.write(name, data)
        cls.write('package/__init__.py', b'def f(): return __name__\nprint(f())\n')
        cls.write('package/__main__.py', b'from . import f\ndef g(): return f(), __package__\n'
                                         b'print(g(), __spec__.name)\n1/0\n')
        cls.write('folder/__main__.py', ATTRIBUTES.encode())
        with zipfile.ZipFile(os.path.join(cls.folder, 'archive.pyz'), 'w') as archive:
            archive.writestr('__main__.py', 'import sys\nprint(sys.argv)\n1/0\n')
        cls.write('package/part.py', ATTRIBUTES.encode())
        cls.write('failing/__main__.py', CHAIN.replace('import library', 'import sys\nsys.path.append'
                                                       '(".")\nimport library').encode())
        cls.write('signals.py', b'import os, signal, sys\ndef f(name):\n    os.kill(os.getpid(), '
                                b'getattr(signal, "SIG" + name))\nf(sys.argv[1])\n')
        cls.write('through.py', b'import functools, json, library\ndef f(x):\n    return g(x)\n'
                                b'def g(x):\n    return sorted([2, 1], key=functools.partial(h, x))\n'
                                b'def h(x, y):\n    return library.through(None, x)\nf(1)\n')
        harness.run([cls.python, '-c', 'import py_compile; py_compile.compile("attributes.py", '
                                       '"compiled.pyc")'], cwd=cls.folder)
        os.mkdir(os.path.join(cls.folder, 'links'))
        os.symlink('../attributes.py', os.path.join(cls.folder, 'links/link.py'))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def write(cls, name, data):
        path = os.path.join(cls.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(data)

    def same(self, *args, own=('--stop=never',), **options):
        with self.subTest(args=args):
            theirs = harness.run([self.python, *args], cwd=self.folder, **options)
            ours = harness.hr_run(*own, *args, cwd=self.folder, **options)
            self.assertEqual(text_of(ours.stdout), text_of(theirs.stdout))
            self.assertEqual(text_of(ours.stderr), text_of(theirs.stderr))
            self.assertEqual(ours.returncode, theirs.returncode)

    def test_guarded_at_all(self):
        self.write('guarded.py', b'import library\ndef f():\n    return 1\n'
                                 b'print(f.__code__.co_names, library.through.__code__.co_names)')
        shown = harness.hr_run('guarded.py', cwd=self.folder)
        self.assertEqual(shown.stdout.count(b'__hr_crashed__'), 2, shown)

    def test_version_and_help(self):
        self.assertRegex(harness.hr_run('--version').stdout, rb'^hr-run \S+ \(CPython 3\.\d+')
        self.assertIn(b'--include', harness.hr_run('--help').stdout)
        self.assertEqual(harness.hr_run('--stop=x', 'a.py').returncode, 64)
        self.assertEqual(harness.hr_run('--include').returncode, 64)

    def test_include_and_exclude(self):
        self.write('which.py', b'import library, textwrap\ndef f():\n    return 1\n'
                               b'for g in f, library.through, textwrap.dedent:\n'
                               b'    print("__hr_crashed__" in g.__code__.co_names)')
        for own, expected in (((), [True, True, False]),
                              (('--include=text*',), [True, True, True]),
                              (('--include', '*', '--exclude=lib*'), [True, False, True]),
                              (('--exclude=__main__',), [False, True, False])):
            with self.subTest(own=own):
                shown = harness.hr_run('--stop=never', *own, 'which.py', cwd=self.folder)
                self.assertEqual(shown.stdout.decode().split(), [str(e) for e in expected],
                                 shown.stderr)


def add_row(name, *args, **options):
    def test(self):
        self.same(*args, **options)
    setattr(Table, 'test_' + name.replace('.', '_'), test)


for script in SCRIPTS:
    add_row('script_' + script, script)
for number, value in enumerate(EXITS):
    add_row(f'exit_{number}', '-c', f'import sys; sys.exit({value})')
    SCRIPT = f'import sys\ndef f():\n    sys.exit({value})\nf()\n'

    def test_exit(self, number=number, text=SCRIPT):
        self.write(f'exit{number}.py', text.encode())
        self.same(f'exit{number}.py')
    setattr(Table, f'test_exit_script_{number}', test_exit)
for option in ('-O', '-OO', '-B', '-I', '-E', '-P', '-s', '-S', '-u', '-Werror', '-Wignore',
               '-Xdev', '-bb', '-q'):
    add_row('option_' + option.strip('-'), option, 'attributes.py', '--stop', '-x')
    if option != '-Xdev':
        add_row('warned_' + option.strip('-'), option, 'warned.py')
add_row('missing', 'no-such.py')
add_row('missing_module', '-m', 'no_such')
add_row('bad_option', '-Z')
add_row('arguments', 'attributes.py', '-c', '--help', '--include=x', 'y')
add_row('relative', './links/../attributes.py')
add_row('symlink', 'links/link.py')
add_row('command', '-c', 'import sys; print(sys.argv, sys.path[0]); 1/0', 'a', '-b')
add_row('module', '-m', 'attributes', 'x')
add_row('module_chain', '-m', 'chain')
add_row('package', '-m', 'package', 'x')
add_row('folder', 'folder', 'x')
add_row('zip', 'archive.pyz', 'x')
add_row('dash', '-', 'x', stdin=b'import sys\nprint(sys.argv)\ndef f():\n    1/0\nf()\n')
add_row('no_arguments', stdin=b'print(1)\n1/0\n')
add_row('read_stdin', 'stdin.py', stdin=b'some text')
add_row('skip_first_line', '-x', 'attributes.py')
add_row('interactive', '-i', 'globals.py', stdin=b'print(f, __name__)\n1/0\n',
        PYTHON_BASIC_REPL='1')
add_row('inspect_variable', 'chain.py', stdin=b'print(outer)\nraise SystemExit(5)\n',
        PYTHONINSPECT='1', PYTHON_BASIC_REPL='1')
for option in ('-V', '-VV', '-c', '-m', '-W', '-X', '-Xutf8', '-Xno_debug_ranges', '-d', '-R', '-t',
               '-3', '--check-hash-based-pycs=never', '--check-hash-based-pycs=x',
               '-OOB', '-EsP', '-Xfrozen_modules=off'):
    if option == '-d' and hasattr(sys, 'gettotalrefcount'):
        continue  # there it traces each text that is parsed, and a guarded one is another
    add_row('flag_' + option.strip('-').replace('=', '_').replace('-', '_'), option,
            *(() if option in ('-V', '-VV', '-c', '-m') else ('attributes.py',)))
add_row('option_with_a_word', '-W', 'error', 'warned.py')
add_row('several', '-I', '-O', '-m', 'json.tool', 'no-such.json')
add_row('joined_command', '-Bcprint(__name__)', 'x')
add_row('joined_module', '-Bmattributes', 'x')
add_row('options_after', 'attributes.py', '-O', '-m', 'x')
for name, value in (('OPTIMIZE', '2'), ('WARNINGS', 'error'), ('SAFEPATH', '1'), ('UTF8', '1'),
                    ('PATH', '/no/such:/tmp'), ('IOENCODING', 'latin-1'), ('HASHSEED', '7'),
                    ('NODEBUGRANGES', '1'), ('VERBOSE', ''), ('NOUSERSITE', '1'),
                    ('DONTWRITEBYTECODE', ''), ('UNBUFFERED', '1'), ('DEVMODE', '1')):
    add_row('variable_' + name, 'attributes.py', **{'PYTHON' + name: value})
add_row('no_debug_ranges_chain', 'chain.py', PYTHONNODEBUGRANGES='1')
add_row('folder_without_main', 'links')
add_row('package_without_main', '-m', 'links')
add_row('module_in_package', '-m', 'package.part', 'x')
add_row('folder_that_fails', 'failing')
add_row('not_readable', '/proc/self/mem')
add_row('a_device', '/dev/null')
add_row('compiled', 'compiled.pyc', 'x')
for signal in ('TERM', 'INT', 'KILL', 'PIPE', 'ABRT'):
    add_row('signal_' + signal, '-c', f'import os, signal\ndef f():\n    os.kill(os.getpid(), '
            f'signal.SIG{signal})\nf()')
    add_row('signal_script_' + signal, 'signals.py', signal)
add_row('os_exit', '-c', 'import os; os._exit(7)')
add_row('traceback_through_both', 'through.py')
add_row('interactive_module', '-i', '-m', 'attributes', stdin=b'print(__name__)\n',
        PYTHON_BASIC_REPL='1')
add_row('interactive_failure', '-i', 'chain.py', stdin=b'print(outer)\n',
        PYTHON_BASIC_REPL='1')
add_row('stdin_fails', stdin=b'def f():\n    raise SystemExit("ended")\nf()\n')
add_row('everything_guarded', 'introspection.py', own=('--stop=never', '--include=*'))
add_row('everything_guarded_chain', 'chain.py', own=('--stop=never', '--include=*'))

if __name__ == '__main__':
    unittest.main()
