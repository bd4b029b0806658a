"""What the program has of memory, to the byte: imported by the soak's programs.

Only with PYTHONMALLOC=malloc, so that Python's objects come from malloc as well.
"""

import ctypes
import gc


class Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        'arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks', 'fsmblks', 'uordblks',
        'fordblks', 'keepcost')]


mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Mallinfo2


def used():
    """Bytes that were asked for and not given back, of all threads."""
    gc.collect()
    found = mallinfo2()
    return found.uordblks + found.hblkhd
