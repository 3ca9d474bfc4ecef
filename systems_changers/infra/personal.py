"""What a column about a person has to say: why it is held, on what lawful basis, and until when.

A `Keep` is read by people and by the retention run alike, so what its sentence promises is what is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from systems_changers.infra.text import N_, Message, msg, nmsg

Basis = Literal["consent", "contract", "legal obligation", "vital interests", "public task", "legitimate interests"]
Condition = Literal[
    "explicit consent", "employment and social protection", "vital interests", "not-for-profit body",
    "made public by the person", "legal claims", "substantial public interest", "health or social care",
    "public health", "archiving, research and statistics",
]  # fmt: skip
BASES: Mapping[str, str] = MappingProxyType({
    "consent": N_("Consent"),
    "contract": N_("Contract"),
    "legal obligation": N_("Legal obligation"),
    "vital interests": N_("Vital interests"),
    "public task": N_("Public task"),
    "legitimate interests": N_("Legitimate interests"),
})  # fmt: skip
"""The lawful bases of UK GDPR article 6(1)."""
CONDITIONS: Mapping[str, str] = MappingProxyType({
    "explicit consent": N_("Explicit consent"),
    "employment and social protection": N_("Employment, social security and social protection"),
    "vital interests": N_("Vital interests"),
    "not-for-profit body": N_("The legitimate activities of a not-for-profit body"),
    "made public by the person": N_("Made public by the person"),
    "legal claims": N_("Legal claims"),
    "substantial public interest": N_("Substantial public interest"),
    "health or social care": N_("Health or social care"),
    "public health": N_("Public health"),
    "archiving, research and statistics": N_("Archiving, research and statistics"),
})  # fmt: skip
"""The conditions for special-category data of UK GDPR article 9(2)."""
Event = Literal["made", "used", "decided", "closed"]
COLUMNS: Mapping[str, str] = {
    "made": "created_at",
    "used": "seen_at",
    "decided": "decided_at",
    "closed": "closed_at",
}
REMOVED = "–"
"""What stands in a text that may not be empty, once its time is over or its person is erased."""

_STANDING: Mapping[str, Message] = {
    "account": msg("While the account exists"),
    "withdrawn": msg("Until the person takes it back"),
    "sent": msg("Until it is sent"),
    "trail": msg("As long as the record of who did what, which nobody can change"),
    "cohort": msg("Until the cohort has ended"),
    "last_cohort": msg("Until the person's last cohort has ended"),
}
_DAYS: Mapping[str, Message] = {
    "made": nmsg("%(count)s day after it was written", "%(count)s days after it was written", 1),
    "used": nmsg("%(count)s day after it was last used", "%(count)s days after it was last used", 1),
    "decided": nmsg("%(count)s day after the decision", "%(count)s days after the decision", 1),
    "closed": nmsg("%(count)s day after it was closed", "%(count)s days after it was closed", 1),
    "cohort": nmsg("%(count)s day after the cohort has ended", "%(count)s days after the cohort has ended", 1),
    "last_cohort": nmsg("%(count)s day after the person's last cohort has ended and they were last here",
                        "%(count)s days after the person's last cohort has ended and they were last here", 1),
}  # fmt: skip
_YEARS: Mapping[str, Message] = {
    "made": nmsg("%(count)s year after it was written", "%(count)s years after it was written", 1),
    "used": nmsg("%(count)s year after it was last used", "%(count)s years after it was last used", 1),
    "decided": nmsg("%(count)s year after the decision", "%(count)s years after the decision", 1),
    "closed": nmsg("%(count)s year after it was closed", "%(count)s years after it was closed", 1),
    "cohort": nmsg("%(count)s year after the cohort has ended", "%(count)s years after the cohort has ended", 1),
    "last_cohort": nmsg("%(count)s year after the person's last cohort has ended and they were last here",
                        "%(count)s years after the person's last cohort has ended and they were last here", 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keep:
    """How long something about a person is kept, and from when that counts; made by the functions below.

    `column` holds the moment of a `since` that happened to the row itself. With `rows` the whole row goes.
    """

    since: str
    days: int = 0
    years: int = 0
    column: str = ""
    rows: bool = False

    @classmethod
    def while_account(cls) -> Keep:
        """As long as somebody signs in with it; it goes with the account."""
        return cls("account")

    @classmethod
    def until_withdrawn(cls) -> Keep:
        """Until the person it is about takes it back on a page."""
        return cls("withdrawn")

    @classmethod
    def until_sent(cls) -> Keep:
        """Until it has been sent; whoever sends it deletes it."""
        return cls("sent")

    @classmethod
    def with_the_trail(cls) -> Keep:
        """As long as the append-only record it is part of."""
        return cls("trail")

    @classmethod
    def after(cls, event: Event, *, days: int = 0, years: int = 0, column: str = "", rows: bool = False) -> Keep:
        """So long after something happened to the row: `column` holds when, unless it is the event's usual one."""
        return cls(event, days, years, column or COLUMNS[event], rows)

    @classmethod
    def after_cohort(cls, *, days: int = 0, years: int = 0, rows: bool = False) -> Keep:
        """So long after the cohort ended that the row's foreign keys lead to; at once where nothing is given."""
        return cls("cohort", days, years, rows=rows)

    @classmethod
    def after_last_cohort(cls, *, days: int = 0, years: int = 0, rows: bool = False) -> Keep:
        """So long after the last cohort ended of the person that the row is or that its foreign keys lead to.

        Never while the person has a part in a cohort that goes on, or runs things here, or was here in that time.
        """
        return cls("last_cohort", days, years, rows=rows)

    @property
    def by_time(self) -> bool:
        """Whether a moment comes when the retention run lets it go."""
        return self.since not in ("account", "withdrawn", "sent", "trail")

    @property
    def sentence(self) -> Message:
        """In words."""
        counted, said = (self.years, _YEARS) if self.years else (self.days, _DAYS)
        if not counted:
            return _STANDING[self.since]
        form = said[self.since]
        return Message(form.text, MappingProxyType({"count": counted}), form.many)

    def before(self, now: datetime) -> datetime:
        """What it counts from is over if it was before this moment; a year is a calendar year."""
        now = now.astimezone(UTC) - timedelta(days=self.days)
        try:
            return now.replace(year=now.year - self.years)
        except ValueError:  # the 29th of February of a year that has none
            return now.replace(year=now.year - self.years, day=28)


def emptied(column: sa.Column[Any]) -> Any:
    """What stands in the column once its time is over or its person is erased: nothing, its default, or a dash.

    Raises LookupError where there is none.
    """
    if column.nullable:
        return None
    default = column.default
    if isinstance(default, ScalarElementColumnDefault):
        return default.arg
    if isinstance(default, CallableColumnDefault):
        return default.arg(None)  # type: ignore[arg-type]  # wrapped, so that it may take nothing
    if isinstance(column.type, sa.String):
        return REMOVED
    if isinstance(column.type, sa.JSON):
        return {}
    raise LookupError(column.name)


def can_be_emptied(column: sa.Column[Any]) -> bool:
    """Whether something can stand in the column without saying anything of a person."""
    try:
        emptied(column)
    except LookupError:
        return False
    return True


def problems(column: sa.Column[Any]) -> Iterator[Message]:
    """What a personal column leaves unsaid; nothing for one that is well declared, or about nobody."""
    info, name = column.info, column.name
    if not info.get("personal"):
        return
    if not info.get("purpose"):
        yield msg("column %(column)s is personal and doesn't say for what purpose it is held", column=name)
    if info.get("basis") not in BASES:
        yield msg("column %(column)s is personal and doesn't say on which lawful basis it is held: %(bases)s",
                  column=name, bases=", ".join(get_args(Basis)))  # fmt: skip
    if info.get("special") and info.get("condition") not in CONDITIONS:
        yield msg("column %(column)s is special-category and doesn't say on which condition it is held: %(conditions)s",
                  column=name, conditions="; ".join(get_args(Condition)))  # fmt: skip
    yield from _keeping(column)


def _keeping(column: sa.Column[Any]) -> Iterator[Message]:
    keep, table = column.info.get("keep"), column.table
    if not isinstance(keep, Keep):
        yield msg("column %(column)s is personal and doesn't say with a Keep how long it is kept", column=column.name)
        return
    if keep.column and keep.column not in table.columns:
        yield msg("column %(column)s is kept from %(moment)s on, which is no column beside it",
                  column=column.name, moment=keep.column)  # fmt: skip
    if keep.by_time and not keep.rows and not can_be_emptied(column):
        yield msg("column %(column)s can't be emptied when its time is over: let it be empty, or give a default",
                  column=column.name)  # fmt: skip
