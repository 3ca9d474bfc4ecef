"""Reads who people are: at the edge in one statement each, and for the pages about them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.queries import open_tokens
from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.partners.queries import COLUMNS, facts_from
from systems_changers.core.people.models import Account, Membership, Passkey, Person, SignInSession, Totp
from systems_changers.core.people.rules import ROLES, STALE_SECONDS, plain_email
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.db import Id, PartnerSession, open_session, read_columns, using
from systems_changers.infra.errors import NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.keyholes import Keyhole
from systems_changers.infra.slices import Slice
from systems_changers.web.addresses import Place
from systems_changers.web.arrival import AccountFacts, Arrival

STALE = timedelta(seconds=STALE_SECONDS)


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
class SessionLine:
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
    sessions: tuple[SessionLine, ...]


def hash_secret(secret: str) -> str:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret[:200].encode("utf-8", "replace")).hexdigest()


def has_account(engine: sa.Engine, email: str) -> bool:
    """Whether this address signs in here, in a session of its own, for the job edge; nobody else may be told."""
    with using(open_session(engine, None)) as outside:
        return bool(outside.scalar(sa.select(sa.exists().where(Account.email == plain_email(email)))))


def account_of(scope: Scope | OperatorScope, email: str) -> UUID | None:
    """The account that signs in with this address; nobody may be told of it who is not its owner."""
    with as_the_kit(scope.db):
        found: UUID | None = scope.db.scalar(sa.select(Account.id).where(Account.email == plain_email(email)))
    return found


def has_factor(account_id: Any) -> sa.ColumnElement[bool]:
    """Whether the account has an authenticator app or a passkey, as a column."""
    app, passkey = (sa.exists().where(each.account_id == account_id) for each in (Totp, Passkey))
    return sa.or_(app, passkey)


def _arrival(by: str | None, *, with_secret: bool) -> sa.Select[Any]:
    """One row whatever is found: partner and account hang on a row of their own by outer joins."""
    base = sa.select(sa.true().label("one")).subquery("here")
    columns: list[Any] = []
    joined: Any = base
    if by is not None:
        mine = sa.select(PartnerDomain.partner_ref).where(PartnerDomain.host == sa.bindparam("domain"))
        wanted = Partner.slug == sa.bindparam("slug") if by == "slug" else Partner.id == mine.scalar_subquery()
        columns += COLUMNS
        joined = joined.outerjoin(Partner, wanted)
    if with_secret:
        live = sa.and_(
            SignInSession.secret_hash == sa.bindparam("hash"),
            SignInSession.host == sa.bindparam("host"),
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > sa.bindparam("now", type_=SignInSession.expires_at.type),
        )
        known = sa.and_(Account.id == SignInSession.account_id, Account.disabled_at.is_(None))
        columns += [
            Account.id,
            SignInSession.id,
            Account.is_operator,
            sa.func.coalesce(SignInSession.locale, Account.locale),
            SignInSession.seen_at,
            Account.email,
            has_factor(Account.id),
            SignInSession.confirmed_at,
        ]
        joined = joined.outerjoin(SignInSession, live).outerjoin(Account, known)
    return sa.select(*columns, base.c.one).select_from(joined)


_ARRIVALS = {
    ("slug", True): Keyhole("partner_by_slug_and_account", _arrival("slug", with_secret=True)),
    ("slug", False): Keyhole("partner_by_slug", _arrival("slug", with_secret=False)),
    ("domain", True): Keyhole("partner_by_domain_and_account", _arrival("domain", with_secret=True)),
    ("domain", False): Keyhole("partner_by_domain", _arrival("domain", with_secret=False)),
    (None, True): Keyhole("account", _arrival(None, with_secret=True)),
}


def arrive(connection: sa.Connection, place: Place, secret: str | None, *, now: Callable[[], datetime]) -> Arrival:
    """The partner asked for, and the account whose session `secret` belongs to, in one SQL statement.

    A session counts at the host where it began, until it is revoked or over, and while its account is not disabled.
    """
    by = "domain" if place.own_domain else "slug" if place.slug is not None else None
    if by is None and secret is None:
        return Arrival()
    moment = now()
    given: dict[str, Any] = {"slug": place.slug} if by == "slug" else {"domain": place.host} if by else {}
    if secret is not None:
        given |= {"hash": hash_secret(secret), "host": place.host, "now": moment}
    row = tuple(_ARRIVALS[by, secret is not None].look(connection, given))
    partner = facts_from(row[: len(COLUMNS)]) if by and row[0] is not None else None
    if secret is None:
        return Arrival(partner)
    account_id, session_id, is_operator, locale, seen_at, email, *factor = row[-9:-1]
    if account_id is None:
        return Arrival(partner)
    stale, name = moment - seen_at > STALE, email.partition("@")[0]
    return Arrival(partner, AccountFacts(account_id, session_id, is_operator, locale, stale, name, *factor))


def _who() -> Any:
    account_id, partner_id = (sa.bindparam(name, type_=Id()) for name in ("account_id", "at_partner"))
    here = sa.and_(Person.account_id == account_id, Person.partner_id == partner_id, Person.deleted_at.is_(None))
    member = sa.and_(
        Membership.account_id == account_id, Membership.partner_id == partner_id, Membership.deleted_at.is_(None)
    )
    base = sa.select(sa.true().label("one")).subquery("here")
    columns = (Person.id, Person.name, Person.locale, Person.time_zone, Membership.role)
    found = sa.select(*columns).select_from(base).outerjoin(Person, here).outerjoin(Membership, member)
    return found.order_by(Person.created_at)


_WHO = _who()  # made once: making it costs more than running it


def who_is(db: PartnerSession, partner: PartnerFacts, account: AccountFacts) -> ActorFacts:
    """The account's person and roles at the partner, in one SQL statement; no roles for somebody from elsewhere."""
    found = read_columns(db, _WHO, {"account_id": account.id, "at_partner": partner.id})
    person_id, name, locale, time_zone, _role = found[0]
    roles = frozenset(row[4] for row in found if row[4] is not None)
    return ActorFacts(
        account.id,
        person_id,
        name or account.name,
        roles,
        account.is_operator,
        locale or account.locale,
        time_zone,
    )


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


def account_sheet(scope: Scope | OperatorScope, current: UUID | None = None) -> AccountSheet:
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
    lines = [SessionLine(row.id, row.device, row.host, row.created_at, row.seen_at, row.id == current) for row in rows]
    return AccountSheet(found.email, found.password_hash is not None, tuple(lines))
