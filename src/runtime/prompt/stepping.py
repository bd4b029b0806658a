"""Breakpoints that move with the file, the text that runs, and steps in a new run.

A breakpoint's line is one of the file as it was last looked at; what runs may be of an
older text or of a newer one, and every line is carried over from the one to the other.
"""

import bdb
import contextlib
import io
import linecache
import pdb
import sys
import types

FRONT_END = "<hot_restart>"

looked_at = {}  # file -> the text that its breakpoints' lines are of
tables = {}  # (text, other text) -> where each line of the one stands in the other
behind = []  # the call that was restarted for a step, and the failure it had
kept = {}  # what pdb keeps an object, and we keep for all prompts: commands, aliases

KEPT = ("aliases", "commands", "commands_doprompt", "commands_silent")


def carried(old, new, line):
    """Where a line of one text stands in another."""
    if old is None or new is None or old == new:
        return line
    table = tables.get((old, new))
    if table is None:
        if len(tables) > 50:
            tables.clear()
        table = tables[old, new] = line_table(old, new)
    return table[min(max(line, 1), len(table)) - 1] if table else line


def edited_file(code):
    """What a person edits: the origin if the file is a copy of one."""
    return runtime.origin_of(code) or code.co_filename


@contextlib.contextmanager
def shown(code):
    """While this lasts, the text of the file is what the code came from."""
    text = runtime.text_of(code) if code is not None else None
    if text is None:
        yield
        return
    path = code.co_filename
    known = linecache.cache.get(path)
    lines = io.StringIO(text, newline=None).readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    linecache.cache[path] = len(text), None, lines, path
    try:
        yield
    finally:
        if known is None:
            linecache.cache.pop(path, None)
        else:
            linecache.cache[path] = known


def look_at(path):
    """The file as it is now; its breakpoints have moved along."""
    text, before = disk_text(path), looked_at.get(path)
    if text is None:
        return
    looked_at[path] = text
    if before is None or before == text:
        return
    bplist = bdb.Breakpoint.bplist
    points = [point for point in bdb.Breakpoint.bpbynumber if point and point.file == path]
    for point in points:
        here = bplist[point.file, point.line]
        here.remove(point)
        if not here:
            del bplist[point.file, point.line]
        point.line = carried(before, text, point.line)
        point.func_first_executable_line = None
        bplist.setdefault((point.file, point.line), []).append(point)


def failure_behind(code):
    """What a call of this code goes on with that was restarted for a step and is quit."""
    if behind and behind[0].co_qualname == code.co_qualname and (
        behind[0].co_filename == code.co_filename
    ):
        failure = behind[1]
        behind.clear()
        return failure
    return None


class Place:
    """In a list: stands for a frame that is there."""

    def __init__(self, line):
        self.f_lineno = line


class Stepping:
    """A mixin for pdb.Pdb and its like."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in KEPT:
            if hasattr(self, name):
                setattr(self, name, kept.setdefault(name, getattr(self, name)))

    def look(self):
        """Brings the breakpoints up to date."""
        for path in {point.file for point in bdb.Breakpoint.bpbynumber if point}:
            look_at(path)
        self.breaks = {}
        for path, line in bdb.Breakpoint.bplist:
            self.breaks.setdefault(path, []).append(line)

    def file_line(self, code, line):
        """A line of the code as one of the file as it was last looked at."""
        return carried(runtime.text_of(code), looked_at.get(self.canonic(code.co_filename)), line)

    # ---- breakpoints ----

    def function_at(self, source):
        """The guarded function that a dotted name stands for; or None."""
        if not all(part.isidentifier() for part in source.split(".")):
            return None
        try:
            found = eval(source, self.curframe.f_globals, self.curframe_locals)
            found = getattr(found, "__func__", found)
            return found if runtime.text_of(found.__code__) is not None else None
        except Exception:
            return None

    def do_break(self, arg, temporary=0):
        if self.curframe is not None:
            look_at(self.canonic(self.curframe.f_code.co_filename))
        self.look()
        location, _, condition = (part.strip() for part in arg.partition(","))
        function = self.function_at(location) if location else None
        if function is None:
            return super().do_break(arg, temporary)
        code = function.__code__
        path = self.canonic(code.co_filename)
        look_at(path)
        line = self.file_line(code, code.co_firstlineno)
        linecache.checkcache(path)
        error = self.set_break(path, line, temporary, condition or None, code.co_name)
        if error:
            self.error(error)
        else:
            point = self.get_breaks(path, line)[-1]
            self.message(f"Breakpoint {point.number} at {point.file}:{point.line}")

    do_b = do_break

    def do_tbreak(self, arg):
        self.do_break(arg, 1)

    do_break.__doc__ = pdb.Pdb.do_break.__doc__
    do_tbreak.__doc__ = pdb.Pdb.do_tbreak.__doc__

    def do_clear(self, arg):
        self.look()
        return super().do_clear(arg)

    do_cl = do_clear
    do_clear.__doc__ = pdb.Pdb.do_clear.__doc__

    def checkline(self, filename, lineno, *more):
        linecache.checkcache(filename)
        look_at(self.canonic(filename))
        return super().checkline(filename, lineno, *more)

    def get_file_breaks(self, filename):
        """For a list of the text that runs: its lines."""
        found, code = super().get_file_breaks(filename), self.curframe.f_code
        path = self.canonic(filename)
        if path != self.canonic(code.co_filename):
            return found
        text = runtime.text_of(code)
        return [carried(looked_at.get(path), text, line) for line in found]

    def break_here(self, frame):
        code = frame.f_code
        if self.canonic(code.co_filename) not in self.breaks:
            return False
        first = self.file_line(code, code.co_firstlineno)
        return super().break_here(types.SimpleNamespace(
            f_lineno=self.file_line(code, frame.f_lineno or code.co_firstlineno),
            f_globals=frame.f_globals,
            f_locals=frame.f_locals,
            f_code=types.SimpleNamespace(
                co_filename=code.co_filename, co_name=code.co_name, co_firstlineno=first
            ),
        ))

    # ---- the text that runs ----

    def format_stack_entry(self, frame_lineno, *more):
        with shown(frame_lineno[0].f_code):
            return super().format_stack_entry(frame_lineno, *more)

    def do_list(self, arg):
        # What failed stands in its guard; pdb would show that place.
        line = self.stack[self.curindex][1]
        if arg == "." or not arg and self.lineno is None:
            arg = f"{max(1, line - 5)}, {max(1, line - 5) + 10}"
        with shown(self.curframe.f_code):
            return super().do_list(arg)

    do_l = do_list
    do_list.__doc__ = pdb.Pdb.do_list.__doc__

    def do_longlist(self, arg):
        with shown(self.curframe.f_code):
            return super().do_longlist(arg)

    do_ll = do_longlist
    do_longlist.__doc__ = pdb.Pdb.do_longlist.__doc__

    def do_source(self, arg):
        function = self.function_at(arg.strip())
        with shown(function.__code__ if function is not None else None):
            return super().do_source(arg)

    def _print_lines(self, lines, start, breaks=(), frame=None):
        if frame is not None and frame is self.curframe:
            frame = Place(self.stack[self.curindex][1])
        return super()._print_lines(lines, start, breaks, frame)

    do_source.__doc__ = pdb.Pdb.do_source.__doc__

    def _validate_file_mtime(self):
        """Running code that the file no longer holds is what we are here for."""


class Follower(Stepping):
    """Traces what runs after a prompt, for breakpoints and steps: a mixin as well."""

    entering = None  # (code of the call that begins, what to do there, line)

    def begin(self, frame, hidden, entering, failure):
        """`frame` has failed; its callers, but for those hidden, are followed too."""
        self.reset()
        behind[:] = [entering[0], failure] if entering else []
        self.look()
        self.entering = entering
        self.botframe = self.enterframe = frame
        above = frame.f_back
        while above is not None:
            if not any(above is one for one in hidden):
                above.f_trace = self.trace_dispatch
                self.botframe = above
            above = above.f_back
        self._set_stopinfo(self.botframe, None, -1)
        sys.settrace(self.trace_dispatch)

    def end(self, frame):
        behind.clear()
        sys.settrace(None)
        while frame is not None:
            if getattr(frame.f_trace, "__self__", None) is self:
                frame.f_trace = None
            frame = frame.f_back

    def set_continue(self):
        behind.clear()
        super().set_continue()

    def is_guard(self, frame):
        """Whether what runs are the lines that the guard is made of."""
        return frame.f_lineno is not None and runtime.is_guard(
            types.TracebackType(None, frame, frame.f_lasti, frame.f_lineno)
        )

    def dispatch_call(self, frame, arg):
        code = frame.f_code
        if code.co_filename == FRONT_END:
            return None
        if self.entering is None or not (
            code.co_qualname == self.entering[0].co_qualname
            and code.co_filename == self.entering[0].co_filename
        ):
            return super().dispatch_call(frame, arg)
        _, action, line = self.entering
        self.entering = None
        if action == "until":
            self.set_until(frame, line)
        elif action == "return":
            self.set_return(frame)
        else:
            self.set_next(frame)
        return self.trace_dispatch

    def get_stack(self, frame, entry):
        """Without the calls that failed and wait for what was restarted in their place."""
        stack, index = super().get_stack(frame, entry)
        hidden = [place for place, (one, _) in enumerate(stack)
                  if one is not frame and self.is_guard(one)]
        kept = [pair for place, pair in enumerate(stack) if place not in hidden]
        return kept, index - sum(place < index for place in hidden)

    def dispatch_line(self, frame):
        return self.trace_dispatch if self.is_guard(frame) else super().dispatch_line(frame)

    def dispatch_exception(self, frame, arg):
        return self.trace_dispatch if self.is_guard(frame) else super().dispatch_exception(frame, arg)

    def dispatch_return(self, frame, arg):
        if not self.is_guard(frame):
            return super().dispatch_return(frame, arg)
        if frame.f_back is not None and (self.stop_here(frame) or frame is self.returnframe):
            frame.f_back.f_trace = self.trace_dispatch
            self._set_stopinfo(None, None)
        return self.trace_dispatch

    def interaction(self, *args):
        if not self.connect():
            self.set_continue()
            return
        runtime.take_turn()
        try:
            with interruptible(), line_editing(self):
                super().interaction(*args)
        finally:
            runtime.give_turn()
            self.disconnect()
