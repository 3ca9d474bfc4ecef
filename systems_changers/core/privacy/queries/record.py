"""The record of processing activities as a table for spreadsheets, and who answers for people's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from systems_changers.core.operations.queries import INVENTED, instance_is_demo
from systems_changers.core.partners.rules import PRIVACY
from systems_changers.core.privacy.queries.declared import Activity, activities
from systems_changers.hooks.scope import Scope
from systems_changers.infra.personal import BASES, CONDITIONS
from systems_changers.infra.sheets import Row
from systems_changers.infra.text import Message


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for people's data at a partner; empty texts where nobody has said yet."""

    name: str
    contact: str
    registration: str


def responsible(scope: Scope) -> Responsible:
    """Whoever the partner's settings name. No statement."""
    told = scope.partner.settings.get(PRIVACY, {})
    return Responsible(scope.partner.name, told.get("contact", ""), told.get("registration", ""))


HEADS: Row = ("controller", "contact", "purpose", "data", "basis", "condition", "kept", "plugin", "tables")


def record_sheet(scope: Scope) -> list[Row]:
    """The record as UK GDPR article 30 asks for it, a row an activity. One statement.

    A demo's last line says that it is invented.
    """
    who = responsible(scope)
    last: list[Row] = [[INVENTED]] if instance_is_demo(scope) else []
    return [HEADS, *(_row(who, each) for each in activities(scope)), *last]


def _row(who: Responsible, each: Activity) -> Sequence[object]:
    return (
        who.name, who.contact, Message(each.purpose), listed(each.labels), Message(BASES[each.basis]),
        Message(CONDITIONS[each.condition]) if each.condition else "", each.keep.sentence, each.plugin,
        ", ".join(each.tables),
    )  # fmt: skip


def listed(labels: Sequence[str]) -> Message:
    """Several msgids as one text, each told in the reader's language."""
    places = "; ".join(f"%(each{at})s" for at in range(len(labels)))
    return Message(places, {f"each{at}": Message(label) for at, label in enumerate(labels)})
