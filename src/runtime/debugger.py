"""The front end of the debugger: pdb on a failed call whose callers still live."""

import os
import pdb
import signal
import stat
import sys
import threading

HELP = """\
The call has failed, its callers are alive and wait for its result.
c(ontinue)   read the file again, put the new code in place, restart the call
             with its original arguments
reload [changed|NAME|module]
             put every edited definition in place (or those of a name, of a module, of
             this module), and stay at the prompt
restart      restart the call without reading the file
q(uit)       let the exception go on to the next guarded caller (end of input too)
reraise      let the exception go on to the top, without stopping again
exit, quit!  end the program: this exception and all that follow go on to the top
tb           print the traceback
u(p), d(own), w(here), l(ist), ll, p, pp, a(rgs), display, interact, !statement
             are pdb's own; `help` lists them
"""
DEAD = (
    "the call has failed and cannot be stepped; fix it and (c)ontinue. To step "
    "through the new run, put breakpoint() into the code first."
)


def summary(exception):
    kind = type(exception)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    try:
        text = str(exception).partition("\n")[0]
    except Exception:
        text = "<str() of it failed>"
    return f"{name}: {text}" if text else name


def shown_path(path):
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return path if relative.startswith(os.pardir) else relative


def is_own(stream, descriptor):
    """Whether the program's stream is still the one that it was started with."""
    try:
        return stream.fileno() == descriptor and stream.isatty()
    except Exception:
        return False


def holds_commands(stream):
    """Whether somebody may be at the other end; a file is the program's data."""
    try:
        mode = os.fstat(0).st_mode
        return stream.fileno() == 0 and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))
    except Exception:
        return False


def terminal():
    """(stdin, stdout, opened) for the prompt, or None without a terminal.

    The program's own streams are used only if they are the terminal: what is
    piped into it or out of it is its data.  Where there is no terminal at all, a
    pipe or a socket at the standard input holds commands.
    """
    if is_own(sys.stdin, 0) and is_own(sys.stdout, 1):
        return None, None, ()
    try:
        reader = open("/dev/tty", encoding="utf-8", errors="replace")
        writer = open("/dev/tty", "w", encoding="utf-8", errors="replace")
    except OSError:
        return (None, None, ()) if holds_commands(sys.stdin) else None
    return reader, writer, (reader, writer)


class Prompt(pdb.Pdb):
    def __init__(self, streams):
        stdin, stdout, self.opened = streams
        super().__init__(stdin=stdin, stdout=stdout, nosigint=True)
        self.hidden = ()
        self.exception = None
        self.traceback = None
        self.action = None
        self.argument = ""

    def get_stack(self, frame, traceback):
        """The callers, the failed frame where it failed, the dead ones below."""
        stack = []
        above = frame.f_back
        while above is not None:
            if not any(above is hidden for hidden in self.hidden):
                stack.append((above, above.f_lineno or above.f_code.co_firstlineno))
            above = above.f_back
        stack.reverse()
        line = traceback.tb_lineno if traceback else frame.f_lineno
        stack.append((frame, line or frame.f_code.co_firstlineno))
        index = len(stack) - 1
        while traceback is not None:
            if traceback.tb_frame is not frame:
                stack.append((traceback.tb_frame, traceback.tb_lineno))
            traceback = traceback.tb_next
        return stack, index

    def open(self, frame, exception, traceback, hidden):
        self.hidden = hidden
        self.exception = exception
        self.traceback = traceback
        if self.setup(frame, traceback) and self.action:
            return
        if hasattr(self, "set_convenience_variable"):
            self.set_convenience_variable(frame, "_exception", exception)
        self.print_stack_entry(self.stack[self.curindex])

    def ask(self):
        """The person's decision: continue, restart, quit or reraise."""
        main = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGINT) if main else None
        if handler is not None:
            try:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            except ValueError:  # a sub-interpreter has no signals
                handler = None
        try:
            while not self.action:
                self._cmdloop()
            return self.action
        finally:
            self.action = None
            if handler is not None:
                signal.signal(signal.SIGINT, handler)

    def close(self):
        for frame, _ in self.stack:
            frame.f_globals.pop("__pdb_convenience_variables", None)
        self.forget()
        self.curframe_locals = None
        self.exception = self.traceback = None
        self.hidden = ()
        self.displaying.clear()
        for stream in self.opened:
            stream.close()

    def say(self, text):
        """A line of ours; files below the current folder lose its name."""
        try:
            text = text.replace(os.path.join(os.getcwd(), ""), "")
        except OSError:
            pass
        if sys.stdout is not None:
            try:
                sys.stdout.flush()
            except Exception:
                pass
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)
        if not is_own(sys.stderr, 2):
            print(text, file=self.stdout, flush=True)

    def finish(self, action, argument=""):
        # An empty line repeats the last command, which these must never be.
        self.lastcmd = ""
        self.action = action
        self.argument = argument
        return True

    def emptyline(self):
        if self.lastcmd:
            return super().emptyline()

    def _validate_file_mtime(self):
        """Running code that the file no longer holds is what we are here for."""

    def do_continue(self, arg):
        """c(ontinue): reload the failed function and restart its call."""
        return self.finish("continue")

    do_c = do_cont = do_continue

    def do_restart(self, arg):
        """restart: restart the failed call without reading the file."""
        return self.finish("restart")

    def do_reload(self, arg):
        """reload [changed|NAME|module]: put what was edited in place, stay here."""
        return self.finish("reload", "" if arg == "changed" else arg.strip())

    def do_quit(self, arg):
        """q(uit): let the exception go on to the next guarded caller."""
        return self.finish("exit" if arg == "!" else "quit")

    do_q = do_quit

    def do_exit(self, arg):
        """exit: let this exception and all that follow go on to the top."""
        return self.finish("exit")

    def do_EOF(self, arg):
        """End of input: as quit."""
        self.message("")
        return self.finish("quit")

    def do_reraise(self, arg):
        """reraise: let the exception go on to the top without stopping again."""
        return self.finish("reraise")

    def do_tb(self, arg):
        """tb: print the traceback of the failure."""
        import traceback

        lines = traceback.format_exception(
            type(self.exception), self.exception, self.traceback
        )
        self.message("".join(lines).rstrip())

    def do_step(self, arg):
        """Not for a call that has failed; see help hr."""
        self.error(DEAD)

    do_s = do_next = do_n = do_return = do_r = do_until = do_unt = do_step
    do_jump = do_j = do_break = do_b = do_tbreak = do_run = do_step

    def do_debug(self, arg):
        """debug code: step through a statement with another debugger."""
        tracer = sys.gettrace()
        try:
            return super().do_debug(arg)
        finally:
            sys.settrace(tracer)

    def help_hr(self):
        self.message(HELP.rstrip())


def whose(forked):
    """The thread and the process, where they are not the program's own."""
    names = []
    thread = threading.current_thread()
    if thread is not threading.main_thread():
        names.append(f"thread {thread.name}")
    processes = sys.modules.get("multiprocessing.process")
    if processes and processes.parent_process() is not None:
        names.append(f"process {os.getpid()}, {processes.current_process().name}")
    elif forked:
        names.append(f"process {os.getpid()}")
    return f" (in {', '.join(names)})" if names else ""


def open_prompt(frame, exception, traceback, name, hidden, help_wanted, forked):
    """A prompt positioned in the failed frame; None if there is no terminal."""
    streams = terminal()
    if streams is None:
        return None
    prompt = Prompt(streams)
    line = traceback.tb_lineno if traceback else frame.f_lineno
    where = f"{shown_path(frame.f_code.co_filename)}:{line}"
    prompt.say(f"{where}: in {name}: {summary(exception)}{whose(forked)}")
    if help_wanted:
        prompt.say(
            f"hr: (c)ontinue reloads {name} and restarts it; 'help hr' lists the rest"
        )
    prompt.open(frame, exception, traceback, hidden)
    return prompt
