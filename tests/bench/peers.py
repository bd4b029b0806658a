"""The same work on each peer, in one run; prints one table, in Markdown.

    ./dev bench --peers [DIR] [--peer NAME=PATH]... [--rounds N] [--minutes N]

Nothing is fetched.  DIR holds what there is of: library/ (hot_restart.py 0.2.4),
jurigged/src, ovld/src and codefind/src (jurigged and what it needs; besides, of Debian,
python3-blessed and python3-watchdog), ast-grep (the program).  --peer names one by
itself: `--peer jurigged=A:B:C`, folders as in PYTHONPATH.  wrapt, debugpy and IPython
(Debian: python3-wrapt, python3-debugpy, python3-ipython) are those that the interpreter
finds, unless named so.  An interpreter that is not Debian's is given Debian's folder of
packages for what it does not find.  What is not there is named below the table.

Every number is the median of the rounds, with its quartiles; the peers take turns in
a round, and a ratio is that of one round's numbers.  A peer that fails, or takes longer
than SECONDS, has a cell that says so, and is not asked again.  No round is begun that
would not end within the minutes.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import instrument
import reload
import save
import start
from peertable import CALL_PARTS, FUNCTIONS, print_commands, print_facts, print_table

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ['HR_BENCH_BUILD']
WORKER = os.path.join(HERE, 'peerwork.py')
SECONDS = 20  # one measurement may take
LONG = 8  # what took longer is not repeated in later rounds
DEBIAN = '/usr/lib/python3/dist-packages'  # where only Debian's interpreter looks by itself
# What fails on a module of the standard library leaves it bare.
TAIL = '''
import hot_restart
try:
    hot_restart.wrap_module()
except Exception:
    pass
'''

LEVELS = 'def level_0():\n    raise KeyError\n{levels}def catch():\n' \
         '    try:\n        level_{last}()\n    except KeyError:\n        return 1\n'
DEPTH = '''\
deepest = 0

def down(n):
    global deepest
    deepest = n
    down(n + 1)

def reached():
    try:
        down(1)
    except RecursionError:
        return deepest
'''


class Peer:
    def __init__(self, name, title, argv, path, tail='', does=()):
        self.name, self.title, self.argv, self.path = name, title, argv, path
        self.tail = tail  # of each module whose import is measured
        self.does = does  # which works
        self.absent = None

    def environment(self, folder):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(('PYTHON', 'HR_', 'VIRTUAL_ENV', 'HOT_RESTART'))}
        env.update(XDG_CACHE_HOME=os.path.join(folder, 'cache'),
                   IPYTHONDIR=os.path.join(folder, 'ipython'))
        if self.path:
            env['PYTHONPATH'] = self.path
        return env


CALLS = ('call', 'passing', 'memory', 'depth')
ALL = CALLS + ('start', 'import')


def known(named, folder):
    """Every peer that is known of; `absent` says what is missing."""
    module = os.environ['PYTHONPATH']
    python = [sys.executable]

    def path(name, *places):
        if name in named:
            return named[name]
        places = [os.path.join(folder, place) for place in places] if folder else []
        return os.pathsep.join(places) if places and all(map(os.path.isdir, places)) else None

    library = path('library', 'library')
    jurigged = path('jurigged', 'jurigged/src', 'ovld/src', 'codefind/src')
    peers = [
        Peer('python', 'python', python, None, does=ALL),
        Peer('hr-run', 'hr-run', [os.path.join(BUILD, 'src/run/hr-run')], None,
             does=ALL + ('reload', 'save')),
        Peer('hot-restart', 'hot_restart (this)', python, module, TAIL, ALL + ('reload',)),
        Peer('library', 'hot_restart 0.2.4', python, library, TAIL, ALL + ('reload',)),
        Peer('jurigged', 'jurigged', [*python, '-m', 'jurigged'], jurigged,
             does=ALL + ('reload', 'save')),
        Peer('autoreload', 'IPython autoreload', [*python, '-m', 'IPython', '-c'],
             named.get('ipython'), does=ALL + ('reload',)),
        Peer('wrapt', 'wrapt', python, named.get('wrapt'), does=CALLS),
        Peer('debugpy', 'debugpy', [*python, '-m', 'debugpy', '--listen', '127.0.0.1:0'],
             named.get('debugpy'), does=ALL),
    ]
    probes = {'library': 'assert __import__("hot_restart").__file__.endswith(".py")',
              'jurigged': 'import jurigged', 'autoreload': 'import IPython', 'wrapt':
              'import wrapt._wrappers', 'debugpy': 'import debugpy'}
    for peer in peers:
        if peer.name in ('library', 'jurigged') and not peer.path:
            peer.absent = 'no path to it was given'
        elif peer.name in probes:
            probe(peer, probes[peer.name])
    return peers


def probe(peer, statement):
    """Sees whether the peer starts; if not, with what Debian has."""
    given, missing = peer.path, None
    for path in (given, os.pathsep.join([*filter(None, [given]), DEBIAN])):
        peer.path = path
        done = subprocess.run([sys.executable, '-c', statement],
                              env=peer.environment('/nowhere'), capture_output=True,
                              text=True, check=False)
        if done.returncode == 0:
            return
        missing = missing or (done.stderr.strip().splitlines() or ['it does not start'])[-1]
    peer.path, peer.absent = given, missing


def program_of(peer, script):
    """The command that runs a script as the peer's users do."""
    if peer.name == 'autoreload':
        return [*peer.argv, f'%load_ext autoreload\n%autoreload 2\n%run {script}']
    return [*peer.argv, script]


def failure(code, text):
    """The word for a cell: the signal, or the exception that a traceback ends with."""
    if code < 0:
        return f'signal {-code}'
    names = re.findall(r'^([A-Za-z_][\w.]*)(?::|$)', text, re.M)
    return f'failed: {names[-1]}' if names else 'failed'


def worker(peer, work, folder, *rest):
    argv = [sys.executable] if peer.name in ('jurigged', 'autoreload') else peer.argv
    done = subprocess.run([*argv, WORKER, peer.name, work, folder, *rest], cwd=folder,
                          env=peer.environment(folder), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode != 0:
        return failure(done.returncode, done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    return found if work == 'call' else found[work]


def write(folder, name, text):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
        file.write(text)


def prepare(folder, peer):
    """The peer's own copy of what is run, so that no cache is shared."""
    os.makedirs(folder)
    shutil.copy(os.path.join(HERE, 'calls.py'), folder)
    for count in (1, 10):
        levels = ''.join(f'def level_{i}():\n    return level_{i - 1}()\n'
                         for i in range(1, count))
        write(folder, f'levels{count}.py', LEVELS.format(levels=levels, last=count - 1))
    write(folder, 'depth.py', DEPTH)
    write(folder, 'many.py', ''.join(reload.FUNCTION.format(number=number)
                                     for number in range(FUNCTIONS)))
    start.copy_modules(folder)
    for name in os.listdir(folder):
        if peer.tail and name.startswith(('own_', 'empty')):
            with open(os.path.join(folder, name), 'a', encoding='utf-8') as file:
                file.write(peer.tail)


class Table:
    """work -> peer -> the numbers of the rounds, or a word that says why not."""

    def __init__(self):
        self.numbers = {}
        self.done = set()  # what is not measured again

    def add(self, work, peer, measure):
        """measure() gives a number, a dict of them, or a word."""
        if (work, peer.name) in self.done:
            return
        started = time.monotonic()
        try:
            found = measure()
        except subprocess.TimeoutExpired:
            found = f'over {SECONDS} s'
        if isinstance(found, str) or time.monotonic() - started > LONG:
            self.done.add((work, peer.name))
        parts = CALL_PARTS if work == 'call' else (work,)
        for part in parts:
            number = found[part] if isinstance(found, dict) else found
            self.numbers.setdefault(part, {}).setdefault(peer.name, []).append(number)


def seconds_of(peer, argv, folder):
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=folder, env=peer.environment(folder), timeout=SECONDS,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        return failure(done.returncode, done.stderr.decode(errors='replace'))
    return time.perf_counter() - started


def one_round(table, peers, folder, number, sizes):
    for peer in (peers if number % 2 else list(reversed(peers))):
        own = os.path.join(folder, peer.name)

        def work(name, *rest, label=None):
            table.add(label or name, peer, lambda: worker(peer, name, own, *rest))

        def program(label, script):
            argv = program_of(peer, script)
            table.add(label, peer, lambda: seconds_of(peer, argv, own))

        work('call')
        work('passing', '1', label='passing 1')
        work('passing', '10', label='passing 10')
        work('memory')
        if number == 0:
            work('depth', '1000', label='depth 1000')
            work('depth', '50000', label='depth 50000')
        if 'start' in peer.does:
            program('start', 'empty.py')
            start.forget(own)
            program('import cold', 'imports.py')
            program('import warm', 'imports.py')
        if 'reload' in peer.does:
            for lines in sizes:
                table.add(f'reload {lines}', peer, lambda: reload_once(peer, own, lines))
        if 'save' in peer.does:
            table.add('save', peer, lambda: save.once(peer, own, SECONDS))


def reload_once(peer, own, lines):
    if peer.name in ('jurigged', 'autoreload'):
        write(own, f'module{lines}.py', reload.module_text(lines))
        return worker(peer, 'reload', own, str(lines))
    # hr-run finds its own hot_restart; the others need theirs.
    found = reload.once(own, peer.path or os.environ['PYTHONPATH'], lines, peer.argv,
                        SECONDS, quiet=True)
    return 'no restart' if found is None else found / 1000


def measure_instrument(table, named, folder, rounds, files):
    """hr-instrument, ast-grep and Python's own ast, on the same files."""
    given = named.get('ast-grep')
    for place in ('ast-grep', 'npm/node_modules/@ast-grep/cli-linux-x64-gnu/ast-grep'):
        if not given and named['folder'] and os.path.isfile(
                os.path.join(named['folder'], place)):
            given = os.path.join(named['folder'], place)
    paths = instrument.choose(instrument.sysconfig.get_path('stdlib'), files)
    source, out = os.path.join(folder, 'source'), os.path.join(folder, 'out')
    os.mkdir(source)
    for index, path in enumerate(paths):
        shutil.copyfile(path, os.path.join(source, f'f{index:05}.py'))
    size = sum(os.path.getsize(path) for path in paths)
    write(folder, 'rule.yml', instrument.RULE)
    paths = [os.path.join(source, name) for name in sorted(os.listdir(source))]
    for _ in range(rounds):
        ours, _ = instrument.run(instrument.INSTRUMENT, '-q', '--no-ignore', '-j1', '-o',
                                    out, source)
        shutil.rmtree(out)
        found = {'hr-instrument': ours, 'ast.unparse': instrument.unparse(paths)[0]}
        if given:
            shutil.copytree(source, folder + '/grep')
            found['ast-grep'] = instrument.run(given, 'scan', '-j1', '--update-all', '-r',
                                               folder + '/rule.yml', folder + '/grep')[0]
            shutil.rmtree(folder + '/grep')
        for name, spent in found.items():
            table.numbers.setdefault('instrument', {}).setdefault(name, []).append(size / spent)
    return given


def main():
    parser = argparse.ArgumentParser(prog='./dev bench --peers')
    parser.add_argument('folder', nargs='?')
    parser.add_argument('--peer', action='append', default=[], metavar='NAME=PATH')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--minutes', type=float, default=9)
    parser.add_argument('--files', type=int, default=200)
    parser.add_argument('--sizes', default='500,5000,50000')
    options = parser.parse_args()
    named = dict(one.partition('=')[::2] for one in options.peer)
    folder = os.path.abspath(options.folder) if options.folder else None
    everyone = known(named, folder)
    peers = [peer for peer in everyone if not peer.absent]
    sizes = [int(size) for size in options.sizes.split(',')]
    table = Table()
    with tempfile.TemporaryDirectory(prefix='hr-peers-') as place:
        for peer in peers:
            prepare(os.path.join(place, peer.name), peer)
        rounds, begun, longest = 0, time.monotonic(), 0
        while rounds < options.rounds and (
                rounds == 0 or
                time.monotonic() - begun + longest < options.minutes * 60):
            print(f'round {rounds + 1} of {options.rounds}', file=sys.stderr)
            started = time.monotonic()
            one_round(table, peers, place, rounds, sizes)
            longest = max(longest if rounds > 1 else 0, time.monotonic() - started)
            rounds += 1
        given = measure_instrument(table, dict(named, folder=folder), place,
                                   min(rounds, 5), options.files)
    print_commands([(peer.path, program_of(peer, 'SCRIPT')) for peer in peers], given)
    print_table(table, peers)
    print_facts(everyone, rounds, HERE)
    if not given:
        print('Not there: ast-grep (no path to it was given).')


if __name__ == '__main__':
    sys.exit(main())
