"""The front end of the debugger: pdb on a failed call whose callers still live."""

import os
import pdb
import signal
import sys
import threading


class Prompt(Commands, pdb.Pdb):
    def __init__(self, streams):
        stdin, stdout, self.opened = streams
        super().__init__(stdin=stdin, stdout=stdout, nosigint=True)
        self.hidden = ()
        self.frame = None
        self.traceback = None

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
        self.frame = frame
        self.exception = exception
        self.traceback = traceback
        if self.setup(frame, traceback) and self.action:
            return
        if hasattr(self, "set_convenience_variable"):
            self.set_convenience_variable(frame, "_exception", exception)
        self.print_stack_entry(self.stack[self.curindex])

    def ask(self):
        """The name of the person's decision."""
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
        self.exception = self.traceback = self.frame = None
        self.argument = self.target = None
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

    def emptyline(self):
        if self.lastcmd:
            return super().emptyline()

    def _validate_file_mtime(self):
        """Running code that the file no longer holds is what we are here for."""

    def do_step(self, arg):
        """Not for a call that has failed; see help hr."""
        self.error(DEAD)

    do_s = do_next = do_n = do_until = do_unt = do_step
    do_jump = do_j = do_break = do_b = do_tbreak = do_run = do_step

    def do_debug(self, arg):
        """debug code: step through a statement with another debugger."""
        tracer = sys.gettrace()
        try:
            return super().do_debug(arg)
        finally:
            sys.settrace(tracer)


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
