"""hr-instrument's recogniser against ast.parse, on mutations of small pieces of Python.

    python3 tests/corpus/grammar_corpus.py [--count N] [--seed N] [-v]

Each piece in SEEDS, and N mutations of them (tokens dropped, doubled, swapped, put in
from elsewhere), is asked of every CPython from 3.8 on that is found here and of
hr-instrument.  Python is what any of them takes.  Prints counts by reason:

  - taken, although no Python here takes it (harmless: the text does not run, and what
    is inserted does not mend it), by what ast.parse of the newest says;
  - refused, although some Python parses it (the file is left whole and runs
    unguarded): no compiler takes it, or only those before 3.10 did.

Exits 1 if a piece is refused for no such reason.
"""

import argparse
import collections
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness

# What CPython 3.13 says of what 3.14 takes, as hr-instrument does.
LATER = re.compile('multiple exception types must be parenthesized')
TEMPLATE = re.compile(r'\b(t|tr|rt)[\'"]', re.I)
SUPPORTED = 10  # what only an older minor version takes is no loss

SEEDS = [
    'x = y = 1, *z', 'x: int = 1', '(x): int', 'x.y: int', 'x[1]: 2', 'x += yield',
    'x @= 1; y //= 2; z >>= 3', 'a, *b = c', '[a, (b, *c)] = d', '() = x',
    'print(1, *a, b=2, **c)', 'f(x for x in y)', 'f(a := 1, b)', '(y := 1)', '[y := 1, y]',
    'x[1:2, ::3, ...]', 'x[*a]', 'x[a:=1]', 'not not a and not b', 'a if b else c if d else e',
    'lambda: (yield)', 'lambda a, /, b=1, *c, d, **e: 0', 'lambda *, a: a',
    '[x async for x in y if a if b]', '{**a, "b": 1}', '{*a, b}', '{a: b for a in c}',
    '{}', 'x = 0x1F + 0o17 + 0b11 + 1_000.5e-3j + 00 + .5', '1 if 2 else 3',
    '"a" \'b\' r"c" f"{d!r:>{e}}"', 'rb"x" b"y"', 'f"{a}" f"{x:{y}}"', 'del a, (b, c[0]), d.e',
    'assert a, b', 'raise', 'raise a from b', 'global a, b', 'import a.b as c, d',
    'from . import a', 'from ...a import (b as c, d,)', 'from a import *', 'match = case = type = 1',
    'match(x)', 'match[x]: int', 'type X[T: int, *Ts, **P] = int', 'type = 1', 'type(x)',
    'if x: y\nelif z: w\nelse: v', 'for x, *y in *a, b: pass\nelse: pass', 'while x: break',
    'try: a\nexcept: b\nelse: c\nfinally: d', 'try: a\nfinally: b',
    'try: a\nexcept* (B, C) as d: e', 'try: a\nexcept (B, C): d', 'try: a\nexcept B as c: d',
    'with a as b, c: pass', 'with (a as b, c as d,): pass', 'with (a, b) as c: pass',
    'with (a): pass', 'with (yield): pass', 'with a as (b, c.d): pass',
    'async def f():\n  await x\n', 'async def f():\n  async with a: pass\n  async for b in c: pass\n',
    'def f(a, b=1, /, c=2, *args: *Ts, d, e=3, **kw) -> x: pass', 'def f[T = int](): pass',
    'def f[*Ts = *tuple[int]](a: T): pass', 'def f[**P = [int]](a: T): pass',
    'class A[T](B, metaclass=C): pass', 'class A: pass', 'class A(): x = 1; y = 2',
    '@a.b[c](d)\n@(yield)\ndef f(): pass', '@a\nclass B: pass', '@x\nasync def f(): pass',
    'match x:\n  case 1 | -2.5 + 3j | "a" "b": pass\n  case [a, *_, (b, c)] if d: pass\n',
    'match x:\n  case {"k": v, **rest}: pass\n  case A.B(c, d=e) as f: pass\n  case _: pass\n',
    'match *a, b:\n  case a, *b: pass', 'match x, y:\n  case None | True | {}: pass',
    'match x:\n  case [*_, 1] | (2, [3]) as b: pass', 'match x:\n  case {A.B: 1, -1: c}: pass',
    'if x:\n  y\n\n  # c\nz', 'x = (\n1 +\n2)', 'x \\\n  = 1', 'x = a.b(c)[d](e).f',
    'x = a < b <= c != d is not e not in f is g in h', 'x = a ** -b % ~c @ d', 'return *a, b',
    'def f():\n  return\n', 'def f():\n  nonlocal a\n  yield\n', 'def f():\n  yield from a\n',
    'for (x) in y: continue', 'for x[0], y.z in a: pass', 'x = yield = 1', 'a = await b',
    'async def f():\n  return [x async for x in y]\n', 'while (n := f()): pass',
    'f(**a, b=1, *c)', 'f(a)(b)(c=d)', 'f(*a, *b, **c, **d)', 'x = [*a, *b]', 'x = {**a, **b}',
    'x = lambda: a if b else c', 'x = [lambda: a, lambda b=1: c]', 'x = a, = b',
    'x = {a for b in c}', 'x = (a for b in c for d in e if f)', 'class A(B, *C, **D): ...',
    'if x:\n  if y:\n    pass\n  else:\n    pass\nelse:\n  pass\n',
]
# What is put in: every kind of token, and some that seldom meet.
TOKENS = ['x', 'y', '1', '2.5', '"s"', 'b"t"', 'f"{u}"', '(', ')', '[', ']', '{', '}', ',', ':',
          ';', '=', ':=', '+=', '*', '**', '/', '@', '.', '...', '->', '-', '~', '==', '<', '!=',
          '|', 'not', 'and', 'or', 'in', 'is', 'if', 'else', 'elif', 'for', 'while', 'async',
          'await', 'lambda', 'yield', 'from', 'import', 'as', 'with', 'try', 'except',
          'finally', 'def', 'class', 'return', 'raise', 'del', 'pass', 'global', 'nonlocal',
          'assert', 'None', 'True', 'match', 'case', 'type', '_', '\n', '\n  ', '!', '\\\n', '%']
PIECE = re.compile(r'\s+|[A-Za-z_]\w*(?:"[^"\n]*"|\'[^\'\n]*\')?|"[^"\n]*"|\'[^\'\n]*\''
                   r'|\.\.\.|[-+*/@%&|^<>=!:]=|\*\*|//|<<|>>|->|[\d.]+\w*|.', re.S)

ASK = '''
import ast, json, sys, warnings
warnings.simplefilter("ignore")
sys.setrecursionlimit(5000)

def said(text, do):
    try:
        do(text)
    except (SyntaxError, ValueError) as error:
        return str(getattr(error, "msg", error))

def inside(text):
    # What may stand in a coroutine and nowhere else.
    return compile("async def f():\\n " + text.replace("\\n", "\\n "), "", "exec")

parses, compiles = [], []
for text in json.load(sys.stdin):
    parses.append(said(text, ast.parse))
    compiles.append(parses[-1] is None and
                    (said(text, lambda text: compile(text, "", "exec")) is None
                     or said(text, inside) is None))
print(json.dumps([parses, compiles]))
'''


def mutate(source, text):
    pieces = PIECE.findall(text)
    for _ in range(source.choice((1, 1, 1, 2, 2, 3))):
        at = source.randrange(len(pieces) + 1)
        kind = source.randrange(5)
        if kind == 0 and pieces:
            del pieces[min(at, len(pieces) - 1)]
        elif kind == 1 and pieces:
            at = min(at, len(pieces) - 1)
            pieces.insert(at, ' ' + pieces[at])
        elif kind == 2 and len(pieces) > 1:
            a, b = source.sample(range(len(pieces)), 2)
            pieces[a], pieces[b] = pieces[b], pieces[a]
        elif kind == 3:
            pieces.insert(at, ' ' + source.choice(TOKENS) + ' ')
        elif pieces:
            pieces[min(at, len(pieces) - 1)] = ' ' + source.choice(TOKENS) + ' '
    return ''.join(pieces)


def snippets(count, seed):
    source = random.Random(seed)
    found = dict.fromkeys(SEEDS)
    while len(found) < count + len(SEEDS):
        found[mutate(source, source.choice(SEEDS))] = None
    return list(found)


def pythons():
    """{minor version: interpreter}, this one and what else is found, from 3.8 on."""
    found = {sys.version_info[1]: sys.executable}
    for minor in range(8, 20):
        paths = sorted(glob.glob(os.path.expanduser(
            f'~/.pyenv/versions/3.{minor}.*/bin/python3.{minor}')))
        path = shutil.which(f'python3.{minor}', path='/usr/local/bin:/usr/bin') or \
            (paths and paths[0])
        if path:
            found.setdefault(minor, path)
    return dict(sorted(found.items()))


def judged_by(python, texts):
    done = subprocess.run([python, '-c', ASK], input=json.dumps(texts).encode(),
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def judged_by_us(texts):
    """What hr-instrument says of each; None where it takes it."""
    said = [None] * len(texts)
    with tempfile.TemporaryDirectory(prefix='hr-grammar-') as folder:
        source = os.path.join(folder, 'source')
        os.mkdir(source)
        for index, text in enumerate(texts):
            with open(os.path.join(source, f'{index}.py'), 'w', encoding='utf-8') as file:
                file.write(text)
        done = harness.instrument('--no-ignore', '--error-format=json', '-o',
                                  os.path.join(folder, 'out'), source, timeout=600)
        for line in done.stderr.splitlines():
            remark = json.loads(line)
            if remark['severity'] == 'error':
                said[int(os.path.basename(remark['file'])[:-3])] = remark['message']
    return said


def why_refused(index, theirs):
    """Why that is no loss; None if it is one."""
    if not any(compiles[index] for _, compiles in theirs.values()):
        return 'every compiler refuses it, after it is parsed'
    newest = max(minor for minor, (parses, _) in theirs.items() if parses[index] is None)
    return f'nothing after 3.{newest} takes it' if newest < SUPPORTED else None


def why_taken(text, said):
    if LATER.search(said) or TEMPLATE.search(text):
        return 'of 3.14'
    return said


def compare(count, seed, out=sys.stdout, verbose=False):
    """Counters (taken, refused) of reasons, and the texts refused for none."""
    texts = snippets(count, seed)
    theirs = {minor: judged_by(path, texts) for minor, path in pythons().items()}
    newest = theirs[max(theirs)][0]
    ours = judged_by_us(texts)
    taken, refused, lost = collections.Counter(), collections.Counter(), []
    for index, text in enumerate(texts):
        is_python = any(parses[index] is None for parses, _ in theirs.values())
        if is_python and ours[index] is not None:
            why = why_refused(index, theirs)
            refused[why] += 1
            if why is None:
                lost.append(text)
            if verbose or why is None:
                print(f'refused: {text!r}: {ours[index]}', file=out)
        elif not is_python and ours[index] is None:
            taken[why_taken(text, newest[index])] += 1
            if verbose:
                print(f'taken: {text!r}: {newest[index]}', file=out)
    print(f'{len(texts):8,} pieces, by ' + ', '.join(f'3.{minor}' for minor in theirs), file=out)
    for what, counts in (('taken although no Python here takes it', taken),
                         ('refused although a Python parses it', refused)):
        print(f'{sum(counts.values()):8,} {what}', file=out)
        for reason, number in counts.most_common():
            print(f'{number:12,} {reason or "unexplained"}', file=out)
    return taken, refused, lost


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--count', type=int, default=8500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('-v', action='store_true', dest='verbose')
    options = parser.parse_args()
    _, _, lost = compare(options.count, options.seed, verbose=options.verbose)
    sys.exit(1 if lost else 0)


if __name__ == '__main__':
    main()
