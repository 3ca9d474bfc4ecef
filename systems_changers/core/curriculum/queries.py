"""Modules to read: the canonical ones, those that plugins offer here, and what the partner keeps.

The partner's own store is keyed by hash and is no PartnerOwned table, so every statement names the partner itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.core.curriculum.models import (
    CanonicalModule,
    CanonicalTranslation,
    PartnerModule,
    PartnerTranslation,
)
from systems_changers.core.curriculum.rules import (
    BlockChange,
    apply_patch,
    block_changes,
    block_hash,
    head_hash,
    kept_elements,
    variant_hash,
)
from systems_changers.hooks.facts import VariantOffer
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid
from systems_changers.infra.languages import language
from systems_changers.infra.text import msg

Words = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CourseModule:
    """A module version. `canonical_identity` and `canonical_hash` say what it was made from, or is.

    A variant carries its base, the changes made to it and why; `behind` is True when its base is no longer the newest.
    """

    hash: str
    origin: str
    identity: str
    label: str
    locale: str
    content: Mapping[str, Any]
    canonical_identity: str | None = None
    canonical_hash: str | None = None
    base: Mapping[str, Any] | None = None
    changes: tuple[Mapping[str, Any], ...] = ()
    why: str = ""
    plugin: str | None = None
    behind: bool = False

    @property
    def number(self) -> int:
        return int(self.content["number"])

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def lang(self) -> str:
        """Its source language as a lang attribute."""
        return language(self.locale).html

    @property
    def minutes(self) -> int:
        """Minutes in the room, as is typical."""
        return int(self.content["minutes"]["typical"])

    @property
    def block_changes(self) -> list[BlockChange]:
        """Every block beside its base; a canonical module's are all kept."""
        return block_changes(self.base or self.content, self.content, self.changes)

    @property
    def kept_elements(self) -> list[tuple[str, bool]]:
        return kept_elements(self.base or self.content, self.content)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A canonical module in the library, with the variants of it that are on offer here."""

    module: CourseModule
    variants: list[CourseModule]


def canonical_modules(db: Session) -> list[CourseModule]:
    """The canonical modules in force, by number. One statement."""
    found = sa.select(CanonicalModule).where(CanonicalModule.withdrawn_at.is_(None)).order_by(CanonicalModule.number)
    return [_canonical(row) for row in db.scalars(found)]


def _canonical(row: CanonicalModule) -> CourseModule:
    return CourseModule(
        row.hash, "canonical", row.identity, row.label, row.locale, row.content,
        canonical_identity=row.identity, canonical_hash=row.hash, behind=row.withdrawn_at is not None,
    )  # fmt: skip


def modules_on_offer(scope: Scope) -> list[CourseModule]:
    """What a plan at this partner may hold: canonical modules by number, each followed by the plugins' variants of it.

    A variant whose base is unknown here, or whose changes cannot be made, is left out and reported to the operator. One
    statement, and one more when a variant rests on an older version.
    """
    current = canonical_modules(scope.db)
    bases = {module.hash: module for module in current}
    offers = scope.hooks.offer_variants()
    older = {offer.base_hash for _, offer in offers} - set(bases)
    if older:
        rows = scope.db.scalars(sa.select(CanonicalModule).where(CanonicalModule.hash.in_(older)))
        bases |= {row.hash: _canonical(row) for row in rows}
    variants = []
    for plugin, offer in offers:
        try:
            variants.append(variant_module(plugin, offer, bases))
        except Invalid as error:
            scope.hooks.report(plugin, "sc_offer_variants", f"{offer.identity}: {error.message}")
        except (LookupError, TypeError, ValueError, AttributeError) as error:  # changes of another shape
            scope.hooks.report_error(plugin, "sc_offer_variants", error, offer.identity)
    return sorted([*current, *variants], key=lambda module: (module.number, module.origin, module.identity))


def variant_module(plugin: str, offer: VariantOffer, bases: Mapping[str, CourseModule]) -> CourseModule:
    """The variant as a module; raises Invalid where its base isn't among `bases` or the patch doesn't fit."""
    base = bases.get(offer.base_hash)
    if base is None or base.identity != offer.base:
        why = msg("No module %(base)s with the hash %(hash)s is known here.", base=offer.base, hash=offer.base_hash)
        raise Invalid(why, code="unknown_base")
    content = apply_patch(base.content, offer.changes, title=offer.title)
    patch = {
        "identity": offer.identity, "locale": offer.locale, "title": offer.title, "why": offer.why,
        "changes": offer.changes,
    }  # fmt: skip
    return CourseModule(
        variant_hash(base.hash, patch), "variant", offer.identity, offer.label, offer.locale,
        content | {"identity": offer.identity, "label": offer.label, "locale": offer.locale},
        canonical_identity=base.identity, canonical_hash=base.hash, base=base.content, changes=offer.changes,
        why=offer.why, plugin=plugin, behind=base.behind,
    )  # fmt: skip


def kept_modules(scope: Scope, hashes: Iterable[str]) -> dict[str, CourseModule]:
    """What the partner's own store holds of `hashes`. One statement."""
    wanted = sa.select(PartnerModule).where(
        PartnerModule.partner_id == scope.partner.id, PartnerModule.hash.in_(set(hashes))
    )
    return {row.hash: kept_module(row) for row in scope.db.scalars(wanted)}


def kept_module(row: PartnerModule) -> CourseModule:
    """A row of the partner's store as a module."""
    own = row.origin == "canonical"
    return CourseModule(
        row.hash, row.origin, row.identity, row.label, row.locale, row.content,
        canonical_identity=row.identity if own else (row.base_content or {}).get("identity"),
        canonical_hash=row.hash if own else row.base_hash,
        base=row.base_content, changes=tuple(row.patch or ()), why=row.why or "", plugin=row.plugin,
    )  # fmt: skip


def module_by_hash(scope: Scope, hash: str) -> CourseModule | None:
    """A module by its hash: kept here, canonical (also an older version), or on offer. At most four statements."""
    kept = kept_modules(scope, [hash]).get(hash)
    if kept is not None:
        return kept
    row = scope.db.get(CanonicalModule, hash)
    if row is not None:
        return _canonical(row)
    return next((module for module in modules_on_offer(scope) if module.hash == hash), None)


def translations_on_offer(db: Session, hashes: Iterable[str], locales: Iterable[str]) -> list[CanonicalTranslation]:
    """Translations of heads and blocks (by hash) into any of `locales`. One statement."""
    wanted = sa.select(CanonicalTranslation).where(
        CanonicalTranslation.block_hash.in_(set(hashes)), CanonicalTranslation.locale.in_(set(locales))
    )
    return list(db.scalars(wanted.order_by(CanonicalTranslation.locale, CanonicalTranslation.hash)))


def words_on_offer(db: Session, hashes: Iterable[str], locale: str) -> Words:
    """The words of heads and blocks in one language, by the hash of what they stand for. One statement."""
    return {row.block_hash: row.content for row in translations_on_offer(db, hashes, [locale])}


def kept_words(scope: Scope, hashes: Iterable[str]) -> Words:
    """The words of pinned translations (by their hashes) by the hash of the head or block.

    One statement for what this process has not read yet: a hash stands for one text for ever.
    """
    wanted = {(scope.partner.id, digest) for digest in hashes}
    if not wanted <= _KEPT.keys():
        rows = sa.select(PartnerTranslation).where(
            PartnerTranslation.partner_id == scope.partner.id,
            PartnerTranslation.hash.in_([digest for _, digest in wanted - _KEPT.keys()]),
        )
        if len(_KEPT) > MOST_KEPT:
            _KEPT.clear()
        _KEPT.update({(row.partner_id, row.hash): (row.block_hash, row.content) for row in scope.db.scalars(rows)})
    return dict(_KEPT[each] for each in wanted if each in _KEPT)


_KEPT: dict[tuple[UUID, str], tuple[str, Mapping[str, Any]]] = {}
MOST_KEPT = 5000


@dataclass(frozen=True, slots=True)
class SpokenTitles:
    """Titles of canonical modules and their blocks in one language, by what they are in the source; None without words.

    `draft` where not all of them were accepted by a named speaker.
    """

    known: Mapping[str, str | None]
    draft: bool


def titles_on_offer(db: Session, locale: str) -> SpokenTitles:
    """How canonical titles read in one language. Two statements the first time in a process, and after an upgrade."""
    found = _TITLES.setdefault(db.get_bind().engine.pool, {})
    if locale not in found:
        parts = {
            (block_hash if part is not content else head_hash)(part): part["title"]
            for content in db.scalars(sa.select(CanonicalModule.content).order_by(CanonicalModule.loaded_at.desc()))
            for part in (content, *content["blocks"])
        }
        words = words_on_offer(db, parts, locale)
        known: dict[str, str | None] = {}
        for digest, title in parts.items():
            known[title] = known.get(title) or words.get(digest, {}).get("title")
        found[locale] = SpokenTitles(known, any(not each.get("accepted_by") for each in words.values()))
    return found[locale]


_TITLES: WeakKeyDictionary[sa.Pool, dict[str, SpokenTitles]] = WeakKeyDictionary()


def forget_titles() -> None:
    """Other canonical modules or words have been loaded."""
    _TITLES.clear()


def translated(content: Mapping[str, Any], words: Words) -> Mapping[str, Any]:
    """The content in those words that still fit; the rest stays in its source language.

    Where words fit, `spoken` at the head and in the block names the fields that are in them.
    """
    if not words:
        return content
    blocks = [spoken(block, words.get(block_hash(block))) for block in content["blocks"]]
    return {**spoken(content, words.get(head_hash(content))), "blocks": blocks}


def spoken(part: Mapping[str, Any], words: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """One head or block in these words; see `translated`."""
    if not words:
        return part
    return {**part, **words, "spoken": [name for name in words if name in part]}


def in_draft(contents: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these contents shows words that no named speaker has accepted."""
    parts = (part for content in contents for part in (content, *content["blocks"]))
    return any(part.get("spoken") and not part.get("accepted_by") for part in parts)


@dataclass(frozen=True, slots=True)
class Shown:
    """One module in a reader's language as far as there are words; `draft` says that nobody named accepted them."""

    content: Mapping[str, Any]
    changes: list[BlockChange]
    draft: bool


def shown_in(scope: Scope, module: CourseModule, locale: str) -> Shown:
    """A module of the library in one language. One statement, or none in the module's own."""
    parts = [*module.content["blocks"], *(module.base or {}).get("blocks", ())]
    hashes = {head_hash(module.content), *map(block_hash, parts)} if locale != module.locale else set()
    words = words_on_offer(scope.db, hashes, locale) if hashes else {}
    content, changes = translated(module.content, words), module.block_changes
    if words:
        changes = [_change_shown(each, words) for each in changes]
    return Shown(content, changes, in_draft([content]))


def _change_shown(change: BlockChange, words: Words) -> BlockChange:
    if change.block is not None:
        return replace(change, block=spoken(change.block, words.get(block_hash(change.block))))
    base = change.base or {}
    return replace(change, base=spoken(base, words.get(block_hash(base))))


def heads_in(scope: Scope, modules: Sequence[CourseModule], locale: str) -> list[CourseModule]:
    """The modules with their heads in one language where there are words. One statement, or none in their own."""
    heads = {module.hash: head_hash(module.content) for module in modules if module.locale != locale}
    words = words_on_offer(scope.db, heads.values(), locale) if heads else {}
    return [
        replace(module, content=spoken(module.content, words.get(heads.get(module.hash, "")))) for module in modules
    ]
