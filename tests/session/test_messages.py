"""What the prompt, the settings and the module's functions say when something is wrong."""

import os
import re
import tempfile
import unittest

import harness
from cycle import PROMPT, CycleCase

API = [
    ('hot_restart.restart_module(3)', 'a module or its name is needed'),
    ('hot_restart.wrap_module(3)', 'wrap_module() takes a module or its name'),
    ('hot_restart.wrap_modules(3)', 'wrap_modules() takes a pattern of names'),
]


# Each raises what is said, or prints it.
ODD = [
    ('exec("import hot_restart; hot_restart.wrap_module()", {})',
     'ValueError: the module has no name'),
    ('import hot_restart; __hr_restarted__()', 'RuntimeError: this call has not failed'),
    ('import _thread, hot_restart, time\n'
     '_thread.start_new_thread(hot_restart.restart_module, ()); time.sleep(0.5)',
     'RuntimeError: the calling module is not known'),
    ('import _thread, hot_restart, time\n'
     '_thread.start_new_thread(hot_restart.wrap_module, ()); time.sleep(0.5)',
     'RuntimeError: wrap_module() was not called from Python'),
    ('import ctypes\n'
     'for name in "PyUnstable_Eval_RequestCodeExtraIndex", "_PyEval_RequestCodeExtraIndex":\n'
     '    request = getattr(ctypes.pythonapi, name, None)\n'
     '    while request and request(None) >= 0: pass\n'
     'import hot_restart', 'RuntimeError: no slot is left on code objects'),
]
# The same under hr-run.
ODD_PROGRAMS = [
    ('import builtins; del builtins.exec; import colorsys',
     "NameError: name 'exec' is not defined"),
    ('import importlib.machinery as m; m.SourceFileLoader("a", "b").get_code()',
     'TypeError: get_code() takes a loader and a module name'),
]


# An audit hook of a site takes it out between the guarding of the script and its start.
UNLOADING = '''\
import ctypes, sys

def hook(event, arguments):
    if event == 'cpython.run_file':
        api = ctypes.pythonapi
        api.PyInterpreterState_Get.restype = ctypes.c_void_p
        api.PyInterpreterState_GetDict.restype = ctypes.py_object
        here = ctypes.c_void_p(api.PyInterpreterState_Get())
        del api.PyInterpreterState_GetDict(here)['hot_restart']
        print('taken out')

sys.addaudithook(hook)
'''

# As pytest names what rewrites a module of tests, which may leave out what it likes.
REWRITE = '''\
left_out = []

class AssertionRewritingHook:
    config = None
    _rewritten_names = {}

    def exec_module(self, module):
        raise SystemError('the runtime has not noticed')

def rewrite_asserts(tree, source, path, config):
    tree.body = [part for part in tree.body if getattr(part, 'name', None) not in left_out]
'''
REWRITTEN = '''\
import importlib.util
from _pytest.assertion import rewrite

spec = importlib.util.spec_from_file_location('tests', 'tests.py')
tests = importlib.util.module_from_spec(spec)
rewrite.AssertionRewritingHook().exec_module(tests)
print('got', tests.f())
'''


class TestModule(unittest.TestCase):
    def test_odd_calls(self):
        for run, calls in ((harness.python, ODD), (harness.hr_run, ODD_PROGRAMS)):
            for call, message in calls:
                with self.subTest(message):
                    self.assertIn(message, run('-c', call).stderr.decode())

    def test_what_a_site_may_do(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (('sitecustomize', 'import sys; sys.path = tuple(sys.path)'),
                               ('program', 'print("begun")'),
                               ('filters', 'import warnings; warnings.filters = ()\n'
                                           'import hot_restart\n@hot_restart.wrap\n'
                                           'def f(): return 1\nprint(f())\n')):
                with open(os.path.join(folder, name + '.py'), 'w', encoding='utf-8') as file:
                    file.write(text)
            result = harness.hr_run(os.path.join(folder, 'program.py'), PYTHONPATH=folder)
            self.assertEqual((result.returncode, result.stdout), (1, b''))
            self.assertIn('sys.path is not a list', result.stderr.decode())
            result = harness.python(os.path.join(folder, 'filters.py'))
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b'1\n', b''))

    def test_what_is_taken_out_before_it_begins(self):
        """The program runs, unguarded: nothing is said of hot_restart itself."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (('sitecustomize', UNLOADING),
                               ('program', 'print("begun")\n1 / 0\n')):
                with open(os.path.join(folder, name + '.py'), 'w', encoding='utf-8') as file:
                    file.write(text)
            result = harness.hr_run(os.path.join(folder, 'program.py'), PYTHONPATH=folder)
        self.assertEqual((result.returncode, result.stdout), (1, b'taken out\nbegun\n'))
        self.assertRegex(result.stderr.decode(), r'\ATraceback .*\n.* line 2, in <module>\n'
                                                 r'(.*\n)*ZeroDivisionError: .*\n\Z')

    def test_a_front_end_that_fails(self):
        for broken, message in (
                ('class Broken: pass',
                 "hr: the debugger cannot be opened: AttributeError: 'Broken' object has no "
                 "attribute 'open_prompt'"),
                ('class Broken:\n    def open_prompt(self, *given): return self\n'
                 '    def ask(self): return 3', 'hr: the debugger failed: ')):
            with self.subTest(message), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, 'program.py')
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(f'import hot_restart\n{broken}\nhot_restart._front_end(Broken())\n'
                               '@hot_restart.wrap\ndef f(): return 1 / 0\nf()\n')
                result = harness.python(path)
                self.assertIn(message, result.stderr.decode())
                self.assertIn('ZeroDivisionError', result.stderr.decode())

    def test_wrong_arguments(self):
        for call, message in API:
            with self.subTest(call):
                result = harness.python('-c', f'import hot_restart; {call}')
                self.assertEqual(result.returncode, 1)
                self.assertIn(f'TypeError: {message}', result.stderr.decode())

    def test_a_stop_that_there_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'program.py')
            with open(path, 'w', encoding='utf-8') as file:
                file.write('import hot_restart\nhot_restart.STOP = "sometimes"\n'
                           '@hot_restart.wrap\ndef f(): raise KeyError\n'
                           'try: f()\nexcept KeyError: pass\n')
            result = harness.python(path)
        self.assertIn('hr: hot_restart.STOP is "unhandled", "always" or "never", nothing else',
                      result.stderr.decode())

    def test_a_debugger_that_there_is_not(self):
        result = harness.run([harness.PYTHON, '-c', 'import hot_restart'],
                             PYTHONPATH=harness.MODULE_PATH, HOT_RESTART_DEBUGGER='nobody')
        self.assertIn('HOT_RESTART_DEBUGGER=nobody: no such debugger; pdb is used',
                      result.stderr.decode())


    def test_a_sub_interpreter(self):
        result = harness.python('-c', """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
print(interpreters.run_string(interpreters.create(), "import hot_restart"))
""")
        self.assertRegex((result.stdout + result.stderr).decode(),
                         'hot_restart is for the main interpreter: a sub-interpreter has no terminal '
                         'of its own for the debugger|does not support loading')


class TestPrompt(CycleCase):
    def test_a_module_returns_nothing(self):
        session = self.start('x = 1 / 0\nprint("x", x)\n')
        session.expect(PROMPT)
        session.send('return 3')
        session.expect('hr: a module returns nothing')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, 'x 1')

    def test_more_changes_above_than_are_named(self):
        end = 'x = 1 / 0\nprint("x", x, a1)\n'
        session = self.start(''.join(f'a{n} = {n}\n' for n in range(40)) + end)
        session.expect(PROMPT)
        self.write(''.join(f'a{n} = {n + 1}\n' for n in range(40)) + end.replace('/ 0', ''))
        session.send('c')
        session.expect('changed above the failed statement: not run again')
        session.expect(re.compile(r'hr: and \d+ more'))
        session.expect('x 1 1')
        self.assertEqual(session.wait(), 0)

    def test_a_failure_that_came_through_unseen(self):
        session = self.start('def last():\n    return next(iter([]))\n\nprint("got", last())\n')
        session.expect('hr: it came through last')
        session.expect('where nothing stopped for it; (c)ontinue reloads what was edited and '
                       'runs this statement again')
        session.expect(PROMPT)
        self.edit('iter([])', 'iter([7])')
        self.finish(session, 'got 7')

    def test_an_asynchronous_generator_returns_nothing(self):
        session = self.start('import asyncio\n\nasync def numbers():\n    yield 1\n'
                             '    yield 1 / 0\n\nasync def main():\n'
                             '    print([n async for n in numbers()])\n\n'
                             'asyncio.run(main())\n')
        session.expect(PROMPT)
        session.send('return 3')
        session.expect("numbers is an asynchronous generator, which returns nothing; "
                       "'return None' ends it")
        session.expect(PROMPT)
        session.send('return None')
        session.expect('[1]')
        self.assertEqual(session.wait(), 0)

    def test_a_version_that_cannot_be_guarded(self):
        session = self.start('def f():\n    return 1 / 0\n\nprint("f:", f())\n')
        session.expect(PROMPT)
        blocks = ''.join('    ' * depth + 'for _ in [1]:\n' for depth in range(1, 21))
        self.edit('    return 1 / 0\n', blocks + '    ' * 21 + 'return 5\n')
        session.send('c')
        session.expect('program.py:1: f is not guarded')
        session.expect('f: 5')
        self.assertEqual(session.wait(), 0)

    def test_a_text_that_cannot_be_guarded(self):
        session = self.start('def f():\n    return 1 / 0\n\nprint("f:", f())\n')
        session.expect(PROMPT)
        # As deep as the compiler takes them: the guard would stand one deeper.
        ifs = ''.join(' ' * depth + 'if True:\n' for depth in range(1, 99))
        self.edit('    return 1 / 0\n', ifs + ' ' * 99 + 'return 5\n')
        session.send('c')
        session.expect('program.py: what was reloaded cannot be guarded and runs as it is')
        session.expect('f: 5')
        self.assertEqual(session.wait(), 0)

    def test_a_text_that_cannot_be_read(self):
        text = 'def f():\n    return 1 / 0\n\nprint("f:", f())\n'
        session = self.start(text)
        session.expect(PROMPT)
        for head, message in (
                ('\ufeff# coding: latin-1\n', 'a BOM stands before another declared encoding'),
                ('# coding: ' + 'x' * 70 + '\n', 'the declared encoding is unknown'),
                ('# coding: ascii\n# é\n', 'the text is not in its declared encoding')):
            self.write(head + text)
            session.send('c')
            session.expect(re.compile(r'program\.py:\d+:\d+: error: ' + message))
            session.expect(PROMPT)
        self.write(text.replace(' / 0', ''))
        self.finish(session, 'f: 1')

    def test_a_version_that_is_left_out(self):
        os.makedirs(os.path.join(self.folder.name, '_pytest/assertion'))
        for name, text in (('__init__', ''), ('assertion/__init__', ''),
                           ('assertion/rewrite', REWRITE)):
            self.write(text, f'_pytest/{name}.py')
        self.write('def f():\n    return 1 / 0\n', 'tests.py')
        session = self.start(REWRITTEN)
        session.expect('tests.py:2: in f: ZeroDivisionError')
        session.expect(PROMPT)
        self.write('def f():\n    return 7\n', 'tests.py')
        session.send('import _pytest.assertion.rewrite; '
                     '_pytest.assertion.rewrite.left_out.append("f")')
        session.expect(PROMPT)
        session.send('c')
        session.expect('tests.py:1:1: error: what compiles this file leaves f out\n')
        session.expect(PROMPT)
        session.send('_pytest.assertion.rewrite.left_out.clear()')
        session.expect(PROMPT)
        self.finish(session, 'got 7')

    def test_other_code_in_the_function(self):
        session = self.start('def f():\n    return 1 / 0\n\nprint("got", f())\n')
        session.expect(PROMPT)
        session.send('f.__code__ = (lambda: 1).__code__')
        session.expect(PROMPT)
        session.send('c')
        session.expect('hr: this call cannot be restarted: no function has its code any more\n')
        session.expect(PROMPT)
        session.send('return 5')
        session.expect('got 5')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_other_code_in_the_caller(self):
        session = self.start('def f():\n    return 1 / 0\n\ndef caller():\n    return f()\n\n'
                             'print("got", caller())\n')
        session.expect(PROMPT)
        for command in 'caller.__code__ = (lambda: 1).__code__', 'up':
            session.send(command)
            session.expect(PROMPT)
        session.send('restart')
        session.expect('hr: this call cannot be restarted: no function has its code any more\n')
        session.expect(PROMPT)
        self.edit('1 / 0', '5')
        self.finish(session, 'got 5')

    def test_code_of_another_kind_in_the_failed_function(self):
        for header, run, message in (
                ('async def f():\n    return 1 / 0\n', 'await f()',
                 "TypeError: the restarted version is no coroutine but 'int'"),
                ('async def f():\n    yield 1 / 0\n', '[n async for n in f()]',
                 "TypeError: the restarted version is no asynchronous generator but 'int'")):
            with self.subTest(run):
                session = self.start(f'import asyncio\n\n{header}\nasync def main():\n'
                                     f'    return {run}\n\nasyncio.run(main())\n')
                session.expect(PROMPT)
                # The function is known from the reload on.
                for command in 'reload', 'f.__code__ = (lambda: 1).__code__':
                    session.send(command)
                    session.expect(PROMPT)
                session.send('c')
                session.expect('in main: ' + message)
                session.expect(PROMPT)

    def test_the_round_that_an_editor_sees(self):
        session = self.start('def f():\n    return 1 / 0\n\nprint("f:", f())\n',
                             '--on-crash=wait')
        session.expect('hr: waiting for program.py to be saved')
        self.edit('1 / 0', '1')
        session.expect('hr: reloading program.py\n')
        session.expect('hr: restarted f\n')
        self.assertEqual(session.wait(), 0)


if __name__ == '__main__':
    unittest.main()
