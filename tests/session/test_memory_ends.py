"""What a failure leaves behind however its prompt ends, and whatever was done there."""

import re
import unittest

from cycle import CycleCase, harness
from test_memory import HEAD, TAIL

LAST = '''
print('last', [name for name in ('last_exc', 'last_type', 'last_value', 'last_traceback')
               if hasattr(sys, name)])
'''

# Fails for whoever calls it, with an object and an exception that are watched as well.
PROBE = '''
def probe(n=None):
    big = Big()
    objects.add(big)
    n = [big]
    raise failure(big)

'''

FUNCTION = '''
def work(n):
    big = Big()
    n = [n, big]
    return attempt(big)
'''

LOOP = FUNCTION + '''
def main():
    for i in range(201):
        try:
            result = work(i)
        except (Boom, KeyError, LookupError):
            pass
    return result
'''

# name: (program, what is run, options, the commands of one prompt)
KINDS = {
    'a call at the prompt': (FUNCTION + PROBE, 'work(4)', (), 'p probe()\nc\n'),
    'a statement at the prompt': (FUNCTION + PROBE, 'work(4)', (), '!probe(3)\nc\n'),
    'a call in a frame above': (
        FUNCTION + PROBE + 'def main():\n    return work(4)\n', 'main()', (),
        'up\nprobe()\np locals()\ndown\nc\n'),
    'looking around': (
        FUNCTION, 'work(4)', (), 'tb\nw\nargs\nargs0\nl\nll\np big\npp n\nwhatis big\nsource work\n'
        'display n\nundisplay n\nchanges\nc\n'),
    'a caller that is restarted': (
        FUNCTION + 'def middle(n):\n    other = Big()\n    return work(n)\n'
        'def main():\n    return middle(4)\n', 'main()', (), 'up\nup\nrestart\n'),
    'new arguments': (FUNCTION, 'work(4)', (), 'restart [Big()]\n'),
    'let go': (LOOP, 'main()', ('--stop=always',), 'q\n'),
    'let go to the top': (LOOP, 'main()', ('--stop=always',), 'reraise\n'),
    'another exception': (LOOP, 'main()', ('--stop=always',),
                          'raise KeyError(big, n) from None\n'),
    'a cause': (LOOP, 'main()', ('--stop=always',),
                'raise LookupError(n) from KeyError(big)\n'),
    'a value': (LOOP, 'main()', ('--stop=always',), 'return 3\n'),
    'a generator that is let go': ('''
def values(n):
    yield 1
    big = Big()
    yield attempt(big)

def main():
    for i in range(201):
        try:
            result = list(values(i))[-1]
        except Boom:
            pass
    return result
''', 'main()', ('--stop=always',), 'q\n'),
    'a task that is let go': ('''
async def work(n):
    big = Big()
    await asyncio.sleep(0)
    return attempt(big)

async def main():
    for i in range(201):
        task = asyncio.ensure_future(work(i))
        (result,) = await asyncio.gather(task, return_exceptions=True)
        kept = isinstance(result, Boom)
        if kept:
            result = None
        del task
    return result
''', 'asyncio.run(main())', ('--stop=always',), 'q\n'),
    'a thread that is let go': ('''
import threading
got = []

def work(n):
    big = Big()
    got.append(attempt(big))

def main():
    sys.stderr = open('/dev/null', 'w')
    for i in range(201):
        thread = threading.Thread(target=work, args=(i,))
        thread.start()
        thread.join()
        del thread
    return got[0]
''', 'main()', (), 'q\n'),
    'a pool of threads': ('''
import concurrent.futures

def work(n):
    big = Big()
    return attempt(big)

def main():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(work, 4).result()
''', 'main()', (), 'c\n'),
}


class TestEnds(CycleCase):
    def check(self, kind):
        text, use, options, commands = KINDS[kind]
        text = (HEAD + text + TAIL.replace('RUN', use) + LAST).replace(
            'def attempt(big):', 'def attempt(big):  # hr: off')
        self.write(text)
        done = harness.run(['setsid', '-w', harness.RUN, *options, self.path], timeout=180,
                           stdin=(commands * 200).encode())
        output = done.stdout.decode()[-600:]
        self.assertEqual(done.returncode, 0, output + done.stderr.decode()[-2000:])
        value = '(3|done)' if kind == 'a value' else 'done'
        self.assertRegex(output, f'result {value} tries 201\n')
        self.assertIn('left [(1, 0)] depths 1\n', output)
        self.assertIn('after 0 0 (None, None, None)\nlast []\n', output)
        # Five of the objects would be a megabyte.
        grown = int(re.search(r'\ngrown (-?\d+)\n', output).group(1))
        self.assertLess(grown, 1_000_000)


for name in KINDS:
    setattr(TestEnds, 'test_' + name.replace(' ', '_'), lambda self, name=name: self.check(name))


if __name__ == '__main__':
    unittest.main()
