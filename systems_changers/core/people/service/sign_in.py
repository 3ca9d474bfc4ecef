"""Signing in by password or by a link that is mailed, and the sessions that follow.

Nobody learns here whether an address has an account: the answer and the work are the same either way.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import Ticket
from systems_changers.core.people.models import Account, SignInSession
from systems_changers.core.people.queries import hash_secret
from systems_changers.core.people.rules import (
    BY_HAND_HOURS,
    SECOND_STEP_HOURS,
    SIGN_IN_HOURS,
    email_problem,
    plain_email,
)
from systems_changers.core.people.service.accounts import (
    account_with,
    acting_account,
    end_sessions,
    password_weakness,
    set_password,
)
from systems_changers.core.people.service.factors import has_second_factor
from systems_changers.hooks.scope import AnyScope, OperatorScope, Scope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import enqueue_mail
from systems_changers.infra.passwords import hash_password, needs_rehash, password_matches
from systems_changers.infra.text import msg

FORGOTTEN_AFTER = timedelta(days=30)
WRONG = msg("The e-mail address and the password don't go together.")


@dataclass(frozen=True, slots=True)
class Browser:
    """Who is asking: the host asked for (without its port), the network address, what the device is called.

    `origin` is the address of the pages it shows, such as https://changers.example.org, which passkeys are bound to.
    """

    host: str
    address: str = ""
    device: str = ""
    hours: int = 24 * 14
    origin: str = ""


@dataclass(frozen=True, slots=True)
class HalfSignedIn:
    """The first step was right and the account has a second factor: `secret` opens the second step, nothing else."""

    secret: str


def enter(
    scope: AnyScope,
    account_id: UUID,
    browser: Browser,
    *,
    new_password: str | None = None,
    signed_on: bool = False,
) -> str | HalfSignedIn:
    """What follows on a first step that was right: a session's secret, or the second step for whoever has a factor.

    `new_password`, checked by the caller, is set now, or with the second step: until then nothing has been proven.
    `signed_on`: the first step was the partner's sign-on. Its word is the partner's, so the session counts there alone,
    and dangerous acts still ask who is there.
    """
    if not has_second_factor(scope, account_id):
        if new_password:
            set_password(scope, account_id, new_password, None)
        return start_session(scope, account_id, browser, signed_on=signed_on, confirmed=not signed_on)
    hashed = hash_password(new_password) if new_password else None
    data = {"host": browser.host, "password_hash": hashed, "signed_on": signed_on}
    here = _where(scope) if signed_on else None
    ticket = Ticket("second_step", SECOND_STEP_HOURS, account_id=account_id, partner_id=here, data=data)
    return HalfSignedIn(operations.issue_token(scope, ticket))


def sign_in_by_password(scope: AnyScope, email: str, password: str, browser: Browser) -> str | HalfSignedIn:
    """Start a session, or the second step; answers its secret. Raises Invalid (wrong_password), Refused (too_many)."""
    email = plain_email(email)
    limits = operations.RateLimits(scope)
    limits.look("password_wrong", email)
    limits.hit_all(
        ("password_account", email, browser.address), ("password_address", browser.address), ("password_everyone",)
    )
    with as_the_kit(scope.db):
        account = account_with(scope, email)
        usable = account is not None and account.disabled_at is None
        right = password_matches(account.password_hash if account is not None and usable else None, password)
        if account is not None and right:
            if account.password_hash is not None and needs_rehash(account.password_hash):
                account.password_hash = hash_password(password)
            return enter(scope, account.id, browser)
    limits.hit("password_wrong", email)
    raise Invalid(WRONG, code="wrong_password")


def send_sign_in_link(scope: AnyScope, email: str, browser: Browser) -> None:
    """Mail a link that signs in once within 15 minutes, if the address has an account; says nothing either way.

    Raises Invalid (email) for what can't be an address, Refused (too_many).
    """
    email = plain_email(email)
    problem = email_problem(email)
    if problem is not None:
        raise Invalid(fields={"email": [problem]})
    operations.RateLimits(scope).hit_all(
        ("link_account", email, browser.address), ("link_address", browser.address), ("link_wanted", email)
    )
    operations.record(scope, "account.link_asked")  # of whom is not said: that would tell who has an account
    with as_the_kit(scope.db):
        account = account_with(scope, email)
        known = account is not None and account.disabled_at is None
        ticket = Ticket("sign_in", SIGN_IN_HOURS, account_id=account.id if account is not None and known else None)
        secret = operations.issue_token(scope, ticket)
        if account is None or not known:
            return
        partner = scope.partner if isinstance(scope, Scope) else None
        locale = account.locale or (partner.locales[0] if partner else "en_GB")
        values = {"link": scope.links("people.open_link", secret=secret), "minutes": int(SIGN_IN_HOURS * 60)}
        here = partner.id if partner else None
        enqueue_mail(scope.db, here, "people/mail_sign_in", email, locale, values, scope.clock.now())


def issue_sign_in(scope: OperatorScope, email: str) -> str:
    """A secret for a link that signs in once within a day and may set a password; an earlier one of its kind ends.

    For whoever runs the installation, to be passed on by hand: it opens everything of the account, at every partner,
    and proves no address. Raises NotFound (unknown_account).
    """
    account = account_with(scope, email)
    if account is None or account.disabled_at is not None:
        raise NotFound(msg("No account has the address %(email)s.", email=email), code="unknown_account")
    operations.void_tokens(scope, purpose="sign_in", subject=account.id)
    ticket = Ticket("sign_in", BY_HAND_HOURS, account_id=account.id, subject=account.id, data={"by": "hand"})
    secret = operations.issue_token(scope, ticket)
    operations.record(scope, "account.link_made", kind="account", id=account.id)
    return secret


def open_sign_in_link(scope: AnyScope, secret: str) -> str:
    """The address that a live link signs in, without using it up: mail scanners open links too. Raises NotFound."""
    with as_the_kit(scope.db):
        facts = operations.peek_token(scope, secret, "sign_in")
        return _account(scope, facts.account_id).email


def sign_in_by_link(
    scope: AnyScope, secret: str, browser: Browser, new_password: str | None = None
) -> str | HalfSignedIn:
    """Use the link up and start a session, or the second step. With `new_password` that is set as well.

    The first link by mail proves that the address is the person's own: a password that was set before by another way,
    and its sessions, end. Raises NotFound (link_gone), Invalid (password), Refused (too_many).
    """
    operations.RateLimits(scope).hit("token_address", browser.address)
    with as_the_kit(scope.db):
        facts = operations.peek_token(scope, secret, "sign_in")
        account = _account(scope, facts.account_id)
        weak = password_weakness(scope, new_password, account.email) if new_password else None
        if weak is not None:
            raise Invalid(fields={"password": [weak]})
        operations.redeem_token(scope, secret, "sign_in")
        if account.email_proven_at is None and facts.data.get("by") != "hand":
            account.email_proven_at, account.password_hash = scope.clock.now(), None
            end_sessions(scope, account.id)
        return enter(scope, account.id, browser, new_password=new_password)


def _account(scope: AnyScope, account_id: UUID | None) -> Account:
    account = scope.db.get(Account, account_id) if account_id is not None else None
    if account is None or account.disabled_at is not None:
        raise NotFound(msg("This link has been used, or its time is over. Please ask for a new one."), code="link_gone")
    return account


def start_session(
    scope: AnyScope, account_id: UUID, browser: Browser, *, signed_on: bool = False, confirmed: bool = True
) -> str:
    """Sign an account in at one host; answers the secret for the cookie, of which only a hash is kept.

    `signed_on`, which needs a partner, is explained at `enter`; `confirmed`: the person has just shown who they are.
    """
    secret, now = secrets.token_urlsafe(32), scope.clock.now()
    session = SignInSession(
        secret_hash=hash_secret(secret),
        account_id=account_id,
        host=browser.host[:253],
        partner_ref=_where(scope) if signed_on else None,
        device=browser.device[:200],
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=browser.hours),
        confirmed_at=now if confirmed else None,
    )
    with as_the_kit(scope.db):
        scope.db.add(session)
    scope.db.flush()
    operations.record(scope, "account.signed_in", kind="account", id=account_id)
    return secret


def _where(scope: AnyScope) -> UUID:
    if not isinstance(scope, Scope):
        raise NotFound
    return scope.partner.id


def sign_out(scope: AnyScope, secret: str | None) -> None:
    """End the session that a cookie's secret belongs to; a secret that is none is no error."""
    if secret:
        mine = sa.update(SignInSession).where(
            SignInSession.secret_hash == hash_secret(secret), SignInSession.revoked_at.is_(None)
        )
        with as_the_kit(scope.db):
            scope.db.execute(mine.values(revoked_at=scope.clock.now()).execution_options(synchronize_session=False))
        operations.record(scope, "account.signed_out", kind="account", id=scope.actor.account_id)


def mark_seen(scope: OperatorScope, session_id: UUID) -> None:
    """Note that a session is in use; the edge asks for it when AccountFacts says that the note is stale."""
    session = scope.db.get(SignInSession, session_id)
    if session is not None:
        session.seen_at = scope.clock.now()


def forget_sessions(scope: OperatorScope) -> None:
    """Delete the sessions that ended, by time or by hand, more than a month ago."""
    before = scope.clock.now() - FORGOTTEN_AFTER
    over = sa.or_(SignInSession.expires_at < before, SignInSession.revoked_at < before)
    scope.db.execute(sa.delete(SignInSession).where(over).execution_options(synchronize_session=False))


def end_every_session(scope: OperatorScope) -> None:
    """Sign everybody out, everywhere: after a restore, one that was ended since would be alive again."""
    live = sa.update(SignInSession).where(SignInSession.revoked_at.is_(None))
    scope.db.execute(live.values(revoked_at=scope.clock.now()).execution_options(synchronize_session=False))


def revoke_session(scope: AnyScope, session_id: UUID) -> None:
    """End one session of the signed-in account. Raises NotFound for anybody else's."""
    with as_the_kit(scope.db):
        session = scope.db.get(SignInSession, session_id)
        if session is None or scope.actor.account_id is None or session.account_id != scope.actor.account_id:
            raise NotFound
        if session.revoked_at is None:
            session.revoked_at = scope.clock.now()
            operations.record(scope, "account.session_revoked", kind="sign_in_session", id=session.id)


def revoke_other_sessions(scope: AnyScope, current: UUID | None) -> int:
    """End every session of the signed-in account but `current`; answers how many."""
    account_id = acting_account(scope)
    ended = end_sessions(scope, account_id, but=current)
    operations.record(scope, "account.other_sessions_revoked", kind="account", id=account_id)
    return ended
