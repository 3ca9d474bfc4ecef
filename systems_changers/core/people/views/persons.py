"""A partner's people, for its staff: who they are, which roles they have, and bringing them in."""

from __future__ import annotations

from uuid import UUID

from flask import Request
from markupsafe import Markup

from systems_changers.core.people import queries, service
from systems_changers.core.people.forms import AskForm, InviteForm, NewPersonForm, PersonForm
from systems_changers.core.people.rules import ROLES, may_invite
from systems_changers.core.people.views.request import has_mail_server, pages
from systems_changers.core.privacy import service as privacy
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.text import Message, msg
from systems_changers.web.forms import Form
from systems_changers.web.pagination import page_of, pager


@pages.get("/people/")
def index(scope: Scope, request: Request) -> Page:
    """Everybody at the partner, searched and paged."""
    asked, search = page_of(request.args), request.args.get("q", "")[:100].strip()
    rows = queries.people_listed(scope, search=search, number=asked.number, size=asked.size)
    return Page("people/index.html", {"rows": rows, "page": pager(rows, request.args), "q": search, "roles": ROLES})


@pages.get("/people/new")
def new(_scope: Scope, _request: Request) -> Page:
    """Somebody new."""
    return Page("people/new.html", {"form": Form.blank(NewPersonForm), "erased": False})


@pages.post("/people/new")
def add(scope: Scope, request: Request) -> Page | Redirect:
    """Add somebody; one whose address is known here is that person."""
    form, erased = Form.read(NewPersonForm, request.form), False
    if form.ok:
        try:
            person = service.find_or_make_person(scope, **form.values)
            return Redirect("people.show", {"person_id": person.id})
        except Invalid as error:
            erased = error.code == "erased"
            form.fail(error)
    return Page("people/new.html", {"form": form, "erased": erased}, 422)


def _page(
    scope: Scope, person_id: UUID, form: Form | None = None, inviting: Form | None = None, asking: Form | None = None
) -> Page:
    sheet = queries.person_sheet(scope, person_id)
    roles = [(role, Message(label)) for role, label in ROLES.items() if may_invite(scope.actor.roles, role)]
    values = {
        "person": sheet,
        "form": form or Form.blank(PersonForm, {"name": sheet.name, "email": sheet.email}),
        "asking": asking or Form.blank(AskForm, {"kind": "access"}),
        "inviting": inviting or Form.blank(InviteForm, {"role": "participant"}, choices={"role": roles}),
        "roles": ROLES,
        "invited_until": queries.open_invitations(scope, [person_id]).get(person_id),
        "mails": has_mail_server(),
        "grantable": [role for role in ROLES if role not in sheet.roles],
    }
    return Page("people/show.html", values, 422 if form or inviting or asking else 200)


@pages.get("/people/<uuid:person_id>/")
def show(scope: Scope, _request: Request, person_id: UUID) -> Page:
    """One person: address, roles, and how to bring them in."""
    return _page(scope, person_id)


@pages.post("/people/<uuid:person_id>/")
def change(scope: Scope, request: Request, person_id: UUID) -> Page | Redirect:
    """Put the name or the address right."""
    form = Form.read(PersonForm, request.form)
    if form.ok:
        try:
            ended = service.change_person(scope, person_id, form.values["name"], form.values["email"])
            said = msg("Saved. The invitation that was open ended: invite them again.") if ended else msg("Saved.")
            return Redirect("people.show", {"person_id": person_id}, notice=said)
        except Invalid as error:
            form.fail(error)
    return _page(scope, person_id, form)


@pages.post("/people/<uuid:person_id>/requests")
def note_request(scope: Scope, request: Request, person_id: UUID) -> Page | Redirect:
    """Note what somebody asked for by letter or mail."""
    queries.person_row(scope, person_id)
    form = Form.read(AskForm, request.form)
    if form.ok:
        try:
            privacy.receive_request(scope, person_id, form.values["kind"], form.values["received_on"])
            return Redirect("home.requests", notice=msg("Noted."))
        except Invalid as error:
            form.fail(error)
    return _page(scope, person_id, asking=form)


@pages.post("/people/<uuid:person_id>/invite")
def invite(scope: Scope, request: Request, person_id: UUID) -> Page:
    """Invite, and show link and letter this once."""
    form = Form.read(InviteForm, request.form)
    if not form.ok:
        return _page(scope, person_id, inviting=form)
    invited = service.invite(scope, person_id, form.values["role"], mail_server=has_mail_server())
    qr = _qr(invited.link) if invited.link else None
    return Page("people/invited.html", {"invited": invited, "roles": ROLES, "qr": qr, "mails": has_mail_server()})


def _qr(link: str) -> Markup:
    import segno  # slow: only invitations draw one

    drawn = segno.make(link, error="m").svg_inline(omitsize=True, border=4, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - lines and numbers that segno drew; the link is in none of them as text


@pages.post("/people/<uuid:person_id>/roles/<role>/give")
def grant(scope: Scope, _request: Request, person_id: UUID, role: str) -> Redirect:
    """Give a role to somebody who has come in."""
    sheet = queries.person_sheet(scope, person_id)
    if role not in ROLES or sheet.account_id is None:
        raise NotFound
    service.grant_role(scope, sheet.account_id, role)
    return Redirect("people.show", {"person_id": person_id}, notice=msg("Saved."))


@pages.post("/people/<uuid:person_id>/roles/<role>/take")
def withdraw(scope: Scope, _request: Request, person_id: UUID, role: str) -> Redirect:
    """Take a role back; giving it again undoes that."""
    sheet = queries.person_sheet(scope, person_id)
    if role not in sheet.roles or sheet.account_id is None:
        raise NotFound
    service.withdraw_role(scope, sheet.account_id, role)
    undo = ("people.grant", {"person_id": person_id, "role": role})
    return Redirect("people.show", {"person_id": person_id}, notice=msg("The role is taken back."), undo=undo)
