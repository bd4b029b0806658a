"""Programs that run from hr-instrument's copies: what is reloaded is the original."""

import os
import re
import subprocess
import sys
import unittest

import harness
from cycle import CommandCase, PROMPT

PROGRAM = '''\
"""A program."""


class Base:
    def name(self):
        return "base"


class Part(Base):
    def name(self):
        return super().name() + "!"


def deep(row):
    return row["x"] / 2


def total(rows):
    part = Part()
    return part.name(), sum(deep(row) for row in rows)


if __name__ == "__main__":
    print("total", total([{"x": 2}, {"y": 4}]))
'''
FIX = ('row["x"] / 2', 'row.get("x", 4) / 2')
FIXED = "total ('base!', 3.0)\n"
CLASSES = '''\
"""A program."""
class First:
    size = 1


@lambda kind: kind
class Decorated:
    def method(self):
        class Local: pass
        return Local

    class Nested:
        pass


if True:
    class First2(First):
        @staticmethod
        def made(): return 7


import inspect
for kind in (First, Decorated, Decorated().method(), Decorated.Nested, First2):
    lines, start = inspect.getsourcelines(kind)
    print(start, "".join(lines))
'''
SAME_NAME = '''\
import sys

if sys.argv:
    class Part:
        size = 2
else:
    class Part:
        size = 9


def main():
    return 1 / 0


main()
print("got", Part.size)
'''
OPTIONS = (
    (), ('--style', 'module'), ('--super', 'keep'), ('--no-nested',),
    ('--style', 'module', '--super', 'explicit'),
    ('--exclude', 'Part'), ('--exclude', 'Part.name', '--exclude', 'total'),
    ('--include', 'deep', '--include', 'Part.name', '--super', 'keep'),
)


class OriginCase(CommandCase):
    def copied(self, *options, text=PROGRAM):
        """The copy of program.py."""
        self.write(text)
        done = subprocess.run([harness.INSTRUMENT, *options, '-o', 'copies', '.'],
                              cwd=self.folder.name, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        path = os.path.join(self.folder.name, 'copies', 'program.py')
        with open(path, encoding='utf-8') as file:
            self.assertIn('# hr: origin ' + os.path.realpath(self.path), file.read())
        return path

    def stopped(self, *options, run=(), text=PROGRAM):
        self.copy = self.copied(*options, text=text)
        name = os.path.join('copies', 'program.py')
        session = (self.session([harness.RUN, *run, name]) if run is not None
                   else self.python(name))
        session.expect('in deep: KeyError: \'x\'')
        if run is None:
            session.expect('hr: a copy: edit program.py:15\n')
        session.expect(PROMPT)
        return session

    def fixed(self, session, expected='hr: reloaded deep (program.py:14, 1 line changed)'):
        self.edit(*FIX)
        self.finish(session, expected, FIXED)
        self.assertNotIn('edited as well', session.transcript)
        self.assertNotIn('was edited', session.transcript)


class TestPython(OriginCase):
    def test_every_way_of_instrumenting(self):
        for options in OPTIONS:
            with self.subTest(options=options):
                self.fixed(self.stopped(*options, run=None))

    def test_nothing_is_changed(self):
        session = self.stopped(run=None)
        self.say(session, 'changes', 'no definition, constant or import differs')
        session.send('c')
        session.expect('hr: deep is unchanged')
        session.expect(PROMPT)
        self.fixed(session)

    def test_the_copy_stays_as_it_is(self):
        session = self.stopped(run=None)
        with open(self.copy, encoding='utf-8') as file:
            before = file.read()
        self.fixed(session)
        with open(self.copy, encoding='utf-8') as file:
            self.assertEqual(file.read(), before)


class TestRun(OriginCase):
    def test_copied_tree(self):
        for options in OPTIONS:
            with self.subTest(options=options):
                self.fixed(self.stopped(*options))

    def test_what_else_was_edited(self):
        session = self.stopped()
        self.edit('part = Part()', 'part = Part()  # new')
        self.edit(*FIX)
        session.send('c')
        session.expect('total')
        session.expect(FIXED)
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_edits_in_a_row(self):
        session = self.stopped()
        self.edit('row["x"] / 2', 'row["z"] / 2')
        session.send('c')
        session.expect("in deep: KeyError: 'z'")
        session.expect(PROMPT)
        self.edit('"""A program."""\n', '"""A program."""\n\nimport os\n')
        self.edit('row["z"] / 2', 'row.get("x", 4) / 2')
        self.finish(session, 'hr: reloaded deep (program.py:16, 1 line changed)', FIXED)

    def test_at_module_level(self):
        self.copied(text='x = {"b": 1}\n\n\ndef f():\n    return 2\n\n\n'
                         'print("got", x["a"] + f())\n')
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')])
        session.expect(PROMPT)
        self.edit('x["a"]', 'x["b"]')
        self.finish(session, 'hr: going on with program.py:8', 'got 3\n')

    def test_edit_opens_the_original(self):
        editor = os.path.join(self.folder.name, 'nano')
        with open(editor, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\necho "opened $*"\n')
        os.chmod(editor, 0o755)
        self.copied()
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')],
                               VISUAL='', EDITOR=editor)
        session.expect(PROMPT)
        self.say(session, 'edit', 'opened +15 ' + os.path.realpath(self.path))
        self.fixed(session)

    def test_wait_watches_the_original(self):
        session = self.stopped()
        session.send('wait')
        session.expect('hr: waiting for program.py to be saved\n')
        self.edit(*FIX)
        session.expect(FIXED)
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_waiting_in_place_of_a_prompt(self):
        self.copied()
        session = self.session([harness.RUN, '--on-crash=wait',
                                os.path.join('copies', 'program.py')])
        session.expect("program.py:15:12: error: KeyError: 'x' [in deep]\n")
        session.expect('hr: waiting for program.py to be saved\n')
        self.edit(*FIX)
        session.expect('hr: reloaded deep (program.py:14, 1 line changed)')
        session.expect(FIXED)
        self.assertEqual(session.wait(), 0, session.transcript)


class TestPlaces(OriginCase):
    """hr-run runs the original in place of a copy that is nothing but that."""

    def test_prompt_shows_the_original(self):
        for options in OPTIONS:
            with self.subTest(options=options):
                session = self.stopped(*options)
                self.assertIn("program.py:15: in deep: KeyError: 'x'\n", session.transcript)
                self.assertIn('/program.py(15)deep()\n', session.transcript)
                self.assertNotIn('copies', session.transcript.split('\n', 1)[1])
                self.say(session, 'l', ' 15  ->\t    return row["x"] / 2')
                self.say(session, 'll', ' 14  \tdef deep(row):\n 15  ->\t    return')
                self.say(session, 'w', 'program.py(20)<genexpr>()', 'program.py(15)deep()')
                self.fixed(session)

    def test_traceback_of_an_imported_copy(self):
        self.write('import part\n\n\ndef main():\n    part.fail()\n\n\nmain()\n', 'program.py')
        self.write('def fail():\n    return 1 / 0\n', 'part.py')
        done = subprocess.run([harness.INSTRUMENT, '-o', 'copies', '.'],
                              cwd=self.folder.name, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = harness.run([harness.RUN, '--stop=never', 'copies/program.py'],
                           cwd=self.folder.name)
        error = done.stderr.decode()
        for line in ('program.py", line 8, in <module>', 'program.py", line 5, in main',
                     'part.py", line 2, in fail'):
            self.assertIn(f'File "{os.path.realpath(self.folder.name)}/{line}', error)

    def test_child_that_is_spawned(self):
        self.copied(text='''\
import multiprocessing


def work(queue):
    queue.put(1 / 0)


if __name__ == '__main__':
    context = multiprocessing.get_context('spawn')
    queue = context.Queue()
    child = context.Process(target=work, args=(queue,))
    child.start()
    print('got', queue.get())
    child.join()
''')
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')])
        session.expect(re.compile(r'^program\.py:5: in work: ZeroDivisionError', re.M))
        session.expect(PROMPT)
        self.edit('1 / 0', '2')
        self.finish(session, 'got 2\n')

    def test_what_a_program_sees_of_its_file(self):
        """The copy is the module's file still: what lies beside it is found."""
        self.copied(text='import inspect\n\n\ndef f():\n    return 1\n\n\n'
                         'print(__file__, inspect.getsource(f), f.__code__.co_firstlineno)\n')
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')])
        session.expect('copies/program.py def f():\n    return 1\n 4\n')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_where_a_class_begins(self):
        """In the copy, as python has it that runs the copy: also out of the cache."""
        for options in OPTIONS:
            copy = self.copied(*options, text=CLASSES)
            python = harness.python(copy).stdout
            self.assertIn(b'class First:\n', python)
            for cached in False, True:
                with self.subTest(options=options, cached=cached):
                    ours = harness.hr_run(copy, XDG_CACHE_HOME=self.folder.name,
                                          PYTHONDONTWRITEBYTECODE=None)
                    self.assertEqual(ours.stdout, python)
                    self.assertEqual(ours.stderr, b'')
            for root, _, files in os.walk(os.path.join(self.folder.name, 'hot-restart')):
                for name in files:
                    os.remove(os.path.join(root, name))

    @unittest.skipIf(sys.version_info < (3, 13), 'classes do not know their line before 3.13')
    def test_which_class_of_that_name(self):
        """Where only the line tells; what an edit moves stays where the copy has it."""
        self.copied(text=SAME_NAME)
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')])
        session.expect(PROMPT)
        for number in 3, 4:
            self.edit(f'size = {number - 1}\n', f'size = {number}\n')
            self.say(session, 'reload', 'hr: reloaded class Part')
            self.say(session, 'Part.size', f'{number}\n')
        self.say(session, 'import inspect; inspect.getsource(Part)', 'class Part:')
        self.edit('1 / 0', '1')
        self.finish(session, 'got 4\n')

    def test_copy_that_is_another_text(self):
        """It runs as it is, and the prompt says where the line is in the original."""
        copy = self.copied()
        with open(copy, encoding='utf-8') as file:
            text = file.read()
        with open(copy, 'w', encoding='utf-8') as file:
            file.write(text.replace('"total"', '"changed"'))
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')])
        session.expect(re.compile(r"copies/program\.py:\d\d: in deep: KeyError: 'x'\n"))
        session.expect('hr: a copy: edit program.py:15\n')
        session.expect(PROMPT)
        self.edit(*FIX)
        session.send('c')
        session.expect('hr: reloaded deep (program.py:14, 1 line changed)')
        session.expect("changed ('base!', 3.0)\n")
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_original_that_was_edited_since(self):
        copy = self.copied()
        self.edit('"""A program."""\n', '"""A program."""\n\nimport os\n')
        session = self.session([harness.RUN, copy])
        session.expect('in deep: KeyError: \'x\'')
        session.expect('hr: a copy: edit program.py:15\n')
        session.expect(PROMPT)
        self.edit(*FIX)
        self.finish(session, 'hr: reloaded deep (program.py:16, 1 line changed)', FIXED)


    def test_what_only_the_module_knows(self):
        """A constant, a class without functions, the module itself: by its __file__."""
        self.copied(text='LIMIT = 1\n\n\nclass Sizes:\n    small = 1\n\n\ndef main():\n'
                         '    return 1 / 0\n\n\nif __name__ == "__main__":\n'
                         '    print("got", main(), LIMIT, Sizes.small)\n')
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')])
        session.expect(PROMPT)
        self.edit('LIMIT = 1', 'LIMIT = 2')
        self.edit('small = 1', 'small = 3')
        self.say(session, 'reload', 'hr: reloaded LIMIT (program.py:1)',
                 'hr: reloaded class Sizes (program.py:4): changed small')
        self.edit('1 / 0', '4')
        self.finish(session, 'got 4 2 3\n')

    def test_reload_module(self):
        self.write('import part, hot_restart\n\nprint(part.size())\n'
                   'with open("part.py", "w") as file:\n'
                   '    file.write("def size():\\n    return 2\\n")\n'
                   'hot_restart.reload_module(part)\nprint(part.size())\n')
        self.write('def size():\n    return 1\n', 'part.py')
        subprocess.run([harness.INSTRUMENT, '-o', 'copies', '.'], cwd=self.folder.name, check=True)
        shown = harness.run([harness.RUN, 'copies/program.py'], cwd=self.folder.name)
        self.assertEqual((shown.stdout, shown.stderr), (b'1\n2\n', b''))


class TestTrouble(OriginCase):
    def test_syntax_error_in_the_original(self):
        session = self.stopped()
        self.edit('row["x"] / 2', 'row["x" / 2')
        session.send('c')
        session.expect('\nprogram.py:15:')
        session.expect(': error: ')
        session.expect(PROMPT)
        self.edit('row["x" / 2', FIX[1])
        self.finish(session, 'hr: reloaded deep (program.py:14, 1 line changed)', FIXED)

    def test_rest_of_the_original_is_half_typed(self):
        session = self.stopped()
        self.edit('part = Part()', 'part = Part(')
        self.edit('return "base"', 'if')
        self.edit(*FIX)
        session.send('c')
        session.expect('hr: reloaded deep (program.py:14, 1 line changed)')
        session.expect(FIXED)
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_half_typed_definition_of_the_original(self):
        session = self.stopped()
        self.edit('def deep(row):', 'def deep(row')
        session.send('c')
        session.expect('\nprogram.py:14:')
        session.expect(': error: ')
        session.expect(PROMPT)
        self.edit('def deep(row', 'def deep(row):')
        self.fixed(session)

    def test_original_that_is_no_text(self):
        session = self.stopped()
        with open(self.path, encoding='utf-8') as file:
            text = file.read()
        self.write(text.replace('"base"', '"ba\0se"'))
        session.send('c')
        session.expect('program.py:6:19: error: the text holds a NUL byte')
        session.expect(PROMPT)
        self.write(text)
        self.fixed(session)

    def test_error_that_only_the_compiler_knows(self):
        session = self.stopped()
        self.edit('return row["x"] / 2', 'x = 1; global x')
        session.send('c')
        session.expect('\nprogram.py:15:')
        session.expect(": error: name 'x' is assigned to before global declaration")
        session.expect(PROMPT)
        self.edit('x = 1; global x', 'return ' + FIX[1])
        self.finish(session, FIXED)

    def test_definition_that_is_gone(self):
        session = self.stopped()
        self.edit('def deep(row)', 'def deeper(row)')
        session.send('c')
        session.expect('\nprogram.py:')
        session.expect('error: no definition of deep')
        session.expect(PROMPT)
        self.edit('def deeper(row)', 'def deep(row)')
        self.fixed(session)

    def test_original_that_is_gone(self):
        copy = self.copied()
        os.remove(self.path)
        session = self.session([harness.RUN, os.path.join('copies', 'program.py')])
        session.expect(PROMPT)
        self.assertNotIn('hr: a copy', session.transcript)
        self.path = copy
        with open(copy, encoding='utf-8') as file:
            text = file.read()
        with open(copy, 'w', encoding='utf-8') as file:
            file.write(text.replace(*FIX))
        self.finish(session, 'copies/program.py is reloaded as it is',
                    'hr: reloaded deep (copies/program.py:', FIXED)
        self.assertEqual(session.transcript.count('is reloaded as it is'), 1)

    def test_original_that_goes_after_an_edit(self):
        """The copy would take the edit back."""
        session = self.stopped()
        self.edit('row["x"] / 2', 'row["z"] / 2')
        session.send('c')
        session.expect("in deep: KeyError: 'z'")
        session.expect(PROMPT)
        with open(self.path, encoding='utf-8') as file:
            text = file.read()
        os.remove(self.path)
        session.send('c')
        session.expect(': error: ')
        session.expect('No such file')
        session.expect(PROMPT)
        self.write(text.replace('row["z"] / 2', FIX[1]))
        self.finish(session, FIXED)


if __name__ == '__main__':
    unittest.main()
