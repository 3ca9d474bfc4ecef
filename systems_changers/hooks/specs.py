"""The hook specifications: what a plugin may implement, grouped by life cycle.

The verb after `sc_` is the merge rule and the failure policy: offer, choose, check, refine, on (see hooks/calls.py).
Implementations name the arguments they need; pluggy matches by name, so arguments are always passed by keyword.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pluggy

from systems_changers.hooks.checks import CheckResult
from systems_changers.hooks.facts import (
    Brand,
    CohortFacts,
    CohortType,
    Endpoint,
    Event,
    ExperimentFacts,
    NavItem,
    Panel,
    PartnerFacts,
    Refusal,
    ReportOffer,
    Route,
    SessionFacts,
    VariantOffer,
)
from systems_changers.hooks.personal import Erasure, HeldData, SubjectFacts

if TYPE_CHECKING:
    from systems_changers.hooks.scope import Scope

PROJECT = "systems_changers"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- look and words ---


@hookspec(firstresult=True)
def sc_choose_brand(partner: PartnerFacts) -> Brand | None:
    """Choose the partner's brand.

    When: a page of the partner is first shown after a change; the answer is cached with the partner's revision.
    Returns: a Brand whose colours pass WCAG AA contrast, or None to leave it to the next plugin.
    Failure: the next plugin's brand, or the kit's own, is used.
    Since: 0.1
    """


@hookspec
def sc_refine_terms(partner: PartnerFacts, locale: str, terms: Mapping[str, str]) -> Mapping[str, str]:
    """Amend the partner's words: whole msgids to their text in one locale (cohort becomes circle).

    When: the partner's language layers are flattened, once per locale and revision.
    Returns: the amended mapping.
    Failure: the terms before this plugin are kept.
    Since: 0.1
    """


# --- places in the kit ---


@hookspec
def sc_offer_routes() -> Sequence[Route]:
    """Offer pages under /x/<plugin>/.

    When: the application starts. A partner without the plugin answers 404 there to every method.
    Returns: routes; their paths are relative and begin with a slash.
    Failure: this plugin's pages are left out and the operator is told.
    Since: 0.1
    """


@hookspec
def sc_offer_endpoints() -> Sequence[Endpoint]:
    """Offer JSON answers under /api/v1/x/<plugin>/.

    When: the application starts; gated like routes.
    Returns: endpoints.
    Failure: this plugin's endpoints are left out and the operator is told.
    Since: 0.1
    """


@hookspec
def sc_offer_nav(scope: Scope) -> Sequence[NavItem]:
    """Offer entries of the navigation.

    When: each page of a signed-in person.
    Returns: items; the endpoint is one of the plugin's own routes.
    Failure: this plugin's entries are left out and the operator is told.
    Since: 0.1
    """


@hookspec
def sc_offer_slot(scope: Scope, place: str, cohort: CohortFacts | None) -> Sequence[Panel]:
    """Offer panels for a named place of a page: cohort.aside, front.body, session.aside.

    When: a page with that place is shown; once a page, never once a row.
    Returns: panels rendered from the plugin's own templates.
    Failure: this plugin's panels are left out and the operator is told.
    Since: 0.1
    """


# --- curriculum ---


@hookspec
def sc_offer_variants() -> Sequence[VariantOffer]:
    """Offer variants of canonical modules.

    When: the application starts.
    Returns: variants, each pinned to a base by hash; identities are unique.
    Failure: this plugin's variants are left out and the operator is told.
    Since: 0.1
    """


# --- cohorts, sessions, experiments ---


@hookspec
def sc_offer_cohort_types(partner: PartnerFacts) -> Sequence[CohortType]:
    """Offer kinds of cohort with their defaults, rules and fields.

    When: a cohort is made or changed.
    Returns: types with keys unique at the partner.
    Failure: this plugin's types are left out and the operator is told.
    Since: 0.1
    """


@hookspec
def sc_check_cohort_transition(scope: Scope, cohort: CohortFacts, to: str) -> Sequence[Refusal]:
    """Say what stands against a cohort moving to the state `to`.

    When: before the change, inside its transaction, in a savepoint.
    Returns: refusals; an empty sequence agrees.
    Failure: counts as a refusal, and the operator is told.
    Since: 0.1
    """


@hookspec
def sc_check_session_transition(scope: Scope, session: SessionFacts, to: str) -> Sequence[Refusal]:
    """Say what stands against a session moving to the state `to`.

    When: before the change, inside its transaction, in a savepoint.
    Returns: refusals; an empty sequence agrees.
    Failure: counts as a refusal, and the operator is told.
    Since: 0.1
    """


@hookspec
def sc_check_experiment_transition(scope: Scope, experiment: ExperimentFacts, to: str) -> Sequence[Refusal]:
    """Say what stands against an experiment moving to the state `to`.

    When: before the change, inside its transaction, in a savepoint.
    Returns: refusals; an empty sequence agrees.
    Failure: counts as a refusal, and the operator is told.
    Since: 0.1
    """


# --- telling ---


@hookspec
def sc_on_event(scope: Scope, event: Event) -> None:
    """Hear what happened: cohort.opened.v1, session.written_up.v1, experiment.scaled.v1 and others.

    When: after the commit, from the outbox, at least once, in a write scope of its own.
    Returns: nothing.
    Failure: told again later with growing pauses, then parked for the operator; the user's work is never lost.
    Since: 0.1
    """


@hookspec
def sc_offer_reports(partner: PartnerFacts) -> Sequence[ReportOffer]:
    """Offer reports about a cohort.

    When: a cohort's reports are listed or one is opened.
    Returns: reports with keys unique at the partner.
    Failure: this plugin's reports are left out and the operator is told.
    Since: 0.1
    """


# --- people's own data ---


@hookspec
def sc_offer_personal_data(scope: Scope, subject: SubjectFacts) -> Sequence[HeldData]:
    """Offer what is held of a person beyond the tables whose columns are declared, which need no hook.

    When: somebody asks for everything that is held about a person.
    Returns: one HeldData a kind of thing; keys are unique at the partner.
    Failure: this plugin's share is left out, the archive says so, and the operator is told.
    Since: 0.1
    """


@hookspec
def sc_offer_erasures(scope: Scope, subject: SubjectFacts) -> Sequence[Erasure]:
    """Offer to erase what lies outside declared tables, or what takes judgement.

    When: before a person is erased, to say what would go; each one's `erase` follows inside the transaction.
    Returns: one Erasure a kind of thing; keys are unique at the partner.
    Failure: nobody is erased, so that nothing is left behind unseen, and the operator is told.
    Since: 0.1
    """


# --- watching ---


@hookspec
def sc_offer_checks(scope: Scope) -> Sequence[CheckResult]:
    """Offer how the plugin's own part is doing at a partner, for the doctor.

    When: `systems-changers doctor` looks the instance over; for each partner where the plugin is on, in a scope that
        reads, with nobody signed in.
    Returns: results whose ids are unique in the plugin; the doctor shows them as `<plugin>.<id>`.
    Failure: this plugin's checks are left out, the doctor says so, and the operator is told.
    Since: 0.1
    """
