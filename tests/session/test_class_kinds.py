"""Classes that are more than their namespace, and what cannot be changed in place."""

import unittest

from cycle import CRASH, PROMPT, ClassCase


class TestRefused(ClassCase):
    def refused(self, before, after, reason, code='', expect=(), imports=''):
        return self.reload(before, after, code, reason, imports=imports, expect=expect)

    def test_bases_metaclass_keywords(self):
        before = '''\
class M(type): pass
class Base:
    def __init_subclass__(cls, k=0): pass
class A(Base, k=1):
    n = 1
    def f(self): return 1
a = A()
'''
        for old, new, reason in (('A(Base, k=1)', 'A(k=1)', 'its bases differ'),
                                 ('k=1', 'k=2', 'its metaclass or keywords differ'),
                                 ('k=1', 'k=1, metaclass=M', 'its metaclass differs')):
            after = before.replace(old, new).replace('n = 1', 'n = 2') \
                .replace('f(self): return 1', 'f(self): return 2')
            self.refused(before, after,
                         f'program.py:4:1: error: class A stays as it was: {reason}\n',
                         'print(A.n, a.f())\n', ('1 1\n',))

    def test_slots(self):
        before = 'class A:\n    n = 1\n    __slots__ = ("a",)\n    def f(self): return 1\n'
        after = before.replace('("a",)', '("a", "b")').replace('n = 1', 'n = 2')
        self.refused(before, after, 'program.py:3:5: error: class A stays as it was: its '
                     '__slots__ differ\n', 'print(A.n)\n', ('1\n',))
        after = before.replace('n = 1', 'a = 1')
        self.refused(before, after, 'program.py:2:5: error: class A stays as it was: what '
                     'its __slots__ name differs\n', 'print(A.n)\n', ('1\n',))
        after = before.replace('return 1', 'return 2').replace('n = 1', 'n = 3')
        self.refused(before, after, 'changed n\n', 'print(A.n, A().f())\n', ('3 2\n',))

    def test_decorators(self):
        before = '''\
seen = []
def note(cls):
    seen.append(cls)
    return cls
@note
class A:
    n = 1
'''
        self.refused(before, before.replace('@note\n', '@note\n@note\n'),
                     'program.py:7:1: error: class A stays as it was: its decorators differ\n')
        self.refused(before, before.replace('n = 1', 'n = 2'), 'changed n\n',
                     'print(A.n, len(seen))\n', ('2 1\n',))

    def test_what_a_decorator_took_out(self):
        before = '''\
def without(cls):
    del cls.n
    return cls
@without
class A:
    n = 1
    m = 1
'''
        self.refused(before, before.replace('= 1', '= 2'), 'error: class A stays as it was: its '
                     'decorator or metaclass made something else of what differs\n',
                     'print(A.m)\n', ('1\n',))

    def test_fields_that_another_decorator_makes(self):
        before = """\
import dataclasses
make = dataclasses.dataclass
@make
class A:
    n: int = 1
"""
        self.refused(before, before.replace('1', '1\n    m: int = 2'), 'error: class A stays as '
                     'it was: its fields are not made by dataclass\n', 'print(A())\n',
                     ('A(n=1)\n',))

    def test_another_dataclass(self):
        before = """\
import dataclasses
@dataclasses.dataclass
class A:
    n: int = 1
"""
        taken = before + 'dataclasses.dataclass = lambda cls: cls\n'
        for text, decorator, reason in (
                (before, 'dataclass(slots=True)',
                 'dataclass makes another class of it (slots=True does)'),
                (taken, 'dataclass', 'its decorator is no longer that of dataclasses')):
            after = text.replace('@dataclasses.dataclass', '@dataclasses.' + decorator) \
                .replace('n: int = 1', 'n: int = 2\n    m: int = 3')
            self.refused(text, after, 'error: class A stays as it was: TypeError: '
                         f'{reason}\n', 'print(A().n, hasattr(A, "m"))\n', ('1 False\n',))

    def test_a_body_that_fails(self):
        before = 'class A:\n    n = 1\n    m = 1\n    def f(self): return 1\n'
        after = before.replace('n = 1', 'n = 2').replace('m = 1', 'm = missing') \
            .replace('return 1', 'return 2').replace('    def', '    k = 3\n    def')
        self.refused(before, after, "program.py:3:1: error: class A stays as it was: NameError: "
                     "name 'missing' is not defined\n",
                     'print(A.n, A.m, A().f(), hasattr(A, "k"))\n', ('1 1 1 False\n',))

    def test_an_attribute_that_cannot_be_set(self):
        before = '''\
class Field:
    def __set_name__(self, owner, name): raise ValueError(name)
class A:
    n = 1
    old = 2
    def f(self): return 1
'''
        after = before.replace('n = 1', 'n = 2\n    bad = Field()').replace('    old = 2\n', '')
        self.refused(before, after, 'error: class A stays as it was: ',
                     'print(A.n, A.old, hasattr(A, "bad"))\n', ('1 2 False\n',))

    def test_syntax(self):
        before = 'class A:\n    n = 1\n    m = 1\n'
        session = self.start(before + CRASH + 'main()\nprint(A.n)\n')
        session.expect(PROMPT)
        self.edit('n = 1', 'n = = 1')
        session.send('reload')
        session.expect('program.py:2:9: error: ')
        session.expect(PROMPT)
        self.edit('1 / 0', '1')
        self.edit('n = = 1', 'n = 1')
        self.finish(session, '1\n')


class TestKinds(ClassCase):
    def test_dataclass(self):
        before = '''\
@dataclass
class P:
    x: int
    y: int = 2
    tags: list = field(default_factory=list)
    def total(self): return self.x + self.y
p = P(1)
P.y = 20
'''
        after = before.replace('    tags', '    z: int = 5\n    tags') \
            .replace('    def total', '    w: list = field(default_factory=list)\n    def total')
        self.reload(before, after, '''
q = P(1, 2, 3, ['t'])
print(q, q == P(1, 2, 3, ['t']), P.y, p.z, isinstance(p, P), P(0).tags, 'tags' in vars(P))
print([f.name for f in fields(P)], P.__match_args__, p.total())
''', 'class P (program.py:3): new z, w\n',
                    'hr: instances of P that were made before have no w\n',
                    imports='from dataclasses import dataclass, field, fields\n',
                    expect=("P(x=1, y=2, z=3, tags=['t'], w=[]) True 20 5 True [] False\n",
                            "['x', 'y', 'z', 'tags', 'w'] ('x', 'y', 'z', 'tags', 'w') 3\n"))

    def test_dataclasses_below_a_dataclass(self):
        before = """\
@dataclass
class P:
    x: int = 1
class Plain(P): pass
@dataclass
class Q(Plain):
    '''Says.'''
    y: int = 2
    tags: list = field(default_factory=list)
    count: ClassVar[int] = 0
    seed: InitVar[int] = 5
    _: KW_ONLY
    last: int = 7
    def __post_init__(self, seed): Q.count += seed
@dataclass(order=True, repr=False, unsafe_hash=True)
class R(P):
    z: int = 4
    def __repr__(self): return f'R<{self.z}>'
@dataclass
class S(Q, R):
    x: int = 9
q, Q.y = Q(), 20
"""
        self.reload(before, before.replace('    x: int = 1\n', '    x: int = 1\n    w: int = 3\n'),
                    """
print(Plain(), Q(), Q.__doc__, Q.y, Q.count, isinstance(q, Q), q.w, 'tags' in vars(Q))
print(Q(1, 2, 3, [4], last=5), Q(w=6) == Q(w=6), Q(w=6) == Q(w=7), Q.__match_args__)
print(R(), R(w=4) < R(w=5), len({R(w=4), R(w=4), R(w=5)}), R.__doc__)
print(S(), [f.name for f in fields(S)])
match Q(1, 8):
    case Q(x, w): print('matched', x, w)
""", 'class P (program.py): new w\n'.replace('py)', 'py:6)'),
                    'hr: dataclass made R, Q, S anew as well, which stand below P\n',
                    imports='from __future__ import annotations\nfrom dataclasses import *\n'
                            'from dataclasses import KW_ONLY\nfrom typing import ClassVar\n',
                    expect=('Plain(x=1, w=3) Q(x=1, w=3, y=2, tags=[], last=7) Says. 20 10 True '
                            '3 False\n',
                            "Q(x=1, w=2, y=3, tags=[4], last=5) True False ('x', 'w', 'y', 'tags', "
                            "'seed')\n",
                            "R<4> True 2 R(x: 'int' = 1, w: 'int' = 3, z: 'int' = 4)\n",
                            "S(x=9, w=3, z=4, y=2, tags=[], last=7) ['x', 'w', 'z', 'y', 'tags', "
                            "'last']\n", 'matched 1 8\n'))

    def test_a_field_goes_from_below(self):
        before = '@dataclass(frozen=True)\nclass P:\n    x: int\n    w: int\n' \
                 '@dataclass(frozen=True)\nclass Q(P):\n    y: int\n'
        self.reload(before, before.replace('    w: int\n', ''),
                    'q = Q(1, 2)\nprint(q, hash(q) == hash(Q(1, 2)), replace(q, y=3))\n'
                    'try: q.x = 5\nexcept FrozenInstanceError: print("frozen")\n',
                    'hr: dataclass made Q anew as well, which stands below P\n',
                    imports='from dataclasses import *\n',
                    expect=('Q(x=1, y=2) True Q(x=1, y=3)\n', 'frozen\n'))

    def test_dataclasses_below_that_cannot_follow(self):
        before = """\
@dataclass
class P:
    x: int
@dataclass(slots=True)
class Slots(P):
    y: int = 2
@dataclass
class Required(P):
    y: int
@dataclass
class Wrapped(P):
    y: int = 2
Wrapped.__init__ = lambda self, x: None
"""
        keeps = 'a dataclass below P, keeps the fields that it was made with: '
        self.reload(before, before.replace('x: int\n', 'x: int\n    w: int = 3\n'),
                    'print(P(1), Slots(1, 5), Required(1, 2), fields(Wrapped)[-1].name)\n'
                    'print(Required.__match_args__, Required.__doc__)\n',
                    f'hr: Slots, {keeps}its __slots__ are fixed\n',
                    f"hr: Required, {keeps}TypeError: non-default argument 'y' follows default "
                    "argument",
                    f'hr: Wrapped, {keeps}what dataclass made of it was replaced\n',
                    imports='from dataclasses import *\n',
                    expect=('P(x=1, w=3) Slots(x=1, y=5) Required(x=1, y=2) y\n',
                            "('x', 'y') Required(x: int, y: int)\n"))

    def test_dataclass_options_and_failures(self):
        before = '@dataclass\nclass P:\n    x: int\n    y: int = 2\n'
        imports = 'from dataclasses import dataclass\n'
        self.reload(before, before.replace('@dataclass', '@dataclass(order=True)'),
                    'print(P(1) < P(2))\n', 'class P (program.py:3): its dataclass\n',
                    imports=imports, expect=('True\n',))
        self.reload(before, before.replace('    y: int = 2', '    y: int = 3\n    z: int'),
                    'print(P(1), P.y)\n', "program.py:3:1: error: class P stays as it was: "
                    "TypeError: non-default argument 'z' follows default argument",
                    imports=imports, expect=('P(x=1, y=2) 2\n',))
        before = before.replace('@dataclass', '@dataclass(slots=True)')
        self.reload(before, before + '    z: int = 3\n', 'print(P(1))\n',
                    'error: class P stays as it was: the fields of a dataclass with __slots__ '
                    'are fixed\n', imports=imports, expect=('P(x=1, y=2)\n',))
        self.reload(before, before + '    def f(self): return self.y\n', 'print(P(1).f())\n',
                    'new f\n', imports=imports, expect=('2\n',))

    def test_enum(self):
        before = '''\
class Color(Enum):
    RED = 1
    BLUE = 2
    def f(self): return self.value
'''
        imports = 'from enum import Enum\n'
        reason = 'class Color stays as it was: the members of an enum are fixed when it is made\n'
        for old, new in ('BLUE = 2', 'BLUE = 3'), ('BLUE = 2', 'BLUE = 2\n    NEW = 3'), \
                ('    BLUE = 2\n', ''):
            self.reload(before, before.replace(old, new), 'print(list(Color))\n', reason,
                        imports=imports,
                        expect=('[<Color.RED: 1>, <Color.BLUE: 2>]\n',))
        self.reload(before, before.replace('return self.value', 'return self.g\n    @property\n'
                                           '    def g(self): return self.name.lower()'),
                    'print(Color.RED.f(), list(Color))\n', 'new g\n', imports=imports,
                    expect=('red [<Color.RED: 1>, <Color.BLUE: 2>]\n',))

    def test_what_was_refused_is_told_of_once(self):
        session = self.start('from enum import Enum\n\nclass Color(Enum):\n    RED = 1\n'
                             '    def f(self): return 1\n\ndef main():\n    return 1 / 0\n\n'
                             'print(main(), main())\n')
        session.expect(PROMPT)
        self.edit('RED = 1', 'RED = 2')
        self.edit('def f(self): return 1', 'def f(self): return 2')
        session.send('c')
        session.expect('hr: main is unchanged, edited: class Color, Color.f; ')
        session.expect(PROMPT)
        session.send('reload')
        session.expect('error: class Color stays as it was: the members of an enum are fixed')
        session.expect(PROMPT)
        session.send('c')
        session.expect('hr: main is unchanged; restarting')
        session.expect(PROMPT)
        self.assertNotIn('edited as well', session.transcript)
        self.edit('1 / 0', '1')
        self.edit('def f(self): return 2', 'def f(self): return 3')
        self.finish(session, 'hr: edited as well, still as they were: class Color, Color.f (',
                    '1 1\n')

    def test_named_tuple(self):
        before = 'class P(NamedTuple):\n    x: int\n    y: int = 2\n    def f(self): return 1\n'
        imports = 'from typing import NamedTuple\n'
        for new in '    y: int = 3\n', '    y: int = 2\n    z: int = 3\n':
            self.reload(before, before.replace('    y: int = 2\n', new), 'print(P(1))\n',
                        'class P stays as it was: the fields of a NamedTuple are fixed when it '
                        'is made\n', imports=imports, expect=('P(x=1, y=2)\n',))
        self.reload(before, before + '    def g(self): return self.x\n', 'print(P(1).g())\n',
                    'new g\n', imports=imports, expect=('1\n',))

    def test_typed_dict_and_protocol(self):
        before = 'class D(TypedDict):\n    x: int\n'
        imports = 'from typing import TypedDict, Protocol\n'
        self.reload(before, before + '    y: int\n', '', 'class D stays as it was: a TypedDict is '
                    'fixed when it is made\n', imports=imports)
        before = 'class D(Protocol):\n    def f(self): ...\n'
        self.reload(before, before + '    def g(self): ...\n', '', 'class D stays as it was: the '
                    'members of a Protocol are fixed when it is made\n', imports=imports)

    def test_abstract(self):
        before = '''\
class Base(ABC):
    @abstractmethod
    def f(self): ...
class A(Base):
    n = 1
'''
        after = before.replace('    n = 1', '    def f(self): return "made"')
        self.reload(before, after, 'print(A().f())\n', 'new f; gone n\n',
                    imports='from abc import ABC, abstractmethod\n', expect=('made\n',))
        after = before.replace('    def f(self): ...', '    def f(self): ...\n    @abstractmethod\n'
                               '    def g(self): ...')
        self.reload(before, after, 'print(sorted(A.__abstractmethods__))\n', 'new g\n',
                    imports='from abc import ABC, abstractmethod\n', expect=("['f', 'g']\n",))


if __name__ == '__main__':
    unittest.main()
