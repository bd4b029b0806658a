"""Other debuggers than pdb, on the same failed call: ipdb, pudb, pydevd (debugpy's)."""

import contextlib
import importlib
import linecache
import sys
import threading
import types


def exc_info_of(frame, exception, entry):
    """As debuggers take it: a traceback that begins with the failed call."""
    if entry is None:
        entry = types.TracebackType(
            None, frame, frame.f_lasti, frame.f_lineno or frame.f_code.co_firstlineno
        )
    return type(exception), exception, entry


class Plain:
    """What the runtime asks of a front end that is no pdb.

    Without a prompt of ours, hot_restart.reraise() and hot_restart.exit(), called in the
    debugger, stand for the commands of that name.
    """

    action = argument = target = None

    def __init__(self, streams):
        pass

    def open(self, frame, exception, entry, hidden):
        self.frame, self.hidden = frame, hidden
        self.exc_info = exc_info_of(frame, exception, entry)

    say = say_plainly

    def say_ways_out(self):
        pass  # they are those of another debugger

    def close(self):
        self.frame = self.exc_info = None
        self.hidden = ()


# ---- ipdb ----


def ipdb_prompt():
    """Its prompt with our commands."""
    importlib.import_module("ipdb")
    base = importlib.import_module("IPython.terminal.debugger").TerminalPdb

    class IpdbTracer(Follower, Connected, Commands, base):
        def __init__(self):
            super().__init__(nosigint=True, readrc=False)

    class IpdbPrompt(Front, Connected, Commands, Stepping, base):
        tracer = IpdbTracer

    return IpdbPrompt


# ---- pudb ----


def pudb_prompt():
    """Its screen: c restarts, q lets the exception go on."""
    pudb = importlib.import_module("pudb")

    class PudbPrompt(Plain):
        told = None  # what was said since the screen was left

        def __init__(self, streams):
            self.screen = pudb._get_debugger()
            self.nothing = importlib.import_module("pudb.debugger").NullSourceCodeProvider

        def say(self, text, colour=None):
            say_plainly(self, text, colour)
            if self.told is not None:
                self.told.append(text)

        def ask(self):
            screen = self.screen
            stack, index = live_stack(self.frame, self.exc_info[2], self.hidden)
            if self.told:
                screen.ui.message("\n".join(self.told), title="hot-restart")
            self.told = []
            screen.reset()
            screen.botframe = stack[0][0]
            # Its own would show the dead frames only, or stand in the innermost.
            screen.get_shortened_stack = lambda frame, entry: (stack, index)
            screen.ui.set_source_code_provider(self.nothing())
            try:
                with interruptible(), shown(self.frame.f_code):
                    screen.interaction(None, self.exc_info)
            finally:
                del screen.get_shortened_stack
            return "quit" if screen.quitting else "continue"

        def close(self):
            screen = self.screen
            if not screen.quitting and (screen.stoplineno != -1 or screen.breaks):
                # A step, or breakpoints.
                sys.settrace(screen.trace_dispatch)
            screen.ui.set_source_code_provider(self.nothing())
            linecache.checkcache()
            screen.curframe, screen.stack = None, []
            super().close()

    return PudbPrompt


# ---- pydevd, which is what debugpy and the editors that use it run ----


def pydevd_of():
    """The running one with somebody at its other end, or None."""
    module = sys.modules.get("pydevd")
    debugger = module.get_global_debugger() if module else None
    if debugger is None or getattr(debugger, "pydb_disposed", False):
        return None
    debugpy = sys.modules.get("debugpy")
    if debugpy is not None and not debugpy.is_client_connected():
        return None
    return debugger


def pydevd_prompt():
    """The editor's: its continue restarts."""
    if pydevd_of() is None:
        raise ImportError("no client is connected to it")
    bundle = "_pydevd_bundle."
    constants = importlib.import_module(bundle + "pydevd_comm_constants")
    frames = importlib.import_module(bundle + "pydevd_frame_utils")

    class PydevdPrompt(Plain):
        def ask(self):
            debugger = pydevd_of()
            if debugger is None:
                return "quit"  # whoever was there has left
            thread = threading.current_thread()
            debugger.set_additional_thread_info(thread)
            frames.add_exception_to_frame(self.frame, self.exc_info)
            try:
                debugger.set_suspend(thread, constants.CMD_ADD_EXCEPTION_BREAK)
                debugger.do_wait_suspend(thread, self.frame, "exception", self.exc_info)
            finally:
                # Where a frame's locals are no dict, some versions cannot.
                with contextlib.suppress(AttributeError):
                    frames.remove_exception_from_frame(self.frame)
            return "continue"

        def close(self):
            # What it knows of a file's lines is of before the edit.
            getattr(pydevd_of(), "clear_skip_caches", int)()
            super().close()

    return PydevdPrompt


# ---- which of them ----

makers = {"ipdb": ipdb_prompt, "pudb": pudb_prompt, "pydevd": pydevd_prompt}
made = {"pdb": Prompt}


def loaded_already():
    """The debugger that the program, or whoever started it, has brought."""
    if pydevd_of() is not None:
        return "pydevd"
    return next((name for name in ("pudb", "ipdb") if name in sys.modules), "pdb")


def known_as(debugger):
    """The name of a debugger, said as HOT_RESTART_DEBUGGER takes it."""
    name = debugger.lower() if isinstance(debugger, str) else debugger
    return "pydevd" if name == "debugpy" else name


def prompt_type(name, streams):
    """The class of that debugger's front end, and a line to say if it cannot be had."""
    if name in ("ipdb", "pudb") and streams != OWN:
        return Prompt, f"hr: {name} needs the program's own terminal; pdb is used"
    try:
        if name not in made or name == "pydevd":
            made[name] = makers[name]()
        return made[name], None
    except KeyError:
        return Prompt, f"hr: {name}: no such debugger; pdb is used"
    except Exception as error:
        return Prompt, f"hr: {name} cannot be used ({error}); pdb is"


def open_prompt(frame, exception, entry, name, hidden, help_wanted, forked, debugger):
    """A prompt positioned in the failed frame; None if there is no terminal.

    `debugger` is the one that was asked for, or None.
    """
    streams = terminal()
    chosen = known_as(debugger) or loaded_already()
    if streams is None and (chosen != "pydevd" or pydevd_of() is None):
        return None
    kind, remark = prompt_type(chosen, streams)
    prompt = kind(streams)
    line = entry.tb_lineno if entry else frame.f_lineno
    where = visible(f"{shown_path(frame.f_code.co_filename)}:{line}")
    said = f"{where}: in {name}: {summary(exception)}{whose(forked)}"
    prompt.say(said, RED)
    origin = runtime.origin_of(frame.f_code)
    if origin is not None:
        place = f"{visible(shown_path(origin))}:{runtime.origin_line(frame.f_code, line)}"
        prompt.say(f"hr: a copy: edit {place}")
    if remark:
        prompt.say(remark)
    if frame.f_code.co_filename in ("<string>", "<stdin>"):
        prompt.say("hr: this stands in no file: it can be looked at, not restarted; q ends the "
                   "program")
    elif help_wanted:
        what = (
            "reloads the module and goes on with this statement"
            if name == "<module>"
            else f"reloads {name} and restarts it"
        )
        prompt.say(f"hr: (c)ontinue {what}; 'help hr' lists the rest")
    else:
        prompt.say_ways_out()
    prompt.open(frame, exception, entry, hidden)
    return prompt
