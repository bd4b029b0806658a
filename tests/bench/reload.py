"""From `c` to the restarted call: one function of a long module.

    python3 tests/bench/reload.py [--rounds N] [--library FOLDER] [LINES ...]

FOLDER holds hot_restart.py, the Python library, for comparison in the same run; without
it only this project's module is measured.  Commands come from a pipe, without a
terminal; the clock starts at the prompt and stops in the new version's first line.  For a module
of 5,000 lines the target is a tenth of the library's time: `!` marks what misses it.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile

LINES = 5_000
TARGET = 10  # times faster than the library, at that length

FUNCTION = '''\
def function_{number}(first, second=None, *rest, **options):
    """Number {number}."""
    total = 0
    for item in first:
        if item is not second:
            total += item * {number}
    return total

'''

FAILING = '''\
def failing(x):
    return x / 0
'''

END = '''
hot_restart.wrap_module()
failing(3)
'''

COMMANDS = '''\
!path = __file__; text = open(path).read()
!open(path, 'w').write(text.replace('return x / ' + '0', 'print("took", __import__("time").perf_counter() - __import__("builtins").t0); return x'))
!import time, builtins; builtins.t0 = time.perf_counter()
c
'''


def module_text(lines):
    return ''.join(FUNCTION.format(number=number)
                   for number in range(lines // FUNCTION.count('\n'))) + FAILING


def once(folder, path, lines=LINES, argv=(sys.executable,), timeout=None, quiet=False):
    """Milliseconds; None if the function was not restarted."""
    program = os.path.join(folder, 'program.py')
    with open(program, 'w', encoding='utf-8') as file:
        file.write('import hot_restart\n\n' + module_text(lines) + END)
    env = dict(os.environ, PYTHONPATH=path, PYTHONDONTWRITEBYTECODE='1',
               HOT_RESTART_DEBUGGER='pdb')
    done = subprocess.run([*argv, program], cwd=folder, env=env, input=COMMANDS,
                          start_new_session=True, capture_output=True, text=True,
                          check=False, timeout=timeout)
    found = re.search(r'took ([\d.e-]+)', done.stdout)
    if not found and quiet:
        return None
    if not found:
        print(f'bench: no restart:\n{done.stdout[-2000:]}{done.stderr[-2000:]}',
              file=sys.stderr)
        return None
    return float(found.group(1)) * 1000


def measure(folder, paths, lines, rounds):
    """The median of each; they take turns."""
    times = {name: [] for name in paths}
    for _ in range(rounds):
        for name, path in paths.items():
            times[name].append(once(folder, path, lines))
            if times[name][-1] is None:
                sys.exit(1)
    for name, values in times.items():
        print(f'{lines:6} lines  {name:12} median {statistics.median(values):7.2f} ms, '
              f'{min(values):.2f} to {max(values):.2f}', flush=True)
    return {name: statistics.median(values) for name, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description='reload latency')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--library')
    parser.add_argument('lines', nargs='*', type=int, default=[500, LINES])
    options = parser.parse_args()
    paths = {'hot-restart': os.environ['PYTHONPATH']}
    if options.library:
        paths['library'] = os.path.abspath(options.library)
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for lines in options.lines:
            medians = measure(folder, paths, lines, options.rounds)
            if options.library:
                ratio = medians['library'] / medians['hot-restart']
                short = lines == LINES and ratio < TARGET
                missed = missed or short
                print(f'{lines:6} lines  {ratio:.1f} times faster{" !" if short else ""}')
    sys.exit(1 if missed else 0)


if __name__ == '__main__':
    main()
