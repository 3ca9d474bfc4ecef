"""The slice's pages, and what its views need to know of the request's browser."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Request, current_app, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from systems_changers.core.people.rules import device_name
from systems_changers.core.people.service import Browser
from systems_changers.core.privacy.rules import Reader
from systems_changers.hooks.facts import Redirect
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.web.addresses import PLACE, Place
from systems_changers.web.edge import Pages
from systems_changers.web.links import split_address
from systems_changers.web.pages import Visit

pages = Pages("people")

AnyScope = Scope | OperatorScope


def visit() -> Visit:
    """The present request as the edge knows it."""
    found: Visit = g.visit
    return found


def browser_of(request: Request) -> Browser:
    """The browser that asks, at the host it asked for."""
    place: Place = request.environ.get(PLACE) or Place(request.host)
    hours = visit().house.kit.settings.session_hours
    return Browser(place.host, request.remote_addr or "", device_name(request.user_agent.string), hours)


def reader() -> Reader:
    """Who reads this page, and in which language."""
    return Reader(visit().locale, visit().catalogue.translate)


def has_mail_server() -> bool:
    """Whether mail reaches people's own mailboxes."""
    return bool(visit().house.kit.settings.mail_host)


def onward(scope: AnyScope, back: str) -> Redirect:
    """Where to go after signing in: `back`, if it is one of this application's own pages, else what needs doing."""
    parts = split_address(back)
    if parts is not None and back.startswith("/") and not parts.scheme and not parts.netloc:
        try:
            endpoint, values = current_app.url_map.bind("localhost").match(parts.path, method="GET")
        except (HTTPException, RoutingException):
            endpoint, values = "", {}
        if endpoint in visit().house.paths:
            return Redirect(str(endpoint), {**dict(parse_qsl(parts.query)), **values})
    return Redirect("home.dashboard" if isinstance(scope, Scope) else "home.front")
