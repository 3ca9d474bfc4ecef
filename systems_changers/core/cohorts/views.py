"""The pages of cohorts: the list, making and changing, people one by one and from a list, the plan, the next step.

A cohort's own page shows its sessions too, so it stands one slice higher, with the sessions.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Request

from systems_changers.core.cohorts import forms, queries, rules, service
from systems_changers.core.curriculum.queries import modules_on_offer
from systems_changers.core.people.queries import open_invitations
from systems_changers.core.people.service import erased_here
from systems_changers.hooks.facts import CohortType, Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.identifiers import parse_id
from systems_changers.infra.text import Message, msg, nmsg
from systems_changers.web.edge import Pages
from systems_changers.web.forms import Form
from systems_changers.web.pagination import page_of, pager

pages = Pages("cohorts")


@pages.get("/cohorts/")
def index(scope: Scope, request: Request) -> Page:
    """The cohorts that the reader may know of."""
    state = request.args.get("state", "")
    listed = queries.cohorts_open_to(scope, page_of(request.args), states=(state,) if state in rules.STATES else ())
    values = {"cohorts": listed, "pager": pager(listed, request.args), "state": state, "rules": WORDS}
    return Page("cohorts/index.html", values | {"may_make": rules.may_see_all(scope.actor)})


WORDS = {"states": rules.STATES, "tones": rules.TONES, "forms": rules.FORMS, "parts": rules.PARTS, "steps": rules.STEPS}


@pages.get("/cohorts/new")
def new(scope: Scope, request: Request) -> Page:
    """First the kind of cohort, then its form."""
    form, kind = _kind(scope, request.args.get("kind", ""))
    if not form:
        kinds = [each for _, each in scope.hooks.offer_cohort_types(scope.partner)]
        return Page("cohorts/kinds.html", {"kinds": kinds, "rules": WORDS})
    return _new_page(forms.new_cohort_form(scope, form, kind), form, kind)


def _kind(scope: Scope, key: str) -> tuple[str, CohortType | None]:
    """The form and kind that `key` names: a plugin's type, or one of the plain forms; empty for neither."""
    kind = rules.type_by_key(scope.hooks.offer_cohort_types(scope.partner), key)
    if kind is not None:
        return kind.form, kind
    return (key, None) if key in rules.FORMS else ("", None)


def _new_page(form: Form, cohort_form: str, kind: CohortType | None, status: int = 200) -> Page:
    values = {"form": form, "kind": kind.key if kind else cohort_form, "label": kind.label if kind else None}
    return Page("cohorts/new.html", {**values, "cohort_form": cohort_form, "rules": WORDS}, status)


@pages.post("/cohorts/new")
def make(scope: Scope, request: Request) -> Page | Redirect:
    """Make a cohort."""
    cohort_form, kind = _kind(scope, request.args.get("kind", ""))
    if not cohort_form:
        raise NotFound
    form = forms.read_cohort(scope, request.form, cohort_form, kind)
    try:
        if form.ok:
            made = service.make_cohort(scope, forms.details_of(form, cohort_form, kind))
            return Redirect("cohorts.show", {"cohort_id": made.id}, msg("%(name)s is made.", name=made.name))
    except Invalid as error:
        form.fail(error)
    return _new_page(form, cohort_form, kind, 422)


@pages.get("/cohorts/<uuid:cohort_id>/change")
def change(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """The form of a cohort that exists."""
    view = queries.cohort_view(scope, cohort_id)
    _, kind = _kind(scope, view.line.type_key or "")
    return _change_page(view, forms.cohort_form(scope, view, kind))


def _change_page(view: queries.CohortView, form: Form, status: int = 200) -> Page:
    shown = {"cohort": view.line, "form": form, **forms.care_for(view)}
    return Page("cohorts/change.html", shown, status)


@pages.post("/cohorts/<uuid:cohort_id>/change")
def save_change(scope: Scope, request: Request, cohort_id: UUID) -> Page | Redirect:
    """Save the form; what somebody else saved meanwhile is shown beside it."""
    view = queries.cohort_view(scope, cohort_id)
    _, kind = _kind(scope, view.line.type_key or "")
    form = forms.read_cohort(scope, request.form, view.line.form, kind)
    try:
        if form.ok:
            details = forms.details_of(form, view.line.form, kind)
            service.change_cohort(scope, cohort_id, details, form.version or 0)
            return Redirect("cohorts.show", {"cohort_id": cohort_id}, msg("Your changes are saved."))
    except Invalid as error:
        form.fail(error)
    except Conflict as conflict:
        return _change_page(view, form.meet(conflict), 409)
    return _change_page(view, form, 422)


@pages.post("/cohorts/<uuid:cohort_id>/step")
def step(scope: Scope, request: Request, cohort_id: UUID) -> Page | Redirect:
    """Take the cohort's next step, or say everything that stands against it."""
    to = request.form.get("to", "")
    if to not in rules.STATES:
        raise NotFound
    try:
        cohort = service.take_step(scope, cohort_id, to)
    except rules.StepRefused as refused:
        view = queries.cohort_view(scope, cohort_id)
        values = {"cohort": view.line, "to": to, "refusals": refused.refusals, "rules": WORDS}
        return Page("cohorts/refused.html", values, 409)
    said = msg("%(name)s: %(state)s.", name=cohort.local_name or cohort.name, state=Message(rules.STATES[cohort.state]))
    return Redirect("cohorts.show", {"cohort_id": cohort_id}, said)


# --- people ---


@pages.get("/cohorts/<uuid:cohort_id>/people/")
def people(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """Everybody in the cohort, with what can be done about each."""
    view = queries.cohort_view(scope, cohort_id)
    values = {"cohort": view, "needs": queries.access_needs(scope, cohort_id), "rules": WORDS}
    values["invited"] = open_invitations(scope, [each.person_id for each in view.people])
    return Page("cohorts/people.html", values)


@pages.get("/cohorts/<uuid:cohort_id>/people/add")
def new_person(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """One person's form."""
    return _add_page(queries.cohort_view(scope, cohort_id), forms.new_participant())


def _add_page(view: queries.CohortView, form: Form, status: int = 200) -> Page:
    return Page("cohorts/add.html", {"cohort": view.line, "form": form, **forms.care_for(view)}, status)


@pages.post("/cohorts/<uuid:cohort_id>/people/add")
def add_person(scope: Scope, request: Request, cohort_id: UUID) -> Page | Redirect:
    """Add one person; the page comes back for the next."""
    form = forms.read_participant(request.form)
    try:
        if form.ok:
            entry = forms.entry_of(form.values)
            if service.add_participants(scope, cohort_id, [entry]).created:
                said = msg("%(name)s is added.", name=entry.name)
                return Redirect("cohorts.people", {"cohort_id": cohort_id}, said)
            form.fail(Invalid(fields={"email": [msg("Somebody with this address is in the cohort already.")]}))
    except Invalid as error:
        form.fail(error)
    return _add_page(queries.cohort_view(scope, cohort_id), form, 422)


@pages.get("/cohorts/<uuid:cohort_id>/people/list")
def choose_list(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """Choose a file, or paste a list."""
    view = queries.cohort_view(scope, cohort_id)
    return Page("cohorts/list.html", {"cohort": view.line, "empty": False, **forms.care_for(view)})


@pages.post("/cohorts/<uuid:cohort_id>/people/list")
def check_list(scope: Scope, request: Request, cohort_id: UUID) -> Page:
    """Read the list and show what would happen; nothing is stored."""
    view = queries.cohort_view(scope, cohort_id)
    file = request.files.get("file")
    name = (file.filename if file else None) or ""
    table = file.read() if file and name else request.form.get("text", "").encode()
    if not table.strip():
        return Page("cohorts/list.html", {"cohort": view.line, "empty": True, **forms.care_for(view)}, 422)
    roster = forms.read_roster(table, _mapping(request) or None, name, partial(erased_here, scope))
    known = queries.people_by_email(scope, cohort_id)
    new = [each for each in roster.entries if (each.email or "").lower() not in known]
    return Page("cohorts/list_check.html", {"cohort": view.line, "roster": roster, "new": new})


def _mapping(request: Request) -> dict[str, str]:
    return {name.removeprefix("column-"): head for name, head in request.form.items() if name.startswith("column-")}


@pages.post("/cohorts/<uuid:cohort_id>/people/list/add")
def add_list(scope: Scope, request: Request, cohort_id: UUID) -> Redirect:
    """Add the good rows of a list that was shown before."""
    text, erased = request.form.get("text", "").encode(), partial(erased_here, scope)
    roster = forms.read_roster(text, _mapping(request) or None, erased=erased)
    added = service.add_participants(scope, cohort_id, roster.entries)
    said = msg("Added: %(created)s. Here already: %(unchanged)s.", created=added.created, unchanged=added.unchanged)
    return Redirect("cohorts.people", {"cohort_id": cohort_id}, said)


@pages.post("/cohorts/<uuid:cohort_id>/people/<uuid:part_id>/confirm")
def confirm(scope: Scope, _request: Request, cohort_id: UUID, part_id: UUID) -> Redirect:
    """Their place is certain."""
    service.confirm(scope, cohort_id, part_id)
    return Redirect("cohorts.people", {"cohort_id": cohort_id}, msg("Confirmed."))


@pages.post("/cohorts/<uuid:cohort_id>/people/<uuid:part_id>/leave")
def leave(scope: Scope, _request: Request, cohort_id: UUID, part_id: UUID) -> Redirect:
    """They leave; it can be taken back."""
    service.leave(scope, cohort_id, part_id)
    here = {"cohort_id": cohort_id}
    undo = ("cohorts.rejoin", here | {"part_id": part_id})
    return Redirect("cohorts.people", here, msg("They have left the cohort."), undo=undo)


@pages.post("/cohorts/<uuid:cohort_id>/people/<uuid:part_id>/rejoin")
def rejoin(scope: Scope, _request: Request, cohort_id: UUID, part_id: UUID) -> Redirect:
    """Take back that they left."""
    service.rejoin(scope, cohort_id, part_id)
    return Redirect("cohorts.people", {"cohort_id": cohort_id}, msg("They are in the cohort again."))


@pages.get("/cohorts/<uuid:cohort_id>/people/<uuid:part_id>/support")
def support(scope: Scope, _request: Request, cohort_id: UUID, part_id: UUID) -> Page:
    """Who stands behind somebody."""
    view, person = _person(scope, cohort_id, part_id)
    form = forms.support_form(view, person, queries.email_of(scope, person.manager_id))
    return _support_page(view, person, form)


def _person(scope: Scope, cohort_id: UUID, part_id: UUID) -> tuple[queries.CohortView, queries.InTheRoom]:
    view = queries.cohort_view(scope, cohort_id)
    person = next((each for each in view.people if each.id == part_id), None)
    if person is None:
        raise NotFound
    return view, person


def _support_page(view: queries.CohortView, person: queries.InTheRoom, form: Form, status: int = 200) -> Page:
    shown = {"cohort": view.line, "person": person, "form": form, **forms.care_for(view)}
    return Page("cohorts/support.html", shown, status)


@pages.post("/cohorts/<uuid:cohort_id>/people/<uuid:part_id>/support")
def save_support(scope: Scope, request: Request, cohort_id: UUID, part_id: UUID) -> Page | Redirect:
    """Save who stands behind somebody."""
    view, person = _person(scope, cohort_id, part_id)
    form = forms.read_support(view, request.form)
    try:
        if form.ok:
            service.assign(scope, cohort_id, part_id, forms.support_of(form), form.version or 0)
            return Redirect("cohorts.people", {"cohort_id": cohort_id}, msg("Saved for %(name)s.", name=person.name))
    except Invalid as error:
        form.fail(error)
    except Conflict as conflict:
        return _support_page(view, person, form.meet(conflict), 409)
    return _support_page(view, person, form, 422)


@pages.get("/cohorts/<uuid:cohort_id>/facilitators")
def facilitators(scope: Scope, request: Request, cohort_id: UUID) -> Page:
    """Find somebody to be a facilitator or learning partner."""
    search = clean_text(request.args.get("search", ""), lines=False)
    values = {"cohort": queries.cohort_view(scope, cohort_id), "people": queries.candidates(scope, search)}
    return Page("cohorts/facilitators.html", values | {"search": search, "rules": WORDS})


@pages.post("/cohorts/<uuid:cohort_id>/facilitators")
def add_facilitator(scope: Scope, request: Request, cohort_id: UUID) -> Redirect:
    """Make somebody a facilitator or learning partner."""
    person_id, part = parse_id(request.form.get("person", "")), request.form.get("part", "facilitator")
    if person_id is None or part not in {"facilitator", "learning_partner"}:
        raise NotFound
    service.add_facilitator(scope, cohort_id, person_id, part=part)
    return Redirect("cohorts.people", {"cohort_id": cohort_id}, msg("Added."))


# --- the plan ---


@pages.post("/cohorts/<uuid:cohort_id>/plan/")
def make_plan(scope: Scope, _request: Request, cohort_id: UUID) -> Redirect:
    """Plan all modules, with the variants that the kind of cohort names."""
    made = service.make_plan(scope, cohort_id)
    said = nmsg("%(count)s module is planned.", "%(count)s modules are planned.", len(made))
    return Redirect("cohorts.plan", {"cohort_id": cohort_id}, said)


@pages.get("/cohorts/<uuid:cohort_id>/plan/<uuid:planned_id>")
def choose_module(scope: Scope, _request: Request, cohort_id: UUID, planned_id: UUID) -> Page:
    """The forms of one module on offer, to take another in its place."""
    view = queries.cohort_view(scope, cohort_id)
    line = next((each for each in queries.plan_of(scope, cohort_id) if each.id == planned_id), None)
    if line is None:
        raise NotFound
    offered = [each for each in modules_on_offer(scope) if each.canonical_identity == line.canonical_identity]
    return Page("cohorts/swap.html", {"cohort": view.line, "line": line, "offered": offered})


@pages.post("/cohorts/<uuid:cohort_id>/plan/<uuid:planned_id>")
def swap(scope: Scope, request: Request, cohort_id: UUID, planned_id: UUID) -> Redirect:
    """Take another form of the module; sessions made from the old one keep it until they are renewed."""
    origin, digest = (clean_text(request.form.get(name, ""), lines=False) for name in ("origin", "hash"))
    try:
        new_line = service.swap_module(scope, cohort_id, planned_id, origin, digest)
    except Conflict:
        said = msg("Somebody else changed this line of the plan meanwhile. It is shown as it stands now.")
        return Redirect("cohorts.plan", {"cohort_id": cohort_id}, said)
    said = msg("Module %(number)s is now “%(title)s”.", number=new_line.number or 0, title=new_line.title)
    return Redirect("cohorts.plan", {"cohort_id": cohort_id}, said)
