"""How a server starts: what it makes while it starts stays, so the garbage collector is spared looking through it.

Looking again and again is an eighth of a start, and later a part of every request.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """Import and open everything in here; what is there at the end is kept out of every later collection.

    Nothing is collected before that either: it takes a tenth of a second, and frees half a megabyte.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
