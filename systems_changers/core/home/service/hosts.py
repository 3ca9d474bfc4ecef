"""Finds the partners that a register's hosts name, and makes the missing ones; case and spacing don't matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.partners import queries as partners
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.rules import REGISTER, first_free, folded, slug_from
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import OperatorScope, no_links
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.identifiers import new_id

MANY = 500
T = TypeVar("T")


class Hosts:
    """The hosts of one register. `known` maps a name, folded, to its partner; `fresh` are those made just now."""

    def __init__(self, kit: Kit, actor: ActorFacts) -> None:
        self.kit, self.actor = kit, actor
        self.known: dict[str, PartnerFacts] = {}
        self.fresh: set[UUID] = set()
        self._spellings: dict[str, list[str]] = defaultdict(list)

    def look_up(self, names: Sequence[str]) -> list[str]:
        """Learn which partners the names are; answers one spelling of each that is none."""
        for name in names:
            self._spellings[folded(name)].append(name)
        with self.kit.operator_scope(self.actor, links=no_links) as scope:
            found: dict[str, UUID] = {}
            oldest_first = sa.select(Partner.name, Partner.id).order_by(Partner.created_at, Partner.id)
            for name, id_ in scope.db.execute(oldest_first):
                if (key := folded(name)) in self._spellings:
                    found.setdefault(key, id_)
            facts: dict[UUID, PartnerFacts] = {}
            for ids in self.several(list(found.values())):
                facts |= partners.partners_by_id(scope.db, ids)
        self.known = {key: facts[id_] for key, id_ in sorted(found.items())}
        return [spellings[0] for key, spellings in sorted(self._spellings.items()) if key not in found]

    def spellings(self, name: str) -> list[str]:
        """Every way the register writes this host."""
        return self._spellings[folded(name)]

    @staticmethod
    def several(names: Sequence[T]) -> Iterator[Sequence[T]]:
        """All of them, up to 500 at a time."""
        return (names[start : start + MANY] for start in range(0, len(names), MANY))

    def make(self, scope: OperatorScope, names: Sequence[str]) -> None:
        """Make listed partners of these names; the caller commits."""
        facts = _listed(scope, names)
        self.known |= {folded(each.name): each for each in sorted(facts, key=lambda each: folded(each.name))}
        self.fresh |= {each.id for each in facts}


def _listed(scope: OperatorScope, names: Sequence[str]) -> list[PartnerFacts]:
    taken = set(scope.db.scalars(sa.select(Partner.slug)))
    rows: list[dict[str, Any]] = []
    for name in names:
        slug = first_free(slug_from(name), taken)
        taken.add(slug)
        rows.append({"id": new_id(), "slug": slug, "name": name, "kind": "listed", "source": REGISTER})
    insert_rows(scope.db, Partner, rows)
    operations.record(scope, "partners.listed", kind="partner")
    made = partners.partners_by_id(scope.db, [row["id"] for row in rows])
    return list(made.values())
