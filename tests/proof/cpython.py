"""CPython's own test suite with every module guarded, against plain python.

    cpython.py --run HR_RUN --python PYTHON [-j N] [--stop WHEN] [MODULE ...]

Each test module is run twice, each time in a process of its own: by python, and
by hr-run with --include='*'.  The outcomes are compared test by test.  A test
that differs must match a line of expected.txt (a pattern, then the reason); what
is left over is printed and fails the run.  Modules that are left out are named
with the reason.  A test that has two outcomes under python alone is unsteady: a
difference is looked at once more before it counts.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

LEFT_OUT = {
    'bytecode is what they compare': ['test_dis', 'test_peepholer', 'test_compile', 'test_code',
                                      'test__opcode', 'test_opcodes'],
    'they run for minutes or need a network, a display or another process group':
        ['test_multiprocessing*', 'test_concurrent_futures*', 'test_asyncio*', 'test_regrtest',
         'test_gdb*', 'test_idle', 'test_tk*', 'test_ttk*', 'test_tcl', 'test_turtle',
         'test_tools*', 'test_distutils*', 'test_ensurepip', 'test_venv', 'test_lib2to3*',
         'test_socket*', 'test_ssl', 'test_urllib2net', 'test_urllibnet', 'test_smtpnet',
         'test_robotparser', 'test_signal', 'test_subprocess', 'test_zipfile64', 'test_largefile',
         'test_peg_generator*', 'test_freeze', 'test_cppext*', 'test_cext*', 'test_perf*',
         'test_winconsoleio', 'test_winreg', 'test_msilib', 'test_wmi', 'test_capi*',
         'test_tarfile', 'test_lzma', 'test_bz2', 'test_decimal', 'test_statistics',
         'test_tokenize', 'test_unparse', 'test_fcntl', 'test_mmap', 'test_bigmem',
         'test_faulthandler', 'test_threading', 'test_httpservers', 'test_ftplib',
         'test_imaplib', 'test_poplib', 'test_nntplib', 'test_xmlrpc', 'test_logging',
         'test_docxmlrpc', 'test_wsgiref', 'test_dbm*', 'test_curses', 'test_readline',
         'test_pty', 'test_os', 'test_posix', 'test_interpreters*', 'test_import*',
         'test_eintr', 'test_zoneinfo', 'test_email*', 'test_sqlite3*', 'test_ctypes*',
         'test_json*', 'test_unittest*', 'test_tomllib*', 'test_warnings*',
         'test_future_stmt*', 'test_dataclasses*'],
}
# Packages of tests: small enough to be taken all the same.
PACKAGES_TAKEN = ['test_json', 'test_dataclasses', 'test_tomllib', 'test_future_stmt',
                  'test_importlib', 'test_email', 'test_unittest', 'test_warnings']


def left_out(module):
    if module in PACKAGES_TAKEN:
        return None
    for reason, patterns in LEFT_OUT.items():
        if any(fnmatch.fnmatchcase(module, pattern) for pattern in patterns):
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


def run_one(command, module, timeout):
    """{test: outcome}; a process that did not end well is an outcome of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'out.json')
        process = subprocess.Popen([*command, os.path.join(HERE, 'one.py'), module, out],
                                   cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return {module: 'timeout'}
        try:
            with open(out) as file:
                return json.load(file)
        except (OSError, ValueError):
            return {module: f'process ended with {status}'}


def differences(options, module):
    plain = run_one([options.python], module, options.timeout)
    guarded = run_one([options.run, '--stop=' + options.stop, '--include=*'], module,
                      options.timeout)
    found = {}
    for name in plain.keys() | guarded.keys():
        pair = plain.get(name, 'absent'), guarded.get(name, 'absent')
        if pair[0] != pair[1]:
            found[name] = pair
    return module, len(plain), found


def compare(options, module):
    module, count, found = differences(options, module)
    if found:
        again = differences(options, module)[2]
        found = {name: pair for name, pair in found.items() if name in again}
    return module, count, found


def read_expected():
    lines = []
    with open(os.path.join(HERE, 'expected.txt')) as file:
        for line in file:
            line = line.strip()
            if line and not line.startswith('#'):
                pattern, _, reason = line.partition(' ')
                lines.append((pattern, reason.strip()))
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--run', required=True)
    parser.add_argument('--python', required=True)
    parser.add_argument('--stop', default='never')
    parser.add_argument('--timeout', type=int, default=240)
    parser.add_argument('-j', type=int, default=2)
    parser.add_argument('modules', nargs='*')
    options = parser.parse_args()
    options.run = os.path.abspath(options.run)
    modules = options.modules or all_modules(options.python)
    skipped = {}
    if not options.modules:
        for module in list(modules):
            reason = left_out(module)
            if reason is not None:
                skipped.setdefault(reason, []).append(module)
                modules.remove(module)
    expected = read_expected()
    total = explained = unexplained = 0
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for module, count, found in pool.map(lambda name: compare(options, name), modules):
            total += count
            for name, (plain, guarded) in sorted(found.items()):
                reasons = [reason for pattern, reason in expected
                           if fnmatch.fnmatchcase(name, pattern)]
                explained += bool(reasons)
                unexplained += not reasons
                print(f'{"expected" if reasons else "DIFFERS"} {name}: {plain} -> {guarded}'
                      + (f' ({reasons[0]})' if reasons else ''), flush=True)
    for reason, names in skipped.items():
        print(f'left out, {reason}: {" ".join(names)}')
    print(f'{len(modules)} modules, {total} tests: {explained} differ for a known reason, '
          f'{unexplained} without one')
    sys.exit(1 if unexplained else 0)


if __name__ == '__main__':
    main()
