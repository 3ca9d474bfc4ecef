"""Roles, and what a person may show the others in a cohort."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from systems_changers.infra.text import N_, Message

ROLES: Mapping[str, str] = {
    "administrator": N_("Administrator"),
    "facilitator": N_("Facilitator"),
    "participant": N_("Participant"),
    "line_manager": N_("Line manager"),
    "analyst": N_("Analyst"),
}
SHOWN: Mapping[str, str] = {
    "job": N_("What I do"),
    "organisation": N_("Where I work"),
    "team": N_("My team"),
    "about": N_("About me"),
    "asks": N_("What I ask for"),
    "offers": N_("What I offer"),
}
"""What a person may show the others in a cohort, besides the name."""
CONTACTS: Mapping[str, str] = {"email": N_("E-mail"), "phone": N_("Phone")}
SHOWS = N_("What the others in my cohort see")
SHOWS_HINT = N_("Your name is always shown; the rest only if you tick it, until you take it back.")
REACHED = N_("How the others in my cohort may reach me")


def room_wordings() -> dict[str, Message]:
    """What is agreed to by each tick about the room, by purpose, in the very words of the form."""
    shown = {f"show.{name}": (SHOWS, label) for name, label in SHOWN.items()}
    reached = {f"reach.{name}": (REACHED, label) for name, label in CONTACTS.items()}
    return {
        purpose: Message("%(ask)s: %(what)s. %(hint)s", {
            "ask": Message(ask), "what": Message(what), "hint": Message(SHOWS_HINT),
        })
        for purpose, (ask, what) in (shown | reached).items()
    }  # fmt: skip


def may_invite(roles: Collection[str], role: str) -> bool:
    """Whether somebody with these roles may invite into `role`; a facilitator brings in those of her cohorts."""
    if "administrator" in roles:
        return role in ROLES
    return "facilitator" in roles and role in ("participant", "line_manager")
