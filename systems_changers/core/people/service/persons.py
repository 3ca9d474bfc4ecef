"""Persons: somebody as one partner knows them, with or without an account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict, Unpack
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.service import record, void_tokens
from systems_changers.core.partners.rules import time_zone_problem
from systems_changers.core.people.models import Account, Person
from systems_changers.core.people.queries import person_row
from systems_changers.core.people.rules import CONTACTS, SHOWN, email_problem, plain_email, room_wordings
from systems_changers.core.privacy import service as privacy
from systems_changers.core.privacy.rules import COHORT, ENGLISH, Reader, keys_of
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import Message, msg, nmsg

LONGEST = {"name": 120, "phone": 40, "job": 120, "organisation": 120, "team": 120, "locale": 40, "time_zone": 60}
LONGEST_TEXT = 4000
ONE_LINE = ("phone", "job", "organisation", "team", "locale", "time_zone")
ROOM_TEXTS = ("about", "asks", "offers")


class PersonOptions(TypedDict, total=False):
    """What may be said of a person besides name and e-mail address."""

    phone: str | None
    job: str | None
    organisation: str | None
    team: str | None
    locale: str | None
    time_zone: str | None
    access_needs: str | None
    source: str | None
    source_key: str | None
    again: bool


@dataclass(frozen=True, slots=True)
class ProfileAnswers:
    """What a person says of themselves; empty texts take back what was there."""

    name: str
    locale: str = ""
    time_zone: str = ""
    phone: str = ""
    job: str = ""
    organisation: str = ""
    team: str = ""
    access_needs: str = ""
    about: str = ""
    asks: str = ""
    offers: str = ""
    shows: tuple[str, ...] = ()
    contact_by: tuple[str, ...] = ()


def find_or_make_person(scope: Scope, name: str, email: str | None = None, **options: Unpack[PersonOptions]) -> Person:
    """The partner's person with this e-mail address (or this source and source_key), else a new one.

    What is already known of somebody is kept: `options` fill gaps only. Looks at this partner alone, so nobody learns
    of an account elsewhere. Raises Invalid (name, email), also for somebody who was erased here; `again` is an
    administrator's word that they came back of their own will.
    """
    name, email = clean_text(name, lines=False), plain_email(email) if email and email.strip() else None
    _check(name, email)
    row = _known(scope, email, options)
    if row is None:
        _meet_tombstones(scope, email, options)
        row = Person(name=name, email=email, shows=["name"], contact_by=[], extra={})
        row.source, row.source_key = options.get("source"), options.get("source_key")
        scope.db.add(row)
        record_name = "person.made"
    else:
        record_name = ""
    for field in (*ONE_LINE, "access_needs"):
        value = options.get(field)
        if isinstance(value, str) and value.strip() and getattr(row, field) is None:
            setattr(row, field, clean_text(value, lines=field == "access_needs")[: LONGEST.get(field, LONGEST_TEXT)])
    if email is not None and row.email is None:
        row.email = email
    scope.db.flush()
    if record_name:
        record(scope, record_name, kind="person", id=row.id)
    return row


def _check(name: str, email: str | None) -> None:
    wrong: dict[str, list[Message]] = {}
    if not name:
        wrong["name"] = [msg("Give the person's name.")]
    elif len(name) > LONGEST["name"]:
        wrong["name"] = [msg("A name can be at most %(most)s characters long.", most=LONGEST["name"])]
    if email is not None and (problem := email_problem(email)) is not None:
        wrong["email"] = [problem]
    if wrong:
        raise Invalid(fields=wrong)


ERASED_HERE = msg("Somebody with this address asked to be erased here. If they came back of their own will, an"
                  " administrator can add them again under People.")  # fmt: skip


def _meet_tombstones(scope: Scope, email: str | None, options: PersonOptions) -> None:
    source, key = options.get("source"), options.get("source_key")
    keys = keys_of(None, [email] if email else [], (source, key) if source and key else None)
    erased = privacy.buried(scope, keys)
    if not erased:
        return
    if not (options.get("again") and "administrator" in scope.actor.roles):
        raise Invalid(ERASED_HERE, code="erased", fields={"email": [ERASED_HERE]})
    privacy.lift(scope, erased)
    record(scope, "person.let_in_again", kind="person")


def erased_here(scope: Scope, emails: Collection[str]) -> set[str]:
    """Which of the addresses (in lower case) were erased at this partner, and are not let in again."""
    return {text for _, text in privacy.buried(scope, keys_of(None, emails))}


def _known(scope: Scope, email: str | None, options: PersonOptions) -> Person | None:
    ways = [Person.email == email] if email is not None else []
    source, key = options.get("source"), options.get("source_key")
    if source and key:
        ways.append(sa.and_(Person.source == source, Person.source_key == key))
    if not ways:
        return None
    found = sa.select(Person).where(sa.or_(*ways), Person.deleted_at.is_(None))
    return scope.db.scalar(found.order_by(Person.created_at, Person.id).limit(1))


def change_person(scope: Scope, person_id: UUID, name: str, email: str | None) -> bool:
    """Put a person's name or e-mail address right; answers whether an open invitation ended by it.

    One does by another address: it was for whoever reads the old one. The address of somebody who was erased here is
    refused: with it, a restore would erase this person too. Once the person has an account, the address is theirs to
    change and stays as it is. Raises NotFound, Invalid (name, email).
    """
    row = person_row(scope, person_id)
    name, email = clean_text(name, lines=False), plain_email(email) if email and email.strip() else None
    _check(name, email)
    moved = row.account_id is None and row.email != email
    row.name = name
    if moved:
        _meet_tombstones(scope, email, {})
        row.email = email
    scope.db.flush()
    record(scope, "person.changed", kind="person", id=row.id, changed=["name", "email"] if moved else ["name"])
    ended = moved and void_tokens(scope, purpose="invitation", subject=row.id) > 0
    if ended:
        record(scope, "invitation.ended", kind="person", id=row.id, changed=["email"])
    return ended


def save_profile(scope: Scope, answers: ProfileAnswers, version: int, reader: Reader = ENGLISH) -> None:
    """Save what the actor says of themselves here; ticks about the room are consents, in the words of the `reader`.

    Raises NotFound, Conflict, Invalid (fields).
    """
    if scope.actor.person_id is None:
        raise NotFound
    row = person_row(scope, scope.actor.person_id)
    texts = {field: clean_text(getattr(answers, field), lines=False) for field in ("name", *ONE_LINE)}
    texts |= {field: clean_text(getattr(answers, field)) for field in ("access_needs", *ROOM_TEXTS)}
    if row.version != version:
        raise Conflict(mine=texts, theirs={field: getattr(row, field) or "" for field in texts}, version=row.version)
    _check_profile(scope, texts)
    renamed = ["name"] if row.name != texts["name"] else []
    row.name = texts.pop("name")
    for field, text in texts.items():
        setattr(row, field, text or None)
    _keep_account_locale(scope, row.locale)
    choose_room(scope, row, answers.shows, answers.contact_by, reader)
    record(scope, "person.profile_saved", kind="person", id=row.id, changed=[*texts, *renamed, "shows", "contact_by"])


def choose_room(
    scope: Scope, row: Person, shows: Collection[str], contact_by: Collection[str], reader: Reader = ENGLISH
) -> None:
    """Keep what a person shows the others in a cohort, and that they agreed to just that."""
    row.shows = ["name", *(each for each in SHOWN if each in shows)]
    row.contact_by = [each for each in CONTACTS if each in contact_by]
    scope.db.flush()
    chosen = {f"show.{each}" for each in row.shows} | {f"reach.{each}" for each in row.contact_by}
    asked = {purpose: wording if purpose in chosen else None for purpose, wording in room_wordings().items()}
    privacy.settle(scope, row.id, COHORT, asked, reader)


def take_back(scope: Scope, consent_id: UUID) -> None:
    """Take back something the actor agreed to; from the next request on it isn't used. Raises NotFound."""
    if scope.actor.person_id is None:
        raise NotFound
    row = person_row(scope, scope.actor.person_id)
    kind, _, name = privacy.withdraw(scope, row.id, consent_id).partition(".")
    if kind == "show":
        row.shows = [each for each in row.shows if each != name]
    elif kind == "reach":
        row.contact_by = [each for each in row.contact_by if each != name]
    scope.db.flush()


def _check_profile(scope: Scope, texts: dict[str, str]) -> None:
    wrong: dict[str, list[Message]] = {}
    for field, text in texts.items():
        most = LONGEST.get(field, LONGEST_TEXT)
        if len(text) > most:
            wrong[field] = [nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", most)]
    if not texts["name"]:
        wrong["name"] = [msg("Give the name that others here know you by.")]
    if texts["locale"] and texts["locale"] not in scope.partner.locales:
        wrong["locale"] = [msg("This is not one of the languages here.")]
    if texts["time_zone"] and (problem := time_zone_problem(texts["time_zone"])) is not None:
        wrong["time_zone"] = [problem]
    if wrong:
        raise Invalid(fields=wrong)


def _keep_account_locale(scope: Scope, locale: str | None) -> None:
    with as_the_kit(scope.db):
        account = scope.db.get(Account, scope.actor.account_id)
        if account is not None:
            account.locale = locale
