"""The front end of the debugger: pdb on a failed call whose callers still live."""

import contextlib
import os
import signal
import sys
import threading


@contextlib.contextmanager
def interruptible():
    """Ctrl-C is KeyboardInterrupt, whatever the program makes of it."""
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if main else None
    if handler is not None:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        except ValueError:  # a sub-interpreter has no signals
            handler = None
    try:
        yield
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)


def own_rc_lines():
    """The lines of pdb's own files; not of one that another user may have written."""
    for path in (os.path.expanduser("~/.pdbrc"), ".pdbrc"):
        try:
            with open(path, encoding="utf-8", opener=open_at_once) as stream:
                if is_trusted(os.fstat(stream.fileno())):
                    yield from stream
                    continue
        except (OSError, UnicodeDecodeError):
            continue
        print(
            f"hr: {path} is not read: another user may have written it", file=sys.stderr
        )


def live_stack(frame, entry, hidden):
    """The callers, the failed frame where it failed, the dead ones below; its index."""
    stack = []
    above = frame.f_back
    while above is not None:
        if not any(above is one for one in hidden):
            stack.append((above, above.f_lineno or above.f_code.co_firstlineno))
        above = above.f_back
    stack.reverse()
    line = entry.tb_lineno if entry else frame.f_lineno
    stack.append((frame, line or frame.f_code.co_firstlineno))
    index = len(stack) - 1
    while entry is not None:
        if entry.tb_frame is not frame:
            stack.append((entry.tb_frame, entry.tb_lineno))
        entry = entry.tb_next
    return stack, index


def say_plainly(self, text, colour=None):
    """A line of ours; files below the current folder lose its name."""
    text = "\n".join(map(visible, without_folder(text).split("\n")))
    if ": error: " in text:
        colour = RED
    # What the program has put in their place, or closed, may fail.
    if sys.stdout is not None:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
    if sys.stderr is not None:
        with contextlib.suppress(Exception):
            print(painted(text, colour, sys.stderr), file=sys.stderr, flush=True)
    own = getattr(self, "stdout", None)
    if own is not None and not is_own(sys.stderr, 2):
        print(painted(text, colour, own), file=own, flush=True)


class Connected:
    """A debugger on the terminal, which is opened for as long as it is needed."""

    opened = ()

    def connect(self, streams=None):
        """False: there is no terminal."""
        streams = streams or terminal()
        if streams is None:
            return False
        stdin, stdout, self.opened = streams
        self.stdin, self.stdout = stdin or sys.stdin, stdout or sys.stdout
        self.use_rawinput = stdout is None
        return True

    def disconnect(self):
        for stream in self.opened:
            stream.close()
        self.opened = ()
        self.stdin, self.stdout = sys.stdin, sys.stdout


class Front:
    """A prompt on a call that has failed: a mixin for pdb.Pdb and its like."""

    ends = True  # whether what was decided lets the exception go on
    quits = 0  # how often q was typed in this program; None: what else there is was said

    def __init__(self, streams):
        with program_kept():
            super().__init__(nosigint=True, readrc=False)
        self.rcLines = list(own_rc_lines())
        self.connect(streams)
        self.hidden = ()
        self.frame = None
        self.traceback = None

    def get_stack(self, frame, entry):
        return live_stack(frame, entry, self.hidden)

    def open(self, frame, exception, traceback, hidden):
        self.hidden = hidden
        self.frame = frame
        self.exception = exception
        self.traceback = traceback
        # A step at module level leaves them among the globals.
        for name in ("__return__", "__exception__"):
            if frame.f_code.co_name == "<module>":
                frame.f_globals.pop(name, None)
        if self.setup(frame, traceback) and self.action:
            return
        if hasattr(self, "set_convenience_variable"):
            self.set_convenience_variable(frame, "_exception", exception)
        self.print_stack_entry(self.stack[self.curindex])

    def ask(self):
        """The name of the person's decision."""
        with interruptible(), line_editing(self):
            while not self.action:
                self._cmdloop()
        action, self.action = self.action, None
        self.ends = action in ("quit", "reraise", "exit")
        if action == "quit" and Front.quits is not None:
            Front.quits += 1
        return action

    def say_ways_out(self):
        """Once a program, at the prompt that comes after a q."""
        if Front.quits:
            Front.quits = None
            self.say("hr: q lets the exception go one caller up, 'reraise' to the top; 'exit' "
                     "lets this and all later ones go")

    def follow(self):
        """What runs now is traced as long as there are breakpoints, or a step to do."""
        follower = getattr(sys.gettrace(), "__self__", None)
        if not isinstance(follower, Follower):
            follower = None
        step = self.step and not self.ends
        if step or any(bdb.Breakpoint.bpbynumber):
            if follower is None:
                follower = self.tracer()
            frame = self.target or self.frame
            entering = (frame.f_code, *self.step) if step else None
            follower.begin(self.frame, self.hidden, entering, self.exception)
        elif follower is not None:
            follower.end(self.frame)

    def close(self):
        self.follow()
        self.forget_times()
        for frame, _ in self.stack:
            frame.f_globals.pop("__pdb_convenience_variables", None)
        self.forget()
        self.curframe_locals = None
        self.exception = self.traceback = self.frame = None
        self.argument = self.target = None
        self.hidden = ()
        self.displaying.clear()
        self.disconnect()

    def forget_times(self):
        """Another debugger of this family may have noted when files were changed."""
        for frame, _ in self.stack:
            getattr(self, "_file_mtime_table", {}).pop(frame.f_code.co_filename, None)

    say = say_plainly

    def emptyline(self):
        if self.lastcmd:
            return super().emptyline()

    def do_debug(self, arg):
        """debug code: step through a statement with another debugger."""
        tracer = sys.gettrace()
        try:
            return super().do_debug(arg)
        finally:
            sys.settrace(tracer)


class Tracer(Follower, Connected, Commands, pdb.Pdb):
    """In what runs after a prompt."""

    reads_lines = True

    def __init__(self):
        with program_kept():
            super().__init__(nosigint=True, readrc=False)


class Prompt(Front, Connected, Commands, Stepping, pdb.Pdb):
    """On a call that has failed."""

    tracer = Tracer
    reads_lines = True


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
