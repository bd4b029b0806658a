"""VS Code's tasks.json: its regular expressions over what the programs print.

The expressions are JavaScript's, so node runs them; VS Code itself is not needed.
"""

import json
import os
import subprocess
import unittest

from editing import CRASHES, EDITORS, FIXED, EditorCase, need

# Each line in, one JSON list out: for each expression its groups, or null.
MATCH = '''
const [, ...expressions] = process.argv;
const lines = require('fs').readFileSync(0, 'utf8').split('\\n');
for (const line of lines) {
    console.log(JSON.stringify(expressions.map(
        e => { const m = new RegExp(e).exec(line); return m && Array.from(m); })));
}
'''


class VSCode(EditorCase):
    def setUp(self):
        need('node', '--version')
        super().setUp()
        with open(os.path.join(EDITORS, 'vscode/tasks.json'), encoding='utf-8') as file:
            tasks = json.load(file)['tasks']
        self.check, self.wait = tasks

    def output_of(self, task, file):
        """What the task prints, run as VS Code would run it on `file`."""
        self.assertEqual(task['type'], 'process')
        args = [arg.replace('${relativeFile}', file) for arg in task['args']]
        done = self.run_here(task['command'], *args)
        return (done.stdout + done.stderr).decode().splitlines()

    def matches(self, lines, *expressions):
        done = subprocess.run(['node', '-e', MATCH, *expressions], check=True,
                              input='\n'.join(lines).encode(), stdout=subprocess.PIPE)
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def problems(self, task, lines):
        pattern = task['problemMatcher']['pattern']
        names = [name for name in pattern if name != 'regexp']
        return [{name: groups[pattern[name]] for name in names}
                for (groups,) in self.matches(lines, pattern['regexp']) if groups]

    def test_a_broken_file(self):
        self.assertEqual(self.problems(self.check, self.output_of(self.check, 'broken.py')), [
            {'file': 'broken.py', 'line': '4', 'column': '5', 'severity': 'error',
             'message': "'(' was never closed", 'code': 'syntax'}])

    def test_a_note_in_a_file_whose_name_has_blanks(self):
        self.check['args'].insert(0, '-v')
        lines = self.output_of(self.check, 'in a folder/kept.py')
        (found,) = self.problems(self.check, lines)
        self.assertEqual([found[name] for name in ('file', 'line', 'column', 'severity', 'code')],
                         ['in a folder/kept.py', '3', '17', 'note', 'super-kept'])

    def test_a_good_file_leaves_nothing(self):
        lines = self.output_of(self.check, 'program.py')
        self.assertEqual(lines, ['program.py'])
        self.assertEqual(self.problems(self.check, lines), [])

    def test_the_background_task_at_a_crash_and_a_restart(self):
        self.assertTrue(self.wait['isBackground'])
        self.assertEqual([self.wait['command'], *self.wait['args']],
                         ['hr-run', '--on-crash=wait', '${relativeFile}'])
        unclosed = CRASHES.replace('["loss"]', '["los"')
        lines = self.crash_and_restart(unclosed, FIXED)
        background = self.wait['problemMatcher']['background']
        found = self.matches(lines, background['beginsPattern'], background['endsPattern'])
        # A round's problems stand between its first line and its last one.
        rounds, active = [[]], background['activeOnStart']
        for line, (begin, end) in zip(lines, found):
            self.assertFalse(begin and active or end and not active, line)
            active = bool(begin or active and not end)
            if begin:
                rounds.append([])
            elif active:
                rounds[-1] += self.problems(self.wait, [line])
        crash = {'file': 'program.py', 'line': '3', 'column': '16', 'severity': 'error',
                 'message': "KeyError: 'loss' [in Trainer.step]"}
        open_bracket = {'file': 'program.py', 'line': '3', 'column': '21',
                        'severity': 'error', 'message': "'[' was never closed"}
        self.assertEqual(rounds, [[crash], [open_bracket], []])


if __name__ == '__main__':
    unittest.main()
