"""Where the edited text stands, and how it gets there."""

import os
import re
import unittest

from cycle import PROMPT, CycleCase, harness

TEXT = '''\
def f(x):
    return x / 0

print('got', f(1))
'''
FIXED = TEXT.replace('x / 0', 'x')


class TestPaths(CycleCase):
    def restart(self, name, write, *arguments):
        """A crash of the program of that name; `write` puts the new text in place."""
        session = self.session([harness.RUN, *arguments, name])
        session.expect('in f: ZeroDivisionError')
        session.expect(PROMPT)
        write()
        self.finish(session, f'hr: reloaded f ({name}:1, 1 line changed)', 'got 1\n')

    def test_replaced_by_rename(self):
        self.write(TEXT)

        def write():
            self.write(FIXED, 'program.py.new')
            os.rename(os.path.join(self.folder.name, 'program.py.new'), self.path)
        self.restart('program.py', write)

    def test_the_old_file_is_moved_away(self):
        self.write(TEXT)

        def write():
            os.rename(self.path, self.path + '~')
            self.write(FIXED)
        self.restart('program.py', write)

    def test_symbolic_link(self):
        os.mkdir(os.path.join(self.folder.name, 'real'))
        self.write(TEXT, 'real/other.py')
        os.symlink('real/other.py', self.path)
        self.restart('program.py', lambda: self.write(FIXED, 'real/other.py'))

    def test_symbolic_link_to_another_file(self):
        self.write(TEXT, 'one.py')
        self.write(FIXED, 'two.py')
        os.symlink('one.py', self.path)

        def write():
            os.unlink(self.path)
            os.symlink('two.py', self.path)
        self.restart('program.py', write)

    def test_spaces_backslashes_and_other_letters(self):
        for folder in 'a b', 'a\\b', 'änder ü':
            os.mkdir(os.path.join(self.folder.name, folder))
            name = f'{folder}/my pro"gram\'.py'
            self.write(TEXT, name)
            self.restart(name, lambda name=name: self.write(FIXED, name))

    def test_another_folder_is_current(self):
        self.write('import os\nos.mkdir("deeper")\nos.chdir("deeper")\n' + TEXT)
        session = self.session([harness.RUN, 'program.py'])
        session.expect(PROMPT)
        self.write('import os\nos.mkdir("deeper")\nos.chdir("deeper")\n' + FIXED)
        self.finish(session, 'got 1\n')


    def test_names_that_begin_in_another_folder(self):
        """Of files that were loaded by such a name; another may bear it by now."""
        text = 'import hot_restart\n@hot_restart.wrap\ndef f(x):\n    return x / 0\n'
        for folder in 'one', 'two':
            os.mkdir(os.path.join(self.folder.name, folder))
            self.write(text + f'kept = {folder!r}\n', f'{folder}/part.py')
        self.write('''\
import os, runpy
for folder in 'one', 'two':
    os.chdir(folder)
    names = runpy.run_path('part.py')
    os.chdir('..')
    print('got', names['f'](1), names['kept'])
''')
        session = self.session([harness.PYTHON, 'program.py'], PYTHONPATH=harness.MODULE_PATH)
        for folder in 'one', 'two':
            session.expect('part.py:4: in f: ZeroDivisionError')
            session.expect(PROMPT)
            self.write(text.replace('x / 0', f'"of {folder}"'), f'{folder}/part.py')
            session.send('c')
            session.expect('hr: reloaded f (part.py:3, 1 line changed)')
            session.expect(f'got of {folder} {folder}\n')
        self.assertEqual(session.wait(), 0)

    def test_the_root_is_current(self):
        self.write('import os\nos.chdir("/")\n' + TEXT)
        session = self.session([harness.RUN, 'program.py'])
        path = os.path.realpath(self.path)
        session.expect(f'{path}:4: in f: ')
        session.expect(PROMPT)
        self.write('import os\nos.chdir("/")\n' + FIXED)
        self.finish(session, f'hr: reloaded f ({path}:3, ', 'got 1\n')

    def test_a_folder_of_the_current_one_s_name(self):
        """Only where a path begins, the current folder's name is left out."""
        self.write('import os\nhere = os.getcwd() + "/x"\nraise KeyError(f"/usr{here} {here}")\n')
        session = self.session([harness.RUN, 'program.py'])
        session.expect(f"in <module>: KeyError: '/usr{os.path.realpath(self.folder.name)}/x x'\n")


class TestTexts(CycleCase):
    def restart(self, text, old, new, expected):
        """As bytes."""
        with open(self.path, 'wb') as file:
            file.write(text)
        session = self.session([harness.RUN, 'program.py'])
        session.expect(PROMPT)
        self.assertEqual(text.count(old), 1)
        with open(self.path, 'wb') as file:
            file.write(text.replace(old, new))
        self.finish(session, expected)

    def test_form_feeds_and_tabs(self):
        self.restart(b'x = 1\n\x0c\nclass A:\n\tdef f(self):\n\t\tif x:\n'
                     b'\t\t\treturn 1 / 0\n\x0c\nprint("got", A().f())\n',
                     b'1 / 0', b'11', 'got 11\n')

    def test_continuations(self):
        self.restart(b'def \\\n  f(a, \\\n    b=2): \\\n  return a + \\\n    b / 0\n'
                     b'print("got", f(1))\n', b'b / 0', b'b', 'got 3\n')

    def test_a_continued_indentation(self):
        self.restart(b'class A:\n  \\\n  def f(self):\n      return 1 / 0\n'
                     b'print("got", A().f())\n', b'1 / 0', b'1', 'got 1\n')

    def test_byte_order_mark(self):
        self.restart('\ufeffdef f():\n    return "é" / 0\nprint("got", ascii(f()))\n'.encode(),
                     b' / 0', b'', "got '\\xe9'\n")

    def test_a_cookie_that_changes(self):
        first = '# coding: latin-1\ndef f():\n    return 1 / 0\nprint("got", ascii(f()))\n'
        self.write(first)
        session = self.session([harness.RUN, 'program.py'])
        session.expect(PROMPT)
        self.write(first.replace('latin-1', 'utf-8').replace('1 / 0', '"ü"'))
        self.finish(session, "got '\\xfc'\n")

    def test_lines_that_end_otherwise(self):
        text = b'def f():\n    x = """a\nb"""\n    return x / 0\nprint("got", repr(f()))\n'
        with open(self.path, 'wb') as file:
            file.write(text)
        session = self.session([harness.RUN, 'program.py'])
        session.expect(PROMPT)
        with open(self.path, 'wb') as file:
            file.write(text.replace(b' / 0', b'').replace(b'\n', b'\r\n'))
        self.finish(session, "got 'a\\nb'\n")

    def test_lines_that_a_return_alone_ends(self):
        text = 'def f():\n    """Of one."""\n    x = 1\n    return x / 0\n\nprint("got", f())\n'
        with open(self.path, 'wb') as file:
            file.write(text.replace('\n', '\r').encode())
        session = self.session([harness.RUN, 'program.py'])
        session.expect('program.py:4: in f: ')
        session.expect(PROMPT)
        with open(self.path, 'wb') as file:
            file.write(text.replace('x / 0', '[\n        x,\n    ]').replace('\n', '\r').encode())
        self.finish(session, 'got [1]\n')


class TestGone(CycleCase):
    TEXT = TEXT.replace('f(', 'compute(')

    def crash(self):
        session = self.start(self.TEXT)
        session.expect(PROMPT)
        return session

    def test_renamed(self):
        session = self.crash()
        self.write(self.TEXT.replace('compute(', 'computed('))
        session.send('c')
        session.expect('program.py:1:1: error: no definition of compute; the nearest is '
                       'computed\n')
        session.expect(PROMPT)
        self.write(self.TEXT.replace('x / 0', 'x'))
        self.finish(session, 'got 1\n')

    def test_nothing_near(self):
        session = self.crash()
        self.write('def quite_another(): pass\n')
        session.send('c')
        session.expect('program.py: error: no definition of compute\n')
        session.expect(PROMPT)
        self.assertNotIn('restarting', session.transcript)

    def test_method_moved_to_another_class(self):
        session = self.start('class A:\n    def f(self):\n        return 1 / 0\n'
                             'print("got", A().f())\n')
        session.expect(PROMPT)
        self.edit('class A', 'class B')
        session.send('c')
        session.expect('program.py:2:1: error: no definition of A.f; the nearest is B.f\n')
        session.expect(PROMPT)

    def test_file_gone(self):
        session = self.crash()
        os.unlink(self.path)
        session.send('c')
        session.expect('program.py: error: cannot open: No such file or directory; compute was looked for '
                       'there\n')
        session.expect(PROMPT)
        self.assertNotIn('restarting', session.transcript)
        # What is loaded is run when it is asked for, and only then.
        session.send('!import hot_restart; hot_restart.RELOAD_ON_CONTINUE = False')
        session.expect(PROMPT)
        session.send('c')
        session.expect('in compute: ZeroDivisionError')
        session.expect(PROMPT)
        session.send('!import hot_restart; hot_restart.RELOAD_ON_CONTINUE = True')
        session.expect(PROMPT)
        self.write(self.TEXT.replace('x / 0', 'x'))
        self.finish(session, 'got 1\n')

    def test_file_that_may_not_be_read_or_is_none(self):
        session = self.crash()
        os.unlink(self.path)
        os.mkdir(self.path)
        session.send('c')
        session.expect(re.compile(r'^program\.py: error: ', re.M))
        session.expect(PROMPT)
        os.rmdir(self.path)
        with open(self.path, 'wb') as file:
            file.write(b'def compute(x):\n    return "\xff"\n')
        session.send('c')
        session.expect(re.compile(r'^program\.py:2:13: error: .*encoding', re.M))
        session.expect(PROMPT)
        with open(self.path, 'wb') as file:
            file.write(b'# 1\r# 2\r\ndef compute(x):\n    return x\0\n')
        session.send('c')
        session.expect(re.compile(r'^program\.py:4:13: error: .*NUL', re.M))
        session.expect(PROMPT)
        self.write(self.TEXT.replace('x / 0', 'x'))
        self.finish(session, 'got 1\n')


if __name__ == '__main__':
    unittest.main()
