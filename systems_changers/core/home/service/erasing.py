"""Erases a person at one partner: says first what goes, what is kept without the person and what stays, then does it.

Places in cohorts and on registers are kept without the person, so that finished figures stay true; sealed records hold
nobody. Other partners are left alone: an account goes with the last of its memberships, and nobody here learns of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.experiments import service as experiments
from systems_changers.core.home.service.data_subjects import SAFEGUARDING, DataSubject, alone_called
from systems_changers.core.home.service.forgetting import forget_account, forget_in_passing
from systems_changers.core.home.service.holdings import naming
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.models import StoredFile
from systems_changers.core.operations.queries import Away, plugins_away
from systems_changers.core.people.models import Person
from systems_changers.core.people.service import refuse_last_administrator
from systems_changers.core.privacy import service as privacy
from systems_changers.core.privacy.queries import open_from
from systems_changers.core.privacy.rules import keys_of
from systems_changers.core.sessions.models import CohortSession, SessionRecord
from systems_changers.core.summaries.models import SummaryFact
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import Base, partner_tables
from systems_changers.infra.errors import Refused
from systems_changers.infra.redaction import without
from systems_changers.infra.scrubbing import scrub_after_commit
from systems_changers.infra.subjects import (
    blanks,
    mentions,
    rows_by,
    stays,
    tables_about,
    title_of,
    ways_of,
)
from systems_changers.infra.text import N_, Message, msg

DELETED, KEPT, NAMED, HANDED, STANDS = "deleted", "kept", "named", "handed", "stays"
DOES: dict[str, str] = {
    DELETED: N_("Deleted"),
    KEPT: N_("Kept without the person"),
    NAMED: N_("Name and address taken out of others' words"),
    HANDED: N_("Handed over to the other owners"),
    STANDS: N_("Stays: it names nobody"),
}
OTHERS_OWN = msg("Name and addresses are taken out of what other people wrote for themselves as well. How often they"
                 " stand there is not told: those texts are theirs.")  # fmt: skip
MOST_IDS = 500


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """What happens to how many rows of a kind: deleted, kept, named, handed or stays. `title` is a msgid or Message."""

    does: str
    title: Message | str
    count: int
    why: Message | str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What erasing a person would do, in the order in which it is told."""

    name: str
    lines: tuple[ErasureLine, ...]
    away: tuple[Away, ...] = ()
    """Plugins that may hold something and can't be reached."""

    @property
    def unreached(self) -> Message | None:
        """What has to be said where not everything can be erased."""
        if not self.away:
            return None
        return msg("What these plugins may hold can't be reached, because they are not installed or kept out just now:"
                   " %(names)s. It is erased once they are back.", names=", ".join(each.title for each in self.away),
                   )  # fmt: skip

    @property
    def groups(self) -> list[tuple[str, list[ErasureLine]]]:
        """The lines by what happens, those without any left out."""
        by = [(does, [line for line in self.lines if line.does == does]) for does in DOES]
        return [(does, lines) for does, lines in by if lines]


def plan_erasure(scope: Scope, known: DataSubject, *, again: bool = False) -> Plan:
    """What erasing the person would do; reads only. Raises PluginFailed where a plugin can't say.

    Raises Refused where nobody would be left to look after things (code last_administrator) or a complaint of theirs is
    open (open_complaint), but not of somebody who was erased before: whatever an older copy says is over.
    """
    if not again:
        refuse_last_administrator(scope, known.subject.account_id)
        _refuse_open_complaint(scope, known)
    handed = experiments.shared_by(scope, known.subject.person_id)
    known = alone_called(scope, known)
    lines = [ErasureLine(HANDED, N_("Experiments"), len(handed))]
    lines += _rows(scope, known, handed)
    for _, offer in scope.hooks.offer_erasures(scope, known.facts):
        lines.append(ErasureLine(DELETED, offer.title, offer.count))
        lines += [ErasureLine(KEPT, offer.title, offer.count, offer.kept)] if offer.kept else []
    for table in partner_tables(Base.metadata):
        if not ways_of(table):  # of somebody's own not even a count is told: see holdings
            lines.append(ErasureLine(NAMED, title_of(table), len(naming(scope, table, known, SAFEGUARDING))))
    lines += _standing(scope, known)
    return Plan(known.name, tuple(line for line in lines if line.count), plugins_away(scope))


def _refuse_open_complaint(scope: Scope, known: DataSubject) -> None:
    """Nobody lets a complaint vanish by erasing whoever made it, or whomever they gave its address."""
    if open_from(scope, known.subject.emails):
        raise Refused(msg("A complaint from this address is open. Answer and close it first; then erase."),
                      code="open_complaint")  # fmt: skip


def _rows(scope: Scope, known: DataSubject, handed: Sequence[UUID]) -> list[ErasureLine]:
    """What becomes of the person's own rows; the person itself goes where nothing is kept that points at it."""
    lines = []
    for table in reversed(tables_about(Base.metadata)):
        does = KEPT if blanks(table) is not None else STANDS if stays(table) else DELETED
        lines.append(ErasureLine(does, title_of(table), len(_ids(scope, table, known, leave=handed))))
    person = title_of(Base.metadata.tables[Person.__tablename__])
    if any(line.does == KEPT and line.count and line.title != person for line in lines):
        return lines
    return [replace(line, does=DELETED) if line.title == person else line for line in lines]


def _standing(scope: Scope, known: DataSubject) -> Iterator[ErasureLine]:
    """Sealed records and counted figures that the person was part of."""
    seats = sa.select(CohortPerson.cohort_id).where(CohortPerson.person_id == known.subject.person_id)
    sealed = (
        sa.select(sa.func.count(SessionRecord.id))
        .join(CohortSession, CohortSession.id == SessionRecord.session_id)
        .where(CohortSession.cohort_id.in_(seats))
    )
    counted = sa.select(sa.func.count(SummaryFact.id)).where(SummaryFact.cohort_id.in_(seats))
    yield ErasureLine(STANDS, N_("Sealed records of sessions"), scope.db.scalar(sealed) or 0)
    yield ErasureLine(STANDS, N_("Figures that were counted"), scope.db.scalar(counted) or 0)


def erase(scope: Scope, known: DataSubject, *, again: bool = False) -> Plan:
    """Erase the person in the caller's transaction; answers what was done. Twice does no harm.

    Tombstones stay behind, so that restores and imports erase again; `again` is for those, who leave no new ones.
    After the commit nothing is left in SQLite's files either, nor of what files held that no row names any more.
    Raises as plan_erasure does.
    """
    done, known = plan_erasure(scope, known, again=again), alone_called(scope, known)
    for plugin, offer in scope.hooks.offer_erasures(scope, known.facts):
        scope.hooks.erase(plugin, offer, scope)
    privacy.answer_requests_of(scope, known.subject.person_id, "erasure")
    experiments.hand_over(scope, known.subject.person_id)
    scope.db.flush()
    contents = _contents(scope, known)
    kept = erase_rows(scope, known)
    _take_out_of_words(scope, known)
    forget_in_passing(scope, known)
    if not kept:
        _delete(scope, Base.metadata.tables["person"], [known.subject.person_id])
    forget_account(scope, known)
    _bury(scope, known, done.away, again=again)
    if again:
        operations.record(scope, "person.erased_again", kind="person", id=known.subject.person_id)
    else:
        operations.record(scope, "person.erased", kind="person", id=known.subject.person_id)
    scope.announce("person.erased.v1", person_id=known.subject.person_id)
    scope.db.flush()
    scope.db.expire_all()
    operations.clear_unnamed(scope, contents)
    scrub_after_commit(scope.db)
    return done


def _bury(scope: Scope, known: DataSubject, away: Sequence[Away], *, again: bool) -> None:
    """Whoever may have rows in tables of plugins that are away is known by the account as well, once they are back."""
    subject = known.subject
    keys = keys_of(subject.person_id, subject.emails, known.source)
    if away and subject.account_id is not None:
        keys.append(("account", str(subject.account_id)))
    if away or not again:
        privacy.bury(scope, keys, [each.slug for each in away])


def _ids(scope: Scope, table: sa.Table, known: DataSubject, leave: Sequence[UUID] = ()) -> list[UUID]:
    """The person's rows of a table; of experiments those to `leave` are handed over first, with what hangs on them."""
    found: list[sa.ColumnElement[bool]] = []
    for way in ways_of(table):
        by = rows_by(table, way, known.subject)
        left = table.c.id if table.name == "experiment" else table.c[way.column] if way.to == "experiment" else None
        if way.owners is None:
            found.append(by if left is None else by & left.not_in(leave))
    return list(scope.db.scalars(sa.select(table.c.id).where(sa.or_(sa.false(), *found))))


def _contents(scope: Scope, known: DataSubject) -> list[str]:
    """What the person's files hold, by its address."""
    table = Base.metadata.tables[StoredFile.__tablename__]
    return list(scope.db.scalars(sa.select(table.c.sha256).where(table.c.id.in_(_ids(scope, table, known))).distinct()))


def erase_rows(scope: Scope, known: DataSubject, only: Collection[str] | None = None) -> bool:
    """Delete or empty every row of the person, children first; answers whether any but the person's own was kept.

    With `only` nothing but what is in the tables of these names.
    """
    kept = False
    for table in _of_these(reversed(partner_tables(Base.metadata)), only):
        for column in mentions(table):
            theirs = sa.select(table.c.id).where(
                table.c.partner_id == scope.partner.id, table.c[column] == known.subject.person_id
            )
            _update(scope, table, list(scope.db.scalars(theirs)), {column: None})
    for table in _of_these(reversed(tables_about(Base.metadata)), only):
        if stays(table):
            continue
        ids, values = _ids(scope, table, known), blanks(table)
        if values is None:
            _delete(scope, table, ids)
        elif table.name == Person.__tablename__:
            _update(scope, table, ids, values | {"deleted_at": scope.clock.now()})
        else:
            _update(scope, table, ids, values)
            kept = kept or bool(ids)
    return kept


def _of_these(tables: Iterable[sa.Table], only: Collection[str] | None) -> list[sa.Table]:
    return [table for table in tables if only is None or table.name in only]


def _take_out_of_words(scope: Scope, known: DataSubject) -> None:
    """Whom to turn to about safeguarding is never taken away: people put that right themselves."""
    wanted = known.wanted
    for table in partner_tables(Base.metadata):
        for row, columns in naming(scope, table, known, SAFEGUARDING):
            _update(scope, table, [row["id"]], {name: without(row[name], wanted) for name in columns})


def _update(scope: Scope, table: sa.Table, ids: Sequence[UUID], values: dict[str, Any]) -> None:
    """Change rows by id, so that a form that was open meanwhile meets a conflict instead of bringing words back."""
    changed = values | {"version": table.c.version + 1, "updated_at": scope.clock.now(),
                        "updated_by": scope.actor.account_id}  # fmt: skip
    for some in _batches(ids):
        scope.db.execute(sa.update(table).where(table.c.id.in_(some)).values(changed))


def _delete(scope: Scope, table: sa.Table, ids: Sequence[UUID]) -> None:
    for some in _batches(ids):
        scope.db.execute(sa.delete(table).where(table.c.id.in_(some)))


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[place : place + MOST_IDS] for place in range(0, len(ids), MOST_IDS))
