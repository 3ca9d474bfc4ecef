"""Counts the pieces that a picture is made of before anything unpacks it: each costs time that its bytes don't show.

Only lengths and marks are read. What is out of order is left to whoever unpacks it, which stops there as well.
"""

from __future__ import annotations

import re

MOST_SCANS, MOST_FRAMES = 64, 2_000
MOST_PIECES = 20_000
MOST_BEFORE = 2_000
"""Pieces that a photo or a moving picture may hold before its pixels; stray bytes count as well."""
MOST_SAID = 1_000_000
"""Bytes that a moving picture may say before its first frame; putting them together takes their square."""
MANY = 1 << 30
"""What is answered where counting was given up."""
_PNG_START, _RIFF_START, _GIF_START = 8, 12, 13
_GIF_SAID, _GIF_FRAME = 0x21, 0x2C
_NEXT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_BARE = frozenset({0x01, _SOI, *range(0xD0, 0xD8)})


def scans(content: bytes) -> int:
    """How often the pixels of a picture are gone over: a photo's scans, else 1; MANY where it has too many pieces."""
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg_scans(content)
    return 1 if frames(content) <= MOST_FRAMES else MANY


def frames(content: bytes) -> int:
    """How many frames a PNG, WebP or GIF has, as far as counting costs nothing; MANY where it has too many pieces."""
    if content.startswith(b"\x89PNG"):
        return _chunks(content, _PNG_START, b"fcTL", tail=4, big=True)
    if content.startswith(b"RIFF"):
        return _chunks(content, _RIFF_START, b"ANMF", tail=0, big=False)
    return _gif_frames(content) if content.startswith(b"GIF8") else 1


def _jpeg_scans(content: bytes) -> int:
    """Markers one after another: what a segment holds is passed over, as are the pixels of a scan, to the end mark."""
    if content.count(b"\xff") > len(content) // 8 + MOST_PIECES:  # pixels hold few, and each has to be looked at
        return MANY
    found, pieces, at = 0, 0, 2
    while (mark := _NEXT.search(content, at)) is not None:
        kind = content[mark.end() - 1]
        pieces += 1 if found else 1 + mark.start() - at
        if pieces > (MOST_PIECES if found else MOST_BEFORE) or found > MOST_SCANS:
            return MANY
        if kind == _EOI:
            break
        found += kind == _SOS
        at = mark.end() if kind in _BARE else mark.end() + int.from_bytes(content[mark.end() : mark.end() + 2], "big")
    return found


def _chunks(content: bytes, at: int, wanted: bytes, *, tail: int, big: bool) -> int:
    found = 0
    for _ in range(MOST_PIECES):
        head = content[at : at + 8]
        if len(head) < 8:  # noqa: PLR2004 - a kind and a length, four bytes each
            return found
        kind, length = (head[4:], head[:4]) if big else (head[:4], head[4:])
        found += kind == wanted
        size = int.from_bytes(length, "big" if big else "little")
        at += 8 + size + tail + (0 if big else size % 2)
    return MANY


def _gif_frames(content: bytes) -> int:
    """1 where the first frame comes soon; what comes after it is never read."""
    at = _GIF_START + _palette(content, _GIF_START - 3)
    for _ in range(MOST_BEFORE):
        kind = content[at] if at < len(content) else _GIF_FRAME
        if kind == _GIF_FRAME:
            return 1
        if kind != _GIF_SAID:  # stray bytes are looked at one by one
            at += 1
            continue
        at += 2
        while at < len(content) and content[at]:
            at += 1 + content[at]
            if at > MOST_SAID:
                return MANY
        at += 1
    return MANY


def _palette(content: bytes, at: int) -> int:
    """Bytes of the colours that this flag announces."""
    flag = content[at] if at < len(content) else 0
    return 3 << ((flag & 7) + 1) if flag & 0x80 else 0
