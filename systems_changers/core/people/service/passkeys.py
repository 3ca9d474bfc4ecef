"""Passkeys (WebAuthn): a key pair that a device keeps for one host, and shows only after it has checked the person.

A challenge is a one-time token: the browser signs its secret, and only a hash of that is kept here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import Ticket
from systems_changers.core.people.models import Account, Passkey
from systems_changers.core.people.rules import MOST_PASSKEYS, PASSKEY_HOURS
from systems_changers.core.people.service.accounts import acting_account
from systems_changers.core.people.service.factors import drop_idle_codes
from systems_changers.core.people.service.recovery import Codes, codes_where_none
from systems_changers.core.people.service.sign_in import Browser
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import msg

NEW, USE = "passkey_new", "passkey_use"
LONGEST_NAME, LONGEST_ANSWER = 80, 20_000
WRONG = msg("This passkey doesn't work here. Try another one, or another way.")
LATE = msg("That took too long, or was done before. Please try again.")


def challenge(scope: AnyScope, browser: Browser) -> str:
    """What a browser needs to be asked for any passkey of this host, as JSON; good once, for five minutes.

    The same for everybody, so it says nothing of any account. Raises Refused (too_many).
    """
    import webauthn  # slow: a fifth of a second that only passkeys need
    from webauthn.helpers import structs  # slow: the same

    operations.RateLimits(scope).hit("passkey_address", browser.address)
    secret = operations.issue_token(scope, Ticket(USE, PASSKEY_HOURS, data={"host": browser.host}))
    options = webauthn.generate_authentication_options(
        rp_id=browser.host,
        challenge=secret.encode(),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def new_challenge(scope: AnyScope, browser: Browser, place: str) -> str:
    """What a browser needs to make a passkey for the signed-in account, as JSON; `place` is what this site is called.

    Raises NotFound where nobody is signed in, Refused (too_many).
    """
    import webauthn  # slow: a fifth of a second that only passkeys need
    from webauthn.helpers import base64url_to_bytes, structs  # slow: the same

    account_id = acting_account(scope)
    operations.RateLimits(scope).hit("passkey_address", browser.address)
    ticket = Ticket(NEW, PASSKEY_HOURS, account_id=account_id, data={"host": browser.host})
    secret = operations.issue_token(scope, ticket)
    theirs = sa.select(Passkey.credential).where(Passkey.account_id == account_id, Passkey.host == browser.host)
    with as_the_kit(scope.db):
        email = scope.db.scalars(sa.select(Account.email).where(Account.id == account_id)).one()
        known = [structs.PublicKeyCredentialDescriptor(base64url_to_bytes(each)) for each in scope.db.scalars(theirs)]
    options = webauthn.generate_registration_options(
        rp_id=browser.host,
        rp_name=place,
        user_id=account_id.bytes,
        user_name=email,
        challenge=secret.encode(),
        exclude_credentials=known,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return webauthn.options_to_json(options)


def add_passkey(scope: AnyScope, browser: Browser, name: str, answer: str) -> Codes:
    """Keep what a browser made for the signed-in account; answers recovery codes if there were none.

    Raises Invalid (name; codes wrong_passkey, known_passkey), Refused (code too_many_passkeys).
    """
    from webauthn import verify_registration_response  # slow: a fifth of a second that only passkeys need
    from webauthn.helpers import bytes_to_base64url  # slow: the same

    account_id, name = acting_account(scope), clean_text(name, lines=False)[:LONGEST_NAME]
    if not name:
        raise Invalid(fields={"name": [msg("Give it a name, such as My phone.")]})
    with as_the_kit(scope.db):
        has = scope.db.scalar(sa.select(sa.func.count(Passkey.id)).where(Passkey.account_id == account_id)) or 0
        if has >= MOST_PASSKEYS:
            raise Refused(msg("There are enough passkeys here: remove one first."), code="too_many_passkeys")
        given, secret = _read(answer)
        _redeem(scope, secret, NEW, browser, account_id)
        with _refusing():
            made = verify_registration_response(
                credential=given,
                expected_challenge=secret.encode(),
                expected_rp_id=browser.host,
                expected_origin=browser.origin,
                require_user_verification=True,
            )
        credential = bytes_to_base64url(made.credential_id)
        if scope.db.scalar(sa.select(Passkey.id).where(Passkey.credential == credential)) is not None:
            raise Invalid(msg("This passkey is known here already."), code="known_passkey")
        row = Passkey(account_id=account_id, host=browser.host, name=name, credential=credential,
                      public_key=bytes_to_base64url(made.credential_public_key), sign_count=made.sign_count,
                      created_at=scope.clock.now())  # fmt: skip
        scope.db.add(row)
        scope.db.flush()
    operations.record(scope, "account.passkey_added", kind="passkey", id=row.id)
    return codes_where_none(scope, account_id)


def remove_passkey(scope: AnyScope, passkey_id: UUID) -> None:
    """Forget one of the signed-in account's passkeys. Raises NotFound for anybody else's."""
    account_id = acting_account(scope)
    with as_the_kit(scope.db):
        row = scope.db.get(Passkey, passkey_id)
        if row is None or row.account_id != account_id:
            raise NotFound
        scope.db.delete(row)
        scope.db.flush()
        drop_idle_codes(scope, account_id)
    operations.record(scope, "account.passkey_removed", kind="passkey", id=passkey_id)


def account_of_passkey(scope: AnyScope, browser: Browser, answer: str, account_id: UUID | None = None) -> UUID:
    """Whose passkey answered this host's challenge, which is used up; with `account_id` it must be that account's.

    Raises Invalid (code wrong_passkey) for anything else, always with the same words.
    """
    from webauthn import verify_authentication_response  # slow: a fifth of a second that only passkeys need
    from webauthn.helpers import base64url_to_bytes  # slow: the same

    given, secret = _read(answer)
    this = (Passkey.credential == str(given.get("id", ""))[:1400], Passkey.host == browser.host)
    live = sa.select(Passkey).join(Account, Account.id == Passkey.account_id).where(Account.disabled_at.is_(None))
    with as_the_kit(scope.db):
        _redeem(scope, secret, USE, browser)
        row = scope.db.scalar(live.where(*this).with_for_update(of=Passkey))
        if row is None or account_id not in (None, row.account_id) or not _handle_fits(given, row.account_id):
            raise Invalid(WRONG, code="wrong_passkey")
        with _refusing():
            seen = verify_authentication_response(
                credential=given,
                expected_challenge=secret.encode(),
                expected_rp_id=browser.host,
                expected_origin=browser.origin,
                credential_public_key=base64url_to_bytes(row.public_key),
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        row.sign_count, row.used_at, whose = seen.new_sign_count, scope.clock.now(), row.account_id
    return whose


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever the library finds wrong, a person is told one thing."""
    from webauthn.helpers.exceptions import WebAuthnException  # slow: a fifth of a second that only passkeys need

    try:
        yield
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise Invalid(WRONG, code="wrong_passkey") from None


def _read(answer: str) -> tuple[dict[str, Any], str]:
    """A browser's answer, and the challenge that it says it answers; nothing of it is believed yet."""
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json  # slow: only passkeys need it

    with _refusing():
        given = json.loads(answer[:LONGEST_ANSWER])
        told = parse_client_data_json(base64url_to_bytes(given["response"]["clientDataJSON"]))
        return given, told.challenge.decode("ascii")


def _redeem(scope: AnyScope, secret: str, purpose: str, browser: Browser, account_id: UUID | None = None) -> None:
    """Use the challenge up, if it was made for this: at this host, and for this account."""
    try:
        facts = operations.redeem_token(scope, secret, purpose)
    except NotFound:
        raise Invalid(LATE, code="wrong_passkey") from None
    if facts.data.get("host") != browser.host or facts.account_id != account_id:
        raise Invalid(WRONG, code="wrong_passkey")


def _handle_fits(given: Mapping[str, Any], account_id: UUID) -> bool:
    """Whether the passkey says that it is this account's; an authenticator need not say."""
    from webauthn.helpers import bytes_to_base64url  # slow: only passkeys need it

    handle = given["response"].get("userHandle")
    return handle is None or handle == bytes_to_base64url(account_id.bytes)
