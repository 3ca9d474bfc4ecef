"""Pages about privacy: the public notice, and for administrators the record, the assessment and retention."""

from __future__ import annotations

from flask import Request, g

from systems_changers.core.partners import queries as partners
from systems_changers.core.partners import service as partners_service
from systems_changers.core.privacy import queries
from systems_changers.core.privacy.forms import AnswersForm
from systems_changers.core.privacy.rules import BECAUSE, REGULATOR, RIGHTS
from systems_changers.hooks.facts import Download, Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict
from systems_changers.infra.personal import BASES, CONDITIONS
from systems_changers.infra.text import Message, msg
from systems_changers.web.answers import Sheet
from systems_changers.web.edge import Pages
from systems_changers.web.forms import Form
from systems_changers.web.pages import Visit

pages = Pages("privacy")


@pages.get("/privacy")
def notice(scope: Scope, _request: Request) -> Page:
    """What is held about people here and why, for anybody to read."""
    values = {"who": queries.responsible(scope), "activities": queries.activities(scope), "because": BECAUSE}
    return Page("privacy/notice.html", {**values, "conditions": CONDITIONS, "rights": RIGHTS, "regulator": REGULATOR})


# --- for administrators ---


@pages.get("/settings/privacy/")
def records(scope: Scope, _request: Request) -> Page:
    """The record of processing activities, to read and to print."""
    who = queries.responsible(scope)
    known = {"contact": who.contact, "registration": who.registration}
    return _record(scope, Form.blank(AnswersForm, known, partners.sheet(scope).version))


def _record(scope: Scope, form: Form, status: int = 200) -> Page:
    values = {"form": form, "who": queries.responsible(scope), "activities": queries.activities(scope)}
    shared = {"bases": BASES, "conditions": CONDITIONS, "made_at": scope.clock.now()}
    return Page("privacy/records.html", {**values, **shared}, status)


@pages.post("/settings/privacy/")
def save_answers(scope: Scope, request: Request) -> Page | Redirect:
    """Say who answers for people's data."""
    form = Form.read(AnswersForm, request.form)
    if not form.ok:
        return _record(scope, form, 422)
    try:
        partners_service.save_privacy(scope, **form.values, version=form.version or 0)
    except Conflict as error:
        return _record(scope, form.meet(error), 409)
    return Redirect("privacy.records", notice=msg("Saved."))


@pages.get("/settings/privacy/file")
def records_file(scope: Scope, _request: Request) -> Sheet:
    """The same record for a spreadsheet."""
    return Sheet(queries.record_sheet(scope), f"processing-{scope.partner.slug}.csv")


@pages.get("/settings/privacy/assessment/file")
def assessment_file(scope: Scope, _request: Request) -> Download:
    """An impact assessment that is begun, as Markdown."""
    say = _visit().catalogue.translate
    lines = [say(each) if isinstance(each, Message) else each for each in queries.assessment(scope)]
    name = f"assessment-{scope.partner.slug}.md"
    return Download("\n".join(lines).encode("utf-8") + b"\n", name, "text/markdown; charset=utf-8")


@pages.get("/settings/privacy/retention")
def retention(scope: Scope, _request: Request) -> Page:
    """How long things are kept, what would go now, and when the run was last here."""
    due = {(each.holding.table, each.holding.keep): each.rows for each in queries.due(scope)}
    values = {"holdings": queries.holdings(scope), "due": due, "last_run": queries.last_run(scope)}
    return Page("privacy/retention.html", values)


def _visit() -> Visit:
    found: Visit = g.visit
    return found
