"""Puts the prompt's commands, which `help hr` shows, into a manual page.

usage: commands.py COMMANDS PAGE: prints the page, with the list in the place of the
line @COMMANDS@.
"""

import re
import sys


def escaped(text):
    return re.sub(r"([\\*_])", r"\\\1", text)


def marked(token):
    """A word of a command's head: what is typed is bold, what it stands for is not."""
    if token.isalnum() and not token.isupper():
        return f"*{token}*"
    return f"_{token}_" if token.isalpha() else token


def head(line):
    """*name* _ARGUMENT_, by the form of its words."""
    if line.startswith("q, "):
        return "*q*, *quit*, end of input"
    tokens = re.findall(r"[A-Za-z0-9!]+|[^A-Za-z0-9!]+", line)
    return "".join(f"*{t}*" if t == "quit!" else marked(t) for t in tokens)


commands, page = sys.argv[1:]
with open(commands, encoding="utf-8") as stream:
    lines = stream.read().splitlines()
text = "\n".join(
    escaped(line) if line.startswith("\t") else head(line) for line in lines
)
with open(page, encoding="utf-8") as stream:
    sys.stdout.write(stream.read().replace("@COMMANDS@", text))
