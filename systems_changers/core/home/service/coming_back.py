"""Erases what plugins hold of people who were erased while the plugins were away, once they are back.

Nobody's name is known any more then, so others' words are not searched; rows are found by ids and addresses whose
hashes stand on tombstones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.home.service.erasing import erase_rows
from systems_changers.core.home.service.subjects import Known
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.queries import plugins_away
from systems_changers.core.operations.service import Buried
from systems_changers.core.people.models import ERASED, Person
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import Base
from systems_changers.infra.scrubbing import scrub_after_commit
from systems_changers.infra.subjects import ACCOUNT, ADDRESS, Subject, rows_by, ways_of

NOBODY = UUID(int=0)
KINDS = {ACCOUNT: "account", ADDRESS: "email"}
"""How tombstones call what a column may hold besides a person's id."""


def erase_what_came_back(scope: Scope) -> int:
    """Erase what plugins that are back hold of people who were erased meanwhile; answers of how many.

    What hangs on the account of somebody who was let in again since stays: it may be new. Raises PluginFailed where a
    plugin can't erase: then nothing is noted as done, and the next run tries again.
    """
    waiting = operations.unreached(scope)
    manifests = scope.hooks.views.registry.manifests
    away = {each.slug for each in plugins_away(scope)} if waiting else set()
    back = {slug for each in waiting for slug in each.unreached if slug in manifests} - away
    if not back:
        return 0
    tables = [Base.metadata.tables[name] for slug in sorted(back) for name in manifests[slug].tables
              if name in Base.metadata.tables]  # fmt: skip
    due = [each for each in waiting if back & set(each.unreached)]
    found = [each for each in _subjects(scope, due, tables) if _erase(scope, each, tables, back)]
    operations.reach(scope, due, back)
    scope.db.flush()
    scope.db.expire_all()
    scrub_after_commit(scope.db)
    return len(found)


def _erase(scope: Scope, subject: Subject, tables: Sequence[sa.Table], back: set[str]) -> bool:
    """Erase in these tables, and what these plugins erase by themselves; answers whether there was anything."""
    known = Known(subject, ERASED, by_name=False, by_phone=False)
    there = any(
        scope.db.scalar(sa.select(table.c.id).where(rows_by(table, way, subject)).limit(1)) is not None
        for table in tables
        for way in ways_of(table)
    )
    offers = [each for each in scope.hooks.offer_erasures(scope, known.facts) if each[0] in back and each[1].count]
    for plugin, offer in offers:
        scope.hooks.erase(plugin, offer, scope)
    erase_rows(scope, known, {table.name for table in tables})
    if there or offers:
        id_ = None if subject.person_id == NOBODY else subject.person_id
        operations.record(scope, "person.erased_again", kind="person", id=id_)
    return there or bool(offers)


def _subjects(scope: Scope, due: Sequence[Buried], tables: Sequence[sa.Table]) -> list[Subject]:
    """Whoever these tombstones are of, as far as they are still named here: a person, an account or an address each."""
    here = scope.partner.id
    persons = _matching(due, "person", scope.db.scalars(sa.select(Person.id)))
    found = [Subject(here, each) for each in persons]
    in_use = set(scope.db.scalars(sa.select(Person.account_id).where(Person.deleted_at.is_(None))))
    columns = {(way.to, table.c[way.column]) for table in tables for way in ways_of(table) if way.to in KINDS}
    for to, column in sorted(columns, key=str):
        values = scope.db.scalars(sa.select(column).where(column.is_not(None)).distinct())
        for value in set(_matching(due, KINDS[to], values)) - in_use:
            account, emails = (value, ()) if to == ACCOUNT else (None, (str(value).lower(),))
            found.append(Subject(here, NOBODY, account, emails))
    return list(dict.fromkeys(found))


def _matching(due: Sequence[Buried], kind: str, values: Iterable[Any]) -> list[Any]:
    stones = [each for each in due if each.kind == kind]
    return [value for value in values if any(each.is_of(str(value).lower()) for each in stones)]
