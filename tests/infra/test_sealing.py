"""What is sealed can be opened with the same key for the same purpose, and by no other way."""

import pytest

from systems_changers.infra.sealing import Sealer

KEY = "k" * 48
PURPOSE = "totp:0123"


def test_what_was_sealed_is_opened_again() -> None:
    sealed = Sealer(KEY).seal("Port Ellen · Lag a' Mhuilinn", PURPOSE)
    assert Sealer(KEY).open(sealed, PURPOSE) == "Port Ellen · Lag a' Mhuilinn"
    assert sealed.isascii()
    assert "Ellen" not in sealed


def test_the_same_text_is_never_sealed_alike() -> None:
    assert Sealer(KEY).seal("text", PURPOSE) != Sealer(KEY).seal("text", PURPOSE)


@pytest.mark.parametrize(("key", "purpose"), [("x" * 48, PURPOSE), (KEY, "totp:4567"), (KEY, "")])
def test_another_key_or_purpose_opens_nothing(key: str, purpose: str) -> None:
    assert Sealer(key).open(Sealer(KEY).seal("text", PURPOSE), purpose) is None


def test_what_was_changed_is_not_opened() -> None:
    sealed = Sealer(KEY).seal("text", PURPOSE)
    changed = sealed[:10] + ("A" if sealed[10] != "A" else "B") + sealed[11:]
    assert Sealer(KEY).open(changed, PURPOSE) is None


@pytest.mark.parametrize("text", ["", "1:", "text", "1:AAAA", "1:é", "1:" + "A" * 63])
def test_what_was_never_sealed_is_not_opened(text: str) -> None:
    assert Sealer(KEY).open(text, PURPOSE) is None


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Sealer(KEY))
