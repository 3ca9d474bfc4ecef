"""The one gate between HTTP and the core: opens a scope, checks who may, commits once, then renders.

GET reads, POST writes. Nothing below knows of requests; no view above commits.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Flask, Request, Response, g, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import RequestEntityTooLarge

from systems_changers.hooks.facts import ANYONE, ActorFacts, Download, Page, Redirect
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.away import is_broken
from systems_changers.infra.engine import one_read
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.text import msg
from systems_changers.web import csrf, once, pages, sheets, uploads
from systems_changers.web.addresses import PLACE, Place
from systems_changers.web.answers import (
    ChooseLanguage,
    Content,
    FirstStep,
    Json,
    LongSheet,
    Repeat,
    Sheet,
    SignIn,
    SignOn,
    SignOut,
)
from systems_changers.web.arrival import Arrival
from systems_changers.web.house import House
from systems_changers.web.links import public_links
from systems_changers.web.watching import ENDPOINT, NOWHERE, PARTNER
from systems_changers.web.who import NotForYou, allowed

View = Callable[..., Any]
MOST_FIELDS = 2000
MOST_TYPED = 500_000
"""Bytes of a form without files: reading more of them, if every sign is escaped, takes longer than a page may."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One page: its path, methods and view; `instance` is a view for the same path outside any partner.

    With `uploads`, the fields that hold files, a form may be as large as the largest file and another form together.
    """

    path: str
    method: str
    view: View
    endpoint: str
    where: str = "partner"
    instance: View | None = None
    uploads: tuple[str, ...] = ()


class Pages:
    """A slice's pages; a view's endpoint is the slice's name and the function's."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: list[Rule] = []

    def get(
        self, path: str, *, where: str = "partner", instance: View | None = None, endpoint: str | None = None
    ) -> Callable[[View], View]:
        """A page that is read. `where` is partner, instance or both; `endpoint` the name, where it isn't its own."""

        def keep(view: View) -> View:
            name = endpoint or f"{self.name}.{view.__name__}"
            self.rules.append(Rule(path, "GET", view, name, where, instance))
            return view

        return keep

    def post(self, path: str, *, where: str = "partner", uploads: tuple[str, ...] = ()) -> Callable[[View], View]:
        """A form that writes; files may come with it in the fields `uploads`, and are judged before."""

        def keep(view: View) -> View:
            self.rules.append(Rule(path, "POST", view, f"{self.name}.{view.__name__}", where, uploads=uploads))
            return view

        return keep


def install(app: Flask, house: House, slices: list[Pages]) -> None:
    """Register every page of `slices` and learn its address."""
    for slice_ in slices:
        for rule in slice_.rules:
            methods = ["GET", "HEAD"] if rule.method == "GET" else ["POST"]
            app.add_url_rule(rule.path, rule.endpoint, _handler(house, rule), methods=methods)
            house.paths.add(rule.endpoint, rule.path, instance=rule.where == "instance")


def _handler(house: House, rule: Rule) -> Callable[..., Response]:
    settings = house.kit.settings
    most = settings.most_body + settings.most_file if rule.uploads else settings.most_body

    def handle(**values: Any) -> Response:
        request.max_content_length = most
        if rule.uploads:
            _ = request.files  # comes in whole before a transaction begins, which would wait for a slow line
            judge_uploads(house, rule)
        try:
            return once_through(values)
        except DBAPIError as error:
            if rule.method != "GET" or not is_broken(error):
                raise
            return once_through(values)  # the database was started again: what only reads is read again

    def once_through(values: dict[str, Any]) -> Response:
        with ExitStack() as closing:
            visit = begin(house, closing, write=rule.method == "POST")
            view = _view_for(rule, visit.place)
            if rule.method == "POST":
                check_form(house, visit)
            if not may(house, visit.scope.actor, rule.endpoint):
                return not_allowed(visit, house.permissions.get(rule.endpoint, frozenset()))
            if house.confirm is not None and (first := house.confirm(visit.scope, request, rule.endpoint)) is not None:
                return finish(visit, first)
            return take(visit, partial(view, visit.scope, request, **values))

    return handle


def judge_uploads(house: House, rule: Rule) -> None:
    """Judge the files of who may send them, while no transaction is open. Raises as the form itself would."""
    with ExitStack() as closing:
        visit = begin(house, closing, write=False)
        check_form(house, visit)
        welcome = may(house, visit.scope.actor, rule.endpoint)
    if welcome:
        uploads.judge(request, rule.uploads, house.kit.settings.most_file)


def begin(house: House, closing: ExitStack, *, write: bool, outside: bool = False) -> pages.Visit:
    """Find out who arrives where, and open the scope; it is closed with `closing`.

    `outside` takes the instance itself for the partner asked for, to say that there is none. Raises NotFound.
    """
    place: Place = request.environ.get(PLACE) or Place(request.host)
    root = request.script_root
    if outside and place.slug is not None:
        place, root = Place(place.host), root.removesuffix(f"/p/{place.slug}")
    request.environ.setdefault(ENDPOINT, request.endpoint or NOWHERE)
    secret = house.cookies.read(request, "session")
    with one_read(house.kit.engine) as connection:
        arrival = house.arrive(connection, place, secret)
    if place.partner and (arrival.partner is None or arrival.partner.kind == "listed"):
        raise NotFound  # who is known from a register only has agreed to no pages
    slug = arrival.partner.slug if arrival.partner else None
    request.environ[PARTNER] = slug
    links = public_links(house.paths, house.kit.settings.public_url, slug, root)
    actor = ANYONE
    if arrival.account is not None:
        account = arrival.account
        actor = ActorFacts(account_id=account.id, name=account.name, is_operator=account.is_operator)
        if account.stale:
            house.mark_seen(account.session_id)
    scope: AnyScope
    if arrival.partner is None:
        scope = closing.enter_context(house.kit.operator_scope(actor, links=links, write=write))
    else:
        scope = closing.enter_context(house.kit.scope(arrival.partner, actor, links=links, write=write))
        if arrival.account is not None:
            scope = replace(scope, actor=house.who_is(scope.db, arrival.partner, arrival.account))
    known, held = secret if arrival.account else None, _held_back(house, arrival, scope)
    visit = pages.Visit(house, place, arrival, held, links, known, scope.actor)
    g.visit = visit
    return visit


def _held_back(house: House, arrival: Arrival, scope: AnyScope) -> AnyScope:
    """The scope of somebody who hasn't come in yet as it is asked of them: as less than they are."""
    if house.held_back is None or arrival.account is None:
        return scope
    return replace(scope, actor=house.held_back(scope.actor, arrival))


def _view_for(rule: Rule, place: Place) -> View:
    if place.partner:
        if rule.where == "instance":
            raise NotFound
        return rule.view
    if rule.instance is not None:
        return rule.instance
    if rule.where == "partner":
        raise NotFound
    return rule.view


def check_form(house: House, visit: pages.Visit) -> None:
    """Refuse a form that is longer or has more fields than any of ours, and one that another site sent."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = min(house.kit.settings.most_body, MOST_TYPED)
    if sum(map(len, request.form.listvalues())) > MOST_FIELDS:
        raise RequestEntityTooLarge
    secret = visit.secret or house.cookies.read(request, "visit")
    csrf.check_origin(request, house.kit.settings.secret_key, secret)


def may(house: House, actor: ActorFacts, endpoint: str) -> bool:
    """Whether the permission table lets this actor use an endpoint; one that isn't in it is nobody's."""
    return allowed(actor, house.permissions.get(endpoint, frozenset()))


def not_allowed(visit: pages.Visit, who: frozenset[str]) -> Response:
    """Send somebody who is signed out to sign in, and then back; refuse the others, and forms.

    Whoever is among `who` but for the second factor, or for the partner's sign-on, is sent to the page of that.
    """
    back = request.full_path.rstrip("?")
    if not visit.scope.actor.signed_in:
        if request.method != "GET":
            raise Refused(msg("Sign in first."), code="sign_in")
        return pages.see_other(visit.links.path("people.sign_in", back=back))
    if allowed(visit.whole, who):
        by_sign_on = visit.sign_on_due
        if request.method != "GET" and by_sign_on:
            raise Refused(
                msg("Sign in with your organisation's account first: it asks that of your role."), code="sign_on"
            )
        if request.method != "GET":
            raise Refused(msg("Set up a second factor first: your role asks for one."), code="second_factor")
        return pages.see_other(visit.links.path("people.sign_on" if by_sign_on else "people.second_factor", back=back))
    raise NotForYou(msg("This page is for people with another role here."), who)


def take(visit: pages.Visit, view: Callable[[], Any]) -> Response:
    """What the view answers; a form that was taken before is answered as it was then, and not taken again."""
    if not visit.scope.db.info["write"]:
        return finish(visit, view())
    try:
        answer = view()
        if not refuses(answer):
            return finish(visit, answer)
    except Exception:
        if (met := once.met_before(visit)) is None:
            raise
        return met
    return once.met_before(visit) or finish(visit, answer)


def refuses(answer: Any) -> bool:
    """Whether nothing is kept of what the view did."""
    return isinstance(answer, Page) and answer.status >= HTTPStatus.BAD_REQUEST and not answer.keep


def finish(visit: pages.Visit, answer: Any) -> Response:
    """Commit what was written, unless the answer refuses it, then turn the view's answer into a response."""
    if visit.scope.db.info["write"] and not refuses(answer):
        if isinstance(answer, Redirect):
            once.remember(visit, answer)
        visit.scope.db.commit()
        visit.house.wake()
    if isinstance(answer, Page):
        return pages.render(visit, answer)
    if isinstance(answer, Redirect):
        return pages.go(visit, answer)
    if isinstance(answer, Sheet | LongSheet | Download | Content):
        return sheets.send(visit, answer)
    if isinstance(answer, Json):
        return Response(answer.text, content_type="application/json")
    if isinstance(answer, Repeat):
        return pages.see_other(answer.path, 307)
    return _with_cookie(visit, answer)


def _with_cookie(visit: pages.Visit, answer: Any) -> Response:
    """The answers that change what the browser remembers."""
    cookies = visit.house.cookies
    if isinstance(answer, SignIn):
        response = _onwards(visit, answer.then)
        cookies.put(response, "session", answer.secret, hours=visit.house.kit.settings.session_hours)
        for each in ("step", "sign-on"):
            if cookies.read(request, each):
                cookies.clear(response, each)
        return response
    if isinstance(answer, FirstStep | SignOn):
        response = pages.go(visit, answer.then)
        cookies.put(response, "step" if isinstance(answer, FirstStep) else "sign-on", answer.secret)
        return response
    if isinstance(answer, SignOut):
        response = pages.go(visit, answer.then)
        cookies.clear(response, "session")
        return response
    if isinstance(answer, ChooseLanguage):
        response = _onwards(visit, answer.then)
        cookies.put(response, "locale", answer.locale, hours=24 * 365)
        return response
    message = f"a view answered {type(answer).__name__}"
    raise TypeError(message)


def _onwards(visit: pages.Visit, then: Redirect | str) -> Response:
    return pages.see_other(then) if isinstance(then, str) else pages.go(visit, then)


__all__ = ["Pages", "Request", "Rule", "allowed", "begin", "install", "may", "take"]
