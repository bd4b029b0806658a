"""The cache of guarded code: used when it is right, and only then."""

import glob
import marshal
import os
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import harness

MASK = (1 << 64) - 1
HEADER = struct.Struct('=8Q')  # magic, key (2), content (2), size, digest (2)


def mix(a, b, word):
    a = ((a ^ word) * 0x9E3779B97F4A7C15) & MASK
    b = ((b + word + 1) * 0xD1342543DE82EF95) & MASK
    return a ^ (a >> 32), b ^ (b >> 29)


def digest(data):
    a, b = mix(0, 0, len(data))
    whole = len(data) // 32 * 32
    lanes = [a, b, ~a & MASK, ~b & MASK]
    for at in range(0, whole, 8):
        word = int.from_bytes(data[at:at + 8], 'little')
        lane = (lanes[at // 8 % 4] ^ word) * 0x9E3779B97F4A7C15 & MASK
        lanes[at // 8 % 4] = lane ^ (lane >> 32)
    for lane in lanes if whole else []:
        a, b = mix(a, b, lane)
    for at in range(whole, len(data), 8):
        a, b = mix(a, b, int.from_bytes(data[at:at + 8].ljust(8, b'\0'), 'little'))
    return mix(a, b, a ^ b)


class CacheCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.cache = os.path.join(self.folder, 'cache/hot-restart')
        self.write('mod.py', 'def f():\n    return "from the file"\n')
        self.write('main.py', 'import mod\nprint(mod.f(), mod.f.__code__.co_names)\n')

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def environment(self, **changes):
        return {'XDG_CACHE_HOME': os.path.join(self.folder, 'cache'),
                'PYTHONDONTWRITEBYTECODE': None, 'LANG': 'C.UTF-8', **changes}

    def run_main(self, *options, name='main.py', **changes):
        shown = harness.hr_run(*options, name, cwd=self.folder, **self.environment(**changes))
        self.assertEqual((shown.returncode, shown.stderr), (0, b''))
        return shown.stdout.decode()

    def entries(self):
        return sorted(glob.glob(self.cache + '/*'))

    def entry_of(self, path):
        """The file that holds the code of `path`."""
        found = []
        for entry in self.entries():
            with open(entry, 'rb') as file:
                code = marshal.loads(file.read()[HEADER.size + 1:])
            if code.co_filename.endswith(path):
                found.append(entry)
        self.assertEqual(len(found), 1, (path, found))
        return found[0]

    def forge(self, path='mod.py', text='def f(): return "from the cache"'):
        """Other code in a sound entry, which shows when it is used."""
        entry = self.entry_of(path)
        with open(entry, 'rb') as file:
            fields = HEADER.unpack(file.read(HEADER.size))
            old = file.read()
        self.assertEqual(fields[5:], (len(old), *digest(old)))
        data = b'\0' + marshal.dumps(compile(text, os.path.join(self.folder, path), 'exec'))
        with open(entry, 'wb') as file:
            file.write(HEADER.pack(*fields[:5], len(data), *digest(data)) + data)
        return entry

    def is_used(self):
        """Whether the forged entry is what runs."""
        shown = self.run_main()
        self.assertIn('from the', shown)
        return 'from the cache' in shown


class TestUse(CacheCase):
    def test_hit(self):
        cold = self.run_main()
        self.assertEqual(cold, "from the file ('__hr_crashed__', '__hr_restarted__')\n")
        self.assertEqual(len(self.entries()), 2)
        self.assertEqual(self.run_main(), cold)
        self.forge()
        self.assertTrue(self.is_used())

    def test_what_is_wrapped_under_python(self):
        self.write('mod.py', 'import hot_restart\n@hot_restart.wrap\n'
                             'def f():\n    return "from the file"\n')

        def run():
            shown = harness.python('main.py', cwd=self.folder, **self.environment())
            self.assertEqual((shown.returncode, shown.stderr), (0, b''))
            return shown.stdout.decode()
        cold = run()
        self.assertEqual(cold, "from the file ('__hr_crashed__', '__hr_restarted__')\n")
        self.assertEqual(len(self.entries()), 1)
        self.assertEqual(run(), cold)
        self.forge(text='\n@x\ndef f(): return "from the cache"')
        self.assertIn('from the cache', run())

    def test_modes(self):
        old = os.umask(0)
        try:
            self.run_main()
        finally:
            os.umask(old)
        self.assertEqual(os.stat(self.cache).st_mode & 0o777, 0o700)
        for entry in self.entries():
            self.assertEqual(os.stat(entry).st_mode & 0o777, 0o600)

    def test_stale(self):
        self.run_main()
        self.forge()
        self.write('mod.py', 'def f():\n    return "from the next"\n')
        os.utime(os.path.join(self.folder, 'mod.py'), (1, 1))
        self.assertIn('from the next', self.run_main())
        self.assertEqual(len(self.entries()), 2)
        self.assertIn('from the next', self.run_main())

    def test_another_path_is_another_entry(self):
        self.run_main()
        self.forge()
        shutil.copytree(self.folder, self.folder + '/copy', ignore=lambda *_: ['cache', 'copy'])
        self.assertIn('from the file', self.run_main(name='copy/main.py'))
        self.assertTrue(self.is_used())

    def test_optimized_code_is_other_code(self):
        self.write('mod.py', 'def f():\n    assert 0\n')
        self.assertIn('None', self.run_main('-O'))
        shown = harness.hr_run('--stop=never', 'main.py', cwd=self.folder, **self.environment())
        self.assertIn(b'AssertionError', shown.stderr)

    def test_no_writing_where_python_writes_none(self):
        for options, changes in ((('-B',), {}), ((), {'PYTHONDONTWRITEBYTECODE': '1'}),
                                 ((), {'HR_CACHE_SIZE': '0'})):
            self.run_main(*options, **changes)
            self.assertEqual(self.entries(), [])
        self.run_main()
        self.forge()
        self.assertIn('from the cache', self.run_main('-B'))

    def test_warnings_are_shown_when_python_shows_them(self):
        self.write('mod.py', 'def f():\n    return 1 is 1\n')
        for options in ((), (), ('-Werror',), ('-Wignore',)):
            theirs = harness.run([harness.PYTHON, *options, 'main.py'], cwd=self.folder,
                                 **self.environment(PYTHONPYCACHEPREFIX=self.folder + '/a'))
            ours = harness.hr_run('--stop=never', *options, 'main.py', cwd=self.folder,
                                  **self.environment(PYTHONPYCACHEPREFIX=self.folder + '/b'))
            self.assertEqual((ours.returncode, ours.stderr), (theirs.returncode, theirs.stderr))

    def test_a_failure_of_cached_code(self):
        self.write('mod.py', 'def f():\n    x = 1\n    return x / 0\n')
        shown = [harness.hr_run('--stop=never', 'main.py', cwd=self.folder,
                                **self.environment()) for _ in range(2)]
        self.assertIn(b'return x / 0', shown[0].stderr)
        self.assertEqual(shown[0].stderr, shown[1].stderr)


class TestMistrust(CacheCase):
    def setUp(self):
        super().setUp()
        self.run_main()
        self.entry = self.forge()

    def test_damaged(self):
        with open(self.entry, 'rb') as file:
            sound = file.read()
        damaged = [b'', b'x', sound[:HEADER.size], sound[:-1], sound + b'x', sound[1:]]
        for _ in range(20):
            at = random.randrange(len(sound))
            damaged.append(sound[:at] + bytes([sound[at] ^ 0x41]) + sound[at + 1:])
        for data in damaged:
            with open(self.entry, 'wb') as file:
                file.write(data)
            self.assertIn('from the file', self.run_main('-B'), data)
        self.run_main()
        self.forge()
        self.assertTrue(self.is_used())

    def test_sound_but_no_code(self):
        with open(self.entry, 'rb') as file:
            fields = HEADER.unpack(file.read(HEADER.size))
        for data in (b'', b'\0', b'\0' + marshal.dumps(3), b'\0garbage'):
            with open(self.entry, 'wb') as file:
                file.write(HEADER.pack(*fields[:5], len(data), *digest(data)) + data)
            self.assertFalse(self.is_used())

    def test_writable_by_others(self):
        for path, mode in ((self.entry, 0o602), (self.entry, 0o660), (self.cache, 0o777),
                           (self.cache, 0o720)):
            old = os.stat(path).st_mode & 0o777
            os.chmod(path, mode)
            self.assertIn('from the file', self.run_main('-B'), oct(mode))
            os.chmod(path, old)
            self.assertIn('from the cache', self.run_main('-B'))

    def test_foreign(self):
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        for path in (self.entry, self.cache):
            os.chown(path, 65534, -1)
            self.assertIn('from the file', self.run_main('-B'), path)
            os.chown(path, 0, -1)
        self.assertIn('from the cache', self.run_main('-B'))

    def test_home_of_somebody_else(self):
        """As under sudo: a folder of root's there would block the person's cache."""
        if os.geteuid() != 0:
            self.skipTest('only root can give files away')
        with tempfile.TemporaryDirectory() as home:
            os.chown(home, 65534, -1)
            os.mkdir(home + '/.cache')
            os.chown(home + '/.cache', 65534, -1)
            for _ in range(2):
                self.assertIn('from the file', self.run_main(XDG_CACHE_HOME=None, HOME=home))
            self.assertEqual(os.listdir(home + '/.cache'), [])

    def test_links(self):
        os.rename(self.entry, self.folder + '/elsewhere')
        os.symlink(self.folder + '/elsewhere', self.entry)
        self.assertIn('from the file', self.run_main('-B'))
        os.unlink(self.entry)
        os.mkfifo(self.entry)
        self.assertIn('from the file', self.run_main('-B'))

    def test_nowhere_to_write(self):
        before = self.entries()
        for changes in ({'XDG_CACHE_HOME': '/proc/self/no'}, {'XDG_CACHE_HOME': '/dev/null'},
                        {'XDG_CACHE_HOME': 'relative', 'HOME': '/proc/self'},
                        {'XDG_CACHE_HOME': None, 'HOME': None}):
            self.assertIn('from the file', self.run_main(**changes))
        self.assertFalse(os.path.exists(os.path.join(self.folder, 'relative')))
        self.assertEqual(self.entries(), before)


class TestTogether(CacheCase):
    MODULES = 12

    def setUp(self):
        super().setUp()
        body = ''.join(f'def f{n}(a, b={n}):\n    a += 1\n    return a + b\n'
                       for n in range(60))
        for number in range(self.MODULES):
            self.write(f'm{number}.py', body)
        names = ', '.join(f'm{number}' for number in range(self.MODULES))
        self.write('main.py', f'import {names}\nprint(sum(m.f1(1) for m in ({names})))\n')
        self.expected = f'{self.MODULES * 3}\n'

    def start(self):
        return subprocess.Popen([harness.RUN, 'main.py'], cwd=self.folder,
                                env=harness.environment(**self.environment()),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def test_at_once(self):
        for process in [self.start() for _ in range(4)]:
            out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, out.decode(), err), (0, self.expected, b''))
        self.assertEqual(len(self.entries()), self.MODULES + 1)
        self.assertEqual(glob.glob(self.cache + '/.new-*'), [])

    def test_killed_in_the_middle(self):
        process = self.start()
        while not os.path.isdir(self.cache):
            time.sleep(0.001)
        for delay in (0, 0.002, 0.005, 0.01, 0.02):
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            process = self.start()
        process.communicate(timeout=60)
        self.assertEqual(self.run_main(), self.expected)
        self.assertEqual(len(self.entries()), self.MODULES + 1)

    def test_what_the_killed_left_goes(self):
        self.run_main()
        left = [os.path.join(self.cache, '.new-1-' + letter * 32) for letter in 'ab']
        for path in left:
            with open(path, 'w', encoding='utf-8') as file:
                file.write('half an entry')
        os.utime(left[0], (time.time() - 3600,) * 2)
        self.write('main.py', 'print(1)\n')
        self.run_main()
        self.assertEqual(glob.glob(self.cache + '/.new-*'), left[1:])

    def test_bound(self):
        self.run_main()
        sizes = {entry: os.stat(entry).st_size for entry in self.entries()}
        oldest = self.entry_of('m3.py')
        os.utime(oldest, (1, 1))
        limit = sum(sizes.values()) + 100
        self.write('mod.py', 'x = 1\n' * 400)
        self.write('main.py', 'import mod\nprint(1)\n')
        self.run_main(HR_CACHE_SIZE=str(limit))
        left = self.entries()
        self.assertLessEqual(sum(os.stat(entry).st_size for entry in left), limit)
        self.assertNotIn(oldest, left)
        self.assertGreater(len(left), 3)


if __name__ == '__main__':
    unittest.main()
