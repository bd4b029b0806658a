"""The demo plays to its end, and says so if it does not."""

import os
import re
import sys
import unittest
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'session'))

from driver import Session  # noqa: E402
from harness import RUN, SOURCE, environment, python, run  # noqa: E402

DEMO = [sys.executable, os.path.join(HERE, 'demo.py'), f'--hr-run={RUN}']


class TestDemo(unittest.TestCase):
    def scratch(self, text):
        """A file beside nothing else, gone after the test."""
        import tempfile
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, 'file')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def fix(self):
        with open(os.path.join(HERE, 'fix.patch'), encoding='utf-8') as file:
            return file.read()

    def test_it_plays_to_the_end(self):
        result = run([*DEMO, '--play'], timeout=120)
        output = result.stdout.decode()
        self.assertEqual(result.returncode, 0, output + result.stderr.decode())
        for part in ("KeyError: 'los'", '(Pdb) ', '+        gain = first["loss"] / last["loss"]',
                     'times better than at first', 'trained 20 epochs, once',
                     'were trained only once'):
            self.assertIn(part, output)
        self.assertLess(output.index("KeyError"), output.index('+++ train.py'))
        self.assertLess(output.index('+++ train.py'), output.index('times better'))

    def test_it_is_recorded(self):
        path = self.scratch('')
        result = run([*DEMO, f'--record={path}'], timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        root = xml.etree.ElementTree.parse(path).getroot()
        lines = [element.text for element in root if element.tag.endswith('}text')]
        with open(os.path.join(HERE, 'session.svg'), encoding='utf-8') as file:
            shown = xml.etree.ElementTree.fromstring(file.read())
        # What the README shows is what comes out today; the last digits differ between
        # versions of Python.
        rounded = [[re.sub(r'(\.\d{4})\d+', r'\1', text or '') for text in texts]
                   for texts in (lines, [element.text for element in shown
                                         if element.tag.endswith('}text')])]
        self.assertEqual(*rounded)
        self.assertIn('(Pdb) c', lines)
        self.assertNotIn('/tmp', '\n'.join(lines))

    def test_the_readme_s_text_is_the_picture_s(self):
        with open(os.path.join(HERE, 'session.svg'), encoding='utf-8') as file:
            shown = iter([(element.text or '').rstrip() for element
                          in xml.etree.ElementTree.fromstring(file.read())])
        with open(os.path.join(SOURCE, 'README.md'), encoding='utf-8') as file:
            text = file.read().split('    $ hr-run train.py\n')[1].split('\n\n')[0]
        self.assertIn('(Pdb) c\n', text)
        for line in text.splitlines():
            line = re.sub(r' +<- .*', '', line[4:]).rstrip()
            # Each is among those that come after the one before it.
            self.assertTrue(any(line == other for other in shown), line)

    def test_without_a_terminal_it_plays_too(self):
        result = run(DEMO, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        self.assertIn('were trained only once', result.stdout.decode())

    def test_a_fix_that_mends_nothing_is_a_failure(self):
        bad = self.fix().replace('+        gain = first["loss"] / last["loss"]',
                                 '+        gain = first["loss"] / last["lost"]')
        self.assertNotEqual(bad, self.fix())
        result = run([*DEMO, '--play', '--fix', self.scratch(bad)], timeout=120)
        self.assertEqual(result.returncode, 1)
        self.assertIn('the program failed again', result.stderr.decode())

    def test_a_wrong_result_is_a_failure(self):
        bad = self.fix().replace('+        gain = first["loss"] / last["loss"]',
                                 '+        gain = 1.0')
        result = run([*DEMO, '--play', '--fix', self.scratch(bad)], timeout=120)
        self.assertEqual(result.returncode, 1)
        self.assertIn('did not print', result.stderr.decode())

    def test_the_fixed_program_gives_that_result_under_plain_python(self):
        import demo
        with open(os.path.join(HERE, 'train.py'), encoding='utf-8') as file:
            broken = file.read()
        path = self.scratch(broken)
        self.assertNotEqual(python(path).returncode, 0)
        os.rename(path, os.path.join(os.path.dirname(path), 'train.py'))
        demo.apply(self.fix(), os.path.dirname(path))
        result = python(os.path.join(os.path.dirname(path), 'train.py'))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.decode().splitlines()[-2:], [demo.RESULT, demo.LAST])

    def test_a_person_on_a_terminal_is_told_what_to_edit(self):
        with Session(DEMO, env=environment()) as session:
            path = session.expect(re.compile(r'open +(\S+/train\.py)')).group(1)
            line = int(session.expect(re.compile(r'go to line (\d+)')).group(1))
            session.expect("KeyError: 'los'")
            session.expect('(Pdb) ')
            with open(path, encoding='utf-8') as file:
                lines = file.read().split('\n')
            self.assertIn('last["los"]', lines[line - 1])
            lines[line - 1] = lines[line - 1].replace('last["los"]', 'last["loss"]')
            with open(path, 'w', encoding='utf-8') as file:
                file.write('\n'.join(lines))
            session.send('c')
            session.expect('trained 20 epochs, once')
            session.expect('demo: the program finished')
            self.assertEqual(session.wait(), 0)
            self.assertFalse(os.path.exists(path))

    def test_a_person_who_gives_up(self):
        with Session(DEMO, env=environment()) as session:
            session.expect('(Pdb) ')
            session.send('q')
            # Each guarded caller may stop in its turn.
            while session.expect(re.compile(r'\(Pdb\) |demo: ')).group() != 'demo: ':
                session.send('q')
            session.expect('its work is lost')
            self.assertEqual(session.wait(), 1)


if __name__ == '__main__':
    unittest.main()
