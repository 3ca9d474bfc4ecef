"""Writes contents as Markdown, as they are kept, and says what an exit kit's report is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from systems_changers.infra.catalogues import Catalogue
from systems_changers.web.standalone import StandalonePage

if TYPE_CHECKING:
    from systems_changers.core.home.service.leaving import Left

REPORT = "home/exit_report.txt"
_ODD = re.compile(r"[^a-z0-9]+")
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|])")


def named(title: str, end: str) -> str:
    """A file's name that every system takes: letters of the title, and what makes it the only one."""
    return f"{_ODD.sub('-', title.lower()).strip('-')[:60] or 'untitled'}-{_ODD.sub('-', end.lower())}.md"


def markdown(title: str, content: Mapping[str, Any]) -> str:
    """A document as headings, paragraphs and lists, in which no sign of somebody's text means anything."""
    return "\n".join([f"# {plain(title)}", "", *_of_mapping(content, 2)]).rstrip() + "\n"


def plain(text: object) -> str:
    """A text whose signs Markdown and HTML leave alone."""
    return _SIGNS.sub(r"\\\1", " ".join(str(text).split()))


def _of_mapping(content: Mapping[str, Any], level: int) -> list[str]:
    lines: list[str] = []
    for name, value in content.items():
        head = plain(name.replace("_", " ").capitalize())
        if isinstance(value, Mapping) and value:
            lines += [f"{'#' * min(level, 6)} {head}", "", *_of_mapping(value, level + 1)]
        elif isinstance(value, list) and value:
            lines += [f"{'#' * min(level, 6)} {head}", "", *_of_list(value, level + 1), ""]
        elif value not in (None, "", [], {}):
            lines += [f"**{head}:** {plain(value)}", ""]
    return lines


def _of_list(values: Sequence[Any], level: int) -> list[str]:
    lines: list[str] = []
    for number, value in enumerate(values, 1):
        if isinstance(value, Mapping):
            title = value.get("title") or value.get("key") or number
            rest = {name: each for name, each in value.items() if name != "title"}
            lines += [f"{'#' * min(level, 6)} {plain(title)}", "", *_of_mapping(rest, level + 1)]
        elif isinstance(value, list):
            lines.append("- " + ", ".join(plain(each) for each in value))
        else:
            lines.append(f"- {plain(value)}")
    return lines


def report(done: Left, left: Mapping[str, str], at: datetime, words: Catalogue) -> StandalonePage:
    """What is in an exit kit and what is not, and why, in Markdown."""
    return StandalonePage(REPORT, words, {"done": done, "left": left, "at": at, "plain": plain})
