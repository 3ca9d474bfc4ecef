"""Confirming a session again before a dangerous act, by password, code or passkey: whoever sits there may be another.

The session then counts as confirmed for as long as rules.CONFIRMED_FOR says.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from systems_changers.core.operations import service as operations
from systems_changers.core.people.models import Account, SignInSession
from systems_changers.core.people.service.accounts import acting_account
from systems_changers.core.people.service.authenticator import WRONG_CODE, code_is_right
from systems_changers.core.people.service.passkeys import account_of_passkey
from systems_changers.core.people.service.sign_in import Browser
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.passwords import password_matches
from systems_changers.infra.sealing import Sealer
from systems_changers.infra.text import msg


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows: one of these; the others are left empty."""

    password: str = ""
    code: str = ""
    passkey: str = ""


def confirm_session(scope: AnyScope, sealer: Sealer, session_id: UUID, proof: Proof, browser: Browser) -> None:
    """Note that the signed-in account has just shown who it is.

    Raises NotFound where nobody is signed in, Invalid (password, code; code wrong_passkey), Refused (too_many).
    """
    account_id = acting_account(scope)
    limits = operations.RateLimits(scope)
    limits.hit_all(("factor_account", str(account_id)), ("factor_address", browser.address), ("factor_everyone",))
    with as_the_kit(scope.db):
        if proof.passkey:
            account_of_passkey(scope, browser, proof.passkey, account_id)
        elif proof.code:
            if not code_is_right(scope, sealer, account_id, proof.code):
                raise Invalid(fields={"code": [WRONG_CODE]})
        elif not password_matches(scope.db.get_one(Account, account_id).password_hash, proof.password):
            raise Invalid(fields={"password": [msg("This is not your password.")]})
        session = scope.db.get(SignInSession, session_id)
        if session is None or session.account_id != account_id:
            raise NotFound
        session.confirmed_at = scope.clock.now()
    operations.record(scope, "account.confirmed", kind="account", id=account_id)
