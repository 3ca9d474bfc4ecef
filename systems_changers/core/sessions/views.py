"""The pages of sessions, and a cohort's own page, which shows them.

What facilitators write on a form comes back whole when something stands against it.
"""

from __future__ import annotations

from uuid import UUID

from flask import Request, g

from systems_changers.core.cohorts import queries as cohorts
from systems_changers.core.cohorts import rules as cohort_rules
from systems_changers.core.cohorts.forms import care_for
from systems_changers.core.sessions import forms, queries, rules, service
from systems_changers.core.sessions.models import CohortSession
from systems_changers.hooks.facts import CohortType, Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.text import Message, msg, nmsg
from systems_changers.web.edge import Pages
from systems_changers.web.forms import Form

pages = Pages("sessions")

WORDS = {
    "states": rules.STATES, "tones": rules.TONES, "kinds": rules.KINDS, "attendance": rules.ATTENDANCE,
    "reasons": rules.REASONS, "modes": rules.MODES, "outcomes": rules.OUTCOMES, "deciders": rules.DECIDERS,
    "cohort_states": cohort_rules.STATES, "cohort_tones": cohort_rules.TONES, "cohort_forms": cohort_rules.FORMS,
    "steps": cohort_rules.STEPS, "next": cohort_rules.NEXT, "parts": cohort_rules.PARTS,
}  # fmt: skip


@pages.get("/cohorts/<uuid:cohort_id>/", endpoint="cohorts.show")
def show_cohort(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """A cohort: what needs doing, its sessions, who is in the room. A line manager sees its name and dates."""
    view = cohorts.cohort_view(scope, cohort_id)
    if view.relation == "manager":
        return Page("sessions/cohort_name.html", {"cohort": view.line})
    lines = queries.sessions_of(scope, cohort_id)
    values = {"cohort": view, "sessions": lines, "facts": cohorts.facts_of(view), "now": scope.clock.now()}
    values["titles"] = queries.titles_in_words(scope, g.visit.locale)
    values |= care_for(view) | {"reports": _has_reports(scope)}
    if view.relation == "staff":
        ready = view.ready(_kind(scope, view))
        invited = sum(each.state == "invited" for each in view.participants)
        values |= {"tasks": rules.tasks(ready, invited, lines, scope.clock.now())}
    return Page("sessions/cohort.html", values | {"rules": WORDS, "label": _label(scope, view)})


def _has_reports(scope: Scope) -> bool:
    """Whether a plugin offers the reader a report about cohorts."""
    offers = scope.hooks.offer_reports(scope.partner)
    return any(not offer.allowed.isdisjoint(scope.actor.roles) for _, offer in offers)


def _kind(scope: Scope, view: cohorts.CohortView) -> CohortType | None:
    if view.line.type_key is None:
        return None
    return cohort_rules.type_by_key(scope.hooks.offer_cohort_types(scope.partner), view.line.type_key)


def _label(scope: Scope, view: cohorts.CohortView) -> str:
    kind = _kind(scope, view)
    return kind.label if kind else cohort_rules.FORMS[view.line.form]


# --- planning ---


@pages.get("/cohorts/<uuid:cohort_id>/plan/", endpoint="cohorts.plan")
def modules(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """The exact modules that a cohort follows, and which of them were delivered."""
    view, lines = cohorts.cohort_view(scope, cohort_id), cohorts.plan_of(scope, cohort_id)
    values = {"cohort": view.line, "plan": lines, "delivered": queries.delivered_modules(scope, cohort_id)}
    values["titles"] = queries.titles_in_words(scope, g.visit.locale)
    return Page("sessions/modules.html", values)


@pages.post("/cohorts/<uuid:cohort_id>/plan/<uuid:planned_id>/move")
def move_module(scope: Scope, request: Request, cohort_id: UUID, planned_id: UUID) -> Redirect:
    """One place up or down."""
    service.move_module(scope, cohort_id, planned_id, down=request.form.get("way") == "down")
    return Redirect("cohorts.plan", {"cohort_id": cohort_id}, msg("The plan has a new order."))


@pages.post("/cohorts/<uuid:cohort_id>/plan/<uuid:planned_id>/drop")
def drop_module(scope: Scope, _request: Request, cohort_id: UUID, planned_id: UUID) -> Redirect:
    """Take it out of the plan; that can be taken back."""
    line = service.drop_module(scope, cohort_id, planned_id)
    undo = ("sessions.restore_module", {"cohort_id": cohort_id, "planned_id": planned_id})
    said = msg("“%(title)s” is no longer in the plan.", title=line.title)
    return Redirect("cohorts.plan", {"cohort_id": cohort_id}, said, undo=undo)


@pages.post("/cohorts/<uuid:cohort_id>/plan/<uuid:planned_id>/restore")
def restore_module(scope: Scope, _request: Request, cohort_id: UUID, planned_id: UUID) -> Redirect:
    """Take back that it was dropped."""
    line = service.restore_module(scope, cohort_id, planned_id)
    said = msg("“%(title)s” is in the plan again.", title=line.title)
    return Redirect("cohorts.plan", {"cohort_id": cohort_id}, said)


@pages.get("/cohorts/<uuid:cohort_id>/sessions/plan")
def plan(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """How many sessions, from when on."""
    view = cohorts.cohort_view(scope, cohort_id)
    kind = _kind(scope, view)
    form = forms.plan_form(view, kind, service.sessions_to_offer(scope, cohort_id, kind))
    return Page("sessions/plan.html", {"cohort": view.line, "form": form})


@pages.post("/cohorts/<uuid:cohort_id>/sessions/plan")
def spread_out(scope: Scope, request: Request, cohort_id: UUID) -> Page | Redirect:
    """Plan them all."""
    view, form = cohorts.cohort_view(scope, cohort_id), forms.read_plan(request.form)
    try:
        if form.ok:
            made = service.plan_sessions(scope, cohort_id, forms.first_meeting(form, view.time_zone))
            said = nmsg("%(count)s session is planned.", "%(count)s sessions are planned.", len(made))
            return Redirect("cohorts.show", {"cohort_id": cohort_id}, said)
    except Invalid as error:
        form.fail(error)
    return Page("sessions/plan.html", {"cohort": view.line, "form": form}, 422)


@pages.get("/cohorts/<uuid:cohort_id>/sessions/new")
def new(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """One more session."""
    view = cohorts.cohort_view(scope, cohort_id)
    return _new_page(view, forms.new_session_form(view, cohorts.plan_of(scope, cohort_id)))


def _new_page(view: cohorts.CohortView, form: Form, status: int = 200) -> Page:
    return Page("sessions/new.html", {"cohort": view.line, "form": form, **care_for(view)}, status)


@pages.post("/cohorts/<uuid:cohort_id>/sessions/new")
def add(scope: Scope, request: Request, cohort_id: UUID) -> Page | Redirect:
    """Add it."""
    view = cohorts.cohort_view(scope, cohort_id)
    form = forms.read_new_session(cohorts.plan_of(scope, cohort_id), request.form)
    try:
        if form.ok:
            modules = form.values["modules"] or ()
            made = service.add_session(scope, cohort_id, forms.details_of(form, view.time_zone), modules)
            return Redirect("sessions.show", {"session_id": made.id}, msg("The session is planned."))
    except Invalid as error:
        form.fail(error)
    return _new_page(view, form, 422)


# --- one session ---


@pages.get("/sessions/<uuid:session_id>/")
def show(scope: Scope, _request: Request, session_id: UUID) -> Page:
    """A session: for facilitators with all there is to do, for participants what they need to come."""
    view = queries.session_view(scope, session_id)
    values = {"session": view, "cohort": view.cohort, "rules": WORDS, "now": scope.clock.now()}
    values |= care_for(view)
    if not cohort_rules.may_see_all(scope.actor):
        modules, titles = queries.modules_in_words(scope, view, g.visit.locale)
        return Page("sessions/coming.html", values | {"modules": modules, "titles": titles})
    values["titles"] = queries.titles_in_words(scope, g.visit.locale)
    record = queries.record_of(scope, session_id) if view.line.state == "written_up" else None
    return Page("sessions/show.html", values | {"record": record})


@pages.get("/sessions/<uuid:session_id>/change")
def change(scope: Scope, _request: Request, session_id: UUID) -> Page:
    """Its time, place, title and modules."""
    view = queries.session_view(scope, session_id)
    return _change_page(view, forms.session_form(view, cohorts.plan_of(scope, view.cohort.id)))


def _change_page(view: queries.SessionView, form: Form, status: int = 200) -> Page:
    shown = {"session": view, "cohort": view.cohort, "form": form, **care_for(view)}
    return Page("sessions/change.html", shown, status)


@pages.post("/sessions/<uuid:session_id>/change")
def save_change(scope: Scope, request: Request, session_id: UUID) -> Page | Redirect:
    """Save them; what somebody else saved meanwhile is shown beside it."""
    view = queries.session_view(scope, session_id)
    form = forms.read_session(view, cohorts.plan_of(scope, view.cohort.id), request.form)
    try:
        if form.ok:
            details = forms.details_of(form, view.line.time_zone, view.line.starts_at)
            service.change_session(scope, session_id, details, form.version or 0, form.values["modules"] or ())
            return Redirect("sessions.show", {"session_id": session_id}, msg("Your changes are saved."))
    except Invalid as error:
        form.fail(error)
    except cohort_rules.StepRefused as refused:
        form.fail(Invalid(refused.message))
    except Conflict as conflict:
        return _change_page(view, form.meet(conflict), 409)
    return _change_page(view, form, 422)


def _stepped(scope: Scope, session_id: UUID, to: str, said: Message) -> Page | Redirect:
    steps = {"confirmed": service.confirm, "cancelled": service.cancel, "planned": service.put_back,
             "reopened": service.reopen}  # fmt: skip
    try:
        steps[to](scope, session_id)
    except cohort_rules.StepRefused as refused:
        view = queries.session_view(scope, session_id)
        return Page("sessions/refused.html", {"session": view, "refusals": refused.refusals}, 409)
    undo = ("sessions.put_back", {"session_id": session_id}) if to == "cancelled" else None
    return Redirect("sessions.show", {"session_id": session_id}, said, undo=undo)


@pages.post("/sessions/<uuid:session_id>/confirm")
def confirm(scope: Scope, _request: Request, session_id: UUID) -> Page | Redirect:
    """Date and place are certain."""
    return _stepped(scope, session_id, "confirmed", msg("The session is confirmed."))


@pages.post("/sessions/<uuid:session_id>/cancel")
def cancel(scope: Scope, _request: Request, session_id: UUID) -> Page | Redirect:
    """It will not take place; that can be taken back."""
    return _stepped(scope, session_id, "cancelled", msg("The session is cancelled."))


@pages.post("/sessions/<uuid:session_id>/put-back")
def put_back(scope: Scope, _request: Request, session_id: UUID) -> Page | Redirect:
    """Take back that it was cancelled."""
    return _stepped(scope, session_id, "planned", msg("The session is planned again."))


@pages.post("/sessions/<uuid:session_id>/reopen")
def reopen(scope: Scope, _request: Request, session_id: UUID) -> Page | Redirect:
    """Take back that it was delivered, while it isn't written up."""
    return _stepped(scope, session_id, "reopened", msg("The register is open again."))


@pages.post("/sessions/<uuid:session_id>/renew")
def renew(scope: Scope, _request: Request, session_id: UUID) -> Redirect:
    """Take the plan's present modules."""
    service.renew_blocks(scope, session_id)
    return Redirect("sessions.show", {"session_id": session_id}, msg("The session has the plan's modules now."))


# --- delivered, written up, corrected ---


@pages.get("/sessions/<uuid:session_id>/register")
def register(scope: Scope, _request: Request, session_id: UUID) -> Page:
    """Who came, and what was delivered."""
    view = queries.session_view(scope, session_id)
    if _shut(scope, view):
        return Page("sessions/register_shut.html", {"session": view} | care_for(view))
    return _register_page(scope, view, forms.register_form(view, queries.register_of(scope, view)))


def _shut(scope: Scope, view: queries.SessionView) -> bool:
    """Whether there is no register to take: before the session's day, and where it is sealed or cancelled."""
    line = view.line
    if line.state in rules.OPEN:
        return not rules.register_opens(line.starts_at, line.time_zone, scope.clock.now())
    return line.state != "delivered"


def _register_page(scope: Scope, view: queries.SessionView, form: forms.RegisterForm, status: int = 200) -> Page:
    values = {"session": view, "cohort": view.cohort, "register": form, "rules": WORDS, "words": forms.WORDS}
    values["needs"] = cohorts.access_needs(scope, view.cohort.id)
    return Page("sessions/register.html", values | care_for(view), status)


@pages.post("/sessions/<uuid:session_id>/register")
def deliver(scope: Scope, request: Request, session_id: UUID) -> Page | Redirect:
    """Close the register (or keep it for now); without scripts, *Everyone here* comes here too."""
    view = queries.session_view(scope, session_id)
    if _shut(scope, view):
        return Page("sessions/register_shut.html", {"session": view} | care_for(view), 409)
    form = forms.typed_over(forms.register_form(view, queries.register_of(scope, view)), request.form)
    if request.form.get("fill"):
        return _register_page(scope, view, form)
    session, status = _kept(scope, view, form, request.form.get("what", ""))
    if session is None:
        return _register_page(scope, view, form, status)
    where = "sessions.write_up" if session.state == "delivered" else "sessions.show"
    return Redirect(where, {"session_id": session_id}, msg("The register is kept."))


def _kept(
    scope: Scope, view: queries.SessionView, form: forms.RegisterForm, what: str
) -> tuple[CohortSession | None, int]:
    """The session with its register written, or None and how the page is to be answered; `form` says why."""
    done = service.save_draft if what == "save" else service.deliver
    try:
        return done(scope, view.id, forms.delivery_of(form), form.version or 0), 200
    except (Invalid, Conflict, cohort_rules.StepRefused) as error:
        return None, form.fail(error)


@pages.get("/sessions/<uuid:session_id>/write-up")
def write_up(scope: Scope, _request: Request, session_id: UUID) -> Page | Redirect:
    """What will be sealed, and a note for the next session; once it is sealed, the record."""
    view = queries.session_view(scope, session_id)
    if view.line.state == "written_up":
        return Redirect("sessions.show", {"session_id": session_id})
    if view.line.state != "delivered":
        raise NotFound
    return _write_up_page(scope, view, forms.write_up_form(view))


def _write_up_page(scope: Scope, view: queries.SessionView, form: Form, status: int = 200, **values: object) -> Page:
    people = queries.register_of(scope, view)
    shown = {"session": view, "cohort": view.cohort, "form": form, "people": people, "refusals": ()}
    shown |= {"rules": WORDS, **care_for(view), **values}
    return Page("sessions/write_up.html", shown, status)


@pages.post("/sessions/<uuid:session_id>/write-up")
def seal(scope: Scope, request: Request, session_id: UUID) -> Page | Redirect:
    """Write up and seal."""
    view, form = queries.session_view(scope, session_id), forms.read_write_up(request.form)
    try:
        if form.ok:
            service.write_up(scope, session_id, form.values["notes"], form.version or 0)
            here = {"session_id": session_id}
            return Redirect("sessions.show", here, msg("Session %(n)s is written up and sealed.", n=view.line.number))
    except cohort_rules.StepRefused as refused:
        return _write_up_page(scope, view, form, 409, refusals=refused.refusals)
    except Conflict as conflict:
        return _write_up_page(scope, view, form.meet(conflict), 409)
    return _write_up_page(scope, view, form, 422)


@pages.get("/sessions/<uuid:session_id>/correct")
def correct(scope: Scope, _request: Request, session_id: UUID) -> Page:
    """What was wrong in the sealed record."""
    view, record = _sealed(scope, session_id)
    return _correct_page(view, forms.correction_form(record, view, queries.register_of(scope, view)))


def _correct_page(view: queries.SessionView, form: Form, status: int = 200) -> Page:
    return Page("sessions/correct.html", {"session": view, "form": form, **care_for(view)}, status)


def _sealed(scope: Scope, session_id: UUID) -> tuple[queries.SessionView, queries.SealedRecord]:
    view, record = queries.session_view(scope, session_id), queries.record_of(scope, session_id)
    if record is None:
        raise NotFound
    return view, record


@pages.post("/sessions/<uuid:session_id>/correct")
def save_correction(scope: Scope, request: Request, session_id: UUID) -> Page | Redirect:
    """Append the correction; one that came in between is shown beside it."""
    view, record = _sealed(scope, session_id)
    people = queries.register_of(scope, view)
    form = forms.read_correction(record, view, people, request.form)
    try:
        if form.ok:
            service.correct_record(scope, session_id, forms.correction_of(form, people))
            return Redirect("sessions.show", {"session_id": session_id}, msg("The correction is appended."))
    except Invalid as error:
        form.fail(error)
    except Conflict as conflict:
        return _correct_page(view, form.meet(conflict), 409)
    return _correct_page(view, form, 422)
