"""What is typed at a prompt and has a value: a mixin for pdb.Pdb and its like.

Python gives the code inside of an expression (a comprehension, a lambda) the globals of
the frame only; here it finds the frame's locals as well.
"""

import pdb
import sys
import traceback
import types


def holds_code(code):
    return any(isinstance(constant, types.CodeType) for constant in code.co_consts)


def evaluated(source, global_names, local_names):
    """The value of an expression."""
    code = compile(source, "<stdin>", "eval")
    if holds_code(code):
        global_names = {**global_names, **local_names}
    return eval(code, global_names, local_names)


def executed(code, global_names, local_names):
    """Runs a statement; what it assigns goes where it would go in the frame."""
    merged = {**global_names, **local_names}
    before = dict(merged)
    try:
        exec(code, merged, local_names)
    finally:
        for name, value in merged.items():
            if name not in before or before[name] is not value:
                global_names[name] = value


class Values:
    def value_of(self, source, more=None):
        """(True, value), or (False, None) after an error was shown."""
        global_names = self.curframe.f_globals
        if more:
            global_names = {**global_names, **more}
        try:
            return True, evaluated(source, global_names, self.curframe_locals)
        except Exception as error:
            self.error(f"{type(error).__name__}: {error}")
            return False, None

    def _getval(self, arg):
        try:
            return evaluated(arg, self.curframe.f_globals, self.curframe_locals)
        except BaseException:
            self._error_exc()
            raise

    def _getval_except(self, arg, frame=None):
        local_names = self.curframe_locals if frame is None else frame.f_locals
        try:
            return evaluated(arg, (frame or self.curframe).f_globals, local_names)
        except BaseException as error:
            said = traceback.format_exception_only(type(error), error)[-1].strip()
            return pdb._rstr(f"** raised {said} **")

    def default(self, line):
        try:
            code = compile(line.removeprefix("!") + "\n", "<stdin>", "single")
        except (SyntaxError, ValueError, OverflowError):
            code = None
        if code is None or not holds_code(code) or hasattr(self, "_exec_in_closure"):
            return super().default(line)
        before = sys.stdout, sys.stdin, sys.displayhook
        sys.stdout, sys.stdin, sys.displayhook = self.stdout, self.stdin, self.displayhook
        try:
            executed(code, self.curframe.f_globals, self.curframe_locals)
        except BaseException:
            self._error_exc()
        finally:
            sys.stdout, sys.stdin, sys.displayhook = before
        return None
