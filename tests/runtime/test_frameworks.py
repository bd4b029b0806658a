"""Test runners, a coverage tool and web frameworks run guarded as they do under python.

The packages are those of the interpreter, or Debian's where it can load them; what is
missing is named in the skip.
"""

import json
import os
import re
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import harness

DEBIAN = '/usr/lib/python3/dist-packages'

MODULE = '''\
def branchy(n, kind="a"):
    n = n + 1
    for i in range(n):
        if i > 2:
            break
    else:
        n = 0
    try:
        if kind == "b":
            raise ValueError(kind)
    except ValueError:
        n = -1
    finally:
        n += 1
    with open("/dev/null") as f:
        return n, [x for x in range(3) if x], f.name

def never():
    return 1

def oneline(): return 2

def documented(n):
    """
    >>> documented(1)
    2
    >>> documented(0)
    Traceback (most recent call last):
        ...
    ZeroDivisionError: integer division or modulo by zero
    >>> documented(2)
    7
    """
    n = 2 // n
    return n

class K:
    """doc"""
    x = 1
    def m(self):
        """doc only"""
    async def co(self):
        return 1
    def gen(self):
        yield 1
        yield 2
'''

USES = '''\
import asyncio, module
print(module.branchy(1), module.branchy(5, "b"), module.oneline())
k = module.K(); k.m(); print(asyncio.run(k.co()), list(k.gen()))
def failing():
    try:
        module.branchy("x")
    except TypeError:
        return 1
print(failing())
'''

PYTEST = '''\
import pytest, module

@pytest.fixture
def k():
    yield module.K()

@pytest.mark.parametrize("n", [1, 2, 3])
def test_each(n, k):
    assert module.branchy(n)[1] == [1, 2]

def test_raises():
    with pytest.raises(TypeError, match="concatenate"):
        module.branchy("x")

def test_fails():
    print("shown")
    a = [1, 2]
    assert module.branchy(1)[1] == a + [3], "not three"

def test_fails_below():
    module.branchy(None)

def test_skips():
    pytest.skip("why")

@pytest.mark.xfail
def test_expected():
    assert 0

def helper(n):
    n += 1
    raise OSError(n)

class TestClass:
    def test_a_warning(self):
        import warnings
        warnings.warn("deprecated", DeprecationWarning)
    def test_in_another_function(self):
        helper(1)
'''

UNITTEST = '''\
import asyncio, unittest, module

class Tests(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.k = module.K()
        self.addCleanup(self.k.m)
    async def asyncSetUp(self):
        asyncio.get_running_loop().slow_callback_duration = 60  # of a busy machine
    def test_passes(self):
        self.assertEqual(module.oneline(), 2)
    def test_fails(self):
        self.assertEqual(module.branchy(1), 5)
    def test_errors(self):
        module.branchy(None)
    def test_raises(self):
        with self.assertRaises(TypeError):
            module.branchy(None)
    def test_subtests(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)
    @unittest.expectedFailure
    def test_expected(self):
        self.fail()
    async def test_async(self):
        self.assertEqual(await self.k.co(), 1)
    async def test_async_fails(self):
        self.assertEqual(await self.k.co(), 2)

if __name__ == "__main__":
    unittest.main()
'''

FLASK = '''\
import sys, flask
app = flask.Flask(__name__)

@app.route("/<int:n>")
def page(n):
    n = 10 // n
    return flask.render_template_string("<p>{{ n }}</p>", n=n)

@app.errorhandler(404)
def missing(error):
    return "nothing here", 404

app.run(port=int(sys.argv[1]))
'''

DJANGO = '''\
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

settings.configure(DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
                   SECRET_KEY="x", MIDDLEWARE=["django.middleware.common.CommonMiddleware"])

def page(request, n):
    n = 10 // n
    return HttpResponse(f"<p>{n}</p>")

urlpatterns = [path("<int:n>", page)]
execute_from_command_line(["manage", "runserver", "--noreload", sys.argv[1]])
'''

# A web server of asyncio's streams: one task a connection.
ASYNCIO = '''\
import asyncio, sys

async def page(n):
    await asyncio.sleep(0)
    n = 10 // n
    return f"<p>{n}</p>"

async def serve(reader, writer):
    line = await reader.readline()
    while (await reader.readline()).strip():
        pass
    try:
        body, status = await page(int(line.split()[1][1:])), "200 OK"
    except ZeroDivisionError as error:
        body, status = repr(error), "500 Internal Server Error"
    except ValueError:
        body, status = "nothing here", "404 Not Found"
    writer.write(f"HTTP/1.0 {status}\\r\\n\\r\\n{body}".encode())
    await writer.drain()
    writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()

asyncio.run(main())
'''

# Functions of __main__ go to another python as their code.
PICKLES = '''
import importlib, subprocess, sys

name, python, options = sys.argv[1:]
pickler = importlib.import_module(name)

def fails(a):
    a = a + 1
    raise ValueError(a)

def generates(n):
    for i in range(n):
        yield i

def outer():
    def inner(x):
        x += 1
        return x
    return inner(1), list(generates(3)), [method for method in (C().method(4),)]

class C:
    def method(self, value):
        value = value if super().__init__ else None
        return value

LOAD = "import sys, " + name + " as p; print(p.loads(sys.stdin.buffer.read())())"
for function in outer, lambda: fails(1):
    subprocess.run([python, "-c", LOAD], input=pickler.dumps(function, **eval(options)))
'''

FILES = {'module.py': MODULE, 'uses.py': USES, 'test_pytest.py': PYTEST,
         'test_unittest.py': UNITTEST, 'flask_app.py': FLASK, 'django_app.py': DJANGO,
         'asyncio_app.py': ASYNCIO, 'pickles.py': PICKLES}


def plain(text):
    """Without what differs from run to run."""
    text = re.sub(r'0x[0-9a-f]+', '0x', text)
    text = re.sub(r'\d+\.\d+ ?s(econds)?\b', 'TIME', text)
    text = re.sub(r'\[\d+/\w+/\d+ [\d:]+\]', '[DATE]', text)
    text = re.sub(r'^\w+ \d+, \d+ - [\d:]+$', 'DATE', text, flags=re.MULTILINE)
    text = re.sub(r'\d{4}-\d\d-\d\d [\d:]+,\d+', 'DATE', text)
    return re.sub(r':\d{4,5}\b', ':PORT', text)


class Case(harness.FolderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, text in FILES.items():
            with open(os.path.join(cls.folder, name), 'w', encoding='utf-8') as file:
                file.write(text)

    def needs(self, name):
        """Where the package is: None (the interpreter's own), or a PYTHONPATH."""
        code = f'import {name}'
        for place in (None, DEBIAN):
            shown = harness.run([harness.PYTHON, '-c', code], PYTHONPATH=place)
            if shown.returncode == 0:
                return place
        package = 'python3-' + name.partition('.')[0]
        self.skipTest(f'{harness.PYTHON} cannot import {name} (Debian: {package})')
        return None

    def both(self, *args, own=(), **options):
        """What python and hr-run print, and end with."""
        results = []
        for argv in ([harness.PYTHON, *args], [harness.RUN, *own, *args]):
            shown = harness.run(argv, cwd=self.folder, **options)
            results.append((shown.returncode, plain(shown.stdout.decode()),
                            plain(shown.stderr.decode())))
        return results


class TestRunners(Case):
    def test_pytest(self):
        place = self.needs('pytest')
        # Debian's pytest is older than 3.12, which warns of what it rewrites asserts with.
        expected, found = self.both('-m', 'pytest', '-p', 'no:cacheprovider', 'test_pytest.py',
                                    '-W', 'ignore:ast:DeprecationWarning', PYTHONPATH=place)
        self.assertIn('3 failed, 5 passed, 1 skipped, 1 xfailed', expected[1])
        self.assertEqual(found, expected)

    def test_pytest_called_oddly(self):
        place = self.needs('pytest')
        shown = harness.hr_run('-c', 'import _pytest.assertion.rewrite as r\n'
                               'r.AssertionRewritingHook.exec_module(None)', PYTHONPATH=place)
        self.assertIn(b'TypeError: exec_module() takes a loader and a module', shown.stderr)

    def test_unittest(self):
        for args in (('test_unittest.py',), ('-m', 'unittest', 'test_unittest', '-v')):
            with self.subTest(args):
                expected, found = self.both(*args)
                self.assertIn('FAILED (failures=3, errors=1, expected failures=1)', expected[2])
                self.assertEqual(found, expected)

    def test_doctest(self):
        expected, found = self.both('-m', 'doctest', 'module.py')
        self.assertIn('***Test Failed*** 1 failure', expected[1])
        self.assertEqual(found, expected)


class TestPicklers(Case):
    def check(self, name, options):
        self.needs(name)
        # An older one than Debian's does not know CPython 3.11.
        place = DEBIAN if os.path.isdir(os.path.join(DEBIAN, name)) else None
        expected, found = self.both('pickles.py', name, harness.PYTHON, options,
                                    PYTHONPATH=place)
        if sys.version_info >= (3, 13) and expected[1] == '':
            self.skipTest(f'the {name} at hand does not know this CPython')
        self.assertEqual(expected[1], '(2, [0, 1, 2], [4])\n')
        self.assertIn("pickles.py\", line 9, in fails", expected[2])
        self.assertEqual(found, expected)

    def test_cloudpickle(self):
        self.check('cloudpickle', '{}')

    def test_dill(self):
        self.check('dill', '{"recurse": True}')


class TestCoverage(Case):
    def lines(self, argv, place, *options):
        data = os.path.join(self.folder, 'data')
        report = os.path.join(self.folder, 'report')
        shown = harness.run([*argv, '-m', 'coverage', 'run', '--data-file', data,
                             '--include', self.folder + '/*', *options, 'uses.py'],
                            cwd=self.folder, PYTHONPATH=place)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        harness.run([harness.PYTHON, '-m', 'coverage', 'json', '-q', '--data-file', data,
                     '-o', report], cwd=self.folder, PYTHONPATH=place)
        with open(report, encoding='utf-8') as file:
            return json.load(file)['files']

    def test_the_same_lines(self):
        place = self.needs('coverage')
        for options in ((), ('--branch',), ('--timid',)):
            with self.subTest(options):
                expected = self.lines([harness.PYTHON], place, *options)
                self.assertEqual(sorted(expected), ['module.py', 'uses.py'])
                self.assertIn(19, expected['module.py']['missing_lines'])
                self.assertEqual(self.lines([harness.RUN], place, *options), expected)


class TestServers(Case):
    def served(self, argv, script, place, logs):
        """What a server answers, and what it logs, if it does."""
        log = os.path.join(self.folder, 'log')
        with harness.reserved_port() as port:
            with open(log, 'wb') as file:
                server = subprocess.Popen([*argv, script, str(port)], cwd=self.folder,
                                          stdin=subprocess.DEVNULL, stdout=file,
                                          stderr=file, start_new_session=True,
                                          env=harness.environment(PYTHONPATH=place))
            try:
                answers = []
                for path in ('5', '0', 'none', '2'):
                    answers.append(self.get(server, f'http://127.0.0.1:{port}/{path}'))
                    if logs:
                        self.wait_for_line(log, f'GET /{path} ')
            finally:
                server.terminate()
                server.wait(90)
        with open(log, encoding='utf-8') as file:
            return answers, plain(file.read())

    def wait_for_line(self, log, text):
        """A server writes of a request after its answer, at once or not: each line is
        waited for, or the next request's could come first."""
        for _ in range(1800):
            with open(log, encoding='utf-8') as file:
                if re.search(re.escape(text) + '.*\n', file.read()):
                    return
            time.sleep(0.05)
        self.fail(f'{text!r} is not in the log')

    def get(self, server, url):
        for _ in range(1800):
            self.assertIsNone(server.poll(), 'the server ended')
            try:
                with urllib.request.urlopen(url, timeout=90) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read()
            except OSError:
                time.sleep(0.05)
        return self.fail(f'no answer from {url}')

    def check(self, script, place, logs=True):
        expected = self.served([harness.PYTHON], script, place, logs)
        self.assertEqual([status for status, _ in expected[0]], [200, 500, 404, 200])
        self.assertEqual(expected[0][3][1], b'<p>5</p>')
        self.assertEqual(self.served([harness.RUN], script, place, logs), expected)

    def test_flask(self):
        self.check('flask_app.py', self.needs('flask'))

    def test_django(self):
        self.check('django_app.py', self.needs('django.http'))

    def test_asyncio(self):
        self.check('asyncio_app.py', None, logs=False)


if __name__ == '__main__':
    unittest.main()
