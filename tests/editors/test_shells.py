"""The installed completions, asked for answers by the shells themselves."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

from editing import EditorCase, harness, need

sys.path.insert(0, os.path.join(harness.SOURCE, 'tests/session'))

from driver import Session


class Shells(EditorCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix='hr-shells-')
        cls.addClassCleanup(temporary.cleanup)
        done = subprocess.run(
            ['meson', 'install', '-C', harness.BUILD, '--no-rebuild', '--destdir',
             temporary.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout.decode()
        cls.share = next(folder for folder, names, _ in os.walk(temporary.name)
                         if os.path.basename(folder) == 'share' and 'fish' in names)

    def options(self):
        """Every long option of --help."""
        text = harness.instrument('--help').stdout.decode()
        found = set(re.findall(r'^ +(?:-\w, )?(--[a-z-]+)', text, re.M))
        self.assertGreater(len(found), 20)
        return found

    def test_bash(self):
        need('bash', '--version')
        path = os.path.join(self.share, 'bash-completion/completions/hr-instrument')
        script = 'source "$1"; COMP_WORDS=(hr-instrument --); COMP_CWORD=1; ' \
                 '_hr_instrument 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
        done = self.run_here('bash', '-c', script, 'bash', path)
        self.assertEqual({word.rstrip('=') for word in done.stdout.decode().split()},
                         self.options())

    def fish(self, line):
        done = self.run_here('fish', '--no-config', '-c',
                             'set -p fish_complete_path $argv[1]; complete -C $argv[2]',
                             os.path.join(self.share, 'fish/vendor_completions.d'), line)
        self.assertEqual(done.stderr, b'')
        return {word.split('\t')[0] for word in done.stdout.decode().splitlines()}

    def test_fish(self):
        need('fish', '--version')
        self.assertEqual({word.rstrip('=') for word in self.fish('hr-instrument --')},
                         self.options())
        self.assertEqual(self.fish('hr-instrument --style='),
                         {'--style=decorators', '--style=module'})

    def test_zsh(self):
        need('zsh', '--version')
        place = os.path.join(self.share, 'zsh/site-functions')
        session = Session(['env', 'TERM=vt100', 'zsh', '-f', '-i'], cwd=self.root,
                          env=harness.environment(HOME=self.root, PATH=self.path))
        self.addCleanup(session.close)
        session.send(f"PS1='ready> '; fpath=({place} $fpath); autoload -Uz compinit; "
                     'compinit -u -D; LISTMAX=0 LINES=100; echo "set" up')
        session.expect('set up\n')
        session.expect('ready> ')
        session.write('hr-instrument --style=mo\t')
        session.expect('--style=module')
        session.write('\x15hr-instrument --\t')
        session.expect('--version')
        shown = set(re.findall(r'--[a-z-]+', session.transcript))
        self.assertLessEqual(self.options(), shown)


if __name__ == '__main__':
    unittest.main()
