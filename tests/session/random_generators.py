"""Random generator programs that fail at random points and are restarted there.

    PYTHONPATH=build/python python3 tests/session/random_generators.py SEED COUNT

Each of COUNT programs runs once unguarded, and then guarded with up to three failures,
each answered by a restart of the generator that failed or of one that delegates to it.
What is delivered has to be the same.  Prints a line of JSON with what happened, and each
program that went wrong; exits 1 if one did.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import types

import hot_restart

HEAD = '''\
import asyncio, contextlib

@contextlib.contextmanager
def entered(x):
    check(0)
    try:
        yield x
    finally:
        check(0)

@contextlib.contextmanager
def chosen(x):
    if check(x) % 2:
        yield x
        check(0)
    else:
        for i in range(1):
            yield -x

def tree(n):
    yield check(n)
    for i in range(n):
        yield from tree(i)
        check(0)
'''


class Program:
    """Functions f0, f1, ...: each delegates only to those after it."""

    def __init__(self, rng, is_async):
        self.rng = rng
        self.is_async = is_async
        self.names = 0

    def text(self):
        count = self.rng.randint(1, 3)
        functions = [self.function(number, count) for number in range(count)]
        return HEAD + '\n'.join(functions)

    def function(self, number, count):
        self.later = range(number + 1, count)
        start = 'async def' if self.is_async else 'def'
        lines = self.block(3, ['a'], 1)
        return '\n'.join([f'\n{start} f{number}(a):', *lines, f'    yield check({number})'])

    def name(self):
        self.names += 1
        return f'v{self.names}'

    def value(self, variables):
        name = self.rng.choice(variables)
        return self.rng.choice([f'check({name})', name, f'({name}, check(1))',
                                f'{name}, check(2)', f'[check(x) for x in ({name}, 3)]'])

    def block(self, depth, variables, indent):
        lines = []
        for _ in range(self.rng.randint(1, 3)):
            lines += self.statement(depth, variables)
        return ['    ' * 1 + line for line in lines]

    def statement(self, depth, variables):
        kinds = ['yield', 'yield', 'sent', 'check', 'bare', 'names', 'delegate', 'tree']
        if depth > 0:
            kinds += ['for', 'for', 'while', 'if', 'finally', 'except', 'entered', 'chosen']
        return getattr(self, 'make_' + self.rng.choice(kinds))(depth, variables)

    def make_yield(self, depth, variables):
        return [f'yield {self.value(variables)}']

    def make_bare(self, depth, variables):
        return ['yield']

    def make_names(self, depth, variables):
        return [f'yield (yield {self.value(variables)}) is not None']

    def make_sent(self, depth, variables):
        return [f'x = yield {self.value(variables)}; check(x)']

    def make_check(self, depth, variables):
        return ['check(0)'] + ['await asyncio.sleep(0)'] * self.is_async

    def make_delegate(self, depth, variables):
        inner = self.rng.choice([f'f{n}({self.rng.choice(variables)})' for n in self.later]
                                or ['range(2)'])
        if self.is_async:
            if inner == 'range(2)':
                return ['yield check(4)']
            name = self.name()
            return [f'async for {name} in {inner}:', f'    yield check({name})']
        inner = self.rng.choice([inner, inner, 'map(check, "ab")', '[5, 6]',
                                 '(check(x) for x in range(3))'])
        return [f'yield from {inner}']

    def make_tree(self, depth, variables):
        if self.is_async:
            return [f'for i in tree(2): yield check(i)']
        return ['yield from tree(3)']

    def make_for(self, depth, variables):
        name = self.name()
        over = self.rng.choice(['range(3)', '(1, 2)', '[check(x) for x in range(3)]',
                                '{1: 2, 3: 4}'])
        return [f'for {name} in {over}:',
                *self.block(depth - 1, variables + [name], 1)]

    def make_while(self, depth, variables):
        name = self.name()
        return [f'{name} = 0', f'while {name} < 2:', f'    {name} += 1',
                *self.block(depth - 1, variables + [name], 1)]

    def make_if(self, depth, variables):
        return [f'if check(len(str({self.rng.choice(variables)}))) % 2:',
                *self.block(depth - 1, variables, 1), 'else:',
                *self.block(depth - 1, variables, 1)]

    def make_finally(self, depth, variables):
        return ['try:', *self.block(depth - 1, variables, 1), 'finally:', '    check(0)']

    def make_except(self, depth, variables):
        return ['try:', *self.block(depth - 1, variables, 1), '    raise KeyError',
                'except KeyError:', *self.block(depth - 1, variables, 1)]

    def make_entered(self, depth, variables):
        return [f'with entered(1) as e:', *self.block(depth - 1, variables, 1)]

    def make_chosen(self, depth, variables):
        return [f'with chosen({self.rng.randint(1, 2)}) as e:',
                *self.block(depth - 1, variables, 1)]


class Planned(Exception):
    pass


class FrontEnd:
    """Restarts what failed, or lets the failure go on to who delegates to it."""

    argument = target = None

    def __init__(self, rng):
        self.rng = rng
        self.prompts = 0
        self.said = []

    def open_prompt(self, frame, exception, *_):
        self.prompts += 1
        self.goes_on = frame.f_code.co_name != 'f0' and self.rng.random() < 0.4
        return self

    def ask(self):
        return 'quit' if self.goes_on else 'continue'

    def say(self, text):
        self.said.append(text)

    def close(self):
        pass


class Run:
    def __init__(self, code, fails, sends, limit):
        self.fails = set(fails)
        self.checks = 0
        self.sends = sends
        self.limit = limit
        self.module = types.ModuleType('program')
        self.module.check = self.check
        exec(code, vars(self.module))

    def check(self, value):
        self.checks += 1
        if self.checks in self.fails:
            raise Planned(self.checks)
        return value

    def values(self):
        generator = self.module.f0(7)
        if hasattr(generator, '__anext__'):
            return asyncio.run(self.take_all(generator))
        values = []
        try:
            while len(values) < self.limit:
                values.append(generator.send(9) if self.sends and values
                              else next(generator))
        except StopIteration:
            pass
        generator.close()
        return values

    async def take_all(self, generator):
        values = []
        try:
            while len(values) < self.limit:
                values.append(await (generator.asend(9) if self.sends and values
                                     else anext(generator)))
        except StopAsyncIteration:
            pass
        await generator.aclose()
        return values


def try_one(seed, path, outcomes):
    rng = random.Random(seed)
    text = Program(rng, rng.random() < 0.3).text()
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    sends, limit = rng.random() < 0.3, rng.choice([1000, 1000, 1000, 3, 8])
    code = compile(text, path, 'exec')
    try:
        plain = Run(code, (), sends, limit)
        expected = plain.values()
    except AttributeError:  # of an iterator that takes nothing sent
        sends = False
        plain = Run(code, (), sends, limit)
        expected = plain.values()
    guarded = hot_restart._guarded_code(path)
    fails = [rng.randint(1, plain.checks + 1) for _ in range(rng.randint(1, 3))]
    front_end = FrontEnd(rng)
    hot_restart._front_end(front_end)
    try:
        values = Run(guarded, fails, sends, limit).values()
    except Exception as error:
        values = repr(error)
    outcomes['prompts'] += front_end.prompts
    outcomes['values'] += len(expected)
    outcomes['said'] += sum('delivered' in said for said in front_end.said)
    if values != expected:
        outcomes['wrong'].append({'seed': seed, 'text': text, 'fails': fails,
                                  'expected': repr(expected), 'values': repr(values),
                                  'said': front_end.said})


def main():
    first, count = map(int, sys.argv[1:])
    outcomes = {'prompts': 0, 'values': 0, 'said': 0, 'wrong': []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            # A file for each: the text of a loaded one would have changed.
            try_one(seed, os.path.join(folder, f'program{seed}.py'), outcomes)
    for wrong in outcomes['wrong'][:3]:
        print(wrong['text'], *wrong['said'], sep='\n', file=sys.stderr)
        print({key: wrong[key] for key in ('seed', 'fails', 'expected', 'values')},
              file=sys.stderr)
    outcomes['wrong'] = len(outcomes['wrong'])
    print(json.dumps(outcomes))
    return outcomes['wrong'] > 0


if __name__ == '__main__':
    sys.exit(main())
