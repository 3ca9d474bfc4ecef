"""What a disk has to be asked twice: to keep a renaming through a power cut, and whether it was full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(error: OSError) -> bool:
    """Whether it failed for want of room: on the disk, in a quota, or in how large a file may be."""
    return error.errno in FULL


def settle(folder: Path) -> None:
    """Make a renaming in the folder last through a power cut; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
