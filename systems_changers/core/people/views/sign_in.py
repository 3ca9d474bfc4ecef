"""Signing in by password or mailed link, and signing out."""

from __future__ import annotations

from flask import Request

from systems_changers.core.people import service
from systems_changers.core.people.forms import LinkForm, SignInForm, UseLinkForm
from systems_changers.core.people.rules import takes_passkeys
from systems_changers.core.people.views.request import browser_of, come_in, has_mail_server, link_gone, pages, visit
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.text import msg
from systems_changers.web.answers import FirstStep, SignIn, SignOut
from systems_changers.web.forms import Form


@pages.get("/sign-in", where="both")
def sign_in(_scope: AnyScope, request: Request) -> Page:
    """Address and password, or on to a link by mail."""
    return sign_in_page(request, Form.blank(SignInForm, {"back": request.args.get("back", "")}))


def sign_in_page(request: Request, form: Form) -> Page:
    """The page with every way to sign in here."""
    values = {"form": form, "mails": has_mail_server(), "takes_passkeys": takes_passkeys(browser_of(request).host)}
    return Page("people/sign_in.html", values, 200 if form.ok else 422)


@pages.post("/sign-in", where="both")
def check_password(scope: AnyScope, request: Request) -> Page | SignIn | FirstStep:
    """Sign in, or say that the two don't go together."""
    form = Form.read(SignInForm, request.form)
    if form.ok:
        try:
            found = service.sign_in_by_password(
                scope, form.values["email"], form.values["password"], browser_of(request)
            )
            return come_in(scope, found, form.values["back"])
        except Invalid as error:
            form.fail(error)
    return sign_in_page(request, form)


@pages.get("/sign-in/link", where="both")
def ask_link(_scope: AnyScope, _request: Request) -> Page:
    """Ask for a link by mail."""
    return Page("people/ask_link.html", {"form": Form.blank(LinkForm), "mails": has_mail_server()})


@pages.post("/sign-in/link", where="both")
def send_link(scope: AnyScope, request: Request) -> Page:
    """Mail a link; the answer is the same whether or not there is an account."""
    form = Form.read(LinkForm, request.form)
    if form.ok:
        try:
            service.send_sign_in_link(scope, form.values["email"], browser_of(request))
            return Page("people/link_sent.html", {"email": form.values["email"], "mails": has_mail_server()})
        except Invalid as error:
            form.fail(error)
    return Page("people/ask_link.html", {"form": form, "mails": has_mail_server()}, 422)


@pages.get("/sign-in/link/<secret>", where="both")
def open_link(scope: AnyScope, _request: Request, secret: str) -> Page:
    """A page with a button: what merely looks at links, such as a mail scanner, uses none up."""
    try:
        email = service.open_sign_in_link(scope, secret)
    except NotFound as error:
        return link_gone(error, "sign_in")
    return Page("people/use_link.html", {"email": email, "secret": secret, "form": Form.blank(UseLinkForm)})


@pages.post("/sign-in/link/<secret>", where="both")
def use_link(scope: AnyScope, request: Request, secret: str) -> Page | SignIn | FirstStep:
    """Sign in, and set a new password where one was given."""
    form, email = Form.read(UseLinkForm, request.form), ""
    try:
        email = service.open_sign_in_link(scope, secret)
        if form.ok:
            found = service.sign_in_by_link(scope, secret, browser_of(request), form.values["password"] or None)
            return come_in(scope, found)
    except NotFound as error:
        return link_gone(error, "sign_in")
    except Invalid as error:
        form.fail(error)
    return Page("people/use_link.html", {"email": email, "secret": secret, "form": form}, 422)


@pages.post("/sign-out", where="both")
def sign_out(scope: AnyScope, _request: Request) -> SignOut:
    """End this browser's session."""
    service.sign_out(scope, visit().secret)
    return SignOut(Redirect("home.front", notice=msg("You are signed out.")))
