"""Complaining about how one's data is used, for anybody; and for administrators, answering within the law's time."""

from __future__ import annotations

from uuid import UUID

from flask import Request

from systems_changers.core.people import service
from systems_changers.core.people.forms import ComplaintForm, OutcomeForm
from systems_changers.core.people.views.request import browser_of, pages, reader
from systems_changers.core.privacy import queries as privacy
from systems_changers.core.privacy import service as privacy_service
from systems_changers.core.privacy.rules import NewComplaint
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import msg
from systems_changers.web.forms import Form
from systems_changers.web.pagination import page_of, pager


@pages.get("/privacy/complaint")
def complain(_scope: Scope, _request: Request) -> Page:
    """Say what is wrong."""
    return Page("people/complain.html", {"form": Form.blank(ComplaintForm)})


@pages.post("/privacy/complaint")
def send_complaint(scope: Scope, request: Request) -> Page | Redirect:
    """Take the complaint."""
    form = Form.read(ComplaintForm, request.form)
    if form.ok:
        try:
            service.complain(scope, NewComplaint(**form.values), browser_of(request).address)
            return Redirect("privacy.notice", notice=msg("It has arrived. You will hear from us within 30 days."))
        except Invalid as error:
            form.fail(error)
    return Page("people/complain.html", {"form": form}, 422)


@pages.get("/settings/privacy/complaints/")
def complaints(scope: Scope, request: Request) -> Page:
    """Every complaint, those that wait first."""
    rows = privacy.complaints(scope, page_of(request.args))
    return Page("people/complaints.html", {"rows": rows, "page": pager(rows, request.args)})


@pages.get("/settings/privacy/complaints/<uuid:complaint_id>/")
def complaint(scope: Scope, _request: Request, complaint_id: UUID) -> Page:
    """One complaint, and what to do about it."""
    return _page(scope, complaint_id, Form.blank(OutcomeForm))


@pages.post("/settings/privacy/complaints/<uuid:complaint_id>/acknowledge")
def acknowledge(scope: Scope, _request: Request, complaint_id: UUID) -> Redirect:
    """Tell whoever complained that it arrived."""
    mailed = service.acknowledge(scope, complaint_id, reader())
    said = msg("Acknowledged: a mail is on its way.") if mailed else msg("Noted as acknowledged.")
    return Redirect("people.complaint", {"complaint_id": complaint_id}, notice=said)


@pages.post("/settings/privacy/complaints/<uuid:complaint_id>/close")
def close_complaint(scope: Scope, request: Request, complaint_id: UUID) -> Page | Redirect:
    """Say what came of it."""
    form = Form.read(OutcomeForm, request.form)
    if form.ok:
        privacy_service.close_complaint(scope, complaint_id, form.values["outcome"])
        return Redirect("people.complaints", notice=msg("Closed."))
    return _page(scope, complaint_id, form)


def _page(scope: Scope, complaint_id: UUID, form: Form) -> Page:
    values = {"one": privacy.complaint(scope, complaint_id), "form": form}
    return Page("people/complaint.html", values, 200 if form.ok else 422)
