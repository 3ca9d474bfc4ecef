"""Reads gettext's .po files as they are; nothing is compiled, so a catalogue can't be stale.

Fuzzy and empty entries are left out: a guess is worse than English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from systems_changers.infra.languages import plural_forms

if TYPE_CHECKING:
    from babel.messages.catalog import Message


@dataclass(frozen=True, slots=True)
class PoFile:
    """One catalogue. `plurals` maps (one, many) to its forms; `headers` has lower-case names."""

    headers: Mapping[str, str]
    texts: Mapping[str, str]
    plurals: Mapping[tuple[str, str], tuple[str, ...]]

    @property
    def plural_forms(self) -> str:
        return self.headers.get("plural-forms", "")

    @property
    def accepted_by(self) -> str:
        """The speaker who has accepted the catalogue, by name; empty while it is a draft."""
        return self.headers.get("x-accepted-by", "")


@lru_cache(maxsize=512)
def read_po(file: Path) -> PoFile:
    """The catalogue in `file`, read once a process; raises ValueError where it can't be read."""
    text = file.read_text("utf-8")
    texts: dict[str, str] = {}
    plurals: dict[tuple[str, str], tuple[str, ...]] = {}
    for message in parse(text, file.parent.parent.name):
        if not message.id or message.fuzzy or message.context:
            continue
        if isinstance(message.id, (list, tuple)):
            forms = _forms(message.string)
            if forms and all(forms):
                plurals[message.id[0], message.id[1]] = forms
        elif message.string:
            texts[message.id] = str(message.string)
    return PoFile(read_headers(text), texts, plurals)


def parse(text: str, code: str) -> list[Message]:
    """Babel's messages; raises ValueError. A catalogue without a plural header is read as our own table says."""
    from babel.messages import pofile  # slow: a parser, not needed where everybody reads English

    ours = plural_forms(code)
    if ours and "plural-forms" not in read_headers(text):
        text = text.replace('msgstr ""\n', f'msgstr ""\n"Plural-Forms: {ours}\\n"\n', 1)
    try:
        return list(pofile.read_po(text.splitlines(keepends=True), abort_invalid=True))
    except pofile.PoFileError as error:
        raise ValueError(str(error)) from None


def _forms(strings: str | Sequence[str] | None) -> tuple[str, ...]:
    return (strings,) if isinstance(strings, str) else tuple(strings or ())


_FIRST = re.compile(r'^msgid ""\nmsgstr ((?:"(?:[^"\\\n]|\\.)*"\n)+)', re.MULTILINE)


def read_headers(text: str) -> dict[str, str]:
    """A catalogue's header lines, names in lower case; Babel drops those it doesn't know."""
    found = _FIRST.search(text.replace("\r\n", "\n") + "\n")
    lines = "".join(part[1:-1] for part in found[1].splitlines()).split("\\n") if found else []
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
