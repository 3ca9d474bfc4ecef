"""The plugin's hooks, each one line away from the module that does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from childrens_society import gate, learning, own_words, pages, watching
from childrens_society.brand import BRAND
from childrens_society.organisation import ORGANISATION
from childrens_society.reviews import About, open_review
from childrens_society.terms import TERMS
from systems_changers.toolkit import (
    N_,
    Brand,
    CheckResult,
    CohortFacts,
    CohortType,
    Erasure,
    Event,
    ExperimentFacts,
    HeldData,
    NavItem,
    Panel,
    Refusal,
    ReportOffer,
    Route,
    Scope,
    SessionFacts,
    SubjectFacts,
    VariantOffer,
    hookimpl,
    parse_id,
    read_variants,
)

SLUG = "childrens-society"
STAFF = frozenset({"administrator", "facilitator"})
NAVIGATION = (
    NavItem(N_("Safeguarding"), "x.childrens-society.safeguarding", STAFF, order=55),
    NavItem(N_("Our agreement"), "x.childrens-society.agreement", frozenset({"participant", "line_manager"}), order=55),
)


@hookimpl
def sc_choose_brand() -> Brand:
    """Blue and orange, rounded."""
    return BRAND


@hookimpl
def sc_refine_terms(locale: str, terms: Mapping[str, str]) -> Mapping[str, str]:
    """What the partner has chosen itself stays."""
    return {**TERMS.get(locale, {}), **terms}


@hookimpl
def sc_offer_routes() -> Sequence[Route]:
    """Safeguarding, our agreement, consent."""
    return pages.ROUTES


@hookimpl
def sc_offer_nav() -> Sequence[NavItem]:
    """Safeguarding for staff, our agreement for everybody else."""
    return NAVIGATION


@hookimpl
def sc_offer_slot(scope: Scope, place: str, cohort: CohortFacts | None) -> Sequence[Panel]:
    """On the front page what we promise; beside cohorts and sessions, for staff, the way to the safeguarding page."""
    if place == "front.body":
        return [Panel("childrens_society/front_panel.html")]
    if place in ("cohort.aside", "session.aside") and not STAFF.isdisjoint(scope.actor.roles):
        return [Panel("childrens_society/safety_panel.html", {"cohort": cohort if place == "cohort.aside" else None})]
    return []


@hookimpl
def sc_offer_variants() -> Sequence[VariantOffer]:
    """Modules 2, 4, 9 and 13 as youth work needs them."""
    return read_variants(Path(__file__).parent / "variants", SLUG)


@hookimpl
def sc_offer_cohort_types() -> Sequence[CohortType]:
    """Several teams of one organisation."""
    return [ORGANISATION]


@hookimpl
def sc_check_session_transition(scope: Scope, session: SessionFacts, to: str) -> Sequence[Refusal]:
    """Fieldwork is approved before it is confirmed."""
    return gate.session_refusals(scope, session, to)


@hookimpl
def sc_check_experiment_transition(scope: Scope, experiment: ExperimentFacts, to: str) -> Sequence[Refusal]:
    """What touches young people begins once it is cleared."""
    return gate.experiment_refusals(scope, experiment, to)


@hookimpl
def sc_on_event(scope: Scope, event: Event) -> None:
    """Once an experiment is framed, its review waits on the safeguarding page, even before its author answers."""
    experiment = parse_id(str(event.data.get("experiment_id") or ""))
    if event.name == "experiment.framed.v1" and experiment is not None:
        open_review(scope, About(experiment_id=experiment))


@hookimpl
def sc_offer_reports() -> Sequence[ReportOffer]:
    """The learning report."""
    return [learning.REPORT]


@hookimpl
def sc_offer_personal_data(scope: Scope, subject: SubjectFacts) -> Sequence[HeldData]:
    """What somebody answered about sessions; of experiments it is found by their author."""
    return own_words.held(scope, subject)


@hookimpl
def sc_offer_erasures(scope: Scope, subject: SubjectFacts) -> Sequence[Erasure]:
    """Who gave the answers is forgotten with the answers about sessions; that it was decided stays."""
    return own_words.erasures(scope, subject)


@hookimpl
def sc_offer_checks(scope: Scope) -> Sequence[CheckResult]:
    """Whether people hear back from the safeguarding lead in time."""
    return watching.checks(scope)
