"""Who arrives, and who that makes them: what the edge asks before every page, in one statement each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.partners.queries import COLUMNS, facts_from
from systems_changers.core.partners.rules import SIGN_ON
from systems_changers.core.people.models import Account, Membership, Passkey, Person, SignInSession, Totp
from systems_changers.core.people.rules import SIGN_ON_ROLES, STALE_SECONDS, without_factor
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.db import Id, PartnerSession, read_columns
from systems_changers.infra.keyholes import Keyhole
from systems_changers.web.addresses import Place
from systems_changers.web.arrival import AccountFacts, Arrival

STALE = timedelta(seconds=STALE_SECONDS)


def hash_secret(secret: str) -> str:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret[:200].encode("utf-8", "replace")).hexdigest()


def has_factor(account_id: Any) -> sa.ColumnElement[bool]:
    """Whether the account has an authenticator app or a passkey, as a column."""
    app, passkey = (sa.exists().where(each.account_id == account_id) for each in (Totp, Passkey))
    return sa.or_(app, passkey)


def _arrival(by: str | None, *, with_secret: bool) -> sa.Select[Any]:
    """One row whatever is found: partner and account hang on a row of their own by outer joins."""
    base = sa.select(sa.true().label("one")).subquery("here")
    columns: list[Any] = []
    joined: Any = base
    here: Any = sa.false() if by is None else SignInSession.partner_ref == Partner.id
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
            sa.or_(SignInSession.partner_ref.is_(None), here),
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
            SignInSession.partner_ref.is_not(None),
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

    A session counts at the host where it began, until it is revoked or over, and while its account is not disabled; one
    that began with a partner's sign-on at that partner alone, and nobody operates the instance in it.
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
    account_id, session_id, is_operator, locale, seen_at, email, factor, confirmed_at, signed_on = row[-10:-1]
    if account_id is None:
        return Arrival(partner)
    stale, name = moment - seen_at > STALE, email.partition("@")[0]
    operates = is_operator and not signed_on
    facts = AccountFacts(account_id, session_id, operates, locale, stale, name, factor, confirmed_at, signed_on)
    return Arrival(partner, facts)


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


def held_back(actor: ActorFacts, arrival: Arrival) -> ActorFacts:
    """Who somebody is until they come in as is asked of them: with a second factor, and with the partner's sign-on."""
    account = arrival.account
    if account is None:
        return actor
    if owes_sign_on(actor, arrival):
        actor = replace(actor, roles=actor.roles - SIGN_ON_ROLES)
    return actor if account.has_factor else without_factor(actor)


def owes_sign_on(actor: ActorFacts, arrival: Arrival) -> bool:
    """Whether the partner asks these roles to come in with its sign-on, and this session didn't; operators never do."""
    partner, account = arrival.partner, arrival.account
    if partner is None or account is None or account.signed_on or actor.is_operator:
        return False
    return bool(partner.settings.get(SIGN_ON, {}).get("required")) and not actor.roles.isdisjoint(SIGN_ON_ROLES)
