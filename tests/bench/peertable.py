"""The table of `./dev bench --peers`, the commands above it and the facts below."""

import os
import platform
import statistics
import subprocess

CALL_PARTS = ('function', 'method', 'fib')
FUNCTIONS = 100  # of the module whose memory is measured


def quartiles(values):
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method='inclusive')
    return low, middle, high


def ratio_cell(values, against):
    words = [value for value in values if isinstance(value, str)]
    if words:
        return words[0]
    if any(isinstance(value, str) for value in against):
        return 'nothing to compare'
    low, middle, high = quartiles([one / other for one, other in zip(values, against)])
    digits = 2 if middle < 20 else 0
    return f'{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})'


def plain_cell(values, scale, unit, digits=0):
    words = [value for value in values if isinstance(value, str)]
    if words:
        return words[0]
    low, middle, high = (value * scale for value in quartiles(values))
    return f'{middle:,.{digits}f}{unit} ({low:,.{digits}f}–{high:,.{digits}f})'


ROWS = [
    ('function', 'call of three arguments', 'python', 'µs', 1e6, 3),
    ('method', 'method call', 'python', 'µs', 1e6, 3),
    ('fib', 'fib', 'python', 'µs', 1e6, 0),
    ('passing 1', 'exception through 1 function', 'python', 'µs', 1e6, 2),
    ('passing 10', 'exception through 10 functions', 'python', 'µs', 1e6, 2),
    ('start', 'start, empty script', 'python', 'ms', 1e3, 1),
    ('import cold', 'imports, nothing cached', 'python', 'ms', 1e3, 0),
    ('import warm', 'imports, all cached', 'python', 'ms', 1e3, 0),
    ('reload 500', 'reload, 500 lines', 'hr-run', 'ms', 1e3, 2),
    ('reload 5000', 'reload, 5,000 lines', 'hr-run', 'ms', 1e3, 2),
    ('reload 50000', 'reload, 50,000 lines', 'hr-run', 'ms', 1e3, 2),
    ('save', 'from a save to the new version, 5,000 lines', 'hr-run', 'ms', 1e3, 2),
]


def print_table(table, peers):
    print('| | ' + ' | '.join(peer.title for peer in peers) + ' |')
    print('|---|' + '---|' * len(peers))
    for key, title, base, unit, scale, digits in ROWS:
        row = table.numbers.get(key, {})
        cells = []
        for peer in peers:
            values = row.get(peer.name)
            if values is None:
                cells.append('–')
            elif peer.name == base:
                cells.append(plain_cell(values, scale, ' ' + unit, digits))
            else:
                cells.append(ratio_cell(values, row[base]))
        print(f'| {title} | ' + ' | '.join(cells) + ' |')
    row = table.numbers['memory']
    cells = []
    for peer in peers:
        values = row[peer.name]
        if peer.name != 'python' and not any(isinstance(value, str) for value in values):
            values = [one - other for one, other in zip(values, row['python'])]
        cells.append(plain_cell(values, 1 / FUNCTIONS, ' B'))
    print('| memory a function (python: all of it; the others: on top) | '
          + ' | '.join(cells) + ' |')
    for limit in ('1000', '50000'):
        cells = [str(table.numbers[f'depth {limit}'][peer.name][0]) for peer in peers]
        print(f'| depth reached of {int(limit):,} | ' + ' | '.join(cells) + ' |')
    row = table.numbers['instrument']
    print()
    print('| | ' + ' | '.join(row) + ' |')
    print('|---|' + '---|' * len(row))
    cells = [plain_cell(values, 1e-6, ' MB/s', 1) if name == 'hr-instrument' else
             ratio_cell(values, row['hr-instrument']) for name, values in row.items()]
    print('| decorators put into the standard library, one thread | ' + ' | '.join(cells) + ' |')


def print_commands(commands, given):
    """`commands`: the path and the words of each peer's."""
    print('What is run, for each peer in turn:\n')
    for path, words in commands:
        path = f'PYTHONPATH={path} ' if path else ''
        print(f'    {path}{" ".join(words)}'.replace('\n', '; '))
    print(f'    hr-instrument -q --no-ignore -j1 -o OUT SOURCE\n'
          + ('    ast-grep scan -j1 --update-all -r RULE SOURCE\n' if given else ''))


def print_facts(peers, rounds, here):
    model = next((line.partition(':')[2].strip() for line in open('/proc/cpuinfo', encoding='utf-8')
                  if line.startswith('model name')), platform.processor())
    with open('/proc/meminfo', encoding='ascii') as file:
        memory = int(file.readline().split()[1]) / 1024 / 1024
    commit = subprocess.run(['git', '-C', here, 'log', '-1', '--format=%h of %cs'], text=True,
                            capture_output=True, check=False).stdout.strip() or 'a release'
    print(f'\nCommit {commit}; CPython {platform.python_version()}; {rounds} rounds, median '
          f'(quartiles).\n{model}, {os.cpu_count()} processors, {memory:.0f} GiB; '
          f'{platform.system()} {platform.release()}.\n'
          'A number with a unit is the base of its row, the others are ratios to it (less is '
          'better).\nReload: from the command to the new version at work: hr-run, hot_restart: '
          'from c; jurigged: from the\nrefresh that its watcher calls, the first of that file; '
          'autoreload: from the next input.  These two\nrestart nothing.  From a save: hr-run '
          '--on-crash=wait; jurigged: with its watcher, which waits\n50 ms for further saves.  '
          'debugpy: listening, with no client.')
    for peer in peers:
        if peer.absent:
            print(f'Not there for this interpreter: {peer.title} ({peer.absent}).')
