"""Random programs that fail, random edits, for as long as one likes.

    ./dev soak [MINUTES] [--seed N] [--calls N]

Each program runs under hr-run on a pseudo-terminal: functions, methods, closures,
generators, coroutines, tasks and threads fail in turn, are looked at, spoiled, mended
and restarted; every result is checked.  Watched are the program's memory and its open
descriptors, from prompt to prompt.  A seed gives the same programs, edits and commands
again; the first failure ends it with the seed and the transcript.
"""

import argparse
import os
import re
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), 'session'), os.path.dirname(HERE)]

from driver import Session  # noqa: E402
from harness import RUN, environment  # noqa: E402
from programs import Program  # noqa: E402

WARM = 80  # prompts until the memory counts
# Bytes a prompt that are allowed after that, on the whole.  Nothing is kept: what comes
# and goes is texts of which no code runs any more, found sixteen at a time, a megabyte
# at most; what that leaves of the number of prompts is allowed.  Resident are whole pages
# of one heap (of as many as threads take, they would not be comparable):
# the heap goes on taking some for hundreds of prompts, until it has room for the largest
# of what comes and goes.  So the last third is compared with the middle one.
USED = 1024
RESIDENT = 4 * 1024
LOOKS = ['w', 'p x', 'args0', 'l', 'up', 'down', 'p k', 'pp locals()', 'changes', 'help hr']

EVENT = re.compile(r'(?P<prompt>\(Pdb\) )|'
                   r'got (?P<name>\w+) (?P<x>\d+) (?P<got>\S+) (?P<used>\d+)\n|'
                   r'(?P<end>the end)\n')


class Soak(Session):
    """One program, from its start to its end."""

    def __init__(self, program, folder):
        self.program = program
        self.path = os.path.join(folder, 'program.py')
        self.crashes = self.restarts = self.checked = self.used = 0
        self.watched = []  # (bytes in use, bytes resident, descriptors) at each prompt
        self.save()
        super().__init__([RUN, 'program.py'], cwd=folder, timeout=60,
                         env=environment(XDG_CACHE_HOME=folder, XDG_RUNTIME_DIR=folder,
                                         PYTHONPATH=HERE, PYTHONMALLOC='malloc',
                                         MALLOC_ARENA_MAX='1'))

    def save(self, spoiled=''):
        """As editors do: in place, or by a new file of that name."""
        text = self.program.text()
        if spoiled:  # the function of that name
            place = text.index('k = ', text.index(f'def {spoiled}('))
            text = text[:place] + 'k = (' + text[place + len('k = '):]
        place = self.path if self.program.random.random() < 0.5 else self.path + '~'
        with open(place, 'w', encoding='utf-8') as file:
            file.write(text)
        os.replace(place, self.path)

    def watch(self):
        with open(f'/proc/{self.pid}/statm', encoding='ascii') as file:
            pages = int(file.read().split()[1])
        descriptors = len(os.listdir(f'/proc/{self.pid}/fd'))
        self.watched.append((self.used, pages * os.sysconf('SC_PAGE_SIZE'), descriptors))

    def command(self, line):
        self.send(line)
        self.expect('(Pdb) ')

    def prompt(self):
        """A function failed: look, perhaps spoil, mend, go on."""
        random = self.program.random
        name = re.findall(r'^program\.py:\d+: in (?:\w+\.)*?(?:<locals>\.)?(\w+): \w+',
                          self.transcript[:self.position], re.M)[-1]
        if name not in self.program.parts:
            self.fail(f'{name} was not to fail')
        self.crashes += 1
        self.watch()
        for line in random.sample(LOOKS, random.randint(0, 3)):
            self.command(line)
        if random.random() < 0.15:  # a text that is no Python
            self.save(spoiled=name)
            self.send('c')
            self.expect(re.compile(r'program\.py:\d+:\d+: error: '))
            self.expect('(Pdb) ')
        if random.random() < 0.15:  # nothing mended: it fails again
            self.save()
            self.send('c')
            self.expect('(Pdb) ')
            self.restarts += 1
        self.program.comments = random.choice([0, 0, 1, 7, 30])
        self.program.set_trap(name, self.program.parts[name][2])
        self.save()
        self.restarts += 1
        self.send('c')

    def play(self):
        while True:
            found = self.expect(EVENT)
            if found['prompt']:
                self.prompt()
            elif found['end']:
                break
            else:
                name, x = found['name'], int(found['x'])
                wanted = self.program.expected(name, x)
                if found['got'] != str(wanted):
                    self.fail(f'{name}({x}) gave {found["got"]}, not {wanted}')
                if self.program.order[x] != name or x != self.checked:
                    self.fail(f'call {self.checked} was not the next one')
                self.checked += 1
                self.used = int(found['used'])
        if self.wait() != 0:
            self.fail(f'exit code {self.status}')
        if self.checked != len(self.program.order):
            self.fail(f'{self.checked} calls, not {len(self.program.order)}')
        self.judge()

    def judge(self):
        """The bytes in use that came with a prompt; fails if something grows."""
        late = self.watched[WARM:]
        if len(late) < WARM:
            return 0
        third = len(late) // 3
        before, last = zip(*late[-2 * third:-third]), zip(*late[-third:])
        used, resident, descriptors = zip(before, last)

        def growth(part):
            return (min(part[1]) - min(part[0])) / third

        for what, which, part, limit in (('in use', 0, used, USED),
                                         ('resident', 1, resident, RESIDENT)):
            if growth(part) > limit:
                self.fail(f'memory {what} grew by {growth(part) / 1024:.1f} KiB a prompt: '
                          f'{[one[which] >> 10 for one in self.watched[::20]]} KiB')
        if min(descriptors[1]) > max(descriptors[0]):
            self.fail('more and more descriptors are open')
        return growth(used)


def main():
    parser = argparse.ArgumentParser(prog='./dev soak')
    parser.add_argument('minutes', nargs='?', type=float, default=10)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument('--calls', type=int, default=1500)
    options = parser.parse_args()
    until = time.monotonic() + options.minutes * 60
    seed = options.seed
    crashes = restarts = checked = programs = 0
    growths, descriptors = [], 0
    while programs == 0 or time.monotonic() < until:
        with tempfile.TemporaryDirectory(prefix='hr-soak-') as folder:
            soak = Soak(Program(seed, options.calls), folder)
            try:
                soak.play()
            except AssertionError as error:
                what, _, rest = str(error).partition('\n')
                sys.exit(f'soak: seed {seed}, --calls {options.calls}: {what}\n...{rest[-4000:]}')
            finally:
                soak.close()
        growths.append(soak.judge())
        descriptors = max(descriptors, max((one[2] for one in soak.watched), default=0))
        crashes, restarts = crashes + soak.crashes, restarts + soak.restarts
        checked, programs, seed = checked + soak.checked, programs + 1, seed + 1
    print(f'soak: seeds {options.seed} to {seed - 1}: {programs} programs, {checked} results '
          f'right, {crashes} failures, {restarts} restarts;\n      at most '
          f'{max(growths) / 1024:.2f} KiB in use a prompt more, {descriptors} descriptors')


if __name__ == '__main__':
    main()
