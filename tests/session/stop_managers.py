"""What stands in a `with`, and what Python runs from C: see test_stop.py."""

import sys

MANAGER_PASSES = {
    'parameter_of_a_generator': '''
        @contextlib.contextmanager
        def careful(*kinds, also=KeyError):
            try:
                yield
            except kinds:
                pass
            except also:
                pass
        with careful(KeyError, Boom):
            fail()
        with careful(also=(KeyError, Boom)):
            fail(Sub)
        with careful(ValueError, # a comment, with (brackets
                     also=Boom):
            fail()
        ''',
    'default_of_a_parameter': '''
        @contextlib.contextmanager
        def careful(name, kind=Boom, *, also=KeyError):
            try:
                yield
            except (kind, also):
                pass
        with careful('a, b)'):
            fail()
        with careful({'a': (1, 2)}, ValueError, also=Boom):
            fail()
        ''',
    'parameter_of_a_method': '''
        class Connection:
            errors = KeyError, Boom
            @contextlib.contextmanager
            def transaction(self, kind=ValueError):
                try:
                    yield
                except kind:
                    raise
                except self.errors:
                    pass
        connection = Connection()
        with connection.transaction():
            fail()
        ''',
    'variable_of_a_closure': '''
        def make(kind):
            @contextlib.contextmanager
            def careful():
                try:
                    yield
                except kind:
                    pass
            return careful
        careful = make(Boom)
        with careful():
            fail()
        ''',
    'generator_that_was_made_before': '''
        @contextlib.contextmanager
        def careful(kind):
            try:
                yield
            except kind:
                pass
        manager = careful(Boom)
        with manager:
            fail()
        ''',
    'stack_of_managers': '''
        @contextlib.contextmanager
        def careful(kind):
            try:
                yield
            except kind:
                pass
        class Holder:
            stack = contextlib.ExitStack()
        for manager in (contextlib.suppress(KeyError, Boom), careful(Boom)):
            with contextlib.ExitStack() as stack:
                stack.enter_context(manager)
                stack.callback(print, 'end')
                fail()
        with Holder.stack:
            Holder.stack.enter_context(careful(Boom))
            fail()
        ''',
    'decorator': '''
        @contextlib.contextmanager
        def careful(kind):
            try:
                yield
            except kind:
                pass
        @careful(Boom)
        def work():
            fail()
        work()
        work()
        ''',
    'item_before': '''
        class Entered:
            def __init__(self, kind):
                fail(kind)
        def work():
            with contextlib.suppress(KeyError), contextlib.suppress(Boom), Entered(Boom):
                pass
        work()
        ''',
    'expected_by_a_keyword': '''
        import unittest
        case = unittest.TestCase()
        with case.assertRaises(expected_exception=Boom):
            fail()
        with case.assertRaisesRegex(Boom, 'x', msg='why'):
            fail()
        ''',
    'tuples_in_a_row': '''
        first, second = (KeyError,), (Boom, ValueError)
        try:
            fail()
        except first + second:
            pass
        with contextlib.suppress(*(first + second)) if 0 else contextlib.nullcontext():
            pass
        ''',
    'attribute_of_a_pattern': '''
        class Point:
            @property
            def x(self):
                return self.missing
        match Point():
            case Point(x=1):
                raise SystemExit(3)
        ''',
    'length_of_what_is_spread': '''
        class Row:
            def __iter__(self):
                return iter([1])
            def __len__(self):
                raise TypeError('none')
        assert [*Row()] == list(Row()) == [1]
        ''',
    'explicit_call_of_a_finalizer': '''
        class Base:
            kind = Boom
            def __del__(self):
                if self.kind:
                    fail(self.kind)
        class Careful(Base):
            def __del__(self):
                try:
                    super().__del__()
                except Boom:
                    pass
        one = Careful()
        try:
            Base.__del__(one)
        except Boom:
            pass
        del one
        ''',
    'callback_of_the_interpreters_own_library': '''
        import ctypes
        try:
            ctypes.pythonapi.PyObject_CallNoArgs.restype = ctypes.py_object
            ctypes.pythonapi.PyObject_CallNoArgs(ctypes.py_object(fail))
        except Boom:
            pass
        ''',
    'assert_raises_that_a_helper_makes': '''
        import unittest
        class Case(unittest.TestCase):
            def assert_boom(self, kind=Boom):
                return self.assertRaisesRegex(kind, 'x')
        case = Case()
        with case.assert_boom() as caught:
            fail(Sub)
        with open(__file__) as file, case.assert_boom(kind=(KeyError, Boom)) as caught:
            fail()
        ''',
}

MANAGER_STOPS = {
    'assert_raises_of_another_type_that_a_helper_makes': '''
        import unittest
        class Case(unittest.TestCase):
            def assert_key(self):
                return self.assertRaises(KeyError)
        with Case().assert_key() as caught:
            fail()
        ''',
    'parameter_that_is_called_as_a_global': '''
        kind = Boom
        @contextlib.contextmanager
        def careful(kind):
            try:
                yield
            except kind:
                pass
        with careful(KeyError):
            fail()
        ''',
    'argument_that_is_a_call': '''
        @contextlib.contextmanager
        def careful(kind):
            try:
                yield
            except kind:
                pass
        def types():
            return Boom
        with careful(types()):
            fail()
        ''',
    'stack_without_a_manager': '''
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(KeyError))
            stack.callback(print, 'end')
            fail()
        ''',
    'item_behind': '''
        class Entered:
            def __init__(self):
                fail()
        with Entered(), contextlib.suppress(Boom):
            pass
        ''',
    'name_space_that_is_not_asked': '''
        class Space(dict):
            def __getitem__(self, name):
                if name == 'Mine':
                    return Boom
                return super().__getitem__(name)
        class Kind(type):
            @classmethod
            def __prepare__(meta, name, bases):
                return Space()
        class Body(metaclass=Kind):
            try:
                fail()
            except Mine:
                pass
        ''',
    'callback_of_a_foreign_function': '''
        import ctypes
        @ctypes.CFUNCTYPE(ctypes.c_int)
        def callback():
            fail()
            return 0
        try:
            callback()
        except Boom:
            pass
        ''',
    'callback_of_a_weak_reference': '''
        import weakref
        def work():
            held = Boom('held')
            gone = weakref.ref(held, lambda reference: fail())
            try:
                del held
            except Boom:
                pass
        work()
        ''',
    'finalizer': '''
        class Held:
            def __del__(self):
                fail()
        def work():
            try:
                held = Held()
                held = None
                Held()
            except Boom:
                pass
        work()
        ''',
    'callback_of_an_event_loop': '''
        import asyncio
        async def main():
            asyncio.get_running_loop().call_soon(fail)
            await asyncio.sleep(0.01)
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'request_of_a_server': '''
        import socket, socketserver
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                fail()
        with socketserver.TCPServer(('127.0.0.1', 0), Handler) as server:
            with socket.create_connection(server.server_address):
                try:
                    server.handle_request()
                except Boom:
                    pass
        ''',
}

# Before 3.13 the code does not tell which item an __enter__ belongs to.
LATER_ITEM = {
    'enter_of_a_later_item': '''
        class Entered:
            def __enter__(self):
                fail()
            def __exit__(self, *error):
                pass
        with contextlib.suppress(Boom), Entered():
            pass
        ''',
}
(MANAGER_PASSES if sys.version_info >= (3, 13) else MANAGER_STOPS).update(LATER_ITEM)
