"""The learning report: what moved, what was learned, what was done differently, and that young people were kept safe.

The levels of change are the six conditions of Kania, Kramer and Senge, The Water of Systems Change (FSG, 2018), as the
kit's experiments name them.
"""

from __future__ import annotations

from collections.abc import Mapping

from childrens_society.reviews import counts as review_counts
from systems_changers.toolkit import (
    CONDITIONS,
    N_,
    OUTCOMES,
    CohortCounts,
    CohortFacts,
    Message,
    ReportOffer,
    ReportSection,
    Scope,
    count_cohort,
    msg,
)

NOT_TRIED = frozenset({"noticing", "framed", "ready"})


def build(scope: Scope, cohort: CohortFacts) -> list[ReportSection]:
    """The report's sections, from the cohort's records and this partner's reviews. Four statements."""
    counts = count_cohort(scope, cohort.id)
    sections = [_taking_part(cohort, counts), _levels(counts), _learned(counts)]
    if counts.departures:
        sections.append(_departures(counts))
    return [*sections, _safety(review_counts(scope))]


def _taking_part(cohort: CohortFacts, counts: CohortCounts) -> ReportSection:
    said = [
        msg("Colleagues taking part: %(people)s.", people=counts.people),
        msg("Sessions held: %(held)s of %(sessions)s.", held=counts.held, sessions=counts.sessions),
        msg("Places taken at them: %(came)s of %(expected)s.", came=counts.came, expected=counts.expected),
    ]
    sponsor = cohort.extra.get("sponsor")
    if sponsor:
        said.append(msg("A sponsor has been named."))
    return ReportSection(N_("Taking part"), tuple(said))


def _levels(counts: CohortCounts) -> ReportSection:
    rows: tuple[tuple[Message | str, ...], ...] = tuple(
        (label, str(counts.conditions.get(key, 0))) for key, label in CONDITIONS.items()
    )
    note = msg("Live practice projects by the part of the system they touch. One that has not said is not counted.")
    return ReportSection(N_("Levels of change"), (note,), (N_("Level"), N_("Projects")), rows)


def _learned(counts: CohortCounts) -> ReportSection:
    states = counts.experiments
    tried = sum(count for state, count in states.items() if state not in NOT_TRIED)
    said = (
        msg("Live practice projects noted: %(noted)s; tried: %(tried)s.", noted=sum(states.values()), tried=tried),
        msg("Stopped with something learned: %(count)s.", count=states.get("stop", 0)),
        msg("Travelling to more teams: %(count)s.", count=counts.scaling.get("out", 0)),
        msg("Reached rules, budgets or policy: %(count)s.", count=counts.scaling.get("up", 0)),
        msg("Changed what people believe and expect: %(count)s.", count=counts.scaling.get("deep", 0)),
    )
    return ReportSection(N_("What was learned"), said)


def _departures(counts: CohortCounts) -> ReportSection:
    rows = tuple(
        (str(each.session), each.title, OUTCOMES.get(each.outcome, each.outcome), each.reason or "")
        for each in counts.departures
    )
    heads = (N_("Session"), N_("Part"), N_("What happened"), N_("Why"))
    return ReportSection(N_("What was done differently"), (), heads, rows)


def _safety(reviews: Mapping[str, int]) -> ReportSection:
    said = (
        msg("Safeguarding reviews at this organisation, all cohorts together."),
        msg("Cleared: %(count)s.", count=reviews["cleared"]),
        msg("Held: %(count)s.", count=reviews["held"]),
        msg("Waiting for an answer: %(count)s.", count=reviews["waiting"]),
        msg("Reviews in which young people are part: %(count)s.", count=reviews["young_people"]),
    )
    return ReportSection(N_("Keeping young people safe"), said)


REPORT = ReportOffer(
    key="childrens-society-learning",
    title=N_("Learning report"),
    description=N_("Levels of change, what was learned, and safeguarding assurance, for sponsors and commissioners."),
    build=build,
)
