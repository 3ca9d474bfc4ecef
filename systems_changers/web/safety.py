"""The headers of every answer: what a browser may load, run, remember and tell others."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

CSP = (
    "default-src 'none'; style-src 'self' 'nonce-{nonce}'; script-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ("Vary", "Cookie, Accept-Language"),
]
STRICT = ("Strict-Transport-Security", "max-age=31536000")


def nonce() -> str:
    """This answer's nonce."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    value: str = g.nonce
    return value


def add_headers(app: Flask, *, secure: bool) -> None:
    """Put the headers on every answer of the application."""
    always = [*ALWAYS, STRICT] if secure else ALWAYS

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.extend([("Content-Security-Policy", CSP.format(nonce=nonce())), *always])
        headers.setdefault("Cache-Control", "no-store")
        if request.method not in ("GET", "HEAD", "POST", "OPTIONS"):
            headers.setdefault("Allow", "GET, HEAD, POST, OPTIONS")
        return response
