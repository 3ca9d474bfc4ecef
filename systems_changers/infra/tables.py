"""Reads tables that people keep: CSV in whatever encoding and with whatever separator, or the first sheet of an XLSX.

Rows are streamed, so a long file costs no more memory than a short one; a packed file that unpacks too far is refused.
Which column holds what is guessed from its header.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import Message, msg

SAMPLE = 64 * 1024
MOST_UNPACKED = 200_000_000
MOST_PACKED = 100_000_000
MOST_CELL = 1 << 20
SEPARATORS = (",", ";", "\t", "|")
PACKED, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
csv.field_size_limit(MOST_CELL)
Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Table:
    """An open table: its headers, then its rows with the number a person sees in a spreadsheet (the header's is 1).

    `shape` says how it was read, such as utf-8 and the separator.
    """

    headers: Sequence[str]
    rows: Rows
    shape: str


class RowError(NamedTuple):
    """What is wrong in one row. `row` is the number a person sees in a spreadsheet; the header's is 1."""

    row: int
    column: str
    code: str
    message: Message


def plain_header(text: str) -> str:
    """A header as it is compared: lower case, without accents and punctuation."""
    signs = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(sign for sign in signs if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


def guess_columns(headers: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The header of every field that one looks like; the earlier a word stands in `known`, the better it fits.

    `known` is field to plain headers, of which no two fields share one. A header that only ends in one, such as
    "Volunteer full name", is taken where no other fits, unless it holds a word of another field too.
    """
    plain = {header: plain_header(header) for header in headers if header.strip()}
    found: dict[str, str] = {}
    for field, words in known.items():
        fitting = [(words.index(word), header) for header, word in plain.items() if word in words]
        if fitting:
            found[field] = min(fitting, key=lambda fit: fit[0])[1]
    for header, words in plain.items():
        meant = {field for field, all_known in known.items() if any(f" {one} " in f" {words} " for one in all_known)}
        for field in meant if len(meant) == 1 and header not in found.values() else ():
            if any(words.endswith(f" {one}") for one in known[field]):
                found.setdefault(field, header)
    return found


def _unreadable(message: Message) -> Invalid:
    return Invalid(message, code="unreadable_file")


@contextmanager
def open_table(source: Path | bytes, name: str = "", most: int = MOST_UNPACKED) -> Iterator[Table]:
    """The table in a file, closed at the end, or in bytes that messages call `name`; a workbook may unpack to `most`.

    Raises Invalid (unreadable_file, file_too_large, empty_file), also while the rows are read.
    """
    name = source.name if isinstance(source, Path) else name
    try:
        with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as stream:
            start = stream.read(SAMPLE)
            if start.startswith(OLD_EXCEL):
                raise _unreadable(msg("This is an old Excel file: save it as .xlsx or as CSV."))
            if start.startswith(PACKED):
                with _sheet(stream, name, most) as rows:
                    yield _table(rows, "xlsx")
            else:
                with _text(stream, start) as (rows, shape):
                    yield _table(rows, shape)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _unreadable(msg("%(file)s can't be read: %(why)s.", file=name, why=why)) from None
    except UnicodeError:
        raise _unreadable(msg("%(file)s can't be read as text.", file=name)) from None
    except csv.Error as error:
        raise _unreadable(msg("%(file)s can't be read: %(why)s.", file=name, why=str(error))) from None


def _table(rows: Rows, shape: str) -> Table:
    for _number, cells in rows:
        if any(cell.strip() for cell in cells):
            return Table([cell.strip() for cell in cells], _filled(rows), shape)
    raise Invalid(msg("The file is empty: its first row must name the columns."), code="empty_file")


def _filled(rows: Rows) -> Rows:
    return ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))


# --- text ---


@contextmanager
def _text(stream: BinaryIO, start: bytes) -> Iterator[tuple[Rows, str]]:
    encoding = _encoding(stream, start)
    stream.seek(0)
    with io.TextIOWrapper(stream, encoding, newline="") as text:
        separator = _separator(text.read(SAMPLE // 4))
        text.seek(0)
        yield enumerate(csv.reader(text, delimiter=separator), 1), f"{encoding} {separator!r}"


def _encoding(stream: BinaryIO, start: bytes) -> str:
    """UTF-8 and UTF-16 by their mark or their looks; what isn't valid UTF-8 is Windows's Western one."""
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start[1::2].count(0) * 3 > len(start):
        return "utf-16-le"
    if start[::2].count(0) * 3 > len(start):
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    try:
        while chunk := stream.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _separator(sample: str) -> str:
    """The separator that cuts the most lines into as many cells as the first."""

    def fit(separator: str) -> tuple[float, int]:
        whole = sample[: sample.rfind("\n") + 1] or sample
        rows = [row for row in csv.reader(io.StringIO(whole, newline=""), delimiter=separator) if row][:50]
        width = len(rows[0]) if rows else 0
        return (sum(len(row) == width for row in rows) / len(rows) if width > 1 else 0.0, width)

    return max(SEPARATORS, key=fit)


# --- sheets ---


@contextmanager
def _sheet(stream: BinaryIO, name: str, most: int) -> Iterator[Rows]:
    from openpyxl import load_workbook  # slow: only a register in a workbook needs it
    from openpyxl.utils.exceptions import InvalidFileException  # slow: the same

    has_formulas = _check_size(stream, name, most)
    books = []
    try:
        books.append(load_workbook(stream, read_only=True, data_only=False, keep_links=False))
        if has_formulas:
            books.append(load_workbook(stream, read_only=True, data_only=True, keep_links=False))
        yield _sheet_rows([book.worksheets[0] for book in books])
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, TypeError, SyntaxError):
        advice = msg("%(file)s is no workbook that can be read: save it as .xlsx or as CSV.", file=name)
        raise _unreadable(advice) from None
    finally:
        for book in books:
            book.close()


def _check_size(stream: BinaryIO, name: str, most: int) -> bool:
    """Refuse what is too large, packed or unpacked; answers whether any sheet holds formulas."""
    try:
        with zipfile.ZipFile(stream) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > most or stream.seek(0, io.SEEK_END) > MOST_PACKED:
                said = msg("The workbook unpacks to more than %(most)s MB: save it as CSV.", most=most // 1_000_000)
                raise Invalid(said, code="file_too_large")
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            return any(_mentions_formula(archive, name) for name in sheets if name.endswith(".xml"))
    except zipfile.BadZipFile:
        raise _unreadable(msg("%(file)s is damaged.", file=name)) from None


def _mentions_formula(archive: zipfile.ZipFile, name: str) -> bool:
    end = b""
    with archive.open(name) as stream:
        while chunk := stream.read(1 << 20):
            if b"<f>" in end + chunk or b"<f " in end + chunk:
                return True
            end = chunk[-3:]
    return False


def _sheet_rows(sheets: list[Any]) -> Rows:
    """Rows as text. A formula counts by the value it had when the file was saved, else by its own text."""
    for sheet in sheets:
        sheet.reset_dimensions()
    written = sheets[0].iter_rows(values_only=True)
    if len(sheets) == 1:
        yield from ((number, [_cell(value) for value in row]) for number, row in enumerate(written, 1))
        return
    valued = sheets[1].iter_rows(values_only=True)
    for number, (row, values) in enumerate(zip_longest(written, valued, fillvalue=()), 1):
        pairs = zip_longest(row, values)
        yield number, [_cell(text if value is None else value) for text, value in pairs]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
