"""A family of class shapes, run as they are and as hr-instrument makes them.

Each shape is a place for the class, a kind of method, a first parameter, a place for
the call of super() and a twist that may make an explicit call mean something else.
Both runs have to give the same result or the same exception.
"""

import itertools
import os
import sys
import tempfile
import textwrap
import types
import unittest

import harness

PLACES = {
    'module': ('{classes}', 'C'),
    'nested': ('class O:\n    x = 1\n{classes1}', 'O.C'),
    'twice': ('class O:\n    class P:\n{classes2}', 'O.P.C'),
    'function': ('def make():\n{classes1}\n    return C\nC = make()', 'C'),
    'condition': ('if True:\n{classes1}', 'C'),
}

KINDS = {
    'plain': ('', 'def', 'return {call}', '{c}().m(5)'),
    'classmethod': ('@classmethod\n', 'def', 'return {call}', '{c}.m(5)'),
    'static': ('@staticmethod\n', 'def', 'return {call}', '{c}.m({c}(), 5)'),
    'generator': ('', 'def', 'yield {call}', 'list({c}().m(5))'),
    'async': ('', 'async def', 'return {call}', 'run({c}().m(5))'),
    'property': ('@property\n', 'def', 'return {call}', '{c}().m'),
}

FIRST = {
    'self': ('self, y=1', ''),
    'positional': ('self, /, y=1', ''),
    'defaulted': ('self=None, y=1', ''),
    'starred': ('*self', ''),
    'starred too': ('self, *rest', ''),
    'rebound': ('self, y=1', 'self = other(self)'),
    'loop': ('self, y=1', 'for self in [other(self)]: pass'),
    'walrus': ('self, y=1', '[(self := other(self)) for z in [1]]'),
    'inner': ('self, y=1', 'def change():\n    nonlocal self\n    self = other(self)\nchange()'),
    'other': ('self, y=1', 'y = 7'),
}

CALLS = {
    'direct': ('', 'show(super())'),
    'function': ('def inner(it): return show(super())\n', 'inner(one(self))'),
    'closure': ('def inner(): return show(super())\n', 'inner()'),
    'starred': ('def inner(*it): return show(super())\n', 'inner(one(self))'),
    'lambda': ('', '(lambda: show(super()))()'),
    'lambda too': ('', '(lambda it: show(super()))(one(self))'),
    'list': ('', '[show(super()) for z in [one(self)]]'),
    'formatted': ('', "f'{show(super())}'"),
    'text': ('', "show('super()')"),
    'spaced': ('', 'show(super ( ))'),
    'class': ('', 'show(super()), __class__.__name__'),
}

# In the file itself: what a base from elsewhere does, no reader of one file knows.
HOOK = '''
class Hook(B):
    def __init_subclass__(cls):
        early(cls)
'''

# name -> (before the class, decorator and header, in its body, after it)
TWISTS = {
    'none': ('', 'class C(B)', '', ''),
    'again': ('', 'class C(B)', '', '{old} = {c}\n{c} = {new}'),
    'deleted': ('', 'class C(B)', '', '{old} = {c}\ndel {c}'),
    'attribute': ('', 'class C(B)', '', '{old} = {c}\nsetattr({o}, "C", {new})'),
    'decorated': ('', '@replace\nclass C(B)', '', ''),
    'kept': ('', '@same\nclass C(B)', '', ''),
    'subclass': ('', 'class C(B)', '', '{old} = type("S", ({c},), {{}})'),
    'private': ('', 'class C(B)', '__slots__ = ()', ''),
    'shadowed': ('super = fake', 'class C(B)', '', ''),
    'shadowed later': ('', 'class C(B)', '', 'super = fake'),
    'global': ('', 'class C(B)', '', '{old} = {c}\ndef f():\n    global C\n    C = Other\nf()'),
    'meta': ('', 'class C(B, metaclass=Early)', '', ''),
    'hook': (HOOK, 'class C(Hook)', '', ''),
    'parameter': ('', 'class C(B)', 'def C(self): return 1', ''),
    'type parameters': ('', 'class C(B)', 'C = 1', ''),
}

PRELUDE = '''
def show(it):
    if isinstance(it, str):
        return it
    return it.__thisclass__.__name__, type(it.__self__).__name__, it.name()
def one(self): return self[0] if isinstance(self, tuple) else self
def run(it):
    try:
        it.send(None)
    except StopIteration as stop:
        return stop.value
class B:
    @classmethod
    def name(cls): return 'B of ' + cls.__name__
class Other(B):
    @classmethod
    def name(cls): return 'Other of ' + cls.__name__
class Fake:
    __thisclass__ = __self__ = B
    @staticmethod
    def name(): return 'fake'
def fake(*args): return Fake
def other(self): return Other() if not isinstance(self, type) else Other
def same(cls): return cls
def replace(cls): return Other
log = []
def early(cls):
    try:
        it = cls.__dict__.get('m')
        it = it.__get__(None, cls) if isinstance(it, classmethod) else getattr(it, 'fget', it)
        made = it(cls.__new__(cls))
        if hasattr(made, 'cr_frame'):
            made = run(made)
        log.append(list(made) if hasattr(made, '__next__') else made)
    except Exception as error:
        log.append(repr(error))
class Early(type):
    def __init__(cls, *args):
        super().__init__(*args)
        early(cls)
'''


def indent(text, levels):
    return textwrap.indent(text, '    ' * levels)


def shape(place, kind, first, call, twist):
    """A program that leaves its answer in `answer`."""
    decorator, keyword, result, use = KINDS[kind]
    parameters, before = FIRST[first]
    helper, expression = CALLS[call]
    ahead, header, member, after = TWISTS[twist]
    template, path = PLACES[place]
    body = '\n'.join(part for part in (before, helper, result.format(call=expression))
                     if part)
    method = f'{decorator}{keyword} m({parameters}):\n{indent(body, 1)}'
    inside = '\n'.join(part for part in (member, method) if part)
    text = f'{header}:\n{indent(inside, 1)}'
    outer = path.rpartition('.')[0] or 'O'
    names = {'c': path, 'old': 'Old', 'new': 'Other', 'o': outer}
    template = template.format(classes=text, classes1=indent(text, 1),
                               classes2=indent(text, 2))
    after = after.format(**names)
    use = use.format(c='Old' if 'Old' in after else path)
    answer = (f'try:\n    answer = repr({use})\n'
              'except Exception as error:\n    answer = repr(error)\n')
    return '\n'.join(part for part in (ahead, template, after, answer) if part)


def result_of(text):
    stub = types.ModuleType('hot_restart')
    stub.wrap = stub.wrap_class = stub.no_wrap = lambda it: it
    sys.modules['hot_restart'] = stub
    space = {'__name__': 'shape'}
    try:
        exec(PRELUDE, space)
        exec(compile(text, 'shape', 'exec'), space)
    except Exception as error:
        return f'{type(error).__name__}: {error}', space.get('log')
    finally:
        del sys.modules['hot_restart']
    return space['answer'], space['log']


class SuperFamily(unittest.TestCase):
    def test_every_shape_means_the_same(self):
        shapes = {}
        for names in itertools.product(PLACES, KINDS, FIRST, CALLS, TWISTS):
            place, kind, first, call, twist = names
            # All pairs of a twist with each of the others; the rest only untwisted.
            odd = [kind != 'plain', first != 'self', call != 'direct', twist != 'none']
            if sum(odd) <= 2 or (sum(odd) == 3 and os.environ.get('HR_TEST_ALL')):
                shapes[names] = shape(*names)
        with tempfile.TemporaryDirectory(prefix='hr-super-') as folder:
            source, done = os.path.join(folder, 'source'), os.path.join(folder, 'done')
            os.mkdir(source)
            for index, text in enumerate(shapes.values()):
                with open(os.path.join(source, f's{index}.py'), 'w') as file:
                    file.write(text)
            run = harness.instrument('--no-ignore', '-o', done, source, timeout=600)
            self.assertEqual(run.stderr, b'')
            explicit, answers = 0, set()
            for index, (names, text) in enumerate(shapes.items()):
                with open(os.path.join(done, f's{index}.py')) as file:
                    other = file.read()
                explicit += 'super(C, ' in other or '.C, ' in other
                plain = result_of(text)
                answers.add(plain[0])
                with self.subTest(shape=names):
                    self.assertEqual(result_of(other), plain, f'\n{text}\n---\n{other}')
        print(f'{len(shapes)} shapes, {explicit} made explicit, '
              f'{len(answers)} different answers')
        self.assertGreater(explicit, len(shapes) // 10)
        self.assertGreater(len(answers), 10)


if __name__ == '__main__':
    unittest.main()
