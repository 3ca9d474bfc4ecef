"""Cohorts, the people in them and their plans, as far as the reader may see them.

Administrators and facilitators see every cohort of the partner, people in a cohort their own, a line manager only the
name and dates of cohorts where they support someone. What may not be seen is not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.cohorts.queries.counts import head_count, people_count
from systems_changers.core.cohorts.rules import Readiness, contact_by_consent, may_see_all, shown_to_the_room
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.people.models import Person
from systems_changers.core.privacy.queries import agreed_to, purposes_in
from systems_changers.core.privacy.rules import COHORT
from systems_changers.hooks.facts import CohortFacts, CohortType
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import live_row, read_columns
from systems_changers.infra.errors import NotFound
from systems_changers.infra.slices import PageRequest, Slice


@dataclass(frozen=True, slots=True)
class CohortLine:
    """A cohort in a list. `whole` is False for a line manager, who is shown the name and dates only."""

    id: UUID
    name: str
    state: str
    form: str
    type_key: str | None
    place: str | None
    host_organisation: str | None
    starts_on: date | None
    ends_on: date | None
    target_places: int | None
    local_name: str | None
    local_mark: str | None
    co_host: str | None
    people: int
    source: str | None = None
    head_count: int | None = None
    whole: bool = True

    @property
    def from_register(self) -> bool:
        """Whether it was brought in with a register, which knows no people, only how many came (None: not told)."""
        return self.source == REGISTER

    @property
    def shown_name(self) -> str:
        """What people on the ground call it."""
        return self.local_name or self.name


@dataclass(frozen=True, slots=True)
class InTheRoom:
    """Somebody in a cohort. For people in the room, `shown` and `contact` hold only what the person chose to show."""

    id: UUID
    person_id: UUID
    part: str
    state: str
    name: str
    shown: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    has_account: bool = False
    manager: str | None = None
    manager_id: UUID | None = None
    learning_partner: str | None = None
    learning_partner_id: UUID | None = None
    front_line_share: int | None = None
    question: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class CohortView:
    """A cohort as the reader may see it: `relation` is staff, member or manager (name and dates only)."""

    line: CohortLine
    relation: str
    version: int = 1
    purpose: str | None = None
    criteria: str | None = None
    time_zone: str = "Europe/London"
    locale: str = "en_GB"
    rehearsal: bool = False
    safeguarding_name: str | None = None
    safeguarding_contact: str | None = None
    planned_modules: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    people: tuple[InTheRoom, ...] = ()

    @property
    def id(self) -> UUID:
        return self.line.id

    @property
    def participants(self) -> list[InTheRoom]:
        return [each for each in self.people if each.part == "participant" and each.state != "left"]

    @property
    def staff(self) -> list[InTheRoom]:
        return [each for each in self.people if each.part != "participant" and each.state != "left"]

    @property
    def left(self) -> list[InTheRoom]:
        return [each for each in self.people if each.state == "left"]

    def ready(self, kind: CohortType | None) -> Readiness:
        """What the rules need to know of it."""
        confirmed = [each for each in self.participants if each.state == "confirmed"]
        return Readiness(
            self.id, self.line.state, self.line.target_places,
            bool(self.safeguarding_name and self.safeguarding_contact),
            sum(each.part == "facilitator" for each in self.staff), len(confirmed),
            len({(each.shown.get("organisation"), each.shown.get("team")) for each in self.participants}),
            self.planned_modules, kind.least_teams if kind else 1,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of a cohort's plan."""

    id: UUID
    position: int
    origin: str
    identity: str
    hash: str
    canonical_identity: str | None
    canonical_hash: str | None
    number: int | None
    title: str
    minutes: int
    version: int


_LINE = (
    Cohort.id, Cohort.name, Cohort.state, Cohort.form, Cohort.type_key, Cohort.place, Cohort.host_organisation,
    Cohort.starts_on, Cohort.ends_on, Cohort.target_places, Cohort.local_name, Cohort.local_mark, Cohort.co_host,
)  # fmt: skip


def _mine(scope: Scope) -> sa.Select[Any]:
    """Ids of cohorts that the actor is part of, or accompanies somebody in."""
    me = scope.actor.person_id
    return sa.select(CohortPerson.cohort_id).where(
        sa.or_(CohortPerson.person_id == me, CohortPerson.learning_partner_id == me),
        CohortPerson.state != "left", CohortPerson.deleted_at.is_(None),
    )  # fmt: skip


def _managed(scope: Scope) -> sa.Select[Any]:
    """Ids of cohorts in which the actor supports somebody as line manager."""
    return sa.select(CohortPerson.cohort_id).where(
        CohortPerson.manager_id == scope.actor.person_id,
        CohortPerson.state != "left",
        CohortPerson.deleted_at.is_(None),
    )


def open_to(scope: Scope) -> sa.ColumnElement[bool]:
    """The condition on Cohort that the actor may see it whole; for statements of higher slices too."""
    if may_see_all(scope.actor):
        return sa.true()
    return sa.false() if scope.actor.person_id is None else Cohort.id.in_(_mine(scope))


def _relation(scope: Scope) -> sa.ColumnElement[str]:
    if may_see_all(scope.actor):
        return sa.literal("staff")
    if scope.actor.person_id is None:
        return sa.literal("none")
    return sa.case((Cohort.id.in_(_mine(scope)), "member"), (Cohort.id.in_(_managed(scope)), "manager"), else_="none")


def known_to(scope: Scope) -> sa.ColumnElement[bool]:
    """The condition on Cohort that the actor may see anything of it: a line manager sees name and dates."""
    if may_see_all(scope.actor):
        return sa.true()
    if scope.actor.person_id is None:
        return sa.false()
    return sa.or_(Cohort.id.in_(_mine(scope)), Cohort.id.in_(_managed(scope)))


def cohorts_open_to(scope: Scope, page: PageRequest, *, states: tuple[str, ...] = ()) -> Slice[CohortLine]:
    """The cohorts that the actor may know of, the newest start first. One statement, and one more beyond the end."""
    given = {"me": scope.actor.person_id, "size": page.size, "skip": page.offset, "states": list(states)}
    who = "all" if may_see_all(scope.actor) else "nobody" if scope.actor.person_id is None else "some"
    listed, counted = _LISTS[who, bool(states)]
    found = read_columns(scope.db, listed, given)
    total = found[0][-1] if found else (scope.db.scalar(counted, given) or 0) if page.number > 1 else 0
    return Slice([_line(row) for row in found], total, page.number, page.size)


def _lists(who: str, *, by_state: bool) -> tuple[Any, Any]:
    """A page of the list with its whole length beside each row, and the length alone."""
    me = sa.bindparam("me", type_=CohortPerson.person_id.type)
    live = CohortPerson.state != "left", CohortPerson.deleted_at.is_(None)
    mine = Cohort.id.in_(
        sa.select(CohortPerson.cohort_id).where(
            sa.or_(CohortPerson.person_id == me, CohortPerson.learning_partner_id == me), *live
        )
    )
    managed = Cohort.id.in_(sa.select(CohortPerson.cohort_id).where(CohortPerson.manager_id == me, *live))
    known: sa.ColumnElement[bool] = {"all": sa.true(), "nobody": sa.false()}.get(who, sa.or_(mine, managed))
    some = sa.case((mine, "member"), (managed, "manager"), else_="none")
    relation = {"all": sa.literal("staff"), "nobody": sa.literal("none")}.get(who, some)
    wanted = [known, Cohort.deleted_at.is_(None)]
    if by_state:
        wanted.append(Cohort.state.in_(sa.bindparam("states", expanding=True)))
    listed = (
        sa.select(
            *_LINE,
            people_count().label("people"),
            Cohort.source,
            head_count().label("heads"),
            relation.label("relation"),
            sa.func.count().over(),
        )
        .where(*wanted)
        .order_by(sa.func.coalesce(Cohort.starts_on, date.max).desc(), Cohort.name, Cohort.id)
        .limit(sa.bindparam("size"))
        .offset(sa.bindparam("skip"))
    )
    return listed, sa.select(sa.func.count()).select_from(Cohort).where(*wanted)


_LISTS = {
    (who, by_state): _lists(who, by_state=by_state) for who in ("all", "some", "nobody") for by_state in (False, True)
}


def _line(row: Any) -> CohortLine:
    if row[-2] == "manager":
        shown = (row.id, row.name, "", "", None, None, None, row.starts_on, row.ends_on, None)
        return CohortLine(*shown, row.local_name, None, None, 0, whole=False)
    return CohortLine(*row[:-2])


def cohort_view(scope: Scope, cohort_id: UUID) -> CohortView:
    """One cohort with the people in it, as the actor may see them. One statement; raises NotFound."""
    manager, companion = aliased(Person), aliased(Person)
    plan = sa.select(sa.func.count()).select_from(PlannedModule).where(
        PlannedModule.cohort_id == Cohort.id, PlannedModule.deleted_at.is_(None)
    ).correlate(Cohort).scalar_subquery()  # fmt: skip
    found = (
        sa.select(
            Cohort, _relation(scope).label("relation"), plan.label("planned"), CohortPerson, Person,
            manager.name.label("manager"), companion.name.label("companion"), head_count().label("heads"),
            agreed_to(Person.id, COHORT).label("agreed"),
        )
        .outerjoin(CohortPerson, sa.and_(CohortPerson.cohort_id == Cohort.id, CohortPerson.deleted_at.is_(None)))
        .outerjoin(Person, Person.id == CohortPerson.person_id)
        .outerjoin(manager, manager.id == CohortPerson.manager_id)
        .outerjoin(companion, companion.id == CohortPerson.learning_partner_id)
        .where(Cohort.id == cohort_id, Cohort.deleted_at.is_(None), known_to(scope))
        .order_by(CohortPerson.part, Person.name, CohortPerson.id)
    )  # fmt: skip
    rows = scope.db.execute(found).all()
    if not rows:
        raise NotFound
    return _view(scope, rows)


def _view(scope: Scope, rows: Any) -> CohortView:
    row, relation = rows[0][0], rows[0].relation
    if relation == "manager":
        return CohortView(_cohort_line(row, 0, whole=False), relation, row.version)
    staff = relation == "staff"
    people = tuple(
        _in_the_room(each, staff=staff or each[4].id == scope.actor.person_id)
        for each in rows
        if each[3] is not None and each[4] is not None
    )
    confirmed = sum(each.part == "participant" and each.state == "confirmed" for each in people)
    return CohortView(
        _cohort_line(row, confirmed, rows[0].heads, whole=True), relation, row.version, row.purpose, row.criteria,
        row.time_zone, row.locale, row.rehearsal, row.safeguarding_name, row.safeguarding_contact, rows[0].planned,
        dict(row.extra), people,
    )  # fmt: skip


def _cohort_line(row: Cohort, people: int, heads: int | None = None, *, whole: bool) -> CohortLine:
    if not whole:
        shown = (row.id, row.name, "", "", None, None, None, row.starts_on, row.ends_on, None)
        return CohortLine(*shown, row.local_name, None, None, 0, whole=False)
    return CohortLine(**{column.key: getattr(row, column.key) for column in _LINE}, people=people, source=row.source,
                      head_count=heads)  # fmt: skip


_SHOWN = ("job", "organisation", "team", "about", "asks", "offers")


def _in_the_room(row: Any, *, staff: bool) -> InTheRoom:
    part, person = row[3], row[4]
    values = {name: getattr(person, name) for name in _SHOWN}
    ways = {"email": person.email, "phone": person.phone}
    if staff:
        contact = {way: value for way, value in ways.items() if value}
        return InTheRoom(
            part.id, person.id, part.part, part.state, person.name, values, contact, person.account_id is not None,
            row.manager, part.manager_id, row.companion, part.learning_partner_id, part.front_line_share,
            part.question, part.version,
        )  # fmt: skip
    name, agreed = person.name if "name" in person.shows else "", purposes_in(row.agreed)
    shows = [each for each in person.shows if f"show.{each}" in agreed]
    reached = [each for each in person.contact_by if f"reach.{each}" in agreed]
    return InTheRoom(
        part.id, person.id, part.part, part.state, name, shown_to_the_room(shows, values),
        contact_by_consent(reached, ways), learning_partner=row.companion,
    )  # fmt: skip


def cohort_row(scope: Scope, cohort_id: UUID) -> Cohort:
    """The cohort's row, for services; raises NotFound."""
    return live_row(scope.db, Cohort, cohort_id)


def cohort_person_row(scope: Scope, cohort_id: UUID, cohort_person_id: UUID) -> CohortPerson:
    """Somebody's part in that cohort, for services; raises NotFound."""
    row = live_row(scope.db, CohortPerson, cohort_person_id)
    if row.cohort_id != cohort_id:
        raise NotFound
    return row


def cohort_facts(row: Cohort, people: int = 0) -> CohortFacts:
    """What plugins may know of a cohort; `people` counts its confirmed participants."""
    return _facts(row, people, row.extra)


def facts_of(view: CohortView) -> CohortFacts:
    """The same facts, from a cohort already read."""
    return _facts(view.line, view.line.people, view.extra)


def _facts(cohort: Cohort | CohortLine, people: int, extra: Mapping[str, Any]) -> CohortFacts:
    return CohortFacts(
        id=cohort.id, name=cohort.local_name or cohort.name, form=cohort.form, state=cohort.state,
        place=cohort.place or "", type_key=cohort.type_key, target_places=cohort.target_places,
        starts_on=cohort.starts_on.isoformat() if cohort.starts_on else None, people=people, extra=dict(extra),
    )  # fmt: skip


def plan_of(scope: Scope, cohort_id: UUID) -> list[PlanLine]:
    """The plan's lines in force, in order. One statement."""
    found = (
        sa.select(PlannedModule)
        .where(PlannedModule.cohort_id == cohort_id, PlannedModule.deleted_at.is_(None))
        .order_by(PlannedModule.position)
    )
    return [
        PlanLine(**{each.name: getattr(row, each.name) for each in fields(PlanLine)}) for row in scope.db.scalars(found)
    ]


def planned_rows(scope: Scope, cohort_id: UUID) -> list[PlannedModule]:
    """The plan's rows in force, in order; for the sessions that are made from them."""
    found = sa.select(PlannedModule).where(PlannedModule.cohort_id == cohort_id, PlannedModule.deleted_at.is_(None))
    return list(scope.db.scalars(found.order_by(PlannedModule.position)))


def people_by_email(scope: Scope, cohort_id: UUID) -> set[str]:
    """Lower-case addresses of the participants already in a cohort. One statement."""
    found = (
        sa.select(sa.func.lower(Person.email))
        .join(CohortPerson, CohortPerson.person_id == Person.id)
        .where(
            CohortPerson.cohort_id == cohort_id, CohortPerson.part == "participant", CohortPerson.state != "left",
            CohortPerson.deleted_at.is_(None), Person.email.is_not(None),
        )
    )  # fmt: skip
    return set(scope.db.scalars(found))


def email_of(scope: Scope, person_id: UUID | None) -> str | None:
    """A person's address, for the form that names them. One statement, or none."""
    return scope.db.scalar(sa.select(Person.email).where(Person.id == person_id)) if person_id else None
