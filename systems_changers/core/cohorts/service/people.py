"""Gathers the people of a cohort: adds them, one or a list, confirms them, lets them go, and says who supports them.

Adding somebody never tells whether they have an account; the same address twice is the same person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.cohorts.queries import cohort_person_row, cohort_row
from systems_changers.core.cohorts.rules import LEAVES_OPEN, STATES, ParticipantEntry, Support
from systems_changers.core.operations.service import record
from systems_changers.core.people.models import Person
from systems_changers.core.people.service import find_or_make_person
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import live_row
from systems_changers.infra.errors import Conflict, Invalid, Refused
from systems_changers.infra.text import Message, msg


@dataclass(frozen=True, slots=True)
class Added:
    """How many people a list added, and how many were in the cohort already."""

    created: int
    unchanged: int


def add_participant(scope: Scope, cohort_id: UUID, entry: ParticipantEntry) -> CohortPerson:
    """Add one person; one who is there already is answered unchanged, one who had left is invited again.

    Raises Refused when the cohort takes nobody in any more.
    """
    return _add(scope, _open_cohort(scope, cohort_id), entry)[0]


def add_participants(scope: Scope, cohort_id: UUID, entries: Sequence[ParticipantEntry]) -> Added:
    """Add a list of people that was checked before; the same list again changes nothing."""
    cohort_id = _open_cohort(scope, cohort_id)
    created = sum(_add(scope, cohort_id, entry)[1] for entry in entries)
    return Added(created, len(entries) - created)


def _open_cohort(scope: Scope, cohort_id: UUID) -> UUID:
    cohort = cohort_row(scope, cohort_id)
    if cohort.state not in LEAVES_OPEN:
        state = Message(STATES[cohort.state])
        raise Refused(msg("A cohort that is %(state)s takes nobody in.", state=state), code="cohort_shut")
    return cohort.id


def _add(scope: Scope, cohort_id: UUID, entry: ParticipantEntry) -> tuple[CohortPerson, bool]:
    if not entry.name.strip():
        raise Invalid(fields={"name": [msg("Give the person's name.")]})
    person = find_or_make_person(
        scope, name=entry.name, email=entry.email, phone=entry.phone, job=entry.job,
        organisation=entry.organisation, team=entry.team, access_needs=entry.access_needs,
    )  # fmt: skip
    known = _part(scope, cohort_id, person.id, "participant")
    if known is not None and known.state != "left":
        return known, False
    part = known or CohortPerson(cohort_id=cohort_id, person_id=person.id, part="participant")
    part.state, part.left_at = entry.state, None
    part.confirmed_at = scope.clock.now() if entry.state == "confirmed" else None
    part.question, part.front_line_share = entry.question, entry.front_line_share
    manager = _manager(scope, entry)
    part.manager_id = manager.id if manager is not None else part.manager_id
    scope.db.add(part)
    scope.db.flush()
    record(scope, "participant.added", kind="cohort_person", id=part.id)
    return part, True


def _manager(scope: Scope, entry: ParticipantEntry) -> Person | None:
    if not (entry.manager_name or entry.manager_email):
        return None
    name = entry.manager_name or (entry.manager_email or "").partition("@")[0]
    return find_or_make_person(scope, name=name, email=entry.manager_email, organisation=entry.organisation)


def _part(scope: Scope, cohort_id: UUID, person_id: UUID, part: str) -> CohortPerson | None:
    found = sa.select(CohortPerson).where(
        CohortPerson.cohort_id == cohort_id, CohortPerson.person_id == person_id, CohortPerson.part == part,
        CohortPerson.deleted_at.is_(None),
    )  # fmt: skip
    return scope.db.scalar(found)


def confirm(scope: Scope, cohort_id: UUID, cohort_person_id: UUID) -> CohortPerson:
    """Somebody's place is certain. Confirming twice changes nothing."""
    part = cohort_person_row(scope, cohort_id, cohort_person_id)
    if part.state != "confirmed":
        part.state, part.confirmed_at, part.left_at = "confirmed", scope.clock.now(), None
        record(scope, "participant.confirmed", kind="cohort_person", id=part.id, changed=["state"])
        scope.db.flush()
    return part


def leave(scope: Scope, cohort_id: UUID, cohort_person_id: UUID) -> CohortPerson:
    """Somebody leaves; what they took part in stays. `rejoin` takes it back."""
    part = cohort_person_row(scope, cohort_id, cohort_person_id)
    if part.state != "left":
        part.state, part.left_at = "left", scope.clock.now()
        record(scope, "participant.left", kind="cohort_person", id=part.id, changed=["state"])
        scope.db.flush()
    return part


def rejoin(scope: Scope, cohort_id: UUID, cohort_person_id: UUID) -> CohortPerson:
    """Take back that somebody left: confirmed again where they had been, else invited."""
    part = cohort_person_row(scope, cohort_id, cohort_person_id)
    if part.state == "left":
        part.state, part.left_at = ("confirmed" if part.confirmed_at else "invited"), None
        record(scope, "participant.rejoined", kind="cohort_person", id=part.id, changed=["state"])
        scope.db.flush()
    return part


def assign(scope: Scope, cohort_id: UUID, cohort_person_id: UUID, support: Support, version: int) -> CohortPerson:
    """Say who supports a participant, their share of front-line time and the question they bring.

    Raises Conflict where somebody changed it in between, NotFound for a learning partner unknown here, Invalid where
    somebody would support themselves.
    """
    part = cohort_person_row(scope, cohort_id, cohort_person_id)
    manager = None
    if support.manager_name or support.manager_email:
        entry = ParticipantEntry("", manager_name=support.manager_name, manager_email=support.manager_email)
        manager = _manager(scope, entry)
    if support.learning_partner_id is not None:
        _known_person(scope, support.learning_partner_id)
    values = {
        "manager_id": manager.id if manager is not None else None,
        "learning_partner_id": support.learning_partner_id,
        "front_line_share": support.front_line_share,
        "question": support.question,
    }
    if part.person_id in (values["manager_id"], values["learning_partner_id"]):
        raise Invalid(fields={"manager_name": [msg("Nobody can be their own manager or learning partner.")]})
    if part.version != version:
        theirs = {name: getattr(part, name) for name in values}
        raise Conflict(mine=values, theirs=theirs, version=part.version)
    changed = [name for name, value in values.items() if getattr(part, name) != value]
    for name in changed:
        setattr(part, name, values[name])
    if "learning_partner_id" in changed:
        part.learning_partner_since = scope.clock.now() if part.learning_partner_id is not None else None
    if changed:
        record(scope, "participant.changed", kind="cohort_person", id=part.id, changed=changed)
    scope.db.flush()
    return part


def add_facilitator(scope: Scope, cohort_id: UUID, person_id: UUID, *, part: str = "facilitator") -> CohortPerson:
    """Make a known person a facilitator (or learning_partner) of the cohort; twice changes nothing."""
    cohort = cohort_row(scope, cohort_id)
    _known_person(scope, person_id)
    known = _part(scope, cohort.id, person_id, part)
    made = known or CohortPerson(cohort_id=cohort.id, person_id=person_id, part=part)
    if known is None or known.state != "confirmed":
        made.state, made.confirmed_at, made.left_at = "confirmed", scope.clock.now(), None
        scope.db.add(made)
        scope.db.flush()
        record(scope, f"{part}.added", kind="cohort_person", id=made.id)
    return made


def _known_person(scope: Scope, person_id: UUID) -> Person:
    return live_row(scope.db, Person, person_id)
