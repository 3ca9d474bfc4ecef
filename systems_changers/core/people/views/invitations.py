"""Coming in: by an invitation, or as the first administrator by the set-up link."""

from __future__ import annotations

from flask import Request

from systems_changers.core.people import service
from systems_changers.core.people.forms import AcceptForm, SetUpForm
from systems_changers.core.people.rules import ROLES
from systems_changers.core.people.views.request import browser_of, come_in, has_mail_server, link_gone, pages
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.text import msg
from systems_changers.web.answers import FirstStep, SignIn
from systems_changers.web.forms import Form

FIRST_STEPS = "/get-started"
"""Where a new administrator goes on; where there is no such page, to what needs doing."""


def _page(scope: Scope, secret: str, form: Form | None = None, *, known: bool = False) -> Page:
    found = service.open_invitation(scope, secret)
    shown = form or Form.blank(AcceptForm, {"email": found.email})
    shown.fields["password"].required = not has_mail_server()
    values = {
        "invitation": found,
        "role": ROLES[found.role],
        "secret": secret,
        "form": shown,
        "known": known,
    }
    return Page("people/accept.html", values, 422 if form else 200)


@pages.get("/invitation/<secret>")
def accept(scope: Scope, _request: Request, secret: str) -> Page:
    """The invitation; the same page whether or not the person has an account."""
    try:
        return _page(scope, secret)
    except NotFound as error:
        return link_gone(error, "invitation")


@pages.post("/invitation/<secret>")
def accept_new(scope: Scope, request: Request, secret: str) -> Page | SignIn | FirstStep:
    """Come in with a new account."""
    form, known = _read(request), False
    try:
        if form.ok:
            email, password = form.values["email"], form.values["password"]
            accepted = service.accept_as_new(scope, secret, browser_of(request), email, password)
            return come_in(scope, accepted.secret or "")
        return _page(scope, secret, form)
    except NotFound as error:
        return link_gone(error, "invitation")
    except Invalid as error:
        form.fail(error)
    except Refused as error:
        known = _known(error)
    return _page(scope, secret, form, known=known)


def _read(request: Request) -> Form:
    """The form; without a mail server nobody could sign in again who has no password."""
    form = Form.read(AcceptForm, request.form)
    if form.ok and not (form.values["password"] or has_mail_server()):
        form.fail(Invalid(fields={"password": [msg("Choose a password: no mail can be sent from here yet.")]}))
    return form


def _known(error: Refused) -> bool:
    """Whether there is an account already; any other refusal is told by the edge."""
    if error.code != "account_exists":
        raise error
    return True


@pages.post("/invitation/<secret>/here")
def accept_here(scope: Scope, request: Request, secret: str) -> Page | Redirect:
    """Come in with the account that is signed in."""
    try:
        service.accept_here(scope, secret, browser_of(request).address)
    except NotFound as error:
        return link_gone(error, "invitation")
    return Redirect("home.dashboard", notice=msg("Welcome. You are in."))


@pages.get("/set-up/<secret>")
def set_up(scope: Scope, _request: Request, secret: str) -> Page:
    """The first administrator chooses a password."""
    try:
        person = service.open_set_up(scope, secret)
    except NotFound as error:
        return link_gone(error, "invitation")
    return _set_up_page(person, secret, Form.blank(SetUpForm))


@pages.post("/set-up/<secret>")
def finish_set_up(scope: Scope, request: Request, secret: str) -> Page | SignIn | FirstStep:
    """Make the account and sign in."""
    form, known = Form.read(SetUpForm, request.form), False
    try:
        person = service.open_set_up(scope, secret)
        if form.ok:
            session = service.finish_set_up(scope, secret, form.values["password"], browser_of(request))
            return come_in(scope, session, FIRST_STEPS if scope.partner.kind == "hosting" else "")
    except NotFound as error:
        return link_gone(error, "invitation")
    except Invalid as error:
        form.fail(error)
    except Refused as error:
        known = _known(error)
    return _set_up_page(person, secret, form, known=known)


def _set_up_page(person: service.NewPerson, secret: str, form: Form, *, known: bool = False) -> Page:
    """The page asks for a password only where nobody is signed in, and then for one at all."""
    form.fields["password"].required = True
    status = 200 if form.ok and not known else 422
    return Page("people/set_up.html", {"person": person, "secret": secret, "form": form, "known": known}, status)
