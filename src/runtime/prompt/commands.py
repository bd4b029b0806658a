"""The commands of a prompt at a failed call: a mixin for pdb.Pdb and its like.

One namespace holds all the parts of the front end; `runtime` in it is what the
runtime answers, HELP the text of its commands.
"""

import ast
import difflib
import inspect
import io
import os
import shlex
import subprocess
import sys
import tokenize
import traceback
import types

ABOUT = "The call has failed, its callers are alive and wait for its result.\n\n"
DEAD = "not for a call that has failed; see help hr"

# What an empty line does not repeat.
ONCE = frozenset(
    "c cont continue restart return r raise reload q quit exit reraise edit wait "
    "s step n next unt until".split()
)

# As tracebacks have them.
CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

# The name of a function that gives back what it is called with.
COLLECT = "__hr_collect__"

# How editors are told a line.  Those that are not named get the file alone.
PLUS = "vi vim nvim view gvim nano pico emacs emacsclient kak ne joe mg ed gedit".split()
COLON = "hx helix micro subl sublime_text zed".split()
GOTO = "code codium cursor".split()
OPTION = "kate kwrite notepadqq".split()


def disk_text(path):
    """The file as it is now; None if it cannot be read."""
    try:
        with tokenize.open(path) as stream:
            return stream.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None


def line_table(old, new):
    """Where each line (1-based) of one text stands in another: a list."""
    before, after = (io.StringIO(text, newline=None).readlines() for text in (old, new))
    most = min(len(before), len(after))
    head = tail = 0
    while head < most and before[head] == after[head]:
        head += 1
    while tail < most - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    table = list(range(1, head + 1))
    last = max(len(after), 1)
    blocks = difflib.SequenceMatcher(
        None, before[head:len(before) - tail], after[head:len(after) - tail], False
    )
    for kind, start, end, other, other_end in blocks.get_opcodes():
        for place in range(other, other + end - start):
            if kind != "equal":
                place = max(min(place, other_end - 1), other)
            table.append(min(head + place + 1, last))
    return table + list(range(len(after) - tail + 1, len(after) + 1))


def editor_command(editor, path, line):
    words = shlex.split(editor)
    name = os.path.basename(words[0]) if words else ""
    if "%d" in editor:
        return [*(word.replace("%d", str(line)) for word in words), path]
    if name in COLON:
        return [*words, f"{path}:{line}"]
    if name in GOTO:
        goto = [] if "-g" in words or "--goto" in words else ["-g"]
        return [*words, *goto, f"{path}:{line}"]
    if name in OPTION:
        return [*words, "--line" if name != "notepadqq" else "-l", str(line), path]
    return [*words, f"+{line}", path] if name in PLUS else [*words, path]


def told(exception, entry, seen=()):
    """The lines of a traceback, each frame's from the text that it runs."""
    if exception in seen or isinstance(exception, BaseExceptionGroup):
        return traceback.format_exception(type(exception), exception, entry)
    lines = []
    cause = exception.__cause__
    context = None if exception.__suppress_context__ else exception.__context__
    for other, said in ((cause, CAUSE), (None if cause else context, CONTEXT)):
        if other is not None:
            lines += told(other, other.__traceback__, (*seen, exception)) + [said]
    if entry is not None:
        lines.append("Traceback (most recent call last):\n")
    while entry is not None:
        with shown(entry.tb_frame.f_code):
            lines += traceback.format_tb(entry, 1)
        entry = entry.tb_next
    return lines + traceback.format_exception_only(type(exception), exception)


class Commands(Values):
    """What a command decides is left in action, argument and target."""

    exception = None  # of the call that failed; None: no call has
    action = None
    argument = None
    target = None  # another frame than the failed one
    step = None  # what to do in the new run: (name, line)

    def onecmd(self, line):
        """An empty line repeats the last command, which some must never be."""
        stop = super().onecmd(line)
        if self.parseline(line)[0] in (ONCE if self.exception is not None else ["edit"]):
            self.lastcmd = ""
        return stop

    def finish(self, action, argument=None, target=None, step=None):
        self.action = action
        self.step = step
        self.argument = argument
        self.target = target
        return True

    # ---- decisions ----

    def do_continue(self, arg):
        """c(ontinue): reload the failed function and restart its call."""
        if self.exception is None:
            return super().do_continue(arg)
        return self.finish("continue")

    do_c = do_cont = do_continue

    def do_restart(self, arg):
        """restart [ARGUMENTS]: reload the selected call's function and restart it."""
        if self.exception is None:
            self.error("no call has failed here")
            return None
        index = [frame for frame, _ in self.stack].index(self.frame)
        target = self.curframe if self.curindex != index else None
        if self.curindex > index:
            self.error("this call has ended; go up to one that lives")
        elif target is not None and target.f_code.co_name == "<module>":
            self.error("a module can be restarted where a statement of its own has failed")
        elif target is not None and not runtime.is_guarded(target.f_code):
            self.error(f"{target.f_code.co_qualname} is not guarded")
        elif not arg.strip():
            return self.finish("restart", None, target)
        elif not self.curframe.f_code.co_flags & inspect.CO_OPTIMIZED:
            self.error("a module takes no arguments")
        else:
            done, given = self.call_arguments(arg)
            if done:
                return self.finish("restart", given, target)
        return None

    def do_step(self, arg):
        """s(tep), n(ext): restart, and stop at the first line of the new run."""
        if self.exception is None:
            return super().do_step(arg)
        return self.finish("continue", step=("step", None))

    do_s = do_step

    def do_next(self, arg):
        """n(ext): restart, and stop at the first line of the new run."""
        return super().do_next(arg) if self.exception is None else self.do_step(arg)

    do_n = do_next

    def do_until(self, arg):
        """unt(il) [LINE]: restart, and stop at this line or the one that failed."""
        if self.exception is None:
            return super().do_until(arg)
        frame, line = next(entry for entry in self.stack if entry[0] is self.frame)
        code = frame.f_code
        if arg.strip():
            try:
                line = int(arg)
            except ValueError:
                self.error(f"a line is needed, not {arg}")
                return None
        else:
            line = carried(runtime.text_of(code), disk_text(code.co_filename), line)
        return self.finish("continue", step=("until", line))

    do_unt = do_until

    def do_jump(self, arg):
        """Not for a call that has failed; see help hr."""
        if self.exception is None:
            return super().do_jump(arg)
        self.error(DEAD)
        return None

    do_j = do_jump

    def do_run(self, arg):
        """Not here; see help hr."""
        self.error(DEAD)

    complete_restart = complete_return = complete_r = complete_raise = (
        lambda self, *place: self._complete_expression(*place)
    )

    def complete_reload(self, text, *place):
        """Modules and definitions that were edited."""
        found = runtime.changes(self.curframe, None) or []
        names = {"changed", "module", *(name for _, name, *_ in found)}
        return sorted(name for name in names if name.startswith(text))

    complete_changes = complete_reload

    def call_arguments(self, source):
        """(True, (positional, keywords)) of what stands between a call's brackets."""
        try:
            call = ast.parse(f"f({source}\n)", "<stdin>", "eval").body
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                raise SyntaxError("arguments are needed, as in a call")
        except SyntaxError as error:
            # The closing bracket is ours.
            _, unclosed, opened = error.msg.partition("')' does not match opening parenthesis ")
            self.error(f"SyntaxError: {opened[:3]} was never closed" if unclosed
                       else f"SyntaxError: {error.msg}")
            return False, None
        call.func.id = COLLECT
        done, given = self.value_of(
            ast.unparse(call), {COLLECT: lambda *args, **kwargs: (args, kwargs)}
        )
        if not done:
            return False, None
        return True, (self.receiver() + given[0], given[1])

    def receiver(self):
        """What a method was called on, which is not written among its arguments."""
        code = self.curframe.f_code
        owner, _, name = code.co_qualname.rpartition(".")
        if not owner or owner.endswith("<locals>") or not code.co_argcount:
            return ()
        given = runtime.arguments_of(self.curframe) or {}
        first = given.get(code.co_varnames[0])
        for kind in (*type(first).__mro__, *getattr(first, "__mro__", ())):
            member = vars(kind).get(name) if kind.__name__ == owner.rpartition(".")[2] else None
            if member is not None:
                static = isinstance(member, staticmethod) and name != "__new__"
                return () if static else (first,)
        return ()

    def do_return(self, arg):
        """return [EXPRESSION]: give the caller this value instead."""
        if self.exception is None:
            return super().do_return(arg)
        if not arg.strip():
            return self.finish("continue", step=("return", None))
        done, value = self.value_of(arg)
        return self.finish("return", (value,)) if done else None

    do_r = do_return

    def do_raise(self, arg):
        """raise [EXPRESSION]: let the exception go on, or this one instead."""
        if self.exception is None:
            return self.default("raise " + arg)
        if not arg.strip():
            return self.finish("quit")
        try:
            statement, *others = ast.parse("raise " + arg).body
            if statement.exc is None or others:
                raise SyntaxError("an expression is needed")
        except SyntaxError as error:
            self.error(f"SyntaxError: {error.msg}")
            return None
        values = []
        for part in (statement.exc, statement.cause):
            if part is not None:
                done, value = self.value_of(ast.unparse(part))
                if not done:
                    return None
                values.append(value)
        exception = self.made(values[0])
        if exception is None:
            return None
        if exception is self.exception:
            return self.finish("quit")
        if len(values) > 1:
            cause = None if values[1] is None else self.made(values[1])
            if cause is None and values[1] is not None:
                return None
            exception.__cause__ = cause
        if self.traceback is not None:
            exception.__traceback__ = types.TracebackType(
                None, self.frame, self.traceback.tb_lasti, self.traceback.tb_lineno
            )
        return self.finish("raise", exception)

    def made(self, value):
        """An exception, from one or from its class; None after an error was shown."""
        if isinstance(value, type) and issubclass(value, BaseException):
            try:
                value = value()
            except Exception as error:
                self.error(f"{type(error).__name__}: {error}")
                return None
        if not isinstance(value, BaseException):
            self.error("exceptions must derive from BaseException")
            return None
        return value

    def do_reload(self, arg):
        """reload [changed|NAME|module]: put what was edited in place, stay here."""
        if self.exception is None:
            self.error("no call has failed here")
            return None
        return self.finish("reload", None if arg == "changed" else arg.strip() or None)

    def do_quit(self, arg):
        """q(uit): let the exception go on to the next guarded caller."""
        if self.exception is None:
            return super().do_quit(arg)
        return self.finish("exit" if arg == "!" else "quit")

    do_q = do_quit

    def do_exit(self, arg):
        """exit: let this exception and all that follow go on to the top."""
        if self.exception is None:
            return super().do_quit(arg)
        return self.finish("exit")

    def do_EOF(self, arg):
        """End of input: as quit."""
        if self.exception is None:
            return super().do_EOF(arg)
        self.message("")
        return self.finish("quit")

    def do_reraise(self, arg):
        """reraise: let the exception go on to the top without stopping again."""
        if self.exception is None:
            self.error("no call has failed here")
            return None
        return self.finish("reraise")

    def do_wait(self, arg):
        """wait: wait until the file is saved, and continue then."""
        if self.exception is None:
            self.error("no call has failed here")
            return None
        path = edited_file(self.frame.f_code)
        said = f"hr: waiting for {shown_path(path)} to be saved"
        runtime.wait_for_save(path, lambda: self.say(said))
        return self.finish("continue")

    # ---- what can be seen ----

    def do_args0(self, arg):
        """args0: print the arguments that the selected call was made with."""
        arguments = runtime.arguments_of(self.curframe)
        if arguments is None:
            self.error("the original arguments of this call are not known")
            return
        for name, value in arguments.items():
            try:
                text = repr(value)
            except Exception as error:
                text = f"*** repr failed: {type(error).__name__}: {error} ***"
            self.message(f"{name} = {text}")

    def do_changes(self, arg):
        """changes [NAME|module]: what differs on disk from what runs."""
        found = runtime.changes(self.curframe, arg.strip() or None)
        if not found:
            self.message("no definition, constant or import differs from what runs")
        for path, name, line, text, new_line, new_text in found:
            path = shown_path(path)
            for row in difflib.unified_diff(
                text.splitlines(),
                new_text.splitlines(),
                f"{path}:{line} {name} (runs)",
                f"{path}:{new_line} {name} (on disk)" if new_line > 0
                else "(gone)" if new_line == 0 else "(half typed)",
                lineterm="",
            ):
                self.message(painted(visible(row), ROWS.get(row[:1]), self.stdout))

    def do_edit(self, arg):
        """edit: open the frame's file at its line in $VISUAL or $EDITOR."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        frame, line = self.stack[self.curindex]
        path = edited_file(frame.f_code)
        line = carried(runtime.text_of(frame.f_code), disk_text(path), line)
        try:
            command = editor_command(editor, os.path.abspath(path), line)
            status = subprocess.call(command, stdin=self.stdin, stdout=self.stdout)
        except (OSError, ValueError) as error:
            self.error(f"{editor}: {error}")
            return
        if status != 0:
            self.error(f"{editor} ended with {status}")

    def do_tb(self, arg):
        """tb: print the traceback of the failure."""
        if self.exception is None:
            self.error("no call has failed here")
            return
        self.message("".join(told(self.exception, self.traceback)).rstrip())

    def help_hr(self):
        self.message(ABOUT + HELP.rstrip().expandtabs(4))
