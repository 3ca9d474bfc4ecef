"""Partners apart on SQLite: reads see temp views, writes go to `main` past triggers, an authorizer bars the rest.

A read of `main` counts as a view's own only by a name that is drawn anew for each connection: SQLite reports a common
table expression to the authorizer just like a view, so a known name could be imitated. The authorizer is asked when a
statement is prepared, and the driver keeps those; what a change may compare with is therefore no guard by itself, and
others' rows are passed over by triggers.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event

from systems_changers.infra.db import (
    ADDED_BY,
    APPEND_ONLY,
    BY_ACCOUNT,
    EVERYBODY,
    FILTERED,
    FILTERED_ALONE,
    READ_BY,
    ROLLUP,
    WRITES_SOON,
    is_partner_table,
)
from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.text import Message, msg

WRITES = re.compile(
    r'\s*(INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE
)
SAYS_MAIN = re.compile(r"\bmain\b[\"'`\]]?(\s|/\*.*?\*/|--[^\n]*\n)*\.", re.IGNORECASE | re.DOTALL)
TRIGGER = "partner_guard_"
OF_KIT = "NOT kit_may()"
VERSIONS = "sc_version_"
ALWAYS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_RECURSIVE}
)
ROW_CHANGES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
SCHEMA_PRAGMAS = frozenset(
    {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"}
)
TELLS_OF_OTHERS = frozenset({"total_changes", "last_insert_rowid"})
IN_NARROW_CHANGES = frozenset(
    {"current_partner", "current_account", "partner_may", "owner_may", "kit_may", "current_timestamp", "coalesce"}
)
"""All that a change may call which compares keys alone: one that fails for some keys would tell which there are."""
NO_PARTNERS_DATA = frozenset({"sqlite_master", "json_each", "json_tree"})
REFUSALS = (
    ("another partner", msg("the row belongs to another partner")),
    (
        "is prohibited",
        msg(
            "partners' tables are read through the session; a bulk change that compares anything but keys"
            " goes through the session's execute()"
        ),
    ),
    ("not authorized", msg("a partner's session may read and write rows, and nothing else")),
    ("because it is a view", msg("a change must begin with INSERT, UPDATE or DELETE and name its table plainly")),
)

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


class PartnerConnection(sqlite3.Connection):
    """A SQLite connection that knows whose transaction it is in; no partner means no rows.

    `kit` in a session outside any partner or while it acts as the kit, which no connection does by itself; `of_kit`
    names the tables that are changed only then, and says of each whether partners may add to it.
    `writing` while a change is being prepared; `whole` names the one table whose every column it may compare with.
    """

    partner: bytes | None = None
    account: bytes | None = None
    kit: bool = False
    writing: bool = False
    whole: str | None = None
    unguarded: bool = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.of_kit: dict[str, bool] = {}
        self.open: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        """A cursor, which ends with its session: read on later, it would go on for another partner."""
        made = super().cursor(factory)
        self.open.add(made)
        return made

    def forget(self) -> None:
        """No partner, no account, no change under way."""
        self.partner = self.account = self.whole = None
        self.writing = self.kit = False


def connect_unguarded(connection: PartnerConnection, _record: object = None) -> None:
    """For the owner: migrations and operators' tools see every row, and the triggers let every row pass."""
    connection.unguarded = True
    _functions(connection)


def install(engine: sa.Engine, metadata: sa.MetaData) -> None:
    """Guard each new connection, and tell it the partner for the length of each transaction."""
    event.listen(engine, "connect", lambda connection, _record: _guard(connection, metadata))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _aim_at_main, retval=True)
    event.listen(engine, "after_cursor_execute", _written)
    event.listen(engine, "handle_error", _failed)
    event.listen(engine, "reset", _given_back)


def _given_back(connection: PartnerConnection, _record: object, _state: object) -> None:
    while connection.open:
        connection.open.pop().close()
    connection.forget()


def refusal(error: BaseException | None) -> Message | None:
    """Why the guard refused, in words, or None where it was not the guard."""
    text = str(error) if isinstance(error, sqlite3.Error) else ""
    return next((why for sign, why in REFUSALS if sign in text), None)


# --- a connection ---


def _functions(connection: PartnerConnection) -> None:
    connection.create_function("current_partner", 0, lambda: connection.partner, deterministic=True)
    connection.create_function("current_account", 0, lambda: connection.account, deterministic=True)
    connection.create_function(
        "partner_may", 1, lambda owner: connection.unguarded or (owner is not None and owner == connection.partner)
    )
    connection.create_function("kit_may", 0, lambda: connection.unguarded or connection.kit, deterministic=True)
    connection.create_function("owner_may", 0, lambda: connection.unguarded)


def _guard(connection: PartnerConnection, metadata: sa.MetaData) -> None:
    _functions(connection)
    connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')")  # declared here, where it still may be
    inside = f"of_partner_{secrets.token_hex(8)}"
    for table in metadata.tables.values():
        if _is_filtered(table):
            connection.execute(_view(table, inside))
        if not is_partner_table(table):
            connection.of_kit[table.name] = ADDED_BY in table.info
    connection.set_authorizer(_authorizer(connection, metadata, inside))


def _is_filtered(table: sa.Table) -> bool:
    """Whether not every row is everybody's to read."""
    return table.info.get(READ_BY) != EVERYBODY


def _seen(table: sa.Table) -> str:
    if not is_partner_table(table):
        named = table.info.get(READ_BY)
        return f'kit_may() OR "{named}" = current_partner()' if named else "kit_may()"
    mine = "partner_id = current_partner()"
    return f"{mine} OR account_id = current_account()" if table.info.get(BY_ACCOUNT) else mine


def _view(table: sa.Table, inside: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = f'SELECT {columns} FROM main."{table.name}" WHERE {_seen(table)}'  # noqa: S608 - names come from the models
    return f'CREATE TEMP VIEW "{table.name}" AS WITH "{inside}" AS ({rows}) SELECT {columns} FROM "{inside}"'  # noqa: S608 - as above


def _reader(
    connection: PartnerConnection, metadata: sa.MetaData, inside: str
) -> Callable[[str, str, str | None, str | None], bool]:
    """Whether a statement may read a column: of a view always, of a table only where nothing of others comes back."""
    keys = {table.name: _keys(table) for table in metadata.tables.values() if _is_filtered(table)}
    named = {table.name: table.info.get(ADDED_BY, "partner_id") for table in metadata.tables.values()}
    shared = NO_PARTNERS_DATA | (metadata.tables.keys() - keys.keys())

    def may_read(table: str, column: str, schema: str | None, source: str | None) -> bool:
        if schema == "temp":
            return table in keys
        only_counted = connection.kit and not column  # rows of a view, which are told as if nobody's
        if source == inside or table in shared or table.startswith(VERSIONS) or only_counted:
            return True
        if not connection.writing or table not in keys:
            return False
        if source is None:
            return column in keys[table] or ((table == connection.whole or connection.kit) and column != "ROWID")
        return column == named[table] and source.startswith(TRIGGER)

    return may_read


def _authorizer(connection: PartnerConnection, metadata: sa.MetaData, inside: str) -> Authorizer:
    """What SQLite asks while it prepares a statement; whatever is not listed here is refused."""
    may_read = _reader(connection, metadata, inside)

    def authorize(action: int, first: str | None, second: str | None, schema: str | None, source: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            allowed = may_read(first or "", second or "", schema, source)
        elif action in ROW_CHANGES:
            allowed = connection.writing and schema == "main" and not (first or "").startswith("sqlite_")
        elif action == sqlite3.SQLITE_FUNCTION:
            name = (second or "").lower()
            narrow = connection.writing and connection.whole is None and not connection.kit
            allowed = name not in TELLS_OF_OTHERS and (not narrow or name in IN_NARROW_CHANGES)
        elif action == sqlite3.SQLITE_PRAGMA:
            allowed = first in SCHEMA_PRAGMAS
        else:
            allowed = action in ALWAYS or action == sqlite3.SQLITE_SAVEPOINT
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return authorize


def _keys(table: sa.Table) -> frozenset[str]:
    """The columns that any change may compare with: keys, foreign keys and the version."""
    names = {column.name for column in table.primary_key}
    for key in table.foreign_key_constraints:
        names.update(key.column_keys)
    return frozenset(names | ({"version"} & set(table.columns.keys())))


# --- a transaction ---


def _raw(connection: sa.Connection) -> PartnerConnection:
    return connection.connection.driver_connection  # type: ignore[return-value]  # the factory in infra/engine.py


def _bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


PATIENCE = 5.0
"""Seconds; then one asks beside the other, and SQLite's own patience decides."""
_next_writer = threading.Lock()


def _begin(connection: sa.Connection) -> None:
    raw = _raw(connection)
    raw.forget()
    if not connection.get_execution_options().get(WRITES_SOON):
        raw.execute("BEGIN")
        return
    # SQLite gives its lock to whoever happens to ask when it is free: of eight that wrote without a pause, some waited
    # beyond its patience. One of this process asks at a time, so whoever asks is the next.
    mine = _next_writer.acquire(timeout=PATIENCE)
    try:
        raw.execute("BEGIN IMMEDIATE")
    finally:
        if mine:
            _next_writer.release()


def enter(connection: sa.Connection, partner_id: UUID | None, account_id: UUID | None) -> None:
    """Let the transaction see one partner's rows. No partner: the kit's own."""
    raw = _raw(connection)
    raw.partner, raw.account, raw.kit = _bytes(partner_id), _bytes(account_id), partner_id is None


def act(connection: sa.Connection, *, as_kit: bool) -> None:
    """Let the transaction see what is the kit's alone, or no longer."""
    if not connection.closed:
        _raw(connection).kit = as_kit


def _aim_at_main(
    _connection: object,
    cursor: sqlite3.Cursor,
    statement: str,
    parameters: object,
    context: Any,
    _many: object,
) -> tuple[str, object]:
    raw, found = cast("PartnerConnection", cursor.connection), WRITES.match(statement)
    _prepared(raw)  # what came before may have failed unseen
    if found is None:
        return statement, parameters
    if SAYS_MAIN.search(statement):
        raise BeyondPartner(msg("a change names its tables without a schema"))
    verb, table = found.groups()
    adds = verb.upper().split() == ["INSERT", "INTO"]  # OR REPLACE deletes as well, past the triggers
    if not raw.kit and table.lower() in raw.of_kit and not (adds and raw.of_kit[table.lower()]):
        raise BeyondPartner(msg("the row or table is not this partner's"))
    raw.writing = True
    if verb[0] in "IiRr" or context.execution_options.get(FILTERED) is FILTERED_ALONE:
        raw.whole = table
    return f'{verb} main."{table}"{statement[found.end() :]}', parameters


def _written(_connection: object, cursor: sqlite3.Cursor, statement: str, *_rest: object) -> None:
    if not statement.startswith("SELECT"):
        _prepared(cast("PartnerConnection", cursor.connection))


def _failed(context: sa.ExceptionContext) -> None:
    if context.connection is not None and not context.connection.invalidated:
        _prepared(_raw(context.connection))


def _prepared(raw: PartnerConnection) -> None:
    raw.writing, raw.whole = False, None


# --- the schema ---


def arming(tables: Iterable[sa.Table], _present: Iterable[str]) -> Iterator[str]:
    """Triggers on every table: a change to a row that isn't the session's to change ends the statement."""
    for table in tables:
        if is_partner_table(table):
            yield from _of_partner(table)
        else:
            added = f"NOT (kit_may() OR partner_may(NEW.{column}))" if (column := table.info.get(ADDED_BY)) else OF_KIT
            for verb, barred in (("INSERT", added), ("UPDATE", OF_KIT), ("DELETE", OF_KIT)):
                yield from _trigger(table, verb, barred)
        if table.info.get(APPEND_ONLY):
            for verb in ("UPDATE", "DELETE"):
                yield from _trigger(table, verb, "NOT owner_may()", passes=f"append_only_{verb.lower()}")


def _of_partner(table: sa.Table) -> Iterator[str]:
    """Others' rows are passed over, so that nobody learns whether a change would have met one."""
    new, old = "NOT partner_may(NEW.partner_id)", "NOT partner_may(OLD.partner_id)"
    yield from _trigger(table, "INSERT", new)
    yield from _trigger(table, "UPDATE", f"partner_may(OLD.partner_id) AND {new}")
    yield from _trigger(table, "DELETE", old, passes="others_delete", raised="IGNORE")
    yield from _trigger(table, "UPDATE", old, passes="others_update", raised="IGNORE")


def _trigger(
    table: sa.Table, verb: str, barred: str, *, passes: str = "", raised: str = "ABORT, 'another partner'"
) -> Iterator[str]:
    name = f"{TRIGGER}{passes or verb.lower()}_{table.name}"
    yield f'DROP TRIGGER IF EXISTS "{name}"'
    yield (f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table.name}" WHEN {barred} BEGIN SELECT RAISE({raised}); END')


# --- the door across partners ---


@contextmanager
def open_door(engine: sa.Engine, metadata: sa.MetaData) -> Iterator[sa.Connection]:
    """A connection of its own, outside the pool, that may read the listed tables and do nothing else."""
    listed = {table.name for table in metadata.tables.values() if table.info.get(ROLLUP)}

    def authorize(action: int, table: str | None, _column: str | None, _schema: str | None, _source: str | None) -> int:
        allowed = table in listed if action == sqlite3.SQLITE_READ else action in ALWAYS
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    door = sa.create_engine(engine.url, poolclass=sa.NullPool)
    event.listen(door, "connect", lambda connection, _record: connection.set_authorizer(authorize))
    try:
        with door.connect() as connection:
            yield connection
    finally:
        door.dispose()
