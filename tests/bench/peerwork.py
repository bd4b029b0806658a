"""One measurement, in the process of one peer (see peers.py).

    python peerwork.py PEER WORK FOLDER [NUMBER]

Prints one JSON object.  PEER says how the functions of FOLDER's modules are taken
hold of: nothing is done for `python`, nor for `hr-run` and `debugpy`, which run this.
"""

import contextlib
import gc
import importlib
import json
import os
import sys
import time


def reloader(peer, folder):
    """What makes the peer look at the files again, once it watches them."""
    if peer == 'jurigged':
        import jurigged
        from jurigged.register import registry
        # Not started: its thread would refresh a second time beside what is measured.
        jurigged.watch(os.path.join(folder, '*.py'), logger=None, autostart=False)
        return lambda path: registry.get(path).refresh()
    if peer == 'autoreload':
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        shell.run_line_magic('load_ext', 'autoreload')
        shell.run_line_magic('autoreload', '2')
        return lambda path: shell.run_cell('pass')
    return None


def hold(peer, module):
    """The peers that hold one function at a time."""
    if peer in ('hot-restart', 'library'):
        import hot_restart
        for name, value in list(vars(module).items()):
            if getattr(value, '__module__', None) != module.__name__:
                continue
            options = {'propagated_exceptions': (KeyError, RecursionError)}
            if isinstance(value, type):
                setattr(module, name, hot_restart.wrap_class(value))
            elif callable(value):
                setattr(module, name, hot_restart.wrap(value, **options))
    elif peer == 'wrapt':
        import wrapt

        @wrapt.decorator
        def passing(wrapped, instance, args, kwargs):
            return wrapped(*args, **kwargs)

        for name, value in list(vars(module).items()):
            if getattr(value, '__module__', None) != module.__name__:
                continue
            if isinstance(value, type):
                for key, method in list(vars(value).items()):
                    if callable(method):
                        setattr(value, key, passing(method))
            elif callable(value):
                setattr(module, name, passing(value))
    return module


def calls(module, space, statement, count):
    text = f'def drive(count, now):\n    started = now()\n    for i in range(count):\n' \
           f'        {statement}\n    return now() - started\n'
    space = dict(vars(module), **space)
    exec(text, space)
    return min(space['drive'](count, time.thread_time) for _ in range(9)) / count


def work_call(peer, folder, _):
    module = hold(peer, importlib.import_module('calls'))
    return {'function': calls(module, {}, 'three(1, 2, 3)', 20000),
            'method': calls(module, {'method': module.Thing().method}, 'method(4)', 20000),
            'fib': calls(module, {}, 'fib(15)', 2)}


def work_passing(peer, folder, levels):
    module = hold(peer, importlib.import_module(f'levels{levels}'))
    best = 1e9
    for _ in range(9):
        started = time.thread_time()
        for _ in range(300):
            module.catch()
        best = min(best, time.thread_time() - started)
    return {'passing': best / 300}


def resident():
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        import ctypes
        ctypes.CDLL(None).malloc_trim(0)
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def work_memory(peer, folder, _):
    if peer in ('hot-restart', 'library'):
        import hot_restart  # noqa: F401  its own size is not the functions'
    elif peer == 'wrapt':
        import wrapt  # noqa: F401
    hold(peer, importlib.import_module('calls'))
    before = resident()
    hold(peer, importlib.import_module('many'))
    return {'memory': resident() - before}


def work_depth(peer, folder, limit):
    module = hold(peer, importlib.import_module('depth'))
    sys.setrecursionlimit(int(limit))
    return {'depth': module.reached()}


def work_reload(peer, folder, lines):
    again = reloader(peer, folder)
    module = importlib.import_module(f'module{lines}')
    path = os.path.join(folder, f'module{lines}.py')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if peer == 'autoreload':  # notes the time of what it sees for the first time
        again(path)
    time.sleep(0.02)  # another time stamp
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text.replace('return x / 0', 'return x'))
    started = time.perf_counter()
    again(path)
    result = module.failing(3)
    spent = time.perf_counter() - started
    assert result == 3, result
    return {'reload': spent}


def main():
    peer, work, folder = sys.argv[1:4]
    sys.path.insert(0, folder)
    if work != 'reload':
        reloader(peer, folder)
    out = os.dup(1)
    os.dup2(2, 1)  # what a peer prints is not the result
    result = globals()[f'work_{work}'](peer, folder, *sys.argv[4:5] or [None])
    os.write(out, json.dumps(result).encode() + b'\n')
    # Watchers' threads are not waited for.
    sys.stdout.flush()
    os._exit(0)


if __name__ == '__main__':
    main()
