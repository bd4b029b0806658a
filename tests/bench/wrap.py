"""What wrapping costs under plain python: wrap_module() and the decorator.

    PYTHONPATH=FOLDER-OF-THE-MODULE python3 tests/bench/wrap.py [--rounds N]

Modules with 10,000 functions are written, imported and wrapped.  The ratio is to the
plain compile of the same modules, which is what their first import costs; CPU time, the
least of the rounds.  Nothing is cached.  A last line tells whether the cost of one
function stays the same as more of them stand in one file; the number of all is the
same, since to the compiler and the collector of garbage, too, one costs more as there
are more.  Exits 1 above a target.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile

FUNCTION = '''
DECORATOR
def function_{i}(first, second=None, *rest, key='{i}', **options):
    """Add up what is given."""
    total = 0
    for number, item in enumerate(rest):
        if item is None:
            continue
        total += number * len(str(item))
    try:
        total += options['more']
    except KeyError:
        first = second
    return [first, second, total, key]
'''

PROGRAM = '''
import sys, time
import hot_restart
names, way = sys.argv[2:], sys.argv[1]
texts = []
for name in names:
    with open(name + '.py', encoding='utf-8') as file:
        texts.append(file.read())
started = time.process_time()
for text in texts:
    compile(text, 'file', 'exec')
plain = time.process_time() - started
started = time.process_time()
modules = [__import__(name) for name in names]
imported = time.process_time() - started
if way == 'decorator':
    print(plain, imported - plain)
else:
    started = time.process_time()
    for module in modules:
        hot_restart.wrap_module(module)
    print(plain, time.process_time() - started)
assert '__hr_crashed__' in modules[0].function_0.__code__.co_names
'''


def write(folder, name, count, decorated):
    path = os.path.join(folder, name + '.py')
    text = FUNCTION.replace('DECORATOR', '@hot_restart.wrap' if decorated else '')
    with open(path, 'w', encoding='utf-8') as file:
        file.write('import hot_restart\n' if decorated else '')
        file.writelines(text.format(i=i) for i in range(count))
    os.utime(path, (1e9, 1e9))  # older than the program: as it is with files in use


def measure(folder, way, names, rounds):
    """The least of plain compile and of wrapping, in seconds."""
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE='1', HR_CACHE_SIZE='0')
    times = []
    for _ in range(rounds):
        shown = subprocess.run([sys.executable, '-c', PROGRAM, way, *names], cwd=folder,
                               env=env, check=True, stdout=subprocess.PIPE)
        times.append([float(word) for word in shown.stdout.split()])
    return min(one for one, _ in times), min(other for _, other in times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    rounds = parser.parse_args().rounds
    folder = tempfile.mkdtemp()
    missed = 0
    each = {}
    try:
        print(f'wrapping / plain compile, CPython {platform.python_version()}, least CPU time '
              f'of {rounds} rounds')
        for label, way, modules, count in (
                ('wrap_module, 10 modules', 'module', 10, 1000),
                ('wrap_module, one module', 'module', 1, 10000),
                ('decorator, one module', 'decorator', 1, 10000),
                ('decorator, 100 modules', 'decorator', 100, 100)):
            names = [f'{way}_{count}_{i}' for i in range(modules)]
            for name in names:
                write(folder, name, count, way == 'decorator')
            plain, wrapping = measure(folder, way, names, rounds)
            each[label] = wrapping / (modules * count)
            ratio = wrapping / plain
            missed += ratio > 1.5
            mark = '!' if ratio > 1.5 else ' '
            print(f'{label:26} {wrapping * 1000:8.1f} ms {plain * 1000:8.1f} ms '
                  f'{ratio:8.3f}{mark} target 1.50')
        growth = each['decorator, one module'] / each['decorator, 100 modules']
        missed += growth > 1.5
        print(f'{"one among 10,000 in a file to one among 100":48} {growth:8.3f}{"!" if growth > 1.5 else " "} '
              'target 1.50')
    finally:
        shutil.rmtree(folder)
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
