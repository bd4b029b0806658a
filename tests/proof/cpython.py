"""CPython's own test suite with every module guarded, against plain python.

    cpython.py --run HR_RUN --python PYTHON [-j N] [--stop WHEN,...] [MODULE ...]

See suite.py for what is compared.  With --stop=unhandled only the tests themselves are
guarded, as a person's own modules are: the test runner, which takes everything, is not
one of them.  Modules that are left out are named with the reason.
"""

import argparse
import fnmatch
import os
import subprocess
import sys

import suite

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
