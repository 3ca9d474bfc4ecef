"""Invitations: a single-use link that brings one person into one role at one partner, and opens nothing else.

The link is mailed, and given to whoever invites to pass on by hand; the first use of either ends both. Until the link
is used, nobody learns whether the person already has an account. Whoever made a link can't take it for somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import Ticket, TokenFacts
from systems_changers.core.people.models import Person
from systems_changers.core.people.queries import is_relied_on, person_row, somebody_else
from systems_changers.core.people.rules import INVITATION_HOURS, check_new, may_invite
from systems_changers.core.people.service.accounts import account_with, make_account
from systems_changers.core.people.service.roles import grant_role
from systems_changers.core.people.service.sign_in import Browser, start_session
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import msg

PURPOSE = "invitation"


@dataclass(frozen=True, slots=True)
class Invited:
    """What is shown once to whoever invited: until when it works, where it was mailed, and the link to pass on.

    No link where the person must be reached by mail alone.
    """

    person_id: UUID
    name: str
    role: str
    link: str | None
    until: datetime
    email: str | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the invitee sees before accepting."""

    name: str
    role: str
    email: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The account that came in; `secret` of the session that was started for it, if one was."""

    account_id: UUID
    secret: str | None = None


def invite(scope: Scope, person_id: UUID, role: str, *, mail_server: bool = False) -> Invited:
    """Invite a person into a role; an older invitation of theirs ends.

    After the commit the mail goes out, if there is an address. With a `mail_server`, somebody on whom others rely is
    invited by mail alone, since whoever holds a link reads what is theirs. Raises NotFound, Refused for a role that the
    actor may not give, after too many invitations, or where the mail that it takes has no address.
    """
    if not may_invite(scope.actor.roles, role):
        raise Refused(msg("You can't invite people into this role."), code="may_not_invite")
    operations.RateLimits(scope).hit("invite", str(scope.actor.account_id))
    person = person_row(scope, person_id)
    mail_alone = mail_server and is_relied_on(scope, person.id)
    if mail_alone and person.email is None:
        raise Refused(msg("%(name)s has to be invited by mail: add an e-mail address first.", name=person.name),
                      code="mail_alone")  # fmt: skip
    with as_the_kit(scope.db):
        operations.void_tokens(scope, purpose=PURPOSE, subject=person.id)
        by_hand = None if mail_alone else operations.issue_token(scope, _ticket(scope, person, role, by="hand"))
        _mail(scope, person, role)
    until = scope.clock.now() + timedelta(hours=INVITATION_HOURS)
    operations.record(scope, "person.invited", kind="person", id=person.id, changed=[role])
    link = scope.links("people.accept", secret=by_hand) if by_hand else None
    return Invited(person.id, person.name, role, link, until, person.email)


def _mail(scope: Scope, person: Person, role: str) -> None:
    if person.email is None:
        return
    mailed = operations.issue_token(scope, _ticket(scope, person, role, by="mail"))
    values = {
        "name": person.name,
        "partner_name": scope.partner.name,
        "role": role,
        "link": scope.links("people.accept", secret=mailed),
        "days": INVITATION_HOURS // 24,
    }
    scope.mail("people/mail_invitation", person.email, person.locale or scope.partner.locales[0], values)


def _ticket(scope: Scope, person: Person, role: str, *, by: str) -> Ticket:
    data = {"role": role, "email": person.email, "by": by, "maker": str(scope.actor.account_id)}
    return Ticket(PURPOSE, INVITATION_HOURS, partner_id=scope.partner.id, subject=person.id, data=data)


def open_invitation(scope: Scope, secret: str) -> Invitation:
    """What a live invitation says, without using it up; the same with an account or without. Raises NotFound."""
    facts = operations.peek_token(scope, secret, PURPOSE)
    person = _person(scope, facts)
    return Invitation(person.name, facts.data["role"], facts.data["email"], facts.expires_at)


def accept_as_new(scope: Scope, secret: str, browser: Browser, email: str = "", password: str = "") -> Accepted:
    """Come in with a new account, with a password or (left empty) by links alone; starts a session.

    `email` is asked for only where the invitation has none. Raises NotFound (link_gone), Invalid (email, password),
    Refused (code account_exists) where the address has an account: its owner signs in, then accepts; too_many. A link
    that went by hand tells this once: the answers are judged before, and after it only accept_here takes the link.
    """
    limits = operations.RateLimits(scope)
    limits.hit_all(("token_address", browser.address), ("token_tries", secret))
    facts = operations.peek_token(scope, secret, PURPOSE)
    _refuse_maker(scope, facts)
    address = facts.data["email"] or email
    check_new(address, password or None, _person(scope, facts).name, scope.partner.name)
    if facts.data["by"] == "hand":
        limits.hit("token_answer", secret)
    if account_with(scope, address) is not None:
        raise Refused(
            msg("You already have an account: sign in with it, then open the invitation again."), code="account_exists"
        )
    proven = facts.data["by"] == "mail"
    account_id = make_account(scope, address, password or None, proven=proven)
    _come_in(scope, secret, account_id)
    return Accepted(account_id, start_session(scope, account_id, browser))


def accept_here(scope: Scope, secret: str, address: str) -> Accepted:
    """Come in with the account that is signed in; `address` is the network's. Raises NotFound, Refused."""
    if scope.actor.account_id is None:
        raise Refused(msg("Sign in first."), code="sign_in")
    operations.RateLimits(scope).hit("token_address", address)
    _come_in(scope, secret, scope.actor.account_id)
    return Accepted(scope.actor.account_id)


def _come_in(scope: Scope, secret: str, account_id: UUID) -> None:
    facts = operations.peek_token(scope, secret, PURPOSE)
    _refuse_maker(scope, facts)
    person = _person(scope, facts)
    if person.account_id not in (None, account_id) or somebody_else(scope, account_id, person.id):
        raise Refused(msg("This invitation is for somebody who comes in with another account."), code="other_account")
    operations.redeem_token(scope, secret, PURPOSE)
    operations.void_tokens(scope, purpose=PURPOSE, subject=person.id)
    person.account_id = account_id
    grant_role(scope, account_id, facts.data["role"])
    scope.db.flush()
    how = f"invitation.accepted_by_{facts.data['by']}"
    operations.record(scope, how, kind="person", id=person.id, changed=["account_id"])
    scope.announce("person.joined.v1", person_id=person.id, role=facts.data["role"])


def _refuse_maker(scope: Scope, facts: TokenFacts) -> None:
    """The browser that made a link takes it for nobody but its own person; other browsers can't be told apart."""
    person, here = _person(scope, facts), scope.actor.account_id
    if here is not None and facts.data.get("maker") == str(here) and person.account_id != here:
        raise Refused(msg("You made this invitation for %(name)s. Let them open it in a browser of their own, or sign"
                          " out first.", name=person.name), code="own_invitation")  # fmt: skip


def _person(scope: Scope, facts: TokenFacts) -> Person:
    if facts.subject is None:
        raise NotFound
    return person_row(scope, facts.subject)
