"""How much of an edit a reload takes."""

import unittest

from cycle import PROMPT, CycleCase

TEXT = '''\
import part

class Box:
    def size(self):
        return 1

def helper(x):
    return x + 1

def make():
    def inner():
        return 'inner 1'
    return inner

kept = make()

def main():
    return helper(1), Box().size(), part.other(), kept(), make()() / 0

print('result', main())
'''


class TestScope(CycleCase):
    def crash(self, *options, text=TEXT):
        self.write('def other():\n    return "old"\n', 'part.py')
        session = self.start(text, *options)
        session.expect('in main: TypeError')
        session.expect(PROMPT)
        self.edit(', make()() / 0', '')
        return session

    def edit_others(self):
        self.edit('x + 1', 'x + 10')
        self.edit('return 1\n', 'return 20\n')
        self.edit("'inner 1'", "'inner 2'")
        self.write('# moved\n\ndef other():\n    return "new"\n', 'part.py')

    def test_plain_continue_names_the_others(self):
        session = self.crash()
        self.edit_others()
        self.finish(session, 'hr: edited as well, still as they were: other, Box.size, '
                    "helper, make, make.inner ('reload'", "result (2, 1, 'old', 'inner 1')\n")

    def test_a_comment_outside_is_no_edit(self):
        session = self.crash()
        self.edit('def helper', '# about it\n\ndef helper')
        self.finish(session, 'result (2, 1, ')
        self.assertNotIn('edited as well', session.transcript)

    def test_what_stands_around_a_reloaded_function_is_no_edit(self):
        session = self.start('def outer(key):\n    def inner():\n        return {1: 2}[key]\n'
                             '    return inner() + inner()\n\n'
                             'print(outer(3), outer(4))\n')
        session.expect('in outer.inner: KeyError: 3')
        session.expect(PROMPT)
        self.edit('[key]', '.get(key, 5)')
        self.finish(session, '10 10\n')
        self.assertNotIn('edited as well', session.transcript)

    def test_what_was_edited_around_a_reloaded_function(self):
        session = self.start('def outer(key):\n    def inner():\n        return {1: 2}[key]\n'
                             '    return inner() + inner()\n\n'
                             'print(outer(3), outer(4))\n')
        session.expect('in outer.inner: KeyError: 3')
        session.expect(PROMPT)
        self.edit('[key]', '.get(key, 5)')
        self.edit('+ inner()', '* inner()')
        self.finish(session, "edited as well, still as they were: outer ('reload'", '10 10\n')

    def test_reload_changed(self):
        for command in 'reload', 'reload changed':
            session = self.crash()
            self.edit_others()
            session.send(command)
            session.expect('hr: reloaded other (part.py:3, 1 line changed)\n')
            session.expect('hr: reloaded Box.size (program.py:4, 1 line changed)\n')
            session.expect('hr: reloaded helper (program.py:7, 1 line changed)\n')
            session.expect('hr: reloaded main (program.py:17, 1 line changed)\n')
            session.expect(PROMPT)
            self.finish(session, "result (11, 20, 'new', 'inner 2')\n")
            self.assertNotIn('edited as well', session.transcript)
            session.close()

    def test_reload_a_name(self):
        session = self.crash()
        self.edit_others()
        session.send('reload helper')
        session.expect('hr: reloaded helper')
        session.expect(PROMPT)
        session.send('reload missing')
        session.expect('hr: no definition of missing differs from what is loaded\n')
        session.expect(PROMPT)
        self.finish(session, "result (11, 1, 'old', 'inner 1')\n")

    def test_reload_a_module(self):
        session = self.crash()
        self.edit_others()
        session.send('reload part')
        session.expect('hr: reloaded other')
        session.expect(PROMPT)
        self.finish(session, "result (2, 1, 'new', 'inner 1')\n")

    def test_reload_this_module(self):
        session = self.crash()
        self.edit_others()
        session.send('reload module')
        session.expect(PROMPT)
        self.finish(session, "result (11, 20, 'old', 'inner 2')\n")

    def test_one_that_cannot_be_compiled_stays(self):
        session = self.crash()
        self.edit('x + 1', 'x +')
        self.edit('return 1\n', 'return 20\n')
        session.send('reload')
        session.expect(PROMPT)
        self.finish(session, "result (2, ")

    def test_option(self):
        session = self.crash('--reload=changed')
        self.edit_others()
        self.finish(session, 'hr: reloaded helper', "result (11, 20, 'new', 'inner 2')\n")

    def test_setting(self):
        session = self.crash(text='import hot_restart\n'
                             'hot_restart.RELOAD_ALL_ON_CONTINUE = True\n' + TEXT)
        self.edit_others()
        self.finish(session, 'hr: reloaded helper', "result (11, 20, 'new', 'inner 2')\n")


if __name__ == '__main__':
    unittest.main()
