"""A partner with an administrator, Morag, who is erased, and Calum, who works with her."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.home.service import erasing, own_data
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.testing.instance import Instance, no_links

EMAIL = "morag@harbour.example"


@dataclass
class Place:
    """A partner with an administrator, Morag (a participant), and Calum, who works with her."""

    instance: Instance
    ada: ActorFacts
    morag: ActorFacts
    calum: ActorFacts

    def add(self, *rows: Any) -> None:
        with self.instance.scope("harbour", write=True) as scope:
            scope.db.add_all(rows)

    def add_outside(self, *rows: Any) -> None:
        with self.instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            scope.db.add_all(rows)
            scope.db.commit()

    def all(self, what: Any, slug: str = "harbour") -> list[Any]:
        with self.instance.scope(slug) as scope:
            return list(scope.db.scalars(sa.select(what)))

    def outside(self, what: Any) -> list[Any]:
        with self.instance.kit.operator_scope(ANYONE, links=no_links) as scope:
            return list(scope.db.scalars(sa.select(what)))

    def plan(self, email: str = EMAIL) -> dict[tuple[str, str], int]:
        plan = own_data.plan_for(self.instance.kit, "harbour", email)
        return {(line.does, str(line.title)): line.count for line in plan.lines}

    def erase(self, email: str = EMAIL) -> erasing.Plan:
        return own_data.erase_person(self.instance.kit, "harbour", email)


def id_of(actor: ActorFacts) -> UUID:
    assert actor.person_id is not None
    return actor.person_id


def make_place(instance: Instance) -> Place:
    """A place of its own."""
    instance.add_partner("Harbour", slug="harbour")
    people_ = [instance.add_person("harbour", name, role) for name, role in (
        ("Ada Admin", "administrator"), ("Morag Fraser", "participant"), ("Calum Beag", "participant"))]  # fmt: skip
    return Place(instance, *people_)
