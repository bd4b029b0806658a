"""CPython's own test suite with every module guarded, against plain python.

    cpython.py --run HR_RUN --python PYTHON [-j N] [--stop WHEN,...] [MODULE ...]

See suite.py for what is compared.  With --stop=unhandled only the tests themselves are
guarded, as a person's own modules are: the test runner, which takes everything, is not
one of them.  Modules that are left out are named with the reason.
"""

import argparse
import os
import subprocess
import sys

import suite

LEFT_OUT = {
    'they wait for ever under plain python on a busy machine':
        ['test__xxsubinterpreters', 'test_interpreters'],
    'it waits for ever under plain python where recvmsg() of a short buffer does':
        ['test_socket'],
    'they run for many minutes':
        ['test_concurrent_futures', 'test_multiprocessing_fork', 'test_multiprocessing_forkserver',
         'test_multiprocessing_spawn'],
}


def left_out(module):
    for reason, names in LEFT_OUT.items():
        if module in names:
            return reason
    return None


def all_modules(python):
    folder = subprocess.run([python, '-c', 'import test; print(test.__path__[0])'],
                            capture_output=True, text=True, check=True).stdout.strip()
    names = set()
    for name in os.listdir(folder):
        stem, ending = os.path.splitext(name)
        if stem.startswith('test_') and (ending == '.py' or os.path.isdir(os.path.join(folder, name))):
            names.add(stem)
    return sorted(names)


def main():
    parser = argparse.ArgumentParser()
    suite.add_options(parser)
    parser.add_argument('modules', nargs='*')
    options = parser.parse_args()
    modules = options.modules or all_modules(options.python)
    skipped = {}
    if not options.modules:
        for module in list(modules):
            reason = left_out(module)
            if reason is not None:
                skipped.setdefault(reason, []).append(module)
                modules.remove(module)
    for reason, names in skipped.items():
        print(f'left out, {reason}: {" ".join(names)}')
    includes = {stop: options.include or (['test', 'test.*'] if stop == 'unhandled' else ['*'])
                for stop in options.stop}
    sys.exit(suite.run(options, [('unittest', module, includes) for module in modules]))


if __name__ == '__main__':
    main()
