"""Guard every file of the standard library and compare with its plain compile.

    PYTHONPATH=build/python python3 tests/corpus/guard_corpus.py [--sample N] [FOLDER ...]

Of every code object: the first line, and the position of every instruction that is
not the guard's own.  Also re-encodes every line table, which has to give the same
bytes.  Prints counts; exits 1 if a difference is left that is not explained.
"""

import argparse
import ast
import collections
import dis
import itertools
import os
import sys
import sysconfig
import warnings

import hot_restart

GUARD_NAMES = {'__hr_crashed__', '__hr_restarted__', '__hr_restart__', '__hr_value__',
               '__hr_sent__', '__hr_caught__'}


def files_of(folders):
    for folder in folders:
        for root, names, files in os.walk(folder):
            names[:] = sorted(name for name in names
                              if name not in ('__pycache__', 'site-packages',
                                              'dist-packages', 'lib2to3'))
            yield from (os.path.join(root, name) for name in sorted(files)
                        if name.endswith('.py'))


def inner(code):
    return [constant for constant in code.co_consts if hasattr(constant, 'co_code')]


def is_guarded(code):
    return '__hr_crashed__' in code.co_names


def positions_of(code):
    """Where instructions stand, and where any do, those that are put in at will too."""
    counted, all_of_them = set(), set()
    for instruction in dis.get_instructions(code):
        all_of_them.add(instruction.positions)
        if instruction.opname not in IGNORED:
            counted.add(instruction.positions)
    return counted, all_of_them


# What the compiler puts in at will: a guarded body is laid out differently (a jump to
# its end where it had a return of its own), with the same positions.
IGNORED = {'NOP', 'RESUME', 'EXTENDED_ARG', 'CACHE', 'COPY_FREE_VARS', 'MAKE_CELL',
           'RETURN_GENERATOR', 'POP_TOP', 'JUMP_FORWARD', 'JUMP_BACKWARD'}


class Comparison:
    def __init__(self):
        self.counts = collections.Counter()
        self.differences = []
        self.nodes = set()  # where the file's expressions stand

    def differ(self, path, code, text):
        self.differences.append(f'{path}:{code.co_firstlineno}: {code.co_qualname}: {text}')

    def tables(self, path, code):
        self.counts['line tables re-encoded'] += 1
        again = hot_restart._reencoded_lines(code.co_linetable, code.co_firstlineno)
        if again != code.co_linetable:
            self.differ(path, code, 're-encoding changes the line table')
        for one in inner(code):
            self.tables(path, one)

    def codes(self, path, plain, guarded):
        self.counts['code objects'] += 1
        if plain.co_firstlineno != guarded.co_firstlineno:
            self.differ(path, plain, f'co_firstlineno is {guarded.co_firstlineno}')
        if plain.co_qualname != guarded.co_qualname:
            self.differ(path, plain, f'co_qualname is {guarded.co_qualname}')
        if plain.co_freevars != guarded.co_freevars:
            self.differ(path, plain, f'free variables are {guarded.co_freevars}')
        self.positions(path, plain, guarded)
        self.class_line(path, plain, guarded)
        ours, theirs = inner(plain), inner(guarded)
        if [one.co_name for one in ours] != [one.co_name for one in theirs]:
            ours, theirs = by_name(ours), by_name(theirs)
        if [one.co_name for one in ours] != [one.co_name for one in theirs]:
            self.differ(path, plain, f'inner code: {[c.co_name for c in ours]} became '
                                     f'{[c.co_name for c in theirs]}')
            return
        for one, other in zip(ours, theirs):
            self.codes(path, one, other)

    def positions(self, path, plain, guarded):
        ours, all_ours = positions_of(plain)
        theirs, all_theirs = positions_of(guarded)
        self.counts['positions'] += len(ours)
        if is_guarded(guarded):
            self.counts['guarded functions'] += 1
        lines = {place.lineno for place in ours}
        for place in ours - all_theirs:
            if place.lineno is not None:
                self.lost(path, plain, guarded, place)
        for place in theirs - all_ours:
            if place.lineno is None or place.lineno in lines and place.col_offset is None:
                continue
            if is_guarded(guarded) and place.lineno == def_line(plain, guarded):
                continue
            if is_guarded(guarded) and tuple(place) in self.nodes:
                # Two loads that the compiler made one of in the plain code.
                self.counts['positions that plain code merges away'] += 1
                continue
            self.differ(path, plain, f'an instruction at {tuple(place)} too many')

    def lost(self, path, plain, guarded, place):
        """Loads are paired."""
        names = {instruction.opname for instruction in dis.get_instructions(plain)
                 if instruction.positions == place}
        if is_guarded(guarded) and len(names) == 1 and is_second_of_pair(plain, guarded, place):
            self.counts['positions that guarded code merges away'] += 1
        else:
            self.differ(path, plain, f'no instruction at {tuple(place)} ({sorted(names)})')

    def class_line(self, path, plain, guarded):
        if sys.version_info < (3, 13) or '__firstlineno__' not in plain.co_names:
            return
        self.counts['classes'] += 1
        values = [class_first_line(code) for code in (plain, guarded)]
        if values[0] != values[1]:
            self.differ(path, plain, f'__firstlineno__ is {values[1]}')


def loaded(instruction):
    """The variables that it loads, if it does nothing else."""
    return (instruction.argrepr.split(', ')
            if instruction.opname in ('LOAD_FAST', 'LOAD_FAST_LOAD_FAST') else [])


def is_second_of_pair(plain, guarded, place):
    """Whether the load there is made one with the load before, which has the position.

    Of loads in a row the compiler makes pairs from the first on or from the second, as
    the block happens to start.
    """
    ours, theirs = ([(loaded(one), one.positions) for one in dis.get_instructions(code)
                     if one.opname not in ('NOP', 'EXTENDED_ARG', 'CACHE')]
                    for code in (plain, guarded))
    pairs = [names for names, where in theirs if len(names) == 2 and where.lineno and
             (where.end_lineno, where.end_col_offset) <= (place.lineno, place.col_offset)]
    return any(where == place and len(before) == 2 and [before[1], *names[:1]] in pairs
               for (before, _), (names, where) in itertools.pairwise(ours))


def class_first_line(code):
    instructions = list(dis.get_instructions(code))
    for one, two in itertools.pairwise(instructions):
        if two.opname == 'STORE_NAME' and two.argval == '__firstlineno__':
            return one.argval
    return None


def def_line(plain, guarded):
    """The line that the guard's own instructions have: that of the def."""
    for instruction in dis.get_instructions(guarded):
        if instruction.argval == '__hr_restarted__':
            return instruction.positions.lineno
    return None


def by_name(codes):
    return sorted(codes, key=lambda code: (code.co_name, code.co_firstlineno))


def check(path, comparison):
    with open(path, 'rb') as file:
        data = file.read()
    try:
        plain = compile(data, path, 'exec', dont_inherit=True)
    except (SyntaxError, ValueError):
        comparison.counts['files that are not Python'] += 1
        return
    comparison.counts['files'] += 1
    comparison.tables(path, plain)
    guarded = hot_restart._guarded_code(path)
    if guarded is None:
        comparison.differences.append(f'{path}: cannot be guarded')
        return
    nodes = list(ast.walk(ast.parse(data)))
    comparison.counts['functions'] += sum(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in nodes)
    comparison.nodes = {(node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
                        for node in nodes if isinstance(node, ast.expr)}
    comparison.codes(path, plain, guarded)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--sample', type=int, help='only every so many files as give N')
    parser.add_argument('--show', type=int, default=20, help='differences printed at most')
    parser.add_argument('folder', nargs='*', help='instead of the standard library')
    arguments = parser.parse_args()
    warnings.simplefilter('ignore')
    paths = list(files_of(arguments.folder or [sysconfig.get_path('stdlib')]))
    if arguments.sample:
        paths = paths[::max(1, len(paths) // arguments.sample)][:arguments.sample]
    comparison = Comparison()
    for path in paths:
        check(path, comparison)
    for name, count in sorted(comparison.counts.items()):
        print(f'{count:10} {name}')
    print(f'{len(comparison.differences):10} differences')
    for text in comparison.differences[:arguments.show]:
        print(text)
    return 1 if comparison.differences or not comparison.counts['files'] else 0


if __name__ == '__main__':
    sys.exit(main())
