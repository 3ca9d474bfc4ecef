"""One's own second factor: an authenticator app, passkeys, and recovery codes that are shown once."""

from __future__ import annotations

from uuid import UUID

from flask import Request
from markupsafe import Markup

from systems_changers.core.people import service
from systems_changers.core.people.forms import AppForm, PasskeyForm
from systems_changers.core.people.rules import device_name, takes_passkeys
from systems_changers.core.people.views.request import browser_of, onward, pages, sealer, visit
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import Message, msg
from systems_changers.web.answers import Json
from systems_changers.web.forms import Form


def _place(scope: AnyScope) -> str:
    """What an app or a browser calls this place."""
    return scope.partner.name if isinstance(scope, Scope) else "Systems Changers"


def _done(scope: AnyScope, codes: service.Codes, back: str, said: Message) -> Page | Redirect:
    """Show new recovery codes this once, or say that it is done."""
    on = onward(scope, back) if back else Redirect("people.second_factor", notice=said)
    if not codes:
        return Redirect(on.endpoint, on.values, notice=said)
    values = {"codes": codes, "on": visit().links.path(on.endpoint, **on.values), "said": said}
    return Page("people/codes.html", values)


@pages.get("/account/second-factor", where="both")
def second_factor(scope: AnyScope, request: Request) -> Page:
    """What there is, and what may be added."""
    here = browser_of(request)
    values = {
        "factors": service.factors_of(scope, scope.actor.account_id, here.host),
        "takes_passkeys": takes_passkeys(here.host),
        "back": request.args.get("back", "")[:2000],
    }
    return Page("people/second_factor.html", values)


def _app_page(scope: AnyScope, form: Form) -> Page:
    offer = service.offer_app(scope, sealer(), _place(scope), str(form.fields["sealed"].value or ""))
    form.fields["sealed"].value = offer.sealed
    values = {"form": form, "secret": offer.secret, "qr": _qr(offer.address)}
    return Page("people/new_app.html", values, 200 if form.ok else 422)


def _qr(address: str) -> Markup:
    import segno  # slow: only this page and invitations draw one

    drawn = segno.make(address, error="m").svg_inline(omitsize=True, border=4, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - lines and numbers that segno drew; the address is in none of them as text


@pages.get("/account/second-factor/app", where="both")
def new_app(scope: AnyScope, request: Request) -> Page:
    """A picture to scan, and the same as text."""
    return _app_page(scope, Form.blank(AppForm, {"back": request.args.get("back", "")}))


@pages.post("/account/second-factor/app", where="both")
def turn_on_app(scope: AnyScope, request: Request) -> Page | Redirect:
    """Keep the app once it has shown a code."""
    form = Form.read(AppForm, request.form)
    if form.ok:
        try:
            codes = service.turn_on_app(scope, sealer(), form.values["sealed"], form.values["code"])
            return _done(scope, codes, form.values["back"], msg("Your authenticator app is on."))
        except Invalid as error:
            form.fail(error)
    return _app_page(scope, form)


@pages.post("/account/second-factor/app/off", where="both")
def turn_off_app(scope: AnyScope, _request: Request) -> Redirect:
    """Forget the app."""
    service.turn_off_app(scope)
    return Redirect("people.second_factor", notice=msg("Your authenticator app is off."))


@pages.post("/account/second-factor/codes", where="both")
def new_codes(scope: AnyScope, _request: Request) -> Page | Redirect:
    """Ten new recovery codes; those from before end."""
    return _done(scope, service.new_codes(scope), "", msg("Your old recovery codes have ended."))


@pages.get("/account/passkeys/new", where="both")
def new_passkey(scope: AnyScope, request: Request) -> Page:
    """Name a passkey, and let the browser make it."""
    named = device_name(request.user_agent.string)
    return _passkey_page(scope, Form.blank(PasskeyForm, {"name": named, "back": request.args.get("back", "")}), request)


def _passkey_page(_scope: AnyScope, form: Form, request: Request) -> Page:
    values = {"form": form, "takes_passkeys": takes_passkeys(browser_of(request).host)}
    return Page("people/new_passkey.html", values, 200 if form.ok else 422)


@pages.post("/account/passkeys/challenge", where="both")
def new_passkey_challenge(scope: AnyScope, request: Request) -> Json:
    """What the browser needs to make a passkey."""
    return Json(service.new_challenge(scope, browser_of(request), _place(scope)))


@pages.post("/account/passkeys/new", where="both")
def add_passkey(scope: AnyScope, request: Request) -> Page | Redirect:
    """Keep what the browser made."""
    form = Form.read(PasskeyForm, request.form)
    if form.ok:
        try:
            given = form.values
            codes = service.add_passkey(scope, browser_of(request), given["name"], given["passkey"])
            return _done(scope, codes, given["back"], msg("Your passkey is added."))
        except Invalid as error:
            form.fail(error)
    form.fields["passkey"].value = ""
    return _passkey_page(scope, form, request)


@pages.post("/account/passkeys/<uuid:passkey_id>/remove", where="both")
def remove_passkey(scope: AnyScope, _request: Request, passkey_id: UUID) -> Redirect:
    """Forget a passkey."""
    service.remove_passkey(scope, passkey_id)
    return Redirect("people.second_factor", notice=msg("The passkey no longer works here."))
