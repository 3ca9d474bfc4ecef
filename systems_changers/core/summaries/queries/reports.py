"""The reports that plugins offer about a cohort, for those whom each report allows.

A report is made anew whenever it is opened, so that it can't say anything but what the records say.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from systems_changers.core.cohorts import queries as cohorts
from systems_changers.hooks.facts import CohortFacts, ReportOffer, ReportSection
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a cohort, made at this moment."""

    cohort: CohortFacts
    offer: ReportOffer
    sections: tuple[ReportSection, ...]


def reports(scope: Scope, cohort_id: UUID) -> tuple[CohortFacts, list[ReportOffer]]:
    """The cohort and the reports that the actor may open on it. One statement; raises NotFound."""
    cohort = _cohort(scope, cohort_id)
    return cohort, [offer for _, offer in reports_allowed(scope)]


def report(scope: Scope, cohort_id: UUID, key: str) -> Report:
    """One report; raises NotFound where the actor may not open it, PluginFailed where it can't be made."""
    cohort = _cohort(scope, cohort_id)
    for plugin, offer in reports_allowed(scope):
        if offer.key == key:
            return Report(cohort, offer, tuple(scope.hooks.build_report(plugin, offer, scope, cohort)))
    raise NotFound


def reports_allowed(scope: Scope) -> list[tuple[str, ReportOffer]]:
    """The reports that the actor may open, with the plugin of each."""
    offers = scope.hooks.offer_reports(scope.partner)
    return [(plugin, offer) for plugin, offer in offers if not offer.allowed.isdisjoint(scope.actor.roles)]


def _cohort(scope: Scope, cohort_id: UUID) -> CohortFacts:
    view = cohorts.cohort_view(scope, cohort_id)
    if view.relation == "manager":
        raise NotFound
    return cohorts.facts_of(view)
