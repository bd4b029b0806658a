"""./dev bench [NAME]: runs the benches of this folder with the interpreter of a build.

    python3 tests/bench/bench.py --build=FOLDER [NAME|--peers|--plots] [ARG...]
"""

import glob
import json
import os
import subprocess
import sys

BENCHES = ['call', 'instrument', 'passing', 'start', 'wrap']
ALONE = ['reload', 'peers', 'plots']  # run only when they are named


def interpreter(build):
    """The one that the build is for."""
    with open(os.path.join(build, 'meson-info/intro-buildoptions.json'),
              encoding='utf-8') as file:
        return next(option['value'] for option in json.load(file)
                    if option['name'] == 'python')


def main(arguments):
    build = 'build'
    if arguments and arguments[0].startswith('--build='):
        build = arguments.pop(0).partition('=')[2]
    names = BENCHES
    if arguments and arguments[0].removeprefix('--') in (*BENCHES, *ALONE):
        names = [arguments.pop(0).removeprefix('--')]
    folder = os.path.dirname(os.path.abspath(__file__))
    module = glob.glob(os.path.join(build, 'src/runtime/hot_restart.*.so'))
    if not module:
        sys.exit(f'bench: no module in {build}: build first')
    env = dict(os.environ, PYTHONPATH=os.path.dirname(module[0]), PYTHONDONTWRITEBYTECODE='1',
               HR_BENCH_BUILD=os.path.abspath(build))
    codes = [subprocess.run([interpreter(build), os.path.join(folder, name + '.py'),
                             *arguments], env=env, check=False).returncode
             for name in names]
    return 1 if any(codes) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
