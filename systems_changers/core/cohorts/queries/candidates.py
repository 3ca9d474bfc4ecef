"""Whom a cohort could be given as facilitator or learning partner: everybody the partner knows, by name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.people.models import Person
from systems_changers.hooks.scope import Scope


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody known here who could facilitate or accompany."""

    id: UUID
    name: str
    organisation: str | None


def candidates(scope: Scope, search: str, most: int = 30) -> list[Candidate]:
    """People of the partner by name or organisation, alphabetically. One statement."""
    found = sa.select(Person.id, Person.name, Person.organisation).where(Person.deleted_at.is_(None))
    if search:
        named = (column.icontains(search, autoescape=True) for column in (Person.name, Person.organisation))
        found = found.where(sa.or_(*named))
    found = found.order_by(sa.func.lower(Person.name), Person.id).limit(most)
    return [Candidate(*row) for row in scope.db.execute(found)]
