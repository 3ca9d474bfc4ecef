"""Refuses forms that another site sent: by a token tied to the browser's secret, and by its word on the origin.

Each page has another token, so that a form that is sent twice can be told from the same answers given twice (once.py).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Request

from systems_changers.infra.errors import Refused
from systems_changers.infra.text import msg

FIELD = "csrf_token"
HALF = 32
"""Hexadecimal digits of what makes a token another one, and as many that sign it."""


def new_visit() -> str:
    """A random secret for a browser that isn't signed in."""
    return secrets.token_urlsafe(24)


def token_for(key: str, secret: str) -> str:
    """A new token that belongs to a browser's secret."""
    return _signed(key, secret, secrets.token_hex(HALF // 2))


def sent_token(request: Request) -> str:
    """The token that came with a form, or beside it."""
    sent: str = request.form.get(FIELD, "") or request.headers.get("X-CSRF-Token", "")
    return sent


def check_origin(request: Request, key: str, secret: str | None) -> None:
    """Raise Refused (code csrf) unless the form carries this browser's token and comes from this site."""
    site, sent = request.headers.get("Sec-Fetch-Site", "same-origin"), sent_token(request)
    right = secret is not None and hmac.compare_digest(sent.encode(), _signed(key, secret, sent[:HALF]).encode())
    if not right or site not in ("same-origin", "none"):
        raise Refused(
            msg("This page was open for too long, or was not ours. Please go back and try again."), code="csrf"
        )


def _signed(key: str, secret: str, made: str) -> str:
    return made + hmac.new(key.encode(), f"csrf:{secret}:{made}".encode(), hashlib.sha256).hexdigest()[:HALF]
