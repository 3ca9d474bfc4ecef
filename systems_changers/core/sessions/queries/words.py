"""A session's modules and titles in the reader's language, in the words that its cohort's plan pinned.

What has no words stays in its source language, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from systems_changers.core.curriculum.queries import in_draft, kept_modules, kept_words, titles_on_offer, translated
from systems_changers.core.sessions.queries.reading import SessionView
from systems_changers.core.sessions.rules import Title, Titles
from systems_changers.hooks.scope import Scope
from systems_changers.infra.languages import SOURCE, language


@dataclass(frozen=True, slots=True)
class SpokenModule:
    """A module in a reader's language: `content` holds one session's blocks, `lang` is of what has no words."""

    content: Mapping[str, Any]
    lang: str


def modules_in_words(scope: Scope, view: SessionView, locale: str) -> tuple[list[SpokenModule], Titles]:
    """A session's modules by number, in one language as far as the plan pinned words, and how titles read in it.

    At most two statements.
    """
    kept = kept_modules(scope, [block.module_hash for block in view.blocks if block.module_hash])
    hashes = {digest for block in view.blocks for digest in block.translations.get(locale, {}).values()}
    words = kept_words(scope, hashes)
    modules: list[SpokenModule] = []
    known: dict[str, Title] = {}
    for digest, module in sorted(kept.items(), key=lambda pair: pair[1].number):
        said = translated(module.content, words)
        keys = {block.block_key for block in view.blocks if block.module_hash == digest}
        here = [block for block in said["blocks"] if block["key"] in keys]
        modules.append(SpokenModule({**said, "blocks": here}, module.lang))
        pairs = zip((module.content, *module.content["blocks"]), (said, *said["blocks"]), strict=True)
        for source, part in pairs:
            lang = None if "title" in part.get("spoken", ()) else module.lang
            known.setdefault(source["title"], Title(part["title"], lang))
    return modules, Titles(known, in_draft(each.content for each in modules))


def titles_in_words(scope: Scope, locale: str) -> Titles:
    """How the titles of canonical modules, and of sessions called after them, read in one language.

    Two statements the first time in a process, none in the source language.
    """
    if locale == SOURCE:
        return Titles()
    found, source = titles_on_offer(scope.db, locale), language(SOURCE).html
    known = {title: Title(said) if said else Title(title, source) for title, said in found.known.items()}
    return Titles(known, found.draft)
