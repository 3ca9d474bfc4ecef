"""Partners apart on PostgreSQL: forced row security, and the partner set for the length of one transaction.

A setting of the session would survive into the pool's next user, so only SET LOCAL right after BEGIN is used, which is
`set_config(…, true)` at a quarter of its cost, and statements that could change who the session is are refused before
they are sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event

from systems_changers.infra.db import (
    ADDED_BY,
    APPEND_ONLY,
    BY_ACCOUNT,
    EVERYBODY,
    READ_BY,
    ROLLUP,
    is_partner_table,
)
from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.roles import APP_ROLE, ROLLUP_ROLE
from systems_changers.infra.text import Message, msg

OURS = "sc_ours"
_OURS_ALONE = object()
OWN_WORDS = {OURS: _OURS_ALONE}
"""The execution option of statements that are the kit's own and no plain ones."""
VERSIONS = "sc_version_"
INSUFFICIENT_PRIVILEGE = "42501"
COMMAND_OK, IDLE, IN_TRANSACTION = 1, 0, 2
SERVE = "SET LOCAL app.partner = '{}'; SET LOCAL app.account = '{}'; SET LOCAL app.kit = '{}'"
PLAIN = re.compile(
    r"\s*(\(\s*)*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES|MERGE|SHOW|SAVEPOINT|RELEASE|ROLLBACK\s+TO"
    r"|SET\s+LOCAL\s+(statement|lock)_timeout)\b",
    re.IGNORECASE,
)
# What sets who the session is, asks as the kit, spells a name otherwise (U&), runs a text as a statement, sees, holds
# up or ends others' sessions, or keeps things that no row security guards.
FORBIDDEN = re.compile(
    r"set_config|pg_settings|sc_keyhole_|U&[\"']|(query|cursor)_to_xml|ts_stat|ts_rewrite|pg_(terminate|cancel)_backend"
    r"|pg_stat|pg_(table|relation|total_relation|indexes)_size|pg_(try_)?advisory|pg_notify"
    r"|\blo_|\blo(read|write)|pg_largeobject|;\s*\S",
    re.IGNORECASE,
)
PARTNER = "(SELECT nullif(current_setting('app.partner', true), '')::uuid)"
ACCOUNT = "(SELECT nullif(current_setting('app.account', true), '')::uuid)"
OWNER = "(SELECT current_setting('app.owner', true) = 'yes')"
"""Said by the owner's engine alone: its role, forced under row security too, sees nothing by mistake."""
KIT = "(SELECT current_setting('app.kit', true) = 'yes')"
TRIGGER_FUNCTION = """
CREATE OR REPLACE FUNCTION sc_refuse_other_partner() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'another partner' USING ERRCODE = 'insufficient_privilege'; END $$
"""


def install(engine: sa.Engine, _metadata: sa.MetaData) -> None:
    """Let only plain statements through, where they leave for the driver: earlier events cost each statement more."""
    for name in ("do_execute", "do_executemany", "do_execute_no_params"):
        event.listen(engine, name, _plain_only)


def refusal(error: BaseException | None) -> Message | None:
    """Why the database refused, in words, or None where it was not for a partner's sake."""
    if getattr(error, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
        return None
    return msg("the row or table is not this partner's")


def enter(connection: sa.Connection, partner_id: UUID | None, account_id: UUID | None) -> None:
    """Begin the transaction and let it see one partner's rows, until COMMIT or ROLLBACK. No partner: the kit's own.

    All of it goes to the server as one message (docs/decisions/0006-partner-with-begin.md). It takes no parameters: a
    UUID's digits need none, and nothing else has them.
    """
    partner, account = ("" if given is None else given.hex for given in (partner_id, account_id))
    serve = SERVE.format(partner, account, "yes" if partner_id is None else "")
    if not _begun_at_once(connection.connection.driver_connection, serve):
        connection.exec_driver_sql(serve, execution_options=OWN_WORDS)


def act(connection: sa.Connection, *, as_kit: bool) -> None:
    """Let the transaction see what is the kit's alone, or no longer; one that has failed can only be rolled back."""
    if connection.closed:
        return
    driver: Any = connection.connection.driver_connection
    if driver.pgconn.transaction_status == IN_TRANSACTION:
        said = f"SET LOCAL app.kit = '{'yes' if as_kit else ''}'"
        connection.exec_driver_sql(said, execution_options=OWN_WORDS)


def _begun_at_once(driver: Any, serve: str) -> bool:
    """Whether the transaction began by itself: not outside transactions, and not where that failed.

    What fails then fails again, where SQLAlchemy sees it and empties a pool whose database went away.
    """
    if driver.pgconn.transaction_status != IDLE:
        raise BeyondPartner(msg("a partner's session begins a transaction of its own"))
    if driver.autocommit:
        return False
    try:
        return bool(driver.pgconn.exec_(f"{_begin(driver)}; {serve}".encode()).status == COMMAND_OK)
    except (driver.Error, MemoryError):  # a lost connection gives no answer, which the driver takes for want of memory
        return False


def _begin(driver: Any) -> str:
    """BEGIN of the kind that was asked for, as the driver would say it."""
    said = ["BEGIN"]
    if driver.isolation_level is not None:
        said.append(f"ISOLATION LEVEL {driver.isolation_level.name.replace('_', ' ')}")
    if driver.read_only is not None:
        said.append("READ ONLY" if driver.read_only else "READ WRITE")
    if driver.deferrable is not None:
        said.append("DEFERRABLE" if driver.deferrable else "NOT DEFERRABLE")
    return " ".join(said)


@lru_cache(maxsize=1024)
def _is_plain(statement: str) -> bool:
    return PLAIN.match(statement) is not None and FORBIDDEN.search(statement) is None


def _plain_only(_cursor: object, statement: str, *rest: Any) -> None:
    context = rest[-1]
    plain = type(statement) is str and _is_plain(statement)  # a str of another kind could lie to the cache
    if not plain and context.execution_options.get(OURS) is not _OURS_ALONE:
        raise BeyondPartner(msg("a partner's session may read and write rows, and nothing else"))


# --- the schema ---


def arming(tables: Iterable[sa.Table], present: Iterable[str]) -> Iterator[str]:
    """Policies first, grants after; what a table is no longer marked for is taken back."""
    yield TRIGGER_FUNCTION
    for table in tables:
        yield from _policies(table) if is_partner_table(table) else _policies_of_kit(table)
        rights = "SELECT, INSERT" if table.info.get(APPEND_ONLY) else "SELECT, INSERT, UPDATE, DELETE"
        yield f'REVOKE ALL ON "{table.name}" FROM {APP_ROLE}'
        yield f'GRANT {rights} ON "{table.name}" TO {APP_ROLE}'
        yield f'REVOKE ALL ON "{table.name}" FROM {ROLLUP_ROLE}'
        if table.info.get(ROLLUP):
            yield f'GRANT SELECT ON "{table.name}" TO {ROLLUP_ROLE}'
    for name in present:
        if name.startswith(VERSIONS):
            yield f'GRANT SELECT ON "{name}" TO {APP_ROLE}'


def _policies(table: sa.Table) -> Iterator[str]:
    name = f'"{table.name}"'
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for policy in ("partner_only", "account_own", "rollup_all", "owner_all"):
        yield f"DROP POLICY IF EXISTS {policy} ON {name}"
    mine = f"partner_id = {PARTNER}"
    yield f"CREATE POLICY partner_only ON {name} TO {APP_ROLE} USING ({mine}) WITH CHECK ({mine})"
    if table.info.get(BY_ACCOUNT):
        yield f"CREATE POLICY account_own ON {name} FOR SELECT TO {APP_ROLE} USING (account_id = {ACCOUNT})"
    if table.info.get(ROLLUP):
        yield f"CREATE POLICY rollup_all ON {name} FOR SELECT TO {ROLLUP_ROLE} USING (true)"
    yield f"CREATE POLICY owner_all ON {name} TO CURRENT_USER USING ({OWNER}) WITH CHECK ({OWNER})"
    yield from _trigger(table, "OLD.partner_id = nullif(current_setting('app.partner', true), '')::uuid")


def _policies_of_kit(table: sa.Table) -> Iterator[str]:
    """Row security isn't forced, because foreign keys and the owner's migrations look at these rows too."""
    name = f'"{table.name}"'
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    for policy in ("read_by_all", "written_by", "read_by", "added_by", "of_kit", "rollup_all"):
        yield f"DROP POLICY IF EXISTS {policy} ON {name}"
    yield f"CREATE POLICY of_kit ON {name} TO {APP_ROLE} USING ({KIT}) WITH CHECK ({KIT})"
    if (who := table.info.get(READ_BY)) is not None:
        yield f"CREATE POLICY read_by ON {name} FOR SELECT TO {APP_ROLE} USING ({_is(who)})"
    if (who := table.info.get(ADDED_BY)) is not None:
        yield f"CREATE POLICY added_by ON {name} FOR INSERT TO {APP_ROLE} WITH CHECK ({_is(who)})"
    if table.info.get(ROLLUP):
        yield f"CREATE POLICY rollup_all ON {name} FOR SELECT TO {ROLLUP_ROLE} USING (true)"
    yield from _trigger(table, "current_setting('app.kit', true) = 'yes'")


def _is(who: str) -> str:
    return "true" if who == EVERYBODY else f'"{who}" = {PARTNER}'


def _trigger(table: sa.Table, may: str) -> Iterator[str]:
    """Row security doesn't hold for what a foreign key does (CASCADE, SET NULL): those changes meet this trigger."""
    yield f'DROP TRIGGER IF EXISTS partner_guard ON "{table.name}"'
    yield (
        f'CREATE TRIGGER partner_guard BEFORE UPDATE OR DELETE ON "{table.name}" FOR EACH ROW WHEN (session_user = '
        f"'{APP_ROLE}' AND ({may}) IS NOT TRUE) EXECUTE FUNCTION sc_refuse_other_partner()"
    )


# --- the door across partners ---


@contextmanager
def open_door(engine: sa.Engine, _metadata: sa.MetaData) -> Iterator[sa.Connection]:
    """A read-only transaction as the roll-up role, which the policies of the listed tables alone let in."""
    with engine.connect() as connection, connection.begin():
        for statement in (f"SET LOCAL ROLE {ROLLUP_ROLE}", "SET TRANSACTION READ ONLY"):
            connection.exec_driver_sql(statement, execution_options=OWN_WORDS)
        yield connection
