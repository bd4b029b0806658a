"""Parts of a test suite, guarded against plain python: what both proofs share.

Each part is run twice, each time in a process of its own: by python, and by hr-run.
The outcomes are compared test by test.  A test that differs must match a line of
expected.txt (a pattern, then the reason).  Where hr-run stops, every prompt is answered
with `raise`: a stop must be in a test that fails under plain python too, or match a
line of stops.txt.  What is left over is printed and fails the run.  A test that has two
outcomes under python alone is unsteady: a difference is looked at once more before it
counts.
"""

import concurrent.futures
import fnmatch
import json
import os
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def add_options(parser):
    parser.add_argument('--run', required=True)
    parser.add_argument('--python', required=True)
    parser.add_argument('--stop', default='never')
    parser.add_argument('--include', action='append')
    parser.add_argument('--timeout', type=int, default=240)
    parser.add_argument('-j', type=int, default=2)


def read_lines(path):
    try:
        with open(path, encoding='utf-8') as file:
            return [json.loads(line) for line in file]
    except (OSError, ValueError):
        return []


def run_one(command, kind, name, timeout):
    """({test: outcome}, [stop]); a process that did not end well is an outcome of its
    own."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'out.json')
        # An empty pipe: whoever reads it finds the end, and a prompt may be opened.
        process = subprocess.Popen([*command, os.path.join(HERE, 'one.py'), out, kind, name],
                                   cwd=folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        process.stdin.close()
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return {name: 'timeout'}, read_lines(out + '.stops')
        stops = read_lines(out + '.stops')
        try:
            with open(out, encoding='utf-8') as file:
                return json.load(file), stops
        except (OSError, ValueError):
            return {name: f'process ended with {status}'}, stops


def once(options, kind, name, include):
    plain = run_one([options.python], kind, name, options.timeout)[0]
    guarded, stops = run_one([options.run, '--stop=' + options.stop,
                              *('--include=' + glob for glob in include)], kind, name,
                             2 * options.timeout)
    found = {}
    for test in plain.keys() | guarded.keys():
        pair = plain.get(test, 'absent'), guarded.get(test, 'absent')
        if pair[0] != pair[1]:
            found[test] = pair
    return plain, found, stops


def compare(options, kind, name, include):
    plain, found, stops = once(options, kind, name, include)
    if found:
        again = once(options, kind, name, include)[1]
        found = {test: pair for test, pair in found.items() if test in again}
    return plain, found, stops


def read_expected(name):
    lines = []
    with open(os.path.join(HERE, name), encoding='utf-8') as file:
        for line in file:
            line = line.strip()
            if line and not line.startswith('#'):
                pattern, _, reason = line.partition(' ')
                lines.append((pattern, reason.strip()))
    return lines


def reason_for(expected, name):
    return next((reason for pattern, reason in expected
                 if fnmatch.fnmatchcase(name, pattern)), None)


class Count:
    """What was found, printed as it comes."""

    def __init__(self, judges_stops):
        self.judges_stops = judges_stops
        self.expected = read_expected('expected.txt')
        self.stops_expected = read_expected('stops.txt')
        self.tests = self.explained = self.unexplained = 0
        self.stops = self.failing = self.stops_explained = self.stops_unexplained = 0

    def difference(self, test, plain, guarded):
        reason = reason_for(self.expected, test)
        self.explained += reason is not None
        self.unexplained += reason is None
        print(f'{"DIFFERS" if reason is None else "expected"} {test}: {plain} -> {guarded}'
              + (f' ({reason})' if reason else ''), flush=True)

    def stop(self, stop, plain):
        self.stops += 1
        if not self.judges_stops:
            return
        outcome = plain.get(stop['test'], '')
        if outcome.startswith(('fail', 'error', 'expected')):
            self.failing += 1
            return
        reason = reason_for(self.stops_expected, stop['where'])
        self.stops_explained += reason is not None
        self.stops_unexplained += reason is None
        if reason is None:
            print(f'STOPS {stop["where"]} (line {stop["line"]}) in {stop["test"]}', flush=True)

    def add(self, plain, found, stops):
        self.tests += len(plain)
        for test, outcome in plain.items():
            if outcome.startswith(('process', 'timeout')):
                self.unexplained += 1
                print(f'CANNOT RUN under plain python: {test}: {outcome}', flush=True)
        for test, (before, after) in sorted(found.items()):
            self.difference(test, before, after)
        for stop in stops:
            self.stop(stop, plain)


def run(options, parts):
    """parts: (kind, name, include).  0 if nothing is left without a reason."""
    options.run = os.path.abspath(options.run)
    count = Count(options.stop == 'unhandled')
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for found in pool.map(lambda part: compare(options, *part), parts):
            count.add(*found)
    print(f'{len(parts)} modules, {count.tests} tests: {count.explained} differ for a known '
          f'reason, {count.unexplained} without one')
    if options.stop == 'unhandled':
        print(f'{count.stops} stops: {count.failing} in tests that fail under plain python, '
              f'{count.stops_explained} for a known reason, {count.stops_unexplained} without one')
        return 1 if count.unexplained or count.stops_unexplained else 0
    if options.stop == 'always':
        print(f'{count.stops} stops, each answered with raise')
    return 1 if count.unexplained else 0
