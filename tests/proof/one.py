"""Run one part of a test suite and write each test's outcome as JSON.

    one.py OUT unittest MODULE
    one.py OUT pytest PACKAGE

Under hr-run a front end is put in place that answers every prompt with `raise`; where
it was asked is written to OUT.stops, a line of JSON each.
"""

import json
import os
import sys
import types
import unittest


class FrontEnd:
    """Lets every exception go on, without a word on any stream."""

    argument = target = None

    def __init__(self, path, current):
        self.path = path
        self.open = open  # tests put something else in its place
        self.current = current
        self.last = None
        self.seen = None, None, None

    def origin(self, exception, traceback):
        """Where it came up; the part of its traceback that was there at the last prompt
        is not walked again."""
        of, head, before = self.seen
        entry, place = traceback, None
        while entry is not None:
            if (of, head) == (id(exception), id(entry)):
                place = before
                break
            place = id(entry.tb_frame), entry.tb_lasti
            entry = entry.tb_next
        self.seen = id(exception), id(traceback), place
        return place

    def open_prompt(self, frame, exception, traceback, name, *_):
        # One that goes on is asked about again in each guarded caller.
        where = id(exception), self.origin(exception, traceback)
        again = self.last is not None and self.last[0] == where and self.last[1] != id(frame)
        self.last = where, id(frame)
        if not again:
            line = traceback.tb_lineno if traceback is not None else frame.f_lineno
            entry = {'test': self.current(), 'line': line,
                     'where': f'{frame.f_globals.get("__name__")}:{name}:'
                              f'{type(exception).__name__}'}
            with self.open(self.path, 'a', encoding='utf-8') as file:
                file.write(json.dumps(entry) + '\n')
        return self

    def ask(self):
        return 'quit'

    def say(self, text):
        pass

    def close(self):
        pass


class Outcomes(unittest.TestResult):
    """Of unittest's tests, and as a plugin of pytest's."""

    def __init__(self):
        super().__init__()
        self.outcomes = {}
        self.current = ''

    def put(self, name, outcome):
        if self.outcomes.get(name, 'ok') in ('ok', 'skip'):
            self.outcomes[name] = outcome

    def note(self, test, outcome, error=None):
        self.put(test.id(), outcome if error is None else f'{outcome} {error[0].__name__}')

    def startTest(self, test):
        super().startTest(test)
        self.current = test.id()

    def addSuccess(self, test):
        self.note(test, 'ok')

    def addError(self, test, error):
        self.note(test, 'error', error)

    def addFailure(self, test, error):
        self.note(test, 'fail', error)

    def addSkip(self, test, reason):
        self.note(test, 'skip')

    def addExpectedFailure(self, test, error):
        self.note(test, 'expected')

    def addUnexpectedSuccess(self, test):
        self.note(test, 'unexpected')

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(test, 'fail', error)

    def plugin(self):
        """What pytest tells of: looked up by name, which a TestResult does not bear."""

        def pytest_runtest_logstart(nodeid, location):
            self.current = nodeid

        def pytest_runtest_logreport(report):
            outcome = {'passed': 'ok', 'failed': 'fail', 'skipped': 'skip'}[report.outcome]
            self.put(report.nodeid, 'expected' if hasattr(report, 'wasxfail') else outcome)

        def pytest_collectreport(report):
            if report.failed:
                self.put(report.nodeid, 'error')

        plugin = types.ModuleType('outcomes')
        vars(plugin).update(pytest_runtest_logstart=pytest_runtest_logstart,
                            pytest_runtest_logreport=pytest_runtest_logreport,
                            pytest_collectreport=pytest_collectreport)
        return plugin


def run_unittest(module, result):
    sys.argv[1:] = []
    from test import support
    support.use_resources = ()
    support.verbose = 0
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName('test.' + module)
    except unittest.SkipTest:
        suite = unittest.TestSuite()
    suite.run(result)


def run_pytest(package, result):
    import pytest
    sys.argv[1:] = []
    # Assertions stay as they are: rewritten modules are compiled by pytest itself.  The
    # standard input stays too: without it there is no prompt.
    pytest.main(['-q', '-s', '--assert=plain', '-p', 'no:cacheprovider', '--pyargs', package],
                plugins=[result.plugin()])


def main():
    out, kind, name = sys.argv[1:]
    result = Outcomes()
    hot_restart = sys.modules.get('hot_restart')
    if hot_restart is not None:
        hot_restart._front_end(FrontEnd(os.path.abspath(out) + '.stops',
                                        lambda: result.current))
    {'unittest': run_unittest, 'pytest': run_pytest}[kind](name, result)
    with open(out, 'w', encoding='utf-8') as file:
        json.dump(result.outcomes, file)


if __name__ == '__main__':
    main()
