"""Every super() made explicit means the same: class shapes, run both ways.

Each shape is a module that leaves its findings in `result`.  It runs as it is
and instrumented, with stand-ins for the decorators that return what they get.
"""

import itertools
import types
import unittest

import harness

PARENTS = '''
class Root:
    tag = 'root'
    def __init__(self, *args): self.args = args
    def hello(self, *rest): return ('root', self.tag, rest)
    @classmethod
    def make(cls, *rest): return ('make', cls.__name__, rest)
    @property
    def prop(self): return 'prop'
    def __getitem__(self, key): return ('item', key)
class Left(Root):
    tag = 'left'
    def hello(self, *rest): return ('left',) + super().hello(*rest)
class Right(Root):
    tag = 'right'
    def hello(self, *rest): return ('right',) + super().hello(*rest)
'''

BODIES = [
    'def hello(self): return super().hello()',
    'def hello(self, *a): return super().hello(*a)',
    'def hello(this, /): return super().hello(1)',
    'def hello(self, x=1): return [super().hello(x) for super in [super]] if 0 else super().hello(x)',
    'def hello(self): return (lambda: 1)(), super().hello()',
    'def hello(self):\n    def inner(other): return super().hello(3)\n    return inner(self)',
    'def hello(self):\n    return [f(self) for f in [lambda o: 5]], super().hello()',
    'def hello(*args): return 1',
    'def hello(self):\n    me, self = self, 3\n    return type(me).__name__, self',
    '@property\ndef prop(self): return super().prop\ndef hello(self): return self.prop',
    '@classmethod\ndef make(cls): return super().make(2)\ndef hello(self): return type(self).make()',
    'def __getitem__(self, key): return super().__getitem__(key)\ndef hello(self): return self[4]',
    'def __init__(self, *a): super().__init__(9, *a)\ndef hello(self): return self.args',
    'def hello(self): return __class__.__name__, super().hello()',
    'def hello(self):\n    K = 5\n    return K, super().hello()',
    'def hello(self, K=None): return super().hello(K)',
    'def hello(self): return f"{super().hello()}"',
    'async def co(self): return super().hello()\n'
    'def hello(self):\n    c = self.co()\n    try:\n        c.send(None)\n'
    '    except StopIteration as stop:\n        return stop.value',
    'def gen(self): yield super().hello()\ndef hello(self): return list(self.gen())',
]

FRAMES = [
    ('class K(Left, Right):\n{body}\n', 'K', 1),
    ('class Outer:\n    class K(Left):\n{body}\n', 'Outer.K', 2),
    ('def factory(K=None):\n    class K(Right):\n{body}\n    return K\n', 'factory()', 2),
    ('class __K(Left):\n{body}\n', 'globals()["__K"]', 1),
    ('class K(Left):\n{body}\nOld = K\nclass K(Right):\n    pass\n', 'Old', 1),
    ('import dataclasses\n@dataclasses.dataclass(init=False, eq=False)\nclass K(Left):\n{body}\n',
     'K', 1),
    ('class K(Left):\n{body}\nclass Sub(K, Right):\n    tag = "sub"\n', 'Sub', 1),
]


def indent(text, levels):
    return '\n'.join('    ' * levels + line for line in text.split('\n'))


def findings(text):
    fake = types.ModuleType('hot_restart')
    fake.wrap = fake.wrap_class = lambda what: what
    import sys
    before = sys.modules.get('hot_restart')
    sys.modules['hot_restart'] = fake
    try:
        space = {'__name__': 'shape'}
        exec(compile(text, 'shape.py', 'exec'), space)
        return space['result']
    finally:
        del sys.modules['hot_restart']
        if before is not None:
            sys.modules['hot_restart'] = before


METHOD = 'class K(B):\n    def m(self):\n'
FIRST = '        return super()\n'

# Options, the program, where the call stands and why it is kept.
KEPT = [
    ([], 'def f(self):\n    return super()\n', '2:12',
     'it does not stand in a method of a class'),
    ([], 'class K(B):\n    x = super()\n', '2:9', 'it does not stand in a method of a class'),
    ([], 'class K(B):\n    def m():\n' + FIRST, '3:16', 'its function has no first parameter'),
    ([], 'class K(B):\n    def m(*, self):\n' + FIRST, '3:16',
     'its function has no first parameter'),
    ([], 'class K(B):\n    def m(*self):\n' + FIRST, '3:16', 'the first parameter is starred'),
    ([], METHOD + '        self = 1\n' + FIRST, '4:16',
     'the first parameter may be bound to something else'),
    ([], METHOD + FIRST + 'K = 1\n', '3:16',
     'the name of the class may be bound to something else'),
    ([], 'class K(B):\n    def m(self, K):\n' + FIRST, '3:16',
     'the name of the class means something else here'),
    ([], METHOD + FIRST + '        x = 1, *[]\n', '3:16',
     'its function holds syntax that the parser does not know'),
    ([], '@d\n' + METHOD + FIRST, '4:16', 'a decorator may replace the class'),
    ([], 'def super(): pass\n' + METHOD + FIRST, '4:16', 'super may not be the builtin here'),
    ([], METHOD + '        return [super() for x in y]\n', '3:17',
     'it stands in a lambda or a comprehension'),
    ([], 'class K(B):\n    m = lambda self: super()\n', '2:22',
     'it stands in a lambda or a comprehension'),
    ([], METHOD.replace('K', '__K') + FIRST, '3:16',
     'the name of the class would be mangled here'),
    ([], METHOD.replace('B', 'B, metaclass=M') + FIRST, '3:16',
     'it may run before the class has its name'),
    ([], METHOD + '        return super( )\n', '3:16',
     'something stands between its parentheses'),
    ([], METHOD + '        return f"{super()}"\n', '3:19',
     'it stands in an f-string, which may show its text'),
    ([], METHOD + '        return super ()\n', '3:16',
     'it is not spelled `super()`, so --strip could not tell its bytes'),
    ([], 'class K(B):\n    @hot_restart.no_wrap\n    def m(self):\n' + FIRST, '4:16',
     'its function is not to be touched'),
    (['--exclude', 'K.m'], METHOD + FIRST, '3:16', 'its function was not selected'),
    (['--no-nested'], 'def f():\n    class K(B):\n        def m(self): super()\n', '3:22',
     'its function was not selected'),
    ([], METHOD + '        return super(K, self), super()\n', '3:32',
     'its function has an explicit super of its own that --strip has to keep'),
    ([], 'import hot_restart  # hr: added; own supers\n' + METHOD + FIRST, '4:16',
     "the import's record says that all explicit supers are the text's own"),
]


class Supers(unittest.TestCase):
    def test_shapes_mean_the_same(self):
        made = kept = 0
        for (frame, name, levels), body in itertools.product(FRAMES, BODIES):
            source = PARENTS + frame.format(body=indent(body, levels)) + (
                'try:\n    result = repr(%s().hello())\n'
                'except Exception as error:\n    result = repr(error)\n' % name)
            done = harness.instrument('-', stdin=source.encode())
            self.assertEqual(done.returncode, 0, source)
            text = done.stdout.decode()
            with self.subTest(source=source[len(PARENTS):]):
                self.assertEqual(findings(text), findings(source))
            own = text[text.index('hello', len(PARENTS)):]
            kept += own.count('super()')
            made += own.count('super(') - own.count('super()')
            back = harness.instrument('--strip', '-', stdin=done.stdout)
            self.assertEqual(back.stdout.decode(), source)
        self.assertGreater(made, 60)
        self.assertGreater(kept, 20)

    def test_each_reason_to_keep_one(self):
        for options, program, place, reason in KEPT:
            with self.subTest(program=program, options=options):
                done = harness.instrument('-v', *options, '-', stdin=program.encode())
                self.assertEqual(done.returncode, 0)
                self.assertIn(f'<stdin>:{place}: note: super() is kept: {reason} [super-kept]\n',
                              done.stderr.decode())


if __name__ == '__main__':
    unittest.main()
