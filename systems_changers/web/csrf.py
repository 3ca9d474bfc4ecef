"""Refuses forms that another site sent: by a token tied to the browser's secret, and by its word on the origin."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Request

from systems_changers.infra.errors import Refused
from systems_changers.infra.text import msg

FIELD = "csrf_token"


def new_visit() -> str:
    """A random secret for a browser that isn't signed in."""
    return secrets.token_urlsafe(24)


def token_for(key: str, secret: str) -> str:
    """The token that belongs to a browser's secret."""
    return hmac.new(key.encode(), f"csrf:{secret}".encode(), hashlib.sha256).hexdigest()


def check_origin(request: Request, key: str, secret: str | None) -> None:
    """Raise Refused (code csrf) unless the form carries this browser's token and comes from this site."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    sent = request.form.get(FIELD, "") or request.headers.get("X-CSRF-Token", "")
    right = secret is not None and hmac.compare_digest(sent.encode(), token_for(key, secret).encode())
    if not right or site not in ("same-origin", "none"):
        raise Refused(
            msg("This page was open for too long, or was not ours. Please go back and try again."), code="csrf"
        )
