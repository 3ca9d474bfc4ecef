"""Accounts with a second factor, the codes that their app shows, and a passkey made of software."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from pyotp import TOTP
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from systems_changers.core.people import service
from systems_changers.core.people.service import Browser
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.sealing import Sealer
from systems_changers.testing.instance import set_up_app
from tests.core.instance import HOST, Instance, fresh_email
from tests.core.site import KEY

PASSWORD = "porridge rain kettle"
SEALER = Sealer(KEY)
ORIGIN = f"https://{HOST}"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def browser(host: str = HOST, origin: str = ORIGIN) -> Browser:
    """A browser at an address of its own, so that no other test's tries count."""
    return Browser(host, new_id().hex, "Firefox · Windows", hours=24, origin=origin)


@dataclass
class Owner:
    """An account with a password, and an app where `set_up` was called."""

    instance: Instance
    email: str = field(default_factory=fresh_email)
    id: UUID = field(init=False)
    secret: str = ""

    def __post_init__(self) -> None:
        self.id = self.instance.do(service.make_account, self.email, PASSWORD, proven=True)

    @property
    def actor(self) -> ActorFacts:
        return ActorFacts(self.id)

    def set_up(self) -> Owner:
        """Turn an app on; half a minute later its next code is another."""
        self.secret = self.instance.do(set_up_app, KEY, actor=self.actor)
        self.instance.later(seconds=30)
        return self

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or so many half minutes from now."""
        return TOTP(self.secret).at(self.instance.clock.now() + timedelta(seconds=30 * steps))

    def first_step(self, at: Browser | None = None) -> str:
        """The right password; answers what opens the second step."""
        found = self.instance.do(service.sign_in_by_password, self.email, PASSWORD, at or browser())
        assert isinstance(found, service.HalfSignedIn)
        return found.secret

    def finish(self, half: str, code: str, at: Browser | None = None) -> str:
        """The second step with a code; answers a session's secret."""
        secret: str = self.instance.do(service.finish_by_code, SEALER, half, code, at or browser())
        return secret


@dataclass
class SoftKey:
    """An authenticator: one key pair, for one host; what it says of itself can be turned against it."""

    host: str = HOST
    origin: str = ORIGIN
    flags: int = PRESENT | VERIFIED
    count: int = 0
    id: bytes = field(default_factory=lambda: new_id().bytes)
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """What a browser sends when it has made the passkey."""
        asked = json.loads(options)
        self.handle = base64url_to_bytes(asked["user"]["id"])
        point = self.key.public_key().public_numbers()
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self._data(ATTESTED) + attested
        said = self._said("webauthn.create", asked["challenge"])
        proof = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": _text(said), "attestationObject": _text(proof)})

    def use(self, options: str) -> str:
        """What a browser sends when the passkey has signed."""
        self.count += 1
        said = self._said("webauthn.get", json.loads(options)["challenge"])
        data = self._data()
        signed = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": said, "authenticatorData": data, "signature": signed, "userHandle": self.handle}
        return self._answer({name: _text(value) for name, value in parts.items()})

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", self.flags | more, self.count)

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        id_ = _text(self.id)
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": response})


def _text(raw: bytes) -> str:
    return bytes_to_base64url(raw)


def add_key(owner: Owner, key: SoftKey | None = None) -> SoftKey:
    """Add a passkey to an account."""
    key, here = key or SoftKey(), browser()
    options = owner.instance.do(service.new_challenge, here, "Corra", actor=owner.actor)
    owner.instance.do(service.add_passkey, here, "My phone", key.make(options), actor=owner.actor)
    return key
