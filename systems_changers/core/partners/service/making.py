"""Makes partners: by an operator, or by an import that lists them from a register."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.queries import facts_of
from systems_changers.core.partners.rules import (
    KINDS,
    first_free,
    name_problem,
    slug_from,
    slug_problem,
    time_zone_problem,
)
from systems_changers.hooks.facts import PartnerFacts
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.languages import language
from systems_changers.infra.text import Message, msg


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner to be; without a slug one is made from the name."""

    name: str
    slug: str = ""
    kind: str = "hosting"
    locales: tuple[str, ...] = ("en_GB",)
    time_zone: str = "Europe/London"
    source: str | None = None
    source_key: str | None = None


def make_partner(scope: OperatorScope | Scope, new: NewPartner) -> PartnerFacts:
    """Make a partner; raises Invalid with the fields that are wrong (name, slug, kind, locales, time_zone)."""
    name = clean_text(new.name, lines=False)
    _check(scope, new, name)
    row = Partner(
        slug=new.slug or slug_for(scope, name),
        name=name,
        kind=new.kind,
        locales=list(new.locales),
        time_zone=new.time_zone,
        brand={},
        terms={},
        plugins=[],
        settings={},
        source=new.source,
        source_key=new.source_key,
    )
    scope.db.add(row)
    scope.db.flush()
    operations.record(scope, "partner.made", kind="partner", id=row.id)
    return facts_of(row)


def slug_for(scope: OperatorScope | Scope, name: str) -> str:
    """A slug for this name that no partner has."""
    slug = slug_from(name)
    near = scope.db.scalars(sa.select(Partner.slug).where(Partner.slug.startswith(slug, autoescape=True)))
    return first_free(slug, set(near))


def _check(scope: OperatorScope | Scope, new: NewPartner, name: str) -> None:
    wrong: dict[str, Message | None] = {"name": name_problem(name), "time_zone": time_zone_problem(new.time_zone)}
    if new.kind not in KINDS:
        wrong["kind"] = msg("%(kind)s is not a kind of partner.", kind=new.kind)
    if new.slug:
        wrong["slug"] = slug_problem(new.slug) or _taken(scope, new.slug)
    try:
        for code in new.locales:
            language(code)
    except Invalid as error:
        wrong["locales"] = error.message
    if not new.locales:
        wrong["locales"] = msg("A partner needs at least one language.")
    found = {field: [problem] for field, problem in wrong.items() if problem is not None}
    if found:
        raise Invalid(fields=found)


def _taken(scope: OperatorScope | Scope, slug: str) -> Message | None:
    if scope.db.scalar(sa.select(Partner.id).where(Partner.slug == slug)) is None:
        return None
    return msg("Another partner has the address %(slug)s.", slug=slug)
