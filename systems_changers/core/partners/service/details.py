"""Changes how a partner presents itself; every change counts the partner's revision up, so that caches notice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.partners.rules import (
    CARE,
    FIRST_STEPS,
    LANGUAGES_CHOSEN,
    PRIVACY,
    SIGN_ON,
    domain_problem,
    name_problem,
    texts_with,
    time_zone_problem,
)
from systems_changers.hooks.scope import Scope
from systems_changers.infra.catalogues import places
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.languages import language
from systems_changers.infra.text import Message, msg
from systems_changers.web.brand import FIRST_NAME, brand_from_json, too_faint

LONGEST_TERM = 2000
MOST_TERMS = 500
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Details:
    """A partner's name, languages (the first is its own), time zone, own domains, and whom to turn to.

    `domains` None leaves them as they are.
    """

    name: str
    locales: tuple[str, ...]
    time_zone: str
    domains: tuple[str, ...] | None = None
    care_name: str = ""
    care_contact: str = ""


def change_partner(scope: Scope, details: Details, version: int, own_hosts: frozenset[str] = frozenset()) -> None:
    """Save the details; `own_hosts` are the instance's host names, which no partner can have.

    Only the operator adds or takes away domains: whoever has one is who the partner's people believe.
    Raises Conflict where another saved meanwhile, Invalid with the fields that are wrong, Refused (operator_only).
    """
    row, present = _row(scope), _domains(scope)
    given = present if details.domains is None else details.domains
    domains = tuple(dict.fromkeys(host.strip().lower().rstrip(".") for host in given if host.strip()))
    if set(domains) != set(present) and not scope.actor.is_operator:
        raise Refused(msg("Only whoever operates this installation can change domains."), code="operator_only")
    care = {
        "name": clean_text(details.care_name, lines=False),
        "contact": clean_text(details.care_contact, lines=False),
    }
    mine = {
        "name": details.name,
        "locales": details.locales,
        "time_zone": details.time_zone,
        "domains": domains,
        "care": care,
    }
    if row.version != version:
        theirs = {
            "name": row.name,
            "locales": tuple(row.locales),
            "time_zone": row.time_zone,
            "domains": present,
            "care": row.settings.get(CARE, {}),
        }
        raise Conflict(mine=mine, theirs=theirs, version=row.version)
    with as_the_kit(scope.db):
        _check(scope, details, domains, own_hosts)
        _set_domains(scope, domains)
        name = clean_text(details.name, lines=False)
        settings = _settings(row, name, care, list(details.locales))
        values = {"name": name, "locales": list(details.locales), "time_zone": details.time_zone, "settings": settings}
        _change(scope, row, "partner.changed", values, ["name", "locales", "time_zone", "domains", "care"])


def _settings(row: Partner, name: str, care: dict[str, str], locales: list[str]) -> dict[str, Any]:
    """A plugin may name the partner only while its name is the first one, so that is kept; also that others speak."""
    others = {key: value for key, value in row.settings.items() if key != CARE}
    first: dict[str, Any] = {FIRST_NAME: row.name} if name != row.name else {}
    if locales != list(row.locales):
        others[FIRST_STEPS] = {**others.get(FIRST_STEPS, {}), LANGUAGES_CHOSEN: True}
    return {**first, **others, **({CARE: care} if care["name"] else {})}


def save_privacy(scope: Scope, contact: str, registration: str, version: int) -> None:
    """Say how to reach whoever answers for people's data here, and the partner's number with the regulator if any.

    Raises Conflict where another saved meanwhile.
    """
    row = _row(scope)
    given = {"contact": clean_text(contact), "registration": clean_text(registration, lines=False)}
    if row.version != version:
        raise Conflict(mine=given, theirs=dict(row.settings.get(PRIVACY, {})), version=row.version)
    values = {"settings": {**row.settings, PRIVACY: given}}
    _change(scope, row, "partner.privacy_changed", values, ["contact", "registration"])


def tell_sign_on(scope: Scope, told: Mapping[str, Any], changed: Collection[str]) -> None:
    """Note for pages what the partner's sign-on is called and of whom it is asked; empty where there is none.

    Records the change of these fields.
    """
    row = _row(scope)
    others = {key: value for key, value in row.settings.items() if key != SIGN_ON}
    values = {"settings": {**others, **({SIGN_ON: dict(told)} if told else {})}}
    _change(scope, row, "partner.sign_on_changed", values, changed)


def save_brand(scope: Scope, brand: Mapping[str, Any], version: int) -> None:
    """Save a brand of the partner's own, or with an empty one go back to its plugins' brand.

    Raises Invalid for what isn't a colour or font (field brand) or lacks contrast (light_accent and so on); Conflict.
    """
    row = _row(scope)
    if row.version != version:
        raise Conflict(mine=brand, theirs=row.brand, version=row.version)
    if brand:
        try:
            wrong = too_faint(brand_from_json(brand, row.name))
        except Invalid as error:
            wrong = {"brand": [error.message]}
        if wrong:
            raise Invalid(fields=wrong)
    _change(scope, row, "partner.brand_changed", {"brand": dict(brand)})


def save_term(scope: Scope, locale: str, msgid: str, text: str, known: Collection[str]) -> None:
    """Say `text` instead of the kit's words `msgid`, one of the `known`, in one of the partner's languages.

    Raises Invalid where the kit says no such text, where the text holds markup or would lose a %(name)s place, or the
    language isn't the partner's.
    """
    row, text = _row(scope), clean_text(text)
    if locale not in row.locales:
        raise Invalid(fields={"locale": [msg("This is not one of your languages.")]})
    if not text or len(text) > LONGEST_TERM or not msgid:
        raise Invalid(fields={"text": [msg("Write between 1 and %(most)s characters.", most=LONGEST_TERM)]})
    if msgid not in known:
        raise Invalid(fields={"msgid": [_unknown(msgid, known)]})
    if set("<>") & set(text) - set(msgid):
        raise Invalid(fields={"text": [msg("Write plain words: the signs < and > would not be shown.")]})
    if places(text) != places(msgid):
        raise Invalid(fields={"text": [msg("Keep every place such as %(example)s as it is.", example="%(name)s")]})
    mine = {**row.terms.get(locale, {}), msgid: text}
    if len(mine) > MOST_TERMS:
        raise Invalid(
            fields={"text": [msg("A language can have at most %(most)s words of your own.", most=MOST_TERMS)]}
        )
    _change(scope, row, "partner.term_saved", {"terms": {**row.terms, locale: mine}})


def _unknown(msgid: str, known: Collection[str]) -> Message:
    near = texts_with(msgid, known)[:MOST_NAMED]
    if not near:
        return msg("The kit never says this. Write a text exactly as it stands on a page, such as Cohort.")
    named = ", ".join(f"“{each}”" for each in near)
    return msg("The kit never says just this. It says: %(texts)s.", texts=named)


def take_back_term(scope: Scope, locale: str, msgid: str) -> None:
    """Use the kit's own words again."""
    row = _row(scope)
    left = {key: text for key, text in row.terms.get(locale, {}).items() if key != msgid}
    others = {key: value for key, value in row.terms.items() if key != locale}
    _change(scope, row, "partner.term_taken_back", {"terms": {**others, **({locale: left} if left else {})}})


def _row(scope: Scope) -> Partner:
    return scope.db.get_one(Partner, scope.partner.id)


def _change(
    scope: Scope, row: Partner, what: str, values: Mapping[str, Any], fields: Collection[str] | None = None
) -> None:
    """Save the values; `fields` are those to record, where they have other names."""
    with as_the_kit(scope.db):
        for name, value in values.items():
            setattr(row, name, value)
        row.revision += 1
    operations.record(scope, what, kind="partner", id=row.id, changed=values if fields is None else fields)


def _domains(scope: Scope) -> tuple[str, ...]:
    mine = sa.select(PartnerDomain.host).where(PartnerDomain.partner_ref == scope.partner.id)
    return tuple(scope.db.scalars(mine.order_by(PartnerDomain.host)))


def _set_domains(scope: Scope, wanted: tuple[str, ...]) -> None:
    rows = scope.db.scalars(sa.select(PartnerDomain).where(PartnerDomain.partner_ref == scope.partner.id))
    present = {row.host: row for row in rows}
    for host in present.keys() - set(wanted):
        scope.db.delete(present[host])
    scope.db.add_all(PartnerDomain(host=host, partner_ref=scope.partner.id) for host in wanted if host not in present)


def _check(scope: Scope, details: Details, domains: tuple[str, ...], own_hosts: frozenset[str]) -> None:
    wrong: dict[str, list[Message]] = {}
    simple = {"name": name_problem(details.name), "time_zone": time_zone_problem(details.time_zone)}
    wrong.update({field: [problem] for field, problem in simple.items() if problem is not None})
    if not details.locales:
        wrong["locales"] = [msg("A partner needs at least one language.")]
    for code in details.locales:
        try:
            language(code)
        except Invalid as error:
            wrong.setdefault("locales", []).append(error.message)
    problems = [problem for host in domains if (problem := domain_problem(host, own_hosts)) is not None]
    others = sa.select(PartnerDomain.host).where(
        PartnerDomain.host.in_(domains), PartnerDomain.partner_ref != scope.partner.id
    )
    problems += [msg("%(host)s belongs to somebody else here.", host=host) for host in scope.db.scalars(others)]
    if problems:
        wrong["domains"] = problems
    if wrong:
        raise Invalid(fields=wrong)
