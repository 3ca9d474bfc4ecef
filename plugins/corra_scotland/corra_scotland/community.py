"""The kind of cohort that a place runs, and what has to be there before it is confirmed.

Nothing here sets an outcome: the rules ask only whether people were listened to, and keep seats for them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from corra_scotland.profiles import profile_of
from systems_changers.toolkit import N_, CohortFacts, CohortType, FieldSpec, Refusal, Scope, msg, nmsg

SLUG = "corra-scotland"
COMMUNITY = CohortType(
    key="corra-community",
    label=N_("Community cohort"),
    form="place",
    description=N_(
        "People who live in a small place and people who work there, learning together, with a co-ordinator."
    ),
    target_places=12,
    sessions=9,
    session_minutes=360,
    residents_welcome=True,
    local_brand=True,
    fields=(
        FieldSpec(
            "community_size",
            N_("How many people live there?"),
            kind="number",
            hint=N_("A round figure is enough."),
            required=True,
        ),
        FieldSpec(
            "residents",
            N_("Places kept for people who live there"),
            kind="number",
            hint=N_("Paid or not. The others are for people who work there."),
            required=True,
        ),
        FieldSpec("co_ordinator", N_("Community co-ordinator"), hint=N_("Who is alongside this place?"), personal=True),
        FieldSpec("council_area", N_("Council area")),
    ),
    variants=MappingProxyType(
        {
            "mapping-what-is-there": f"{SLUG}:community-asset-walk",
            "noticing-in-the-field": f"{SLUG}:agenda-free-listening",
            "power-and-permission": f"{SLUG}:local-democracy",
            "bridges": f"{SLUG}:neighbouring-places",
        }
    ),
    follow_up_months=12,
)
DEFAULTS = MappingProxyType({"least_heard": 10, "least_residents": 1})


def stands_against(scope: Scope, cohort: CohortFacts, to: str) -> list[Refusal]:
    """What a community cohort lacks before it can be confirmed; other cohorts and steps pass. One statement."""
    if to != "confirmed" or cohort.type_key != COMMUNITY.key:
        return []
    found: list[Refusal] = []
    edit = (f"x.{SLUG}.edit", {"cohort": cohort.id})
    profile = profile_of(scope, cohort.id)
    if profile is None or not (profile.listening and profile.assets):
        found.append(Refusal(msg("Write the community profile first: what people told you, and what is there."), *edit))
    else:
        wanted = _setting(scope, "least_heard")
        if (profile.people_heard or 0) < wanted:
            sentence = nmsg(
                "Listen to at least %(count)s person first, and note how many there were.",
                "Listen to at least %(count)s people first, and note how many there were.",
                wanted,
            )
            found.append(Refusal(sentence, *edit))
        if not profile.read_back:
            found.append(Refusal(msg("Read the profile back to people who live there before you confirm."), *edit))
    least = _setting(scope, "least_residents")
    if _whole(cohort.extra.get("residents")) < least:
        sentence = msg("Keep at least %(least)s of the places for people who live there.", least=least)
        found.append(Refusal(sentence, "cohorts.change", {"cohort_id": cohort.id}))
    return found


def _setting(scope: Scope, name: str) -> int:
    chosen = scope.partner.settings.get(SLUG, {}).get(name)
    return DEFAULTS[name] if chosen is None else int(chosen)


def _whole(value: Any) -> int:
    """A count from a cohort's extra fields, which an import may have left as text."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() else 0
