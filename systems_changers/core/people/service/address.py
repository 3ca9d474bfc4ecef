"""Changing an account's e-mail address: nothing changes until the link that was mailed to the new one is used.

Only the account itself uses the link: whoever reads the new mailbox, which may be a stranger's after a slip of the pen,
can do nothing with it. Nobody learns whether the new address has an account: the answer and the work are the same
either way. The old address is told, but never the new one: the old mailbox may be an employer's.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.models import Token
from systems_changers.core.operations.service import Ticket, TokenFacts
from systems_changers.core.people.models import Account, Person
from systems_changers.core.people.queries import person_row
from systems_changers.core.people.rules import ADDRESS_HOURS, email_problem, plain_email
from systems_changers.core.people.service.accounts import ADDRESS, account_with, acting_account, end_sessions
from systems_changers.core.people.service.persons import erased_here
from systems_changers.core.people.service.sign_in import Browser
from systems_changers.hooks.scope import AnyScope, OperatorScope, Scope
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import enqueue_mail
from systems_changers.infra.text import msg

ENDED = ("sign_in", "second_step", "passkey_new")
"""What else was opened for the account under its old address."""


def ask_for_address(scope: AnyScope, email: str, browser: Browser) -> None:
    """Mail a link to the address that the signed-in account wants, which works once within a day; earlier ones end.

    The present address is told at once. Where the new one has an account its owner is told instead, and there is no
    link. Raises NotFound where nobody is signed in, Invalid (email), Refused (too_many).
    """
    account_id, email = acting_account(scope), plain_email(email)
    _check(email)
    operations.RateLimits(scope).hit_all(
        ("new_address_account", str(account_id)),
        ("new_address_address", browser.address),
        ("new_address_wanted", email),
        ("new_address_everyone",),
    )
    with as_the_kit(scope.db):
        account, owner = scope.db.get_one(Account, account_id), account_with(scope, email)
        if account.email == email:
            raise Invalid(fields={"email": [msg("This is your address already.")]})
        operations.void_tokens_of(scope, account_id, (ADDRESS,))
        link = scope.links("people.open_address", secret=_issue(scope, account, email, taken=owner is not None))
        values = {} if owner is not None else {"link": link, "hours": ADDRESS_HOURS}
        template = "people/mail_address" if owner is None else "people/mail_address_taken"
        _mail(scope, owner or account, template, email, values)
        _mail(scope, account, "people/mail_address_asked", account.email, {})
    operations.record(scope, "account.address_asked", kind="account", id=account_id)


def open_address(scope: AnyScope, secret: str) -> str:
    """The address that a live link is for, without using it up: mail scanners open links too.

    Raises NotFound (link_gone), Refused (another_account) for whoever isn't signed in with the account that asked.
    """
    with as_the_kit(scope.db):
        facts = operations.peek_token(scope, secret, ADDRESS)
        _account(scope, facts)
    return str(facts.data["email"])


def use_address(scope: AnyScope, secret: str, browser: Browser, session_id: UUID | None = None) -> None:
    """Use the link up: the account has the new address, which is proven, and its sessions but `session_id` end.

    At this partner its person has it from now on where they had the old one, at others once follow_addresses has run.
    Raises NotFound (link_gone), Refused (address_taken, where somebody made an account for it meanwhile; too_many;
    another_account, and the link goes on working for the one that asked).
    """
    operations.RateLimits(scope).hit("token_address", browser.address)
    with as_the_kit(scope.db):
        _account(scope, operations.peek_token(scope, secret, ADDRESS))
        facts = operations.redeem_token(scope, secret, ADDRESS)
        account = _account(scope, facts)
        if account_with(scope, facts.data["email"]) is not None:
            raise Refused(msg("This address has an account of its own by now: sign in with it."), code="address_taken")
        _change(scope, account, facts.data["email"], session_id)
        account.email_proven_at = scope.clock.now()
        scope.db.flush()
        _mail(scope, account, "people/mail_address_changed", facts.data["old"], {"by_hand": False})
    if isinstance(scope, Scope):
        follow_addresses(scope, facts.account_id)


def set_address(scope: OperatorScope, old: str, new: str) -> None:
    """Change an account's address without a proof, and tell both by mail; every session of it ends.

    For whoever runs the installation. Raises NotFound (unknown_account), Invalid (email), Conflict where the new
    address has an account.
    """
    new = plain_email(new)
    _check(new)
    account = account_with(scope, old)
    if account is None or account.disabled_at is not None:
        raise NotFound(msg("No account has the address %(email)s.", email=old), code="unknown_account")
    if account_with(scope, new) is not None:
        raise Conflict(msg("This address already has an account."))
    before, secret = account.email, _issue(scope, account, new, taken=False)
    operations.redeem_token(scope, secret, ADDRESS)  # what follow_addresses reads
    _change(scope, account, new, None)
    account.email_proven_at = None
    scope.db.flush()
    for to in (before, new):
        _mail(scope, account, "people/mail_address_changed", to, {"by_hand": True})


def follow_addresses(scope: Scope, account_id: UUID | None = None) -> None:
    """Give persons here the new address of their account, where they had the old one; of one account or of all.

    Goes by the links that were used, which are kept for a month; done again, it changes nothing. Whoever was erased
    under the new address keeps the old one: the next restore would erase them again.
    """
    moved = (
        sa.select(Person.id, Account.email)
        .join(Account, Account.id == Person.account_id)
        .join(Token, Token.account_id == Account.id)
        .where(Token.purpose == ADDRESS, Token.used_at.is_not(None), Person.deleted_at.is_(None))
        .where(Person.partner_id == scope.partner.id, Person.email == Token.data["old"].as_string())
        .where(Person.email != Account.email)
    )
    if account_id is not None:
        moved = moved.where(Account.id == account_id)
    with as_the_kit(scope.db):
        found = {row[0]: row[1] for row in scope.db.execute(moved)}
    for person_id, email in found.items():
        if not erased_here(scope, {email}):
            person_row(scope, person_id).email = email
            operations.record(scope, "person.changed", kind="person", id=person_id, changed=["email"])
    scope.db.flush()


def _check(email: str) -> None:
    problem = email_problem(email)
    if problem is not None:
        raise Invalid(fields={"email": [problem]})


def _issue(scope: AnyScope, account: Account, email: str, *, taken: bool) -> str:
    """A secret; for an address that is taken it opens nothing, and nobody gets to see it."""
    ticket = Ticket(ADDRESS, ADDRESS_HOURS)
    if not taken:
        ticket = Ticket(ADDRESS, ADDRESS_HOURS, account_id=account.id, data={"old": account.email, "email": email})
    return operations.issue_token(scope, ticket)


def _account(scope: AnyScope, facts: TokenFacts) -> Account:
    account = scope.db.get(Account, facts.account_id) if facts.account_id is not None else None
    if account is None or account.disabled_at is not None:
        raise NotFound(msg("This link has been used, or its time is over. Please ask for a new one."), code="link_gone")
    if scope.actor.account_id != account.id:
        raise Refused(msg("This link is for another account: sign in with the one whose address you change."),
                      code="another_account")  # fmt: skip
    return account


def _change(scope: AnyScope, account: Account, email: str, session_id: UUID | None) -> None:
    """Set the address, and end whatever else is open."""
    account.email = email
    scope.db.flush()
    end_sessions(scope, account.id, but=session_id)
    operations.void_tokens_of(scope, account.id, ENDED)
    operations.record(scope, "account.address_changed", kind="account", id=account.id,
                      changed=["email", "email_proven_at"])  # fmt: skip


def _mail(scope: AnyScope, reader: Account, template: str, to: str, values: dict[str, Any]) -> None:
    partner = scope.partner if isinstance(scope, Scope) else None
    locale = reader.locale or (partner.locales[0] if partner else "en_GB")
    enqueue_mail(scope.db, partner.id if partner else None, template, to, locale, values, scope.clock.now())
