"""Random programs for the soak, and what each of their calls has to give.

A program calls its functions in an order of the seed's choosing.  Each has one trap,
an `x` for which it fails, and one factor; an edit changes both.  What it prints,
`NAME X VALUE BYTES`, is checked against the factor in force and the memory in use.
"""

import random

# Each holds the trap and the factor once, gives x * factor, and stops once a failure.
KINDS = {
    'function': '''\
def {name}(x, *, scale=1):
    {factor}
    {trap}
    return x * k * scale
''',
    'rebinding': '''\
def {name}(x, *rest, **options):
    {factor}
    y, x = x, None
    rest += (y,)
    options["y"] = y
    if True:
        x = y
        {trap}
    return rest[-1] * k
''',
    'cleanup': '''\
def {name}(x):
    global entered
    try:
        with Context():
            {factor}
            {trap}
            return x * k
    finally:
        entered += 1
''',
    'method': '''\
class Of_{name}:
    step = 1

    def {name}(self, x):
        """Of a class, with super."""
        {factor}
        {trap}
        return x * k * self.step + len(super().__repr__()) * 0
''',
    'closure': '''\
def make_{name}():
    shift = 1

    def {name}(x):
        {factor}
        {trap}
        return x * k * shift
    return {name}
''',
    'generator': '''\
def {name}(x):
    {factor}
    yield None
    {trap}
    yield x * k
''',
    'coroutine': '''\
async def {name}(x):
    {factor}
    await asyncio.sleep(0)
    {trap}
    return x * k
''',
    'asyncgen': '''\
async def {name}(x):
    {factor}
    yield None
    await asyncio.sleep(0)
    {trap}
    yield x * k
''',
    'thread': '''\
def {name}(x):
    {factor}
    {trap}
    return x * k
''',
}

CALLS = {
    'function': 'got = {name}(x)',
    'rebinding': 'got = {name}(x, 1, 2, other=3)',
    'cleanup': 'got = {name}(x)',
    'method': 'got = Of_{name}().{name}(x)',
    'closure': 'got = kept_{name}(x)',
    'generator': 'got = list({name}(x))[-1]',
    'coroutine': 'got = asyncio.run(task({name}, x))',
    'asyncgen': 'got = asyncio.run(last({name}, x))',
    'thread': 'got = in_threads({name}, x)',
}

CRASHES = ['x / 0', '{}[x]', 'raise OSError(x)', 'assert x is None', 'None.nothing', 'int("x")',
           'undefined_name', 'json.loads("[")', '[][x]', 'x()', 'raise ValueError from KeyError(x)',
           'next(i for i in [1] if i.real.nothing)']

HEAD = '''\
import asyncio
import json
import meter
import threading

entered = 0


class Context:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


async def task(function, x):
    return await asyncio.create_task(function(x))


async def last(function, x):
    async for value in function(x):
        pass
    return value


def in_threads(function, x):
    found = []
    threads = [threading.Thread(target=lambda n=n: found.append(function(n)))
               for n in (x, 0, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(found)


'''


class Program:
    def __init__(self, seed, calls):
        self.random = random.Random(seed)
        self.comments = 0  # lines that are only there to move the others
        self.parts = {}  # name -> [kind, factor, trap, crash]
        for number in range(self.random.randint(4, 9)):
            kind = self.random.choice(list(KINDS))
            self.parts[f'{kind}_{number}'] = [kind, self.random.randint(2, 99), None, None]
        self.order = [self.random.choice(list(self.parts)) for _ in range(calls)]
        for name in self.parts:
            self.set_trap(name, 0)

    def set_trap(self, name, after):
        """For one of the next calls of the function from number `after` on, or for none."""
        calls = [x for x, called in enumerate(self.order) if called == name and x > after]
        part = self.parts[name]
        part[1] = self.random.randint(2, 99)
        part[2] = self.random.choice(calls[:4]) if calls else -2
        part[3] = self.random.choice(CRASHES)

    def text(self):
        pieces = ['# a line that moves the others\n' * self.comments, HEAD]
        for name, (kind, factor, trap, crash) in self.parts.items():
            pieces.append(KINDS[kind].format(name=name, factor=f'k = {factor}',
                                             trap=f'if x == {trap}: {crash}'))
            if kind == 'closure':
                pieces.append(f'\n\nkept_{name} = make_{name}()\n')
            pieces.append('\n\n')
        pieces.append('def main():\n    calls = ' + repr(self.order) + '\n'
                      '    for x, name in enumerate(calls):\n')
        word = 'if'
        for name, (kind, _, _, _) in self.parts.items():
            pieces.append(f'        {word} name == {name!r}:\n'
                          f'            {CALLS[kind].format(name=name)}\n')
            word = 'elif'
        pieces.append('        print("got", name, x, got, meter.used(), flush=True)\n\n\nmain()\n'
                      'print("the end")\n')
        return ''.join(pieces)

    def expected(self, name, x):
        return x * self.parts[name][1]
