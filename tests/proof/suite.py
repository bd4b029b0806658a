"""Parts of a test suite, guarded against plain python: what both proofs share.

Each part is run in a process of its own by python, and by hr-run in each mode that
--stop names (--stop=never,unhandled,always).  The outcomes are compared test by test.
A test that differs must match a line of expected.txt (a pattern, then the reason).
Where hr-run stops, every prompt is answered with `raise`: a stop must be in a test that
fails under plain python too, or that fails where it sees the guard (it differs for a known
reason), or match a line of stops.txt.  What is left over is printed and fails the run.  A
test that has two outcomes under python alone is unsteady: a difference is looked at once
more before it counts.
"""

import concurrent.futures
import fnmatch
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def add_options(parser):
    parser.add_argument('--run', required=True)
    parser.add_argument('--python', required=True)
    parser.add_argument('--stop', type=lambda text: text.split(','), default=['never'])
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


def differences(plain, guarded):
    found = {}
    for test in plain.keys() | guarded.keys():
        pair = plain.get(test, 'absent'), guarded.get(test, 'absent')
        if pair[0] != pair[1]:
            found[test] = pair
    return found


class Part:
    """One part of the suite; python runs it once for all modes."""

    def __init__(self, options, kind, name):
        self.options = options
        self.kind = kind
        self.name = name
        self.plain = self.run_plain()
        self.again = None

    def run_plain(self):
        return run_one([self.options.python], self.kind, self.name, self.options.timeout)[0]

    def run_guarded(self, stop, include):
        return run_one([self.options.run, '--stop=' + stop,
                        *('--include=' + glob for glob in include)], self.kind, self.name,
                       4 * self.options.timeout)

    def compare(self, stop, include, expected):
        """({test: (outcome, outcome)}, [stop])"""
        guarded, stops = self.run_guarded(stop, include)
        found = differences(self.plain, guarded)
        if any(reason_for(expected, test) is None for test in found):
            if self.again is None:
                self.again = self.run_plain()
            again = differences(self.again, self.run_guarded(stop, include)[0])
            unsteady = found.keys() - again.keys()
            found = {test: pair for test, pair in found.items() if test in again}
            stops = [stop for stop in stops if stop['test'] not in unsteady]
        return found, stops


def compare(options, kind, name, includes):
    started = time.monotonic()
    part = Part(options, kind, name)
    expected = read_expected('expected.txt')
    found = {stop: part.compare(stop, include, expected)
             for stop, include in includes.items()}
    return name, part.plain, found, time.monotonic() - started


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
    """What was found in one mode, printed as it comes."""

    def __init__(self, mode):
        self.mode = mode
        self.judges_stops = mode == 'unhandled'
        self.expected = read_expected('expected.txt')
        self.stops_expected = read_expected('stops.txt')
        self.explained = self.unexplained = 0
        self.stops = self.failing = self.differing = 0
        self.stops_explained = self.stops_unexplained = 0

    def difference(self, test, plain, guarded):
        reason = reason_for(self.expected, test)
        self.explained += reason is not None
        self.unexplained += reason is None
        print(f'{self.mode}: {"DIFFERS" if reason is None else "expected"} {test}: '
              f'{plain} -> {guarded}' + (f' ({reason})' if reason else ''), flush=True)

    def stop(self, stop, plain, found):
        self.stops += 1
        if not self.judges_stops:
            return
        failing = 'fail', 'error', 'expected'
        if plain.get(stop['test'], '').startswith(failing):
            self.failing += 1
            return
        if (found.get(stop['test'], ('', ''))[1].startswith(failing) and
                reason_for(self.expected, stop['test']) is not None):
            self.differing += 1
            return
        reason = reason_for(self.stops_expected, stop['where'])
        self.stops_explained += reason is not None
        self.stops_unexplained += reason is None
        if reason is None:
            print(f'STOPS {stop["where"]} (line {stop["line"]}) in {stop["test"]}', flush=True)

    def add(self, plain, found, stops):
        for test, (before, after) in sorted(found.items()):
            self.difference(test, before, after)
        for stop in stops:
            self.stop(stop, plain, found)

    def sum_up(self):
        """Whether nothing is left without a reason."""
        print(f'--stop={self.mode}: {self.explained} differ for a known reason, '
              f'{self.unexplained} without one')
        if self.judges_stops:
            print(f'{self.stops} stops: {self.failing} in tests that fail under plain python, '
                  f'{self.differing} in tests that differ, '
                  f'{self.stops_explained} for a known reason, '
                  f'{self.stops_unexplained} without one')
        elif self.stops:
            print(f'{self.stops} stops, each answered with raise')
        return not self.unexplained and not self.stops_unexplained


def run(options, parts):
    """parts: (kind, name, {mode: include}).  0 if nothing is left without a reason."""
    options.run = os.path.abspath(options.run)
    # A shell has its jobs in the background ignore Ctrl-C, and so would every test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    counts = {stop: Count(stop) for stop in options.stop}
    tests = broken = 0
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for name, plain, found, took in pool.map(lambda part: compare(options, *part), parts):
            print(f'{name}: {len(plain)} tests, {took:.0f} s', flush=True)
            tests += len(plain)
            for test, outcome in plain.items():
                if outcome.startswith(('process', 'timeout')):
                    broken += 1
                    print(f'CANNOT RUN under plain python: {test}: {outcome}', flush=True)
            for stop, count in counts.items():
                count.add(plain, *found[stop])
    print(f'{len(parts)} modules, {tests} tests, {broken} that python does not run')
    return 0 if all([count.sum_up() for count in counts.values()]) and not broken else 1
