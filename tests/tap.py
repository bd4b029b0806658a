"""Run the unittest cases of one file and report them as TAP.

    python3 tap.py FILE [NAME...]

NAME is a part of a test's id ("TestCli.test_help"); without one all run.  What
the tests print goes to stderr, so that stdout holds nothing but TAP.  Temporary files,
of the tests and of all that they start, go into a folder that is removed at the end.
"""

import importlib.util
import os
import sys
import time
import unittest

from harness import own_temporary_folder


class TapResult(unittest.TestResult):
    def __init__(self, out):
        super().__init__()
        self.out = out
        self.count = 0
        self.bad = False
        self.started = 0.0

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.bad = False

    def report(self, test, ok, remark=''):
        self.count += 1
        name = test.id().partition('.')[2].replace('#', '')
        seconds = time.monotonic() - self.started
        self.out.write(f'{"ok" if ok else "not ok"} {self.count} - {name}'
                       f'{remark or f" ({seconds:.2f} s)"}\n')
        self.out.flush()

    def report_bad(self, test, text):
        """One `not ok` a test, however many of its parts failed."""
        if not self.bad:
            self.report(test, False)
        self.bad = True
        self.out.write(''.join(f'# {line}\n' for line in text.splitlines()))
        self.out.flush()

    def addError(self, test, err):
        super().addError(test, err)
        self.report_bad(test, self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.report_bad(test, self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            last = self.failures if issubclass(err[0], test.failureException) else self.errors
            self.report_bad(test, f'{subtest.id()}\n{last[-1][1]}')

    def addSuccess(self, test):
        super().addSuccess(test)
        if not self.bad:
            self.report(test, True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.report(test, True, f' # SKIP {reason or "no reason given"}')

    def addExpectedFailure(self, test, err):
        self.report_bad(test, 'an expected failure is a failure here')

    def addUnexpectedSuccess(self, test):
        self.report_bad(test, 'marked as an expected failure, but it passed')


def cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases(item)
        else:
            yield item


def run(path, names):
    """Whether there were tests and all passed."""
    out = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(
        os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found = unittest.defaultTestLoader.loadTestsFromModule(module)
    chosen = [case for case in cases(found)
              if not names or any(name in case.id() for name in names)]
    result = TapResult(out)
    # A suite, not the bare cases: it runs setUpClass and setUpModule.
    unittest.TestSuite(chosen).run(result)
    if not chosen:
        out.write('not ok 1 - the file holds no test\n')
        result.count = 1
    out.write(f'1..{result.count}\n')
    out.flush()
    return bool(chosen) and result.wasSuccessful()


def main():
    with own_temporary_folder():
        good = run(os.path.abspath(sys.argv[1]), sys.argv[2:])
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
