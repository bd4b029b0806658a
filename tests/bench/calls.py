"""What the bench calls: fib, a method, arguments of every kind, a generator."""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Thing:
    def __init__(self):
        self.value = 3

    def method(self, x):
        return self.value + x


def three(a, b, c):
    return a + b - c


def numbers(n):
    for i in range(n):
        yield i


def each(n):
    for i in range(n):
        yield one(i)


def one(x):
    return x * 2


def delegating(n):
    yield from numbers(n)


def once(x):
    yield x


def empty():
    return


def rebinding(a, b):
    a = a + b
    return a


def options(a, **opts):
    return opts["x"] + a


def giving(a, **opts):
    return len(opts) + a
