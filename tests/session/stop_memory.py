"""Programs of texts in memory, which run to their end without a stop: see test_stop.py."""

MEMORY_PASSES = {
    'text_in_memory': '''
        import textwrap
        space = {'fail': fail, 'Boom': Boom}
        exec(textwrap.dedent("""
            class Types:
                Boom = Boom
            def named():
                try:
                    fail()
                except KeyError:
                    raise
                except Boom:
                    return 1
            def held(kind):
                def inner():
                    try:
                        try:
                            fail()
                        except (KeyError, OSError):
                            return 2
                        except Exception:
                            raise
                        finally:
                            kind.x = 1
                    except (KeyError, kind) as error:
                        return len(str(error))
                return inner()
            def attribute():
                for i in range(3):
                    try:
                        fail()
                    except Types.Boom:
                        if i == 2:
                            raise OSError
                        continue
            """), space)
        print(space['named'](), space['held'](Boom))
        try:
            space['attribute']()
        except OSError:
            pass
        ''',
    'text_in_memory_in_a_namespace_of_ones_own': '''
        import textwrap
        asked = []
        class Space(dict):
            def __missing__(self, name):
                asked.append(name)
                raise KeyError(name)
        exec(textwrap.dedent("""
            try:
                fail()
            except ZeroDivisionError:
                raise
            except Boom:
                pass
            """), Space(fail=fail, Boom=Boom))
        assert asked == ['ZeroDivisionError'], asked
        ''',
    'locals_that_are_no_dict': '''
        import textwrap
        asked = []
        class Names:
            def __init__(self, **names):
                self.names = names
            def __getitem__(self, name):
                asked.append(name)
                return self.names[name]
        exec(textwrap.dedent("""
            try:
                fail()
            except Boom:
                pass
            """), {'Boom': Boom}, Names(fail=fail))
        assert asked == ['fail', 'Boom'], asked
        ''',
}
