"""Identifiers made by the application: UUID version 7 (RFC 9562), so that they sort by time and need no sequence."""

from __future__ import annotations

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7 of the present millisecond; 74 bits are random."""
    moment = (time.time_ns() // 1_000_000) << 80
    chance = int.from_bytes(os.urandom(10), "big")
    return UUID(int=(moment | chance) & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))


def parse_id(text: str) -> UUID | None:
    """The identifier in its 32-digit or hyphenated form, or None where it is neither."""
    try:
        return UUID(text)
    except ValueError:
        return None
