"""The plugin's own pages under /x/childrens-society/: safeguarding, our agreement, and consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import Schema

from childrens_society.forms import DecisionSchema, ExperimentSchema, SessionSchema, told
from childrens_society.reviews import About, Review, decide, review, review_about, reviews, tell
from systems_changers.toolkit import (
    Care,
    Conflict,
    Form,
    Invalid,
    Page,
    Redirect,
    Refused,
    RequestFacts,
    Route,
    Scope,
    msg,
    page_of,
    pager,
    read_experiment,
    read_session,
    read_titles,
)

SLUG = "childrens-society"
PREFIX = "x.childrens-society."


def agreement(_scope: Scope, _request: RequestFacts) -> Page:
    """What colleague, manager and host promise each other; in Easy Read with pictures."""
    return Page("childrens_society/agreement.html")


def consent(_scope: Scope, _request: RequestFacts) -> Page:
    """What happens with somebody's words and pictures; in Easy Read with pictures."""
    return Page("childrens_society/consent.html")


def safeguarding(scope: Scope, request: RequestFacts) -> Page:
    """Every review, those that wait first. A private project is told of only by the line its author wrote for it."""
    found = reviews(scope, page_of(request.query))
    met = [each.about.session_id for each in found.rows if each.about.session_id]
    tried = [each.about.experiment_id for each in found.rows if each.about.experiment_id]
    titles = read_titles(scope, experiment_ids=tried, session_ids=met)
    lines = [(each, titles.get(each.about.session_id or each.about.experiment_id or each.id)) for each in found.rows]
    return Page("childrens_society/safeguarding.html", {"lines": lines, "pager": pager(found, request.query)})


# --- asking: the same page for an experiment and for a session ---


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing that is asked about: where its page is, who may answer, and what stands already."""

    about: About
    schema: type[Schema]
    endpoint: str
    values: Mapping[str, object]
    title: str
    mine: bool
    care: Care | None
    standing: Review | None


def _experiment(scope: Scope, experiment: UUID) -> Asking:
    read, about = read_experiment(scope, experiment), About(experiment_id=experiment)
    values = {"experiment": experiment}
    return Asking(about, ExperimentSchema, "experiment", values, read.facts.title, read.mine, read.care,
                  review_about(scope, about))  # fmt: skip


def _session(scope: Scope, session: UUID) -> Asking:
    read, about = read_session(scope, session), About(session_id=session)
    values = {"session": session}
    return Asking(about, SessionSchema, "session", values, read.facts.title, read.mine, read.care,
                  review_about(scope, about))  # fmt: skip


def _show(asking: Asking) -> Page:
    return _asking_page(asking, Form.blank(asking.schema, _filled(asking), _version(asking)))


def _filled(asking: Asking) -> dict[str, Any]:
    """The form's values: what was said before, else the title as the line that the safeguarding lead will see."""
    said = asking.standing
    young = {True: "yes", False: "no"}.get(said.young_people) if said and said.young_people is not None else None
    line = (said.what if said else "") or asking.title[:200]
    texts = {"who": said.who, "keep_safe": said.keep_safe} if said else {}
    return {"what": line, "young_people": young, **texts}


def _version(asking: Asking) -> int | None:
    return asking.standing.version if asking.standing else None


def _answer(scope: Scope, request: RequestFacts, asking: Asking) -> Page | Redirect:
    if not asking.mine:
        raise Refused(msg("Only its author and co-owners answer this."))
    form = Form.read(asking.schema, request.form)
    if form.ok:
        try:
            tell(scope, asking.about, told(form), form.version)
        except Invalid as invalid:
            form.fail(invalid)
        except Conflict as conflict:
            return _asking_page(asking, form.meet(conflict), status=409)
        else:
            said = msg("Thank you. The safeguarding lead will see this.")
            return Redirect(PREFIX + asking.endpoint, asking.values, notice=said)
    return _asking_page(asking, form, status=422)


def _asking_page(asking: Asking, form: Form, *, status: int = 200) -> Page:
    return Page("childrens_society/asking.html", {"asking": asking, "form": form, "care": asking.care}, status)


def show_experiment(scope: Scope, _request: RequestFacts, experiment: UUID) -> Page:
    """What the author told the safeguarding lead about a project, and what came back."""
    return _show(_experiment(scope, experiment))


def answer_experiment(scope: Scope, request: RequestFacts, experiment: UUID) -> Page | Redirect:
    """Tell the safeguarding lead about a project."""
    return _answer(scope, request, _experiment(scope, experiment))


def show_session(scope: Scope, _request: RequestFacts, session: UUID) -> Page:
    """What was asked about a session's fieldwork, and what came back."""
    return _show(_session(scope, session))


def answer_session(scope: Scope, request: RequestFacts, session: UUID) -> Page | Redirect:
    """Ask for approval of fieldwork."""
    return _answer(scope, request, _session(scope, session))


# --- deciding: the safeguarding lead's ---


def show_review(scope: Scope, _request: RequestFacts, review_id: UUID) -> Page:
    """One review with what was said, and the decision to take."""
    found = review(scope, review_id)
    role = found.decided_as or scope.partner.settings.get(SLUG, {}).get("lead_role", "")
    before = {"decision": found.decision, "reason": found.reason, "decided_as": role}
    return _review_page(found, Form.blank(DecisionSchema, before, found.version))


def take_decision(scope: Scope, request: RequestFacts, review_id: UUID) -> Page | Redirect:
    """Hold or clear it."""
    form = Form.read(DecisionSchema, request.form)
    if not form.ok:
        return _review_page(review(scope, review_id), form, status=422)
    try:
        decide(scope, review_id, form.values, form.version)
    except Conflict as conflict:
        return _review_page(review(scope, review_id), form.meet(conflict), status=409)
    held = form.values["decision"] == "held"
    return Redirect(f"{PREFIX}safeguarding", notice=msg("It is held.") if held else msg("It is cleared."))


def _review_page(found: Review, form: Form, *, status: int = 200) -> Page:
    return Page("childrens_society/review.html", {"review": found, "form": form}, status)


_STAFF = frozenset({"administrator", "facilitator"})
_ANYONE = frozenset({"anyone"})
_WRITERS = _STAFF | {"participant"}
_LEAD = frozenset({"administrator"})
ROUTES = (
    Route("/agreement/", "agreement", agreement, _ANYONE),
    Route("/consent/", "consent", consent, _ANYONE),
    Route("/safeguarding/", "safeguarding", safeguarding, _STAFF),
    Route("/experiments/<uuid:experiment>/safeguarding", "experiment", show_experiment, _WRITERS),
    Route("/experiments/<uuid:experiment>/safeguarding", "tell", answer_experiment, _WRITERS, ("POST",)),
    Route("/sessions/<uuid:session>/safeguarding", "session", show_session, _STAFF),
    Route("/sessions/<uuid:session>/safeguarding", "ask", answer_session, _STAFF, ("POST",)),
    Route("/reviews/<uuid:review_id>", "review", show_review, _LEAD),
    Route("/reviews/<uuid:review_id>", "decide", take_decision, _LEAD, ("POST",)),
)
