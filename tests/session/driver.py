"""Drive a program on a pseudo-terminal.

    with Session([RUN, 'train.py'], cwd=folder) as session:
        session.expect('(Pdb) ')
        session.send('c')
        session.expect(re.compile(r'finished: (\\d+)')).group(1)
        assert session.wait() == 0

The program is the leader of its own terminal session; close() (and so the end
of the `with` block) ends it and its process group, whatever state they are in.
A failure is a SessionError (an AssertionError), whose text holds what was
waited for and the whole transcript.  Only the standard library is used, so
that every interpreter can run it.
"""

import codecs
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


class SessionError(AssertionError):
    pass


class Session:
    """expect() looks only at what came after the match before it.

    A timeout is how long a machine may take that has much else to do: it says that
    something hangs, and never that it is slow.
    """

    def __init__(self, argv, cwd=None, env=None, timeout=90, echo=None, columns=1000,
                 plain=True):
        self.argv = [os.fspath(arg) for arg in argv]
        self.timeout = timeout
        self.echo = echo  # a text stream that gets the transcript as it grows
        self.transcript = ''
        self.position = 0  # in the transcript: where the next expect() starts
        self.status = None
        self.master = -1
        self.ended = False  # the terminal's far side is closed
        self._decoder = codecs.getincrementaldecoder('utf-8')('replace')
        self._held = ''
        self.pid, self.master = self._spawn(cwd, self._environment(env, plain))
        # Wide, so that readline does not break long lines.
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))

    @staticmethod
    def _environment(env, plain):
        env = dict(os.environ if env is None else env)
        env.pop('COLUMNS', None)
        env.pop('LINES', None)
        if not plain:
            return env
        # Plain text: no colours, no bracketed paste, nobody's own key bindings.
        env.update(TERM='dumb', INPUTRC=os.devnull, NO_COLOR='1', PYTHON_COLORS='0')
        return env

    def _spawn(self, cwd, env):
        sys.stdout.flush()
        sys.stderr.flush()
        pid, master = pty.fork()
        if pid == 0:
            try:
                if cwd is not None:
                    os.chdir(cwd)
                os.execvpe(self.argv[0], self.argv, env)
            except BaseException as error:  # the child must never come back
                os.write(2, f'cannot start {self.argv[0]}: {error}\n'.encode())
            finally:
                os._exit(127)
        os.set_inheritable(master, False)
        os.set_blocking(master, False)
        return pid, master

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __del__(self):
        self.close()

    # What comes from the program

    def _take(self, data, final=False):
        text = self._held + self._decoder.decode(data, final)
        self._held = ''
        if text.endswith('\r') and not final:
            text, self._held = text[:-1], '\r'
        text = text.replace('\r\n', '\n')
        self.transcript += text
        if self.echo is not None and text:
            self.echo.write(text)
            self.echo.flush()

    def _read(self, timeout):
        """Read what is there, waiting for at most `timeout` seconds."""
        if self.ended:
            return False
        try:
            ready, _, _ = select.select([self.master], [], [], max(timeout, 0))
            if not ready:
                return False
            data = os.read(self.master, 65536)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.EIO:  # EIO: nobody has the terminal open
                raise
            data = b''
        self.ended = not data
        self._take(data, final=self.ended)
        return True

    def expect(self, pattern, timeout=None):
        """Wait for a text (str) or a compiled regular expression; the match.

        Fails when it has not come within `timeout` seconds, or the program is
        gone without it.
        """
        regex = re.compile(re.escape(pattern)) if isinstance(pattern, str) else pattern
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            match = regex.search(self.transcript, self.position)
            if match:
                self.position = match.end()
                return match
            left = deadline - time.monotonic()
            if self.ended:
                self.fail(f'the program ended without {pattern!r}')
            if left <= 0:
                self.fail(f'no {pattern!r} within the time')
            self._read(left)

    def until_it_sleeps(self):
        """Wait until the program's main thread sleeps, as at a prompt that listens.

        readline shows a prompt a moment before: CPython loses a Control-C then.
        """
        deadline = time.monotonic() + self.timeout
        while self._state() != 'S':
            if time.monotonic() > deadline:
                self.fail('the program does not sleep')
            time.sleep(0.002)

    def _state(self):
        with open(f'/proc/{self.pid}/stat', encoding='utf-8') as file:
            return file.read().rpartition(')')[2].split()[0]

    @property
    def unread(self):
        """What came after the last match, as far as it was read."""
        return self.transcript[self.position:]

    # What goes to the program

    def write(self, text):
        """All of it; what comes meanwhile is read, or both sides could wait for room."""
        data = text.encode()
        deadline = time.monotonic() + self.timeout
        while data:
            reads = [] if self.ended else [self.master]
            select.select(reads, [self.master], [], self.timeout)
            self._read(0)
            try:
                data = data[os.write(self.master, data):]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    self.fail(f'no room to write {text!r}')
            except OSError as error:
                self.fail(f'cannot write {text!r}: {error}')

    def send(self, line=''):
        self.write(line + '\n')

    def end_input(self):
        """What Control-D types."""
        self.write('\x04')

    def interrupt(self):
        """What Control-C types."""
        self.write('\x03')

    # The end

    def _reap(self, flags):
        if self.status is None:
            pid, status = os.waitpid(self.pid, flags)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait(self, timeout=None):
        """Read to the end; the exit code, or -N if signal N ended the program."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while not self._reap(os.WNOHANG):
            left = deadline - time.monotonic()
            if left <= 0:
                self.fail('the program did not end within the time')
            if not self._read(min(left, 0.02)):
                time.sleep(0.002)
        # Its last words may still be on the way through the terminal, which ends after
        # them; but a child that keeps it open must not hold us up for long.
        while not self.ended and self._read(2):
            pass
        return self.status

    def fail(self, message):
        state = 'running' if self.status is None else f'ended with {self.status}'
        shown = self.transcript[:self.position] + '<<<HERE>>>' + self.unread
        raise SessionError(f'{message}\n  command: {self.argv}\n  program: {state}\n'
                           f'--- transcript (matched up to <<<HERE>>>)\n{shown}\n---')

    def close(self):
        """End the program and its process group, if they are still there."""
        if self.master < 0:
            return
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._reap(0)
        os.close(self.master)
        self.master = -1
