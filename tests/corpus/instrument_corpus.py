"""Everything Python on this machine through hr-instrument, compared with ast.

    python3 tests/corpus/instrument_corpus.py [-j N] [--sample N] [FOLDER|FILE ...]

Of every file:
  - doing it twice is doing it once; --strip gives the original bytes;
  - what is refused is left whole.
Of every file that some interpreter here can parse, judged by the first that can (this
one, then the others of 3.11 to 3.13):
  - the decorated text compiles and, decorators and import removed and supers
    emptied, has the AST of the original;
  - each super() made explicit names the class and the first parameter that ast finds
    around it, and of each that is kept -v says so;
  - --list has the definitions that ast finds (kind, qualified name, lines), and as
    rebound at least the parameters that the compiled code stores to;
  - the text of --guard compiles.
Prints counts; exits 1 if anything is left that is not named in EXCEPTIONS.
"""

import argparse
import ast
import collections
import concurrent.futures
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
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness

BATCH = 100
JUDGES = [(3, 11), (3, 12), (3, 13)]

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


# --- supers ---

def super_calls(tree):
    return [node for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            and node.func.id == 'super' and not node.keywords]


def explicit_arguments(tree):
    """{super() without arguments: (its class as written there, the first parameter of
    its function)}"""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    found = {}
    todo = [(tree, (), False, None)]
    while todo:
        node, classes, in_class, first = todo.pop()
        if isinstance(node, ast.Call):
            found[node] = ('.'.join(classes), first)
        inner, outside = (classes, in_class, first), []
        if isinstance(node, ast.ClassDef):
            # A class in a function is found by its own name there.
            inner = ((classes if in_class else ()) + (node.name,), True, None)
            outside = node.decorator_list + node.bases + node.keywords
        elif isinstance(node, functions):
            names = node.args.posonlyargs + node.args.args
            inner = (classes, False, names[0].arg if names else None)
            outside = getattr(node, 'decorator_list', []) + [node.args]
        for child in ast.iter_child_nodes(node):
            todo.append((child, *((classes, in_class, first) if child in outside
                                  else inner)))
    return found


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


def remarks_by_file(done):
    found = collections.defaultdict(list)
    for line in done.stderr.splitlines():
        remark = json.loads(line)
        found[os.path.basename(remark['file'])].append(remark)
    return found


class Corpus:
    def __init__(self):
        self.counts = collections.Counter()
        self.problems = []
        self.left = []  # (path, was it refused) of what this interpreter does not take

    def problem(self, path, what):
        self.problems.append(f'{path}: {what}')
        print(f'unexplained: {self.problems[-1]}', file=sys.stderr, flush=True)

    def add(self, counts, problems, left):
        self.counts.update(counts)
        self.problems += problems
        self.left += left

    def run(self, *args):
        return subprocess.run([harness.INSTRUMENT, '--no-ignore', *args],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=harness.environment(), check=False)

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
            said = self.run('-v', '--error-format=json', '-o', places['once'], source)
            self.run('-o', places['twice'], places['once'])
            self.run('--strip', '-o', places['undone'], places['once'])
            listing = self.run('--error-format=json', '--list=json', source)
            lists = {os.path.basename(one['file']): one
                     for one in json.loads(listing.stdout)['files']}
            remarks = remarks_by_file(said)
            lags = remarks_by_file(listing)
            for name, path in names.items():
                self.check(path, name, source, places, lists.get(name), remarks[name],
                           lags[name])

    def check(self, path, name, source, places, listed, remarks, lags):
        def read(folder):
            with open(os.path.join(folder, name), 'rb') as file:
                return file.read()

        old, once = read(source), read(places['once'])
        refused = next((one['message'] for one in remarks if one['severity'] == 'error'),
                       None)
        if read(places['twice']) != once:
            self.problem(path, 'twice is not once')
        if read(places['undone']) != old:
            self.problem(path, 'strip does not give the bytes back')
        if refused is not None and once != old:
            self.problem(path, 'was refused and yet changed')
        try:
            tree = ast.parse(old)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.left.append((path, refused is not None))
            return
        try:
            code = compile(old, path, 'exec', dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            code = None
            self.counts['files that parse and do not compile'] += 1
        self.counts['files judged by %d.%d' % sys.version_info[:2]] += 1
        self.counts['bytes'] += len(old)
        if refused is not None:
            reason = next((why for end, why in EXCEPTIONS.items() if path.endswith(end)), None)
            if reason is None:
                self.problem(path, f'refused: {refused}')
            else:
                self.counts[f'files refused: {reason}'] += 1
            return
        self.counts['places that tree-sitter lags behind, with a remark'] += len(lags)
        self.check_decorated(path, tree, once, code is not None, remarks)
        if listed is None:
            self.problem(path, 'is not listed')
        else:
            self.check_list(path, tree, code, listed, bool(lags))
        if code is not None:
            self.check_guard(path, os.path.join(source, name))

    def check_decorated(self, path, tree, once, compiles, remarks):
        try:
            other = ast.parse(once)
            if compiles:
                compile(once, path, 'exec', dont_inherit=True)
        except SyntaxError as error:
            self.problem(path, f'the decorated text does not compile: {error}')
            return
        self.check_supers(path, tree, other, remarks)
        plain = normalize(tree, False)
        done = normalize(other, True)
        self.counts['decorators'] += done['decorators'] - plain['decorators']
        if not same(tree, other):
            if b'hot_restart' in once and same(ast.parse(once), tree):
                return
            self.problem(path, 'the decorated text has another AST')

    def check_supers(self, path, tree, other, remarks):
        pairs = list(zip(super_calls(tree), super_calls(other)))
        expected = explicit_arguments(tree)
        kept = collections.Counter()
        for plain, done in pairs:
            if plain.args:
                continue
            if not done.args:
                self.counts['supers kept, with a remark why'] += 1
                kept[plain.lineno] += 1
                continue
            self.counts['supers made explicit'] += 1
            written = tuple(ast.unparse(one) for one in done.args)
            if written != expected[plain]:
                self.problem(path, f'super{written} at {plain.lineno} is no {expected[plain]}')
        said = collections.Counter(
            one['line'] for one in remarks if one['id'] == 'super-kept')
        if said != kept:
            self.problem(path, f'super() kept in lines {kept}, remarks in {said}'[:300])

    def check_list(self, path, tree, code, listed, has_gaps):
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
        stored = stored_parameters(code) if code is not None else {}
        by_place = collections.defaultdict(set)
        unknown = set()
        for one in listed['definitions']:
            if one['kind'] != 'function':
                continue
            if not one['detailed']:
                if has_gaps:
                    self.counts['definitions without detail, of those'] += 1
                    unknown.add((one['name'], one['range']['start']['line']))
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
            if not plain <= marked and (name, line) not in unknown:
                self.problem(path, f'{name} at {line} stores to {plain - marked}')

    def check_guard(self, path, copy):
        done = self.run('--guard', copy)
        if done.returncode != 0:
            self.problem(path, f'--guard: {done.stderr.decode()}')
            return
        self.counts['not guarded functions'] += done.stderr.count(b'not-guarded')
        self.counts['guarded functions'] += done.stdout.count(b'except __hr_crashed__():')
        try:
            # As text: it is UTF-8, whatever the cookie in it says.
            compile(done.stdout.decode(), path, 'exec', dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError) as error:
            self.problem(path, f'the guarded text does not compile: {error}')


# --- who judges ---

def prepare():
    warnings.simplefilter('ignore')
    sys.setrecursionlimit(10000)


def check_batch(paths):
    corpus = Corpus()
    corpus.batch(paths)
    return corpus.counts, corpus.problems, corpus.left


def check_here(corpus, paths, jobs):
    """By this interpreter."""
    batches = [paths[start:start + BATCH] for start in range(0, len(paths), BATCH)]
    with concurrent.futures.ProcessPoolExecutor(jobs, initializer=prepare) as pool:
        for result in pool.map(check_batch, batches):
            corpus.add(*result)


def check_there(corpus, paths, jobs, judge):
    """By the interpreter `judge`."""
    done = subprocess.run([judge, os.path.abspath(__file__), f'-j{jobs}', '--judge'],
                          input=json.dumps(paths).encode(), stdout=subprocess.PIPE,
                          check=True)
    corpus.add(*json.loads(done.stdout))


def other_judges():
    for major, minor in JUDGES:
        name = f'python{major}.{minor}'
        found = sorted(glob.glob(os.path.expanduser(
            f'~/.pyenv/versions/{major}.{minor}.*/bin/{name}')))
        judge = shutil.which(name, path='/usr/local/bin:/usr/bin:/bin')
        if (major, minor) != sys.version_info[:2] and (judge or found):
            yield judge or found[0]


def check_corpus(places, sample=None, out=sys.stdout, jobs=1):
    """The problems found, as text; prints the counts."""
    paths = list(files_of(places))
    if sample is not None and len(paths) > sample:
        paths = random.Random(7).sample(paths, sample)
    corpus = Corpus()
    check_here(corpus, paths, jobs)
    for judge in other_judges():
        left, corpus.left = corpus.left, []
        if left:
            check_there(corpus, [path for path, _ in left], jobs, judge)
    corpus.counts['files'] = len(paths)
    for _, refused in corpus.left:
        corpus.counts['files that no Python here takes, '
                      + ('refused' if refused else 'taken by the grammar')] += 1
    for name, count in sorted(corpus.counts.items()):
        print(f'{count:12,} {name}', file=out)
    print(f'{len(corpus.problems):12,} unexplained', file=out)
    return corpus.problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--sample', type=int)
    parser.add_argument('--judge', action='store_true', help=argparse.SUPPRESS)
    parser.add_argument('-j', dest='jobs', type=int, default=os.cpu_count())
    parser.add_argument('places', nargs='*')
    options = parser.parse_args()
    if options.judge:
        corpus = Corpus()
        check_here(corpus, json.load(sys.stdin), options.jobs)
        print(json.dumps([corpus.counts, corpus.problems, corpus.left]))
        return
    began = time.monotonic()
    with harness.own_temporary_folder():
        problems = check_corpus(options.places or default_folders(), options.sample,
                                jobs=options.jobs)
    print(f'{time.monotonic() - began:12,.0f} seconds')
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main()
