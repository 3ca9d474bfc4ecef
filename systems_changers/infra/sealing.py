"""Seals what must be kept but never read at rest, under a key whose root is the instance's signing key.

A sealed text is bound to what it was sealed for: opened for anything else, it is as good as damaged.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
MARK = "1:"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens with AES-256-GCM; the key comes from the signing key by HKDF-SHA-256."""

    secret_key: str = field(repr=False)

    def seal(self, text: str, purpose: str) -> str:
        """The sealed text, in ASCII; `purpose` says what it is and whose, such as totp:<account>."""
        nonce = secrets.token_bytes(NONCE)
        sealed = nonce + _cipher(self.secret_key).encrypt(nonce, text.encode(), purpose.encode())
        return MARK + base64.urlsafe_b64encode(sealed).decode("ascii")

    def open(self, sealed: str, purpose: str) -> str | None:
        """What was sealed; None where it was changed, or sealed under another key or for another purpose."""
        from cryptography.exceptions import InvalidTag  # slow: only what is sealed needs it

        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(MARK).encode("ascii"))
            return _cipher(self.secret_key).decrypt(raw[:NONCE], raw[NONCE:], purpose.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            return None


@lru_cache(maxsize=4)
def _cipher(secret_key: str) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # slow: only what is sealed needs it
    from cryptography.hazmat.primitives.hashes import SHA256  # slow: the same
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # slow: the same

    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"systems-changers sealing 1").derive(secret_key.encode()))
