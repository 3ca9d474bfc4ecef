"""The community update: one cohort on five themes, from its own records and its profile. No figure is typed twice.

Counts are the cohort's own and stay with the partner; what goes to the foundation follows the sharing agreement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from corra_scotland.profiles import THEMES, Profile, profile_of
from systems_changers.toolkit import (
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
    nmsg,
)

Sentences = list[Message]
TRIED = frozenset({"running", "reviewing", "grow", "adapt", "pause", "stop", "scaling", "embedded"})


@dataclass(frozen=True, slots=True)
class Story:
    """What an update is told from."""

    cohort: CohortFacts
    counts: CohortCounts
    profile: Profile | None


def build(scope: Scope, cohort: CohortFacts) -> list[ReportSection]:
    """The update's sections: the place, the five themes, and what went another way. Four statements."""
    story = Story(cohort, count_cohort(scope, cohort.id), profile_of(scope, cohort.id))
    sections = [_opening(story)]
    for key, title in THEMES.items():
        note = story.profile.themes.get(key) if story.profile else None
        sections.append(ReportSection(title, (*_TOLD[key](story), *([note] if note else []))))
    if story.counts.departures:
        sections.append(_departures(story.counts))
    return sections


def _opening(story: Story) -> ReportSection:
    cohort, profile = story.cohort, story.profile
    said: list[Message | str] = [msg("%(cohort)s in %(place)s.", cohort=cohort.name, place=cohort.place or "–")]
    size = cohort.extra.get("community_size")
    if size:
        said.append(nmsg("About %(count)s person lives there.", "About %(count)s people live there.", size))
    if profile and profile.area_context:
        said.append(profile.area_context)
    if profile is None:
        said.append(msg("No community profile has been written yet."))
    return ReportSection(N_("The place"), tuple(said))


def _voice(story: Story) -> Sentences:
    profile = story.profile
    if profile is None or profile.people_heard is None:
        return [msg("How many people were listened to has not been recorded.")]
    said = [msg("People listened to before the cohort began: %(heard)s.", heard=profile.people_heard)]
    return [*said, msg("What they said was read back to them.")] if profile.read_back else said


def _space(story: Story) -> Sentences:
    counts = story.counts
    return [
        msg("Sessions held: %(held)s of %(sessions)s.", held=counts.held, sessions=counts.sessions),
        msg("Places taken at them: %(came)s of %(expected)s.", came=counts.came, expected=counts.expected),
    ]


def _participation(story: Story) -> Sentences:
    cohort, counts = story.cohort, story.counts
    if cohort.target_places:
        places = cohort.target_places
        said = [msg("People taking part: %(people)s. Places: %(places)s.", people=counts.people, places=places)]
    else:
        said = [msg("People taking part: %(people)s.", people=counts.people)]
    if counts.organisations:
        said.append(msg("Organisations they come from: %(count)s.", count=counts.organisations))
    kept = cohort.extra.get("residents")
    return [*said, msg("Places kept for people who live there: %(kept)s.", kept=kept)] if kept else said


def _investment(story: Story) -> Sentences:
    counts = story.counts
    return [
        msg("Try-outs that reached rules, budgets or policy: %(count)s.", count=counts.scaling.get("up", 0)),
        msg("Try-outs about where money, time and people go: %(count)s.", count=counts.conditions.get("resources", 0)),
    ]


def _learning(story: Story) -> Sentences:
    states = story.counts.experiments
    tried = sum(count for state, count in states.items() if state in TRIED)
    return [
        msg("Try-outs noted: %(noted)s; tried: %(tried)s.", noted=sum(states.values()), tried=tried),
        msg("Stopped with something learned: %(count)s.", count=states.get("stop", 0)),
        msg("Now part of how things are done: %(count)s.", count=states.get("embedded", 0)),
    ]


_TOLD: Mapping[str, Callable[[Story], Sentences]] = {
    "voice": _voice,
    "space": _space,
    "participation": _participation,
    "investment": _investment,
    "learning": _learning,
}


def _departures(counts: CohortCounts) -> ReportSection:
    rows = tuple(
        (str(each.session), each.title, OUTCOMES.get(each.outcome, each.outcome), each.reason or "")
        for each in counts.departures
    )
    heads = (N_("Session"), N_("Part"), N_("What happened"), N_("Why"))
    return ReportSection(N_("What went another way"), (), heads, rows)


REPORT = ReportOffer(
    key="corra-community-update",
    title=N_("Community update"),
    description=N_("One cohort on five themes, for the community itself, trustees and co-funders."),
    build=build,
)
