"""What starting costs: hr-run against python, an empty script and imports.

    HR_BENCH_BUILD=build python3 tests/bench/start.py [--rounds N]

The imports are copies of modules of the standard library, so that hr-run guards them.
Cold: nothing is cached, neither by python nor by hr-run; warm: all of it is.  Rounds
alternate between the two; a ratio is that of the medians.  Exits 1 above a target.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MODULES = ['argparse', 'ast', 'calendar', 'cmd', 'configparser', 'copy', 'csv', 'dataclasses',
           'difflib', 'doctest', 'fractions', 'ftplib', 'heapq', 'inspect', 'ipaddress',
           'mailbox', 'optparse', 'pathlib', 'pickle', 'plistlib', 'pprint', 'shlex', 'shutil',
           'statistics', 'string', 'tarfile', 'textwrap', 'tokenize', 'traceback', 'typing',
           'uuid', 'zipfile']


def copy_modules(folder):
    names = []
    for name in MODULES:
        module = __import__(name)
        path = module.__file__
        if os.path.basename(path) == f'{name}.py':
            shutil.copy(path, os.path.join(folder, f'own_{name}.py'))
            names.append(f'own_{name}')
    with open(os.path.join(folder, 'imports.py'), 'w', encoding='utf-8') as file:
        file.write(f'import {", ".join(names)}\n')
    with open(os.path.join(folder, 'empty.py'), 'w', encoding='utf-8') as file:
        file.write('')
    return len(names)


def timed(argv, folder):
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('PYTHON', 'HR_', 'VIRTUAL_ENV'))}
    env['XDG_CACHE_HOME'] = os.path.join(folder, 'cache')
    started = time.perf_counter()
    subprocess.run(argv, cwd=folder, env=env, check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - started


def forget(folder):
    for name in ('cache', '__pycache__'):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def measure(programs, script, folder, rounds, cold):
    times = [[], []]
    for number in range(rounds + 1):
        order = (0, 1) if number % 2 else (1, 0)
        for which in order:
            if cold:
                forget(folder)
            spent = timed([programs[which], script], folder)
            if number > 0:
                times[which].append(spent)
    return [statistics.median(spent) for spent in times]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=21)
    arguments = parser.parse_args()
    programs = [os.path.join(os.environ['HR_BENCH_BUILD'], 'src/run/hr-run'), sys.executable]
    folder = tempfile.mkdtemp()
    missed = 0
    try:
        count = copy_modules(folder)
        print(f'hr-run / python, CPython {platform.python_version()}, {arguments.rounds} rounds, '
              f'medians; {count} modules imported')
        for name, script, cold, target in (('empty script', 'empty.py', False, 1.15),
                                           ('imports, cold', 'imports.py', True, 1.5),
                                           ('imports, warm', 'imports.py', False, 1.1)):
            ours, theirs = measure(programs, script, folder, arguments.rounds, cold)
            ratio = ours / theirs
            missed += ratio > target
            mark = '!' if ratio > target else ' '
            print(f'{name:16} {ours * 1000:8.1f} ms {theirs * 1000:8.1f} ms '
                  f'{ratio:8.3f}{mark} target {target:.2f}')
    finally:
        shutil.rmtree(folder)
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
