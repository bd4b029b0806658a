"""Show the main job: a program fails, its file is mended, the program finishes.

    python3 demo.py --hr-run=PATH [--play] [--record[=FILE]] [--fix=PATCH]

On a terminal the person is left in the debugger and told what to edit.  Without
one, or with --play, the whole session is played on a pseudo-terminal; the exit
code says whether the program came to its right end.  --record plays it and draws
what was to be seen into an SVG file (session.svg beside this one, which the README
shows).
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'session'))

import picture  # noqa: E402
from driver import Session, SessionError  # noqa: E402

EPOCHS = 20
RESULT = 'y = 2.9 x^2 + -2.0 x + 1.03: 192.5 times better than at first'
LAST = f'trained {EPOCHS} epochs, once'


def apply(patch, folder):
    """Replace what a unified diff of one file takes out by what it puts in."""
    name = re.search(r'^\+\+\+ (\S+)', patch, re.M).group(1)
    path = os.path.join(folder, name)
    with open(path, encoding='utf-8') as file:
        text = file.read()
    for hunk in re.split(r'^@@.*\n', patch, flags=re.M)[1:]:
        lines = hunk.splitlines(keepends=True)
        old = ''.join(line[1:] for line in lines if line[0] in ' -')
        new = ''.join(line[1:] for line in lines if line[0] in ' +')
        if text.count(old) != 1:
            raise SystemExit(f'demo: the fix does not fit {name}')
        text = text.replace(old, new)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def environment():
    return {name: value for name, value in os.environ.items()
            if not name.startswith(('PYTHON', 'HR_', 'HOT_RESTART'))}


def tell(text=''):
    print(text, flush=True)


def play(hr_run, folder, patch):
    """The session without a person; raises SessionError if it goes wrong."""
    tell('$ hr-run train.py')
    with Session([hr_run, 'train.py'], cwd=folder, env=environment(),
                 echo=sys.stdout) as session:
        session.expect("KeyError: 'los'")
        session.expect('(Pdb) ')
        session.send('p last')
        session.expect("'loss': ")
        session.expect('(Pdb) ')
        apply(patch, folder)
        tell('\n\n    ... meanwhile, in an editor:\n')
        tell('\n'.join('    ' + line for line in patch.rstrip().splitlines()))
        print('\n(Pdb) ', end='', flush=True)
        session.send('c')
        # A fix that does not mend it leads back to the prompt.
        if session.expect(re.compile(r'\(Pdb\) |trained \d+ epochs')).group() == '(Pdb) ':
            session.fail('the program failed again')
        code = session.wait()
        if code != 0:
            session.fail(f'the program ended with exit code {code}, not 0')
        for line in (RESULT, LAST):
            if line not in session.transcript.splitlines():
                session.fail(f'the program did not print {line!r}')
        for number in range(1, EPOCHS + 1):
            if session.transcript.count(f'epoch {number:2}: ') != 1:
                session.fail(f'epoch {number} was not trained exactly once')
    tell()
    tell(f'demo: the program finished; its {EPOCHS} epochs were trained only once.')


def record(hr_run, folder, patch, path):
    """The played session, drawn; where it ran is of no interest."""
    with contextlib.redirect_stdout(io.StringIO()) as seen:
        play(hr_run, folder, patch)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(picture.draw(seen.getvalue().replace(folder + os.sep, '')))
    tell(f'demo: drawn into {path}')


def invite(hr_run, folder):
    """Leave the person in the debugger; whether the program came to its end."""
    path = os.path.join(folder, 'train.py')
    with open(path, encoding='utf-8') as file:
        line = next(number for number, text in enumerate(file, 1) if '"los"' in text)
    tell(f'''
A small training program is going to fail after its last epoch, with the debugger
open and all that it learned still in memory. When the prompt (Pdb) is there:

  1. open   {path}
     in an editor, in another window, go to line {line},
     change   last["los"]   to   last["loss"]   and save;
  2. type   c   at the prompt: the function is reloaded, the program goes on.

('help hr' lists what else the prompt takes; 'q' gives up.)

$ hr-run train.py''')
    # Control-C is for the program; a handler, unlike SIG_IGN, is not inherited.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    done = subprocess.run([hr_run, 'train.py'], cwd=folder, env=environment(), check=False)
    tell()
    if done.returncode == 0:
        tell('demo: the program finished, and trained every epoch only once.')
    else:
        tell(f'demo: the program ended with exit code {done.returncode}: '
             'its work is lost, as it would have been without hr-run.')
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--hr-run', required=True, metavar='PATH')
    parser.add_argument('--play', action='store_true', help='play it without a person')
    parser.add_argument('--record', nargs='?', metavar='FILE',
                        const=os.path.join(HERE, 'session.svg'))
    parser.add_argument('--fix', default=os.path.join(HERE, 'fix.patch'), metavar='PATCH')
    options = parser.parse_args()
    hr_run = os.path.abspath(options.hr_run)
    if not os.access(hr_run, os.X_OK):
        sys.exit(f'demo: {hr_run} was not built')
    with open(options.fix, encoding='utf-8') as file:
        patch = file.read()
    folder = tempfile.mkdtemp(prefix='hr-demo-')
    try:
        shutil.copy(os.path.join(HERE, 'train.py'), folder)
        if options.record:
            record(hr_run, folder, patch, options.record)
        elif options.play or not (sys.stdin.isatty() and sys.stdout.isatty()):
            play(hr_run, folder, patch)
        elif not invite(hr_run, folder):
            sys.exit(1)
    except SessionError as error:
        sys.exit(f'\ndemo: the end was not reached: {error}')
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main()
