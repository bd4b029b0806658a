"""How much of an edit a reload takes."""

import re
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

    def crash_within(self):
        """In a nested function, which is mended then."""
        session = self.start('def outer(key):\n    def inner():\n        return {1: 2}[key]\n'
                             '    return inner() + inner()\n\n'
                             'print(outer(3), outer(4))\n')
        session.expect('in outer.inner: KeyError: 3')
        session.expect(PROMPT)
        self.edit('[key]', '.get(key, 5)')
        return session

    def test_what_stands_around_a_reloaded_function_is_no_edit(self):
        session = self.crash_within()
        self.finish(session, '10 10\n')
        self.assertNotIn('edited as well', session.transcript)

    def test_a_class_around_a_reloaded_method(self):
        session = self.start('def outer(k):\n    class C:\n        def m(self, a):\n'
                             '            return {}[a]\n    return C().m(k)\n\n'
                             'print(outer(3), outer(4))\n')
        session.expect('in outer.C.m: KeyError: 3')
        session.expect(PROMPT)
        self.edit('[a]', '.get(a, 5)')
        self.finish(session, '5 5\n')
        self.assertNotIn('edited as well', session.transcript)

    def test_what_was_edited_around_a_reloaded_function(self):
        session = self.crash_within()
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

    def test_reload_what_is_not_loaded_yet(self):
        session = self.crash()
        self.edit('def helper', '    def new_method(self):\n        return 2\n\n'
                  'def new():\n    return 1\n\ndef helper')
        session.send('reload Box.new_method')
        session.expect("hr: Box.new_method is new in its class: 'reload Box' takes it\n")
        session.expect(PROMPT)
        session.send('reload new')
        session.expect('hr: new is not loaded yet; what newly uses it brings it in when that '
                       'is reloaded\n')
        session.expect(PROMPT)
        session.send('reload Box')
        session.expect('hr: reloaded class Box (program.py:3): new new_method\n')
        session.expect(PROMPT)
        session.send('p Box().new_method()')
        session.expect('2\n')
        session.expect(PROMPT)

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


RETRY = '''\
def retry(function):
    def wrapper(*args):
        for _ in range(2):
            try:
                return function(*args)
            except ValueError as error:
                last = error
        raise RuntimeError('gave up') from last
    return wrapper

def deep(x):
    raise ValueError(x)

@retry
def work(x):
    return deep(x)

def apart():
    return 'old'

print('result', work(3), apart())
'''

CHECK = '''\
def add(a, b):
    return a - b

def test():
    assert add(1, 2) == 3
    return 'passed'

print(test())
'''

KIND = '''\
def values(n):
    return 1 / 0

def total(n):
    return values(n) + 1

print('total', total(3))
'''


class TestThrough(CycleCase):
    """An edit of something else than the function that stopped."""

    def crash(self, text):
        session = self.start(text)
        session.expect(PROMPT)
        return session

    def test_what_the_failure_came_through_is_reloaded(self):
        session = self.crash(RETRY)
        self.edit('raise ValueError(x)', 'return x')
        self.finish(session, 'hr: reloaded deep (program.py:11, 1 line changed)\n',
                    'hr: retry.wrapper is unchanged; restarting it with its original',
                    'result 3 old\n')
        self.assertNotIn('edited', session.transcript)

    def test_the_others_are_named(self):
        session = self.crash(RETRY)
        self.edit('return deep(x)', 'return x')
        self.edit("'old'", "'new'")
        self.finish(session, 'hr: reloaded work ', 'retry.wrapper is unchanged; restarting',
                    "hr: edited as well, still as they were: apart ('reload'",
                    'result 3 old\n')

    def test_one_that_cannot_be_loaded_keeps_the_prompt(self):
        session = self.crash(RETRY)
        self.edit('raise ValueError(x)', 'return x +')
        self.edit('return deep(x)', 'return deep(x) + 1')
        session.send('c')
        session.expect('program.py:12:')
        session.expect(PROMPT)
        self.edit('return x +', 'return x')
        self.finish(session, 'result 4 old\n')

    def test_in_a_file_that_is_half_typed_elsewhere(self):
        for broken in "    return ('old'\n", "    return '''old\n", "    x = [1,\n":
            session = self.crash(RETRY)
            self.edit('raise ValueError(x)', 'return x')
            self.edit("    return 'old'\n", broken)
            session.send('changes')
            session.expect('-    raise ValueError(x)\n+    return x\n')
            session.expect(re.compile(r'--- program.py:18 apart \(runs\)\n\+\+\+ \(half typed\)'))
            session.expect(PROMPT)
            self.finish(session, 'hr: reloaded deep (program.py:11, 1 line changed)\n',
                        'hr: retry.wrapper is unchanged; restarting it with its original',
                        'result 3 old\n')
            session.close()

    def test_what_is_half_typed_itself_keeps_the_prompt(self):
        session = self.crash(RETRY)
        self.edit('raise ValueError(x)', 'return (x')
        session.send('c')
        session.expect("program.py:12:12: error: '(' was never closed")
        session.expect(PROMPT)
        self.edit('return (x', 'return (x)')
        self.finish(session, 'hr: reloaded deep ', 'result 3 old\n')

    def test_an_edit_elsewhere_is_not_restarted_into_the_same_failure(self):
        session = self.crash(CHECK)
        self.edit('a - b', 'a + b')
        session.send('c')
        session.expect("hr: test is unchanged, edited: add; 'reload' takes that, "
                       'and c then restarts test with it; another c restarts it as it was\n')
        session.expect(PROMPT)
        session.send('reload')
        session.expect('hr: reloaded add')
        session.expect(PROMPT)
        self.finish(session, 'hr: test is unchanged; restarting', 'passed\n')

    def test_it_is_restarted_all_the_same_when_told_twice(self):
        session = self.crash(CHECK)
        self.edit('a - b', 'a + b')
        session.send('c')
        session.expect('another c')
        session.expect(PROMPT)
        session.send('c')
        session.expect('hr: test is unchanged; restarting')
        session.expect('hr: edited as well, still as they were: add')
        session.expect('in test: AssertionError')
        session.expect(PROMPT)

    def test_a_function_that_became_a_generator(self):
        session = self.crash(KIND)
        self.edit('return 1 / 0', 'yield from range(n)')
        self.edit('values(n) + 1', 'sum(values(n)) + 1')
        session.send('c')
        session.expect('program.py:1:1: error: values was called as a plain function and is a '
                       "generator now: this call cannot become one; 'up' and then 'restart' put "
                       "it in place and run its caller again\n")
        session.expect(PROMPT)
        session.send('up')
        session.expect(PROMPT)
        session.send('restart')
        session.expect('hr: reloaded values ')
        session.expect('hr: reloaded total ')
        session.expect('total 4\n')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_a_generator_whose_caller_is_the_module(self):
        session = self.crash('def values(n):\n    return 1 / 0\n\nprint(values(3))\n')
        self.edit('return 1 / 0', 'yield n')
        session.send('c')
        session.expect("this call cannot become one; 'reload' puts it in place for later calls, "
                       "'return EXPRESSION' gives this caller a value\n")
        session.expect(PROMPT)
        session.send('reload')
        session.expect('hr: reloaded values ')
        session.expect(PROMPT)
        session.send('return list(values(3))')
        session.expect('[3]\n')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_reload_with_nothing_to_do(self):
        session = self.crash(CHECK)
        session.send('reload')
        session.expect('hr: nothing differs from what is loaded\n')
        session.expect(PROMPT)


if __name__ == '__main__':
    unittest.main()
