"""Guarding under plain python: wrap and its like, and what they may not change."""

import os
import re
import shutil
import tempfile
import textwrap
import unittest

import harness

COMMON = '''
import functools, hot_restart, inspect, sys
def guarded(f):
    return "__hr_crashed__" in f.__code__.co_names
'''


class Loading(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(textwrap.dedent(text))
        return path

    def run_text(self, text, stderr='', *options):
        path = self.write('program.py', COMMON + textwrap.dedent(text))
        shown = harness.python(*options, path, cwd=self.folder)
        self.assertEqual(re.sub('0x[0-9a-f]+', '0x', shown.stderr.decode()), stderr)
        self.assertEqual(shown.returncode, 0)
        return shown.stdout.decode()

    def test_returns_the_very_object(self):
        self.run_text('''
            def f(a): return a
            same = f
            assert not guarded(f)
            assert hot_restart.wrap(f) is same and guarded(f) and f(3) == 3
            code = f.__code__
            assert hot_restart.wrap(f) is same and f.__code__ is code
            class C:
                def m(self): return 1 + 1
            assert hot_restart.wrap_class(C) is C and guarded(C.m)
            s = staticmethod(f)
            assert hot_restart.wrap(s) is s
        ''')

    def test_signature_and_source_stay(self):
        self.run_text('''
            def f(a, /, b: int = 2, *c, d=4, **e) -> str:
                """doc"""
                a = [a]
                return a, b, c, d, e
            before = (inspect.signature(f), f.__doc__, f.__defaults__, f.__kwdefaults__,
                      f.__annotations__, inspect.getsource(f), f.__code__.co_firstlineno,
                      f.__code__.co_varnames[:5], f(1, 2, 3, x=5), f.__qualname__,
                      f.__code__.co_flags, f.__code__.co_filename)
            hot_restart.wrap(f)
            assert guarded(f)
            assert before == (inspect.signature(f), f.__doc__, f.__defaults__,
                      f.__kwdefaults__, f.__annotations__, inspect.getsource(f),
                      f.__code__.co_firstlineno, f.__code__.co_varnames[:5],
                      f(1, 2, 3, x=5), f.__qualname__, f.__code__.co_flags,
                      f.__code__.co_filename), before
        ''')

    def test_closures_keep_their_cells(self):
        self.run_text('''
            def outer(n):
                total = 0
                @hot_restart.wrap
                def inner(k):
                    nonlocal total
                    total += k * n
                    return total
                return inner
            a, b = outer(2), outer(3)
            assert guarded(a) and guarded(b)
            assert (a(1), a(1), b(1), a(1)) == (2, 4, 3, 6)
        ''')

    def test_methods_of_every_kind(self):
        self.run_text('''
            @hot_restart.wrap
            class C:
                class Inner:
                    def q(self): return 9 + 0
                def m(self): return super().__repr__()
                @staticmethod
                def s(): return 1 + 1
                @classmethod
                def c(cls): return cls
                @property
                def p(self): return self.v
                @p.setter
                def p(self, v): self.v = v
                @functools.cached_property
                def cp(self): return self.v
                @functools.lru_cache
                def lru(self): return self.v
                @hot_restart.no_wrap
                def left(self): return 1 * 3
                def __private(self): return self.__x
            functions = (C.m, C.s, C.c.__func__, C.p.fget, C.p.fset, C.__dict__["cp"].func,
                         C.lru.__wrapped__, C._C__private, C.Inner.q)
            assert all(map(guarded, functions)), [f for f in functions if not guarded(f)]
            assert not guarded(C.left) and C().left() == 3
            c = C(); c.p = 5
            assert (c.p, c.cp, c.lru(), C.s(), C.c(), c.Inner().q()) == (5, 5, 5, 2, C, 9)
            assert "C object" in c.m()
        ''')

    def test_decorators_at_any_position(self):
        self.run_text('''
            def twice(f):
                @functools.wraps(f)
                def both(*args): return f(*args), f(*args)
                return both
            @hot_restart.wrap
            @twice
            def above(x): return x + 0
            @twice
            @hot_restart.wrap
            def below(x): return x + 0
            assert guarded(above.__wrapped__) and guarded(below.__wrapped__)
            assert not guarded(above) and above(1) == below(1) == (1, 1)
            partial = functools.partial(above.__wrapped__, 3)
            assert hot_restart.wrap(partial) is partial and partial() == 3
        ''')

    def test_options(self):
        self.run_text('''
            @hot_restart.wrap(propagated_exceptions=(KeyError,),
                              propagate_keyboard_interrupt=False)
            def f(): return 1 + 1
            @hot_restart.wrap()
            def g(): return 1 + 1
            @hot_restart.wrap_class(propagated_exceptions=(KeyError,))
            class C:
                def m(self): return 1 + 1
            assert all(map(guarded, (f, g, C.m)))
            try:
                hot_restart.wrap(f, no_such=1)
            except TypeError:
                pass
            else:
                raise AssertionError
        ''')

    def test_module(self):
        self.write('other.py', '''
            from json import dumps
            from helper import helped
            def own(): return 1 + 1
            class Own:
                def m(self): return 1 + 1
            @__import__("functools").lru_cache
            def cached(): return 1 + 1
        ''')
        self.write('helper.py', 'def helped(): return 1 + 1\n')
        self.run_text('''
            import other
            hot_restart.wrap_module("other")
            assert guarded(other.own) and guarded(other.Own.m)
            assert guarded(other.cached.__wrapped__)
            assert not guarded(other.helped) and not guarded(other.dumps)
            hot_restart.wrap_modules("h*per")
            assert guarded(other.helped)
            def before(): return 1 + 1
            hot_restart.wrap_module()
            def after(): return 1 + 1
            assert guarded(before) and not guarded(after)
            assert before() == after() == 2
            try:
                hot_restart.wrap_module("no_such")
            except KeyError:
                pass
            else:
                raise AssertionError
        ''')

    def test_what_cannot_be_wrapped(self):
        self.run_text('''
            assert hot_restart.wrap(len) is len
            assert hot_restart.wrap(3) == 3
            f = eval("lambda: 1")
            assert hot_restart.wrap(f) is f and f() == 1
        ''', 'hr: <built-in function len> is not wrapped: it is not a Python function or '
             'class\nhr: 3 is not wrapped: it is not a Python function or class\n'
             + 'hr: <function <lambda> at 0x> is not wrapped: a lambda fails in the function that calls it\n')
        self.run_text('''
            def f(): pass
            def g(): pass
            f.__wrapped__, g.__wrapped__ = g, f
            try:
                hot_restart.wrap(f)
            except RecursionError as error:
                assert " while looking for the function inside" in str(error), error
            else:
                raise AssertionError("it came to an end")
            empty = property()
            assert hot_restart.wrap(empty) is empty
        ''', 'hr: <property object at 0x> is not wrapped: it holds no function\n')
        path = self.write('away.py', 'def f(): return 1\n')
        self.run_text(f'''
            import away
            with open({path!r}, "w") as file:
                file.write("def f(: return 1\\n")
            assert hot_restart.wrap(away.f)() == 1
        ''', 'hr: <function f at 0x> is not wrapped: its file cannot be guarded\n')

    def test_an_edited_file_is_not_taken(self):
        path = self.write('edited.py', 'def f(a): return a + 1\n\ndef g(a): return a + 1\n')
        self.run_text(f'''
            import edited
            with open({path!r}, "w") as file:
                file.write("def f(a): return a - 1\\n\\ndef h(a): return a + 1\\n")
            assert hot_restart.wrap(edited.f)(1) == 2 and not guarded(edited.f)
            assert hot_restart.wrap(edited.g)(1) == 2 and not guarded(edited.g)
        ''', 'hr: <function f at 0x> is not wrapped: its file is not what was loaded\n'
             'hr: <function g at 0x> is not wrapped: its file is not what was loaded\n')

    def test_warnings_are_not_repeated(self):
        path = self.write('warned.py', 'def f(): return 1 is 1\n')
        self.write('program.py', COMMON + 'import warned\nhot_restart.wrap(warned.f)\n'
                                          'assert guarded(warned.f)\n')
        shown = harness.python('program.py', cwd=self.folder)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        lines = shown.stderr.decode().splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(lines[0].startswith(f'{path}:1: SyntaxWarning: "is" with '), lines)

    def test_settings(self):
        self.run_text('''
            assert hot_restart.RELOAD_ON_CONTINUE is True
            assert hot_restart.RELOAD_ALL_ON_CONTINUE is False
            assert hot_restart.PRINT_HELP_MESSAGE is True
            assert hot_restart.PROGRAM_SHOULD_EXIT is False
            assert isinstance(hot_restart.__version__, str)
            assert issubclass(hot_restart.ReloadException, ValueError)
            hot_restart.DEBUGGER = "pdb"
        ''')

    def test_imported_twice(self):
        self.run_text('''
            first = hot_restart.ReloadException
            del sys.modules["hot_restart"]
            import hot_restart as again
            def f(): return 1 + 1
            again.wrap(f)
            assert guarded(f) and again.ReloadException is first
        ''')

    def test_class_first_line(self):
        """On 3.13 a class body holds its line as a constant, here one that is shared,
        whichever line it has in the guarded text."""
        lines = ['', 'def f(): return 1 + 1', 'class C:', '    def m(self): return 1 + 1']
        lines += [f'    x{i} = {i}' for i in range(20)]
        path = self.write('shared.py', '\n'.join(lines) + '\n')
        self.run_text(f'''
            import marshal
            code = hot_restart._guarded_code({path!r})
            for code in code, marshal.loads(marshal.dumps(code)):
                space = {{"__name__": "shared"}}
                exec(code, space)
                C = space["C"]
                assert getattr(C, "__firstlineno__", 3) == 3, C.__firstlineno__
                assert [getattr(C, f"x{{i}}") for i in range(20)] == list(range(20))
        ''')

    def test_many_methods(self):
        """A constant more than 255 on is not the class's first line."""
        lines = ['def f(): return 1 + 1', 'class C:']
        lines += [f'    def m{i}(self): return {i}' for i in range(300)]
        path = self.write('methods.py', '\n'.join(lines) + '\n')
        self.run_text(f'''
            code = hot_restart._guarded_code({path!r})
            space = {{"__name__": "methods"}}
            exec(code, space)
            C = space["C"]
            assert getattr(C, "__firstlineno__", 2) == 2
            assert [getattr(C(), f"m{{i}}")() for i in range(300)] == list(range(300))
        ''')

    def test_many_constants(self):
        """More than 255 constants, the line shared with one of them."""
        lines = ['def f(): return 1 + 1', 'class C:', '    x = 2']
        lines += [f'    x{i} = {i + 1000}' for i in range(300)]
        path = self.write('many.py', '\n'.join(lines) + '\n')
        self.write('program.py', f'import hot_restart\ncode = hot_restart._guarded_code({path!r})\n'
                                 'print(code is None)\n')
        shown = harness.python('program.py', cwd=self.folder)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        if shown.stdout == b'True\n':
            self.assertIn(b'cannot be guarded and runs as it is', shown.stderr)


if __name__ == '__main__':
    unittest.main()
