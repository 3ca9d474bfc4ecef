"""For whom a page is: decided by a set of roles, and said in words; free of Flask, so that the core can ask as well."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.errors import Refused
from systems_changers.infra.text import N_, Message, msg

MANY: Mapping[str, str] = {
    "administrator": N_("administrators"),
    "facilitator": N_("facilitators"),
    "participant": N_("participants"),
    "line_manager": N_("line managers"),
    "analyst": N_("analysts"),
    "operator": N_("whoever operates this instance"),
}
ONE: Mapping[str, str] = {
    "administrator": N_("an administrator"),
    "facilitator": N_("a facilitator"),
    "participant": N_("a participant"),
    "line_manager": N_("a line manager"),
    "analyst": N_("an analyst"),
}


@dataclass(frozen=True, slots=True)
class PageAsked:
    """One page of a partner: its endpoint with what its path names, and `who` the tables let in.

    `path` is what follows the partner's prefix. `plugin` is the title of the plugin whose page it is, `on` whether the
    partner has it switched on; with `form` the address takes a form and is no page to be read.
    """

    path: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    who: frozenset[str] = frozenset()
    plugin: str | None = None
    on: bool = True
    form: bool = False


class NotForYou(Refused):
    """Somebody has come in, but the page is for others: for those in `who`."""

    code = "not_allowed"

    def __init__(self, message: Message, who: frozenset[str]) -> None:
        super().__init__(message)
        self.who = who


def allowed(actor: ActorFacts, who: Collection[str]) -> bool:
    """Whether the actor is among `who`: roles, or anyone, signed_in, operator."""
    if "anyone" in who:
        return True
    if not actor.signed_in:
        return False
    return "signed_in" in who or (actor.is_operator and "operator" in who) or not actor.roles.isdisjoint(who)


def audience(who: Collection[str]) -> Message:
    """For whom a page is, in a sentence."""
    if "anyone" in who:
        return msg("This page is open to everybody.")
    if "signed_in" in who:
        return msg("This page is for everybody who has signed in.")
    named = [Message(MANY[each]) for each in MANY if each in who]
    return msg("This page is for %(who)s.", who=_listed(named)) if named else msg("This page is for nobody.")


def standing(roles: Collection[str]) -> Message:
    """What the reader is here, in a sentence."""
    if not roles:
        return msg("You have no role here at present.")
    return msg("Here you are %(what)s.", what=role_words(roles))


def role_words(roles: Collection[str]) -> Message:
    """One person's roles, such as: an administrator and a facilitator; there must be one."""
    return _listed([Message(ONE[each]) for each in ONE if each in roles])


def _listed(words: Sequence[Message]) -> Message:
    *before, last = words
    if not before:
        return last
    said = before[0]
    for each in before[1:]:
        said = msg("%(words)s, %(next)s", words=said, next=each)
    return msg("%(words)s and %(last)s", words=said, last=last)
