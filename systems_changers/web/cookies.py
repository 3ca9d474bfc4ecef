"""The browser's cookies: `__Host-` names over HTTPS, plain names on this machine's HTTP, all out of scripts' reach."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode


@dataclass(frozen=True, slots=True)
class Cookies:
    """Names and attributes, by whether people reach the instance over HTTPS."""

    secure: bool
    key: str

    def name(self, of: str) -> str:
        """The cookie's name in the browser."""
        return f"__Host-sc-{of}" if self.secure else f"sc-{of}"

    def read(self, request: Request, of: str) -> str | None:
        """The cookie's value, if the browser sent it."""
        return request.cookies.get(self.name(of))

    def put(self, response: Response, of: str, value: str, *, hours: int | None = None) -> None:
        """Set the cookie; without `hours` it ends with the browser."""
        response.set_cookie(
            self.name(of),
            value,
            max_age=None if hours is None else hours * 3600,
            secure=self.secure,
            httponly=True,
            samesite="Lax",
            path="/",
        )

    def clear(self, response: Response, of: str) -> None:
        """Take the cookie back."""
        response.delete_cookie(self.name(of), secure=self.secure, httponly=True, samesite="Lax", path="/")

    def sign(self, what: object) -> str:
        """Plain values as a signed text."""
        plain = json.dumps(what, separators=(",", ":"))
        return _signer(self.key).sign(base64_encode(plain)).decode()

    def unsign(self, text: str | None) -> object:
        """The values, or None where the text isn't ours."""
        if not text:
            return None
        try:
            value: object = json.loads(base64_decode(_signer(self.key).unsign(text)))
        except BadSignature:
            return None
        return value


@lru_cache(maxsize=4)
def _signer(key: str) -> Signer:  # a serializer would try to compress these few words, which costs more than signing
    return Signer(key, salt="said")


class NoFlaskSessions(SessionInterface):
    """Flask keeps no sessions here: ours are rows that can be revoked. Its own would be read and signed each time."""

    _none = NullSession()

    def open_session(self, _app: Flask, _request: Request) -> SessionMixin:
        """The one empty session, which refuses every value."""
        return self._none

    def save_session(self, _app: Flask, _session: SessionMixin, _response: Response) -> None:
        """There is nothing to save."""
