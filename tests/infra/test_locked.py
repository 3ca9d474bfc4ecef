"""What a passphrase locks, it alone opens; a changed lock opens for nobody."""

from __future__ import annotations

import json

import pytest

from systems_changers.infra.errors import Refused
from systems_changers.infra.locked import LEAST_PASSPHRASE, lock, unlock

PASSPHRASE = "a kettle by the harbour"
VALUES = {"secret_key": "k" * 60, "mail_password": "pässword"}


def test_the_passphrase_opens_it() -> None:
    locked = lock(VALUES, PASSPHRASE)
    assert unlock(locked, PASSPHRASE) == VALUES
    assert b"kkkk" not in locked
    assert lock(VALUES, PASSPHRASE) != locked


def test_nothing_else_does() -> None:
    locked = lock(VALUES, PASSPHRASE)
    told = json.loads(locked)
    for changed in (
        {"box": told["box"][:-8] + "AAAAAAA="},
        {"salt": "AAAA"},
        {"n": 1 << 28},
        {"n": "x"},
        {"nonce": ""},
    ):
        with pytest.raises(Refused, match="does not open"):
            unlock(json.dumps({**told, **changed}).encode(), PASSPHRASE)
    for other in (locked[:-9], b"", b"[]"):
        with pytest.raises(Refused, match="does not open"):
            unlock(other, PASSPHRASE)
    with pytest.raises(Refused, match="does not open"):
        unlock(locked, PASSPHRASE.title())


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Refused, match=str(LEAST_PASSPHRASE)):
        lock(VALUES, "x" * (LEAST_PASSPHRASE - 1))
