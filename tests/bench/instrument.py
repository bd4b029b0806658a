"""How fast hr-instrument is, as ratios in one run.

    ./dev bench instrument [--rounds N] [--megabytes N] [--scratch DIR]
                           [--ast-grep=PATH] [FOLDER...]

All on the same files, reading and writing included, one thread unless said: against a
bare tree-sitter parse with the same libraries, against ast.parse + ast.unparse, and
against ast-grep, given its path, with the same insertion.  Rounds alternate; times are
the processor's, so that a busy machine counts less, save for two threads.  Also the
growth with the size of one file.  Exits 1 below a target.

The files are the standard libraries of this interpreter and of those beside it.  They
are read from and written to memory if the system has a file system there, always into
a folder that is new: what making files costs on a disk depends on what was deleted from
it lately.  A row says what copying the files takes alone, there and on the disk.
"""

import argparse
import ast
import contextlib
import glob
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
MEMORY = '/dev/shm'
SKIPPED = ('__pycache__', 'site-packages', 'dist-packages', 'lib2to3', 'test', 'tests')

# The insertion that is compared: a line above each function.
RULE = '''\
id: wrap
language: python
rule:
  kind: function_definition
  pattern: $F
fix: |-
  @hot_restart.wrap
  $F
'''


def choose(folder, count):
    paths = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in SKIPPED)
        paths += [os.path.join(root, name) for name in sorted(names)
                  if name.endswith('.py')]
    return paths[:count]


def libraries():
    """The standard library of this interpreter first, then its neighbours'."""
    beside = os.path.join(os.path.dirname(sys.base_prefix), '*', 'lib', 'python3.*')
    mine = os.path.realpath(sysconfig.get_path('stdlib'))
    return [mine, *sorted({os.path.realpath(one) for one in glob.glob(beside)} - {mine})]


def is_python(path):
    with open(path, 'rb') as file:
        try:
            ast.parse(file.read())
        except (SyntaxError, ValueError):
            return False
    return True


def gather(folders, megabytes, source):
    """Copies files that this Python takes into `source`; (paths, bytes)."""
    os.mkdir(source)
    size, paths = 0, []
    for folder in folders:
        for path in choose(folder, None):
            if size < megabytes * 1_000_000 and is_python(path):
                paths.append(os.path.join(source, f'f{len(paths):05}.py'))
                shutil.copyfile(path, paths[-1])
                size += os.path.getsize(path)
    return paths, size


def run(*args):
    """(processor seconds, seconds) of a program."""
    started = time.monotonic()
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f'bench: {args[0]} ended with {process.returncode}')
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started


def peak(*args):
    """Peak memory in MB of a program.  What wait4 says of it counts this process too."""
    highest = 0
    with subprocess.Popen(args, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with contextlib.suppress(OSError):  # it may just have ended
                with open(f'/proc/{process.pid}/status', encoding='ascii') as file:
                    found = [line.split()[1] for line in file if line.startswith('VmHWM')]
                if found and os.readlink(f'/proc/{process.pid}/exe') == args[0]:
                    highest = int(found[0])
            time.sleep(0.0005)
    return highest / 1024


def unparse(paths):
    started = time.process_time()
    for path in paths:
        with open(path, 'rb') as file:
            ast.unparse(ast.parse(file.read()))
    return time.process_time() - started, 0


def join(paths, joined):
    """One file of them all: --guard takes one."""
    with open(joined, 'wb') as file:
        for path in paths:
            with open(path, 'rb') as part:
                file.write(part.read().strip(b'\n') + b'\n')
    return joined


def bare_parse(paths):
    """In as many runs as the length of a command line asks for."""
    parts = [run(BARE, *paths[i:i + 1000]) for i in range(0, len(paths), 1000)]
    return [sum(one) for one in zip(*parts)]


class Bench:
    def __init__(self, options, folder):
        self.folder, self.grep, self.new = folder, options.ast_grep, 0
        self.source = os.path.join(folder, 'source')
        self.paths, self.size = gather(options.folders or libraries(), options.megabytes,
                                       self.source)
        self.joined = join(self.paths, os.path.join(folder, 'joined.py'))
        self.rule = os.path.join(folder, 'rule.yml')
        with open(self.rule, 'w', encoding='ascii') as file:
            file.write(RULE)
        self.cpu, self.wall, self.load = {}, {}, os.getloadavg()[0]

    def write(self, *arguments, program=(INSTRUMENT, '-q', '--no-ignore')):
        """A run that writes a folder; what it wrote is forgotten, and not timed."""
        self.new += 1
        out = os.path.join(self.folder, f'out{self.new}')
        if program[0] == self.grep:
            shutil.copytree(self.source, out)
            result = run(*program, out)
        elif program[0] == INSTRUMENT:
            result = run(*program, *arguments, '-o', out, self.source)
        else:
            result = run(*program, self.source, out)
        if self.folder.startswith(MEMORY):
            shutil.rmtree(out)
        return result

    def programs(self):
        found = {
            'bare parse': lambda: bare_parse(self.paths),
            'decorate + super': lambda: self.write('-j1'),
            'decorate, --super=keep': lambda: self.write('-j1', '--super=keep'),
            'two threads': lambda: self.write('-j2'),
            '--list=json': lambda: run(INSTRUMENT, '-q', '--no-ignore', '-j1', '--list=json',
                                       self.source),
            '--guard': lambda: run(INSTRUMENT, '-q', '--guard', self.joined),
            'ast.parse + ast.unparse': lambda: unparse(self.paths),
            'copying alone (cp)': lambda: self.write(program=('cp', '-r')),
        }
        if self.grep:
            found['ast-grep'] = lambda: self.write(
                program=(self.grep, 'scan', '-j1', '--update-all', '-r', self.rule))
        return found

    def measure(self, rounds):
        for _ in range(rounds):
            for name, program in self.programs().items():
                cpu, wall = program()
                self.cpu[name] = min(cpu, self.cpu.get(name, cpu))
                self.wall[name] = min(wall, self.wall.get(name, wall))
        for name, seconds in self.cpu.items():
            print(f'  {name:24} {seconds:7.3f} s {self.size / seconds / 1e6:8.1f} MB/s')

    def compare(self):
        """How many ratios fall short."""
        targets = [('decorate + super', 'bare parse', 6),
                   ('decorate, --super=keep', 'bare parse', 20),
                   ('--list=json', 'bare parse', 0.9), ('--guard', 'bare parse', 0.9),
                   ('decorate + super', 'ast.parse + ast.unparse', 25),
                   ('decorate + super', 'ast-grep', 10)]
        short = 0
        for name, against, target in targets:
            if against in self.cpu:
                ratio = self.cpu[against] / self.cpu[name]
                short += ratio < target
                print(f'  {name}: {ratio:.2f} times {against} (to reach: {target})'
                      f'{"" if ratio >= target else "  SHORT"}')
        if not self.grep:
            print('  ast-grep: not compared (--ast-grep=PATH)')
        ratio = self.wall['decorate + super'] / self.wall['two threads']
        more = self.cpu['two threads'] / self.cpu['decorate + super']
        busy = '' if self.load < 0.5 else f'; others were at work, load {self.load:.1f}'
        print(f'  two threads: {ratio:.2f} times one (to reach: 1.8; by the clock, '
              f'{more:.2f} times the processor time{busy})')
        return short


def print_growth(folder, source):
    """Seconds and memory for one file, about four times the one before."""
    with open(source, 'rb') as file:
        block = file.read()
    points = []
    for size in (10_000, 40_000, 160_000, 640_000, 2_560_000, 10_240_000, 50_000_000):
        path = os.path.join(folder, 'grown.py')
        with open(path, 'wb') as file:
            file.write(block * (size // len(block) + 1))
        results = []
        command = [INSTRUMENT, '-j1', '-q', '--super=keep', '-o']
        for number in range(4):
            out = os.path.join(folder, f'grown{size}-{number}.py')
            results.append((run if number > 0 else peak)(*command, out, path))
            os.unlink(out)
        cpu, memory = min(results[1:])[0], results[0]
        points.append((math.log(os.path.getsize(path)), math.log(cpu)))
        print(f'  {os.path.getsize(path):>10,} bytes {cpu * 1000:9.1f} ms '
              f'{memory:7.1f} MB')
    # What starting takes hides how the small ones grow.
    (size1, cpu1), (size2, cpu2) = points[-3], points[-1]
    print(f'  time grows with size to the power {(cpu2 - cpu1) / (size2 - size1):.2f} '
          '(of the last three)')


def print_disk(bench):
    """The same on the disk, where making a file is what takes the time."""
    with tempfile.TemporaryDirectory(prefix='hr-bench-') as folder:
        shutil.copytree(bench.source, os.path.join(folder, 'source'))
        bench.folder, bench.source = folder, os.path.join(folder, 'source')
        rows = {'decorate, --super=keep': lambda: bench.write('-j1', '--super=keep'),
                'copying alone (cp)': lambda: bench.write(program=('cp', '-r'))}
        for name, program in rows.items():
            seconds = min(program()[0] for _ in range(2))
            print(f'  on the disk: {name:24} {seconds:7.3f} s')


def small_source(paths):
    """A file of about 10 kB, to be repeated."""
    return min(paths, key=lambda path: abs(os.path.getsize(path) - 10_000))


def main():
    parser = argparse.ArgumentParser(prog='./dev bench instrument')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--megabytes', type=int, default=32)
    parser.add_argument('--scratch', default=MEMORY if os.access(MEMORY, os.W_OK) else None)
    parser.add_argument('--ast-grep', metavar='PATH')
    parser.add_argument('folders', nargs='*')
    options = parser.parse_args()
    warnings.simplefilter('ignore')
    with tempfile.TemporaryDirectory(prefix='hr-bench-', dir=options.scratch) as folder:
        bench = Bench(options, folder)
        print(f'{len(bench.paths)} files, {bench.size:,} bytes, {options.rounds} rounds, '
              f'in {folder}')
        bench.measure(options.rounds)
        short = bench.compare()
        print_growth(folder, small_source(bench.paths))
        if folder.startswith(MEMORY):
            print_disk(bench)
    sys.exit(1 if short else 0)


if __name__ == '__main__':
    main()
