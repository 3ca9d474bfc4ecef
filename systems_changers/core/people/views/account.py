"""One's own account: what one says of oneself, the password, and where one is signed in."""

from __future__ import annotations

from uuid import UUID

from flask import Request

from systems_changers.core.people import queries, service
from systems_changers.core.people.forms import PasswordForm, ProfileForm, languages_of
from systems_changers.core.people.rules import must_confirm
from systems_changers.core.people.views.request import pages, reader, session_id, visit
from systems_changers.core.privacy.queries import requests_of
from systems_changers.core.privacy.rules import REQUESTS
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.errors import Conflict, Invalid
from systems_changers.infra.text import msg
from systems_changers.web.forms import Form


def _page(scope: AnyScope, profile: Form | None, password: Form | None, status: int = 200) -> Page:
    account, here = queries.account_sheet(scope, session_id()), visit().arrival.account
    if profile is None and isinstance(scope, Scope):
        kept = queries.profile(scope)
        if kept is not None:
            known = {name: getattr(kept, name) for name in ProfileForm().fields}
            profile = Form.blank(ProfileForm, known, kept.version, {"locale": languages_of(scope.partner.locales)})
    password = password or Form.blank(PasswordForm)
    password.fields["current"].required = account.has_password
    values = {
        "account": account,
        "profile": profile,
        "password": password,
        "has_factor": here is not None and here.has_factor,
        "must_confirm": visit().house.confirm is not None
        and must_confirm("people.change_password", {}, here.confirmed_at if here else None, scope.clock.now()),
        "asked": requests_of(scope, scope.actor.person_id) if isinstance(scope, Scope) else [],
        "kinds": REQUESTS,
    }
    return Page("people/account.html", values, status)


@pages.get("/account/", where="both")
def account(scope: AnyScope, _request: Request) -> Page:
    """Everything about oneself on one page."""
    return _page(scope, None, None)


@pages.post("/account/")
def save_profile(scope: Scope, request: Request) -> Page | Redirect:
    """Save what one says of oneself."""
    form = Form.read(ProfileForm, request.form, {"locale": languages_of(scope.partner.locales)})
    if form.ok:
        try:
            service.save_profile(scope, service.ProfileAnswers(**form.values), form.version or 0, reader())
            return Redirect("people.account", notice=msg("Saved."))
        except Invalid as error:
            form.fail(error)
        except Conflict as error:
            return _page(scope, form.meet(error), None, 409)
    return _page(scope, form, None, 422)


@pages.post("/account/password", where="both")
def change_password(scope: AnyScope, request: Request) -> Page | Redirect:
    """Change the password; the account's other sessions end."""
    form = Form.read(PasswordForm, request.form)
    if form.ok:
        try:
            service.change_password(scope, form.values["current"], form.values["new"], session_id())
            return Redirect("people.account", notice=msg("Your password is changed, and you are signed out elsewhere."))
        except Invalid as error:
            form.fail(error)
    return _page(scope, None, form, 422)


@pages.post("/account/sessions/<uuid:session_id>/end", where="both")
def revoke_session(scope: AnyScope, _request: Request, session_id: UUID) -> Redirect:
    """Sign one other browser out."""
    service.revoke_session(scope, session_id)
    return Redirect("people.account", notice=msg("That device is signed out."))


@pages.post("/account/sessions/end-others", where="both")
def revoke_others(scope: AnyScope, _request: Request) -> Redirect:
    """Sign every other browser out."""
    service.revoke_other_sessions(scope, session_id())
    return Redirect("people.account", notice=msg("You are signed out everywhere else."))
