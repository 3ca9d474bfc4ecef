"""Judges what people send by what it holds: neither its name nor what a browser says of it decides anything.

Taken are pictures (made anew), PDF, plain text, office documents without macros, sound and film; all else is refused
with the way out. Web pages and SVG are never taken, because a browser would run what is in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.files import Upload
from systems_changers.infra.text import Message, msg

LONGEST_NAME = 120
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}
TEXT = "text/plain; charset=utf-8"
TEXT_SUFFIXES = (".txt", ".csv", ".md")
ACCEPTED = ".jpg,.jpeg,.png,.webp,.gif,.pdf,.txt,.csv,.md,.docx,.xlsx,.pptx,.odt,.ods,.odp,.mp3,.m4a,.ogg,.mp4"
UNNAMED = "file"

SAMPLE = 1 << 16
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\f\r"))
_HIGH_CONTROLS = re.compile(b"\xc2[\x80-\x84\x86-\x9f]")
_MARKUP = re.compile(r"\s*<\s*(?:[a-z!?/])", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\\/]')
_BRANDS = {b"M4A ": ("audio/mp4", ".m4a"), b"M4B ": ("audio/mp4", ".m4a")} | dict.fromkeys(
    (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "), ("video/mp4", ".mp4")
)
_STILL_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"})
_FRAME = re.compile(rb"\xff[\xfa\xfb\xf2\xf3\xe2\xe3][^\x00-\x0f\xf0-\xff]")

UNKNOWN = msg(
    "This kind of file can't be kept. Choose a picture (JPEG, PNG), a PDF, a text, a document (Word, Excel, PowerPoint,"
    " OpenDocument), a recording (MP3, M4A, OGG) or a film (MP4)."
)
MARKUP = msg("Web pages and SVG drawings can't be kept: save it as PDF, or as a picture in PNG.")
OLD_OFFICE = msg("This is an old kind of office document: save it as .docx, .xlsx or .pptx, or as PDF.")
STILL = msg("This kind of picture can't be read: save it as JPEG, then choose that file.")
NOT_UTF8 = msg("This can't be read as text: save it in the encoding UTF-8, then choose it again.")
EMPTY = msg("This file is empty.")


@dataclass(frozen=True, slots=True)
class Received:
    """What is kept of an upload. `name` ends as its type does; width and height are a picture's, in pixels."""

    content: bytes
    media_type: str
    name: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Judged(Upload):
    """An upload with what was found of it, so that nobody waits for that who holds up others."""

    found: Received | Invalid


def judged(upload: Upload, most: int) -> Judged:
    """The upload, of at most so many bytes, judged now; `received` says what was found."""
    try:
        found: Received | Invalid = received(upload, most)
    except Invalid as invalid:
        found = invalid
    upload.stream.seek(0)
    return Judged(upload.name, upload.stream, found)


def received(upload: Upload, most: int) -> Received:
    """What to keep of an upload of at most so many bytes.

    Raises Invalid with a sentence: file_too_large, empty_file, file_type, unreadable_file.
    """
    if isinstance(upload, Judged):
        if isinstance(upload.found, Invalid):
            raise upload.found
        return upload.found
    content = upload.stream.read(most + 1)
    if len(content) > most:
        said = msg("This file is larger than %(most)s MB: choose a smaller one.", most=megabytes(most))
        raise Invalid(said, code="file_too_large")
    if not content:
        raise Invalid(EMPTY, code="empty_file")
    from systems_changers.infra import images  # slow: only where a file comes in

    if images.is_picture(content):
        made = images.made_anew(content)
        name = cleaned_name(upload.name, (SUFFIXES[made.media_type],))
        return Received(made.content, made.media_type, name, made.width, made.height)
    media_type, *suffixes = _type_of(content)
    return Received(content, media_type, cleaned_name(upload.name, tuple(suffixes)))


def megabytes(size: int) -> str:
    """20 from 20 000 000, 0.5 from 500 000."""
    return f"{size / 1_000_000:.3g}"


def cleaned_name(given: str, suffixes: tuple[str, ...]) -> str:
    """The name without folders and signs that a system minds, ending in one of the suffixes, else in the first."""
    last = re.split(r"[/\\]", clean_text(given, lines=False))[-1]
    plain = _NOT_IN_NAMES.sub("", last).rstrip(". ")
    stem, dot, end = plain.rpartition(".")
    suffix = f".{end.lower()}" if dot and f".{end.lower()}" in suffixes else suffixes[0]
    known = dot and re.fullmatch(r"[A-Za-z0-9]{1,5}", end)
    return f"{(stem if known else plain)[: LONGEST_NAME - len(suffix)].strip('. ') or UNNAMED}{suffix}"


def _type_of(content: bytes) -> tuple[str, ...]:
    """The media type and the suffixes that fit it, the usual one first."""
    from systems_changers.infra import packed  # slow: zipfile and an XML parser, only where a file comes in

    if content.startswith(packed.SIGNATURE):
        return packed.document_type(content)
    if content.startswith(b"%PDF-"):
        return "application/pdf", ".pdf"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refused(OLD_OFFICE)
    heard = _heard_or_seen(content)
    if heard is not None:
        return heard
    return _text_type(content)


def _heard_or_seen(content: bytes) -> tuple[str, str] | None:
    if content.startswith(b"OggS"):
        return "audio/ogg", ".ogg"
    if content.startswith(b"ID3") or _FRAME.match(content):
        return "audio/mpeg", ".mp3"
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        if brand in _STILL_BRANDS:
            raise _refused(STILL)
        return _BRANDS.get(brand)
    return None


def _text_type(content: bytes) -> tuple[str, ...]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(NOT_UTF8 if _seems_text(content) else UNKNOWN) from None
    if _MARKUP.match(text):
        raise _refused(MARKUP)
    if len(content.translate(None, _CONTROLS)) != len(content) or _HIGH_CONTROLS.search(content):
        raise _refused(UNKNOWN)
    return TEXT, *TEXT_SUFFIXES


def _seems_text(content: bytes) -> bool:
    """Whether it looks like text in another encoding: by its mark, or because it starts without any controls."""
    start = content[:SAMPLE]
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or len(start.translate(None, _CONTROLS)) == len(start)


def _refused(said: Message) -> Invalid:
    return Invalid(said, code="file_type")
