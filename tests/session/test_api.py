"""The Python API and its settings, as programs and the person at the prompt use them."""

import ast
import os
import re
import shutil
import tempfile
import unittest

from cycle import PROMPT, CycleCase, harness

NESTED = '''\
import hot_restart

@hot_restart.wrap
def inner():
    raise KeyError('lost')

@hot_restart.wrap
def outer():
    inner()

@hot_restart.wrap
def later():
    return 5

try:
    outer()
except KeyError:
    print('caught')
print('later', later())
'''


class TestLeave(CycleCase):
    def start_plainly(self, text):
        self.write(text)
        session = self.python('program.py')
        session.expect(PROMPT)
        return session

    def check_exit(self, *commands):
        session = self.start_plainly(NESTED + 'inner()\n')
        for command in commands[:-1]:
            session.send(command)
            session.expect(PROMPT)
        session.send(commands[-1])
        session.expect('caught\n')
        session.expect('later 5\n')
        session.expect('Traceback')
        self.assertEqual(session.wait(), 1)
        self.assertEqual(session.transcript.count('hr: (c)ontinue'), 1)
        self.assertNotIn(PROMPT, session.transcript[session.transcript.index('caught'):])

    def test_exit_called_at_the_prompt(self):
        self.check_exit('!hot_restart.exit()', 'c')

    def test_exit_typed_ends_the_program(self):
        session = self.start_plainly(NESTED)
        session.send('exit')
        session.expect("KeyError: 'lost'\n")
        self.assertEqual(session.wait(), 1)
        self.assertNotIn('caught', session.transcript)

    def test_exit_set(self):
        self.check_exit('!hot_restart.PROGRAM_SHOULD_EXIT = True', 'q')

    def test_reraise_called_goes_one_level_up(self):
        session = self.start_plainly(NESTED)
        session.send('!hot_restart.reraise()')
        session.expect(PROMPT)
        session.send('c')
        session.expect('in outer: KeyError')
        session.expect(PROMPT)
        self.edit("    inner()", "    pass")
        self.finish(session, 'later 5\n')

    def test_exit_in_the_program(self):
        self.write(NESTED.replace('try:', 'hot_restart.exit()\ntry:'))
        session = self.python('program.py')
        session.expect('caught\nlater 5\n')
        self.assertEqual(session.wait(), 0)


class TestGenerated(CycleCase):
    def test_what_dataclass_makes_is_nobodys(self):
        self.write('import hot_restart\nfrom dataclasses import dataclass\n\n'
                   '@hot_restart.wrap_class\n@dataclass\nclass Row:\n    x: int = 0\n\n'
                   '    def half(self):\n        return 1 / self.x\n\n'
                   'print("got", Row(), Row().half())\n')
        session = self.python('program.py')
        session.expect('in Row.half: ZeroDivisionError')
        session.expect(PROMPT)
        self.assertNotIn('not wrapped', session.transcript)
        self.edit('1 / self.x', '7')
        self.finish(session, 'got Row(x=0) 7\n')


class TestSettings(CycleCase):
    def test_help_line_once(self):
        session = self.start('def f():\n    1 / 0\n\ndef g():\n    f()\n\ng()\n')
        session.expect('hr: (c)ontinue reloads f')
        session.expect(PROMPT)
        session.send('q')
        session.expect('in g: ')
        session.expect(PROMPT)
        self.assertEqual(session.transcript.count('hr: (c)ontinue'), 1)

    def test_no_help_line(self):
        session = self.start('import hot_restart\nhot_restart.PRINT_HELP_MESSAGE = False\n'
                             'def f():\n    1 / 0\n\nf()\n')
        session.expect(PROMPT)
        self.assertNotIn('hr: (c)ontinue', session.transcript)

    def test_no_reload_on_continue(self):
        session = self.start('''\
import hot_restart
hot_restart.RELOAD_ON_CONTINUE = False
tries = []
def f():
    tries.append(1)
    return 1 / (len(tries) - 1)
print('got', f())
''')
        session.expect(PROMPT)
        self.edit('return 1 /', 'return 2 /')
        self.finish(session, 'got 1.0\n')

    def test_stop_is_read_when_it_is_needed(self):
        self.write('''\
import hot_restart

@hot_restart.wrap
def f():
    1 / 0

for stop in 'never', 'always':
    hot_restart.STOP = stop
    try:
        f()
    except ZeroDivisionError:
        print('passed', stop)
''')
        session = self.python('program.py')
        session.expect('passed never\n')
        session.expect(PROMPT)
        self.assertNotIn('always', session.transcript)

    def test_debugger_of_the_environment(self):
        show = 'import hot_restart; print(hot_restart.DEBUGGER)'
        for said, meant in (('', b'pdb\n'), ('PuDB', b'pudb\n'), ('debugpy', b'pydevd\n')):
            done = harness.python('-c', show, HOT_RESTART_DEBUGGER=said)
            self.assertEqual((done.stdout, done.stderr), (meant, b''))
        done = harness.python('-c', show, HOT_RESTART_DEBUGGER='gdb')
        self.assertEqual(done.stdout, b'pdb\n')
        self.assertIn(b'hr: HOT_RESTART_DEBUGGER=gdb: no such debugger', done.stderr)

    def test_names_of_the_python_library(self):
        """What a program that was written for 0.2.4 reads of it."""
        show = ('import hot_restart as h; '
                'print((h.DEBUG_LOG, h.DEBUG_ORIGINAL_PATH_RELOADED_CODE))')
        for said in ('', os.path.join(self.folder.name, 'log')):
            done = harness.python('-c', show, HOT_RESTART_DEBUG_LOG=said)
            self.assertEqual(done.stderr, b'')
            self.assertEqual(ast.literal_eval(done.stdout.decode()), (said, True))

    def test_debug_log(self):
        log = os.path.join(self.folder.name, 'log')
        session = self.start('def f(x):\n    return x / 0\n\nprint("got", f(8))\n',
                             HOT_RESTART_DEBUG_LOG=log)
        session.expect(PROMPT)
        self.edit('x / 0', 'x')
        self.finish(session, 'got 8\n')
        with open(log, encoding='utf-8') as file:
            text = file.read()
        self.assertIn('f failed: ZeroDivisionError', text)
        self.assertIn('f: restarted', text)
        for command, status, said in (('return 5', 0, 'f: given a value'), ('q', 1, 'f: let go')):
            session = self.start('def f(x):\n    return x / 0\n\nf(8)\n',
                                 HOT_RESTART_DEBUG_LOG=log)
            session.expect(PROMPT)
            session.send(command)
            self.assertEqual(session.wait(), status, session.transcript)
            with open(log, encoding='utf-8') as file:
                self.assertIn(said, file.read())


class TestWrapOptions(CycleCase):
    def test_propagated_exceptions(self):
        self.write('''\
import hot_restart

@hot_restart.wrap(propagated_exceptions=(LookupError,))
def f(kind):
    raise kind('no')

try:
    f(KeyError)
except KeyError:
    print('passed')
f(ValueError)
''')
        session = self.python('program.py')
        session.expect('passed\n')
        session.expect('in f: ValueError')
        session.expect(PROMPT)

    def test_what_is_told_last_counts(self):
        self.write('''\
import hot_restart

def f(kind):
    raise kind('no')

def passes(kind):
    try:
        f(kind)
    except kind:
        print('passed', kind.__name__)

for told in (KeyError, IndexError):
    f = hot_restart.wrap(f, propagated_exceptions=(told,))
    passes(told)
passes(KeyError)
''')
        session = self.python('program.py')
        session.expect('passed KeyError\n')
        session.expect('passed IndexError\n')
        session.expect('in f: KeyError')
        session.expect(PROMPT)

    def test_keyboard_interrupt(self):
        self.write('''\
import hot_restart

def passes():
    raise KeyboardInterrupt
passes = hot_restart.wrap(passes)

@hot_restart.wrap(propagate_keyboard_interrupt=False)
def stops():
    raise KeyboardInterrupt

try:
    passes()
except KeyboardInterrupt:
    print('passed')
stops()
''')
        session = self.python('program.py')
        session.expect('passed\n')
        session.expect('in stops: KeyboardInterrupt')
        session.expect(PROMPT)

    def test_wrong_argument_count_opens_the_caller(self):
        self.fix('''\
def callee(a, b):
    return a + b

def caller():
    return callee(1)

print('sum', caller())
''', 'callee(1)', 'callee(1, 2)', 'hr: reloaded caller', 'sum 3\n',
                 crash='program.py:5: in caller: TypeError: callee() missing 1')


class TestModules(CycleCase):
    def setUp(self):
        super().setUp()
        self.write('''\
import part
import hot_restart

part.count = 7
print('before', part.f(), part.count, hot_restart.is_restarting_module())
with open('part.py', 'w') as file:
    file.write(SECOND)
MORE
''')

    def run_with(self, second, more):
        self.write('import hot_restart\nf = lambda: 1\n'
                   'count = 1\nseen = hot_restart.is_restarting_module()\n', 'part.py')
        self.edit('SECOND', repr(second))
        self.edit('MORE', more)
        return harness.python('program.py', cwd=self.folder.name)

    def test_restart_module(self):
        done = self.run_with(
            'import hot_restart\ndef f(): return count\ncount = 2\n'
            'seen = hot_restart.is_restarting_module()\n',
            'hot_restart.restart_module(part)\n'
            "print('after', part.f(), part.seen, hot_restart.is_restarting_module())\n"
            "part.count = 9\nprint(part.f())\n"
            "hot_restart.reload_module('part')\nprint(part.f())\n")
        self.assertEqual(done.stderr, b'')
        self.assertEqual(done.stdout, b'before 1 7 False\nafter 2 True False\n9\n2\n')

    def test_module_that_fails_keeps_its_names(self):
        done = self.run_with(
            'count = 2\n1 / 0\n',
            'try:\n    hot_restart.reload_module(part)\n'
            'except ZeroDivisionError:\n'
            "    print('failed', part.count, part.f(), hot_restart.is_restarting_module())\n")
        self.assertEqual(done.stderr, b'')
        self.assertEqual(done.stdout, b'before 1 7 False\nfailed 7 1 False\n')

    def test_no_source(self):
        done = self.run_with('', '''\
import sys, os
os.unlink('part.py')
for module in sys, part:
    try:
        hot_restart.reload_module(module)
    except hot_restart.ReloadException as error:
        print(isinstance(error, ValueError), error)
try:
    hot_restart.reload_module('absent')
except KeyError as error:
    print(error)
''')
        self.assertEqual(done.stderr, b'')
        self.assertRegex(done.stdout.decode(), re.compile(
            r"True the source of <module 'sys' .*> is not known\n"
            r"True the source of <module 'part' .*> cannot be read: .*\n'absent'\n"))

    def test_the_calling_module_under_hr_run(self):
        session = self.start('''\
import hot_restart

def f(x):
    return x / 0

if not hot_restart.is_restarting_module():
    with open('program.py') as file:
        text = file.read()
    with open('program.py', 'w') as file:
        file.write(text.replace('x / 0', 'x / 0 # edited'))
    hot_restart.reload_module()
    f(3)
''')
        session.expect('return x / 0 # edited')
        session.expect(PROMPT)

    def test_all(self):
        done = harness.python('-c', 'from hot_restart import *; print(wrap, exit.__name__)')
        self.assertEqual(done.stdout[-5:], b'exit\n')


TYPED = '''\
import hot_restart
@hot_restart.wrap
def f(x: int) -> str:
    return str(x)
@hot_restart.wrap(propagated_exceptions=(KeyError,), propagate_keyboard_interrupt=False)
def g(x: int) -> str:
    return str(x)
@hot_restart.wrap_class
class A:
    @property
    @hot_restart.wrap
    def p(self) -> int:
        return 1
@hot_restart.wrap_class()
class B: ...
hot_restart.wrap_module()
hot_restart.wrap_modules("a*")
hot_restart.DEBUGGER = "ipdb"
reveal_type(f)
reveal_type(g)
reveal_type(A().p)
reveal_type(hot_restart.no_wrap(A()))
reveal_type(B())
try:
    hot_restart.reload_module()
except hot_restart.ReloadException as error:
    reveal_type(error)
'''


class TestStubs(unittest.TestCase):
    def test_a_type_checker(self):
        """Debian's mypy, which judges for the python that it belongs to."""
        if not os.path.exists('/usr/bin/stubtest'):
            self.skipTest('mypy is not installed')
        stubs = os.path.join(harness.SOURCE, 'src/runtime')
        version = harness.run(['/usr/bin/python3', '-V']).stdout.rsplit(b'.', 1)[0]
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(stubs, 'hot_restart.pyi'), folder)
            if harness.run([harness.PYTHON, '-V']).stdout.startswith(version + b'.'):
                done = harness.run(['/usr/bin/stubtest', 'hot_restart'], cwd=folder, timeout=280,
                                   MYPYPATH=folder, PYTHONPATH=harness.MODULE_PATH)
                self.assertEqual(done.returncode, 0, done.stdout)
            with open(os.path.join(folder, 'use.py'), 'w', encoding='utf-8') as file:
                file.write(TYPED)
            done = harness.run(['/usr/bin/mypy', '--strict', 'use.py'], cwd=folder, timeout=280,
                               MYPYPATH=folder)
        shown = re.findall('Revealed type is "(.*)"', done.stdout.decode())
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(shown, ['def (x: builtins.int) -> builtins.str'] * 2 +
                         ['builtins.int', 'use.A', 'use.B', 'hot_restart.ReloadException'])

    def test_names_and_parameters(self):
        path = os.path.join(harness.SOURCE, 'src/runtime/hot_restart.pyi')
        with open(path, encoding='utf-8') as file:
            tree = ast.parse(file.read())
        said = {}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                arguments = node.args
                said[node.name] = max(said.get(node.name, []), [
                    argument.arg for argument in arguments.posonlyargs
                    + arguments.args + arguments.kwonlyargs], key=len)
            elif isinstance(node, ast.ClassDef):
                said[node.name] = None
            elif isinstance(node, ast.AnnAssign):
                said[node.target.id] = None
            elif isinstance(node, ast.Assign) and node.targets[0].id == '__all__':
                said['__all__'] = None
                names = ast.literal_eval(node.value)
        done = harness.python('-c', """if True:
            import hot_restart, inspect
            print({name: list(inspect.signature(value).parameters)
                   if inspect.isbuiltin(value) else None
                   for name, value in vars(hot_restart).items()
                   if name in ('__all__', '__version__') or name[0] != '_'})""")
        self.assertEqual(done.stderr, b'')
        self.assertEqual(ast.literal_eval(done.stdout.decode()), said)
        done = harness.python('-c', 'import hot_restart; print(hot_restart.__all__)')
        self.assertEqual(ast.literal_eval(done.stdout.decode()), names)


class TestHandled(CycleCase):
    """What a caller was handling is handled for the restarted call as well."""

    TEXT = '''\
import sys

def again():
    DO
    return missing

def main():
    try:
        raise KeyError('outer')
    except KeyError:
        try:
            return again()
        except KeyError as error:
            return 'raised', error

print('result', main())
'''

    def test_exc_info(self):
        self.fix(self.TEXT.replace('DO', 'pass'), 'return missing',
                 'return sys.exc_info()', "result (<class 'KeyError'>, KeyError('outer'), ")

    def test_after_one_s_own(self):
        self.fix(self.TEXT.replace('DO', '''try:
        1 / 0
    except ZeroDivisionError:
        return missing'''), 'return missing\n    return', 'return sys.exc_info()[1]\n    return',
                 'result division by zero\n')

    def test_bare_raise(self):
        self.fix(self.TEXT.replace('DO', 'pass'), 'return missing', 'raise',
                 "result ('raised', KeyError('outer'))\n")

    def test_nothing(self):
        self.fix('import sys\ndef f():\n    return missing\n\nprint("got", f())\n',
                 'missing', 'sys.exc_info()', 'got (None, None, None)\n')


if __name__ == '__main__':
    unittest.main()
