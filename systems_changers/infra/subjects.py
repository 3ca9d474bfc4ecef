"""Finds whose a row is, for every table of the kit and of its plugins: what is held about a person, and what goes.

A table is found by itself through its foreign keys. Where that isn't enough, its `info` says so:
SUBJECT names the columns (or tables of co-owners) that lead to a person, or is Nobody("why"); ON_ERASURE is a mapping
where rows are kept without the person (columns to what stands there then, or to STAYS, all other personal ones emptied)
or STAYS where they hold ids alone; without it they are deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.infra.db import APPEND_ONLY, ON_ERASURE, STAYS, SUBJECT, TITLE, Id, Nobody, is_partner_table
from systems_changers.infra.personal import can_be_emptied, emptied

PERSON, ACCOUNT, ADDRESS = "person", "account", "address"
BY_ACCOUNT_COLUMNS = frozenset({"account_id", "actor_account_id", "created_by", "updated_by"})
BY_ADDRESS_COLUMNS = frozenset({"email", "address"})
IMPORTED = ("source", "source_key")
SECRETS = ("hash", "secret", "password", "recovery")


@dataclass(frozen=True, slots=True)
class Subject:
    """A person at a partner: the ids and addresses by which rows are found."""

    partner_id: UUID
    person_id: UUID
    account_id: UUID | None = None
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How a row leads to a person: by a column, or by the rows of `owners` that point at it.

    `to` is person, account or address, or the table that the column points at.
    """

    column: str
    to: str
    owners: str | None = None

    @property
    def direct(self) -> bool:
        """Whether the row itself names the person."""
        return self.owners is None and self.to in (PERSON, ACCOUNT, ADDRESS)


def ways_of(table: sa.Table) -> tuple[Way, ...]:
    """Every way from the table's rows to a person, those that it declares or those found by itself."""
    return _ways(table, frozenset())


def _ways(table: sa.Table, seen: frozenset[str]) -> tuple[Way, ...]:
    declared = table.info.get(SUBJECT)
    if isinstance(declared, Nobody):
        return ()
    if declared is not None:
        return tuple(_declared(table, name) for name in _names(declared))
    if table.name in (PERSON, ACCOUNT):
        return (Way("id", table.name),)
    return _found(table, seen | {table.name})


def _declared(table: sa.Table, name: str) -> Way:
    if name in table.columns:
        return Way(name, _target(table, name))
    owners = table.metadata.tables[name]
    (column,) = (key.column_keys[-1] for key in owners.foreign_key_constraints if key.referred_table is table)
    return Way(column, table.name, owners=name)


def _target(table: sa.Table, column: str) -> str:
    for key in table.foreign_key_constraints:
        if key.column_keys[-1] == column:
            return key.referred_table.name
    return ACCOUNT if column in BY_ACCOUNT_COLUMNS else ADDRESS


def _found(table: sa.Table, seen: frozenset[str]) -> tuple[Way, ...]:
    persons = persons_named(table)
    if persons:
        chosen = "person_id" if "person_id" in persons else persons[0]
        return (Way(chosen, PERSON),) if chosen == "person_id" or len(persons) == 1 else ()
    if "account_id" in table.columns:
        return (Way("account_id", ACCOUNT),)
    parents = {
        key.column_keys[-1]: key.referred_table
        for key in table.foreign_key_constraints
        if key.referred_table.name not in seen
    }
    return tuple(Way(name, parent.name) for name, parent in sorted(parents.items()) if _ways(parent, seen))


def persons_named(table: sa.Table) -> list[str]:
    """The columns that point at a person."""
    return sorted(key.column_keys[-1] for key in table.foreign_key_constraints if key.referred_table.name == PERSON)


def mentions(table: sa.Table) -> list[str]:
    """The columns that point at a person whose row it isn't, such as a line manager's."""
    own = {way.column for way in ways_of(table) if way.to == PERSON}
    return [name for name in persons_named(table) if name not in own]


def personal_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """The columns that say something of a person."""
    return [column for column in table.columns if column.info.get("personal")]


def is_secret(column: sa.Column[Any]) -> bool:
    """Whether a column holds what nobody is shown, such as a password's hash."""
    return any(word in column.name for word in SECRETS)


def stays(table: sa.Table) -> bool:
    """Whether rows are left as they are, because they hold ids alone."""
    return bool(table.info.get(ON_ERASURE) == STAYS)


def blanks(table: sa.Table) -> dict[str, Any] | None:
    """What stands in a row that is kept without the person; None where it is deleted."""
    kept = table.info.get(ON_ERASURE)
    if not isinstance(kept, Mapping):
        return None
    made = {each.name: emptied(each) for each in personal_columns(table) if each.name not in kept} | dict(kept)
    extra = {name: None for name in IMPORTED if name in table.columns}
    made |= extra | ({"extra": {}} if "extra" in table.columns else {})
    return {name: value for name, value in made.items() if not (isinstance(value, str) and value == STAYS)}


def title_of(table: sa.Table) -> str:
    """What people call the table's rows (a msgid); its name in words where it has no TITLE."""
    return str(table.info.get(TITLE) or table.name.replace("_", " ").capitalize())


def tables_about(metadata: sa.MetaData, *, partners: bool = True) -> list[sa.Table]:
    """The tables from which a person is reached, parents first: partners' or the kit's own."""
    return [each for each in metadata.sorted_tables if is_partner_table(each) == partners and ways_of(each)]


# --- conditions ---


def rows_by(table: sa.Table, way: Way, subject: Subject, *, owned: bool = True) -> sa.ColumnElement[bool]:
    """Which rows one way leads from to the person; without `owned` also through what is shared with co-owners."""
    found = _by(table, way, subject, owned)
    return sa.and_(table.c.partner_id == subject.partner_id, found) if is_partner_table(table) else found


def _by(table: sa.Table, way: Way, subject: Subject, owned: bool) -> sa.ColumnElement[bool]:  # noqa: FBT001 - handed on
    if way.owners is not None:
        owners = table.metadata.tables[way.owners]
        return table.c.id.in_(_ids(owners, way.column, subject, owned=False))
    column = table.c[way.column]
    if way.to == PERSON:
        return column == subject.person_id
    if way.to == ACCOUNT:
        return column == subject.account_id if subject.account_id is not None else sa.false()
    if way.to == ADDRESS:
        return sa.func.lower(column).in_(subject.emails)
    return column.in_(_ids(table.metadata.tables[way.to], "id", subject, owned=owned))


def _ids(table: sa.Table, column: str, subject: Subject, *, owned: bool) -> sa.Select[Any]:
    return sa.select(table.c[column]).where(owned_by_subject(table, subject, owned=owned))


def owned_by_subject(table: sa.Table, subject: Subject, *, owned: bool = True) -> sa.ColumnElement[bool]:
    """Which rows are the person's; with `owned` without those that are shared with co-owners."""
    ways = [way for way in ways_of(table) if way.owners is None or not owned]
    return sa.or_(sa.false(), *(rows_by(table, way, subject, owned=owned) for way in ways))


# --- what is missing ---


def subject_problems(table: sa.Table) -> Iterator[str]:
    """Why what a table says of people couldn't be shown or erased; nothing where all is well."""
    unknown = list(_unknown(table))
    yield from unknown
    if unknown:
        return
    personal, declared = personal_columns(table), table.info.get(SUBJECT)
    if isinstance(declared, Nobody) and not declared.strip():
        yield "its SUBJECT is Nobody without a reason"
    elif personal and declared is None and not ways_of(table):
        yield "holds personal columns, and no person is reached from it: say whose rows these are with SUBJECT"
    if (stays(table) or APPEND_ONLY in table.info) and any(not isinstance(each.type, Id) for each in personal):
        yield "is never changed, and its personal columns hold more than ids"
    yield from _unblankable(table)
    for name in mentions(table) if is_partner_table(table) else ():
        if not table.c[name].nullable:
            yield f"column {name} names a second person and can't be emptied: let it be nullable"


def _unknown(table: sa.Table) -> Iterator[str]:
    for name in _names(table.info.get(SUBJECT)):
        if name not in table.columns and name not in table.metadata.tables:
            yield f"SUBJECT names {name}, which is neither a column nor a table"


def _names(declared: Any) -> tuple[str, ...]:
    if declared is None or isinstance(declared, Nobody):
        return ()
    return (declared,) if isinstance(declared, str) else tuple(declared)


def _unblankable(table: sa.Table) -> Iterator[str]:
    kept = table.info.get(ON_ERASURE)
    if not isinstance(kept, Mapping):
        return
    for column in personal_columns(table):
        if column.name not in kept and not can_be_emptied(column):
            yield f"column {column.name} is personal and can't be emptied: let it be nullable"
