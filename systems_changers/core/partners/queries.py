"""Reads partners: global rows, asked for before any partner's scope is open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.partners.rules import CARE, PRIVACY
from systems_changers.hooks.facts import PartnerFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import open_session, using
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.slices import Slice
from systems_changers.infra.text import msg

COLUMNS = (
    Partner.id,
    Partner.slug,
    Partner.name,
    Partner.kind,
    Partner.locales,
    Partner.time_zone,
    Partner.plugins,
    Partner.brand,
    Partner.terms,
    Partner.settings,
    Partner.revision,
)
"""The columns that PartnerFacts are made of, for a statement that joins more; see facts_from."""


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """A partner in a list."""

    id: UUID
    slug: str
    name: str
    kind: str
    plugins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartnerSheet:
    """What an administrator may change, with the version a form is made from."""

    name: str
    locales: tuple[str, ...]
    time_zone: str
    domains: tuple[str, ...]
    brand: Mapping[str, Any]
    terms: Mapping[str, Mapping[str, str]]
    care: Mapping[str, str]
    privacy: Mapping[str, str]
    plugins: tuple[str, ...]
    version: int


def facts_of(partner: Partner) -> PartnerFacts:
    """A row as facts."""
    return facts_from(tuple(getattr(partner, column.key) for column in COLUMNS))


def facts_from(values: tuple[Any, ...]) -> PartnerFacts:
    """COLUMNS' values as facts."""
    id, slug, name, kind, locales, time_zone, plugins, brand, terms, settings, revision = values
    return PartnerFacts(
        id, slug, name, kind, tuple(locales), time_zone, tuple(plugins), brand, terms, settings, revision
    )


def partner_by_slug(db: Session, slug: str) -> PartnerFacts | None:
    """The partner with this slug."""
    found = db.execute(sa.select(*COLUMNS).where(Partner.slug == slug)).first()
    return facts_from(tuple(found)) if found else None


def partner_here(engine: sa.Engine, slug: str) -> PartnerFacts:
    """The partner with this slug, in a session of its own, for a command. Raises NotFound (unknown_partner)."""
    with using(open_session(engine, None)) as outside:
        found = partner_by_slug(outside, slug)
    if found is None:
        raise unknown_partner(slug)
    return found


def partner_with_pages(engine: sa.Engine, slug: str) -> PartnerFacts:
    """As partner_here, for one that is not only listed. Raises NotFound (unknown_partner), Refused (listed_partner)."""
    found = partner_here(engine, slug)
    if found.kind == "listed":
        raise Refused(msg("%(name)s is listed from a register only, and has no pages.", name=found.name),
                      code="listed_partner")  # fmt: skip
    return found


def unknown_partner(slug: str) -> NotFound:
    """What is said of a partner that isn't here."""
    return NotFound(msg("No partner %(slug)s is here.", slug=slug), code="unknown_partner")


def partner_by_id(engine: sa.Engine, id: UUID) -> PartnerFacts | None:
    """The partner with this id, in a session of its own, for the job edge."""
    with using(open_session(engine, None)) as outside:
        found = outside.execute(sa.select(*COLUMNS).where(Partner.id == id)).first()
    return facts_from(tuple(found)) if found else None


def hosting_partners(engine: sa.Engine) -> list[PartnerFacts]:
    """Every partner that runs cohorts, and the foundation, in a session of its own, for the job edge."""
    wanted = sa.select(*COLUMNS).where(Partner.kind != "listed").order_by(Partner.slug)
    with using(open_session(engine, None)) as outside:
        return [facts_from(tuple(row)) for row in outside.execute(wanted)]


def every_partner(engine: sa.Engine) -> list[PartnerFacts]:
    """Every partner, those known from a register only too, in a session of its own, for commands and the job edge."""
    with using(open_session(engine, None)) as outside:
        return [facts_from(tuple(row)) for row in outside.execute(sa.select(*COLUMNS).order_by(Partner.slug))]


def plugins_in_use(engine: sa.Engine) -> frozenset[str]:
    """The plugins that any partner has on, in a session of its own."""
    with using(open_session(engine, None)) as outside:
        return frozenset(slug for on in outside.scalars(sa.select(Partner.plugins)) for slug in on)


def partners_by_id(db: Session, ids: Collection[UUID]) -> dict[UUID, PartnerFacts]:
    """Several partners at once."""
    rows = db.execute(sa.select(*COLUMNS).where(Partner.id.in_(list(ids))))
    return {row[0]: facts_from(tuple(row)) for row in rows}


def partners_listed(
    db: Session, *, kinds: Collection[str] = (), search: str = "", number: int = 1, size: int = 30
) -> Slice[PartnerLine]:
    """Partners in alphabetical order; `search` is found anywhere in the name. Two statements."""
    wanted: list[sa.ColumnElement[bool]] = []
    if kinds:
        wanted.append(Partner.kind.in_(list(kinds)))
    if search:
        wanted.append(Partner.name.icontains(search, autoescape=True))
    total = db.scalar(sa.select(sa.func.count(Partner.id)).where(*wanted)) or 0
    page = sa.select(Partner.id, Partner.slug, Partner.name, Partner.kind, Partner.plugins).where(*wanted)
    page = page.order_by(sa.func.lower(Partner.name), Partner.id).limit(size).offset((number - 1) * size)
    lines = [PartnerLine(row.id, row.slug, row.name, row.kind, tuple(row.plugins)) for row in db.execute(page)]
    return Slice(lines, total, number, size)


def sheet(scope: Scope) -> PartnerSheet:
    """What this partner's administrator may change; two statements."""
    row = scope.db.get_one(Partner, scope.partner.id)
    mine = sa.select(PartnerDomain.host).where(PartnerDomain.partner_ref == row.id).order_by(PartnerDomain.host)
    domains = tuple(scope.db.scalars(mine))
    care = row.settings.get(CARE, {})
    return PartnerSheet(
        row.name,
        tuple(row.locales),
        row.time_zone,
        domains,
        row.brand,
        row.terms,
        care,
        row.settings.get(PRIVACY, {}),
        tuple(row.plugins),
        row.version,
    )
