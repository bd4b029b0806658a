"""Doc."""
import os


@d
class A(B):
    """D."""

    def f(self, a, *b, c=1, **k):
        a = c = 1
        k.pop(a)
        return super().f()

    async def g(self): yield 1


def f(x): return x
