"""Exceptions that pass through guards and are handled above: raise to catch.

    python3 tests/bench/passing.py [LEVELS ...]

Each number is the best of several runs, guarded and plain taking turns in one
process.  `stop` is hot_restart.STOP; `propagated` is wrap(propagated_exceptions=...)
with STOP = "always".
"""

import os
import sys
import tempfile
import time

import hot_restart

LOOPS = 2_000
ROUNDS = 15

TEXT = '''\
{wrap}
def level_0():
    raise KeyError
{levels}
def catch():
    try:
        level_{last}()
    except KeyError:
        return 1
'''

PROPAGATED = '@hot_restart.wrap(propagated_exceptions=(KeyError,))'


def build(folder, name, wrap, count):
    """A module's catch(), `count` functions above the raise."""
    levels = ''.join(f'{wrap}\ndef level_{i}():\n    return level_{i - 1}()\n'
                     for i in range(1, count))
    path = os.path.join(folder, f'{name}_{count}.py')
    text = 'import hot_restart\n' + TEXT.format(wrap=wrap, levels=levels, last=count - 1)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    names = {'__name__': f'{name}_{count}', '__file__': path}
    exec(compile(text, path, 'exec'), names)
    return names['catch']


def once(catch, stop):
    hot_restart.STOP = stop
    start = time.perf_counter()
    for _ in range(LOOPS):
        catch()
    return (time.perf_counter() - start) / LOOPS * 1e9


def main(counts):
    print('levels  stop        plain ns  guarded ns  ratio')
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            plain = build(folder, 'plain', '', count)
            guarded = build(folder, 'guarded', '@hot_restart.wrap', count)
            propagated = build(folder, 'propagated', PROPAGATED, count)
            cases = (('never', guarded, 'never'), ('unhandled', guarded, 'unhandled'),
                     ('propagated', propagated, 'always'))
            best = {name: [1e12, 1e12] for name, _, _ in cases}
            for _ in range(ROUNDS):
                for name, catch, stop in cases:
                    best[name][0] = min(best[name][0], once(plain, stop))
                    best[name][1] = min(best[name][1], once(catch, stop))
            for name, (bare, held) in best.items():
                print(f'{count:6}  {name:10}  {bare:8.0f}  {held:10.0f}  {held / bare:5.2f}')


if __name__ == '__main__':
    main([int(argument) for argument in sys.argv[1:]] or [1, 10])
