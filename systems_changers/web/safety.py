"""The headers of every answer: what a browser may load, run, remember and tell others."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from flask import request

from systems_changers.web.addresses import Wsgi

CSP = (
    "default-src 'none'; style-src 'self' 'nonce-{nonce}'; script-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

ISOLATED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""For what people gave: a page without an origin, where nothing runs; styles are those of the browser's own viewer."""

ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ("Vary", "Cookie, Accept-Language"),
]
STRICT = ("Strict-Transport-Security", "max-age=31536000")
NONCE = "systems_changers.nonce"
AWAY, SOON = "503", "60"
METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def nonce() -> str:
    """This answer's nonce."""
    value: str = request.environ.setdefault(NONCE, secrets.token_urlsafe(16))
    return value


class Headers:
    """A WSGI layer that puts the headers on every answer; Flask's own way checks each of them for every answer."""

    def __init__(self, app: Wsgi, *, secure: bool) -> None:
        self.app, self.always = app, [*ALWAYS, STRICT] if secure else ALWAYS

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[NONCE] = made = secrets.token_urlsafe(16)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            told = {name.lower() for name, _ in headers}
            headers = [*headers, *self.always]
            if "content-security-policy" not in told:
                headers.append(("Content-Security-Policy", CSP.format(nonce=made)))
            if status.startswith(AWAY) and "retry-after" not in told:
                headers.append(("Retry-After", SOON))
            if "cache-control" not in told:
                headers.append(("Cache-Control", "no-store"))
            if "allow" not in told and environ["REQUEST_METHOD"] not in METHODS:
                headers.append(("Allow", ", ".join(METHODS)))
            return start_response(status, headers, *error)

        return self.app(environ, start)
