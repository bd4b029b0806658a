"""The terminal that a prompt is shown on, and how it looks there."""

import os
import stat
import sys

RED, GREEN, CYAN, BOLD = "31", "32", "36", "1"
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
    except (OSError, ValueError):
        return path
    return path if relative.startswith(os.pardir) else relative


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
