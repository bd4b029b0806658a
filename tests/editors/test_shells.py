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


PROGRAMS = {'hr-instrument': harness.INSTRUMENT, 'hr-run': harness.RUN}


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

    def options(self, name):
        """Every long option of --help."""
        text = harness.run([PROGRAMS[name], '--help']).stdout.decode()
        found = set(re.findall(r'(?:^|  )  (?:-\w, )?(--[a-z-]+)', text, re.M))
        self.assertGreater(len(found), 10)
        return found

    def test_bash(self):
        need('bash', '--version')
        for name in PROGRAMS:
            path = os.path.join(self.share, 'bash-completion/completions', name)
            script = 'source "$1"; COMP_WORDS=("$2" --); COMP_CWORD=1; ' \
                     '"_${2//-/_}" 2>/dev/null; printf "%s\n" "${COMPREPLY[@]}"'
            done = self.run_here('bash', '-c', script, 'bash', path, name)
            self.assertEqual({word.rstrip('=') for word in done.stdout.decode().split()},
                             self.options(name))

    def fish(self, line):
        done = self.run_here('fish', '--no-config', '-c',
                             'set -p fish_complete_path $argv[1]; complete -C $argv[2]',
                             os.path.join(self.share, 'fish/vendor_completions.d'), line)
        self.assertEqual(done.stderr, b'')
        return {word.split('\t')[0] for word in done.stdout.decode().splitlines()}

    def test_fish(self):
        need('fish', '--version')
        for name in PROGRAMS:
            self.assertEqual({word.rstrip('=') for word in self.fish(name + ' --')},
                             self.options(name))
        self.assertEqual(self.fish('hr-instrument --style='),
                         {'--style=decorators', '--style=module'})
        self.assertEqual(self.fish('hr-run --reload='), {'--reload=failed', '--reload=changed'})

    def test_zsh(self):
        need('zsh', '--version')
        place = os.path.join(self.share, 'zsh/site-functions')
        for name in PROGRAMS:
            session = Session(['env', 'TERM=vt100', 'zsh', '-f', '-i'], cwd=self.root,
                              env=harness.environment(HOME=self.root, PATH=self.path))
            self.addCleanup(session.close)
            session.send(f"PS1='ready> '; fpath=({place} $fpath); autoload -Uz compinit; "
                         'compinit -u -D; LISTMAX=0 LINES=100; echo "set" up')
            session.expect('set up\n')
            session.expect('ready> ')
            word, whole = {'hr-instrument': ('--style=mo', '--style=module'),
                           'hr-run': ('--on-crash=w', '--on-crash=wait')}[name]
            session.write(f'{name} {word}\t')
            session.expect(whole)
            session.write(f'\x15{name} --\t')
            listed = session.position
            for option in self.options(name):
                session.position = listed
                session.expect(re.compile(option + r'(?![a-z-])'))


if __name__ == '__main__':
    unittest.main()
