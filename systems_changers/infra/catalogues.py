"""The words of a page: a partner's terms, then its plugins, then the core, flattened into one dictionary a locale.

First layer wins, and each catalogue's plurals follow its own rule: merging catalogues under one rule breaks Gaelic,
Welsh and Arabic. A text whose places or markup differ from its msgid's is passed over, since it would break a page.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from gettext import c2py
from pathlib import Path
from types import MappingProxyType

from systems_changers.infra.days import in_words, moment_in_words
from systems_changers.infra.languages import (
    SOURCE,
    Language,
    fallbacks,
    language,
    plural_forms,
)
from systems_changers.infra.log import log
from systems_changers.infra.po import PoFile, read_po
from systems_changers.infra.text import Message

Rule = Callable[[int], int]
Terms = Mapping[str, str]
NO_TERMS: Terms = MappingProxyType({})
KEPT = 2000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One reader's words. `language.draft` tells whether a named speaker has accepted all of its layers."""

    language: Language
    texts: Mapping[str, str] = field(repr=False)
    plurals: Mapping[str, tuple[Rule, tuple[str, ...]]] = field(repr=False)

    def gettext(self, msgid: str, /, **values: object) -> str:
        """The text, or the msgid itself, with its values where there are any; without them its places stay open."""
        said = self.texts.get(msgid, msgid)
        return self._filled(said, values) if values else said

    def ngettext(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The form for n, with its values where there are any; without them its places stay open."""
        found = self.plurals.get(one)
        if found is None:
            text = one if n == 1 else many
            said = self.texts.get(text, text)
        else:
            said = found[1][found[0](n)]
        return self._filled(said, values) if values else said

    def translate(self, text: Message | str, /, **values: object) -> str:
        """A sentence with its values, a Message's own and those given; values that are Messages are translated too."""
        if isinstance(text, str):
            said = self.texts.get(text, text)
            return self._filled(said, values) if values else said
        said = self.ngettext(text.text, text.many, text.count) if text.many else self.texts.get(text.text, text.text)
        held = {**text.values, **values}
        return self._filled(said, held) if held else said

    def _filled(self, said: str, values: Mapping[str, object]) -> str:
        """Plain text, whatever the values are: what shows it escapes the whole."""
        return said % {key: self._value(value) for key, value in values.items()}

    def _value(self, value: object) -> object:
        if isinstance(value, Message):
            return self.translate(value)
        if isinstance(value, datetime):
            return moment_in_words(self.language.formats, value)
        return in_words(self.language.formats, value) if isinstance(value, date) else value


class Catalogues:
    """Makes and keeps catalogues; files are read once a process."""

    def __init__(self, core_dir: Path, plugin_dirs: Mapping[str, Path] = MappingProxyType({})):
        self._core_dir = core_dir
        self._plugin_dirs = dict(plugin_dirs)
        self._made: dict[Hashable, Catalogue] = {}
        self._languages: dict[tuple[str, tuple[str, ...]], Language] = {}
        self._lock = threading.Lock()

    def catalogue(
        self,
        locale: str,
        plugins: tuple[str, ...] = (),
        terms: Terms | Callable[[str], Terms] = NO_TERMS,
        key: Hashable = None,
    ) -> Catalogue:
        """The words in `locale` for plugins enabled in this order.

        `terms` maps msgids to a partner's own words in the locale, or answers such a mapping for one locale: then it
        is asked for each locale of the fallback chain, and only while flattening. `key` stands for them in the cache
        (the partner's id and revision).
        """
        made = self._made.get((locale, plugins, key))
        return made if made is not None else self._make(locale, plugins, terms, key)

    def language(self, locale: str, plugins: tuple[str, ...] = ()) -> Language:
        """The facts of a language; a draft until named speakers have accepted every catalogue that is used."""
        made = self._languages.get((locale, plugins))
        if made is None:
            made = language(locale, draft=not self._accepted(locale, plugins))
            self._languages[locale, plugins] = made
        return made

    def msgids(self, plugins: tuple[str, ...] = ()) -> frozenset[str]:
        """Every text that the kit and these plugins say, in the source language: what a term can stand for."""
        homes = [self._core_dir, *(self._plugin_dirs[slug] for slug in plugins if slug in self._plugin_dirs)]
        read = [po for home in homes for file in home.glob(f"*/{_PLACE}") if (po := _readable(file)) is not None]
        pairs = {each for po in read for pair in po.plurals for each in pair}
        return frozenset(pairs.union(*(po.texts for po in read)) - {""})

    def speaks(self, code: str) -> bool:
        """Whether the core or a plugin brings words in this language."""
        homes = (self._core_dir, *self._plugin_dirs.values())
        return code == SOURCE or any((home / code / _PLACE).is_file() for home in homes)

    def core_locales(self) -> tuple[str, ...]:
        """The languages that the core speaks, the source language first."""
        found = sorted(file.parent.parent.name for file in self._core_dir.glob(f"*/{_PLACE}"))
        return (SOURCE, *(code for code in found if code != SOURCE))

    def _make(
        self,
        locale: str,
        plugins: tuple[str, ...],
        terms: Terms | Callable[[str], Terms],
        key: Hashable,
    ) -> Catalogue:
        asked = terms if callable(terms) else (lambda code: terms if code == locale else NO_TERMS)
        words = _Words()
        for code in fallbacks(locale):
            words.add_terms(asked(code))
            for file in self._files(code, plugins):
                if (po := _readable(file)) is not None:
                    words.add(po, code)
        with self._lock:
            if len(self._made) >= KEPT:
                self._made.clear()
            made = Catalogue(self.language(locale, plugins), words.texts, words.plurals)
            return self._made.setdefault((locale, plugins, key), made)

    def _files(self, code: str, plugins: tuple[str, ...]) -> list[Path]:
        homes = [self._plugin_dirs[slug] for slug in plugins if slug in self._plugin_dirs]
        files = [home / code / _PLACE for home in [*homes, self._core_dir]]
        return [file for file in files if file.is_file()]

    def _accepted(self, locale: str, plugins: tuple[str, ...]) -> bool:
        files = self._files(locale, plugins)
        return bool(files) and all((po := _readable(file)) is None or po.accepted_by for file in files)


def _readable(file: Path) -> PoFile | None:
    """A catalogue, or None with a line in the log: one plugin's broken file must not take a page down."""
    try:
        return read_po(file)
    except (ValueError, OSError) as error:
        log.warning("catalogue left out", file=str(file), why=str(error))
        return None


_PLACE = Path("LC_MESSAGES") / "messages.po"


class _Words:
    """Gathers layers; what an earlier layer said stays said."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.plurals: dict[str, tuple[Rule, tuple[str, ...]]] = {}
        self._terms: Terms = NO_TERMS

    def add_terms(self, terms: Terms) -> None:
        """A partner's own words; they rename the catalogues that follow, up to the next terms."""
        self._terms = {msgid: text for msgid, text in terms.items() if text and fits(msgid, text)}
        self._add_texts(self._terms)

    def add(self, po: PoFile, code: str) -> None:
        """One catalogue, under its own plural rule, or our own where it has none."""
        count, rule = parse_plural_forms(po.plural_forms or plural_forms(code) or "")
        self._add_texts({msgid: text for msgid, text in po.texts.items() if fits(msgid, text)})
        for (one, many), forms in po.plurals.items():
            renamed = tuple(self._terms[each] for each in (one, many) if each in self._terms)
            if len(renamed) == count == len(forms):  # a term a form, where the language has two
                self._add_plural(one, rule, renamed)
            elif len(forms) == count and all(fits(many, form, fewer=True) for form in forms):
                self._add_plural(one, rule, forms)

    def _add_texts(self, texts: Terms) -> None:
        for msgid, text in texts.items():
            self.texts.setdefault(msgid, text)

    def _add_plural(self, one: str, rule: Rule, forms: tuple[str, ...]) -> None:
        self.plurals.setdefault(one, (rule, forms))
        self.texts.setdefault(one, forms[rule(1)])


_HEADER = re.compile(r"^\s*nplurals\s*=\s*(\d)\s*;\s*plural\s*=\s*([n0-9\s()?:=!<>&|%]+);?\s*$")
_PLACE_IN_TEXT = re.compile(r"%\((\w+)\)[#0 +-]*\d*(?:\.\d+)?([a-zA-Z])")
_BARE = re.compile(r"(?<!%)%[sd]")
_MARKUP = re.compile(r"</?[A-Za-z!?][^<>]*>?|[<>]|&#?\w+;")  # a tag counts whole, whatever it carries


@lru_cache(maxsize=128)
def parse_plural_forms(header: str) -> tuple[int, Rule]:
    """How many forms a header declares and its rule; English where it can't be read."""
    found = _HEADER.match(header)
    if found is None:
        return 2, lambda n: int(n != 1)
    return int(found[1]), c2py(found[2])


def fits(msgid: str, text: str, *, fewer: bool = False) -> bool:
    """Whether a text may stand for a msgid: the same places, and no tag or sign of markup that the msgid lacks.

    `fewer` allows a place to be left out, as the form for one or two may.
    """
    wanted, given = places(msgid), places(text)
    if not set(_MARKUP.findall(text)) <= set(_MARKUP.findall(msgid)):
        return False
    if wanted and "%" in _PLACE_IN_TEXT.sub("", text).replace("%%", "").replace("%s", "").replace("%d", ""):
        return False  # formatting would fail on a lone per cent sign
    return given <= wanted if fewer else given == wanted


def places(text: str) -> frozenset[str]:
    """A text's places: each named one with its conversion, and how many have no name."""
    named = {f"%({name}){kind}" for name, kind in _PLACE_IN_TEXT.findall(text)}
    bare = len(_BARE.findall(text))
    return frozenset(named | ({f"{bare} without a name"} if bare else set()))
