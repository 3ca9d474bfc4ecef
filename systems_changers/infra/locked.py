"""Locks a few secrets with a passphrase, so that they may lie in a backup: scrypt (RFC 7914) and AES-256-GCM.

What it costs to try a passphrase is written beside the lock, so that a later version may ask for more.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

from systems_changers.infra.errors import Refused
from systems_changers.infra.text import msg

COST = {"n": 1 << 15, "r": 8, "p": 1}
MOST_WORK = 1 << 21
"""Of n·r·p: eight times what a lock costs here, about a second."""
MEMORY = 1 << 28
"""What a lock may cost to open, in bytes; scrypt refuses more, so that a made-up backup can't ask for everything."""
LEAST_PASSPHRASE = 12


def lock(values: dict[str, str], passphrase: str) -> bytes:
    """The values, readable to whoever has the passphrase. Raises Refused (short_passphrase)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # slow: only a backup with keys needs it

    if len(passphrase) < LEAST_PASSPHRASE:
        raise Refused(msg("A passphrase needs at least %(count)s characters.", count=LEAST_PASSPHRASE),
                      code="short_passphrase")  # fmt: skip
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    box = AESGCM(_key(passphrase, salt, COST)).encrypt(nonce, json.dumps(values).encode(), None)
    parts = {name: base64.b64encode(part).decode() for name, part in (("salt", salt), ("nonce", nonce), ("box", box))}
    return json.dumps({"lock": "scrypt, AES-256-GCM", **COST, **parts}).encode()


def unlock(locked: bytes, passphrase: str) -> dict[str, str]:
    """The values. Raises Refused (wrong_passphrase), also for what was changed since."""
    from cryptography.exceptions import InvalidTag  # slow: only a backup with keys needs it
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # slow: as above

    try:
        told: dict[str, Any] = json.loads(locked)
        salt, nonce, box = (base64.b64decode(told[name]) for name in ("salt", "nonce", "box"))
        cost = {name: int(told[name]) for name in COST}
        _refuse_costly(cost)
        found: dict[str, str] = json.loads(AESGCM(_key(passphrase, salt, cost)).decrypt(nonce, box, None))
    except (InvalidTag, KeyError, TypeError, ValueError):
        raise Refused(msg("The passphrase does not open the keys in this backup."), code="wrong_passphrase") from None
    return found


def _refuse_costly(cost: dict[str, int]) -> None:
    if not 0 < cost["n"] * cost["r"] * cost["p"] <= MOST_WORK:
        raise ValueError


def _key(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, maxmem=MEMORY, dklen=32, **cost)
