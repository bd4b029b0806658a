"""How fast hr-instrument is, as ratios in one run.

    ./dev bench instrument [--rounds N] [--files N] [FOLDER]

All on the same files, reading and writing included, one thread unless said: against a
bare tree-sitter parse with the same libraries, and against ast.parse + ast.unparse.
Rounds alternate; times are the processor's, so that a busy machine counts less, save
for two threads.  Also the growth with the size of one file.  Exits 1 below a target.
"""

import argparse
import ast
import math
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings

BUILD = os.environ['HR_BENCH_BUILD']
INSTRUMENT = os.path.join(BUILD, 'src/cli/hr-instrument')
BARE = os.path.join(BUILD, 'tests/bench/bare-parse')


def choose(folder, count):
    paths = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders
                            if one not in ('__pycache__', 'site-packages', 'lib2to3', 'test'))
        paths += [os.path.join(root, name) for name in sorted(names)
                  if name.endswith('.py')]
    return paths[:count]


def run(*args):
    """(processor seconds, seconds, peak memory in kB) of a program."""
    started = time.monotonic()
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f'bench: {args[0]} ended with {process.returncode}')
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss


def unparse(paths):
    started = time.process_time()
    for path in paths:
        with open(path, 'rb') as file:
            ast.unparse(ast.parse(file.read()))
    return time.process_time() - started, 0, 0


def print_growth(folder, source):
    """Seconds and memory for one file, each size four times the one before."""
    with open(source, 'rb') as file:
        block = file.read()
    points = []
    for size in (10_000, 40_000, 160_000, 640_000, 2_560_000, 10_240_000, 40_960_000):
        path = os.path.join(folder, 'grown.py')
        with open(path, 'wb') as file:
            file.write((block * (size // len(block) + 1)))
        cpu, _, memory = run(INSTRUMENT, '-j1', '-q', '--super=keep', '-o',
                             os.path.join(folder, 'grown-out.py'), path)
        points.append((os.path.getsize(path), cpu, memory))
        print(f'  {points[-1][0]:>10,} bytes {cpu * 1000:9.1f} ms {memory / 1024:7.1f} MB')
    (size1, cpu1, _), (size2, cpu2, _) = points[-3], points[-1]
    exponent = math.log(cpu2 / cpu1) / math.log(size2 / size1)
    print(f'  time grows with size to the power {exponent:.2f}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--files', type=int, default=400)
    parser.add_argument('folder', nargs='?', default=sysconfig.get_path('stdlib'))
    options = parser.parse_args()
    warnings.simplefilter('ignore')
    paths = choose(options.folder, options.files)
    size = sum(os.path.getsize(path) for path in paths)
    print(f'{len(paths)} files, {size:,} bytes, {options.rounds} rounds')
    times, walls = {}, {}
    with tempfile.TemporaryDirectory(prefix='hr-bench-') as folder:
        out, source = os.path.join(folder, 'out'), os.path.join(folder, 'source')
        os.mkdir(source)
        for index, path in enumerate(paths):
            shutil.copyfile(path, os.path.join(source, f'f{index:05}.py'))
        joined = os.path.join(folder, 'joined.py')  # --guard takes one file
        with open(joined, 'wb') as file:
            for path in paths:
                with open(path, 'rb') as part:
                    file.write(part.read().strip(b'\n') + b'\n')
        paths = sorted(os.path.join(source, name) for name in os.listdir(source))
        common = [INSTRUMENT, '-q', '--no-ignore']
        programs = {
            'bare parse': lambda: run(BARE, *paths),
            'decorate + super': lambda: run(*common, '-j1', '-o', out, source),
            'decorate, --super=keep': lambda: run(*common, '-j1', '--super=keep', '-o', out,
                                                  source),
            '--list=json': lambda: run(*common, '-j1', '--list=json', source),
            '--guard': lambda: run(*common, '--guard', joined),
            'ast.parse + ast.unparse': lambda: unparse(paths),
            'two threads': lambda: run(*common, '-j2', '-o', out, source),
        }
        for _ in range(options.rounds):
            for name, program in programs.items():
                cpu, wall, _ = program()
                times.setdefault(name, []).append(cpu)
                walls.setdefault(name, []).append(wall)
        best = {name: min(all_) for name, all_ in times.items()}
        for name, seconds in best.items():
            print(f'  {name:24} {seconds:7.3f} s {size / seconds / 1e6:8.1f} MB/s')
        targets = [('decorate + super', 'bare parse', 6), ('decorate, --super=keep',
                   'bare parse', 20), ('--list=json', 'bare parse', 0.9),
                   ('--guard', 'bare parse', 0.9),
                   ('decorate + super', 'ast.parse + ast.unparse', 25)]
        short = 0
        for name, against, target in targets:
            ratio = best[against] / best[name]
            short += ratio < target
            print(f'  {name}: {ratio:.2f} times {against} (to reach: {target})'
                  f'{"" if ratio >= target else "  SHORT"}')
        threads = min(walls['decorate + super']) / min(walls['two threads'])
        print(f'  two threads: {threads:.2f} times one (to reach: 1.8; by the clock)')
        print_growth(folder, max(paths, key=os.path.getsize))
    sys.exit(1 if short else 0)


if __name__ == '__main__':
    main()
