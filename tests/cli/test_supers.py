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


if __name__ == '__main__':
    unittest.main()
