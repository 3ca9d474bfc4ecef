"""Makes partners: by an operator, or by an import that lists them from a register."""

from __future__ import annotations

from typing import TypedDict, Unpack

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
from systems_changers.hooks.scope import OperatorScope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.languages import language
from systems_changers.infra.text import Message, msg


class PartnerOptions(TypedDict, total=False):
    """What may be said of a new partner besides its name; without a slug one is made from the name."""

    slug: str | None
    kind: str
    locales: tuple[str, ...]
    time_zone: str
    source: str | None
    source_key: str | None


def make_partner(scope: OperatorScope, name: str, **options: Unpack[PartnerOptions]) -> PartnerFacts:
    """Make a partner: hosting, in British English and London's time, unless `options` say otherwise.

    Raises Invalid with the fields that are wrong (name, slug, kind, locales, time_zone).
    """
    name = clean_text(name, lines=False)
    _check(scope, name, options)
    row = Partner(
        slug=options.get("slug") or slug_for(scope, name),
        name=name,
        kind=options.get("kind", "hosting"),
        locales=list(options.get("locales", ("en_GB",))),
        time_zone=options.get("time_zone", "Europe/London"),
        brand={},
        terms={},
        plugins=[],
        settings={},
        source=options.get("source"),
        source_key=options.get("source_key"),
        revision=1,
    )
    scope.db.add(row)
    scope.db.flush()
    operations.record(scope, "partner.made", kind="partner", id=row.id)
    return facts_of(row)


def slug_for(scope: OperatorScope, name: str) -> str:
    """A slug for this name that no partner has."""
    slug = slug_from(name)
    near = scope.db.scalars(sa.select(Partner.slug).where(Partner.slug.startswith(slug, autoescape=True)))
    return first_free(slug, set(near))


def _check(scope: OperatorScope, name: str, options: PartnerOptions) -> None:
    kind, slug, locales = options.get("kind", "hosting"), options.get("slug"), options.get("locales", ("en_GB",))
    wrong: dict[str, Message | None] = {
        "name": name_problem(name),
        "time_zone": time_zone_problem(options.get("time_zone", "Europe/London")),
    }
    if kind not in KINDS:
        wrong["kind"] = msg("%(kind)s is not a kind of partner.", kind=kind)
    if slug:
        wrong["slug"] = slug_problem(slug) or _taken(scope, slug)
    try:
        for code in locales:
            language(code)
    except Invalid as error:
        wrong["locales"] = error.message
    if not locales:
        wrong["locales"] = msg("A partner needs at least one language.")
    found = {field: [problem] for field, problem in wrong.items() if problem is not None}
    if found:
        raise Invalid(fields=found)


def _taken(scope: OperatorScope, slug: str) -> Message | None:
    if scope.db.scalar(sa.select(Partner.id).where(Partner.slug == slug)) is None:
        return None
    return msg("Another partner has the address %(slug)s.", slug=slug)
