"""A client of the Debug Adapter Protocol: what an editor is to debugpy."""

import json
import socket
import time


class Client:
    def __init__(self, port, timeout=90):
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.socket = socket.create_connection(('127.0.0.1', port), timeout)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self.file = self.socket.makefile('rb')
        self.number = 0
        self.events = []

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, command, arguments=None):
        self.number += 1
        body = json.dumps({'seq': self.number, 'type': 'request', 'command': command,
                           'arguments': arguments or {}}).encode()
        self.socket.sendall(b'Content-Length: %d\r\n\r\n%s' % (len(body), body))
        return self.number

    def read(self):
        size = 0
        while (line := self.file.readline()).strip():
            name, _, value = line.partition(b':')
            if name.lower() == b'content-length':
                size = int(value)
        if not size:
            raise EOFError('the adapter has closed the connection')
        return json.loads(self.file.read(size))

    def response(self, number):
        while True:
            message = self.read()
            if message['type'] == 'event':
                self.events.append(message)
            elif message['type'] == 'response' and message['request_seq'] == number:
                if not message['success']:
                    raise AssertionError(message)
                return message.get('body', {})

    def ask(self, command, arguments=None):
        return self.response(self.send(command, arguments))

    def event(self, name):
        while True:
            for message in self.events:
                if message['event'] == name:
                    self.events.remove(message)
                    return message.get('body', {})
            message = self.read()
            if message['type'] == 'event':
                self.events.append(message)

    def attach(self):
        """Nothing is set up but the connection: no breakpoint, no exception filter."""
        self.ask('initialize', {'adapterID': 'test', 'pathFormat': 'path',
                                'linesStartAt1': True, 'columnsStartAt1': True})
        number = self.send('attach', {'justMyCode': False})
        self.event('initialized')
        self.ask('configurationDone')
        self.response(number)
