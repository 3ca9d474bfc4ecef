"""Puts the application's own WSGI layers around one that a test made of a few slices."""

from __future__ import annotations

from flask import Flask

from systems_changers.web.addresses import Addresses
from systems_changers.web.safety import Headers


def in_layers(app: Flask, hosts: frozenset[str] | None = None) -> None:
    """The headers, and (with `hosts`) the addresses of partners."""
    inner = app.wsgi_app if hosts is None else Addresses(app.wsgi_app, hosts)
    app.wsgi_app = Headers(inner, secure=False)  # type: ignore[method-assign]  # Flask's documented way to add layers
