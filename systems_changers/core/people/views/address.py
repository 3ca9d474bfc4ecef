"""Changing one's e-mail address: asking for it on a page of one's own, and the link that comes by mail."""

from __future__ import annotations

from flask import Request

from systems_changers.core.people import service
from systems_changers.core.people.forms import AddressForm
from systems_changers.core.people.views.request import (
    browser_of,
    has_mail_server,
    link_gone,
    pages,
    session_id,
)
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.text import msg
from systems_changers.web.forms import Form


def _page(form: Form) -> Page:
    return Page("people/address.html", {"form": form, "mails": has_mail_server()}, 200 if form.ok else 422)


@pages.get("/account/address", where="both")
def address(_scope: AnyScope, _request: Request) -> Page:
    """Ask for another address."""
    return _page(Form.blank(AddressForm))


@pages.post("/account/address", where="both")
def ask_address(scope: AnyScope, request: Request) -> Page:
    """Mail a link to the new address; the answer is the same whether or not somebody else has it."""
    form = Form.read(AddressForm, request.form)
    if form.ok:
        try:
            service.ask_for_address(scope, form.values["email"], browser_of(request))
            return Page("people/address_sent.html", {"email": form.values["email"], "mails": has_mail_server()})
        except Invalid as error:
            form.fail(error)
    return _page(form)


@pages.get("/account/address/<secret>", where="both")
def open_address(scope: AnyScope, _request: Request, secret: str) -> Page:
    """A page with a button: what merely looks at links, such as a mail scanner, changes nothing."""
    try:
        email = service.open_address(scope, secret)
    except NotFound as error:
        return link_gone(error, "address")
    return Page("people/use_address.html", {"email": email, "secret": secret})


@pages.post("/account/address/<secret>", where="both")
def use_address(scope: AnyScope, request: Request, secret: str) -> Page | Redirect:
    """Change the address of whoever is signed in here."""
    try:
        service.use_address(scope, secret, browser_of(request), session_id())
    except NotFound as error:
        return link_gone(error, "address")
    return Redirect("people.account", notice=msg("Your address is changed: sign in with the new one from now on."))
