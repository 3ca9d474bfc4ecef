"""The second step of signing in: a code, a recovery code or a passkey, after a password or a link that was right.

What stands between the steps is a one-time token, tied to the host; it opens no page. A passkey alone is both steps.
"""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import TokenFacts
from systems_changers.core.people.models import Account
from systems_changers.core.people.service.accounts import end_sessions
from systems_changers.core.people.service.authenticator import WRONG_CODE, code_is_right
from systems_changers.core.people.service.factors import Factors, factors_of
from systems_changers.core.people.service.passkeys import account_of_passkey
from systems_changers.core.people.service.sign_in import Browser, start_session
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.sealing import Sealer
from systems_changers.infra.text import msg

PURPOSE = "second_step"
GONE = msg("That took too long: please sign in again.")


def open_second_step(scope: AnyScope, secret: str, browser: Browser) -> Factors:
    """What the account that took the first step can show itself by. Raises NotFound (second_step_gone)."""
    return factors_of(scope, _half(scope, secret, browser)[1], browser.host)


def finish_by_code(scope: AnyScope, sealer: Sealer, secret: str, code: str, browser: Browser) -> str:
    """Start a session after the app's code or a recovery code, which is used up; answers the session's secret.

    Raises NotFound (second_step_gone), Invalid (code), Refused (too_many).
    """
    _count(scope, secret, browser)
    with as_the_kit(scope.db):
        facts, account_id = _half(scope, secret, browser)
        if not code_is_right(scope, sealer, account_id, code):
            raise Invalid(fields={"code": [WRONG_CODE]})
        return _finish(scope, secret, facts, browser)


def finish_by_passkey(scope: AnyScope, secret: str, answer: str, browser: Browser) -> str:
    """Start a session after a passkey of the same account; answers the session's secret.

    Raises NotFound (second_step_gone), Invalid (code wrong_passkey), Refused (too_many).
    """
    _count(scope, secret, browser)
    with as_the_kit(scope.db):
        facts, account_id = _half(scope, secret, browser)
        account_of_passkey(scope, browser, answer, account_id)
        return _finish(scope, secret, facts, browser)


def sign_in_by_passkey(scope: AnyScope, answer: str, browser: Browser) -> str:
    """Start a session for whoever's passkey it is; answers its secret.

    Raises Invalid (code wrong_passkey), Refused (too_many).
    """
    operations.RateLimits(scope).hit_all(("factor_address", browser.address), ("passkey_everyone",))
    return start_session(scope, account_of_passkey(scope, browser, answer), browser)


def _count(scope: AnyScope, secret: str, browser: Browser) -> None:
    """Count a try; whoever took no first step counts for their own network alone."""
    limits = operations.RateLimits(scope)
    limits.hit("factor_address", browser.address)
    _, account_id = _half(scope, secret, browser)
    limits.hit_all(("factor_account", str(account_id)), ("factor_everyone",))


def _half(scope: AnyScope, secret: str, browser: Browser) -> tuple[TokenFacts, UUID]:
    """What the first step left, for this host and an account that is still open."""
    with as_the_kit(scope.db):
        try:
            facts = operations.peek_token(scope, secret, PURPOSE)
        except NotFound:
            raise NotFound(GONE, code="second_step_gone") from None
        account = scope.db.get(Account, facts.account_id) if facts.account_id is not None else None
        if account is None or account.disabled_at is not None or facts.data["host"] != browser.host:
            raise NotFound(GONE, code="second_step_gone")
        return facts, account.id


def _finish(scope: AnyScope, secret: str, facts: TokenFacts, browser: Browser) -> str:
    """Use the first step up, and set the password that came with it, now that the person has shown who they are."""
    operations.redeem_token(scope, secret, PURPOSE)
    account = scope.db.get_one(Account, facts.account_id)
    if facts.data.get("password_hash"):
        account.password_hash = facts.data["password_hash"]
        end_sessions(scope, account.id)
        operations.record(scope, "account.password_changed", kind="account", id=account.id, changed=["password_hash"])
    return start_session(scope, account.id, browser, signed_on=bool(facts.data.get("signed_on")))
