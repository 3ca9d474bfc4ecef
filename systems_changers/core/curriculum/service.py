"""Loads the canonical modules and copies what a plan pins into the partner's own store.

Both are idempotent by hash: the same text twice changes nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.core.curriculum.models import (
    CanonicalBlock,
    CanonicalModule,
    CanonicalTranslation,
    PartnerModule,
    PartnerTranslation,
)
from systems_changers.core.curriculum.queries import (
    CourseModule,
    forget_titles,
    kept_modules,
    modules_on_offer,
    translations_on_offer,
)
from systems_changers.core.curriculum.rules import (
    HEAD,
    block_hash,
    head_hash,
    module_from,
    module_hash,
    translation_hash,
    words_from,
)
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.text import msg

CONTENT = Path(__file__).parent / "content"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many module versions and translations were new, and how many were known."""

    new: int
    known: int
    translations: int


def load_canonical(scope: OperatorScope, folder: Path = CONTENT) -> Loaded:
    """Read NN-slug.toml (and its words in <locale>/NN-slug.toml) and store what isn't known by its hash.

    A newer version of a module withdraws the older one; plans that pin the older keep their copy. Raises Invalid with
    the file's name where a file isn't a module.
    """
    known = {row.hash: row for row in scope.db.scalars(sa.select(CanonicalModule))}
    contents = [_read(path) for path in sorted(folder.glob("*.toml"))]
    new = 0
    for content in contents:
        digest = module_hash(content)
        for row in known.values():
            if row.identity == content["identity"]:
                row.withdrawn_at = None if row.hash == digest else (row.withdrawn_at or scope.clock.now())
        if digest not in known:
            known[digest] = _store(scope, digest, content)
            new += 1
    _store_blocks(scope.db, contents)
    scope.db.flush()
    forget_titles()
    return Loaded(new, len(contents) - new, _load_translations(scope.db, folder, contents))


def keep_withdrawn(scope: OperatorScope, contents: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """Keep module versions that came with a partner, by their hash; answers how many nobody here knew.

    They are withdrawn from the start, so that nobody is offered them. Raises Invalid (code bad_module) for a content
    that doesn't have the hash.
    """
    known, new = set(scope.db.scalars(sa.select(CanonicalModule.hash))), []
    for digest, content in contents:
        try:
            right = module_hash(content) == digest
        except (KeyError, TypeError, AttributeError):
            right = False
        if not right:
            raise Invalid(msg("A module is not what its hash says."), code="bad_module")
        if digest not in known:
            known.add(digest)
            _store(scope, digest, content).withdrawn_at = scope.clock.now()
            new.append(content)
    _store_blocks(scope.db, new)
    scope.db.flush()
    return len(new)


def _read(path: Path) -> dict[str, Any]:
    try:
        return module_from(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise Invalid(msg("%(file)s is not a module: %(why)s", file=path.name, why=error), code="bad_module") from error
    except Invalid as error:
        raise Invalid(msg("%(file)s: %(why)s", file=path.name, why=error), code="bad_module") from error


def _store(scope: OperatorScope, digest: str, content: Mapping[str, Any]) -> CanonicalModule:
    row = CanonicalModule(
        hash=digest, identity=content["identity"], number=content["number"], label=content["label"],
        locale=content["locale"], content=dict(content), loaded_at=scope.clock.now(),
    )  # fmt: skip
    scope.db.add(row)
    return row


def _store_blocks(db: Session, contents: Iterable[Mapping[str, Any]]) -> None:
    blocks = {block_hash(block): block for content in contents for block in content["blocks"]}
    known = set(db.scalars(sa.select(CanonicalBlock.hash))) if blocks else set()
    db.add_all(CanonicalBlock(hash=key, content=dict(block)) for key, block in blocks.items() if key not in known)


def _load_translations(db: Session, folder: Path, contents: Iterable[Mapping[str, Any]]) -> int:
    """Newer words for the same head or block replace the older; plans that pin the older keep their copy."""
    sources = {content["identity"].removeprefix("core:"): content for content in contents}
    made: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*/*.toml")):
        locale = path.parent.name
        for of, text in _read_words(path, sources).items():
            digest = translation_hash(of, locale, text)
            made[digest] = {"hash": digest, "block_hash": of, "locale": locale, "content": text}
    if not made:
        return 0
    said = {(row["block_hash"], row["locale"]) for row in made.values()}
    columns = (CanonicalTranslation.hash, CanonicalTranslation.block_hash, CanonicalTranslation.locale)
    there = {digest: (of, locale) for digest, of, locale in db.execute(sa.select(*columns))}
    older = [digest for digest, of in there.items() if of in said and digest not in made]
    if older:
        db.execute(sa.delete(CanonicalTranslation).where(CanonicalTranslation.hash.in_(older)))
    new = [row for digest, row in made.items() if digest not in there]
    insert_rows(db, CanonicalTranslation, new)
    return len(new)


def _read_words(path: Path, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    where = f"{path.parent.name}/{path.name}"
    try:
        return words_from(tomllib.loads(path.read_text(encoding="utf-8")), sources, where)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(msg("%(file)s is not a module: %(why)s", file=where, why=error), code="bad_module") from error


# --- the partner's own store ---


@dataclass(frozen=True, slots=True)
class Pinned:
    """A module that the partner now keeps, and the translations kept with it: locale to block key to hash.

    The words of the module's head (title, purpose, outcomes) stand under the key HEAD, which no block has.
    """

    module: CourseModule
    translations: Mapping[str, Mapping[str, str]]


def pin(scope: Scope, origin: str, hash: str) -> Pinned:
    """Copy one module into the partner's store; see pin_all."""
    return pin_all(scope, [(origin, hash)])[hash]


def pin_all(scope: Scope, wanted: Iterable[tuple[str, str]]) -> dict[str, Pinned]:
    """Copy modules (origin, hash) with their translations into the partner's store, by hash.

    What is there already stays as it is. Raises NotFound for a hash that is neither kept nor on offer here.
    """
    wanted = list(wanted)
    kept = kept_modules(scope, [digest for _, digest in wanted])
    if any(digest not in kept for _, digest in wanted):
        offered = {(module.origin, module.hash): module for module in modules_on_offer(scope)}
        for origin, digest in wanted:
            if digest in kept:
                continue
            if (origin, digest) not in offered:
                raise NotFound(msg("This module is not on offer here."), code="module_not_found")
            kept[digest] = offered[origin, digest]
            scope.db.add(_copy(scope, kept[digest]))
    translations = _pin_translations(scope, list(kept.values()))
    scope.db.flush()
    return {key: Pinned(module, translations.get(key, {})) for key, module in kept.items()}


def _copy(scope: Scope, module: CourseModule) -> PartnerModule:
    variant = module.origin == "variant"
    return PartnerModule(
        partner_id=scope.partner.id, hash=module.hash, created_at=scope.clock.now(), origin=module.origin,
        identity=module.identity, number=module.number, label=module.label, locale=module.locale,
        content=dict(module.content), base_hash=module.canonical_hash if variant else None,
        base_content=dict(module.base or {}) if variant else None,
        patch=[dict(change) for change in module.changes] if variant else None,
        why=module.why or None, plugin=module.plugin,
    )  # fmt: skip


def _pin_translations(scope: Scope, modules: list[CourseModule]) -> dict[str, dict[str, dict[str, str]]]:
    locales = set(scope.partner.locales)
    blocks = {module.hash: _keys(module) for module in modules}
    offered = translations_on_offer(scope.db, {key for keys in blocks.values() for key in keys}, locales)
    if not offered:
        return {}
    kept = sa.select(PartnerTranslation.hash).where(PartnerTranslation.partner_id == scope.partner.id)
    known = set(scope.db.scalars(kept.where(PartnerTranslation.hash.in_([row.hash for row in offered]))))
    now = scope.clock.now()
    rows = {
        row.hash: {
            "hash": row.hash, "created_at": now, "block_hash": row.block_hash, "locale": row.locale,
            "content": row.content,
        }
        for row in offered
        if row.hash not in known
    }  # fmt: skip
    insert_rows(scope.db, PartnerTranslation, list(rows.values()))
    found: dict[str, dict[str, dict[str, str]]] = {}
    for module, keys in blocks.items():
        for row in offered:
            if row.block_hash in keys:
                found.setdefault(module, {}).setdefault(row.locale, {})[keys[row.block_hash]] = row.hash
    return found


def _keys(module: CourseModule) -> dict[str, str]:
    """The key of each block, and HEAD, by hash."""
    return {block_hash(b): b["key"] for b in module.content["blocks"]} | {head_hash(module.content): HEAD}
