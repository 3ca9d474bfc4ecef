"""Asks once more who is there before a dangerous act, then goes on with what was asked; the server keeps none of it.

The form that waits travels in the page and is sent on by the browser itself. Passwords in it are left out: whoever
was changing one is led back to that form.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request, current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from systems_changers.core.people import service
from systems_changers.core.people.forms import ConfirmForm
from systems_changers.core.people.rules import CONFIRM_FIRST, must_confirm, takes_passkeys
from systems_changers.core.people.views.request import (
    browser_of,
    has_mail_server,
    onward,
    pages,
    sealer,
    session_id,
    visit,
)
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.text import msg
from systems_changers.web.answers import Repeat
from systems_changers.web.forms import Form
from systems_changers.web.kept import SECRET

OWN = frozenset({*ConfirmForm().fields, "confirm_to", "csrf_token"})
FIELDS = {"password": "confirm_password", "code": "confirm_code", "passkey": "confirm_passkey"}
BACK = {"people.save_sign_on": "/settings/sign-on"}
"""Where a form that holds a secret is filled in again; the others are on the page of one's account."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The form that waits: where it goes and what it holds; nothing where there is none, or where it holds a secret."""

    to: str = ""
    pairs: tuple[tuple[str, str], ...] = ()


def ask_to_confirm(scope: AnyScope, request: Request, endpoint: str) -> Page | Redirect | None:
    """What to answer before an act of CONFIRM_FIRST, or None where the session was confirmed lately."""
    account = visit().arrival.account
    if account is None or not must_confirm(endpoint, request.form, account.confirmed_at, scope.clock.now()):
        return None
    if request.method != "POST":
        return Redirect("people.confirm", {"back": request.full_path.rstrip("?")})
    secret = not SECRET.isdisjoint(request.form)
    waiting = Waiting() if secret else Waiting(request.script_root + request.full_path.rstrip("?"), _pairs(request))
    back = BACK.get(endpoint, "/account/") if secret else ""
    return _page(scope, request, Form.blank(ConfirmForm, {"confirm_back": back}), waiting, 403)


def _pairs(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in request.form.items(multi=True) if pair[0] not in OWN)


def _page(scope: AnyScope, request: Request, form: Form, waiting: Waiting, status: int = 200) -> Page:
    here = browser_of(request)
    for field in form.fields.values():
        field.required = True
    values = {
        "form": form,
        "waiting": waiting,
        "ways": service.factors_of(scope, scope.actor.account_id, here.host),
        "takes_passkeys": takes_passkeys(here.host),
        "mails": has_mail_server(),
    }
    return Page("people/confirm.html", values, status)


@pages.get("/account/confirm", where="both")
def confirm(scope: AnyScope, request: Request) -> Page:
    """Ask who is there."""
    return _page(scope, request, Form.blank(ConfirmForm, {"confirm_back": request.args.get("back", "")}), Waiting())


@pages.post("/account/confirm", where="both")
def check_again(scope: AnyScope, request: Request) -> Page | Redirect | Repeat:
    """Note that the person has shown who they are, and go on."""
    session, waiting = session_id(), _carried(request)
    form = Form.read(ConfirmForm, {name: request.form[name] for name in FIELDS.values() if name in request.form})
    if session is None:
        raise NotFound
    if form.ok:
        proof = service.Proof(*(form.values[name] for name in FIELDS.values()))
        try:
            service.confirm_session(scope, sealer(), session, proof, browser_of(request))
            return Repeat(waiting.to) if waiting.to else _onwards(scope, request.form.get("confirm_back", ""))
        except Invalid as error:
            form.fail(Invalid(error.message, fields={FIELDS[name]: said for name, said in error.fields.items()}))
    form.fields["confirm_passkey"].value = ""
    form.fields["confirm_back"].value = request.form.get("confirm_back", "")
    return _page(scope, request, form, waiting, 422)


def _onwards(scope: AnyScope, back: str) -> Redirect:
    on = onward(scope, back)
    return Redirect(on.endpoint, on.values, notice=msg("Thank you. You can go on now."))


def _carried(request: Request) -> Waiting:
    """The form that waits, if it goes to one of the acts that are confirmed first, and to nowhere else."""
    to = request.form.get("confirm_to", "")
    path = to.removeprefix(request.script_root).partition("?")[0]
    if not to.startswith(request.script_root + "/"):
        return Waiting()
    try:
        endpoint, _values = current_app.url_map.bind("localhost").match(path, method="POST")
    except (HTTPException, RoutingException):
        return Waiting()
    return Waiting(to, _pairs(request)) if endpoint in CONFIRM_FIRST else Waiting()
