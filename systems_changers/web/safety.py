"""The headers of every answer: what a browser may load, run, remember and tell others."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

CSP = (
    "default-src 'none'; style-src 'self' 'nonce-{nonce}'; script-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def nonce() -> str:
    """This answer's nonce."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    value: str = g.nonce
    return value


def add_headers(app: Flask, *, secure: bool) -> None:
    """Put the headers on every answer of the application."""

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = CSP.format(nonce=nonce())
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        headers.setdefault("Cache-Control", "no-store")
        headers.add("Vary", "Cookie, Accept-Language")
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.method not in ("GET", "HEAD", "POST", "OPTIONS"):
            headers.setdefault("Allow", "GET, HEAD, POST, OPTIONS")
        return response
