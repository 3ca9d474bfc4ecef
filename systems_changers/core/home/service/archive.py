"""Packs what is held about a person into one archive: a page to read, JSON for programs, a CSV a table, and files.

The page is in the words of the partner and needs nothing but a browser; no cell of a CSV is taken for a formula.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from itertools import chain, count
from pathlib import PurePath
from typing import Any

from systems_changers.core.home.rules import readable
from systems_changers.core.home.service.holdings import Holdings, Section
from systems_changers.core.operations.models import StoredFile
from systems_changers.hooks.scope import Scope
from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.days import in_words
from systems_changers.infra.sheets import csv_text
from systems_changers.infra.text import Message
from systems_changers.web.standalone import Render, StandalonePage

PAGE = "home/archive.html"
LATE_YEAR = 1980  # zip knows no earlier one
_UNSAFE = re.compile(r"""[/\\:*?"<>|\x00-\x1f]""")
_ODD = re.compile(r"[^a-z0-9]+")


def pack(scope: Scope, holdings: Holdings, words: Catalogue, render: Render) -> bytes:
    """The archive's bytes: index.html, data.json, csv/<table>.csv and files/<name>, what the person gave.

    Raises StoreFailed where files can't be read just now.
    """
    made, when = io.BytesIO(), scope.clock.now().timetuple()[:6]

    def entry(name: str) -> zipfile.ZipInfo:
        made = zipfile.ZipInfo(name, date_time=(max(when[0], LATE_YEAR), *when[1:]))
        made.compress_type, made.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        return made

    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _files(holdings, words, render).items():
            archive.writestr(entry(name), text.encode("utf-8"))
        for name, sha256 in _given(holdings).items():
            if scope.files.size(sha256) is not None:
                with archive.open(entry(name), "w") as place:
                    place.writelines(scope.files.open(sha256))
    return made.getvalue()


def _given(holdings: Holdings) -> dict[str, str]:
    """Where each file lies in the archive, to its address in the store; of two with one name the second is numbered."""
    found: dict[str, str] = {}
    rows = [row for each in holdings.sections if each.key == StoredFile.__tablename__ for row in each.rows]
    for row in rows:
        name = PurePath(_UNSAFE.sub("_", str(row.get("name", ""))).lstrip(".") or "file")
        names = chain([name.name], (f"{name.stem}-{number}{name.suffix}" for number in count(2)))
        free = next(each for each in names if f"files/{each}".casefold() not in {one.casefold() for one in found})
        found[f"files/{free}"] = str(row["sha256"])
    return found


def _files(holdings: Holdings, words: Catalogue, render: Render) -> dict[str, str]:
    told = [_told(each, words) for each in holdings.sections]
    notes = [words.translate(each) for each in holdings.notes]
    whole = {"partner": holdings.partner, "name": holdings.name, "at": holdings.at.isoformat(), "notes": notes}
    day = in_words(words.language.formats, holdings.at.date())
    page = StandalonePage(PAGE, words, {**whole, "day": day, "sections": told, "readable": readable})
    sheets = {f"csv/{_ODD.sub('-', each['key'])}.csv": _sheet(each["rows"]) for each in told if each["rows"]}
    return {
        "index.html": render(page),
        "data.json": json.dumps({**whole, "sections": told}, ensure_ascii=False, indent=2),
        **sheets,
    }


def _told(section: Section, words: Catalogue) -> dict[str, Any]:
    say = words.translate

    def each_of(texts: Sequence[Message | str]) -> list[str]:
        return [say(text) for text in texts if text]

    return {
        "key": section.key,
        "title": say(section.title),
        "purposes": each_of(section.purposes),
        "keeps": each_of(section.keeps),
        "notes": each_of(section.notes),
        "rows": [
            {name: say(each) if isinstance(each, Message) else each for name, each in row.items()}
            for row in section.rows
        ],
    }


def _sheet(rows: Sequence[Mapping[str, Any]]) -> str:
    heads = list(dict.fromkeys(name for row in rows for name in row))
    return "\N{BYTE ORDER MARK}" + csv_text([heads, *([readable(row.get(name)) for name in heads] for row in rows)])
