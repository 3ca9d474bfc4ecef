"""A session's modules and titles in the reader's language, in the words that its cohort's plan pinned.

What has no words stays in its source language, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import PlannedModule
from systems_changers.core.curriculum.queries import in_draft, kept_modules, kept_texts, kept_words, translated
from systems_changers.core.curriculum.rules import HEAD
from systems_changers.core.sessions.models import CohortSession, SessionBlock
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


def titles_of(scope: Scope, view: SessionView, locale: str) -> Titles:
    """How the titles on one session's page read in one language. Two statements, none in the source language."""
    return Titles() if locale == SOURCE else modules_in_words(scope, view, locale)[1]


def titles_in_words(scope: Scope, cohort_ids: Iterable[UUID], locale: str) -> Titles:
    """How the titles of modules, and of sessions called after them, read in one language in these cohorts.

    Two statements, none in the source language or for no cohort.
    """
    wanted = set(cohort_ids)
    if locale == SOURCE or not wanted:
        return Titles()
    follow_up = sa.select(CohortSession.id).where(
        CohortSession.cohort_id.in_(wanted), CohortSession.kind == "follow_up"
    )
    later = sa.and_(
        SessionBlock.planned_module_id == PlannedModule.id, SessionBlock.session_id.in_(follow_up),
        SessionBlock.deleted_at.is_(None),
    )  # fmt: skip
    found = (
        sa.select(PlannedModule.title, PlannedModule.origin, PlannedModule.translations, SessionBlock.block_key,
                  SessionBlock.title.label("block_title"))
        .outerjoin(SessionBlock, later)
        .where(PlannedModule.cohort_id.in_(wanted))
        .order_by(PlannedModule.position, SessionBlock.position)
    )  # fmt: skip
    pinned: dict[str, tuple[str, str]] = {}
    for row in scope.db.execute(found):
        hashes = row.translations.get(locale, {})
        pinned.setdefault(row.title, (hashes.get(HEAD, ""), row.origin))
        if row.block_key is not None:
            pinned.setdefault(row.block_title, (hashes.get(row.block_key, ""), row.origin))
    texts = kept_texts(scope, [digest for digest, _ in pinned.values() if digest])
    known = {title: _title(title, texts.get(digest, {}), origin) for title, (digest, origin) in pinned.items()}
    return Titles(known, any(not text.get("accepted_by") for text in texts.values()))


def _title(source: str, words: Mapping[str, Any], origin: str) -> Title:
    if "title" in words:
        return Title(words["title"])
    return Title(source, language(SOURCE).html if origin == "canonical" else None)
