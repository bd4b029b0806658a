"""The suites of large packages, guarded as a person's own modules, against plain python.

    packages.py --run HR_RUN --python PYTHON [-j N] [--stop WHEN,...] [PACKAGE ...]

Only packages that the interpreter finds are run, with its pytest (Debian: python3-NAME
and python3-pytest); those it does not find are named.  See suite.py for what is
compared.
"""

import argparse
import subprocess
import sys

import suite

PACKAGES = ['mpmath', 'networkx.classes', 'networkx.algorithms', 'networkx.readwrite', 'bs4',
            'simplejson', 'tornado', 'sympy.core', 'sympy.parsing', 'sympy.printing',
            'sympy.polys', 'passlib']


def is_there(python, package):
    code = f'import importlib.util as u; import pytest; assert u.find_spec({package!r})'
    return subprocess.run([python, '-c', code], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def main():
    parser = argparse.ArgumentParser()
    suite.add_options(parser)
    parser.set_defaults(stop=['unhandled'], timeout=1800)
    parser.add_argument('packages', nargs='*')
    options = parser.parse_args()
    parts = []
    for package in options.packages or PACKAGES:
        top = package.partition('.')[0]
        if is_there(options.python, package):
            include = options.include or [top, top + '.*']
            parts.append(('pytest', package, dict.fromkeys(options.stop, include)))
        else:
            print(f'not found: {package}')
    if not parts:
        sys.exit('no package and pytest for it were found')
    sys.exit(suite.run(options, parts))


if __name__ == '__main__':
    main()
