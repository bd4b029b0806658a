"""The syntax of Python 3.8 to 3.14, whatever interpreter is linked.

Each text is instrumented, stripped, listed and guarded; each interpreter here that
knows the syntax compiles what comes out.
"""

import collections
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import harness

# Name -> (first minor version that takes it, definitions, text).
TEXTS = {
    'PEP 570, 572: / and :=': (8, ['f'], '''\
def f(a, /, b, *, c):
    if (n := len(a)) > 1 and f"{n=}":
        return [y := 1, y]
'''),
    'PEP 614: any expression decorates': (9, ['f', 'A', 'A.m'], '''\
@d[0].e(1)
def f(): pass
@(yes or no)
class A:
    @(lambda f: f)
    def m(self): return super().m()
'''),
    'PEP 634: match': (10, ['f', 'match', 'C', 'C.m'], '''\
def f(x):
    match x:
        case {"a": [1, *rest], **more} if rest:
            def match(case): return case
        case C(a=1) | -1 + 2j | None as y: return y
        case _: match = case = type = 1
class C:
    def m(self):
        match self:
            case C(x=1): return super().m()
'''),
    'with in brackets': (10, ['f'], '''\
def f():
    with (open(a) as b, open(c) as d,):
        pass
'''),
    'PEP 654: except*': (11, ['f', 'A', 'A.m'], '''\
def f():
    try:
        pass
    except* (ValueError, TypeError) as group:
        raise
class A(B):
    def m(self):
        try:
            return super().m()
        except* OSError:
            pass
'''),
    'PEP 646: stars': (11, ['f', 'A', 'A.m'], '''\
def f(*args: *Ts) -> x[*a, 1]:
    return x[*a]
class A(Generic[*Ts]):
    def m(self, *args: *tuple[int, *Ts]): return super().m()
'''),
    'PEP 695: type parameters': (12, ['f', 'A', 'A.m', 'g'], '''\
type X[T: (int, str), *Ts, **P] = dict[T, *Ts]
def f[T: int](a: T) -> T:
    type Y = int
    type = 1
    return a
class A[T](B[T]):
    def m[U](self, u: U): return super().m(u)
async def g[**P](): pass
'''),
    'PEP 701: f-strings': (12, ['f', 'A', 'A.m'], '''\
def f(a):
    return f"{a["b"]} {f'{f"{1}"}'} {a:{'>' + "5"}} {
        a  # comment
    !r} {'\\\\n'} {(lambda: 1)}"
class A(B):
    def m(self): return f"{super().m()} {"x" if super().y else 'z'}"
'''),
    'PEP 696: defaults of type parameters': (13, ['f', 'A', 'A.m'], '''\
def f[T = int, *Ts = *tuple[int], **P = [str]](a: T): pass
class A[T = int](B):
    def m(self): return super().m()
'''),
    'PEP 758: except without parentheses': (14, ['f', 'A', 'A.m'], '''\
def f():
    try:
        pass
    except ValueError, TypeError:
        pass
    try:
        pass
    except* OSError, EOFError:
        pass
class A(B):
    def m(self):
        try:
            return super().m()
        except ValueError, TypeError:
            return 1
'''),
    'PEP 750: t-strings': (14, ['f', 'A', 'A.m'], '''\
def f(a):
    return t"{a["b"]} {t'{a!r:>{1}}'}" + rt'\\d{a}' + Tr"{a=}"
class A(B):
    def m(self): return t"{super().m()}"
'''),
    'PEP 765: finally': (8, ['f'], '''\
def f():
    try:
        pass
    finally:
        return 1
'''),
}
COMPILE = 'import sys; compile(sys.stdin.buffer.read(), "text", "exec")'


def pythons():
    """{minor version: interpreter}"""
    found = {}
    for minor in range(8, 20):
        name = f'python3.{minor}'
        paths = sorted(glob.glob(os.path.expanduser(f'~/.pyenv/versions/3.{minor}.*/bin/{name}')))
        path = shutil.which(name, path='/usr/local/bin:/usr/bin') or (paths and paths[0])
        if path:
            found[minor] = path
    return found


class Syntax(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, 'f.py')
        self.pythons = pythons()

    def put(self, text):
        with open(self.path, 'wb') as file:
            file.write(text)

    def compiles(self, text, since):
        for minor, python in self.pythons.items():
            if minor >= since:
                done = subprocess.run([python, '-c', COMPILE], input=text,
                                      stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 0, f'3.{minor}: {done.stderr.decode()}')

    def check(self, since, names, text):
        self.put(text)
        self.compiles(text, since)
        done = harness.instrument(self.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.compiles(done.stdout, since)
        decorators = collections.Counter(
            re.findall(rb'^ *@hot_restart\.(wrap(?:_class)?)\n', done.stdout, re.M))
        classes = sum(name[0] == 'A' or name[0] == 'C' for name in names if '.' not in name)
        self.assertEqual(decorators[b'wrap_class'], classes)
        self.assertEqual(decorators[b'wrap'],
                         sum('.' not in name for name in names) - classes)
        stripped = harness.instrument('--strip', '-', stdin=done.stdout)
        self.assertEqual((stripped.returncode, stripped.stdout), (0, text))
        listed = harness.instrument('--list=json', self.path)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        found = json.loads(listed.stdout)['files'][0]['definitions']
        self.assertEqual([one['name'] for one in found],
                         [name.rpartition('.')[2] for name in names])
        guarded = harness.instrument('--guard', self.path)
        self.assertEqual(guarded.returncode, 0, guarded.stderr)
        self.compiles(guarded.stdout, since)
        return done, guarded

    def test_each(self):
        for name, (since, names, text) in TEXTS.items():
            with self.subTest(name=name):
                self.check(since, names, text.encode())

    def test_where_the_grammar_lags(self):
        """Definitions are found and decorated nevertheless; what needs the tree is left,
        and said."""
        text = b'class A(B):\n    def m(self, *args: *tuple[int]):\n' \
               b'        return super().m() + (a.\n    b)\n'
        self.put(text)
        done = harness.instrument(self.path)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b'@hot_restart.wrap_class\nclass A', done.stdout)
        self.assertIn(b'super()', done.stdout)
        self.assertIn(b"f.py:3:9: warning: tree-sitter's grammar lags behind here; super() "
                      b"calls of this statement are kept [grammar-gap]", done.stderr)
        self.assertEqual(harness.instrument('--strip', '-', stdin=done.stdout).stdout, text)


if __name__ == '__main__':
    unittest.main()
