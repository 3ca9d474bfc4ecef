"""The plugin's hooks, each one line away from the module that does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from corra_scotland import pages, update
from corra_scotland.brand import BRAND
from corra_scotland.community import COMMUNITY, stands_against
from corra_scotland.profiles import profile_of
from corra_scotland.terms import TERMS
from systems_changers.toolkit import (
    Brand,
    CohortFacts,
    CohortType,
    Panel,
    Refusal,
    ReportOffer,
    Route,
    Scope,
    VariantOffer,
    hookimpl,
    read_variants,
)

SLUG = "corra-scotland"


@hookimpl
def sc_choose_brand() -> Brand:
    """Deep green, serif heads."""
    return BRAND


@hookimpl
def sc_refine_terms(locale: str, terms: Mapping[str, str]) -> Mapping[str, str]:
    """What the partner has chosen itself stays."""
    return {**TERMS.get(locale, {}), **terms}


@hookimpl
def sc_offer_routes() -> Sequence[Route]:
    """The community profile."""
    return pages.ROUTES


@hookimpl
def sc_offer_slot(scope: Scope, place: str, cohort: CohortFacts | None) -> Sequence[Panel]:
    """On a community cohort's page its profile, on the front page the five themes."""
    if place == "front.body":
        return [Panel("corra_scotland/front_panel.html", {"themes": pages.THEME_LINES})]
    if place == "cohort.aside" and cohort is not None and cohort.type_key == COMMUNITY.key:
        staff = not update.REPORT.allowed.isdisjoint(scope.actor.roles)
        values = {"cohort": cohort, "profile": profile_of(scope, cohort.id), "staff": staff}
        return [Panel("corra_scotland/cohort_panel.html", values)]
    return []


@hookimpl
def sc_offer_variants() -> Sequence[VariantOffer]:
    """Modules 3, 4, 7 and 11 as places need them."""
    return read_variants(Path(__file__).parent / "variants", SLUG)


@hookimpl
def sc_offer_cohort_types() -> Sequence[CohortType]:
    """People who live in a place and people who work there."""
    return [COMMUNITY]


@hookimpl
def sc_check_cohort_transition(scope: Scope, cohort: CohortFacts, to: str) -> Sequence[Refusal]:
    """A community cohort is confirmed once its community was listened to and has heard itself back."""
    return stands_against(scope, cohort, to)


@hookimpl
def sc_offer_reports() -> Sequence[ReportOffer]:
    """The community update."""
    return [update.REPORT]
