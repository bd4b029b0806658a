"""The terminal that a prompt is shown on, and how it looks there."""

import contextlib
import os
import re
import stat
import sys

RED, GREEN, CYAN, BOLD = "31", "32", "36", "1"
OWN = (None, None, ())  # of terminal(): the program's own streams

# Between words to complete, as pdb has them.
DELIMITERS = " \t\n`@#$%^&*()=+[{]}\\|;:'\",<>?"

MOST_LINES = 1000  # of the history that are kept

ROWS = {"-": RED, "+": GREEN, "@": CYAN}


def painted(text, colour, stream):
    """In that colour, where the stream is a terminal that shows colours."""
    if not colour or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    try:
        shows = stream is not None and stream.isatty()
    except Exception:
        shows = False
    return f"\033[{colour}m{text}\033[0m" if shows else text


def visible(text):
    """Without what moves a terminal's cursor or changes its state."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\t" else repr(char)[1:-1] for char in text
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
    return visible(f"{name}: {text}" if text else name)


def shown_path(path):
    try:
        relative = os.path.relpath(path)
        nearer = os.getcwd() != os.sep and not relative.startswith(os.pardir)
    except (OSError, ValueError):
        return path
    return relative if nearer else path


def without_folder(text):
    """Files below the current folder lose its name, wherever a path begins."""
    try:
        here = os.getcwd()
    except OSError:
        return text
    before = r"(?<![\w.~/-])"
    return text if here == os.sep else re.sub(f"{before}{re.escape(here)}/", "", text)


def open_at_once(path, flags):
    """An opener that does not wait, as for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def is_trusted(status):
    """A file whose lines may be run: of this user or root, and not for all to write."""
    mode = status.st_mode
    return (
        stat.S_ISREG(mode)
        and status.st_uid in (0, os.geteuid())
        and not mode & stat.S_IWOTH
    )


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
    pipe or a socket at the standard input holds commands.  A process that was forked
    while another thread had a prompt reads from a terminal of its own.
    """
    if runtime.may_use_input() and is_own(sys.stdin, 0) and is_own(sys.stdout, 1):
        return OWN
    try:
        reader = open("/dev/tty", encoding="utf-8", errors="replace")
        writer = open("/dev/tty", "w", encoding="utf-8", errors="replace")
    except OSError:
        return OWN if holds_commands(sys.stdin) else None
    return reader, writer, (reader, writer)


# ---- lines that are edited and kept ----


def history_path():
    """Where the prompt's lines are kept; None where there is no home for them."""
    base = os.environ.get("XDG_STATE_HOME")
    if not base or not os.path.isabs(base):
        home = os.path.expanduser("~")
        if not os.path.isabs(home) or not os.path.isdir(home):
            return None
        base = os.path.join(home, ".local", "state")
    return os.path.join(base, "hot-restart", "history")


def own_file(path):
    """Makes the file, for this user alone; whether it is a file of this user's.

    Under sudo the home folder may still be the person's, whose history it would block.
    """
    above = os.path.dirname(path)
    while not os.path.isdir(above):
        above = os.path.dirname(above)
    if os.stat(above).st_uid not in (os.geteuid(), 0):
        return False
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            return False
        os.fchmod(descriptor, 0o600)
        return True
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def program_kept():
    """A debugger that is made changes how words are completed: that is undone."""
    readline = sys.modules.get("readline")
    before = readline.get_completer_delims() if readline else None
    try:
        yield
    finally:
        readline = sys.modules.get("readline")
        if readline and before is not None:
            readline.set_completer_delims(before)


@contextlib.contextmanager
def line_editing(prompt):
    """The prompt's own history and completion; the program gets its own back after."""
    readline = sys.modules.get("readline")
    if readline is None or not prompt.use_rawinput or not hasattr(prompt, "reads_lines"):
        yield
        return
    count = readline.get_current_history_length()
    before = [readline.get_history_item(number + 1) for number in range(count)]
    delimiters, length = readline.get_completer_delims(), readline.get_history_length()
    path = history_path()
    readline.clear_history()
    readline.set_completer_delims(DELIMITERS)
    readline.set_history_length(MOST_LINES)
    try:
        if path is None or not own_file(path):
            path = None
        else:
            readline.read_history_file(path)
    except OSError:
        path = None
    known = readline.get_current_history_length()
    try:
        yield
    finally:
        new = readline.get_current_history_length() - known
        try:
            if path and new > 0:
                readline.append_history_file(new, path)
        except (OSError, AttributeError):
            pass
        readline.clear_history()
        for line in before:
            readline.add_history(line)
        readline.set_completer_delims(delimiters)
        readline.set_history_length(length)
