"""hr-instrument as a command: inputs, outputs, messages, exit codes."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, 'tests/session'))
from driver import Session

FUNCTION = b'def f():\n    return 1\n'
WRAPPED = b'import hot_restart\n@hot_restart.wrap\ndef f():\n    return 1\n'
BROKEN = b'def f():\n    return 1\n\nx = (1 +\n'
CLASSES = textwrap.dedent('''\
    import os

    class Trainer(Base):
        """A trainer."""
        def step(self, batch, /, lr=0.1, *rest, flag: bool = False, **opts):
            "Step."
            lr = lr + 1
            yield lr

        @property
        def step(self):
            async def inner(): pass
            return inner
    ''').encode()


class Folder(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = os.path.realpath(self.temporary.name)

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, data=FUNCTION):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(data)
        return path

    def read(self, name):
        with open(self.path(name), 'rb') as file:
            return file.read()

    def instrument(self, *args, code=0, stderr=b'', **options):
        done = harness.instrument(*args, cwd=self.root, **options)
        self.assertEqual((done.returncode, done.stderr), (code, stderr))
        return done.stdout

    def names(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.root)
                      for folder, _, files in os.walk(self.root) for name in files)


class Outputs(Folder):
    def test_stdout(self):
        self.write('a.py')
        self.assertEqual(self.instrument('a.py'), WRAPPED)
        self.assertEqual(self.read('a.py'), FUNCTION)

    def test_stdin(self):
        self.assertEqual(self.instrument('-', stdin=FUNCTION), WRAPPED)

    def test_output_file(self):
        self.write('a.py')
        self.assertEqual(self.instrument('-o', 'b/c.py', 'a.py'), b'')
        self.assertEqual(self.read('b/c.py'), WRAPPED)

    def test_output_keeps_execute_bit(self):
        os.chmod(self.write('a.py'), 0o755)
        self.instrument('-o', 'b.py', 'a.py')
        self.assertTrue(os.access(self.path('b.py'), os.X_OK))

    def test_in_place_and_strip(self):
        self.write('a.py')
        self.assertEqual(self.instrument('-i', 'a.py'), b'')
        self.assertEqual(self.read('a.py'), WRAPPED)
        self.instrument('-i', '--strip', 'a.py')
        self.assertEqual(self.read('a.py'), FUNCTION)

    def test_in_place_leaves_unchanged_files_alone(self):
        path = self.write('a.py', WRAPPED)
        before = os.stat(path)
        self.instrument('-i', 'a.py')
        after = os.stat(path)
        self.assertEqual((before.st_ino, before.st_mtime_ns),
                         (after.st_ino, after.st_mtime_ns))

    def test_mirror(self):
        self.write('in/a/b.py')
        self.write('in/plain.py', b'x = 1\n')
        self.write('in/empty.py', b'')
        self.write('in/notes.txt', b'no')
        self.write('in/stub.pyi', b'def f(): ...\n')
        self.instrument('-o', 'out', 'in')
        self.assertEqual([name for name in self.names() if name.startswith('out')],
                         ['out/a/b.py', 'out/empty.py', 'out/plain.py'])
        origin = '# hr: origin %s/in/a/b.py\n' % self.root
        self.assertEqual(self.read('out/a/b.py'), WRAPPED + origin.encode())
        self.assertEqual(self.read('out/plain.py'), b'x = 1\n')
        self.assertEqual(self.read('out/empty.py'), b'')
        self.instrument('--strip', '-o', 'back', 'out')
        self.assertEqual(self.read('back/a/b.py'), FUNCTION)

    def test_mirror_inside_its_input(self):
        self.write('a.py')
        self.instrument('-o', 'out', '.')
        self.instrument('-o', 'out', '.')
        self.assertEqual(self.names(), ['a.py', 'out/a.py'])

    def test_origin_of_odd_names_and_open_ends(self):
        self.write('in/\u00e9 %\n.py', b'def f(): pass')
        self.instrument('-o', 'out', 'in')
        text = self.read('out/\u00e9 %\n.py')
        self.assertTrue(text.endswith(b'/in/%C3%A9%20%25%0A.py'), text)
        self.instrument('--strip', '-o', 'back', 'out')
        self.assertEqual(self.read('back/\u00e9 %\n.py'), b'def f(): pass')

    def test_mirror_with_a_broken_file(self):
        self.write('in/a.py')
        self.write('in/b.py', BROKEN)
        self.write('in/c.py')
        self.instrument('-o', 'out', 'in', code=2,
                        stderr=b"in/b.py:4:5: error: '(' was never closed [syntax]\n")
        self.assertEqual(self.read('out/b.py'), BROKEN)
        self.assertTrue(self.read('out/c.py').startswith(WRAPPED))

    def test_two_inputs_one_output(self):
        self.write('a/x.py')
        self.write('b/x.py')
        done = harness.instrument('-o', 'out', 'a', 'b', cwd=self.root)
        self.assertEqual(done.returncode, 64)
        self.assertFalse(os.path.exists(self.path('out')))

    def test_output_folder_is_input(self):
        self.write('a.py')
        done = harness.instrument('-o', '.', '.', cwd=self.root)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(self.read('a.py'), FUNCTION)

    def test_device(self):
        self.write('a.py')
        self.assertEqual(self.instrument('-o', '/dev/stdout', 'a.py'), WRAPPED)

    def test_diff(self):
        self.write('a.py', b'x = 1\n' * 5 + FUNCTION[:-1])
        diff = self.instrument('--diff', 'a.py', code=1)
        self.assertIn(b'--- a/a.py\n+++ b/a.py\n@@', diff)
        self.assertIn(b'\\ No newline at end of file', self.instrument(
            '--diff', '--style=module', 'a.py', code=1))
        subprocess.run(['patch', '-p1', '-s'], input=diff, cwd=self.root, check=True)
        self.assertEqual(self.instrument('--diff', 'a.py'), b'')
        self.assertIn(b'\x1b[32m', self.instrument(
            '--diff', '--color=always', '--strip', 'a.py', code=1).replace(
                b'\x1b[31m', b'\x1b[32m'))

    def test_check(self):
        self.write('a.py')
        self.write('b.py', WRAPPED)
        self.write('c/d.py')
        self.assertEqual(self.instrument('--check', '.', code=1), b'a.py\nc/d.py\n')
        self.assertEqual(self.instrument('--check', 'b.py'), b'')
        self.assertEqual(self.read('a.py'), FUNCTION)

    def test_order_does_not_depend_on_threads(self):
        for i in range(200):
            self.write('%03d.py' % i, BROKEN if i % 7 == 0 else FUNCTION * (i % 5))
        runs = [harness.instrument('--diff', '-j%d' % jobs, '.', cwd=self.root)
                for jobs in (1, 2, 8)]
        self.assertEqual(runs[0].returncode, 2)
        for one in runs[1:]:
            self.assertEqual((one.stdout, one.stderr),
                             (runs[0].stdout, runs[0].stderr))


class Inputs(Folder):
    def listed(self, *args):
        return self.instrument('--check', *args, '.', code=1).decode().split()

    def test_folders_that_are_left_out(self):
        for name in ('.hidden/a.py', '.venv/a.py', 'node_modules/a.py',
                     '__pycache__/a.py', 'sub/b.py', 'sub/c.pyi', 'sub/d.txt'):
            self.write(name)
        self.assertEqual(self.listed(), ['sub/b.py'])
        self.assertEqual(len(self.listed('--no-ignore')), 5)

    def test_gitignore(self):
        subprocess.run(['git', 'init', '-q'], cwd=self.root, check=True)
        self.write('.gitignore', b'gen/\n/*_pb2.py\nkept/\n')
        self.write('sub/.gitignore', b'local.py\n')
        for name in ('gen/a.py', 'x_pb2.py', 'sub/x_pb2.py', 'sub/local.py', 'b.py',
                     'kept/tracked.py', 'kept/not.py'):
            self.write(name)
        subprocess.run(['git', 'add', '-f', 'kept/tracked.py'], cwd=self.root, check=True)
        self.assertEqual(self.listed(), ['b.py', 'kept/tracked.py', 'sub/x_pb2.py'])
        os.chdir(self.root)
        self.assertEqual(self.instrument('--check', 'sub', code=1), b'sub/x_pb2.py\n')
        self.assertEqual(self.instrument('--check', 'gen/a.py', code=1), b'gen/a.py\n')

    def test_symlinks(self):
        self.write('real/a.py')
        os.symlink('real', self.path('loop'))
        os.symlink('real/a.py', self.path('link.py'))
        os.symlink('nowhere.py', self.path('dangling.py'))
        self.assertEqual(self.listed(), ['link.py', 'real/a.py'])
        self.instrument('-i', '.')
        self.assertTrue(os.path.islink(self.path('link.py')))
        self.assertEqual(self.read('real/a.py'), WRAPPED)

    def test_in_place_once_a_file(self):
        self.write('a.py')
        self.instrument('-i', '-j4', 'a.py', './a.py', '.', 'a.py')
        self.assertEqual(self.read('a.py'), WRAPPED)

    def test_missing_file_does_not_stop_the_others(self):
        self.write('a.py')
        done = harness.instrument('-i', 'gone.py', 'a.py', cwd=self.root)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'gone.py: error: cannot read: No such file', done.stderr)
        self.assertEqual(self.read('a.py'), WRAPPED)

    def test_stdin_filename(self):
        done = harness.instrument('--stdin-filename=pkg/m.py', '-', stdin=BROKEN)
        self.assertTrue(done.stderr.startswith(b'pkg/m.py:4:5: error: '))
        self.assertEqual((done.returncode, done.stdout), (2, BROKEN))


class Usage(Folder):
    def test_wrong_usage(self):
        self.write('a.py')
        self.write('b.py')
        for args in ([], ['--nonsense', 'a.py'], ['a.py', 'b.py'], ['.'],
                     ['-i', '-o', 'x', 'a.py'], ['-i', '-'], ['-', '-'],
                     ['--check', '-i', 'a.py'], ['--list', '--strip', 'a.py'],
                     ['--list=xml', 'a.py'], ['--style=odd', 'a.py'],
                     ['--at=0', 'a.py'], ['--at=1:x', 'a.py'], ['-j0', 'a.py'],
                     ['-j', 'many', 'a.py'], ['--list', '-i', 'a.py'],
                     ['-q', '-v', 'a.py'], ['--stdin-filename=x', 'a.py'],
                     ['--strip', '--no-nested', 'a.py'], ['-o', '', 'a.py']):
            with self.subTest(args=args):
                done = harness.instrument(*args, cwd=self.root)
                self.assertEqual(done.returncode, 64)
                self.assertEqual(done.stdout, b'')
                self.assertNotEqual(done.stderr, b'')
        self.assertEqual((self.read('a.py'), self.read('b.py')), (FUNCTION, FUNCTION))

    def test_help_names_every_option(self):
        text = self.instrument('--help')
        for name in (b'--output', b'--in-place', b'--diff', b'--check', b'--strip',
                     b'--list', b'--extract', b'--guard', b'--at', b'--style',
                     b'--super', b'--include', b'--exclude', b'--no-nested',
                     b'--stdin-filename', b'--no-ignore', b'--color',
                     b'--error-format', b'--jobs', b'--quiet', b'--verbose',
                     b'--stats'):
            self.assertIn(name, text)

    def test_help_fits_a_screen_with_a_prompt_below_it(self):
        for program in (harness.INSTRUMENT, harness.RUN):
            lines = harness.run([program, '--help']).stdout.splitlines()
            self.assertLess(len(lines), 24, program)
            self.assertLess(max(map(len, lines)), 80, program)

    def test_full_output(self):
        self.write('a.py')
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([harness.INSTRUMENT, self.path('a.py')], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'No space left', done.stderr)


class Messages(Folder):
    def test_formats(self):
        self.write('a,b.py', BROKEN)
        message = "'(' was never closed"
        gcc = harness.instrument('a,b.py', cwd=self.root)
        self.assertEqual(gcc.stderr.decode(), 'a,b.py:4:5: error: %s [syntax]\n' % message)
        one = harness.instrument('--error-format=json', 'a,b.py', cwd=self.root)
        self.assertEqual(json.loads(one.stderr), {
            'file': 'a,b.py', 'line': 4, 'column': 5, 'severity': 'error',
            'message': message, 'id': 'syntax'})
        github = harness.instrument('--error-format=github', 'a,b.py', cwd=self.root)
        self.assertEqual(github.stderr.decode(),
                         '::error file=a%%2Cb.py,line=4,col=5,title=syntax::%s\n' % message)

    def test_quiet_and_verbose(self):
        text = b'import hot_restart\n@hot_restart.other\n@hot_restart.wrap\ndef f(): pass\n'
        loud = harness.instrument('--strip', '-', stdin=text)
        self.assertEqual(
            loud.stderr, b'<stdin>:1:1: warning: the import stays: hot_restart is still '
                         b'named elsewhere [not-ours]\n')
        quiet = harness.instrument('--strip', '-q', '-', stdin=text)
        self.assertEqual(quiet.stderr, b'')
        self.assertEqual(quiet.stdout, loud.stdout)

    def test_decorators_of_another_form_are_left(self):
        for line in (b'@hot_restart.wrap()', b'@ hot_restart.wrap', b'@hot_restart.wrap # x',
                     b'@hot_restart.wrap_class'):
            text = b'import hot_restart\n' + line + b'\ndef f(): pass\n'
            done = harness.instrument('--strip', '-', stdin=text)
            self.assertEqual(done.stdout, text)
            self.assertEqual(
                done.stderr, b'<stdin>:2:1: warning: this decorator is not in the form that '
                             b'hr-instrument writes; left [not-ours]\n')

    def test_super_kept_is_explained(self):
        text = b'class A(B):\n    def f(*args):\n        super().f()\n'
        self.assertEqual(harness.instrument('-', stdin=text).stderr, b'')
        told = harness.instrument('-v', '-', stdin=text)
        self.assertIn(b'<stdin>:3:9: note: super() is kept: ', told.stderr)
        self.assertIn(b'[super-kept]', told.stderr)

    def test_where_the_tree_errs_the_rest_stands(self):
        text = (b'class A(B):\n    def f(self):\n        super().f()\n        x = 1, *[]\n'
                b'class C(B):\n    def f(self):\n        super().f()\n')
        done = harness.instrument('-', stdin=text)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(b'@hot_restart.wrap_class\n'), 2)
        self.assertIn(b'        super(C, self).f()\n', done.stdout)
        self.assertRegex(done.stderr, rb'<stdin>:[1-4]:\d+: warning: .*\[grammar-gap\]\n')
        back = harness.instrument('--strip', '-', stdin=done.stdout)
        self.assertEqual((back.returncode, back.stdout), (0, text))

    def test_stats(self):
        self.write('a.py', CLASSES)
        done = harness.instrument('--check', '--stats', 'a.py', cwd=self.root)
        self.assertIn(b'1 files (1 changed, 0 failed), 4 definitions', done.stderr)
        for phase in (b'read', b'parse', b'work', b'write'):
            self.assertIn(phase, done.stderr)

    def test_odd_file_names_in_json(self):
        self.write('odd.py', BROKEN)
        os.rename(self.path('odd.py').encode(), self.root.encode() + b'/\xff\n.py')
        done = harness.instrument('--error-format=json', '--check', '.', cwd=self.root)
        self.assertEqual(json.loads(done.stderr)['file'], '\ufffd\n.py')


class Questions(Folder):
    def test_list_text(self):
        self.write('a.py', CLASSES)
        self.assertEqual(self.instrument('--list', 'a.py').decode(), textwrap.dedent('''\
            a.py:3:1: class Trainer
            a.py:5:5: method Trainer.step(self, batch, /, lr=0.1, *rest, flag=False, **opts) generator
            a.py:11:5: method Trainer.step#2(self)
            a.py:12:9: async function Trainer.step.inner()
            '''))

    def test_list_json(self):
        self.write('a.py', b'\xef\xbb\xbf' + CLASSES)
        self.write('b.py', b'x = 1\n')
        data = json.loads(self.instrument('--list=json', 'a.py', 'b.py'))
        self.assertEqual(data['version'], 1)
        self.assertEqual(data['bases'], {'line': 1, 'column': 1, 'byte': 0})
        first, second = data['files']
        self.assertEqual((second['file'], second['definitions']), ('b.py', []))
        trainer, step, again, inner = first['definitions']
        raw = self.read('a.py')
        for one in first['definitions']:
            start, end = one['range']['start'], one['range']['end']
            text = raw[start['byte']:end['byte']]
            self.assertTrue(text.startswith((b'class', b'def', b'@', b'async')), text)
            lines = raw.splitlines(True)
            offset = sum(map(len, lines[:start['line'] - 1])) + start['column'] - 1
            self.assertEqual(offset, start['byte'])
            name = one['name_range']
            self.assertEqual(raw[name['start']['byte']:name['end']['byte']].decode(),
                             one['name'])
        self.assertEqual(trainer['kind'], 'class')
        doc = trainer['docstring_range']
        self.assertEqual(raw[doc['start']['byte']:doc['end']['byte']], b'"""A trainer."""')
        self.assertEqual([(p['name'], p['kind'], p['rebound']) for p in step['parameters']],
                         [('self', 'positional-only', False),
                          ('batch', 'positional-only', False),
                          ('lr', 'positional', True), ('rest', 'varargs', False),
                          ('flag', 'keyword-only', False), ('opts', 'varkw', False)])
        self.assertEqual((step['ordinal'], again['ordinal']), (1, 2))
        self.assertEqual(again['decorators'], ['property'])
        self.assertTrue(step['generator'] and inner['async'])
        self.assertEqual(inner['nested_in'], 'Trainer.step')

    def test_list_ctags(self):
        self.write('a.py', CLASSES)
        lines = self.instrument('--list=ctags', 'a.py').decode().splitlines()
        self.assertIn('Trainer\ta.py\t3;"\tc\tline:3\tend:13', lines)
        self.assertIn('step\ta.py\t5;"\tm\tline:5\tclass:Trainer\tend:8', lines)

    def test_list_to_a_file(self):
        self.write('a.py')
        self.assertEqual(self.instrument('--list', '-o', 'tags', 'a.py'), b'')
        self.assertEqual(self.read('tags'), b'a.py:1:1: function f()\n')

    def test_at(self):
        self.write('a.py', CLASSES)
        for at, name in (('3', 'Trainer'), ('4', 'Trainer'), ('7', 'Trainer.step'),
                         ('10', 'Trainer.step#2'), ('12', 'Trainer.step.inner'),
                         ('12:9', 'Trainer.step.inner'), ('12:3', 'Trainer.step#2'),
                         ('13:9', 'Trainer.step#2')):
            with self.subTest(at=at):
                self.assertEqual(self.instrument('--at', at, 'a.py').decode(), name + '\n')
        for at in ('1', '99'):
            done = harness.instrument('--at', at, 'a.py', cwd=self.root)
            self.assertEqual((done.returncode, done.stdout), (2, b''))
            self.assertIn(b'[not-found]', done.stderr)

    def test_extract(self):
        self.write('a.py', CLASSES)
        text = self.instrument('--extract', 'Trainer.step#2', 'a.py')
        lines, original = text.splitlines(), CLASSES.splitlines()
        self.assertEqual(lines[10:13], original[10:13])
        self.assertNotIn(b'yield', text)
        compile(text, 'a.py', 'exec')
        done = harness.instrument('--extract', 'Nobody', 'a.py', cwd=self.root)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'a.py: error: no definition is named Nobody', done.stderr)

    def test_guard_leaves_what_is_nested_too_deeply(self):
        for depth in (20, 21):
            program = ['def f():'] + [' ' * n + 'with x:' for n in range(1, depth)]
            program.append(' ' * depth + 'pass\n')
            self.write('deep.py', '\n'.join(program).encode())
            done = harness.instrument('--guard', 'deep.py', cwd=self.root)
            self.assertEqual(done.stderr, b'' if depth == 20 else
                             b'deep.py:1:1: warning: runs without a guard: its blocks are '
                             b'nested too deeply [not-guarded]\n')

    def test_guard_leaves_what_no_parser_knows(self):
        self.write('odd.py', b'def f():\n    x = lambda y=lambda: 1: 2\n    z = 1, *[]\n')
        done = harness.instrument('--guard', 'odd.py', cwd=self.root)
        self.assertIn(b'odd.py:1:1: warning: runs without a guard: it holds syntax that the '
                      b'parser does not know [not-guarded]\n', done.stderr)
        self.assertEqual(done.stdout, self.read('odd.py'))

    def test_one_output_for_two_inputs(self):
        self.write('a/x.py', b'def f(): pass\n')
        self.write('b/x.py', b'def f(): pass\n')
        done = harness.instrument('--output', 'out', 'a', 'b', cwd=self.root)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr, b'b/x.py: error: would be written to out/x.py, as '
                                      b'a/x.py would [usage]\n')
        done = harness.instrument('--output', 'a', 'a', cwd=self.root)
        self.assertEqual(done.stderr, b'a: error: is the output folder too; --in-place '
                                      b'changes files [usage]\n')

    def test_guard(self):
        self.write('a.py', CLASSES)
        text = self.instrument('--guard', 'a.py')
        compile(text, 'a.py', 'exec')
        self.assertIn(b'__hr_crashed__', text)

    def test_progress(self):
        """What takes long shows on a terminal how far it is, and wipes it out."""
        self.write('a.py', FUNCTION)
        os.mkfifo(self.path('slow.py'))
        with Session([harness.INSTRUMENT, '--check', '-j2', 'slow.py', 'a.py'], cwd=self.root,
                     env=harness.environment(), plain=False) as session:
            session.expect('\r1 of 2 files\033[K')
            self.write('slow.py', b'x = 1\n')
            session.expect('\r\033[Ka.py')
            self.assertEqual(session.wait(), 1)


if __name__ == '__main__':
    unittest.main()
