"""The kind of cohort that runs inside one organisation: several teams, one sponsor, sessions of ninety minutes."""

from __future__ import annotations

from types import MappingProxyType

from systems_changers.toolkit import N_, Choice, CohortType, FieldSpec

SLUG = "childrens-society"
ORGANISATION = CohortType(
    key="childrens-society-teams",
    label=N_("Teams of one organisation"),
    form="organisation",
    description=N_("Colleagues from several teams, with a sponsor who opens doors, in sessions of ninety minutes."),
    target_places=12,
    sessions=14,
    session_minutes=90,
    longest_block_minutes=90,
    least_teams=3,
    fields=(
        FieldSpec(
            "sponsor",
            N_("Sponsor"),
            hint=N_("A senior ally who opens doors and clears time."),
            required=True,
            personal=True,
        ),
        FieldSpec(
            "contact_with_young_people",
            N_("Do these teams meet young people?"),
            kind="choice",
            choices=(
                Choice("daily", N_("Every day")),
                Choice("sometimes", N_("Sometimes")),
                Choice("never", N_("Hardly ever")),
            ),
        ),
    ),
    variants=MappingProxyType(
        {
            "three-lenses": f"{SLUG}:three-lenses-with-safeguarding",
            "noticing-in-the-field": f"{SLUG}:noticing-with-approval",
            "safe-to-fail-design": f"{SLUG}:lundy-check",
            "telling-it-well": f"{SLUG}:staff-voices",
        }
    ),
    follow_up_months=12,
)
