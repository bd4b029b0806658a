"""Which functions are wrapped, of all that can be given to wrap and its like."""

import os
import unittest

from cycle import PROMPT, CycleCase
from test_wrapping import WrapCase


class TestNames(WrapCase):
    """What `import *` and an attribute's name bring a program of the Python library."""

    def test_names(self):
        self.silent('''\
names = {}
exec('from hot_restart import *', names)
print(*sorted(name for name in names if name != '__builtins__'))
print(hot_restart.__version__, hot_restart.ReloadException.__mro__[1].__name__)
print(hot_restart.PROGRAM_SHOULD_EXIT, hot_restart.RELOAD_ON_CONTINUE,
      hot_restart.RELOAD_ALL_ON_CONTINUE, hot_restart.PRINT_HELP_MESSAGE, hot_restart.DEBUGGER)
''', 'ReloadException exit is_restarting_module no_wrap reload_module reraise restart_module '
     'wrap wrap_class wrap_module wrap_modules\n0.2.4 ValueError\nFalse True False True pdb\n')

    def test_types_belong_to_the_module(self):
        """Each is made for one module object: a heap type, which goes with it."""
        self.silent('''\
import builtins
made = [type(value) for name, value in vars(builtins).items() if name.startswith('__hr_')]
made.append(hot_restart.ReloadException)
print(len(made), all(kind.__flags__ & 1 << 9 for kind in made))
''', '5 True\n')


class TestObjects(WrapCase):
    def test_each_holder(self):
        """The very object comes back, and the function in it can be restarted."""
        self.silent('''\
import functools
def body(self=None, *rest): return int('1')
def fresh():
    # A copy of its own for each: wrapping one must not wrap another.
    return type(body)(body.__code__.replace(), globals())
def noted(function):
    @functools.wraps(function)
    def around(*args): return function(*args)
    return around
class Other:
    method = fresh()
made = {}
for make in (fresh, lambda: staticmethod(fresh()), lambda: classmethod(fresh()),
             lambda: property(fresh()), lambda: property(None, fresh()),
             lambda: property(None, None, fresh()), lambda: functools.cached_property(fresh()),
             lambda: functools.cache(fresh()), lambda: functools.partial(fresh()),
             lambda: functools.partialmethod(fresh()), lambda: functools.singledispatch(fresh()),
             lambda: functools.singledispatchmethod(fresh()), lambda: noted(fresh()),
             lambda: noted(noted(fresh())), lambda: staticmethod(functools.cache(noted(fresh()))),
             lambda: Other().method):
    given = make()
    inside = given
    while not hasattr(inside, '__code__') or hasattr(inside, '__wrapped__'):
        inside = next(found for name in ('__wrapped__', '__func__', 'func', 'fget', 'fset', 'fdel')
                      if (found := getattr(inside, name, None)) is not None)
    before = wrapped(inside)
    for _ in range(2):
        assert hot_restart.wrap(given) is given
        code = inside.__code__
    assert inside.__code__ is code and not inside.__dict__, inside.__dict__
    print(before, wrapped(inside), end=' ')
print()
''', 'False True ' * 16 + '\n')

    def test_twice_is_once(self):
        self.silent('''\
def f(a, *, b=2): return int('1')
f.note = 5
state = lambda: (f.__code__, f.__dict__.copy(), f.__defaults__, f.__kwdefaults__, id(f))
hot_restart.wrap(f)
before = state()
hot_restart.wrap(hot_restart.wrap(f))
hot_restart.wrap_module()
print(state() == before, f.__code__ is before[0], f.note)
''', 'True True 5\n')


class TestClasses(WrapCase):
    def test_members(self):
        self.silent('''\
import abc, dataclasses, enum, functools, typing
def count(): return int('1')
class Meta(type):
    def meta(cls): return count()
class Base:
    def inherited(self): return count()
    def __init_subclass__(cls, **options): pass
@hot_restart.wrap
class Class(Base, metaclass=Meta, keyword=1):
    def __init__(self): count()
    def __call__(self): count()
    @staticmethod
    def static(): count()
    @classmethod
    def of_class(cls): count()
    @property
    def read(self): count()
    @functools.cached_property
    def cached(self): count()
    @functools.lru_cache
    def remembered(self): count()
    @abc.abstractmethod
    def abstract(self): count()
    @functools.singledispatchmethod
    def dispatched(self, what): count()
    class Inner:
        def method(self): count()
        class Deeper:
            def method(self): count()
    borrowed = Base.inherited
    @hot_restart.no_wrap
    def left(self): count()
    short = lambda self: count()
    builtin = len
of = Class.__dict__
print(*map(wrapped, (Class.__init__, Class.__call__, of['static'].__func__, of['of_class'].__func__,
    of['read'].fget, of['cached'].func, of['remembered'].__wrapped__, Class.abstract,
    of['dispatched'].func, Class.Inner.method, Class.Inner.Deeper.method)))
print(*map(wrapped, (Base.inherited, Meta.meta, Class.borrowed, Class.left, Class.short)))
class Heir(Class):
    def own(self): count()
print(wrapped(Heir.own), Heir.__mro__[1] is Class)

@hot_restart.wrap_class()
class Colour(enum.Enum):
    RED = 1
    def shown(self): count()
@hot_restart.wrap
@dataclasses.dataclass(slots=True)
class Row:
    a: int = 0
    def shown(self): count()
class Pair(typing.NamedTuple):
    a: int = 0
    def shown(self): count()
hot_restart.wrap_class(Pair)
@hot_restart.wrap
class Failure(Exception):
    def shown(self): count()
print(*(wrapped(kind.shown) for kind in (Colour, Row, Pair, Failure)))
''', 'True ' * 10 + 'True\n' + 'False ' * 4 + 'False\nFalse True\nTrue True True True\n')

    def test_options_of_a_class(self):
        self.write('''\
import hot_restart

@hot_restart.wrap(propagated_exceptions=(KeyError,))
class Class:
    def method(self):
        raise KeyError

    class Inner:
        @staticmethod
        def static(kind):
            raise kind

for call in Class().method, lambda: Class.Inner.static(KeyError):
    try:
        call()
    except KeyError:
        print('passed')
Class.Inner.static(OSError)
''')
        session = self.python('program.py')
        session.expect('passed\npassed\n')
        session.expect('in Class.Inner.static: OSError')
        session.expect(PROMPT)


class TestModules(CycleCase):
    TEXT = '''\
import hot_restart
import json

def before():
    return json.loads('{')

def main():
    return before(), after()

if __name__ == '__main__':
    WRAP

def after():
    raise OSError

try:
    print('got', main())
except OSError:
    print('caught')
'''

    def test_in_the_middle_of_the_program(self):
        """What is defined by then is wrapped; a failure in a library stops in its caller."""
        self.write('import importlib, hot_restart\n'
                   'hot_restart.wrap_module(importlib.import_module("program"))\n', 'other.py')
        for wrap in ('hot_restart.wrap_module()', 'hot_restart.wrap_module("__main__")',
                     'hot_restart.wrap_module(__import__("sys").modules[__name__])'):
            self.write(self.TEXT.replace('WRAP', wrap))
            session = self.python('program.py')
            session.expect('program.py:5: in before: json.decoder.JSONDecodeError: ')
            session.expect('''-> return json.loads('{')\n''')
            session.expect(PROMPT)
            self.edit("'{'", "'{}'")
            session.send('c')
            session.expect('hr: reloaded before (program.py:4, 1 line changed)')
            session.expect('program.py:8: in main: OSError')
            session.expect(PROMPT)
            session.send('q')
            session.expect('caught\n')
            self.assertEqual(session.wait(), 0)

    def test_decorators_that_say_nothing(self):
        """Without functools.wraps, of this module and of another."""
        self.write('def logged(function):\n    def call(*args):\n'
                   '        return function(*args)\n    return call\n', 'other.py')
        self.write('''\
import hot_restart
from other import logged

def noted(function):
    def noting(*args):
        return function(*args)
    return noting

@logged
def f():
    return 1 / 0

@noted
@logged
def g():
    return 2 / 0

class A:
    @logged
    def h(self):
        return 3 / 0

    @staticmethod
    @noted
    def i():
        return 4 / 0

    @hot_restart.no_wrap
    @noted
    def j(self):
        return 5 / 0

hot_restart.wrap_module()
print('got', f(), g(), A().h(), A.i())
A().j()
''')
        session = self.python('program.py')
        for number, name in enumerate(('f', 'g', 'A.h', 'A.i'), 1):
            session.expect(f'in {name}: ZeroDivisionError')
            session.expect(PROMPT)
            self.edit(f'{number} / 0', f'{number}')
            session.send('c')
            session.expect(f'hr: reloaded {name} (')
        session.expect('got 1 2 3 4\n')
        session.expect('ZeroDivisionError: division by zero\n')
        self.assertEqual(session.wait(), 1)

    def test_two_modules_of_one_file(self):
        self.write('''\
import hot_restart

def f():
    return 1 / 0

hot_restart.wrap_module()
''', 'part.py')
        self.write('''\
import importlib.util, sys

def load(name):
    spec = importlib.util.spec_from_file_location(name, 'part.py')
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

one, other = load('one'), load('other')
print('got', one.f(), other.f())
''')
        session = self.python('program.py')
        session.expect('in f: ZeroDivisionError')
        session.expect(PROMPT)
        self.write('import hot_restart\n\ndef f():\n    return __name__\n', 'part.py')
        self.finish(session, 'got one other\n')

    def test_a_module_with_m(self):
        """python -m: the package's own modules by a pattern, __main__ as it calls."""
        self.write('''\
import hot_restart
from . import part

def main():
    return part.f(0)

hot_restart.wrap_module()
hot_restart.wrap_modules('package.*')
print('got', main())
''', self.folder_of('package') + '/__main__.py')
        self.write('', 'package/__init__.py')
        self.write('def f(x):\n    return 1 / x\n', 'package/part.py')
        session = self.python('-m', 'package')
        session.expect('part.py:2: in f: ZeroDivisionError')
        session.expect(PROMPT)
        self.write('def f(x):\n    return 2\n', 'package/part.py')
        self.finish(session, 'got 2\n')

    def folder_of(self, name):
        os.mkdir(os.path.join(self.folder.name, name))
        return name


class TestRestartModule(WrapCase):
    def test_what_has_no_text(self):
        self.write("x = 1\n", 'beside.py')
        self.write("x = 1\n", 'gone.py')
        self.silent('''\
import importlib.machinery, os, py_compile, types
import hot_restart
import beside
import gone
for module in beside, gone:
    module.__file__ = py_compile.compile(f'{module.__name__}.py', f'{module.__name__}.pyc')
os.unlink('gone.py')
with open('beside.py', 'w') as file:
    file.write('x = 2')
hot_restart.restart_module(beside)
print(beside.x)
built = types.ModuleType('built')
built.__file__ = 'built' + importlib.machinery.EXTENSION_SUFFIXES[0]
for module in gone, built:
    try:
        hot_restart.restart_module(module)
    except hot_restart.ReloadException as error:
        print(str(error).replace(repr(module), module.__name__))
''', '2\nthe source of gone cannot be read: gone.py: cannot open: No such file or directory\n'
     'the source of built is not known\n')


if __name__ == '__main__':
    unittest.main()
