"""Edited classes are changed in place: what `reload` does to the class's own text."""

import unittest

from cycle import CRASH, PROMPT, ClassCase, harness

class TestMembers(ClassCase):
    BEFORE = '''\
class Box:
    """Old."""
    size = 1
    count = 0
    gone = 5
    def area(self):
        return self.size
    def old(self):
        return 'old'
    @staticmethod
    def made():
        return 'made 1'
    @classmethod
    def named(cls):
        return cls, 1
    @property
    def width(self):
        return 1

box = Box()
kept = Box.area, box.area, Box.__dict__['made'], Box.__dict__['width'], Box.width.fget
identity = id(Box), Box.__mro__
Box.count += 7
class Below(Box):
    pass
below = Below()
'''
    AFTER = BEFORE.replace('Old.', 'New.').replace('size = 1', 'size = 2') \
        .replace('    gone = 5\n', '    fresh = [size]\n') \
        .replace('return self.size', 'return self.size * 10') \
        .replace("def old(self):\n        return 'old'",
                 "def helper(self):\n        return type(self), self.area()") \
        .replace('made 1', 'made 2').replace('cls, 1', 'cls, 2') \
        .replace('        return 1\n', '        return 2\n')

    def test_members(self):
        session = self.reload(self.BEFORE, self.AFTER, '''
print('doc', Box.__doc__)
print('size', Box.size, box.size, 'count', Box.count, 'fresh', below.fresh)
print('gone', hasattr(Box, 'gone'), hasattr(Box, 'old'))
print('new', box.helper(), below.helper())
print('same', kept[0] is Box.area, kept[2] is Box.__dict__['made'],
      kept[3] is Box.__dict__['width'], kept[4] is Box.width.fget,
      identity == (id(Box), Box.__mro__), isinstance(box, Box))
print('bound', kept[1](), Box.made(), below.named(), box.width)
print('names', Box.helper.__qualname__, Box.helper.__module__, Box.__module__)
''', 'hr: reloaded class Box (program.py:1): new fresh, helper; changed __doc__, size; '
            'gone gone, old\n', 'hr: reloaded Box.area (program.py:6, 1 line changed)\n',
            expect=(
                'doc New.\n', "size 2 2 count 7 fresh [2]\n", 'gone False False\n',
                "new (<class '__main__.Box'>, 20) (<class '__main__.Below'>, 20)\n",
                'same True True True True True True\n',
                "bound 20 made 2 (<class '__main__.Below'>, 2) 2\n",
                'names Box.helper __main__ __main__\n'))
        self.assertNotIn('edited as well', session.transcript)


    def test_what_is_written_as_it_was_is_not_run_again(self):
        before = '''\
seen = []
def note(x):
    seen.append(x)
    return x
class A:
    a = note('a')   # a comment
    b = note('b')
    def f(self): return 1
'''
        after = before.replace("a = note('a')   # a comment", "a  =  note( 'a' ) # other") \
            .replace("b = note('b')", "b = note('b2')\n    # and\n    c = note(b)")
        self.reload(before, after, "print(seen, A.a, A.b, A.c)\n",
                    'hr: reloaded class A (program.py:5): new c; changed b\n',
                    expect=("['a', 'b', 'b2', 'b2'] a b2 b2\n",))

    def test_what_new_statements_need_is_run(self):
        before = "class A:\n    _rows = [1, 2]\n    total = sum(_rows)\n    del _rows\n"
        self.reload(before, before.replace('sum(', '10 * sum('), 'print(A.total, vars(A).get("_rows"))\n',
                    'changed total\n', expect=('30 None\n',))

    def test_layout_is_no_edit(self):
        before = 'class A:\n    x = {1: 2}\n    def f(self): return 1\n\n'
        after = ('class A():  # one\n\n    # two\n    x = {1 : 2,  # three\n         }\n'
                 '    def f(self): return 1\n')
        after = after.replace('2,', '2')
        session = self.start(before + CRASH + 'main()\n')
        session.expect(PROMPT)
        self.edit(before, after)
        self.edit('1 / 0', '1')
        self.finish(session)
        self.assertNotIn('edited as well', session.transcript)

    def test_super_and_class_cell(self):
        before = '''\
class Base:
    def who(self):
        return 'base'
class A(Base):
    def f(self):
        return 1
a = A()
old = id(A)
'''
        after = before.replace('        return 1\n', '''\
        return super().who()
    def who(self):
        return 'a and ' + super().who(), __class__ is type(self), id(__class__) == old
    def __private(self):
        return 'private'
    def g(self):
        return self.__private()
''')
        self.reload(before, after, 'print(a.f(), a.who(), a.g())\n',
                    'new who, _A__private, g\n',
                    expect=("base ('a and base', True, True) private\n",))

    def test_kinds_of_methods_change(self):
        before = '''\
class A:
    def f(self):
        return 1
    @property
    def p(self):
        return 'p'
    @staticmethod
    def s():
        return 's'
a = A()
bound = a.f
'''
        after = before.replace('    def f(', '    @property\n    def f(') \
            .replace("        return 'p'\n", "        return 'p'\n    @p.setter\n"
                     "    def p(self, value):\n        self.q = value\n") \
            .replace('@staticmethod', '@classmethod').replace('def s()', 'def s(cls)') \
            .replace("'s'", 'cls.__name__')
        self.reload(before, after, 'a.p = 3\nprint(a.f, a.p, a.q, a.s(), bound())\n',
                    'changed f, p, s\n', expect=('1 p 3 A 1\n',))

    def test_special_methods(self):
        before = 'class A:\n    n = 0\n    def __len__(self): return 1\na = A()\nhash(a)\n'
        after = before.replace('    n = 0\n', '''\
    def __eq__(self, other): return True
    def __call__(self): return 'called'
    def __new__(cls): return object.__new__(cls)
    def __init_subclass__(cls): cls.made = True
    def __class_getitem__(cls, item): return item
    def __add__(self, other): return 'sum'
''').replace('    def __len__(self): return 1\n', '')
        self.reload(before, after, '''
class B(A): pass
print(a == 5, a(), type(A()) is A, B.made, A[3], a + 1, A.__hash__, hasattr(a, '__len__'))
try:
    len(a)
except TypeError as error:
    print(error)
''', 'gone n, __len__\n', expect=("True called True True 3 sum None False\n", 'has no len()'))

    def test_set_name(self):
        before = '''\
class Field:
    def __set_name__(self, owner, name):
        self.at = owner, name
class A:
    x = 1
    def f(self): pass
'''
        self.reload(before, before.replace('    x = 1', '    x = Field()\n    y = Field()'),
                    'print(A.__dict__["x"].at == (A, "x"), A.__dict__["y"].at == (A, "y"))\n',
                    expect=('True True\n',))

    def test_annotations(self):
        before = 'class A:\n    x: int = 1\n    y: str\n    def f(self): pass\n'
        after = before.replace('y: str', 'y: bytes\n    z: list')
        self.reload(before, after, 'print(A.__annotations__)\n', 'annotations\n',
                    expect=("{'x': <class 'int'>, 'y': <class 'bytes'>, 'z': <class 'list'>}\n",))

    def test_future_annotations(self):
        before = ('class A:\n    x: int = 1\n')
        self.reload(before, before.replace('x: int', 'x: Missing'), 'print(A.__annotations__)\n',
                    imports='from __future__ import annotations\n',
                    expect=("{'x': 'Missing'}\n",))

    def test_no_functions_and_one_line(self):
        before = 'class A: x = 1; y = 2\nclass B:\n    z = 3\n'
        after = 'class A: x = 1; y = 20\nclass B:\n    z = 30\n    w = 4\n'
        self.reload(before, after, 'print(A.x, A.y, B.z, B.w)\n',
                    'hr: reloaded class A', 'hr: reloaded class B',
                    expect=('1 20 30 4\n',))

    def test_twice(self):
        session = self.start('class A:\n    n = 1\n    m = 1\n' + CRASH +
                             'main()\nprint(A.n, A.m)\n')
        session.expect(PROMPT)
        self.edit('n = 1', 'n = 2')
        session.send('reload')
        session.expect('class A (program.py:1): changed n\n')
        session.expect(PROMPT)
        session.send('!A.n = 5')
        session.expect(PROMPT)
        self.edit('m = 1', 'm = 2')
        session.send('reload')
        session.expect('class A (program.py:1): changed m\n')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, '5 2\n')

    def test_new_names_of_the_module(self):
        before = 'class A:\n    def f(self): return 1\na = A()\n'
        after = ('import math\nROOT = math.sqrt(16)\n' + before.replace(
            '    def f', '    root = ROOT\n    def g(self): return math.floor(2.5)\n    def f'))
        self.reload(before, after, 'print(A.root, a.g())\n', 'hr: brought in ',
                    expect=('4.0 2\n',))

    def test_source_of_the_class(self):
        before = 'class A:\n    def f(self): return 1\n'
        self.reload(before, '\n\n' + before + '    def g(self): return self.x\n',
                    'import inspect\nprint([inspect.getsource(A)])\n',
                    expect=("['class A:\\n    def f(self): return 1\\n    def g(self): return self.x\\n']",))


class TestPlaces(ClassCase):
    def test_nested(self):
        before = '''\
made = []
class Outer:
    class Inner:
        made.append(1)
        n = 1
        def f(self): return 1
    def f(self): return self.Inner
inner = Outer.Inner()
old = Outer.Inner
'''
        after = before.replace('        n = 1\n', '        n = 2\n        def g(self): return self.n\n') \
            .replace('class Outer:\n', 'class Outer:\n    class Fresh:\n        x = 9\n')
        self.reload(before, after,
                    'print(old is Outer.Inner, inner.n, inner.g(), Outer.Fresh.x, '
                    'Outer.Fresh.__qualname__, made)\n',
                    'hr: reloaded class Outer (program.py:2): new Fresh\n',
                    'hr: reloaded class Outer.Inner (program.py:5): new g; changed n\n',
                    expect=('True 2 2 9 Outer.Fresh [1]\n',))

    def test_local(self):
        session = self.start('''\
def make(k):
    class A:
        n = k
        def f(self):
            return k
    return A

one, two = make(1), make(2)

def main():
    return 1 / 0

main()
print(one.n, two.n, one().g(), two().g())
''')
        session.expect(PROMPT)
        self.edit('n = k\n', 'n = k * 10\n        def g(self):\n            return k * 100\n')
        session.send('reload')
        session.expect('hr: reloaded class make.A (program.py:2): new g; changed n\n')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.finish(session, '10 20 100 200\n')
        self.assertEqual(session.transcript.count('reloaded class'), 1)

    def test_local_whose_scope_is_gone(self):
        before = 'def make(k):\n    class A:\n        n = 0\n    return A\nA = make(1)\n'
        self.reload(before, before.replace('n = 0', 'n = k'), 'print(A.n)\n',
                    'program.py:2:1: error: class make.A stays as it was: NameError: '
                    'no value is known for k of the enclosing function\n', expect=('0\n',))

    def test_other_module(self):
        self.write('class Part:\n    n = 1\n', 'part.py')
        session = self.start('import part\n' + CRASH + 'main()\nprint(part.Part.n)\n')
        session.expect(PROMPT)
        self.write('class Part:\n    n = 2\n', 'part.py')
        self.edit('1 / 0', '1')
        session.send('reload part')
        session.expect('hr: reloaded class Part (part.py:1): changed n\n')
        session.expect(PROMPT)
        self.finish(session, '2\n')

    def test_several_of_one_name(self):
        before = '''\
import sys
if sys.version_info < (3,):
    class A:
        n = 0
        def f(self): return 1
else:
    class A:
        n = 1
        def f(self): return 1
'''
        self.reload(before, before.replace('n = 0', 'n = 10').replace('n = 1\n', 'n = 11\n'),
                    'print(A.n)\n', 'class A (program.py:7): changed n\n', expect=('11\n',))

    def test_type_parameters(self):
        if self.version() < (3, 12):
            return
        before = 'class A[T]:\n    n = 1\n    def f(self, x: T) -> T: return x\n'
        self.reload(before, before.replace('n = 1', 'n = T\n    def g[U](self, x: T, y: U): return x'),
                    'print(A.n is A.__type_params__[0], A().g(1, 2), '
                    'A.g.__annotations__["x"] is A.n)\n', 'new g; changed n\n',
                    expect=('True 1 True\n',))
        self.reload(before, before.replace('[T]', '[T, V]'), '',
                    'program.py:1:1: error: class A stays as it was: its type parameters or '
                    'bases differ\n')

    def version(self):
        out = harness.python('-c', 'import sys; print(sys.version_info[:2])').stdout
        return eval(out)


class TestScope(ClassCase):
    TEXT = '''\
class A:
    n = 1
    def f(self):
        return self.n / 0
class B:
    m = 1
    def g(self):
        return 1
a, b = A(), B()
print('got', a.f(), B.m, b.g())
'''

    def crash(self, *options):
        session = self.start(self.TEXT, *options)
        session.expect('in A.f: ZeroDivisionError')
        session.expect(PROMPT)
        return session

    def test_a_restarted_method_needs_a_new_one(self):
        session = self.crash()
        self.edit('return self.n / 0', 'return self.helper()\n    def helper(self): return 7')
        session.send('c')
        session.expect("hr: edited as well, still as they were: class A ('reload' at the "
                       'prompt takes them)\n')
        session.expect("AttributeError: 'A' object has no attribute 'helper'")
        session.expect(PROMPT)
        session.send('reload')
        session.expect('hr: reloaded class A (program.py:1): new helper\n')
        session.expect(PROMPT)
        self.finish(session, 'got 7 1 1\n')

    def test_by_name(self):
        session = self.crash()
        self.edit('m = 1', 'm = 2')
        self.edit('n = 1', 'n = 2')
        self.edit('return 1', 'return 10')
        self.edit(' / 0', '')
        session.send('reload B')
        session.expect('hr: reloaded class B (program.py:5): changed m\n')
        session.expect('hr: reloaded B.g (')
        session.expect(PROMPT)
        self.finish(session, 'still as they were: class A (', 'got 1 2 10\n')

    def test_shown(self):
        session = self.crash()
        self.edit('m = 1', 'm = 2')
        session.send('changes B')
        session.expect('--- program.py:5 B (runs)\n')
        session.expect('+++ program.py:5 B (on disk)\n')
        session.expect('-    m = 1\n+    m = 2\n     def g(self):\n')
        session.expect(PROMPT)

    def test_wrapped_under_plain_python(self):
        text = ('import hot_restart\nhot_restart.RELOAD_ALL_ON_CONTINUE = True\n' +
                self.TEXT.replace('a, b =', 'hot_restart.wrap_module()\na, b ='))
        self.write(text)
        session = self.python('program.py')
        session.expect('in A.f: ZeroDivisionError')
        session.expect(PROMPT)
        self.edit('m = 1', 'm = 2\n    def more(self):\n        return self.m * 10')
        self.edit('return 1\n', 'return self.more()\n')
        self.edit(' / 0', '')
        self.finish(session, 'hr: reloaded class B (program.py:7): new more; changed m\n',
                    'got 1 2 20\n')

    def test_with_every_continue(self):
        session = self.crash('--reload=changed')
        self.edit('m = 1', 'm = 2')
        self.edit(' / 0', '')
        self.finish(session, 'hr: reloaded class B (program.py:5): changed m\n', 'got 1 2 1\n')


if __name__ == '__main__':
    unittest.main()
