"""The prompt's restart: of the failed call or a caller, with new arguments or the old."""

import unittest

from cycle import PROMPT, CommandCase

CALLERS = '''\
calls = []

def f(x, key='none', *rest, **more):
    calls.append(x)
    return 1 / x + len(rest)

class Work:
    def __init__(self):
        self.scale = 10

    def middle(self, value):
        try:
            return f(value) * self.scale
        except ZeroDivisionError as error:
            raise TypeError('seen') from error
        finally:
            print('cleaned', value)

    @staticmethod
    def static(value):
        return f(value)

def outer(a, b=0):
    work = Work()
    return [work.middle(v) for v in range(a, b)] if a else Work.static(b)

print('outer', outer(0, 0), calls)
'''


class TestBroken(CommandCase):
    def test_a_last_line_that_is_half_typed(self):
        text = 'def f(x):\n    y = x\n    return y / 0\n\n\ndef g():\n    pass\n\nprint(f(1))\n'
        session = self.at_prompt(text)
        self.edit('y / 0', 'y / (')
        self.say(session, 'c', "program.py:3:16: error: '(' was never closed\n")
        self.edit('y / (', 'y')
        self.edit('    pass\n', '    return (\n')
        self.ends(session, 'c', 'hr: reloaded f (program.py:1, 1 line changed)', '1\n')


class TestRestart(CommandCase):
    def test_new_arguments(self):
        session = self.at_prompt(CALLERS)
        self.ends(session, 'restart 4', 'hr: f is unchanged; restarting it with the '
                  'given arguments\n', 'outer 0.25 [0, 4]\n')

    def test_as_in_a_call(self):
        session = self.at_prompt(CALLERS)
        self.ends(session, 'restart *[i + x for i in (4, 1)], *"ab", **{"m": 1}',
                  'outer 2.25 [0, 4]\n')

    def test_they_become_those_of_the_call(self):
        session = self.at_prompt(CALLERS)
        self.say(session, 'args0', 'x = 0\n')
        session.send('restart x=False, key="k"')
        session.expect(PROMPT)
        self.say(session, 'args0', "x = False\nkey = 'k'\n")
        self.edit('1 / x +', 'key,')
        session.send('c')
        session.expect("outer ('k', 0) [0, False, False]\n")

    def test_what_does_not_fit(self):
        session = self.at_prompt(CALLERS)
        self.say(session, 'restart 1, x=2',
                 "f: error: TypeError: multiple values for argument 'x'\n")
        self.say(session, 'restart )', 'SyntaxError')
        self.say(session, 'restart 1) + (2', 'SyntaxError')
        self.say(session, 'restart nothing', 'NameError')
        self.edit('(x, key', '(x, y, key')
        self.say(session, 'restart 1', "f: error: TypeError: missing a required argument: 'y'\n",
                 'hr: reloaded f (program.py:3, 1 line changed)\n')
        self.ends(session, 'restart 4, 5', 'outer 0.25 [0, 4]\n')

    def test_a_caller(self):
        session = self.at_prompt(CALLERS.replace('Work.static(b)', 'work.middle(b)')
                                 .replace('ZeroDivisionError', 'Exception'), '--stop=always')
        self.say(session, 'u')
        self.say(session, 'p value', '0\n')
        self.edit('* self.scale', '+ self.scale')
        session.send('restart 2')
        session.expect('hr: reloaded Work.middle (program.py:11, 1 line changed); '
                       'restarting it with the given arguments\n')
        session.expect('cleaned 0\ncleaned 2\nouter 10.5 [0, 2]\n')
        self.assertEqual(session.wait(), 0)

    def test_a_caller_of_a_restarted_call(self):
        session = self.at_prompt(CALLERS)
        session.send('c')
        session.expect(PROMPT)
        self.say(session, 'u 2')
        session.send('restart a=0, b=1')
        session.expect('outer 1.0 [0, 0, 1]\n')
        self.assertEqual(session.wait(), 0)

    def test_a_restarted_caller_again(self):
        session = self.at_prompt(CALLERS)
        self.say(session, 'u 2')
        session.send('restart')
        session.expect('hr: outer is unchanged; restarting it with its original')
        session.expect(PROMPT)
        self.say(session, 'u 2')
        session.send('restart 1, 3')
        session.expect('outer [10.0, 5.0] [0, 0, 1, 2]\n')
        self.assertEqual(session.wait(), 0)

    def test_a_static_method(self):
        session = self.at_prompt(CALLERS)
        self.say(session, 'u')
        self.ends(session, 'restart 2', 'outer 0.5')

    def test_generators_and_coroutines_between(self):
        session = self.at_prompt("""\
import asyncio, contextlib

async def fails(x):
    await asyncio.sleep(0)
    return 1 / x

async def values(x):
    yield await fails(x)

@contextlib.contextmanager
def manager():
    try:
        yield
    finally:
        print('left')

async def asks(x):
    with manager():
        return [value async for value in values(x)]

def numbers(x):
    yield asyncio.run(asks(x))

def total(x):
    return list(numbers(x))

print('total', total(0))
""")
        while 'asks()' not in session.transcript[session.position - 80:]:
            self.say(session, 'u', '-> ')
        session.send('restart 0')
        session.expect('left\n')
        session.expect(PROMPT)
        while 'total()' not in session.transcript[session.position - 80:]:
            self.say(session, 'u', '-> ')
        session.send('restart 4')
        session.expect('left\ntotal [[0.25]]\n')
        self.assertEqual(session.wait(), 0)

    def test_a_generator_among_the_callers(self):
        text = """\
def fails(x):
    return 1 / x

def numbers(x):
    yield 5
    yield fails(x)

print('numbers', list(numbers(0)))
"""
        session = self.at_prompt(text)
        self.say(session, 'u', 'numbers()')
        self.say(session, 'restart', 'hr: numbers is a generator: the 1 value that it has '
                 'delivered is not delivered again\n', 'in fails: ')
        self.say(session, 'u', 'numbers()')
        self.ends(session, 'restart 2', 'hr: numbers is a generator: values that it delivered '
                  'before the failure come again\n', 'numbers [5, 5, 0.5]\n')
        session = self.at_prompt(text)
        self.say(session, 'u', 'numbers()')
        self.edit('yield fails(x)', 'yield 6')
        self.ends(session, 'restart', 'numbers [5, 6]\n')

    def test_what_catches_all_on_the_way_is_told(self):
        session = self.at_prompt(CALLERS.replace('except ZeroDivisionError', 'except BaseException')
                                 .replace('Work.static(b)', 'work.middle(b)'),
                                 '--stop=always')
        self.say(session, 'u 2')
        self.say(session, 'restart', 'hr: outer cannot be restarted from here: Work.middle '
                 '(program.py:13) catches every exception on the way')
        session.send('q')
        session.expect('TypeError: seen')
        session.expect(PROMPT)
        self.say(session, 'u')
        self.ends(session, 'restart 1, 2', 'outer [10.0]')

    def test_a_finally_that_fails_itself(self):
        session = self.at_prompt(CALLERS.replace("print('cleaned', value)", '[][value]')
                                 .replace('Work.static(b)', 'work.middle(b)')
                                 .replace('ZeroDivisionError', 'ValueError'))
        self.say(session, 'u 2')
        session.send('restart 1, 2')
        session.expect('in Work.middle: IndexError')
        session.expect(PROMPT)
        self.edit('[][value]', 'pass')
        self.say(session, 'reload')
        self.say(session, 'u')
        session.send('restart 1, 2')
        session.expect('outer [10.0]')

    def test_a_call_that_ran_an_older_version(self):
        session = self.at_prompt("""\
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fibb(n - 2)

print('got', fib(3))
""")
        self.edit('fibb', 'fib')
        self.say(session, 'c', 'hr: this call ran an older version of fib; c restarts it '
                 'with the one that is in place\n')
        self.finish(session, 'got 2\n')

    def test_what_cannot_be_restarted(self):
        session = self.at_prompt(CALLERS + '\n')
        self.say(session, 'u 9')
        self.say(session, 'restart',
                 'a module can be restarted where a statement of its own has failed')
        session.close()
        session = self.at_prompt('1 / 0\n')
        self.assertIn('hr: (c)ontinue reloads the module and goes on with this statement; ',
                      session.transcript)
        self.say(session, 'restart 3', 'a module takes no arguments')


KINDS = '''\
import asyncio

def plain(a, b):
    return {}[a]

def call_plain(x):
    return plain(x, b=2)

class K:
    def method(self, a):
        return {}[a]

    def call_method(self, x):
        return self.method(x)

def values(a):
    yield {}[a]

def call_values(x):
    return list(values(x))

async def wait(a):
    return {}[a]

async def call_wait(x):
    return await wait(x)

print('got', %s)
'''


class TestSignature(CommandCase):
    """A new signature that the call as it was made does not fit: its caller is next."""

    MISFIT = '; its original arguments do not fit it now: the call fails in its caller\n'

    def mended(self, call, name, caller, edits, said, result='None'):
        session = self.at_prompt(KINDS % call)
        for old, new in edits[:-1]:
            self.edit(old, new)
        session.send('c')
        session.expect(f'hr: reloaded {name} (')
        session.expect(self.MISFIT)
        session.expect(f'in {caller}: TypeError: ')
        session.expect(said)
        session.expect(PROMPT)
        self.edit(*edits[-1])
        session.send('c')
        session.expect(f'hr: reloaded {caller} (')
        session.expect('; restarting it with its original arguments\n')
        session.expect(f'got {result}\n')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_one_more(self):
        self.mended('call_plain(1)', 'plain', 'call_plain',
                    [('def plain(a, b):\n    return {}[a]', 'def plain(a, b, c):\n    return c'),
                     ('(x, b=2)', '(x, b=2, c=3)')], "missing 1 required positional argument: 'c'",
                    '3')

    def test_one_less(self):
        self.mended('call_plain(1)', 'plain', 'call_plain',
                    [('def plain(a, b):\n    return {}[a]', 'def plain(a):\n    return a'),
                     ('(x, b=2)', '(x)')], "got an unexpected keyword argument 'b'", '1')

    def test_method(self):
        self.mended('K().call_method(1)', 'K.method', 'K.call_method',
                    [('def method(self, a):\n        return {}[a]',
                      'def method(self, a, *, key):\n        return key'),
                     ('self.method(x)', 'self.method(x, key=4)')],
                    "missing 1 required keyword-only argument: 'key'", '4')

    def test_generator(self):
        self.mended('call_values(1)', 'values', 'call_values',
                    [('def values(a):\n    yield {}[a]', 'def values(a, b):\n    yield b'),
                     ('values(x))', 'values(x, 5))')], "missing 1 required", '[5]')

    def test_coroutine(self):
        self.mended('asyncio.run(call_wait(1))', 'wait', 'call_wait',
                    [('def wait(a):\n    return {}[a]', 'def wait(a, b):\n    return b'),
                     ('await wait(x)', 'await wait(x, 6)')], "missing 1 required", '6')

    def test_renamed_or_positional_only_still_fits(self):
        for header in 'plain(a, key)', 'plain(a, b, /)':
            session = self.at_prompt(KINDS % 'call_plain(1)')
            self.edit('plain(a, b)', header)
            self.edit('def ' + header + ':\n    return {}[a]', 'def ' + header + ':\n    return a')
            session.send('c')
            session.expect('; restarting it with its original arguments\n')
            session.expect('got 1\n')
            self.assertEqual(session.wait(), 0, session.transcript)
            session.close()

    def test_what_was_in_args_gets_names(self):
        """As in a call: a new parameter takes the place, whether it has a default."""
        for header, got in (('f(a, b, *more, k)', "(1, 2, (3,), 'k')"),
                            ('f(a, b=9, *more, k)', "(1, 2, (3,), 'k')"),
                            ('f(a, b, more, /, k)', "(1, 2, 3, 'k')")):
            session = self.at_prompt('''\
def f(a, *more, k=0):
    return {}[a]

print('got', f(1, 2, 3, k='k'))
''')
            self.edit('f(a, *more, k=0):\n    return {}[a]',
                      header + ':\n    return a, b, more, k')
            session.send('c')
            session.expect('; restarting it with its original arguments\n')
            session.expect(f'got {got}\n')
            self.assertEqual(session.wait(), 0, session.transcript)
            session.close()

    def test_a_module_is_the_caller(self):
        session = self.at_prompt(KINDS % 'plain(1, 2)')
        self.edit('def plain(a, b):\n    return {}[a]', 'def plain(a, b, c):\n    return c')
        session.send('c')
        session.expect(self.MISFIT)
        session.expect('in <module>: TypeError: plain() missing 1 required positional argument')
        session.expect(PROMPT)
        self.assertNotIn('it came through', session.transcript)
        self.edit("'got', plain(1, 2)", "'got', plain(1, 2, 7)")
        session.send('c')
        session.expect('hr: going on with program.py:')
        session.expect('got 7\n')
        self.assertEqual(session.wait(), 0, session.transcript)

    def test_at_the_caller_at_once(self):
        session = self.at_prompt(KINDS % 'call_plain(1)')
        self.edit('def plain(a, b):\n    return {}[a]', 'def plain(a, b, c):\n    return c')
        self.edit('(x, b=2)', '(x, b=2, c=3)')
        self.say(session, 'up', 'call_plain()')
        session.send('restart')
        session.expect('hr: reloaded plain (')
        session.expect('hr: reloaded call_plain (')
        session.expect('got 3\n')
        self.assertEqual(session.wait(), 0, session.transcript)


class TestBinding(CommandCase):
    """A method that becomes a static one, and the like: its class has to take it."""

    HEADERS = {'a method': '    def size(self, n):\n',
               'a static method': '    @staticmethod\n    def size(n):\n',
               'a class method': '    @classmethod\n    def size(cls, n):\n'}

    def program(self, kind, end):
        return ('class Part:\n' + self.HEADERS[kind] + f'        return n / {end}\n\n'
                '    def other(self):\n        return self.size(3)\n\n'
                'print("got", Part().other())\n')

    def refused(self, old, new):
        session = self.at_prompt(self.program(old, 0))
        self.write(self.program(new, 1))
        line = self.program(new, 1).split('\n').index(self.HEADERS[new].split('\n')[-2]) + 1
        self.say(session, 'c', f'program.py:{line}:1: error: Part.size was called as {old} and '
                 f"is {new} now: this call cannot become one; 'reload' puts it in place with "
                 "its class, 'up' and then 'restart' run its caller again\n")
        return session

    def test_each_into_each_other(self):
        for old in self.HEADERS:
            for new in self.HEADERS:
                if old != new:
                    with self.subTest(old=old, new=new):
                        session = self.refused(old, new)
                        self.say(session, 'reload', 'hr: reloaded class Part (program.py:1): '
                                 'changed size\n')
                        self.say(session, 'up', 'other()')
                        self.ends(session, 'restart', 'got 3.0\n')

    def test_back_again(self):
        session = self.refused('a method', 'a static method')
        self.write(self.program('a method', 1))
        self.ends(session, 'c', 'hr: reloaded Part.size ', 'got 3.0\n')

    def test_in_a_call_of_the_module(self):
        program = 'class Part:\n%s        return n / 0\n\nprint("got", Part().size(3))\n'
        session = self.at_prompt(program % self.HEADERS['a method'])
        self.write(program % self.HEADERS['a static method'])
        self.say(session, 'c', "'reload' puts it in place with its class, 'return EXPRESSION' "
                 'gives this caller a value\n')
        self.ends(session, 'return 7', 'got 7\n')


if __name__ == '__main__':
    unittest.main()
