"""The slice's pages, and what its views need to know of the request's browser."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Request, current_app, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from systems_changers.core.people import service
from systems_changers.core.people.rules import device_name
from systems_changers.core.people.service import Browser, HalfSignedIn
from systems_changers.core.privacy.rules import Reader
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.errors import NotFound
from systems_changers.infra.sealing import Sealer
from systems_changers.web.addresses import PLACE, Place, network_of
from systems_changers.web.answers import FirstStep, SignIn
from systems_changers.web.edge import Pages
from systems_changers.web.links import split_address
from systems_changers.web.pages import Visit

pages = Pages("people")


def visit() -> Visit:
    """The present request as the edge knows it."""
    found: Visit = g.visit
    return found


def browser_of(request: Request) -> Browser:
    """The browser that asks, at the host it asked for."""
    place: Place = request.environ.get(PLACE) or Place(request.host)
    settings = visit().house.kit.settings
    origin = f"{'https' if settings.secure else request.scheme}://{request.host.lower()}"
    device, hours = device_name(request.user_agent.string), settings.session_hours
    return Browser(place.host, network_of(request.remote_addr), device, hours, origin)


def sealer() -> Sealer:
    """What seals and opens the secrets of this instance."""
    return Sealer(visit().house.kit.settings.secret_key)


def session_id() -> UUID | None:
    """This browser's session."""
    account = visit().arrival.account
    return account.session_id if account else None


def come_in(scope: AnyScope, found: str | HalfSignedIn, back: str = "") -> SignIn | FirstStep:
    """Go on after a step of signing in that was right: to the second step, or in.

    Whoever still owes a second factor is led to the page that sets one up; from there they may go on all the same.
    """
    values = {"back": back} if back else {}
    if isinstance(found, HalfSignedIn):
        return FirstStep(found.secret, Redirect("people.second_step", values))
    if visit().house.held_back is not None and service.owes_second_factor(scope, found):
        return SignIn(found, Redirect("people.second_factor", values))
    return SignIn(found, onward(scope, back))


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


def link_gone(error: NotFound, to: Literal["invitation", "sign_in", "address"]) -> Page:
    """A link that is used, over, or was never one; the page says how to get a new one."""
    return Page("people/link_gone.html", {"message": error.message, "to": to}, 404)
