"""Judges office documents, which are packed folders: by what they say they are, and how far they would unpack.

Nothing is unpacked but the one part that names the type, and of that no more than a little. What stands before or
behind the archive, holds macros or a password, or is packed tighter than documents are, is refused.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence

from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import Message, msg

SIGNATURE = b"PK\x03\x04"
END, END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x07"
END_SIZE, LONGEST_COMMENT = 22, 65_535
MOST_DIRECTORY = 500_000
MOST_ENTRIES = 3_000
MOST_UNPACKED = 200_000_000
MOST_NAMING = 200_000
TIGHTEST = 400
SMALL = 2_000_000
LOCKED = 0x1
WAYS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (zipfile.BadZipFile, RuntimeError, ValueError, LookupError, OSError, EOFError, struct.error, zlib.error)
OFFICE = "application/vnd.openxmlformats-officedocument."
MAIN_PARTS = {
    b"wordprocessingml.document.main+xml": (f"{OFFICE}wordprocessingml.document", ".docx"),
    b"spreadsheetml.sheet.main+xml": (f"{OFFICE}spreadsheetml.sheet", ".xlsx"),
    b"presentationml.presentation.main+xml": (f"{OFFICE}presentationml.presentation", ".pptx"),
}
OPEN = "application/vnd.oasis.opendocument."
OPEN_TYPES = {
    f"{OPEN}text".encode(): (f"{OPEN}text", ".odt"),
    f"{OPEN}spreadsheet".encode(): (f"{OPEN}spreadsheet", ".ods"),
    f"{OPEN}presentation".encode(): (f"{OPEN}presentation", ".odp"),
}
RUNS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|macrosheets/|activex/|basic/|scripts/)", re.IGNORECASE)

NO_DOCUMENT = msg("Archives can't be kept: choose the files in it one by one.")
DAMAGED = msg("This document is damaged: save it anew, then choose it again.")
MACROS = msg("This document can run programs (macros): save it without them, then choose it again.")
PASSWORD = msg("This document has a password: save it without one, then choose it again.")
BOMB = msg("This document unpacks to more than can be taken: make it smaller, or save it as PDF.")


def document_type(content: bytes) -> tuple[str, str]:
    """The media type and suffix of a packed document; raises Invalid (file_type, file_too_large, unreadable_file)."""
    _check_frame(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            found = _open_type(archive, entries) or _office_type(archive)
    except _BROKEN:
        raise _refused(DAMAGED, "unreadable_file") from None
    if found is None:
        raise _refused(NO_DOCUMENT)
    return found


def _refused(said: Message, code: str = "file_type") -> Invalid:
    return Invalid(said, code=code)


def _check_frame(content: bytes) -> None:
    """The archive is the whole file, and its directory is short enough to be read at all."""
    at = content.rfind(END, max(0, len(content) - END_SIZE - LONGEST_COMMENT))
    if at < 0 or len(content) < at + END_SIZE:
        raise _refused(DAMAGED, "unreadable_file")
    count, size, start, comment = struct.unpack("<HIIH", content[at + 10 : at + END_SIZE])
    if count > MOST_ENTRIES or size > MOST_DIRECTORY:
        raise _refused(BOMB, "file_too_large")
    large = content[max(0, at - END_SIZE + 2) : at].startswith(END_OF_LARGE)
    if large or start + size != at or at + END_SIZE + comment != len(content):
        raise _refused(DAMAGED, "unreadable_file")


def _check_entries(entries: Sequence[zipfile.ZipInfo]) -> None:
    if any(entry.flag_bits & LOCKED for entry in entries):
        raise _refused(PASSWORD)
    if any(entry.compress_type not in WAYS for entry in entries):
        raise _refused(
            DAMAGED, "unreadable_file"
        )  # another way unpacks as far as it likes, however little is asked for
    if any(entry.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", entry.filename) for entry in entries):
        raise _refused(DAMAGED, "unreadable_file")
    if any(RUNS.search(entry.filename) for entry in entries):
        raise _refused(MACROS)
    tight = any(each.file_size > max(SMALL, TIGHTEST * each.compress_size) for each in entries)
    if tight or len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _refused(BOMB, "file_too_large")


def _open_type(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> tuple[str, str] | None:
    if not entries or entries[0].filename != "mimetype":
        return None
    return OPEN_TYPES.get(_start_of(archive, "mimetype").strip())


def _office_type(archive: zipfile.ZipFile) -> tuple[str, str] | None:
    try:
        naming = _start_of(archive, "[Content_Types].xml")
    except KeyError:
        return None
    if b"macroEnabled" in naming or b"vbaProject" in naming:
        raise _refused(MACROS)
    return next((found for part, found in MAIN_PARTS.items() if OFFICE.encode() + part in naming), None)


def _start_of(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(MOST_NAMING)
