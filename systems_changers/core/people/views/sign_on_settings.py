"""Where a partner's people sign in with their organisation's accounts, and connecting one's own account with it."""

from __future__ import annotations

from flask import Request

from systems_changers.core.people import queries, service
from systems_changers.core.people.forms import SignOnForm
from systems_changers.core.people.rules import must_confirm
from systems_changers.core.people.views.request import browser_of, pages, sealer, session_id, visit
from systems_changers.core.people.views.sign_on import errand, failed, outside
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.text import msg
from systems_changers.web.answers import SignOn
from systems_changers.web.forms import Form


def _known(found: queries.SignOn | None) -> dict[str, object]:
    """What the form holds; never the secret."""
    if found is None:
        return {"kind": "entra", "mode": "offered"}
    own = {"entra": "directory", "google": "hosted_domain"}.get(found.kind)
    known = {name: getattr(found, name) for name in ("kind", "mode", "name", "client_id")}
    place = {own: found.boundary} if own else {"issuer": found.issuer}
    return {**known, **place, "domains": "\n".join(found.domains)}


def _page(scope: Scope, form: Form | None = None, status: int = 200) -> Page:
    here, found = visit().arrival.account, queries.sign_on_at(scope)
    moment = here.confirmed_at if here else None
    values = {
        "form": form or Form.blank(SignOnForm, _known(found), found.version if found else None),
        "there": found,
        "redirects": _redirects(scope),
        "must_confirm": visit().house.confirm is not None
        and must_confirm("people.save_sign_on", {}, moment, scope.clock.now()),
    }
    return Page("people/sign_on_settings.html", values, status)


def _redirects(scope: Scope) -> list[str]:
    """The addresses that the service has to know: one for each host that people come to."""
    path = visit().house.paths.build("", "people.sign_on_back", {})
    return [visit().links("people.sign_on_back"), *(f"https://{host}{path}" for host in queries.domains_of(scope))]


@pages.get("/settings/sign-on")
def sign_on_settings(scope: Scope, _request: Request) -> Page:
    """What is set up."""
    return _page(scope)


@pages.post("/settings/sign-on")
def save_sign_on(scope: Scope, request: Request) -> Page | Redirect:
    """Save it."""
    form = Form.read(SignOnForm, request.form)
    if not form.ok:
        return _page(scope, form, 422)
    try:
        service.save_sign_on(scope, sealer(), _answers(form), form.version, _saver())
    except Invalid as error:
        return _page(scope, form.fail(_named(error)), 422)
    except Conflict as error:
        return _page(scope, form.meet(error), 409)
    return Redirect("people.sign_on_settings", notice=msg("Saved."))


def _named(error: Invalid) -> Invalid:
    return Invalid(error.message, fields={"client_secret" if name == "secret" else name: said
                                          for name, said in error.fields.items()})  # fmt: skip


def _answers(form: Form) -> service.SignOnAnswers:
    given = dict(form.values)
    domains = tuple(given.pop("domains").lower().replace(",", " ").split())
    secret = given.pop("client_secret")
    return service.SignOnAnswers(**given, secret=secret, domains=domains)


def _saver() -> service.Saver:
    account = visit().arrival.account
    return service.Saver(account is not None and account.signed_on, session_id(), outside().here)


# --- one's own account ---


@pages.get("/account/sign-on")
def connected(scope: Scope, _request: Request) -> Page:
    """Whether one's account is connected."""
    found = queries.sign_on_at(scope)
    if found is None or not found.on:
        raise NotFound
    is_connected = queries.identity_here(scope, scope.actor.account_id, found.issuer) is not None
    return Page("people/connected.html", {"name": found.name, "connected": is_connected})


@pages.post("/account/sign-on")
def connect(scope: Scope, request: Request) -> Page | SignOn:
    """Set out for the service, to connect one's account."""
    back = "/sign-in/organisation" if visit().sign_on_due else "/account/sign-on"
    try:
        secret = service.begin_sign_on(scope, outside(), errand(request, back, connect=True), browser_of(request))
    except (NotFound, Refused) as error:
        return failed(scope, error)
    return SignOn(secret, Redirect("people.sign_on_go"))


@pages.post("/account/sign-on/end")
def disconnect(scope: Scope, _request: Request) -> Redirect:
    """Disconnect it."""
    found = queries.sign_on_at(scope)
    if found is None:
        raise NotFound
    service.disconnect_account(scope, found.issuer)
    return Redirect("people.account", notice=msg("It no longer opens your account."))
