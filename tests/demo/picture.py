"""A recorded session as an SVG picture of a terminal."""

import re
from xml.sax.saxutils import escape

COLUMNS = 104
WIDTH, HEIGHT, MARGIN = 8.0, 18, 14  # of a character, a line, the frame
STYLES = [  # the first that matches a line
    (r'\$ |\(Pdb\) ', 'typed'),
    (r'hr: |demo: ', 'said'),
    (r'[\w.]+:\d+: in ', 'failed'),
    (r'    \+', 'added'),
    (r'    -', 'taken'),
    (r'    ', 'aside'),
]


def shortened(lines):
    """Without the middle of a long run of lines that start alike."""
    found = []
    for number, line in enumerate(lines):
        head = line.split(' ', 1)[0]
        run = [n for n in range(len(lines)) if head and lines[n].split(' ', 1)[0] == head == 'epoch']
        if number in run[2:-1]:
            if number == run[2]:
                found.append('...')
            continue
        found.append(line)
    return found


def wrapped(line):
    return [line[at:at + COLUMNS] for at in range(0, len(line), COLUMNS)] or ['']


def draw(transcript):
    lines = [part for line in shortened(transcript.rstrip().splitlines()) for part in wrapped(line)]
    width = 2 * MARGIN + COLUMNS * WIDTH
    height = 2 * MARGIN + len(lines) * HEIGHT
    text = []
    for number, line in enumerate(lines):
        style = next((name for pattern, name in STYLES if re.match(pattern, line)), 'plain')
        if line:
            text.append(f'<text class="{style}" x="{MARGIN}" '
                        f'y="{MARGIN + (number + 0.75) * HEIGHT:g}">{escape(line)}</text>')
    return f'''\
<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width:g} {height:g}" width="{width:g}">
<style>
rect {{ fill: #161b22 }}
text {{ font: 13px monospace; fill: #c9d1d9; white-space: pre }}
.typed {{ fill: #ffffff; font-weight: bold }}
.said {{ fill: #58a6ff }}
.failed {{ fill: #ff7b72 }}
.added {{ fill: #7ee787 }}
.taken {{ fill: #ffa198 }}
.aside {{ fill: #8b949e }}
</style>
<rect width="100%" height="100%" rx="8"/>
''' + '\n'.join(text) + '\n</svg>\n'
