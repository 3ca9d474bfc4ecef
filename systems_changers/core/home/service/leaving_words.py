"""Writes what an exit kit says in Markdown: contents as they are kept, and the report of what is in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.text import msg

if TYPE_CHECKING:
    from systems_changers.core.home.service.leaving import Left

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


def report(done: Left, left: Mapping[str, str], at: datetime, words: Catalogue) -> str:
    """What is in an exit kit and what is not, and why."""
    say = words.translate
    lines = [
        f"# {plain(done.name)}", "",
        say(msg("Made at %(at)s. Open site/index.html to read; csv and data.json are for programs; markdown holds"
                " modules, plans and sealed records; media the files; manifest.json says the SHA-256 of everything.",
                at=at)), "",
        f"## {say(msg('What is in it'))}", "",
        f"| {say(msg('Table'))} | {say(msg('Rows'))} |", "| --- | ---: |",
        *(f"| {plain(name)} | {count} |" for name, count in sorted(done.rows.items())), "",
        say(msg("Files: %(count)s.", count=done.files)), "",
        f"## {say(msg('What is not in it'))}", "",
        *(f"- {plain(name)}: {say(why)}." for name, why in left.items()),
        *(f"- {say(msg('Columns of %(table)s: %(names)s.', table=name, names=', '.join(each)))}"
          for name, each in sorted(done.columns.items())),
        *(f"- {say(msg('Rows of %(table)s that were not shown to administrators: %(count)s.', count=each, table=name))}"
          for name, each in sorted(done.private.items())),
        *(f"- {say(msg('Rows of %(table)s that were deleted: %(count)s.', count=each, table=name))}"
          for name, each in sorted(done.deleted.items())),
    ]  # fmt: skip
    if done.missing:
        lines.append(f"- {say(msg('Files that are missing in the instance, too: %(count)s.', count=done.missing))}")
    sign_in = msg("How people sign in: addresses of accounts, passwords, second factors, links, and waiting mail.")
    lines += [
        f"- {say(sign_in)}",
        "",
        say(msg("What people wrote for themselves is theirs: everybody takes it out on the page of their account, as"
                " long as the instance is there. What was written for a cohort alone, and what people need to take"
                " part, is left out as well.")), "",
        say(msg("To go on elsewhere with the kit, take a file of `systems-changers partner export` along instead.")),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
