"""Count test cases in meson's logs.

    summary.py show LOG                     what one run came to, failures in full
    summary.py total LABEL=LOG...           failures by name, skips, each run and its time,
                                            and the last line
    summary.py select WORD... < names       the names that hold one of the words
    summary.py log NAME CODE SECONDS < output
                                            a log of one program that meson did not run

A program that speaks TAP counts as its cases, any other as one.  A program that
died, ran out of time or reported other than it planned counts as a failure more.
"""

import json
import re
import sys

LINE = re.compile(r'^(ok|not ok)\b\s*(\d+)?\s*-?\s*(.*?)(?:\s*#\s*(SKIP|TODO)\b\s*(.*))?$', re.I)


def read(path):
    """(program, case, 'pass' | 'fail' | 'skip', remark) for every case."""
    with open(path, encoding='utf-8') as file:
        for line in file:
            yield from program_cases(json.loads(line))


def program_cases(entry):
    name = entry['name'].rpartition(' / ')[2].rpartition(':')[2]
    output = entry.get('stdout', '')
    found = []
    for line in output.splitlines():
        match = LINE.match(line)
        if match:
            word, _, case, directive, reason = match.groups()
            state = ('skip' if directive and directive.upper() == 'SKIP'
                     else 'pass' if word.lower() == 'ok' else 'fail')
            found.append((name, case, state, reason or ''))
    result = entry['result']
    if not found:
        state = {'OK': 'pass', 'SKIP': 'skip', 'EXPECTEDFAIL': 'fail'}.get(result, 'fail')
        return [(name, '(the program)', state, f'{result}: exit code {entry["returncode"]}')]
    if result not in ('OK', 'SKIP') and not any(case[2] == 'fail' for case in found):
        found.append((name, '(the program)', 'fail',
                      f'{result}: exit code {entry["returncode"]}'))
    return found


def counted(cases):
    states = [case[2] for case in cases]
    text = f'{states.count("pass")} passed, {states.count("fail")} failed'
    if 'skip' in states:
        text += f', {states.count("skip")} skipped'
    return text


def seconds_of(path):
    """From the start of the first program to the end of the last."""
    with open(path, encoding='utf-8') as file:
        spans = [(entry['starttime'], entry['starttime'] + entry['duration'])
                 for entry in map(json.loads, file)]
    return max(end for _, end in spans) - min(start for start, _ in spans)


def show(path):
    """Only what failed is worth its output."""
    with open(path, encoding='utf-8') as file:
        for line in file:
            entry = json.loads(line)
            if any(case[2] == 'fail' for case in program_cases(entry)):
                print(f'--- {entry["name"]}: {entry["result"]}, exit code {entry["returncode"]}')
                print('\n'.join(text for text in entry.get('stdout', '').splitlines()
                                if not text.startswith('ok ')))
                print(entry.get('stderr', '').rstrip())
    print('   ', counted(list(read(path))))


def total(logs):
    cases, rows = [], []
    for item in logs:
        label, _, path = item.partition('=')
        run = list(read(path))
        rows.append(f'{label}: {counted(run)} ({seconds_of(path):.0f} s)')
        for name, case, state, remark in run:
            cases.append((f'{label}: {name}', case, state, remark))
    for word, state in (('skipped', 'skip'), ('FAILED', 'fail')):
        for name, case, found, remark in cases:
            if found == state:
                print(f'{word}: {name}: {case}{": " + remark if remark else ""}')
    if len(rows) > 1:
        print('\n'.join(rows))
    print(counted(cases))
    sys.exit(1 if not cases or any(case[2] == 'fail' for case in cases) else 0)


def select(words):
    print('\n'.join(name for name in sys.stdin.read().split()
                    if any(word in name for word in words)))


def log(name, code, seconds):
    result = 'OK' if code == '0' else 'FAIL'
    print(json.dumps({'name': name, 'result': result, 'returncode': int(code),
                      'starttime': 0, 'duration': int(seconds), 'stdout': sys.stdin.read()}))


if __name__ == '__main__':
    if sys.argv[1] == 'log':
        log(*sys.argv[2:])
    elif sys.argv[1] == 'show':
        show(sys.argv[2])
    elif sys.argv[1] == 'total':
        total(sys.argv[2:])
    else:
        select(sys.argv[2:])
