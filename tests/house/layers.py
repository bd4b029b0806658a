"""Which part of src/ may include what.

    python3 layers.py SRC      prints each breach; exit code 1 if there is one

Calls go down only: a folder may include itself and folders below it.
"""

import os
import re
import sys

LAYERS = {'base': 0, 'syntax': 1, 'defs': 2, 'rewrite': 3, 'cli': 4, 'runtime': 4, 'run': 5}
# Below, but not to be reached for all that.
FORBIDDEN = {'run': {'rewrite', 'defs', 'cli'}}
# Of runtime's own folders: which others they may include.  cycle/ sequences and so may
# include all; crash.h, which the steps pass on, is its too.
PARTS = {'guard': set(), 'entry': {'guard', 'decide', 'cycle'},
         'decide': {'guard', 'entry', 'reload', 'cycle'}, 'prompt': {'guard', 'reload', 'cycle'},
         'reload': {'guard', 'classes', 'cycle'}, 'classes': {'guard', 'reload', 'cycle'}}
# Headers that the build writes, for one folder each.
GENERATED = {'debugger_text.h': 'runtime', 'source_digest.h': 'runtime'}
PYTHON_FOLDERS = {'runtime', 'run'}
SILENT_FOLDERS = {'base', 'syntax', 'defs', 'rewrite'}
TREE_SITTER_FILE = 'syntax/tree.c'
BUILD_HELPER = 'generate.c'  # run by the build, on the option tables
VERSION_FILE = 'runtime/compat.h'

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
PYTHON_HEADER = re.compile(r'(cpython/|internal/)?(Python|pyconfig|patchlevel|structmember|'
                           r'frameobject|opcode|pycore_\w+)\.h$')
VERSION = re.compile(r'\bPY_VERSION_HEX\b|\bif\b.*\bPY_(MAJOR|MINOR|MICRO)_VERSION\b')
PRINTING = re.compile(r'(?<!format\()\b(printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror|'
                      r'fwrite|stdout|stderr)\b')
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def without_comments(text):
    """The code alone, on its own lines; texts are emptied, names in #include kept."""
    def blank(match):
        found = match.group()
        line_start = text.rfind('\n', 0, match.start()) + 1
        if found.startswith('"'):
            if re.match(r'\s*#\s*include\s*$', text[line_start:match.start()]):
                return found
            return '""'
        return '\n' * found.count('\n')
    return COMMENT.sub(blank, text)


def check_include(path, folder, quote, name):
    if name.startswith('tree_sitter'):
        if path != TREE_SITTER_FILE:
            return f'{name}: only {TREE_SITTER_FILE} may use tree-sitter'
        return None
    if PYTHON_HEADER.search(name):
        if 'internal/' in name or 'pycore_' in name:
            return f'{name}: a private header of CPython'
        return None if folder in PYTHON_FOLDERS else f'{name}: no Python in {folder}/'
    if quote == '<':
        return None
    target = name.partition('/')[0] if '/' in name else GENERATED.get(name, '')
    if target not in LAYERS:
        return f'{name}: name it by its folder under src/'
    if target == folder:
        return check_part(path, name) if folder == 'runtime' else None
    if LAYERS[target] >= LAYERS[folder]:
        return f'{name}: {folder}/ is not above {target}/'
    if target in FORBIDDEN.get(folder, ()):
        return f'{name}: {folder}/ must not use {target}/'
    return None


def check_part(path, name):
    part, other = (words[1] if len(words) > 2 else '' for words in
                   (path.split('/'), name.split('/')))
    if other in ('', part) or other in PARTS.get(part, {other}):
        return None
    return f'{name}: runtime/{part}/ must not use runtime/{other}/'


def check_text(path, text):
    """The breaches in one file (`path` relative to src/), as (line, message)."""
    folder = 'cli' if path == BUILD_HELPER else path.partition('/')[0]
    if folder not in LAYERS:
        yield 1, f'{folder}: an unknown layer'
        return
    for number, line in enumerate(without_comments(text).split('\n'), 1):
        match = INCLUDE.match(line)
        if match:
            message = check_include(path, folder, *match.groups())
            if message:
                yield number, message
            continue
        if VERSION.search(line) and path != VERSION_FILE:
            yield number, f'a branch on the version of Python: it belongs in {VERSION_FILE}'
        if folder in SILENT_FOLDERS and PRINTING.search(line):
            yield number, f'{folder}/ must not print'


def check_folder(source):
    """(how many files, the breaches as lines of text)"""
    count, found = 0, []
    for folder, _, names in sorted(os.walk(source)):
        for name in sorted(names):
            if name.endswith(('.c', '.h')):
                full = os.path.join(folder, name)
                path = os.path.relpath(full, source)
                with open(full, encoding='utf-8') as file:
                    text = file.read()
                count += 1
                found += [f'{path}:{line}: {message}' for line, message in check_text(path, text)]
    return count, found


if __name__ == '__main__':
    files, breaches = check_folder(sys.argv[1])
    print('\n'.join(breaches), end='\n' if breaches else '')
    sys.exit(1 if breaches or not files else 0)
