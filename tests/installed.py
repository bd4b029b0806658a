#!/usr/bin/env python3
"""Run a test with what was installed under $HR_INSTALLED in place of the build's.

    HR_INSTALLED=FOLDER meson test --wrap=tests/installed.py ...
"""

import fnmatch
import os
import sys


def find(folder, pattern):
    found = [os.path.join(root, name) for root, _, names in os.walk(folder)
             for name in names if fnmatch.fnmatch(os.path.join(root, name), '*/' + pattern)]
    if len(found) != 1:
        sys.exit(f'installed: {len(found)} files like {pattern} in {folder}')
    return found[0]


def main():
    folder = os.environ['HR_INSTALLED']
    os.environ.update(HR_INSTRUMENT=find(folder, 'bin/hr-instrument'),
                      HR_RUN=find(folder, 'bin/hr-run'),
                      HR_MODULE=find(folder, 'hot_restart.*.so'),
                      HR_BUILD_ROOT=os.path.join(folder, 'nothing-of-the-build'))
    os.environ.pop('LD_LIBRARY_PATH', None)  # meson's way to the build's libraries
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == '__main__':
    main()
