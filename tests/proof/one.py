"""Run one module of CPython's tests and write each test's outcome as JSON.

    one.py MODULE OUT
"""

import json
import sys
import unittest


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def note(self, test, outcome, error=None):
        name = test.id()
        if self.outcomes.get(name, 'ok') in ('ok', 'skip'):
            self.outcomes[name] = outcome if error is None else f'{outcome} {error[0].__name__}'

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


def main():
    module, out = sys.argv[1:]
    sys.argv[1:] = []
    from test import support
    support.use_resources = ()
    support.verbose = 0
    result = Outcomes()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName('test.' + module)
    except unittest.SkipTest:
        suite = unittest.TestSuite()
    suite.run(result)
    with open(out, 'w') as file:
        json.dump(result.outcomes, file)


if __name__ == '__main__':
    main()
