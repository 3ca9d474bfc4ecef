"""The one table from the kit's errors to answers: a page for people, problem JSON (RFC 9457) for programs."""

from __future__ import annotations

import json
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, make_response, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from systems_changers.hooks.facts import Page
from systems_changers.infra.away import SECONDS, away
from systems_changers.infra.errors import Conflict, Invalid, KitError, Misconfigured, NotFound, PluginFailed, Refused
from systems_changers.infra.languages import match_accept_language
from systems_changers.infra.log import log
from systems_changers.infra.text import Message, msg
from systems_changers.web import csrf, edge, pages, safety
from systems_changers.web.assets import asset
from systems_changers.web.house import House
from systems_changers.web.kept import kept_form
from systems_changers.web.watching import REQUEST_ID
from systems_changers.web.who import NotForYou, audience, standing

STATUS: dict[type[KitError], int] = {
    NotFound: 404,
    Invalid: 422,
    Conflict: 409,
    Misconfigured: 500,
    PluginFailed: 502,
    Refused: 403,
    KitError: 500,
}
BY_CODE = {"csrf": 400, "method": 405, "sign_in": 401, "too_many": 429, "file_store": 503, "no_room": 503}
SENTENCES = {
    400: msg("The request could not be understood."),
    404: msg("There is nothing here."),
    405: msg("This address doesn't take that kind of request."),
    413: msg("That is more than this page can take. Go back: what you wrote is still there."),
    500: msg("Something went wrong here, and it has been noted. Nothing of yours was changed."),
}


def status_of(error: KitError) -> int:
    """The HTTP status of an error: by its code, else by its kind."""
    return BY_CODE.get(error.code) or next(number for kind, number in STATUS.items() if isinstance(error, kind))


def install(app: Flask, house: House) -> None:
    """Answer every error of the application from the table."""

    @app.errorhandler(KitError)
    def _kit(error: KitError) -> Response:
        who = error.who if isinstance(error, NotForYou) else None
        return answer(house, status_of(error), error.code, error.message, who)

    @app.errorhandler(StaleDataError)
    def _overtaken(_error: StaleDataError) -> Response:
        conflict = Conflict()
        return answer(house, 409, conflict.code, conflict.message)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        number = error.code or 500
        response = answer(house, number, f"http_{number}", SENTENCES.get(number, SENTENCES[400]))
        if number == HTTPStatus.METHOD_NOT_ALLOWED:  # RFC 9110 asks for Allow here
            response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ["GET"]))
        return response

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        if (why := away(error)) is not None:
            log.warning("away", endpoint=request.endpoint, exc_info=error)
            return _come_back(house, why)
        log.error("unexpected", endpoint=request.endpoint, kind=type(error).__name__, exc_info=error)
        return answer(house, 500, "unexpected", SENTENCES[500])


def answer(house: House, status: int, code: str, message: Message, who: frozenset[str] | None = None) -> Response:
    """The error as the reader wants it; `who` is for whom the page is, where that is why."""
    if request.path.startswith("/api/"):
        return _problem(status, code, message)
    try:
        with ExitStack() as closing:
            visit = _visit(house, closing)
            values: dict[str, Any] = {
                "code": code,
                "message": message,
                "status": status,
                "request_id": request.environ.get(REQUEST_ID),
                "kept": kept_form(request, code),
            }
            values["why"] = None if who is None else (audience(who), standing(visit.scope.actor.roles))
            template = "web/kept.html" if values["kept"] else "web/error.html"
            return pages.render(visit, Page(template, values, status))
    except Exception as error:  # noqa: BLE001 - the page that tells of an error must not fail in its turn
        if not isinstance(error, NotFound):
            log.error("no error page", kind=type(error).__name__, exc_info=error)
        response = make_response(str(message), status)
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
        return response


def _come_back(house: House, why: Message) -> Response:
    """What can be said without the database, with a way to send the same form again: it is never taken twice."""
    if request.path.startswith("/api/"):
        response = _problem(503, "away", why)
    else:
        words = house.kit.catalogues.catalogue(_language(house))
        look = pages.look_of(house, None, None)
        values = {
            "_": words.translate, "gettext": words.gettext, "ngettext": words.ngettext, "language": words.language,
            "asset": asset, "brand": look.brand, "brand_css": look.css, "nonce": safety.nonce(),
            "message": words.translate(why), "kept": kept_form(request, "away"), "token": csrf.sent_token(request),
            "here": request.script_root + request.full_path.rstrip("?"),
        }  # fmt: skip
        response = make_response(house.templates.render((), "web/away.html", values), 503)
    response.headers["Retry-After"] = str(SECONDS)
    return response


def _language(house: House) -> str:
    """What was chosen in this browser, or what it asks for, among what the kit speaks."""
    offered, chosen = (pages.SOURCE_LOCALE, *house.kit.catalogues.core_locales()), house.cookies.read(request, "locale")
    if chosen in offered:
        return str(chosen)
    return match_accept_language(request.headers.get("Accept-Language", ""), offered) or pages.SOURCE_LOCALE


def _visit(house: House, closing: ExitStack) -> pages.Visit:
    """A scope of its own, for the request's has been closed; where a path names nobody, the instance's."""
    try:
        return edge.begin(house, closing, write=False)
    except NotFound:
        return edge.begin(house, closing, write=False, outside=True)


def _problem(status: int, code: str, message: Message) -> Response:
    body = {"type": "about:blank", "title": str(message), "status": status, "code": code}
    response = make_response(json.dumps(body), status)
    response.headers["Content-Type"] = "application/problem+json"
    return response
