"""A person's file is never lost: what happens when writing goes wrong."""

import os
import resource
import signal
import subprocess
import tempfile
import time
import unittest

import harness

SOURCE = b'def f():\n    return 1\n' * 4000
NOBODY = 65534


def as_somebody(*args, **options):
    """hr-instrument as a user whom the modes of files bind, which root is not."""
    def change():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
    # By its descriptor: the folders above it may be closed to others, as root's own is.
    with open(harness.INSTRUMENT, 'rb') as program:
        return subprocess.run([harness.INSTRUMENT, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=change, check=False,
                              executable=f'/proc/self/fd/{program.fileno()}',
                              pass_fds=[program.fileno()], env=harness.environment(),
                              **options)


class Safety(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = self.temporary.name
        self.file = os.path.join(self.root, 'a.py')
        with open(self.file, 'wb') as file:
            file.write(SOURCE)

    def read(self):
        with open(self.file, 'rb') as file:
            return file.read()

    def check_refused(self, done):
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'[io]', done.stderr)
        self.assertEqual(self.read(), SOURCE)
        self.assertEqual(os.listdir(self.root), ['a.py'])

    def test_no_room(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        self.check_refused(subprocess.run(
            [harness.INSTRUMENT, '-i', self.file], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=limit, check=False))

    def give(self, mode):
        """The file to the user that as_somebody() is."""
        os.chmod(self.root, 0o777)
        os.chmod(self.file, mode)
        if os.geteuid() == 0:
            os.chown(self.file, NOBODY, NOBODY)

    def test_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest('only root can mount a small disk; see test_no_room')
        disk = os.path.join(self.root, 'disk')
        os.mkdir(disk)
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk],
                              stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            self.skipTest(f'no disk could be mounted: {done.stderr.decode().strip()}')
        self.addCleanup(subprocess.run, ['umount', disk], check=True)
        path = os.path.join(disk, 'a.py')
        with open(path, 'wb') as file:
            file.write(SOURCE)
        for args in (['-i', path], ['-o', os.path.join(disk, 'b.py'), path],
                     ['-o', os.path.join(disk, 'b') + '/', path]):
            done = harness.instrument(*args)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b'No space left on device [io]', done.stderr)
            with open(path, 'rb') as file:
                self.assertEqual(file.read(), SOURCE)
            self.assertEqual([name for name in os.listdir(disk) if name != 'b'], ['a.py'])

    def test_read_only_folder(self):
        self.give(0o644)
        os.chmod(self.root, 0o555)
        self.addCleanup(os.chmod, self.root, 0o755)
        done = as_somebody('-i', self.file)
        self.check_refused(done)
        self.assertIn(b'Permission denied', done.stderr)

    def test_read_only_file(self):
        """rename() would not ask for the file's own permissions."""
        self.give(0o444)
        done = as_somebody('-i', self.file)
        self.check_refused(done)
        self.assertIn(b'Permission denied', done.stderr)

    def test_unreadable_file_stops_no_other(self):
        self.give(0o644)
        hidden = os.path.join(self.root, '0.py')
        with open(hidden, 'wb') as file:
            file.write(SOURCE)
        os.chmod(hidden, 0)
        done = as_somebody('-i', self.root)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'0.py: error: cannot open: Permission denied [io]', done.stderr)
        self.assertTrue(self.read().startswith(b'import hot_restart\n'))
        os.chmod(hidden, 0o644)
        with open(hidden, 'rb') as file:
            self.assertEqual(file.read(), SOURCE)

    def test_hard_link(self):
        """The other name keeps the old text: a whole file, as after every rename."""
        other = os.path.join(self.root, 'b')
        os.link(self.file, other)
        self.assertEqual(harness.instrument('-i', self.file).returncode, 0)
        self.assertEqual(self.read(), harness.instrument(other).stdout)
        with open(other, 'rb') as file:
            self.assertEqual(file.read(), SOURCE)

    def test_set_id_bits_need_their_owner(self):
        """What cannot be given back to its owner does not run as somebody else."""
        if os.geteuid() != 0:
            self.skipTest('takes two users')
        os.chmod(self.root, 0o777)
        os.chmod(self.file, 0o6777)
        self.assertEqual(as_somebody('-i', self.file).returncode, 0)
        self.assertEqual(os.stat(self.file).st_mode & 0o7777, 0o777)

    def test_saved_meanwhile(self):
        """What an editor saves while the file is worked on is not overwritten."""
        large = SOURCE * 40
        kept = rounds = 0
        while rounds < 12 or kept == 0 and rounds < 500:
            rounds += 1
            with open(self.file, 'wb') as file:
                file.write(large)
            child = subprocess.Popen([harness.INSTRUMENT, '-q', '-i', self.file],
                                     stderr=subprocess.PIPE)
            time.sleep(rounds % 12 / 100)
            saved = os.path.join(self.root, 'saved')
            with open(saved, 'wb') as file:
                file.write(b'# %d: saved by the person\n' % rounds)
            os.rename(saved, self.file)
            said = child.communicate()[1]
            self.assertEqual(self.read(), b'# %d: saved by the person\n' % rounds)
            self.assertIn(child.returncode, (0, 2))
            if child.returncode == 2:
                self.assertIn(b'was changed by somebody else meanwhile, and is left', said)
                kept += 1
        self.assertGreater(kept, 0)

    def test_symlink_stays_one(self):
        link = os.path.join(self.root, 'link.py')
        os.symlink('a.py', link)
        self.assertEqual(harness.instrument('-i', link).returncode, 0)
        self.assertTrue(os.path.islink(link))
        self.assertTrue(self.read().startswith(b'import hot_restart\n'))

    def test_mode_is_kept(self):
        os.chmod(self.file, 0o751)
        self.assertEqual(harness.instrument('-i', self.file).returncode, 0)
        self.assertEqual(os.stat(self.file).st_mode & 0o7777, 0o751)

    def test_killed_in_the_middle(self):
        changed = harness.instrument(self.file).stdout
        for i in range(40):
            with open(self.file, 'wb') as file:
                file.write(SOURCE)
            child = subprocess.Popen([harness.INSTRUMENT, '-i', self.file])
            time.sleep(i / 2000)
            child.kill()
            child.wait()
            self.assertIn(self.read(), (SOURCE, changed))

    def test_output_that_is_there(self):
        """What it holds already is not written again, and counts as made now."""
        out = os.path.join(self.root, 'out')
        copy = os.path.join(out, 'a.py')
        self.assertEqual(harness.instrument('-o', out, self.root + '/').returncode, 0)
        self.assertEqual(os.listdir(out), ['a.py'])
        with open(copy, 'rb') as file:
            first = file.read()
        os.utime(copy, (1, 1))
        inode = os.stat(copy).st_ino
        self.assertEqual(harness.instrument('-o', out, self.root + '/').returncode, 0)
        self.assertEqual(os.stat(copy).st_ino, inode)
        self.assertGreater(os.stat(copy).st_mtime, 1)
        for other in (first[:-1] + b'#', first + b'#', b''):
            with open(copy, 'wb') as file:
                file.write(other)
            self.assertEqual(harness.instrument('-o', out, self.root + '/').returncode, 0)
            with open(copy, 'rb') as file:
                self.assertEqual(file.read(), first)
        self.assertEqual(os.listdir(out), ['a.py'])

    def test_new_output_killed_in_the_middle(self):
        """A new file is there as a whole or not at all."""
        folder = os.path.join(self.root, 'in')
        os.mkdir(folder)
        for i in range(20):
            with open(os.path.join(folder, f'{i}.py'), 'wb') as file:
                file.write(SOURCE)
        changed = harness.instrument(self.file).stdout
        for i in range(30):
            out = os.path.join(self.root, f'out{i}')
            child = subprocess.Popen([harness.INSTRUMENT, '-o', out, folder])
            time.sleep(i / 1500)
            child.kill()
            child.wait()
            for name in os.listdir(out) if os.path.isdir(out) else ():
                if not name.endswith('.py'):
                    continue  # where a file system has no files without a name
                with open(os.path.join(out, name), 'rb') as file:
                    self.assertTrue(file.read().startswith(changed), name)

    def test_two_runs_at_once(self):
        changed = harness.instrument(self.file).stdout
        for _ in range(10):
            with open(self.file, 'wb') as file:
                file.write(SOURCE)
            runs = [subprocess.Popen([harness.INSTRUMENT, '-i', self.file],
                                     stderr=subprocess.DEVNULL)
                    for _ in range(3)]
            for one in runs:
                self.assertIn(one.wait(), (0, 2))  # 2: another one was faster
            self.assertEqual(self.read(), changed)

    def test_closed_pipe(self):
        child = subprocess.Popen([harness.INSTRUMENT, '--diff', self.file],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.close()
        child.stderr.read()
        child.stderr.close()
        self.assertNotIn(child.wait(), (0, -signal.SIGSEGV, -signal.SIGABRT))
        self.assertEqual(self.read(), SOURCE)


class Completions(unittest.TestCase):
    """What the option table gives to the shells; bash is asked for answers."""

    FOLDER = os.path.join(harness.BUILD, 'src/completions')

    def complete(self, *words):
        script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ' \
                 '_hr_instrument 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(
            ['bash', '-c', script, 'bash', os.path.join(self.FOLDER, 'hr-instrument'),
             'hr-instrument', *words], stdout=subprocess.PIPE, check=False)
        return done.stdout.decode().split()

    def test_bash(self):
        self.assertEqual(self.complete('--sty'), ['--style='])
        self.assertEqual(self.complete('--style', '=', 'm'), ['module'])
        self.assertEqual(self.complete('--super', 'k'), ['keep'])
        self.assertEqual(self.complete('--list', '=', ''), ['text', 'json', 'ctags'])
        options = set(self.complete('-'))
        shown = harness.instrument('--help').stdout.decode().split()
        for word in shown:
            if word.startswith('--') and len(word) > 2:
                name = word.split('=')[0].split('[')[0]
                self.assertTrue({name, name + '='} & options, name)

    def test_every_shell_has_every_option(self):
        for name in ('_hr-instrument', 'hr-instrument.fish'):
            with open(os.path.join(self.FOLDER, name), encoding='utf-8') as file:
                text = file.read()
            for option in ('output', 'in-place', 'error-format', 'include', 'jobs'):
                self.assertIn(option, text)


if __name__ == '__main__':
    unittest.main()
