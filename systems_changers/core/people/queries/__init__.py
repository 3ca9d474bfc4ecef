"""Reads who people are: at the edge in one statement each, and for the pages about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.queries import open_tokens
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Account, Membership, Person, SignInSession
from systems_changers.core.people.queries.arriving import (
    arrive,
    has_factor,
    hash_secret,
    held_back,
    owes_sign_on,
    who_is,
)
from systems_changers.core.people.queries.sign_on import SignOn, domains_of, identity_here, sign_on_at
from systems_changers.core.people.rules import ROLES, plain_email
from systems_changers.hooks.scope import AnyScope, OperatorScope, Scope
from systems_changers.infra.db import open_session, using
from systems_changers.infra.errors import NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.slices import Slice

__all__ = [
    "AccountSheet",
    "Belonging",
    "BrowserLine",
    "PersonLine",
    "PersonSheet",
    "Profile",
    "SignOn",
    "account_of",
    "account_sheet",
    "accounts_called",
    "addresses_of",
    "arrive",
    "domains_of",
    "has_account",
    "has_factor",
    "hash_secret",
    "held_back",
    "identity_here",
    "is_relied_on",
    "names_of",
    "open_invitations",
    "owes_sign_on",
    "people_listed",
    "person_row",
    "person_sheet",
    "profile",
    "sign_on_at",
    "somebody_else",
    "where_i_belong",
    "who_is",
]


@dataclass(frozen=True, slots=True)
class Belonging:
    """A partner where the account has roles."""

    slug: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in a list."""

    id: UUID
    name: str
    email: str | None
    organisation: str | None
    has_account: bool
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """A person as the staff of a partner see them."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    job: str | None
    organisation: str | None
    team: str | None
    has_account: bool
    account_id: UUID | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person says of themselves at a partner, with the version a form is made from."""

    name: str
    locale: str | None
    time_zone: str | None
    phone: str | None
    job: str | None
    organisation: str | None
    team: str | None
    access_needs: str | None
    about: str | None
    asks: str | None
    offers: str | None
    shows: tuple[str, ...]
    contact_by: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class BrowserLine:
    """A browser where the account is signed in."""

    id: UUID
    device: str
    host: str
    created_at: datetime
    seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class AccountSheet:
    """What the signed-in account's own page shows; the latest session first."""

    email: str
    has_password: bool
    sessions: tuple[BrowserLine, ...]


def has_account(engine: sa.Engine, email: str) -> bool:
    """Whether this address signs in here, in a session of its own, for the job edge; nobody else may be told."""
    with using(open_session(engine, None)) as outside:
        return bool(outside.scalar(sa.select(sa.exists().where(Account.email == plain_email(email)))))


def account_of(scope: AnyScope, email: str) -> UUID | None:
    """The account that signs in with this address; nobody may be told of it who is not its owner."""
    with as_the_kit(scope.db):
        found: UUID | None = scope.db.scalar(sa.select(Account.id).where(Account.email == plain_email(email)))
    return found


def where_i_belong(scope: OperatorScope) -> list[Belonging]:
    """Partners where the signed-in account has roles, alphabetically; read by the account's own policy."""
    mine = (
        sa.select(Partner.slug, Partner.name, Membership.role)
        .join(Partner, Partner.id == Membership.partner_id)
        .where(Membership.account_id == scope.actor.account_id, Membership.deleted_at.is_(None))
        .order_by(sa.func.lower(Partner.name), Partner.slug, Membership.role)
    )
    found: dict[str, Belonging] = {}
    for slug, name, role in scope.db.execute(mine):
        before = found.get(slug)
        found[slug] = Belonging(slug, name, (*before.roles, role) if before else (role,))
    return list(found.values())


def people_listed(scope: Scope, *, search: str = "", number: int = 1, size: int = 30) -> Slice[PersonLine]:
    """The partner's people by name, with their roles; three statements."""
    wanted: list[sa.ColumnElement[bool]] = [Person.deleted_at.is_(None)]
    if search:
        wanted.append(
            sa.or_(
                Person.name.icontains(search, autoescape=True),
                Person.email.icontains(search, autoescape=True),
                Person.organisation.icontains(search, autoescape=True),
            )
        )
    total = scope.db.scalar(sa.select(sa.func.count(Person.id)).where(*wanted)) or 0
    columns = (Person.id, Person.name, Person.email, Person.organisation, Person.account_id)
    page = sa.select(*columns).where(*wanted).order_by(sa.func.lower(Person.name), Person.id)
    rows = scope.db.execute(page.limit(size).offset((number - 1) * size)).all()
    roles = _roles_of(scope, {row.account_id for row in rows})
    lines = [
        PersonLine(
            row.id, row.name, row.email, row.organisation, row.account_id is not None, roles.get(row.account_id, ())
        )
        for row in rows
    ]
    return Slice(lines, total, number, size)


def _roles_of(scope: Scope, accounts: Collection[UUID | None]) -> dict[UUID | None, tuple[str, ...]]:
    theirs = sa.select(Membership.account_id, Membership.role).where(
        Membership.account_id.in_([each for each in accounts if each is not None]), Membership.deleted_at.is_(None)
    )
    found: dict[UUID | None, tuple[str, ...]] = {}
    for account_id, role in scope.db.execute(theirs):
        found[account_id] = tuple(sorted((*found.get(account_id, ()), role), key=list(ROLES).index))
    return found


def names_of(scope: Scope, ids: Collection[UUID]) -> dict[UUID, str]:
    """People's names by their own ids and by their accounts', of those asked for; one statement."""
    wanted = sa.select(Person.id, Person.account_id, Person.name).where(
        sa.or_(Person.id.in_(ids), Person.account_id.in_(ids))
    )
    return {id_: row.name for row in scope.db.execute(wanted) for id_ in (row.id, row.account_id) if id_ is not None}


def addresses_of(scope: OperatorScope, ids: Collection[UUID]) -> dict[UUID, str]:
    """Accounts' addresses, for the operator; one statement."""
    wanted = sa.select(Account.id, Account.email).where(Account.id.in_(ids))
    return {row.id: row.email for row in scope.db.execute(wanted)}


def accounts_called(text: str, *, at_partner: bool) -> sa.Select[Any]:
    """The accounts of a partner's people with this in their name or address; outside any partner, by the account's."""
    if not at_partner:
        return sa.select(Account.id).where(Account.email.icontains(text, autoescape=True))
    said = sa.or_(Person.name.icontains(text, autoescape=True), Person.email.icontains(text, autoescape=True))
    return sa.select(Person.account_id).where(Person.account_id.is_not(None), said)


def person_row(scope: Scope, person_id: UUID) -> Person:
    """A live person of this partner; raises NotFound."""
    found = scope.db.scalar(sa.select(Person).where(Person.id == person_id, Person.deleted_at.is_(None)))
    if found is None:
        raise NotFound
    return found


def somebody_else(scope: Scope, account_id: UUID, person_id: UUID) -> bool:
    """Whether the account is another live person here already; one account is one person at a partner."""
    theirs = (Person.account_id == account_id, Person.id != person_id, Person.deleted_at.is_(None))
    return scope.db.scalar(sa.select(Person.id).where(*theirs).limit(1)) is not None


SEAT = "cohort_person.person_id"


def is_relied_on(scope: Scope, person_id: UUID) -> bool:
    """Whether anything beyond a seat in a cohort names the person: written by them, shared with them, agreed with them.

    As author, owner, reader, line manager or learning partner, in the kit's tables and in plugins'. One statement.
    """
    named = [
        sa.exists().where(*(pair == value for pair, value in zip(columns, (scope.partner.id, person_id), strict=True)))
        for columns in _naming_persons()
    ]
    return bool(scope.db.scalar(sa.select(sa.or_(*named))))


def _naming_persons() -> list[tuple[sa.Column[Any], sa.Column[Any]]]:
    """The (partner, person) columns of every foreign key to a person, but for the seat that others give."""
    keys = [key for table in Person.metadata.tables.values() for key in table.foreign_key_constraints]
    pairs = [(key.columns[0], key.columns[1]) for key in keys if key.referred_table.name == Person.__tablename__]
    return [pair for pair in pairs if str(pair[1]) != SEAT]


def person_sheet(scope: Scope, person_id: UUID) -> PersonSheet:
    """One person with roles; two statements. Raises NotFound."""
    row = person_row(scope, person_id)
    roles = _roles_of(scope, {row.account_id}).get(row.account_id, ()) if row.account_id else ()
    return PersonSheet(
        row.id,
        row.name,
        row.email,
        row.phone,
        row.job,
        row.organisation,
        row.team,
        row.account_id is not None,
        row.account_id,
        roles,
    )


def open_invitations(scope: Scope, person_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Until when each of these people can take an invitation; those who have none are left out. One statement."""
    return open_tokens(scope, "invitation", person_ids)


def profile(scope: Scope) -> Profile | None:
    """What the actor says of themselves at this partner, or None for somebody who isn't a person here."""
    if scope.actor.person_id is None:
        return None
    row = person_row(scope, scope.actor.person_id)
    return Profile(
        row.name,
        row.locale,
        row.time_zone,
        row.phone,
        row.job,
        row.organisation,
        row.team,
        row.access_needs,
        row.about,
        row.asks,
        row.offers,
        tuple(row.shows),
        tuple(row.contact_by),
        row.version,
    )


def account_sheet(scope: AnyScope, current: UUID | None = None) -> AccountSheet:
    """The signed-in account and where it is signed in; `current` is this browser's session.

    Raises NotFound where nobody is signed in.
    """
    live = sa.select(SignInSession).where(
        SignInSession.account_id == scope.actor.account_id,
        SignInSession.revoked_at.is_(None),
        SignInSession.expires_at > scope.clock.now(),
    )
    with as_the_kit(scope.db):
        found = scope.db.get(Account, scope.actor.account_id) if scope.actor.account_id else None
        rows = scope.db.scalars(live.order_by(SignInSession.created_at.desc()).limit(50)).all()
    if found is None:
        raise NotFound
    lines = [BrowserLine(row.id, row.device, row.host, row.created_at, row.seen_at, row.id == current) for row in rows]
    return AccountSheet(found.email, found.password_hash is not None, tuple(lines))
