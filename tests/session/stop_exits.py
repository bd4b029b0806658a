"""Where --stop=unhandled stops: rows of test_stop.py on what leaves by the way: a manager's
own __exit__, managers that decorate, a finally that returns."""

# No stop.
EXIT_PASSES = {
    'decorator_of_a_class': '''
        class Careful(contextlib.suppress, contextlib.ContextDecorator):
            pass
        @Careful(KeyError, Boom)
        def work():
            fail(Sub)
        class Part:
            @Careful(Boom)
            def work(self):
                fail()
        work()
        Part().work()
        ''',
    'decorator_whose_exit_says_so': '''
        class Careful(contextlib.ContextDecorator):
            def __enter__(self):
                return self
            def __exit__(self, *error):
                return True
        careful = Careful()
        @careful
        def work():
            fail()
        work()
        ''',
    'decorator_of_a_coroutine': '''
        import asyncio
        class Careful(contextlib.AsyncContextDecorator):
            async def __aenter__(self):
                await asyncio.sleep(0)
            async def __aexit__(self, *error):
                await asyncio.sleep(0)
                return True
        @Careful()
        async def work():
            await asyncio.sleep(0)
            fail()
        asyncio.run(work())
        ''',
    'exit_that_returns_true': '''
        class Careful:
            def __init__(self, *names):
                self.names = names
            def __enter__(self):
                pass
            def __exit__(self, kind, error, trace):
                """Says what it was."""
                if kind is not None:
                    print("lost", error)
                    return True
                return True; print()
        class Short:
            def __enter__(self): pass
            def __exit__(self, *error): return True
        with Careful("a)", 'b'):
            fail()
        made = Short()
        with made:
            fail()
        with contextlib.ExitStack() as stack:
            stack.enter_context(Short())
            fail()
        class Below(Short):
            pass
        with Below() as below:
            fail()
        ''',
    'finally_that_returns': '''
        def work():
            try:
                fail()
            finally:
                print("end")
                return 3
        def short():
            try: fail()
            except KeyError: pass
            finally: return 3
        work()
        short()
        ''',
    'finally_around_a_clause': '''
        def work():
            try:
                fail(KeyError)
            except KeyError:
                fail()
            finally:
                return 3
        def other():
            try:
                pass
            except KeyError:
                pass
            else:
                fail()
            finally:
                return 3
        work()
        other()
        ''',
    'finally_that_goes_on': '''
        for i in range(3):
            try:
                fail()
            finally:
                if i < 9:
                    print(i)
                continue
        while True:
            try:
                fail()
            finally:
                print("end"); break
        ''',
}

# Stops at the line.
EXIT_STOPS = {
    'what_exit_returns_is_not_known': '''
        class Careful:
            def __enter__(self):
                pass
            def __exit__(self, *error):
                return bool(error)
        with Careful():
            fail()
        ''',
    'exit_that_may_raise_or_fall_off': '''
        class Careful:
            def __enter__(self):
                pass
            def __exit__(self, kind, *rest):
                if kind is KeyError:
                    return True
        with Careful():
            fail()
        ''',
    'exit_that_raises': '''
        class Careful:
            def __enter__(self):
                pass
            def __exit__(self, kind, error, trace):
                if isinstance(error, Boom):
                    raise error
                return True
        def work():
            with Careful():
                fail()
        work()
        ''',
    'exit_of_an_instance_that_is_none': '''
        class Other:
            def __enter__(self):
                pass
            def __exit__(self, *error):
                pass
        class Careful(Other):
            def __new__(cls):
                return Other()
            def __exit__(self, *error):
                return True
        with Careful():
            fail()
        ''',
    'decorator_that_makes_another': '''
        class Other(contextlib.ContextDecorator):
            def __enter__(self):
                pass
            def __exit__(self, *error):
                pass
        class Careful(Other):
            def _recreate_cm(self):
                return Other()
            def __exit__(self, *error):
                return True
        @Careful()
        def work():
            fail()
        work()
        ''',
    'decorator_for_others': '''
        class Careful(contextlib.suppress, contextlib.ContextDecorator):
            pass
        @Careful(KeyError)
        def work():
            fail()
        work()
        ''',
    'decorator_with_an_exit_of_its_own': '''
        class Careful(contextlib.suppress, contextlib.ContextDecorator):
            def __exit__(self, *error):
                return None
        @Careful(Boom)
        def work():
            fail()
        work()
        ''',
    'finally_that_may_return': '''
        def work(some=()):
            try:
                fail()
            finally:
                for one in some: break
                if some:
                    return 3
        work()
        ''',
    'finally_whose_last_line_may_return': '''
        def work(some=()):
            try:
                fail()
            finally:
                if some: print(some); return 3
        work()
        ''',
    'finally_whose_last_line_leaves_its_own_loop': '''
        def work(some=()):
            try:
                fail()
            finally:
                for one in some: print(one); break
        work()
        ''',
    'finally_whose_last_line_defines': '''
        def work():
            try:
                fail()
            finally:
                def end(): print('end'); return 3
        work()
        ''',
    'stack_with_another_method': '''
        class Careful:
            def __enter__(self):
                return self
            def __exit__(self, *error):
                return True
            def close(self, *error):
                pass
        def work():
            with contextlib.ExitStack() as stack:
                stack.push(Careful().close)
                fail()
        work()
        ''',
    'exit_that_ends_the_program': '''
        import sys
        class Careful:
            def __enter__(self):
                pass
            def __exit__(self, kind, *rest):
                if kind is not None:
                    sys.exit(3)
                return True
        def work():
            with Careful():
                fail()
        work()
        ''',
    'exit_that_asserts': '''
        class Careful:
            def __enter__(self):
                pass
            def __exit__(self, kind, *rest):
                assert kind is not Boom
                return True
        def work():
            with Careful():
                fail()
        work()
        ''',
    'finally_that_raises': '''
        def work():
            try:
                fail()
            except Boom as boom:
                kept = boom
                raise
            finally:
                if kept:
                    raise kept
                return 3
        work()
        ''',
    'within_a_finally_that_returns': '''
        def work():
            try:
                pass
            finally:
                fail()
                return 3
        work()
        ''',
}
