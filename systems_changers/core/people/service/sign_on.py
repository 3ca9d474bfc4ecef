"""Signing in with an organisation's own accounts: over to its service, back with a code, and what follows from it.

One secret in the browser's cookie stands for the way there and back; state, nonce and PKCE's verifier are made from it,
and its token is used up at the end. Whose word opens what is decided in `sign_on_people`. While a service is asked, no
transaction is open: the limits before it end the one that was.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import Ticket, TokenFacts
from systems_changers.core.people.queries import SignOn, sign_on_at
from systems_changers.core.people.rules import SIGN_ON_HOURS, email_problem, plain_email
from systems_changers.core.people.service.sign_in import Browser, HalfSignedIn
from systems_changers.core.people.service.sign_on_people import Asserted, connect_account, let_in
from systems_changers.core.people.service.sign_on_settings import secret_of
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.id_tokens import UNTRUSTED, Expected, UnknownKey, read_id_token
from systems_changers.infra.outside import UNREACHABLE, Outside, address_problem
from systems_changers.infra.sealing import Sealer
from systems_changers.infra.text import msg

PURPOSE = "sign_on"
DISCOVERY = "/.well-known/openid-configuration"
LATE = msg("That took too long, or it began in another browser. Please begin again.")
WANTED = "openid email profile"
_KEYS: dict[str, tuple[float, dict[str, Any]]] = {}
KEYS_FOR = 3600.0
MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody sets out for: where the service sends them back to, and where they go on then."""

    redirect: str
    back: str = ""
    connect: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back: the cookie's secret, and what the service put into the address."""

    secret: str
    state: str
    code: str


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes: how the outside is asked, and what opens the client's secret."""

    outside: Outside
    sealer: Sealer = field(repr=False)


@dataclass(frozen=True, slots=True)
class CameBack:
    """Who came in, as after any first step; None where an account was connected. `back` is where they go on."""

    found: str | HalfSignedIn | None
    back: str


def begin_sign_on(scope: Scope, outside: Outside, errand: Errand, browser: Browser) -> str:
    """Look the service up; answers the secret for the cookie, with which `way_there` leads to it.

    Raises NotFound where the partner has none, Refused (too_many, outside_…, service_…).
    """
    sign_on = _on(scope)
    operations.RateLimits(scope).hit_all(("sign_on_address", browser.address), ("sign_on_everyone",))
    told = _looked_up(outside, sign_on.issuer)
    account_id = scope.actor.account_id if errand.connect else None
    if errand.connect and account_id is None:
        raise NotFound
    data = {**told, "host": browser.host, "redirect": errand.redirect, "back": errand.back[:2000],
            "client": sign_on.client_id, "connect": errand.connect}  # fmt: skip
    ticket = Ticket(PURPOSE, SIGN_ON_HOURS, account_id=account_id, partner_id=scope.partner.id, data=data)
    return operations.issue_token(scope, ticket)


def way_there(scope: Scope, secret: str, browser: Browser) -> str:
    """The service's address that the browser goes to. Raises NotFound (sign_on_late)."""
    data = _live(scope, secret, browser).data
    challenge = base64.urlsafe_b64encode(hashlib.sha256(_made(secret, "verifier").encode()).digest())
    asked = {
        "response_type": "code", "client_id": data["client"], "redirect_uri": data["redirect"], "scope": WANTED,
        "state": _made(secret, "state"), "nonce": _made(secret, "nonce"),
        "code_challenge": challenge.decode().rstrip("="), "code_challenge_method": "S256",
    }  # fmt: skip
    sign_on = _on(scope)
    if sign_on.kind == "google":
        asked["hd"] = sign_on.boundary
    joined = "&" if urlsplit(data["at"]).query else "?"
    return f"{data['at']}{joined}{urlencode(asked)}"


def came_back(scope: Scope, secret: str, state: str, browser: Browser) -> None:
    """Make sure that this browser set out for what came back. Raises NotFound (sign_on_late)."""
    _live(scope, secret, browser)
    if not hmac.compare_digest(_made(secret, "state").encode(), state.encode("utf-8", "replace")):
        raise NotFound(LATE, code="sign_on_late")


def finish_sign_on(scope: Scope, means: Means, returned: Returned, browser: Browser) -> CameBack:
    """Ask the service who it is, and let them in, or connect the account that set out.

    Raises NotFound (sign_on_late), Refused (too_many; outside_…, service_…, token_… where the service isn't to be
    trusted; sign_on_nobody where whoever it is may not come in so).
    """
    came_back(scope, returned.secret, returned.state, browser)
    sign_on, facts = _on(scope), _live(scope, returned.secret, browser)
    if (facts.data["issuer"], facts.data["client"]) != (sign_on.issuer, sign_on.client_id):
        raise NotFound(LATE, code="sign_on_late")
    limits = operations.RateLimits(scope)
    limits.hit_all(("sign_on_tries", returned.secret), ("sign_on_address", browser.address), ("sign_on_everyone",))
    claims = _asked(scope, means, sign_on, facts, returned)
    asserted = _asserted(sign_on, claims)
    operations.redeem_token(scope, returned.secret, PURPOSE)
    if facts.data["connect"]:
        connect_account(scope, facts.account_id, asserted)
        return CameBack(None, facts.data["back"])
    return CameBack(let_in(scope, asserted, browser), facts.data["back"])


def _on(scope: Scope) -> SignOn:
    found = sign_on_at(scope)
    if found is None or not found.on:
        raise NotFound
    return found


def _live(scope: Scope, secret: str, browser: Browser) -> TokenFacts:
    try:
        facts = operations.peek_token(scope, secret, PURPOSE)
    except NotFound:
        raise NotFound(LATE, code="sign_on_late") from None
    if facts.data["host"] != browser.host:
        raise NotFound(LATE, code="sign_on_late")
    return facts


def _made(secret: str, what: str) -> str:
    """State, nonce or verifier; from none of them can the others or the secret be told."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{what}:{secret}".encode()).digest()).decode().rstrip("=")


def _looked_up(outside: Outside, issuer: str) -> dict[str, str]:
    """Where the service is asked, by its own description, which must be of this very issuer."""
    told = outside.get(issuer.rstrip("/") + DISCOVERY)
    named = {"at": "authorization_endpoint", "token_at": "token_endpoint", "keys_at": "jwks_uri"}
    found = {name: told.get(key) for name, key in named.items()}
    if told.get("issuer") != issuer:
        raise Refused(UNTRUSTED, code="service_issuer")
    for address in found.values():
        if not isinstance(address, str) or address_problem(address, here=outside.here) is not None:
            raise Refused(UNREACHABLE, code="service_address")
    ways = told.get("token_endpoint_auth_methods_supported")
    by_post = isinstance(ways, list) and "client_secret_post" in ways
    return {
        **{name: str(each) for name, each in found.items()},
        "issuer": issuer,
        "way": "post" if by_post else "basic",
    }


def _asked(scope: Scope, means: Means, sign_on: SignOn, facts: TokenFacts, returned: Returned) -> dict[str, Any]:
    """The claims that the service gives for the code."""
    secret = means.sealer.open(sign_on.secret, secret_of(scope))
    if secret is None:
        raise Refused(UNREACHABLE, code="service_secret")
    fields = {"grant_type": "authorization_code", "code": returned.code, "redirect_uri": facts.data["redirect"],
              "code_verifier": _made(returned.secret, "verifier"), "client_id": sign_on.client_id}  # fmt: skip
    headers: dict[str, str] = {}
    if facts.data["way"] == "post":
        fields["client_secret"] = secret
    else:
        pair = f"{quote(sign_on.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    token = means.outside.send(facts.data["token_at"], fields, headers).get("id_token")
    if not isinstance(token, str):
        raise Refused(UNTRUSTED, code="service_token")
    expected = Expected(sign_on.issuer, sign_on.client_id, _made(returned.secret, "nonce"), scope.clock.now())
    return _read(means.outside, facts.data["keys_at"], token, expected)


def _read(outside: Outside, keys_at: str, token: str, expected: Expected) -> dict[str, Any]:
    """The token's claims, by the keys from before, or by new ones where they don't fit."""
    now = expected.now.timestamp()
    since, keys = _KEYS.get(keys_at, (0.0, {}))
    if keys and 0 <= now - since < KEYS_FOR:
        try:
            return read_id_token(token, keys, expected)
        except UnknownKey:
            pass  # they may have changed since
    if len(_KEYS) >= MOST_KEPT:
        _KEYS.clear()
    keys = outside.get(keys_at)
    _KEYS[keys_at] = (now, keys)
    return read_id_token(token, keys, expected)


def _asserted(sign_on: SignOn, claims: dict[str, Any]) -> Asserted:
    """Whom the claims name, as far as this service may say so: within its tenant or domain, with a listed address."""
    subject, email = str(claims["sub"]), claims.get("email")
    if sign_on.kind == "entra":
        if str(claims.get("tid", "")).lower() != sign_on.boundary or not claims.get("oid"):
            raise Refused(UNTRUSTED, code="token_tenant")
        subject, email = f"{sign_on.boundary}:{claims['oid']}", email or claims.get("preferred_username")
    elif claims.get("email_verified") is not True:
        raise Refused(UNTRUSTED, code="token_unverified")
    if sign_on.kind == "google" and claims.get("hd") != sign_on.boundary:
        raise Refused(UNTRUSTED, code="token_tenant")
    email = plain_email(email) if isinstance(email, str) else ""
    if email_problem(email) is not None or email.rpartition("@")[2] not in sign_on.domains:
        raise Refused(UNTRUSTED, code="token_domain")
    return Asserted(sign_on.issuer, subject, email)
