"""Gathers everything that is held about a person at a partner: the kit's tables, its plugins', and what plugins add.

Rows of the person are shown whole; what in them is somebody else's is left out, and a note says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.home.service import data_subjects
from systems_changers.core.home.service.data_subjects import DataSubject
from systems_changers.core.operations.queries import plugins_away
from systems_changers.core.operations.service import record
from systems_changers.hooks.personal import HeldData
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import APPEND_ONLY, Base, partner_tables
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import OF_ACCOUNTS, MailRow, OutboxRow
from systems_changers.infra.redaction import excerpts, holds_anything, names, searched_columns
from systems_changers.infra.subjects import (
    PERSON,
    is_secret,
    mentions,
    owned_by_subject,
    personal_columns,
    rows_by,
    tables_about,
    title_of,
    ways_of,
)
from systems_changers.infra.text import Message, msg

BOOKKEEPING = frozenset({"partner_id", "version", "deleted_at", "created_by", "updated_by", "updated_at"})
SOMEBODY_ELSE = msg("(somebody else, left out)")
NOT_SHOWN = msg("(held, and shown to nobody)")
OTHERS_OWN = msg("What other people wrote for themselves, such as experiments, is theirs: it was not searched for you.")
OTHERS_WORDS = msg("What others wrote about you is not in here: ask the partner about it.")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing that is held: why, how long, and its rows by column. Texts are msgids, rows are not."""

    key: str
    title: Message | str
    purposes: tuple[Message | str, ...]
    keeps: tuple[Message | str, ...]
    rows: tuple[Row, ...]
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything about one person at one partner at a moment."""

    partner: str
    name: str
    at: datetime
    sections: tuple[Section, ...]
    notes: tuple[Message, ...] = field(default=())


def hand_out(scope: Scope, known: DataSubject, *, account: bool) -> Holdings:
    """Gather it, and record that it was taken out; `account` adds how the person signs in, which is not the partner's.

    That belongs to the person alone and to whoever runs the instance: it tells of every partner. Words of others are
    not searched then: who chooses their own name could ask by it what stands in notes that they may not read.
    """
    holdings = gather(scope, known, account=account)
    record(scope, "person.exported", kind="person", id=known.subject.person_id)
    return holdings


def gather(scope: Scope, known: DataSubject, *, account: bool) -> Holdings:
    """Everything that is held about the person; a statement or two a table. `account` as in hand_out."""
    about = sorted(tables_about(Base.metadata), key=lambda table: table.name != PERSON)
    sections = [_own(scope, table, known) for table in about]
    sections += [each for table in partner_tables(Base.metadata) for each in _named(scope, table, known)]
    sections += [*_outside(scope, known)] if account else [*_written(scope, data_subjects.as_staff_know(scope, known))]
    sections.append(_mail(scope, known))
    offered, silent = scope.hooks.offer_personal_data(scope, known.facts)
    sections += [_offered(each) for _, each in offered]
    notes = [msg("The plugin %(plugin)s could not say what it holds. Ask for this again later.", plugin=each)
             for each in silent]  # fmt: skip
    notes += [msg("What the plugin %(plugin)s may hold about you is not in here: it is not installed or kept out just"
                  " now. Ask for this again once it is back.", plugin=each.title)
              for each in plugins_away(scope)]  # fmt: skip
    if account:
        notes.append(OTHERS_WORDS)
    else:
        notes.append(msg("How you sign in is kept by whoever runs this instance: it is in the download on the page"
                         " Your account."))  # fmt: skip
        notes.append(OTHERS_OWN)
    filled = tuple(each for each in sections if each.rows or each.notes)
    return Holdings(scope.partner.name, known.name, scope.clock.now(), filled, tuple(notes))


def _own(scope: Scope, table: sa.Table, known: DataSubject) -> Section:
    """The person's rows of one table: their own whole, of those only reached through another without others' words."""
    mine: dict[UUID, Any] = {}
    ways = ways_of(table)
    own = [way for way in ways if way.direct or way.owners is not None]
    for way in (*own, *(each for each in ways if each not in own)):
        found = sa.select(table).where(rows_by(table, way, known.subject, owned=False)).order_by(table.c.id)
        for row in scope.db.execute(found).mappings():
            mine.setdefault(row["id"], (row, way not in own and _of_another(table, row)))
    rows = tuple(_shown(table, row, known, others=others) for row, others in mine.values())
    note = msg("What others wrote there is left out.")
    return _section(table, table.name, rows, (note,) if any(others for _, others in mine.values()) else ())


def _of_another(table: sa.Table, row: sa.RowMapping) -> bool:
    return any(row[way.column] is not None for way in ways_of(table) if way.direct)


def _section(table: sa.Table, key: str, rows: tuple[Row, ...], notes: tuple[Message, ...] = ()) -> Section:
    told = [each.info for each in personal_columns(table)]
    purposes = tuple(dict.fromkeys(str(each["purpose"]) for each in told))
    keeps = tuple(each.sentence for each in dict.fromkeys(info["keep"] for info in told))
    return Section(key, title_of(table), purposes, keeps, rows, notes)


def _shown(table: sa.Table, row: Mapping[Any, Any], known: DataSubject, *, others: bool) -> Row:
    """The columns that say anything; ids of other people and others' words are replaced by a note."""
    shown: Row = {}
    hidden = {*mentions(table), *(way.column for way in ways_of(table) if way.to == PERSON)} - {"id"}
    for column in table.columns:
        value = row[column.name]
        if column.name in BOOKKEEPING or value in (None, {}, []) or value == "":
            continue
        if is_secret(column):
            value = NOT_SHOWN
        elif (column.name in hidden and value != known.subject.person_id) or (others and _is_words(column)):
            value = SOMEBODY_ELSE
        shown[column.name] = _plain(value)
    return shown


def _is_words(column: sa.Column[Any]) -> bool:
    return bool(column.info.get("personal")) or column.name == "extra"


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _named(scope: Scope, table: sa.Table, known: DataSubject) -> Iterable[Section]:
    """Where somebody else's row names the person, such as a line manager's."""
    for column in mentions(table):
        found = sa.select(table.c.id, table.c.created_at).where(
            table.c.partner_id == scope.partner.id, table.c[column] == known.subject.person_id
        )
        rows = tuple({"named_as": column.removesuffix("_id"), "id": str(row.id), "since": row.created_at.isoformat()}
                     for row in scope.db.execute(found.order_by(table.c.id)))  # fmt: skip
        note = msg("You are named in these; what else they hold is somebody else's.")
        yield Section(f"{table.name}.{column}", title_of(table), (), (), rows, (note,) if rows else ())


def _written(scope: Scope, known: DataSubject) -> Iterable[Section]:
    """Words of others that name the person, as far as they are the work's: a piece of each.

    Of somebody's own not even a count is told: an administrator gives people their names, and could ask by them what
    stands in texts that nobody but their authors may read.
    """
    wanted = known.wanted
    for table in partner_tables(Base.metadata):
        pieces = [] if ways_of(table) else naming(scope, table, known)
        rows = tuple({"id": str(row["id"]), name: piece} for row, columns in pieces for name in columns
                     for piece in excerpts(row[name], wanted))  # fmt: skip
        if rows:
            yield _section(table, f"{table.name}.words", rows, (msg("These are the words around your name."),))


def naming(
    scope: Scope, table: sa.Table, known: DataSubject, leave: Collection[sa.Column[Any]] = ()
) -> list[tuple[sa.RowMapping, list[str]]]:
    """The rows of a table that aren't the person's and name them, each with the columns that do, but for those left."""
    columns = [each for each in searched_columns(table) if not any(each is left for left in leave)]
    keys = [each for each in table.primary_key if each.name != "partner_id"]
    if not columns or [each.name for each in keys] != ["id"] or APPEND_ONLY in table.info:
        return []
    theirs = owned_by_subject(table, known.subject, owned=False)
    wide = (
        table.c.partner_id == scope.partner.id,
        holds_anything(columns),
        sa.not_(sa.func.coalesce(theirs, sa.false())),
    )
    rows, wanted = scope.db.execute(sa.select(table.c.id, *columns).where(*wide)).mappings(), known.wanted
    found = ((row, [each.name for each in columns if names(row[each.name], wanted)]) for row in rows)
    return [(row, which) for row, which in found if which]


def _mail(scope: Scope, known: DataSubject) -> Section:
    """Mail of this partner that waits to go out to the person: that it waits, never what it says.

    What it says may let somebody come in. Mail that tells of the account is not the partner's to see at all.
    """
    theirs = (
        sa.select(MailRow.id, MailRow.address, MailRow.locale, OutboxRow.at)
        .join(OutboxRow, OutboxRow.id == MailRow.outbox_id)
        .where(
            OutboxRow.partner_ref == scope.partner.id,
            OutboxRow.name.not_in(OF_ACCOUNTS),
            sa.func.lower(MailRow.address).in_(known.subject.emails),
        )
    )
    table = Base.metadata.tables[MailRow.__tablename__]
    with as_the_kit(scope.db):
        rows = [dict(row) for row in scope.db.execute(theirs.order_by(MailRow.id)).mappings()]
    shown = ({name: _plain(value) for name, value in row.items()} | {"values": NOT_SHOWN} for row in rows)
    return _section(table, table.name, tuple(shown))


def _outside(scope: Scope, known: DataSubject) -> Iterable[Section]:
    """What is kept of the account, which is the same at every partner."""
    for table in tables_about(Base.metadata, partners=False):
        if not personal_columns(table) or table.name == MailRow.__tablename__:
            continue
        with as_the_kit(scope.db):
            found = scope.db.execute(sa.select(table).where(owned_by_subject(table, known.subject))).mappings()
            rows = [dict(row) for row in found]
        yield _section(table, table.name, tuple(_shown(table, row, known, others=False) for row in rows))


def _offered(held: HeldData) -> Section:
    heads = [str(each) for each in held.heads]
    rows = tuple(dict(zip(heads, row, strict=False)) for row in held.rows)
    return Section(held.key, held.title, (held.purpose,), (held.keep,), rows)
