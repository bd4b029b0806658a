"""Where the tests find what was built, and how they run it.

Under `meson test` the environment says it; run by hand (python3 tests/tap.py
FILE) the `build` folder of the source tree is taken.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get('HR_SOURCE_ROOT') or os.path.dirname(
    os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get('HR_BUILD_ROOT') or os.path.join(SOURCE, 'build')
PYTHON = os.environ.get('HR_PYTHON') or sys.executable  # built for this one
INSTRUMENT = os.environ.get('HR_INSTRUMENT') or os.path.join(BUILD, 'src/cli/hr-instrument')
RUN = os.environ.get('HR_RUN') or os.path.join(BUILD, 'src/run/hr-run')
# The folder to put on PYTHONPATH for `import hot_restart`.
MODULE_PATH = os.path.dirname(os.environ.get('HR_MODULE', '')) or os.path.join(
    BUILD, 'src/runtime')


def environment(**changes):
    """The environment for a program under test: no PYTHON* of ours leaks in."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('PYTHON', 'HR_', 'HOT_RESTART'))}
    env['PYTHONDONTWRITEBYTECODE'] = '1'
    env['XDG_STATE_HOME'] = os.devnull  # nobody's own history
    for name, value in changes.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    return env


class FolderCase(unittest.TestCase):
    """`folder`: one that all tests of the class have, by its real path."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = os.path.realpath(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)


@contextlib.contextmanager
def own_temporary_folder():
    """What a program leaves behind that a test has killed, such as its lock, goes too."""
    folder, owner = tempfile.mkdtemp(prefix='tests-'), os.getpid()
    os.chmod(folder, 0o1777)  # as /tmp: some tests run programs as another user
    os.environ['TMPDIR'] = tempfile.tempdir = folder
    os.environ.pop('XDG_RUNTIME_DIR', None)
    # What takes too long is asked to end: then the folder goes as well.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    try:
        yield
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def reserved_port():
    """A port that no other process is given; a server may listen there (SO_REUSEADDR)."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(('127.0.0.1', 0))
        yield holder.getsockname()[1]


def run(argv, stdin=b'', cwd=None, timeout=120, **changes):
    """Run to the end, away from any terminal; .returncode, .stdout and .stderr (bytes).

    The timeout says that it hangs: a machine may have much else to do.
    """
    return subprocess.run(argv, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=cwd, timeout=timeout,
                          env=environment(**changes), check=False, start_new_session=True)


def instrument(*args, **options):
    return run([INSTRUMENT, *args], **options)


def hr_run(*args, **options):
    return run([RUN, *args], **options)


def python(*args, **options):
    """The interpreter that was built for, with hot_restart importable."""
    return run([PYTHON, *args], PYTHONPATH=MODULE_PATH, **options)
