"""What a guarded call costs: guarded and wrapped against bare, in one process.

    PYTHONPATH=build/python python3 tests/bench/call.py [--rounds N]

`guarded` is what hr-run makes of a module, `wrapped` what hot_restart.wrap_module does
to one that is loaded.  Rounds alternate between the three; a ratio is that of one
round's times.  Exits 1 where a median is above its target.
"""

import argparse
import os
import platform
import statistics
import sys
import time
import types

import hot_restart

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'calls.py')

# name, statement, calls in one timing, target
CASES = [
    ('fib', 'fib(16)', 8, 1.05),
    ('method', 'method(4)', 30000, 1.05),
    ('three arguments', 'three(1, 2, 3)', 30000, 1.05),
    ('generator', 'for _ in once(1): pass', 15000, 1.05),
    ('bare yield in a loop', 'for _ in numbers(10000): pass', 4, 1.45),
    ('f(x) in a loop', 'for _ in each(10000): pass', 4, 1.25),
    ('yield from a loop', 'for _ in delegating(10000): pass', 4, 1.35),
    ('empty body', 'empty()', 40000, 1.12),
    ('rebound parameter', 'rebinding(1, 2)', 30000, 1.25),
    ('**options read', 'options(1, x=2, y=3)', 15000, 1.05),
    ('**options given away', 'giving(1, x=2, y=3)', 15000, 1.5),
]

DRIVER = '''
def drive(count, now):
    started = now()
    for i in range(count):
        {statement}
    return now() - started
'''


def bare():
    with open(PATH, encoding='utf-8') as file:
        return compile(file.read(), PATH, 'exec')


def module_of(name, code):
    module = types.ModuleType(name)
    module.__file__ = PATH
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


def load():
    modules = {
        'bare': module_of('calls_bare', bare()),
        'guarded': module_of('calls_guarded', hot_restart._guarded_code(PATH)),
        'wrapped': module_of('calls_wrapped', bare()),
    }
    hot_restart.wrap_module('calls_wrapped')
    for kind, module in modules.items():
        is_guarded = '__hr_crashed__' in module.fib.__code__.co_names
        assert is_guarded == (kind != 'bare'), kind
    return modules


def drivers(modules, statement):
    """A driver each, so that no call site sees two functions."""
    result = {}
    for kind, module in modules.items():
        space = dict(vars(module), method=module.Thing().method)
        exec(DRIVER.format(statement=statement), space)
        result[kind] = space['drive']
    return result


def measure(modules, statement, count, rounds):
    drive = drivers(modules, statement)
    times = {kind: [] for kind in modules}
    for number in range(rounds + 2):
        order = list(drive) if number % 2 else list(reversed(drive))
        for kind in order:
            spent = drive[kind](count, time.thread_time)
            if number >= 2:
                times[kind].append(spent)
    return {kind: [one / other for one, other in zip(times[kind], times['bare'])]
            for kind in modules if kind != 'bare'}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=101)
    arguments = parser.parse_args()
    modules = load()
    missed = 0
    print(f'guarded call / bare call, CPython {platform.python_version()}, '
          f'{arguments.rounds} rounds: median (quartiles)')
    print(f'{"":20} {"guarded":>22} {"wrapped":>22} {"target":>8}')
    for name, statement, count, target in CASES:
        ratios = measure(modules, statement, count, arguments.rounds)
        cells = []
        for kind in ('guarded', 'wrapped'):
            low, median, high = statistics.quantiles(ratios[kind], n=4)
            missed += median > target
            mark = '!' if median > target else ' '
            cells.append(f'{median:8.3f}{mark}({low:.3f}-{high:.3f})')
        print(f'{name:20} {cells[0]:>22} {cells[1]:>22} {target:8.2f}')
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
