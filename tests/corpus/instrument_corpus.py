"""Everything Python on this machine through hr-instrument, compared with ast.

    python3 tests/corpus/instrument_corpus.py [--sample N] [FOLDER|FILE ...]

Of every file that this interpreter can parse:
  - the decorated text compiles and, decorators and import removed and supers
    emptied, has the AST of the original;
  - doing it twice is doing it once; --strip gives the original bytes;
  - --list has the definitions that ast finds (kind, qualified name, lines), and as
    rebound at least the parameters that the compiled code stores to;
  - the text of --guard compiles.
Prints counts; exits 1 if anything is left that is not named in EXCEPTIONS.
"""

import argparse
import ast
import collections
import dis
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness

BATCH = 400

# End of a path -> why hr-instrument leaves the file whole although Python takes it.
EXCEPTIONS = {
}


def default_folders():
    """Each interpreter's own library and what Debian installed for it."""
    found = {os.path.realpath(sysconfig.get_path('stdlib'))}
    patterns = ['/usr/lib/python3*', '/usr/local/lib/python3*', '/usr/share/*/',
                os.path.expanduser('~/.pyenv/versions/*/lib/python3*')]
    for pattern in patterns:
        found.update(os.path.realpath(path) for path in glob.glob(pattern))
    return sorted(path for path in found if os.path.isdir(path))


def files_of(places):
    seen = set()
    for place in places:
        if os.path.isfile(place):
            yield place
            continue
        for root, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if name != '__pycache__')
            for name in sorted(names):
                path = os.path.join(root, name)
                if not name.endswith('.py') or os.path.islink(path):
                    continue
                with open(path, 'rb') as file:
                    key = hash(file.read())
                if key not in seen:
                    seen.add(key)
                    yield path


# --- AST, without what hr-instrument puts in ---

def is_ours(decorator):
    return (isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name)
            and decorator.value.id == 'hot_restart'
            and decorator.attr in ('wrap', 'wrap_class'))


def is_import(node):
    return (isinstance(node, ast.Import) and len(node.names) == 1
            and node.names[0].name == 'hot_restart' and node.names[0].asname is None)


def normalize(tree, decorated):
    counts = collections.Counter()
    if decorated:
        for index, node in enumerate(tree.body):
            if is_import(node):
                del tree.body[index]
                break
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            kept = [one for one in node.decorator_list if not is_ours(one)]
            counts['decorators'] += len(node.decorator_list) - len(kept)
            node.decorator_list = kept
        elif (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
              and node.func.id == 'super' and not node.keywords and len(node.args) == 2):
            node.args = []
            counts['explicit'] += 1
    return counts


def same(one, other):
    pairs = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if type(a) is not type(b):
            return False
        if isinstance(a, ast.AST):
            for field in a._fields:
                pairs.append((getattr(a, field, None), getattr(b, field, None)))
        elif isinstance(a, list):
            if len(a) != len(b):
                return False
            pairs.extend(zip(a, b))
        elif a != b and repr(a) != repr(b):
            return False
    return True


# --- definitions ---

def definitions(tree):
    """(kind, qualified name, first line, line, last line, is async), in order."""
    found = []
    todo = [(tree, '')]
    while todo:
        node, prefix = todo.pop()
        inner = []
        for child in ast.iter_child_nodes(node):
            outer = prefix
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                kind = 'class' if isinstance(child, ast.ClassDef) else 'function'
                found.append((child.lineno, child.col_offset, child.end_lineno, kind,
                              prefix + child.name,
                              isinstance(child, ast.AsyncFunctionDef)))
                outer = prefix + child.name + '.'
            if isinstance(child, (ast.stmt, ast.excepthandler)) or hasattr(child, 'body'):
                inner.append((child, outer))
        todo.extend(reversed(inner))
    return sorted(found)


STORES = {dis.opmap[name]: name for name in dis.opmap
          if name.startswith(('STORE_FAST', 'DELETE_FAST', 'STORE_DEREF', 'DELETE_DEREF'))}
CLEARS = dis.opmap.get('LOAD_FAST_AND_CLEAR', -1)


def stored_names(code):
    """The variables that the code stores to; an inlined comprehension's are its own."""
    stored, cleared = set(), set()
    extended = 0
    for op, arg in zip(code.co_code[::2], code.co_code[1::2]):
        arg |= extended
        extended = arg << 8 if op == dis.EXTENDED_ARG else 0
        if op in STORES:
            slots = [arg]
            if STORES[op] == 'STORE_FAST_STORE_FAST':
                slots = [arg >> 4, arg & 15]
            elif STORES[op] == 'STORE_FAST_LOAD_FAST':
                slots = [arg >> 4]
            stored.update(code._varname_from_oparg(slot) for slot in slots)
        elif op == CLEARS:
            cleared.add(code._varname_from_oparg(arg))
    return stored - cleared


def stored_parameters(code):
    """{(name, first line): names of parameters that the code or code in it stores}."""
    found = collections.defaultdict(set)

    def stores(code, outer):
        names = set(code.co_varnames[:code.co_argcount + code.co_kwonlyargcount
                                     + bool(code.co_flags & 4) + bool(code.co_flags & 8)])
        mine = (code.co_name, code.co_firstlineno)
        for name in stored_names(code):
            if name in names:
                found[mine].add(name)
            elif name in code.co_freevars:
                for where, parameters in reversed(outer):
                    if name in parameters:
                        found[where].add(name)
                        break
        for constant in code.co_consts:
            if hasattr(constant, 'co_code'):
                stores(constant, outer + [(mine, names)])

    stores(code, [])
    return found


class Corpus:
    def __init__(self):
        self.counts = collections.Counter()
        self.gaps = set()  # files that hold a statement tree-sitter does not know
        self.problems = []

    def problem(self, path, what):
        self.problems.append(f'{path}: {what}')
        print(f'unexplained: {self.problems[-1]}', file=sys.stderr, flush=True)

    def run(self, *args):
        return subprocess.run([harness.INSTRUMENT, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=harness.environment(), check=False)

    def batch(self, paths):
        with tempfile.TemporaryDirectory(prefix='hr-corpus-') as folder:
            source = os.path.join(folder, 'source')
            os.mkdir(source)
            names = {}
            for index, path in enumerate(paths):
                name = f'f{index:05}.py'
                shutil.copyfile(path, os.path.join(source, name))
                names[name] = path
            places = {part: os.path.join(folder, part)
                      for part in ('once', 'twice', 'undone')}
            log = self.run('--no-ignore', '-o', places['once'], source).stderr.decode()
            self.run('--no-ignore', '-o', places['twice'], places['once'])
            self.run('--no-ignore', '--strip', '-o', places['undone'], places['once'])
            listed = json.loads(self.run('--no-ignore', '--list=json', source).stdout)
            lists = {os.path.basename(one['file']): one for one in listed['files']}
            refused = {}
            for line in log.splitlines():
                name = os.path.basename(line.split(':')[0])
                _, is_error, message = line.partition(': error: ')
                if is_error:
                    refused.setdefault(name, message)
                else:
                    self.gaps.add(names[name])
                    self.counts['statements that tree-sitter lags behind'] += 1
            for name, path in names.items():
                self.check(path, name, source, places, lists.get(name), refused.get(name))

    def check(self, path, name, source, places, listed, refused):
        def read(folder):
            with open(os.path.join(folder, name), 'rb') as file:
                return file.read()

        old, once = read(source), read(places['once'])
        self.counts['files'] += 1
        self.counts['bytes'] += len(old)
        if read(places['twice']) != once:
            self.problem(path, 'twice is not once')
        if read(places['undone']) != old:
            self.problem(path, 'strip does not give the bytes back')
        try:
            tree = ast.parse(old)
            code = compile(old, path, 'exec', dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.counts['not for this Python'] += 1
            return
        if refused is not None:
            reason = next((why for end, why in EXCEPTIONS.items() if path.endswith(end)), None)
            if once != old:
                self.problem(path, 'was refused and yet changed')
            if reason is None:
                self.problem(path, f'refused: {refused}')
            self.counts['refused (named)' if reason else 'refused'] += 1
            return
        self.check_decorated(path, tree, once)
        if listed is None:
            self.problem(path, 'is not listed')
        else:
            self.check_list(path, tree, code, listed)
        self.check_guard(path, os.path.join(source, name))

    def check_decorated(self, path, tree, once):
        try:
            other = ast.parse(once)
            compile(once, path, 'exec', dont_inherit=True)
        except SyntaxError as error:
            self.problem(path, f'the decorated text does not compile: {error}')
            return
        plain = normalize(tree, False)
        done = normalize(other, True)
        self.counts['decorators'] += done['decorators']
        self.counts['supers made explicit'] += done['explicit'] - plain['explicit']
        if not same(tree, other):
            if b'hot_restart' in once and same(ast.parse(once), tree):
                return
            self.problem(path, 'the decorated text has another AST')

    def check_list(self, path, tree, code, listed):
        ours = [(one['name_range']['start']['line'], one['range']['end']['line'],
                 one['kind'], one['qualname'], one['async'])
                for one in listed['definitions']]
        theirs = [(line, end, kind, name, is_async)
                  for line, column, end, kind, name, is_async in definitions(tree)]
        self.counts['definitions'] += len(theirs)
        # The name may stand below its keyword, after a continuation.
        if [one[1:] for one in ours] != [one[1:] for one in theirs] or any(
                a[0] < b[0] for a, b in zip(ours, theirs)):
            self.problem(path, f'other definitions: {set(theirs) ^ set(ours)}'[:300])
            return
        stored = stored_parameters(code)
        by_place = collections.defaultdict(set)
        for one in listed['definitions']:
            if one['kind'] != 'function':
                continue
            if not one['detailed']:
                if path in self.gaps:
                    self.counts['definitions without detail, of those'] += 1
                else:
                    self.problem(path, f'{one["qualname"]} has no detail')
            for parameter in one.get('parameters', []):
                self.counts['parameters'] += 1
                if parameter['rebound']:
                    self.counts['parameters rebound'] += 1
                    by_place[one['name'], one['range']['start']['line']].add(
                        parameter['name'])
        for (name, line), names in stored.items():
            self.counts['parameters stored to'] += len(names)
            marked = by_place[name, line]
            plain = {one for one in names if not (one.startswith('_') and '__' in one)}
            if not plain <= marked:
                self.problem(path, f'{name} at {line} stores to {plain - marked}')

    def check_guard(self, path, copy):
        done = self.run('--guard', copy)
        if done.returncode != 0:
            self.problem(path, f'--guard: {done.stderr.decode()}')
            return
        self.counts['not guarded functions'] += done.stderr.count(b'not-guarded')
        self.counts['guarded functions'] += done.stdout.count(b'except __hr_crashed__():')
        try:
            compile(done.stdout, path, 'exec', dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError) as error:
            self.problem(path, f'the guarded text does not compile: {error}')


def check_corpus(places, sample=None, out=sys.stdout):
    """The problems found, as text; prints the counts."""
    warnings.simplefilter('ignore')
    sys.setrecursionlimit(10000)
    paths = list(files_of(places))
    if sample is not None and len(paths) > sample:
        paths = random.Random(7).sample(paths, sample)
    corpus = Corpus()
    for start in range(0, len(paths), BATCH):
        corpus.batch(paths[start:start + BATCH])
    for name, count in corpus.counts.items():
        print(f'{count:12,} {name}', file=out)
    print(f'{len(corpus.problems):12,} unexplained', file=out)
    return corpus.problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--sample', type=int)
    parser.add_argument('places', nargs='*')
    options = parser.parse_args()
    problems = check_corpus(options.places or default_folders(), options.sample)
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main()
