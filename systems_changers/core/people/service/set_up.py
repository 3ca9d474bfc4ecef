"""A first administrator, who may also operate the instance: by a one-time link, never by a default password."""

from __future__ import annotations

from dataclasses import dataclass

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import Ticket
from systems_changers.core.people.models import Account
from systems_changers.core.people.queries import person_row, somebody_else
from systems_changers.core.people.rules import SET_UP_HOURS
from systems_changers.core.people.service.accounts import account_with, make_account, password_weakness, set_password
from systems_changers.core.people.service.persons import find_or_make_person
from systems_changers.core.people.service.roles import grant_role
from systems_changers.core.people.service.sign_in import Browser, HalfSignedIn, enter, start_session
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import msg

PURPOSE = "set_up"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be: a name, an e-mail address, and whether to operate the whole instance."""

    name: str
    email: str
    operator: bool = False


def issue_set_up(scope: Scope, person: NewPerson) -> str:
    """Make the person, and a secret for /set-up/ that works once within a week; an earlier one of theirs ends.

    Raises Invalid (name, email).
    """
    row = find_or_make_person(scope, person.name, person.email)
    operations.void_tokens(scope, purpose=PURPOSE, subject=row.id)
    ticket = Ticket(PURPOSE, SET_UP_HOURS, partner_id=scope.partner.id, subject=row.id,
                    data={"email": row.email, "operator": person.operator})  # fmt: skip
    secret = operations.issue_token(scope, ticket)
    operations.record(scope, "set_up.issued", kind="person", id=row.id)
    return secret


def open_set_up(scope: Scope, secret: str) -> NewPerson:
    """Whom a live set-up link is for, without using it up. Raises NotFound."""
    facts = operations.peek_token(scope, secret, PURPOSE)
    if facts.subject is None:
        raise NotFound
    return NewPerson(person_row(scope, facts.subject).name, facts.data["email"], bool(facts.data["operator"]))


def finish_set_up(scope: Scope, secret: str, password: str, browser: Browser) -> str | HalfSignedIn:
    """Make the account with its password and the administrator's role, at a foundation the analyst's too.

    Answers a session's secret, or the second step's for an account that has a second factor and isn't signed in.

    An operator's link, which is shown in the terminal only, may also set the password of an account that exists; for
    anybody else's account (code account_exists) its owner signs in first, and keeps the password.
    Raises NotFound (link_gone), Invalid (password), Refused (account_exists, too_many).
    """
    operations.RateLimits(scope).hit("token_address", browser.address)
    person = open_set_up(scope, secret)
    with as_the_kit(scope.db):
        known = account_with(scope, person.email)
        theirs = _keeps_password(scope, known, person, password)
        facts = operations.redeem_token(scope, secret, PURPOSE)
        account = known or scope.db.get_one(Account, make_account(scope, person.email, password))
        if known is not None and not theirs:
            set_password(scope, known.id, password, None)
        account.is_operator = account.is_operator or person.operator
    if facts.subject is not None and not somebody_else(scope, account.id, facts.subject):
        person_row(scope, facts.subject).account_id = account.id
    for role in ("administrator", "analyst") if scope.partner.kind == "foundation" else ("administrator",):
        grant_role(scope, account.id, role)
    scope.db.flush()
    operations.record(scope, "set_up.finished", kind="account", id=account.id, changed=["is_operator"])
    return (start_session if theirs else enter)(scope, account.id, browser)


def _keeps_password(scope: Scope, known: Account | None, person: NewPerson, password: str) -> bool:
    """Whether an account's owner uses the link, signed in, and keeps the password; raises where it can't be used."""
    theirs = known is not None and not person.operator
    if known is not None and theirs and scope.actor.account_id != known.id:
        raise Refused(msg("You already have an account: sign in with it, then open this link again."),
                      code="account_exists")  # fmt: skip
    weak = None if theirs else password_weakness(scope, password, person.email, person.name)
    if weak is not None:
        raise Invalid(fields={"password": [weak]})
    return theirs
