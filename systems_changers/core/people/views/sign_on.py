"""Signing in with an organisation's own accounts: over to its service, and back.

Pages that are read change nothing, so what comes back is sent on as a form. Forms may only be sent to this site, so the
way to the service is a page that leads there.
"""

from __future__ import annotations

from flask import Request

from systems_changers.core.people import queries, service
from systems_changers.core.people.forms import BackForm, ReturnedForm
from systems_changers.core.people.views.request import browser_of, come_in, onward, pages, sealer, visit
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import KitError, NotFound, Refused
from systems_changers.infra.log import log
from systems_changers.infra.outside import Outside
from systems_changers.infra.text import Message, msg
from systems_changers.web.answers import FirstStep, SignIn, SignOn
from systems_changers.web.forms import Form

TOLD = frozenset({"sign_on_late", "sign_on_nobody", "sign_on_taken"})
"""What may be said as it stands; what else went wrong is for whoever runs the instance, in the log."""
DECLINED = msg("You did not sign in there. Begin again, or sign in another way.")
AWAY = msg(
    "Your organisation's sign-in service can't be reached, or is not set up as it should be. Try again in a while, or"
    " tell an administrator."
)


def outside() -> Outside:
    """How the services of partners are asked."""
    return Outside(here=visit().house.kit.settings.debug)


def errand(request: Request, back: str, *, connect: bool = False) -> service.Errand:
    """What this browser sets out for, and the address here that the service sends it back to."""
    return service.Errand(browser_of(request).origin + visit().links.path("people.sign_on_back"), back, connect)


def failed(scope: Scope, error: KitError) -> Page:
    """Why somebody didn't come in, in plain words that tell nothing of anybody's account. Raises what isn't that."""
    if error.code == "too_many" or (isinstance(error, NotFound) and error.code not in TOLD):
        raise error
    if error.code not in TOLD:
        log.warning("signing in with an organisation's account failed", why=error.code, partner=scope.partner.slug)
    return failed_page(error.message if error.code in TOLD else AWAY, keep=error.code in TOLD)


def failed_page(said: Message, *, keep: bool = False) -> Page:
    """The page that says it; with `keep`, what was used up stays so."""
    return Page("people/sign_on_failed.html", {"said": said}, 403, keep=keep)


def _secret(request: Request) -> str:
    return visit().house.cookies.read(request, "sign-on") or ""


@pages.get("/sign-in/organisation")
def sign_on(scope: Scope, request: Request) -> Page:
    """The button alone, for whoever is asked to come in this way."""
    found = queries.sign_on_at(scope)
    if found is None or not found.on:
        raise NotFound
    form = Form.blank(BackForm, {"back": request.args.get("back", "")})
    return Page("people/sign_on.html", {"form": form, "name": found.name, "required": found.mode == "required"})


@pages.post("/sign-in/organisation")
def begin_sign_on(scope: Scope, request: Request) -> Page | SignOn:
    """Set out for the service."""
    form = Form.read(BackForm, request.form)
    try:
        going = errand(request, str(form.values.get("back", "")))
        secret = service.begin_sign_on(scope, outside(), going, browser_of(request))
    except (NotFound, Refused) as error:
        return failed(scope, error)
    return SignOn(secret, Redirect("people.sign_on_go"))


@pages.get("/sign-in/organisation/go")
def sign_on_go(scope: Scope, request: Request) -> Page:
    """Lead on to the service."""
    try:
        address = service.way_there(scope, _secret(request), browser_of(request))
    except NotFound as error:
        return failed(scope, error)
    return Page("people/sign_on_go.html", {"address": address, "name": _name(scope)})


def _name(scope: Scope) -> str:
    found = queries.sign_on_at(scope)
    return found.name if found is not None else ""


@pages.get("/sign-in/organisation/back")
def sign_on_back(scope: Scope, request: Request) -> Page:
    """Take what came back, and send it on as a form."""
    state, code = request.args.get("state", "")[:200], request.args.get("code", "")[:4000]
    try:
        service.came_back(scope, _secret(request), state, browser_of(request))
    except NotFound as error:
        return failed(scope, error)
    if not code:
        return failed_page(DECLINED)
    form = Form.blank(ReturnedForm, {"state": state, "code": code})
    return Page("people/sign_on_back.html", {"form": form})


@pages.post("/sign-in/organisation/back")
def finish_sign_on(scope: Scope, request: Request) -> Page | Redirect | SignIn | FirstStep:
    """Come in, or connect the account that set out."""
    form = Form.read(ReturnedForm, request.form)
    given = service.Returned(_secret(request), str(form.values.get("state", "")), str(form.values.get("code", "")))
    try:
        done = service.finish_sign_on(scope, service.Means(outside(), sealer()), given, browser_of(request))
    except (NotFound, Refused) as error:
        return failed(scope, error)
    if done.found is not None:
        return come_in(scope, done.found, done.back)
    on = onward(scope, done.back)
    return Redirect(on.endpoint, on.values, notice=msg("Connected. From now on you can sign in with it here."))
