"""Judges office documents, which are packed folders: by what they say they are, and how far they would unpack.

Little is unpacked: the parts that name types and what belongs together (parts.py), and where others begin. What stands
before or behind the archive, holds macros or a password, or is packed tighter than documents are, is refused; so is
what another reader could take for something else, as two parts of one name.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from systems_changers.infra import parts
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import Message, msg

SIGNATURE = b"PK\x03\x04"
END, END_OF_LARGE = b"PK\x05\x06", b"PK\x06\x07"
END_SIZE, LONGEST_COMMENT = 22, 65_535
MOST_DIRECTORY = 500_000
MOST_ENTRIES = 3_000
MOST_UNPACKED = 200_000_000
MOST_NAMING = 500_000
MOST_NAMED = 2_000_000
"""Bytes of all parts that name others; the largest books have a tenth of it."""
MOST_OBJECTS = 20_000_000
TIGHTEST = 400
SMALL = 2_000_000
LOCKED = 0x1
WAYS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (zipfile.BadZipFile, RuntimeError, ValueError, LookupError, OSError, EOFError, struct.error, zlib.error)
OFFICE = "application/vnd.openxmlformats-officedocument."
CONTENT_TYPES = "[content_types].xml"
MAIN_PARTS = {
    f"{OFFICE}wordprocessingml.document.main+xml": (f"{OFFICE}wordprocessingml.document", ".docx"),
    f"{OFFICE}spreadsheetml.sheet.main+xml": (f"{OFFICE}spreadsheetml.sheet", ".xlsx"),
    f"{OFFICE}presentationml.presentation.main+xml": (f"{OFFICE}presentationml.presentation", ".pptx"),
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
ELSEWHERE = msg(
    "This document takes in parts from elsewhere: save it without links to other files and templates, or as PDF, then"
    " choose it again."
)
BOMB = msg("This document unpacks to more than can be taken: make it smaller, or save it as PDF.")


def document_type(content: bytes) -> tuple[str, str]:
    """The media type and suffix of a packed document; raises Invalid (file_type, file_too_large, unreadable_file)."""
    _check_frame(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            named = _named(entries)
            _check_objects(archive, entries)
            found = _office_type(archive, named) if CONTENT_TYPES in named else _open_type(archive, entries)
    except (*_BROKEN, parts.Unreadable):
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


def _named(entries: Sequence[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
    """The parts by name, as the most lenient reader tells names apart; raises Invalid where two have one name."""
    named = {unquote(entry.filename).replace("\\", "/").casefold(): entry for entry in entries}
    if len(named) != len(entries):
        raise _refused(DAMAGED, "unreadable_file")
    return named


def _check_objects(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> None:
    """No part is a program, or an object of the old kind that holds a program, a file of any kind or macros."""
    left = MOST_OBJECTS
    for entry in entries:
        start = _read(archive, entry, parts.START)
        if start.startswith(parts.OLD_OBJECT):
            left -= entry.file_size
            if left < 0:
                raise _refused(BOMB, "file_too_large")
            start = _read(archive, entry, entry.file_size)
        if parts.may_run(start):
            raise _refused(MACROS)


def _open_type(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> tuple[str, str] | None:
    if not entries or entries[0].filename != "mimetype":
        return None
    return OPEN_TYPES.get(_read(archive, entries[0], MOST_NAMING).strip())


def _office_type(archive: zipfile.ZipFile, named: Mapping[str, zipfile.ZipInfo]) -> tuple[str, str] | None:
    types = {each.casefold() for each in parts.content_types(_whole(archive, named[CONTENT_TYPES]))}
    if any("macroenabled" in each or "vbaproject" in each for each in types):
        raise _refused(MACROS)
    left = MOST_NAMED
    for name, entry in named.items():
        if name.endswith(".rels"):
            left -= entry.file_size
            if left < 0:
                raise _refused(BOMB, "file_too_large")
            if parts.takes_in(_whole(archive, entry)):
                raise _refused(ELSEWHERE)
    return next((found for part, found in MAIN_PARTS.items() if part in types), None)


def _whole(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A part that names others; raises Invalid where it is longer than any, because its end may say another thing."""
    if entry.file_size > MOST_NAMING:
        raise _refused(BOMB, "file_too_large")
    return _read(archive, entry, MOST_NAMING)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(entry) as part:
        return part.read(most)
