"""How it grows: each part against what it is given more and more of.

    ./dev bench --plots [NAME...] [--out FOLDER] [--rounds N]

Prints, for each curve, the times and the exponent of a power law fitted to its upper
half (1: linear); draws each as an SVG into build/plots, if gnuplot is there.  Two are
measured with plain python as well: its compiler takes longer for each function of a
long module, and its frames and tracebacks leave the processor's caches.  Exits 1 if an
exponent is above LIMIT, and above python's own by more than NOISE.
"""

import argparse
import functools
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.environ['HR_BENCH_BUILD']
RUN = os.path.join(BUILD, 'src/run/hr-run')
INSTRUMENT = os.path.join(BUILD, 'src/cli/hr-instrument')
LIMIT = 1.15  # noise, caches and the allocator take their share above 1
NOISE = 0.05
SECONDS = 300  # one measurement may take

# The clock, which is the processor's so that a busy machine counts less, starts at the
# prompt and stops in the new version's first line.
MEND = '''\
!path = __file__; text = open(path).read()
!open(path, 'w').write(text.replace('return x / ' + '0', 'took(); return x'))
!import builtins, time; builtins.begun = time.process_time()
c
'''
PRELUDE = '''\
import builtins, sys, threading, time
def took():
    print("took", time.process_time() - builtins.begun, flush=True)
'''
FAILING = '''\
def failing(x):
    return x / 0
'''


def environment(folder):
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('PYTHON', 'HR_', 'VIRTUAL_ENV', 'HOT_RESTART'))}
    env.update(XDG_CACHE_HOME=folder, HR_CACHE_SIZE='0', PYTHONDONTWRITEBYTECODE='1')
    return env


def session(folder, text, commands='', run=RUN):
    """The seconds that the program said it took: the last of them."""
    program = os.path.join(folder, 'program.py')
    with open(program, 'w', encoding='utf-8') as file:
        file.write(text)
    # Without a terminal, so that commands come from the pipe.
    done = subprocess.run([run, program], cwd=folder, env=environment(folder),
                          input=commands, start_new_session=True, capture_output=True,
                          text=True, check=False, timeout=SECONDS)
    found = re.findall(r'took ([\d.e-]+)', done.stdout)
    if not found:
        sys.exit(f'plots: no time:\n{done.stdout[-1500:]}{done.stderr[-1500:]}')
    return float(found[-1])


def functions(count):
    return ''.join(f'def f{number}(x, y=None):\n    return x + {number}\n'
                   for number in range(count))


def load_functions(folder, count, run=RUN):
    """A module with so many functions: guarded, compiled and run, nothing cached."""
    with open(os.path.join(folder, 'many.py'), 'w', encoding='utf-8') as file:
        file.write(functions(count))
    return session(folder, PRELUDE + 'builtins.begun = time.process_time()\n'
                   'import many\ntook()\n', run=run)


def reload_functions(folder, count):
    """One of so many functions of a module is mended: from c to its first line."""
    return session(folder, PRELUDE + functions(count) + FAILING + 'failing(3)\n', MEND)


def closures(folder, count):
    """A function of which so many closures live is mended."""
    return session(folder, PRELUDE + f'''\
def make(number):
    def failing(x):
        if x < 0:
            return number
        return x / 0
    return failing
made = [make(number) for number in range({count})]
made[0](3)
assert sum(one(-1) for one in made) == sum(range({count}))
''', MEND)


def threads(folder, count):
    """So many threads fail at once; until each was mended and came to its end."""
    return session(folder, PRELUDE + FAILING + f'''\
barrier = threading.Barrier({count})
def work():
    barrier.wait()
    failing(3)
started = [threading.Thread(target=work) for _ in range({count})]
[thread.start() for thread in started]
[thread.join() for thread in started]
took()
''', MEND + 'c\n' * count)


DOWN = '''\
sys.setrecursionlimit({count} + 2000)
def down(n):
    if n > 0:
        return down(n - 1) + 1
    {end}
'''


def depth_crash(folder, count):
    """A failure so many guarded calls deep: from the exception to the mended call."""
    return session(folder, PRELUDE + FAILING + DOWN.format(
        count=count, end='builtins.begun = time.process_time(); return failing(0)') +
        f'down({count})\n', MEND.replace('!import builtins, time; builtins.begun = '
                                         'time.process_time()\n', ''))


def depth_pass(folder, count, run=RUN):
    """An exception that a caller so many guarded calls above handles."""
    return session(folder, PRELUDE + DOWN.format(count=count, end='raise KeyError') + f'''\
best = 1e9
for _ in range(5):
    builtins.begun = time.process_time()
    try:
        down({count})
    except KeyError:
        best = min(best, time.process_time() - builtins.begun)
print("took", best)
''', run=run)


def text_of(size):
    piece = ('class Thing{0}(Base):\n    """Text of {0}."""\n\n    def method(self, a, b=1, *rest):\n'
             '        for item in rest:\n            if item is not a:\n'
             '                b += item * {0}\n        return super().method(b)\n\n')
    pieces, length = [], 0
    while length < size:
        pieces.append(piece.format(len(pieces)))
        length += len(pieces[-1])
    return ''.join(pieces)


def of_file(*options):
    def measure(folder, size):
        path = os.path.join(folder, 'file.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text_of(size))
        before = os.times()
        subprocess.run([INSTRUMENT, '-q', '-j1', *options, path], check=True,
                       stdout=subprocess.DEVNULL, timeout=SECONDS)
        after = os.times()
        return (after.children_user + after.children_system -
                before.children_user - before.children_system)
    return measure


def decades(low, high):
    """1, 3, 10, ... from `low` to `high`."""
    values, value = [], low
    while value < high:
        values.append(int(value))
        value *= math.sqrt(10)
    return [*values, high]


# name, what, unit of x, values of x, measure, whether python does the same
CURVES = [
    ('load', 'load a module, nothing cached', 'functions', decades(100, 100_000),
     load_functions, True),
    ('reload', 'mend one function of a module', 'functions', decades(100, 100_000),
     reload_functions, False),
    ('instrument', 'hr-instrument', 'bytes of the file', decades(10_000, 50_000_000),
     of_file(), False),
    ('guard', 'hr-instrument --guard', 'bytes of the file', decades(10_000, 50_000_000),
     of_file('--guard'), False),
    ('closures', 'mend a function with live closures', 'closures', decades(1, 1000),
     closures, False),
    ('threads', 'threads that fail at once', 'threads', [1, 2, 4, 8, 16, 32, 64],
     threads, False),
    ('depth-crash', 'a failure, mended, that deep', 'guarded calls on the stack',
     decades(10, 100_000), depth_crash, False),
    ('depth-pass', 'an exception that a caller handles', 'guarded calls passed',
     decades(10, 100_000), depth_pass, True),
]


def fit(points):
    """Exponent and factor of y = factor * x ** exponent over the upper half."""
    logs = [(math.log(x), math.log(y)) for x, y in points[len(points) // 2:]]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    exponent = (sum((x - mean_x) * (y - mean_y) for x, y in logs) /
                sum((x - mean_x) ** 2 for x, _ in logs))
    return exponent, math.exp(mean_y - exponent * mean_x)


class Line:
    """The points of one program, and the power law fitted to them."""

    def __init__(self, title, points):
        self.title, self.points = title, points
        self.exponent, self.factor = fit(points)


def draw(out, name, unit, lines):
    data = ''.join(f'$line{number} << END\n'
                   + ''.join(f'{x} {y}\n' for x, y in line.points) + 'END\n'
                   for number, line in enumerate(lines))
    curves = ', '.join(
        f'$line{number} with linespoints pointtype 7 linecolor rgb "{color}" '
        f'title "{line.title}", {line.factor} * x ** {line.exponent} with lines '
        f'dashtype 2 linecolor rgb "{color}" title "exponent {line.exponent:.2f}"'
        for number, (line, color) in enumerate(zip(lines, ('#1f6feb', '#8b949e'))))
    script = f'''\
set terminal svg size 640,420 font "sans,12" background "white"
set output "{out}/{name}.svg"
set logscale xy
set format x "10^{{%L}}"
set format y "10^{{%L}}"
set xlabel "{unit}"
set ylabel "seconds"
set grid
set key left top
{data}plot {curves}
'''
    subprocess.run(['gnuplot'], input=script, text=True, check=True)


def measured(title, unit, values, measure, rounds):
    """A Line; the least of the rounds at each value."""
    points = []
    for value in values:
        with tempfile.TemporaryDirectory(prefix='hr-plots-') as folder:
            spent, begun = [], time.monotonic()
            while len(spent) < rounds and time.monotonic() - begun < 10:
                spent.append(measure(folder, value))
        points.append((value, max(min(spent), 1e-6)))
        print(f'  {value:>11,} {unit:28} {points[-1][1] * 1000:12.2f} ms', flush=True)
    line = Line(title, points)
    print(f'  exponent {line.exponent:.2f}')
    return line


def main():
    parser = argparse.ArgumentParser(prog='./dev bench --plots')
    parser.add_argument('name', nargs='*', help=', '.join(curve[0] for curve in CURVES))
    parser.add_argument('--out', default=os.path.join(BUILD, 'plots'))
    parser.add_argument('--rounds', type=int, default=3)
    options = parser.parse_args()
    known = [curve[0] for curve in CURVES]
    unknown = [name for name in options.name if name not in known]
    if unknown:
        parser.error(f'no curve is named {unknown[0]}; there are {", ".join(known)}')
    drawn = shutil.which('gnuplot') is not None
    os.makedirs(options.out, exist_ok=True)
    above = []
    for name, what, unit, values, measure, beside in CURVES:
        if options.name and name not in options.name:
            continue
        print(f'{name}: {what}')
        lines = [measured(what, unit, values, measure, options.rounds)]
        may = LIMIT
        if beside:
            print(f'{name}: the same with plain python')
            lines.append(measured('python', unit, values, functools.partial(
                measure, run=sys.executable), options.rounds))
            may = max(LIMIT, lines[1].exponent + NOISE)
        if lines[0].exponent > may:
            above.append(f'{name} {lines[0].exponent:.2f}')
        if drawn:
            draw(options.out, name, unit, lines)
    print(f'drawn into {options.out}' if drawn else
          'gnuplot was not found: nothing was drawn (./dev setup --all)')
    if above:
        sys.exit(f'plots: above linear: {", ".join(above)}')


if __name__ == '__main__':
    main()
