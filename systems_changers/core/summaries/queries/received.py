"""What the foundation's page reads: its own rows only, in two statements whatever the number of partners."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from systems_changers.core.summaries.models import ReceivedSummary
from systems_changers.core.summaries.queries.figures import Figure
from systems_changers.core.summaries.rules.counting import Counted
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import read_columns

REGISTER_ROW = "core:register"
COLUMNS = (
    ReceivedSummary.about_partner, ReceivedSummary.about_name, ReceivedSummary.indicator,
    ReceivedSummary.definition_hash, ReceivedSummary.status, ReceivedSummary.confidentiality,
    ReceivedSummary.numerator, ReceivedSummary.denominator, ReceivedSummary.people, ReceivedSummary.cohorts,
    ReceivedSummary.parts, ReceivedSummary.module_mix, ReceivedSummary.from_on, ReceivedSummary.to_on,
)  # fmt: skip


@dataclass(slots=True)
class Received:
    """One partner as the foundation may see it. `register` holds deliveries, recorded and heads (None: hidden)."""

    id: UUID
    name: str
    figures: dict[str, Figure] = field(default_factory=dict)
    mix: dict[str, int] = field(default_factory=dict)
    cohorts: int = 0
    from_on: date | None = None
    to_on: date | None = None
    register: dict[str, Any] | None = None


def alphabetical(name: str) -> str:
    """A name as the alphabet sorts it, whatever its case and accents: É stands with E."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))[:200]


def received_page(scope: Scope, kind: str, page: tuple[int, int]) -> list[Received]:
    """One page (number, size) of the partners of a kind, in alphabetical order and in no other; one statement."""
    number, size = page
    return _received(read_columns(scope.db, ONE_PAGE, {"kind": kind, "size": size, "skip": (number - 1) * size}))


def one_figure(scope: Scope, indicator: str, page: tuple[int, int]) -> list[Received]:
    """The same page of the hosting partners with one indicator alone; one statement."""
    number, size = page
    given = {"kind": "hosting", "indicator": indicator, "size": size, "skip": (number - 1) * size}
    return _received(read_columns(scope.db, ONE_FIGURE, given))


def received_rows(scope: Scope, kind: str) -> list[Received]:
    """All partners of a kind in alphabetical order; one statement."""
    return _received(read_columns(scope.db, ALL_OF, {"kind": kind}))


def _received(found: Iterable[Any]) -> list[Received]:
    made: dict[UUID, Received] = {}
    for row in found:
        partner = made.get(row.about_partner)
        if partner is None:
            partner = made[row.about_partner] = Received(row.about_partner, row.about_name)
        _take(partner, row)
    return list(made.values())


def _all_of() -> sa.Select[Any]:
    of_kind = ReceivedSummary.about_kind == sa.bindparam("kind"), ReceivedSummary.deleted_at.is_(None)
    return sa.select(*COLUMNS).where(*of_kind).order_by(ReceivedSummary.about_order, ReceivedSummary.about_partner)


def _one_page() -> sa.Select[Any]:
    about = aliased(ReceivedSummary)
    place = (about.about_order, about.about_partner)
    of_kind = sa.select(about.about_partner).where(about.about_kind == sa.bindparam("kind"), about.deleted_at.is_(None))
    chosen = of_kind.group_by(*place).order_by(*place).limit(sa.bindparam("size")).offset(sa.bindparam("skip"))
    return _all_of().where(ReceivedSummary.about_partner.in_(chosen))


ALL_OF, ONE_PAGE = _all_of(), _one_page()  # made once: making them costs more than running them
ONE_FIGURE = ONE_PAGE.where(ReceivedSummary.indicator == sa.bindparam("indicator"))


def _take(partner: Received, row: Any) -> None:
    if row.indicator == REGISTER_ROW:
        hidden = row.confidentiality == "suppressed"
        partner.register = {**row.parts, "hidden": hidden, "from_on": row.from_on, "to_on": row.to_on}
        return
    definition = indicators().get(row.indicator)
    if definition is None or definition.hash != row.definition_hash:
        return
    counted = Counted(row.status, row.numerator, row.denominator, row.people, row.parts, row.cohorts or 0)
    partner.figures[row.indicator] = Figure(definition, counted, row.confidentiality)
    partner.mix = row.module_mix or partner.mix
    partner.cohorts = max(partner.cohorts, row.cohorts or 0)
    partner.from_on, partner.to_on = row.from_on or partner.from_on, row.to_on or partner.to_on


@dataclass(frozen=True, slots=True)
class Totals:
    """How many partners of each kind are known, and when the last change came.

    `edition` is another one after every change: rows are only added, changed (their version rises) or marked as gone.
    """

    hosting: int
    listed: int
    changed_at: datetime | None
    edition: tuple[tuple[int, int, int], ...]

    def of(self, kind: str) -> int:
        """The number of partners of a kind."""
        return self.listed if kind == "listed" else self.hosting


def totals(scope: Scope) -> Totals:
    """One statement."""
    rows: dict[str, Any] = {row.about_kind: row for row in read_columns(scope.db, TOTALS)}
    partners = {kind: row.partners for kind, row in rows.items()}
    last = max((row.last for row in rows.values() if row.last), default=None)
    edition = tuple((row.rows, row.live, row.versions) for _, row in sorted(rows.items()))
    return Totals(partners.get("hosting", 0), partners.get("listed", 0), last, edition)


_LIVE = ReceivedSummary.deleted_at.is_(None)
TOTALS = sa.select(
    ReceivedSummary.about_kind,
    sa.func.count(sa.case((_LIVE, ReceivedSummary.about_partner)).distinct()).label("partners"),
    sa.func.max(sa.case((_LIVE, ReceivedSummary.received_at))).label("last"),
    sa.func.count().label("rows"),
    sa.func.count(sa.case((_LIVE, 1))).label("live"),
    sa.func.sum(ReceivedSummary.version).label("versions"),
).group_by(ReceivedSummary.about_kind)


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page's first sentence says of its partners. Sums are over figures that may be shown, and nothing else."""

    partners: int
    sharing: int
    completed: int
    started: int
    hidden: int
    deliveries: int
    heads: int


def overview(rows: Sequence[Received]) -> Overview:
    """The page's partners in a few numbers."""
    shown = [each.figures["core:I7"].counted for each in rows if "core:I7" in each.figures]
    registers = [each.register for each in rows if each.register]
    figures = [figure for each in rows for figure in each.figures.values()]
    return Overview(
        len(rows),
        sum(any(figure.confidentiality != "not_shared" for figure in each.figures.values()) for each in rows),
        sum(each.numerator or 0 for each in shown),
        sum(each.denominator or 0 for each in shown if each.numerator is not None),
        sum(figure.confidentiality == "suppressed" for figure in figures) + sum(each["hidden"] for each in registers),
        sum(each["deliveries"] for each in registers),
        sum(each["heads"] or 0 for each in registers),
    )
