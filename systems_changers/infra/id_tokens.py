"""Reads the token in which a sign-in service says who somebody is (OpenID Connect Core 1.0, 3.1.3.7).

Nothing in it counts until its signature, made with a key that the service publishes, has been checked.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from systems_changers.infra.errors import Refused
from systems_changers.infra.text import msg

KINDS: Mapping[str, str] = {"RS256": "RSA", "ES256": "EC"}
"""The algorithms that are taken, and the kind of key that goes with each."""
PARTS: Mapping[str, tuple[str, ...]] = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
LEEWAY = 60  # seconds that clocks may be apart
LONGEST = 20_000
MOST_KEYS = 100
LEAST_BITS = 2048
UNTRUSTED = msg("What the sign-in service answered can't be trusted.")


class UnknownKey(Refused):
    """The token was signed with a key that isn't among those given: they may have changed."""

    code = "token_key"


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose word is taken, for whom, in answer to what, and when."""

    issuer: str
    audience: str
    nonce: str
    now: datetime


def read_id_token(token: str, keys: Mapping[str, Any], expected: Expected) -> dict[str, Any]:
    """The claims of a token that is all it should be. `keys` is the service's key set as it publishes it.

    Raises UnknownKey, Refused (code token_… that says what is wrong, for the log).
    """
    algorithm, key_id = _head(token)
    claims = _checked(token, algorithm, _key(keys, algorithm, key_id))
    for wrong, code in _claim_problems(claims, expected):
        if wrong:
            raise Refused(UNTRUSTED, code=code)
    return claims


def _head(token: str) -> tuple[str, str | None]:
    parts = token.split(".")
    if len(parts) != len(("head", "claims", "signature")) or len(token) > LONGEST or not token.isascii():
        raise Refused(UNTRUSTED, code="token_form")
    try:
        head = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        raise Refused(UNTRUSTED, code="token_form") from None
    if not isinstance(head, dict) or {"crit", "b64"} & head.keys():
        raise Refused(UNTRUSTED, code="token_form")
    algorithm, key_id = head.get("alg"), head.get("kid")
    if not isinstance(algorithm, str) or algorithm not in KINDS:
        raise Refused(UNTRUSTED, code="token_algorithm")
    if key_id is not None and not isinstance(key_id, str):
        raise Refused(UNTRUSTED, code="token_form")
    return algorithm, key_id


def _key(keys: Mapping[str, Any], algorithm: str, key_id: str | None) -> Mapping[str, str]:
    """The one published key that this token may be signed with; without a name there must be no other."""
    published = keys.get("keys")
    found = [
        each
        for each in (published[:MOST_KEYS] if isinstance(published, list) else [])
        if isinstance(each, dict)
        and each.get("kty") == KINDS[algorithm]
        and each.get("use", "sig") == "sig"
        and each.get("alg", algorithm) == algorithm
        and (key_id is None or each.get("kid") == key_id)
    ]
    if len(found) != 1:
        raise UnknownKey(UNTRUSTED)
    return {name: str(found[0].get(name, "")) for name in PARTS[KINDS[algorithm]]}


def _checked(token: str, algorithm: str, key: Mapping[str, str]) -> dict[str, Any]:
    from joserfc import jwt  # slow: only those who come in this way need it
    from joserfc.errors import JoseError  # slow: the same
    from joserfc.jwk import ECKey, RSAKey  # slow: the same

    if algorithm == "RS256" and len(key["n"]) * 6 < LEAST_BITS:
        raise Refused(UNTRUSTED, code="token_weak_key")
    try:
        made = RSAKey.import_key(dict(key)) if algorithm == "RS256" else ECKey.import_key(dict(key))
        claims: dict[str, Any] = dict(jwt.decode(token, made, algorithms=[algorithm]).claims)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise Refused(UNTRUSTED, code="token_signature") from None
    return claims


def _claim_problems(claims: Mapping[str, Any], expected: Expected) -> list[tuple[bool, str]]:
    audience, party, now = claims.get("aud"), claims.get("azp"), expected.now.timestamp()
    named = audience if isinstance(audience, list) else [audience]
    subject = claims.get("sub")
    return [
        (claims.get("iss") != expected.issuer, "token_issuer"),
        (expected.audience not in named, "token_audience"),
        (party != expected.audience and (party is not None or len(named) > 1), "token_audience"),
        (not _number(claims.get("exp")) or claims["exp"] <= now - LEEWAY, "token_expired"),
        (not _number(claims.get("iat")) or claims["iat"] > now + LEEWAY, "token_early"),
        ("nbf" in claims and (not _number(claims["nbf"]) or claims["nbf"] > now + LEEWAY), "token_early"),
        (not _same(claims.get("nonce"), expected.nonce), "token_nonce"),
        (not isinstance(subject, str) or not 0 < len(subject) <= 255, "token_subject"),  # noqa: PLR2004 - Core 1.0, 2
    ]


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(given: Any, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())
