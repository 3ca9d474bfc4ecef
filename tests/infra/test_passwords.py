"""Passwords: OWASP's cost, no plain text, and the same work for an account that isn't there."""

from collections.abc import Iterator

import pytest

from systems_changers.infra import passwords

CHEAP = passwords.HashCost(rounds=1, memory=8)


@pytest.fixture
def cheap() -> Iterator[None]:
    before = passwords.use_cost(CHEAP)
    yield
    passwords.use_cost(before)


def test_the_cost_in_force_is_owasps() -> None:
    kept = passwords.hash_password("three or four words")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.password_matches(kept, "three or four words")


def test_a_hash_is_salted_and_tells_right_from_wrong(cheap: None) -> None:
    first, second = (passwords.hash_password("porridge and rain") for _ in range(2))
    assert first != second
    assert "porridge" not in first
    assert passwords.password_matches(first, "porridge and rain")
    assert not passwords.password_matches(first, "porridge and rain ")


def test_nothing_kept_takes_the_same_work(cheap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    verified: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(kept)
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert not passwords.password_matches(None, "nobody's password")
    assert verified[0].startswith("$argon2id$v=19$m=8,t=1,p=1$")


def test_a_broken_hash_is_no_match(cheap: None) -> None:
    assert not passwords.password_matches("plain text of old", "plain text of old")


def test_a_hash_of_another_cost_is_made_anew() -> None:
    before = passwords.use_cost(CHEAP)
    kept = passwords.hash_password("porridge and rain")
    assert not passwords.needs_rehash(kept)
    passwords.use_cost(before)
    assert passwords.needs_rehash(kept)
