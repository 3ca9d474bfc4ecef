"""The authenticator app: six digits that change every half minute (RFC 6238), each taken once.

A new secret travels sealed in the form until a code shows that the app has it, so that looking at the page writes
nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.people.models import Account, Totp
from systems_changers.core.people.rules import plain_code
from systems_changers.core.people.service.accounts import acting_account
from systems_changers.core.people.service.factors import drop_idle_codes
from systems_changers.core.people.service.recovery import Codes, codes_where_none, use_code
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.sealing import Sealer
from systems_changers.infra.text import msg

STEP = 30  # seconds
AROUND = (0, -1, 1)  # a clock may be half a minute off
OFFER_FOR = timedelta(hours=1)
DIGITS = re.compile(r"[0-9]{6}")
WRONG_CODE = msg("This code isn't right, or it was used before. Wait for the next one and try that.")


@dataclass(frozen=True, slots=True)
class AppOffer:
    """A new secret to show: as text, as the address in the QR code, and sealed for the form."""

    secret: str
    address: str
    sealed: str


def offer_app(scope: AnyScope, sealer: Sealer, issuer: str, sealed: str = "") -> AppOffer:
    """A secret for the signed-in account's app; the one that is `sealed` already, if it is still good.

    `issuer` is what the app calls this place. Raises NotFound where nobody is signed in.
    """
    import pyotp  # slow: only codes need it

    account_id = acting_account(scope)
    with as_the_kit(scope.db):
        email = scope.db.scalars(sa.select(Account.email).where(Account.id == account_id)).one()
    secret = _offered(scope, sealer, sealed) or pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer.replace(":", " "))
    text = f"{secret} {int(scope.clock.now().timestamp())}"
    return AppOffer(secret, address, sealer.seal(text, _offer_of(account_id)))


def turn_on_app(scope: AnyScope, sealer: Sealer, sealed: str, code: str) -> Codes:
    """Keep an offered secret once its code shows that the app has it; answers recovery codes if there were none.

    Raises Invalid (code), Conflict where an app is on already, Refused (too_many).
    """
    account_id = acting_account(scope)
    operations.RateLimits(scope).hit("factor_account", str(account_id))
    secret = _offered(scope, sealer, sealed)
    if secret is None:
        raise Invalid(fields={"code": [msg("That took too long: scan the new picture, and enter the code again.")]})
    step = _step_of(scope, secret, code)
    if step is None:
        raise Invalid(fields={"code": [WRONG_CODE]})
    with as_the_kit(scope.db):
        if scope.db.get(Totp, account_id) is not None:
            raise Conflict(msg("An authenticator app is on already: turn it off first."))
        kept = sealer.seal(secret, _secret_of(account_id))
        scope.db.add(Totp(account_id=account_id, secret=kept, confirmed_at=scope.clock.now(), last_step=step))
        scope.db.flush()
    operations.record(scope, "account.app_on", kind="account", id=account_id)
    return codes_where_none(scope, account_id)


def turn_off_app(scope: AnyScope) -> None:
    """Forget the signed-in account's app. Raises NotFound where there is none."""
    account_id = acting_account(scope)
    with as_the_kit(scope.db):
        row = scope.db.get(Totp, account_id)
        if row is None:
            raise NotFound
        scope.db.delete(row)
        scope.db.flush()
        drop_idle_codes(scope, account_id)
    operations.record(scope, "account.app_off", kind="account", id=account_id)


def code_is_right(scope: AnyScope, sealer: Sealer, account_id: UUID, code: str) -> bool:
    """Whether this is the app's code or a recovery code of the account; a right one is used up."""
    if not DIGITS.fullmatch(plain_code(code)):
        return use_code(scope, account_id, code)
    with as_the_kit(scope.db):
        sealed = scope.db.scalar(sa.select(Totp.secret).where(Totp.account_id == account_id))
        secret = sealer.open(sealed, _secret_of(account_id)) if sealed is not None else None
        step = _step_of(scope, secret, code) if secret is not None else None
        if step is None:
            return False
        newer = sa.update(Totp).where(Totp.account_id == account_id, Totp.last_step < step).values(last_step=step)
        taken = newer.returning(Totp.account_id).execution_options(synchronize_session=False)
        return scope.db.scalar(taken) is not None


def _step_of(scope: AnyScope, secret: str, code: str) -> int | None:
    """The half minute that the code is of, among those around now."""
    import pyotp  # slow: only codes need it

    digits = plain_code(code)
    if not DIGITS.fullmatch(digits):
        return None
    now, app = int(scope.clock.now().timestamp()) // STEP, pyotp.TOTP(secret, interval=STEP)
    found = [now + off for off in AROUND if pyotp.utils.strings_equal(digits, app.generate_otp(now + off))]
    return found[0] if found else None


def _offered(scope: AnyScope, sealer: Sealer, sealed: str) -> str | None:
    text = sealer.open(sealed, _offer_of(acting_account(scope))) if sealed else None
    if text is None:
        return None
    secret, _, since = text.partition(" ")
    return secret if scope.clock.now().timestamp() - int(since) < OFFER_FOR.total_seconds() else None


def _secret_of(account_id: UUID) -> str:
    return f"totp:{account_id}"


def _offer_of(account_id: UUID) -> str:
    return f"totp offer:{account_id}"
