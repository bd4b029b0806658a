"""Exceptions that pass through guards and are handled above: raise to catch.

    python3 tests/bench/passing.py [LEVELS ...]

Each number is the best of several runs, guarded and plain taking turns in one
process, in the thread's own time.  `stop` is hot_restart.STOP, `own class` the same
as `unhandled` with a class of the program's, `propagated` is
wrap(propagated_exceptions=...) with STOP = "always".  Any clause that is not taken
costs something: `clause` is `except NAME():` with a class that makes an empty tuple,
as CPython compiles it.  `floor` is the guard's own handler where an empty tuple answers
in place of our object: what being asked costs, before anything is decided.  Exits 1
above a target, which `!` marks.

Last it says what each further level costs.  `never` is the floor and a look at STOP.
`unhandled` has to find out, once, who handles the exception, and at each further guard
that it is still the same one, on its way there.  The floor alone is at about 1.3 for
ten levels on CPython 3.11, and at 1.2 on 3.12 and 3.13: two searches of the exception
table, the interpreter's own way into a handler and out of it, and the offset of what
failed, which is kept so that the frame stands there afterwards.
"""

import builtins
import os
import sys
import tempfile
import time

import hot_restart

LOOPS = 500
ROUNDS = 60
TARGETS = {1: 2.0, 10: 1.3}  # levels: guarded to plain
NO_TARGET = ('clause', 'floor')

TEXT = '''\
class Own(Exception):
    pass
{wrap}
def level_0():
    raise {raised}
{levels}
def catch():
    try:
        level_{last}()
    except {raised}:
        return 1
'''

PROPAGATED = '@hot_restart.wrap(propagated_exceptions=(KeyError,))'


def build(folder, name, wrap, count, raised='KeyError'):
    """A module's catch(), `count` functions above the raise."""
    levels = ''.join(f'{wrap}\ndef level_{i}():\n    return level_{i - 1}()\n'
                     for i in range(1, count))
    path = os.path.join(folder, f'{name}_{raised}_{count}.py')
    text = 'import hot_restart\n' + TEXT.format(wrap=wrap, levels=levels, last=count - 1,
                                                raised=raised)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    names = {'__name__': f'{name}_{count}', '__file__': path}
    exec(compile(text, path, 'exec'), names)
    return names['catch']


def by_hand(count):
    """The same with a clause that asks a plain function of C, and no guard."""
    text = 'def level_0():\n try:\n  raise KeyError\n except nothing():\n  pass\n'
    for i in range(1, count):
        text += f'def level_{i}():\n try:\n  return level_{i - 1}()\n except nothing():\n  pass\n'
    text += (f'def catch():\n try:\n  level_{count - 1}()\n except KeyError:\n  return 1\n')
    names = {'nothing': tuple}
    exec(compile(text, '<by hand>', 'exec'), names)
    return names['catch']


def once(catch, stop):
    hot_restart.STOP = stop
    start = time.thread_time()
    for _ in range(LOOPS):
        catch()
    return (time.thread_time() - start) / LOOPS * 1e9


def floor(catch):
    """The same where nothing is asked; warm, as the others are."""
    asked = builtins.__hr_crashed__
    builtins.__hr_crashed__ = ()
    try:
        once(catch, 'never')
        return once(catch, 'never')
    finally:
        builtins.__hr_crashed__ = asked


def measure(folder, count):
    """{name: (plain, guarded)} in nanoseconds, raise to catch."""
    plain = build(folder, 'plain', '', count)
    guarded = build(folder, 'guarded', '@hot_restart.wrap', count)
    propagated = build(folder, 'propagated', PROPAGATED, count)
    clause = by_hand(count)
    plain_own = build(folder, 'plain', '', count, 'Own')
    own = build(folder, 'guarded', '@hot_restart.wrap', count, 'Own')
    cases = (('clause', plain, clause, 'always'), ('never', plain, guarded, 'never'),
             ('unhandled', plain, guarded, 'unhandled'),
             ('own class', plain_own, own, 'unhandled'),
             ('propagated', plain, propagated, 'always'))
    best = {name: [1e12, 1e12] for name in ('floor', *(name for name, *_ in cases))}
    for _ in range(ROUNDS):
        for name, bare, catch, stop in cases:
            best[name][0] = min(best[name][0], once(bare, stop))
            best[name][1] = min(best[name][1], once(catch, stop))
        best['floor'][0] = best['never'][0]
        best['floor'][1] = min(best['floor'][1], floor(guarded))
    return best


def tell_a_level(few, many, results):
    """What one of the further levels costs."""
    def a_level(name, which):
        return (results[many][name][which] - results[few][name][which]) / (many - few)
    parts = ', '.join(f'{name} {a_level(name, 1):.0f}' for name in results[few])
    print(f'each level from {few} to {many}, ns: plain {a_level("unhandled", 0):.0f}; {parts}')


def main(counts):
    missed = False
    results = {}
    print('levels  stop        plain ns  guarded ns  ratio   target')
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            target = TARGETS.get(count)
            results[count] = measure(folder, count)
            for name, (bare, held) in results[count].items():
                short = target is not None and name not in NO_TARGET and held / bare > target
                missed = missed or short
                print(f'{count:6}  {name:10}  {bare:8.0f}  {held:10.0f}  {held / bare:5.2f}'
                      f'{"!" if short else " "}  {target or "":6}')
    if len(counts) > 1:
        tell_a_level(counts[0], counts[-1], results)
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main([int(argument) for argument in sys.argv[1:]] or [1, 10]))
