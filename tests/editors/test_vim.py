"""The compiler plugin in Vim and in Neovim: what :make leaves in the quickfix list."""

import json
import os
import unittest

from editing import BROKEN, EDITORS, EditorCase, need

LIST = ("call writefile([json_encode(map(filter(getqflist(), 'v:val.valid'), "
        "{_, e -> [fnamemodify(bufname(e.bufnr), ':p'), e.lnum, e.col, e.type, e.text]}))],"
        " 'list.json')")


class Vim(EditorCase):
    argv = ['vim', '-es', '-N', '-u', 'NONE', '-i', 'NONE', '-n']
    version = ['--version']

    @classmethod
    def setUpClass(cls):
        need(cls.argv[0], *cls.version)

    def quickfix(self, file, *commands):
        commands = [f'set runtimepath^={EDITORS}/vim', 'set shellpipe=>%s\\ 2>&1',
                    'compiler hr_instrument', *commands, LIST, 'qall!']
        argv = [word for command in commands for word in ('-c', command)]
        done = self.run_here(*self.argv, *argv, file)
        self.assertTrue(os.path.exists(os.path.join(self.root, 'list.json')), done)
        return json.loads(self.read('list.json'))

    def place(self, name):
        return os.path.join(self.root, name)

    def test_a_broken_file(self):
        self.assertEqual(self.quickfix('broken.py', 'silent! make!'), [
            [self.place('broken.py'), 4, 5, 'e', "'(' was never closed [syntax]"]])

    def test_a_note_in_a_file_whose_name_has_blanks(self):
        found = self.quickfix('in a folder/kept.py', 'silent! make! -v')
        self.assertEqual([entry[:4] for entry in found],
                         [[self.place('in a folder/kept.py'), 3, 17, 'n']])

    def test_several_files_and_one_that_is_not_there(self):
        self.write('other.py', '\n' + BROKEN)
        found = self.quickfix('broken.py', 'silent! make! other.py nowhere.py')
        self.assertEqual(sorted(entry[:4] for entry in found), sorted([
            [self.place('broken.py'), 4, 5, 'e'], [self.place('other.py'), 5, 5, 'e'],
            [self.place('nowhere.py'), 0, 0, 'e']]))

    def test_a_good_file_that_would_change_leaves_nothing(self):
        self.assertEqual(self.quickfix('program.py', 'silent! make!'), [])

    def test_the_cursor_goes_to_the_place(self):
        found = self.quickfix('broken.py', 'silent! make!', 'silent cfirst',
                              "call writefile([json_encode(getpos('.'))], 'cursor.json')")
        self.assertEqual(len(found), 1)
        self.assertEqual(json.loads(self.read('cursor.json'))[1:3], [4, 5])

    def test_a_crash_of_hr_run(self):
        self.write('crash.txt', '\n'.join(self.crash_and_restart()) + '\n')
        self.assertEqual(self.quickfix('program.py', 'silent cgetfile crash.txt'), [
            [self.place('program.py'), 3, 16, 'e', "KeyError: 'loss' [in Trainer.step]"]])


class Neovim(Vim):
    argv = ['nvim', '--headless', '-u', 'NONE', '-i', 'NONE', '-n']


if __name__ == '__main__':
    unittest.main()
