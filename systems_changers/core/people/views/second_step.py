"""The second step of signing in, and signing in with a passkey alone; between the steps no other page opens."""

from __future__ import annotations

from flask import Request

from systems_changers.core.people import service
from systems_changers.core.people.forms import PasskeySignInForm, SecondStepForm, SignInForm
from systems_changers.core.people.rules import takes_passkeys
from systems_changers.core.people.views.request import browser_of, come_in, pages, sealer, visit
from systems_changers.core.people.views.sign_in import sign_in_page
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.text import msg
from systems_changers.web.answers import FirstStep, Json, SignIn
from systems_changers.web.forms import Form

AGAIN = msg("That took too long: please sign in again.")


def _page(scope: AnyScope, request: Request, form: Form) -> Page | Redirect:
    try:
        ways = service.open_second_step(scope, _first(request), browser_of(request))
    except NotFound:
        return Redirect("people.sign_in", notice=AGAIN)
    form.fields["code"].required = True
    values = {"form": form, "ways": ways, "takes_passkeys": takes_passkeys(browser_of(request).host)}
    return Page("people/second_step.html", values, 200 if form.ok else 422)


def _first(request: Request) -> str:
    """What this browser remembers of the first step."""
    return visit().house.cookies.read(request, "step") or ""


@pages.get("/sign-in/second", where="both")
def second_step(scope: AnyScope, request: Request) -> Page | Redirect:
    """Ask for a code, a recovery code or a passkey."""
    return _page(scope, request, Form.blank(SecondStepForm, {"back": request.args.get("back", "")}))


@pages.post("/sign-in/second", where="both")
def finish_second_step(scope: AnyScope, request: Request) -> Page | Redirect | SignIn | FirstStep:
    """Sign in, or say that it wasn't right."""
    form, browser = Form.read(SecondStepForm, request.form), browser_of(request)
    if form.ok:
        first, given = _first(request), form.values
        try:
            if given["passkey"]:
                secret = service.finish_by_passkey(scope, first, given["passkey"], browser)
            else:
                secret = service.finish_by_code(scope, sealer(), first, given["code"], browser)
            return come_in(scope, secret, given["back"])
        except NotFound:
            return Redirect("people.sign_in", notice=AGAIN)
        except Invalid as error:
            form.fail(error)
    return _page(scope, request, form)


@pages.post("/sign-in/passkey/challenge", where="both")
def passkey_challenge(scope: AnyScope, request: Request) -> Json:
    """What the browser needs to ask for a passkey."""
    return Json(service.challenge(scope, browser_of(request)))


@pages.post("/sign-in/passkey", where="both")
def sign_in_by_passkey(scope: AnyScope, request: Request) -> Page | SignIn | FirstStep:
    """Sign in with a passkey alone."""
    form = Form.read(PasskeySignInForm, request.form)
    if form.ok:
        try:
            secret = service.sign_in_by_passkey(scope, form.values["passkey"], browser_of(request))
            return come_in(scope, secret, form.values["back"])
        except Invalid as error:
            form.fail(error)
    shown = Form.blank(SignInForm, {"back": request.form.get("back", "")})
    shown.errors = [("", said) for _id, said in form.errors]
    return sign_in_page(request, shown)
