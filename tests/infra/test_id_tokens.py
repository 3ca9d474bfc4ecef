"""Tokens of sign-in services: one that is right, and each thing that may be wrong with one."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from systems_changers.infra.errors import Refused
from systems_changers.infra.id_tokens import Expected, UnknownKey, read_id_token

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
EXPECTED = Expected("https://login.example.org", "the-client", "the-nonce", NOW)
RSA = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
EC = ECKey.generate_key("P-256", {"kid": "two"})
CLAIMS: dict[str, Any] = {
    "iss": "https://login.example.org", "aud": "the-client", "nonce": "the-nonce", "sub": "anna", "exp": AT + 600,
    "iat": AT,
}  # fmt: skip


def published(*keys: Any, **more: Any) -> dict[str, Any]:
    """A key set as a service publishes it."""
    return {"keys": [{**key.as_dict(private=False), **more} for key in keys]}


def token(key: Any = RSA, algorithm: str = "RS256", head: dict[str, Any] | None = None, **claims: Any) -> str:
    left = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return str(jwt.encode({"alg": algorithm, "kid": key.kid, **(head or {})}, left, key))


def test_what_is_right_is_read() -> None:
    assert read_id_token(token(), published(RSA, EC), EXPECTED) == CLAIMS
    assert read_id_token(token(EC, "ES256"), published(RSA, EC), EXPECTED)["sub"] == "anna"
    several = token(aud=["the-client", "another"], azp="the-client", exp=AT - 59, iat=AT + 59, nbf=AT + 59)
    assert read_id_token(several, published(RSA), EXPECTED)["sub"] == "anna"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": AT - 59}, {"iat": AT + 60}, {"nbf": AT + 60}, {"exp": AT + 0.5}, {"azp": "the-client"},
        {"aud": ["the-client"]}, {"sub": "x"}, {"sub": "x" * 255},
    ],
)  # fmt: skip
def test_what_only_just_will_do(claims: dict[str, Any]) -> None:
    assert read_id_token(token(**claims), published(RSA), EXPECTED) == {**CLAIMS, **claims}


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": AT - 60}, "token_expired"), ({"exp": True}, "token_expired"), ({"exp": "soon"}, "token_expired"),
        ({"iat": False}, "token_early"), ({"nbf": True}, "token_early"), ({"sub": 7}, "token_subject"),
        ({"aud": ["the-client"], "azp": "another"}, "token_audience"),
        ({"nonce": "another"}, "token_nonce"), ({"nonce": None}, "token_nonce"), ({"nonce": ["x"]}, "token_nonce"),
        ({"aud": "another"}, "token_audience"), ({"aud": None}, "token_audience"), ({"aud": []}, "token_audience"),
        ({"aud": ["the-client", "another"]}, "token_audience"), ({"azp": "another"}, "token_audience"),
        ({"iss": "https://login.example.org/"}, "token_issuer"), ({"iss": "https://evil.example"}, "token_issuer"),
        ({"iss": None}, "token_issuer"), ({"exp": AT - 61}, "token_expired"), ({"exp": None}, "token_expired"),
        ({"iat": AT + 61}, "token_early"), ({"iat": None}, "token_early"), ({"nbf": AT + 61}, "token_early"),
        ({"sub": None}, "token_subject"), ({"sub": ""}, "token_subject"), ({"sub": "x" * 256}, "token_subject"),
    ],
)  # fmt: skip
def test_each_claim_counts(claims: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_id_token(token(**claims), published(RSA), EXPECTED)
    assert refused.value.code == code


def _plain(head: dict[str, Any], signature: str = "") -> str:
    parts = (json.dumps(each).encode() for each in (head, CLAIMS))
    return ".".join([*(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts), signature])


def _by_public_key() -> str:
    """The published key taken for a shared secret, the oldest trick of all."""
    signed = _plain({"alg": "HS256", "kid": "one"}).rstrip(".")
    made = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (_plain({"alg": "none"}), "token_algorithm"), (_plain({"alg": "none", "kid": "one"}), "token_algorithm"),
        (_plain({"alg": "nOnE"}), "token_algorithm"), (_plain({}), "token_algorithm"),
        (_plain({"alg": ["RS256"]}), "token_algorithm"), (_plain({"alg": "RS256", "kid": "one"}), "token_signature"),
        (_plain({"alg": "RS256", "kid": 1}), "token_form"),
        (_plain({"alg": "RS256", "kid": "one", "crit": ["exp"]}), "token_form"),
        (_plain({"alg": "RS256", "kid": "one", "b64": True}), "token_form"),
        (_plain({"alg": "RS256", "kid": "one", "crit": ["b64"], "b64": False}), "token_form"),
        ("", "token_form"), ("a.b", "token_form"), ("a.b.c.d.e", "token_form"), ("é.b.c", "token_form"),
        ("[.b.c", "token_form"), ("x" * 20_001 + ".b.c", "token_form"),
    ],
)  # fmt: skip
def test_each_form_that_is_none(made: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_id_token(made, published(RSA), EXPECTED)
    assert refused.value.code == code


def test_a_published_key_is_no_shared_secret() -> None:
    with pytest.raises(Refused) as refused:
        read_id_token(_by_public_key(), published(RSA), EXPECTED)
    assert refused.value.code == "token_algorithm"


def test_a_key_that_is_unknown_or_another() -> None:
    none: list[dict[str, Any]] = [{"keys": []}, {}, {"keys": "x"}]
    wrong = [published(EC), published(RSA, use="enc"), published(RSA, alg="PS256"), published(RSA, kid="other"),
             published(RSA, OTHER)]  # fmt: skip
    for keys in (*none, *wrong):
        with pytest.raises(UnknownKey):
            read_id_token(token(), keys, EXPECTED)
    with pytest.raises(Refused) as refused:
        read_id_token(token(OTHER), published(RSA), EXPECTED)
    assert refused.value.code == "token_signature"
    brought = token(OTHER, head={"jwk": OTHER.as_dict(private=False), "jku": "https://evil.example/keys"})
    with pytest.raises(Refused) as refused:
        read_id_token(brought, published(RSA), EXPECTED)
    assert refused.value.code == "token_signature"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_weak_key_is_none() -> None:
    weak = RSAKey.generate_key(1024, {"kid": "one"})
    with pytest.raises(Refused) as refused:
        read_id_token(token(weak), published(weak), EXPECTED)
    assert refused.value.code == "token_weak_key"


def test_no_more_keys_are_looked_at_than_a_service_has() -> None:
    others = [{"kty": "RSA", "kid": str(number)} for number in range(100)]
    keys = published(RSA)["keys"]
    assert read_id_token(token(), {"keys": [*others[:99], *keys]}, EXPECTED) == CLAIMS
    with pytest.raises(UnknownKey) as refused:
        read_id_token(token(), {"keys": [*others, *keys]}, EXPECTED)
    assert refused.value.code == "token_key"


def test_a_key_is_known_by_its_kind_and_use_where_it_says_them() -> None:
    keys = [published(RSA, use="sig", alg="RS256")["keys"][0], "no key", {"kty": "EC", "kid": "one"}]
    assert read_id_token(token(), {"keys": keys}, EXPECTED) == CLAIMS


def test_a_token_may_be_so_long() -> None:
    short = token(pad="")
    fits = token(pad="x" * ((20_000 - len(short)) * 3 // 4))
    assert 19_990 < len(fits) <= 20_000
    assert read_id_token(fits, published(RSA), EXPECTED)["sub"] == "anna"


def test_without_a_name_there_must_be_one_key() -> None:
    nameless = str(jwt.encode({"alg": "RS256"}, CLAIMS, RSA))
    assert read_id_token(nameless, published(RSA, EC), EXPECTED)["sub"] == "anna"
    with pytest.raises(UnknownKey):
        read_id_token(nameless, published(RSA, OTHER), EXPECTED)
