"""Writes tables for spreadsheets: CSV in which no cell is taken for a formula, with sentences in the reader's language.

The first row names columns for programs, so it is never a Message; a Message elsewhere is told in the language asked.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from systems_changers.infra.text import Message

Row = Sequence[object]

FORMULA = frozenset("=+-@\N{MINUS SIGN}")
UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"})


def csv_text(rows: Iterable[Row], say: Callable[[Message], str] = str) -> str:
    """The rows as CSV, every cell quoted: some spreadsheets part cells at semicolons."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([safe_cell(say(cell) if isinstance(cell, Message) else cell) for cell in row])
    return text.getvalue()


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, whatever unseen or wide letters stand before or for its sign."""
    text = "" if value is None else str(value)
    seen = next((sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in UNSEEN), "")
    starts = unicodedata.normalize("NFKC", seen)[:1] in FORMULA
    return f"'{text}" if starts or text[:1] in {"\t", "\r", "\n"} else text
