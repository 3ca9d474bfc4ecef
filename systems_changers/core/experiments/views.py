"""The ledger's pages: note an idea, one thing a page after that, and who may see it.

Everything that is shown comes through the door in queries; a reader's page is the owner's with less in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from flask import Request
from marshmallow import Schema

from systems_changers.core.cohorts.rules import StepRefused
from systems_changers.core.experiments import queries, rules, schemas, service
from systems_changers.hooks.facts import Page, Redirect, care_of
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.files import StoreFailed
from systems_changers.infra.text import Message, msg
from systems_changers.web.answers import Sheet
from systems_changers.web.edge import Pages
from systems_changers.web.forms import Form
from systems_changers.web.pagination import page_of, pager
from systems_changers.web.uploads import chosen

pages = Pages("experiments")
ONE = "/experiments/<uuid:experiment_id>"
Answer = Page | Redirect
WORDS = {
    "texts": rules.TEXTS,
    "states": rules.STATE_LABELS,
    "moves": rules.MOVE_LABELS,
    "parts": rules.PART_LABELS,
    "scales": rules.SCALES,
    "conditions": rules.CONDITIONS,
    "tells": rules.TELLS,
    "audiences": rules.AUDIENCES,
    "choosable": rules.CHOOSABLE,
    "under_test": rules.UNDER_TEST,
}


def _show(experiment_id: UUID, said: Message, undo: str | None = None, **values: Any) -> Redirect:
    place = {"experiment_id": experiment_id}
    back = (undo, {**place, **values}) if undo else None
    return Redirect("experiments.show", place, said, back)


def _owned(scope: Scope, experiment_id: UUID) -> queries.ExperimentView:
    view = queries.experiment(scope, experiment_id)
    if not view.mine:
        raise Refused(msg("Only its author and co-owners can change this experiment."))
    return view


def _page(template: str, view: queries.ExperimentView, values: dict[str, Any], status: int = 200) -> Page:
    shown = {"view": view, "words": WORDS, **_cared_for(view.care), **values}
    return Page(f"experiments/{template}.html", shown, status)


def _cared_for(care: tuple[str | None, str | None] | None) -> dict[str, Any]:
    """Whom to turn to in the cohort; the partner's own contact stands where the cohort names nobody."""
    found = care_of(*care) if care else None
    return {"care": found} if found else {}


# --- the ledger ---


@pages.get("/experiments/")
def index(scope: Scope, request: Request) -> Page:
    """One's own, what others share, or what a search finds; with the one field of a new idea."""
    return _ledger(scope, request, Form.blank(schemas.NoteForm))


@pages.post("/experiments/")
def note(scope: Scope, request: Request) -> Answer:
    """Keep an idea."""
    form = Form.read(schemas.NoteForm, request.form)
    if not form.ok:
        return _ledger(scope, request, form, 422)
    return _show(service.note(scope, form.values["title"]), msg("Your idea is kept. Nobody else can see it."))


def _ledger(scope: Scope, request: Request, form: Form, status: int = 200) -> Page:
    usual = "mine" if "participant" in scope.actor.roles else "shared"
    page, whose = page_of(request.args), request.args.get("whose", usual)
    text = clean_text(request.args.get("q", ""), lines=False)
    if text:
        found = queries.search(scope, text, number=page.number, size=page.size)
    else:
        found = queries.ledger(scope, mine=whose != "shared", number=page.number, size=page.size)
    own = queries.own_cohort(scope)
    values = {
        "lines": list(found.rows), "pages": pager(found, request.args), "form": form, "words": WORDS, "text": text,
        "whose": whose,
    }  # fmt: skip
    return Page("experiments/ledger.html", values | _cared_for(own.care if own else None), status)


@pages.get("/experiments/export.csv")
def export(scope: Scope, _request: Request) -> Sheet:
    """One's own experiments, to keep."""
    return Sheet(service.export_mine(scope), "experiments.csv")


# --- one experiment ---


@pages.get(ONE + "/")
def show(scope: Scope, _request: Request, experiment_id: UUID) -> Page:
    """An experiment as this reader may see it."""
    return _experiment(scope, experiment_id)


def _experiment(scope: Scope, experiment_id: UUID, refused: StepRefused | None = None) -> Page:
    view = queries.experiment(scope, experiment_id)
    seen, steps = queries.trail(scope, view)
    values = {
        "seen": seen, "steps": steps, "readers": queries.readers(scope, view), "way": rules.way(view.state),
        "next": rules.next_states(view.state) if view.mine else (), "refusals": refused.refusals if refused else (),
        "tasks": [(part, rules.is_written(part, view.answers)) for part in rules.parts_for(view.state)],
    }  # fmt: skip
    page = _page("show", view, values, 422 if refused else 200)
    return replace(page, keep=True)  # a step may be refused, but never at the cost of what was written


@pages.get(ONE + "/write/<part>")
def edit(scope: Scope, _request: Request, experiment_id: UUID, part: str) -> Page:
    """One thing to write."""
    view = _owned(scope, experiment_id)
    form = Form.blank(_form_of(part), view.answers, version=view.version)
    return _page("edit", view, {"form": form, "part": part})


@pages.post(ONE + "/write/<part>")
def save(scope: Scope, request: Request, experiment_id: UUID, part: str) -> Answer:
    """Keep what was written; nobody's text is lost."""
    form = Form.read(_form_of(part), request.form)
    try:
        if form.ok:
            service.save(scope, experiment_id, service.Edit(form.version or 0, form.values))
            return _show(experiment_id, msg("Saved."))
    except Invalid as invalid:
        form.fail(invalid)
    except Conflict as conflict:
        return _conflict(scope, experiment_id, conflict, Again(form, "experiments.save", {"part": part}))
    return _page("edit", _owned(scope, experiment_id), {"form": form, "part": part}, 422)


def _form_of(part: str) -> type[Schema]:
    if part not in schemas.PART_FORMS:
        raise NotFound
    return schemas.PART_FORMS[part]


@dataclass(frozen=True, slots=True)
class Again:
    """Where a form that met a conflict is sent once more: itself, its address, and what goes on beside its texts."""

    form: Form
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)


def _conflict(scope: Scope, experiment_id: UUID, conflict: Conflict, again: Again) -> Page:
    """Both texts, field by field, and every way to go on."""
    values = {
        "form": again.form.meet(conflict), "again": (again.endpoint, {"experiment_id": experiment_id, **again.values}),
        "mine": conflict.mine, "theirs": conflict.theirs, "carried": again.carried,
        "both": rules.both_texts(conflict.mine, conflict.theirs),
    }  # fmt: skip
    return _page("conflict", _owned(scope, experiment_id), values, 409)


@pages.post(ONE + "/move")
def move(scope: Scope, request: Request, experiment_id: UUID) -> Answer:
    """Take a step, or hear everything that stands against it."""
    try:
        service.move(scope, experiment_id, request.form.get("to", ""), request.form.get("why", ""))
    except StepRefused as refused:
        return _experiment(scope, experiment_id, refused)
    return _show(experiment_id, msg("Done."))


@pages.get(ONE + "/decide")
def review(scope: Scope, _request: Request, experiment_id: UUID) -> Page:
    """Look at what happened, and decide."""
    return _review(scope, experiment_id, None)


@pages.post(ONE + "/decide")
def decide(scope: Scope, request: Request, experiment_id: UUID) -> Answer:
    """Keep what was learned and take the step that follows from it."""
    form = Form.read(schemas.DecisionForm, request.form)
    if not form.ok:
        return _review(scope, experiment_id, form)
    written = service.Edit(form.version or 0, {"learning": form.values["learning"]})
    try:
        service.save_and_move(scope, experiment_id, written, form.values["to"], form.values["why"] or "")
    except StepRefused as refused:
        return _review(scope, experiment_id, form, refused)
    except Conflict as conflict:
        carried = {"to": form.values["to"], "why": form.values["why"] or ""}
        offering = _offering(_owned(scope, experiment_id), form)
        return _conflict(scope, experiment_id, conflict, Again(offering, "experiments.decide", carried=carried))
    return _show(experiment_id, msg("Your decision is kept."))


def _review(scope: Scope, experiment_id: UUID, failed: Form | None, refused: StepRefused | None = None) -> Page:
    view = _owned(scope, experiment_id)
    seen, _ = queries.trail(scope, view)
    form = failed or Form.blank(schemas.DecisionForm, view.answers, version=view.version)
    values = {"form": _offering(view, form), "seen": seen, "refusals": refused.refusals if refused else ()}
    if refused:
        form.version = view.version  # what was learned is kept, though the step was refused
    return replace(_page("review", view, values, 422 if failed else 200), keep=refused is not None)


def _offering(view: queries.ExperimentView, form: Form) -> Form:
    """The form with the steps that can be taken from where the experiment stands."""
    offered = [(to, msg(rules.MOVE_LABELS[to])) for to in rules.next_states(view.state)]
    value = form.fields["to"].value or (offered[0][0] if len(offered) == 1 else "")
    form.fields["to"] = replace(form.fields["to"], choices=offered, kind="radios", value=value)
    return form


@pages.post(ONE + "/delete")
def delete(scope: Scope, _request: Request, experiment_id: UUID) -> Redirect:
    """Take it away; it can be brought back."""
    service.delete(scope, experiment_id)
    back = ("experiments.restore", {"experiment_id": experiment_id})
    return Redirect("experiments.index", {}, msg("The experiment is deleted."), back)


@pages.post(ONE + "/restore")
def restore(scope: Scope, _request: Request, experiment_id: UUID) -> Redirect:
    """Bring it back."""
    service.restore(scope, experiment_id)
    return _show(experiment_id, msg("The experiment is back."))


# --- evidence ---


@pages.get(ONE + "/evidence")
def evidence(scope: Scope, _request: Request, experiment_id: UUID) -> Page:
    """A piece of evidence to add."""
    return _evidence(scope, experiment_id, Form.blank(schemas.EvidenceForm))


def _evidence(scope: Scope, experiment_id: UUID, form: Form, status: int = 200) -> Page:
    file = form.fields["file"]
    file.hint, file.attrs["data-most"] = rules.file_hint(scope.files.most), scope.files.most
    return _page("evidence", _owned(scope, experiment_id), {"form": form}, status)


@pages.post(ONE + "/evidence", uploads=("file",))
def add_evidence(scope: Scope, request: Request, experiment_id: UUID) -> Answer:
    """Keep it."""
    form, status = Form.read(schemas.EvidenceForm, request.form, files=chosen()), 422
    try:
        if form.ok:
            given = {name: value for name, value in form.values.items() if value is not None}
            service.add_evidence(scope, experiment_id, service.Observation(**given))
            return _show(experiment_id, msg("The evidence is kept."))
    except Invalid as invalid:
        form.fail(invalid)
    except StoreFailed as failed:
        form.fail(Invalid(fields={"file": [failed.message]}))
        status = 503
    return _evidence(scope, experiment_id, form, status)


@pages.post(ONE + "/evidence/<uuid:evidence_id>/remove")
def remove_evidence(scope: Scope, _request: Request, experiment_id: UUID, evidence_id: UUID) -> Redirect:
    """Take it away; it can be brought back."""
    service.remove_evidence(scope, experiment_id, evidence_id)
    undo = "experiments.restore_evidence"
    return _show(experiment_id, msg("The evidence is removed."), undo, evidence_id=evidence_id)


@pages.post(ONE + "/evidence/<uuid:evidence_id>/restore")
def restore_evidence(scope: Scope, _request: Request, experiment_id: UUID, evidence_id: UUID) -> Redirect:
    """Bring it back."""
    service.restore_evidence(scope, experiment_id, evidence_id)
    return _show(experiment_id, msg("The evidence is back."))


# --- who may see it ---


@pages.get(ONE + "/sharing")
def sharing(scope: Scope, _request: Request, experiment_id: UUID) -> Page:
    """Who sees what of it, and whom else to let in."""
    return _sharing(scope, experiment_id)


def _sharing(scope: Scope, experiment_id: UUID, failed: tuple[str, Form] | None = None) -> Page:
    view = _owned(scope, experiment_id)
    readers = queries.readers(scope, view)
    around = queries.people_around(scope, view.author_id) if view.is_author else []
    persons = {"person": _picks(around)}
    owners = {"person": _picks([one for one in around if one.in_cohort])}
    forms = {
        "audiences": Form.blank(
            schemas.AudiencesForm, {"audiences": [one.audience for one in readers if one.audience in rules.AUDIENCES]}
        ),
        "person": Form.blank(schemas.PersonShareForm, choices=persons),
        "owner": Form.blank(schemas.OwnerForm, choices=owners),
    }
    if failed is not None:
        name, form = failed
        for each, choices in (("person", persons), ("owner", owners)):
            if name == each:
                form.fields["person"].choices = choices["person"]
        forms[name] = form
    values = {"readers": readers, "forms": forms, **{f"{name}_form": form for name, form in forms.items()}}
    return _page("sharing", view, values, 422 if failed else 200)


def _share_with(
    scope: Scope, experiment_id: UUID, sent: tuple[str, Form], share: Callable[[dict[str, Any]], object]
) -> Answer:
    """Share as the form says, or show it again with what is wrong."""
    _, form = sent
    try:
        if form.ok:
            share(form.values)
            return _shared(experiment_id)
    except Invalid as invalid:
        form.fail(invalid)
    return _sharing(scope, experiment_id, sent)


def _picks(people: list[queries.Around]) -> list[tuple[str, str | Message]]:
    """Nobody is chosen at first, so that nothing is shown to anyone by mistake."""
    return [("", msg("Choose somebody")), *((str(one.id), one.name) for one in people)] if people else []


@pages.post(ONE + "/sharing")
def share(scope: Scope, request: Request, experiment_id: UUID) -> Answer:
    """Share it with these audiences and no others."""
    return _share_with(
        scope, experiment_id, ("audiences", Form.read(schemas.AudiencesForm, request.form)),
        lambda given: service.share_with_audiences(scope, experiment_id, given["audiences"]),
    )  # fmt: skip


@pages.post(ONE + "/sharing/person")
def share_with_person(scope: Scope, request: Request, experiment_id: UUID) -> Answer:
    """Show one person some of it."""
    return _share_with(
        scope, experiment_id, ("person", Form.read(schemas.PersonShareForm, request.form)),
        lambda given: service.share_with_person(scope, experiment_id, given["person"], given["shown"]),
    )  # fmt: skip


@pages.post(ONE + "/sharing/<uuid:person_id>/stop")
def stop_sharing(scope: Scope, _request: Request, experiment_id: UUID, person_id: UUID) -> Redirect:
    """Show this person no more of it."""
    service.stop_sharing_with_person(scope, experiment_id, person_id)
    return _shared(experiment_id)


@pages.post(ONE + "/owners")
def add_owner(scope: Scope, request: Request, experiment_id: UUID) -> Answer:
    """Let somebody own it too."""
    return _share_with(
        scope, experiment_id, ("owner", Form.read(schemas.OwnerForm, request.form)),
        lambda given: service.add_owner(scope, experiment_id, given["person"]),
    )  # fmt: skip


@pages.post(ONE + "/owners/<uuid:person_id>/remove")
def remove_owner(scope: Scope, _request: Request, experiment_id: UUID, person_id: UUID) -> Redirect:
    """Take a co-owner off, or step back oneself."""
    service.remove_owner(scope, experiment_id, person_id)
    if person_id == scope.actor.person_id:
        return Redirect("experiments.index", {}, msg("You no longer own it."))
    return _shared(experiment_id)


def _shared(experiment_id: UUID) -> Redirect:
    return Redirect("experiments.sharing", {"experiment_id": experiment_id}, msg("Saved. This is who sees what now."))
