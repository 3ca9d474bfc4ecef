"""How a server starts: what it makes while it starts stays, so the garbage collector is spared looking through it.

Looking again and again is an eighth of a start, and later a part of every request.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ONE_HEAP = -8, 1
"""To glibc's mallopt: M_ARENA_MAX, one."""
SOON = 700, 5, 2
"""To the garbage collector: after how many new objects, and how many rounds of the young and of the middle-aged."""


@contextmanager
def starting() -> Iterator[None]:
    """Import and open everything in here; what is there at the end is kept out of every later collection.

    Nothing is collected before that either: it takes a tenth of a second, and frees half a megabyte. Afterwards what a
    page leaves behind is collected soon, because there is little else to look through.
    """
    gc.disable()
    try:
        _share_one_heap()
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*SOON)
        gc.enable()


def _share_one_heap() -> None:
    """Spare each thread a heap of its own (docs/decisions/0007-memory-of-a-worker.md)."""
    if sys.platform != "linux":
        return
    with suppress(ImportError, OSError, AttributeError):  # only glibc has heaps for threads
        import ctypes  # slow: commands do without it

        ctypes.CDLL(None).mallopt(*ONE_HEAP)
