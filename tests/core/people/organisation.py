"""An organisation's sign-in service made of software, which may say whatever a test wants it to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import RSAKey

from systems_changers.core.people import queries, service
from systems_changers.core.people.models import Account, SignInSession, SignOnIdentity
from systems_changers.core.people.service import (
    Browser,
    Errand,
    HalfSignedIn,
    Means,
    Returned,
    Saver,
    SignOnAnswers,
    sign_on,
)
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.errors import Refused
from systems_changers.infra.outside import Outside
from tests.core.instance import Instance, fresh_email
from tests.core.people.factors import PASSWORD, SEALER, browser

ISSUER = "https://login.charity.example"
DIRECTORY = "0f1e2d3c-aaaa-bbbb-cccc-0123456789ab"
ANNA = "anna@charity.example"
REDIRECT = "https://changers.example.org/sign-in/organisation/back"
KEY = RSAKey.generate_key(2048, {"kid": "one"})


def answers(**other: Any) -> SignOnAnswers:
    """What an administrator says of a service of another kind."""
    known = {"kind": "other", "name": "Charity", "directory": "", "hosted_domain": "", "issuer": ISSUER,
             "client_id": "kit", "secret": "the client's secret", "domains": ("charity.example",),
             "mode": "offered"}  # fmt: skip
    return SignOnAnswers(**{**known, **other})


def set_up(instance: Instance, at: PartnerFacts | None = None, **other: Any) -> None:
    """Set a service up at a partner."""
    instance.do(service.save_sign_on, SEALER, answers(**other), None, Saver(signed_on=False, session_id=None), at=at)


@dataclass
class Organisation:
    """The service: what it says of itself, of whom, and with which key it signs. `sent` is what it was sent."""

    instance: Instance
    issuer: str = ISSUER
    told: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    published: list[RSAKey] = field(default_factory=lambda: [KEY])
    sent: list[Mapping[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    nonce: str = ""
    sign: Callable[[dict[str, Any]], str] | None = None

    @property
    def means(self) -> Means:
        return Means(_Asked(organisation=self), SEALER)

    def describe(self, address: str) -> dict[str, Any]:
        """What it answers at an address."""
        self.asked.append(address)
        if address.endswith("/keys"):
            return {"keys": [each.as_dict(private=False) for each in self.published]}
        here = self.issuer.rstrip("/")
        places = {"authorization_endpoint": f"{here}/authorize", "token_endpoint": f"{here}/token",
                  "jwks_uri": f"{here}/keys"}  # fmt: skip
        return {"issuer": self.issuer, **places, **self.told}

    def token(self, nonce: str) -> str:
        """What it gives for a code."""
        now = int(self.instance.clock.now().timestamp())
        known = {"iss": self.issuer, "aud": "kit", "nonce": nonce, "iat": now, "exp": now + 600, "sub": "anna",
                 "email": "anna@charity.example", "email_verified": True}  # fmt: skip
        claims = {name: value for name, value in {**known, **self.claims}.items() if value is not None}
        return (
            self.sign(claims) if self.sign else str(jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key))
        )

    def says(self, at: PartnerFacts | None = None, here: Browser | None = None, actor: ActorFacts | None = None) -> Any:
        """The way there and back, to the end; with an actor, connecting their account."""
        here, who = here or browser(), {"at": at, **({"actor": actor} if actor else {})}
        errand = Errand(REDIRECT, "/home/", connect=actor is not None)
        secret = self.instance.do(service.begin_sign_on, self.means.outside, errand, here, **who)
        asked = parse_qs(urlsplit(self.instance.see(service.way_there, secret, here, **who)).query)
        self.nonce = asked["nonce"][0]
        back = Returned(secret, asked["state"][0], "the-code")
        return self.instance.do(service.finish_sign_on, self.means, back, here, **who)

    def lets_in(self, at: PartnerFacts | None = None) -> str:
        """The same; answers the session's secret."""
        done = self.says(at)
        assert not isinstance(done.found, HalfSignedIn)
        return str(done.found)


@dataclass(frozen=True)
class _Asked(Outside):
    """The outside as the kit sees it: one service, and nothing else."""

    organisation: Any = None

    def get(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self.organisation.describe(address)
        return found

    def send(self, address: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        organisation = self.organisation
        organisation.asked.append(address)
        organisation.sent.append({**fields, **headers})
        return {"id_token": organisation.token(organisation.nonce)}


@contextmanager
def mock() -> Iterator[str]:
    """A real service in a process of its own, from the package oidc-provider-mock; answers its issuer address."""
    if find_spec("oidc_provider_mock") is None:
        pytest.skip("oidc-provider-mock is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    issuer = f"http://localhost:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    running = subprocess.Popen(command, env={**os.environ, "PYTHONWARNINGS": "ignore"}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        _wait(issuer)
        yield issuer
    finally:
        running.terminate()
        running.wait(10)


def _wait(issuer: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with urlopen(f"{issuer}/.well-known/openid-configuration") as answer:
                answer.read()
        except OSError:
            assert time.monotonic() < until, "the service didn't come up"
            time.sleep(0.1)
        else:
            return


def tell_mock(issuer: str, subject: str, claims: bytes) -> None:
    """Let the service know somebody; the claims are JSON."""
    asked = Request(f"{issuer}/users/{subject}", claims, {"Content-Type": "application/json"}, method="PUT")
    with urlopen(asked) as answer:
        answer.read()


@pytest.fixture
def nobody(instance: Instance) -> None:
    """Accounts are the same at every partner, and other tests left some."""
    with instance.operator(write=True) as scope:
        for model in (SignOnIdentity, SignInSession):
            scope.db.execute(sa.delete(model))
        for account in scope.db.scalars(sa.select(Account).where(Account.email.endswith("@charity.example"))):
            account.email = fresh_email()


@pytest.fixture
def charity(instance: Instance, nobody: None) -> Organisation:
    """The first partner's service; each test's addresses are asked anew."""
    sign_on._KEYS.clear()
    assert nobody is None
    set_up(instance)
    return Organisation(instance)


def anna(instance: Instance, email: str = ANNA, at: PartnerFacts | None = None) -> UUID:
    """A person on the partner's list who has no account."""
    found: UUID = instance.do(lambda scope: service.find_or_make_person(scope, "Anna", email).id, at=at)
    return found


def member(instance: Instance, email: str, *roles: str, at: PartnerFacts | None = None) -> UUID:
    """Somebody with an account who is in already."""

    def make(scope: Any) -> UUID:
        known = queries.account_of(scope, email)
        account_id = known or service.make_account(scope, email, PASSWORD, proven=True)
        service.find_or_make_person(scope, "Anna", email).account_id = account_id
        for role in roles:
            service.grant_role(scope, account_id, role)
        return account_id

    found: UUID = instance.do(make, at=at)
    return found


def refusal(organisation: Organisation, at: PartnerFacts | None = None) -> str:
    with pytest.raises(Refused) as refused:
        organisation.says(at)
    return refused.value.code


def count(instance: Instance, model: Any) -> int:
    """How many rows there are; of accounts, those with an address of the charity's."""
    rows = sa.select(sa.func.count()).select_from(model)
    with instance.operator() as scope:
        wanted = rows.where(Account.email.endswith("@charity.example")) if model is Account else rows
        return scope.db.scalar(wanted) or 0


@pytest.fixture
def rogue(instance: Instance, charity: Organisation) -> Organisation:
    """The other partner's service, whose administrator names whom they like."""
    del charity
    set_up(instance, instance.other, issuer="https://rogue.example")
    return Organisation(instance, "https://rogue.example")
