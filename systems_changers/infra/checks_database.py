"""What a doctor looks at in the database: its version, whether it keeps what it kept, whether partners are apart.

Looked at as the owner, who sees the whole schema; nothing is written but by a mend.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from systems_changers.infra import isolation
from systems_changers.infra.db import Base, is_partner_table
from systems_changers.infra.findings import Check, Finding, broken, doubtful, fine
from systems_changers.infra.roles import APP_ROLE
from systems_changers.infra.scrubbing import empty_log, waits_to_be_emptied
from systems_changers.infra.text import msg

OLDEST_POSTGRESQL = (14,)
WAL_RACE = ((3, 7, 0), (3, 51, 2))
"""SQLite from and to these versions can damage its log when two connections reset it at once (sqlite.org/wal.html)."""
SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
PATIENCE = 2.0
"""Seconds that reading the file through may take."""
STEPS = 10_000
"""Of SQLite's machine, between two looks at the clock: some tenths of a millisecond."""
EMPTIED_SOON = timedelta(minutes=30)
"""How long the log may hold what was erased."""
UPGRADE = msg("Stop the server and run `systems-changers upgrade`.")


class Engines(NamedTuple):
    """The application's engine and the owner's."""

    app: sa.Engine
    owner: sa.Engine

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite rather than PostgreSQL."""
        return self.owner.dialect.name == "sqlite"


def reachable(engines: Engines) -> Finding:
    """Whether the application's role is let in, and is no more than that."""
    with engines.app.connect() as connection:
        connection.scalar(sa.select(sa.true()))
    return fine(msg("The database lets the application in."))


def version(engines: Engines) -> Finding:
    """Whether the database is of a version without known dangers."""
    if engines.sqlite:
        return sqlite_version(sqlite3.sqlite_version_info)
    with engines.owner.connect() as connection:
        found = connection.dialect.server_version_info or ()
    said = msg("PostgreSQL is %(version)s.", version=".".join(map(str, found)))
    return fine(said) if found >= OLDEST_POSTGRESQL else broken(said, msg("Move to PostgreSQL 14 or newer."))


def sqlite_version(found: tuple[int, ...]) -> Finding:
    """What follows from a version of SQLite."""
    said = ".".join(map(str, found))
    if WAL_RACE[0] <= found <= WAL_RACE[1]:
        return doubtful(
            msg("SQLite %(version)s can very rarely damage its log when two processes end their work on it at once.",
                version=said),
            msg("Let one server alone use the data folder, and move to SQLite 3.51.3 or newer when Python brings it."),
        )  # fmt: skip
    return fine(msg("SQLite is %(version)s.", version=said))


def durable(engines: Engines) -> Finding:
    """Whether what was said to be kept is kept when the power goes."""
    with engines.owner.connect() as connection:
        if engines.sqlite:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            if mode != "wal":
                return broken(msg("SQLite's journal is %(mode)s, and can't be switched to WAL.", mode=mode),
                              msg("Keep the data folder on a disk of this machine."))  # fmt: skip
            return fine(msg("What was kept survives a power cut: write-ahead log, synchronised at each commit."))
        lax = [name for name, wanted in SAFE.items()
               if connection.exec_driver_sql(f"SHOW {name}").scalar() != wanted]  # fmt: skip
    if lax:
        return broken(msg("PostgreSQL may lose what it said it kept: %(names)s is off.", names=", ".join(lax)),
                      msg("Switch it on in postgresql.conf."))  # fmt: skip
    return fine(msg("What was kept survives a power cut: PostgreSQL synchronises at each commit."))


def whole(engines: Engines) -> Finding:
    """Whether the file is undamaged and every reference finds its row."""
    if not engines.sqlite:
        return fine(msg("PostgreSQL checks its own pages and references."))
    try:
        damage, lost = _read_through(str(engines.owner.url.database))
    except TimeoutError:
        return fine(msg("The database file is too large to be read through here, and nothing wrong was met: each backup"
                        " that is checked reads it whole."))  # fmt: skip
    if damage != "ok":
        return broken(msg("The database file is damaged: %(why)s", why=str(damage)),
                      msg("Stop the server and bring back the newest copy of the data."))  # fmt: skip
    if lost:
        return broken(msg("Rows of %(table)s refer to rows that are not there.", table=lost[0][0]),
                      msg("Bring back the newest copy of the data, or ask for help."))  # fmt: skip
    return fine(msg("The database file is whole, and every reference finds its row."))


def _read_through(database: str) -> tuple[str, Sequence[tuple[str]]]:
    """What SQLite says of the file, and the first reference to nothing. Nobody who writes waits for it.

    Raises TimeoutError where it would take longer than PATIENCE.
    """
    end = time.monotonic() + PATIENCE
    with closing(sqlite3.connect(f"{Path(database).absolute().as_uri()}?mode=ro", uri=True)) as reader:
        reader.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        try:
            (damage,) = reader.execute("PRAGMA quick_check(1)").fetchone()
            return damage, reader.execute("PRAGMA foreign_key_check").fetchmany(1) if damage == "ok" else ()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise TimeoutError from error
            raise


def erased(engines: Engines) -> Finding:
    """Whether what was erased is gone from the file and its log too."""
    if not engines.sqlite:
        return fine(msg("PostgreSQL clears away what was erased when it vacuums."))
    since = waits_to_be_emptied(engines.owner)
    if since is None or datetime.now(UTC) - since < EMPTIED_SOON:
        return fine(msg("What was erased is gone from the database's files."))
    return doubtful(msg("The log beside the database holds since %(since)s what was erased: it could not be emptied.",
                        since=since),
                    msg("Let `systems-changers serve` run, and end what reads the database for long."),
                    lambda: empty_log(engines.owner))  # fmt: skip


def roles(engines: Engines) -> Finding:
    """Whether the application's role can do no more than it should."""
    if engines.sqlite:
        return fine(msg("SQLite has no roles; each connection is guarded by itself."))
    may = "SELECT has_function_privilege(%s, 'pg_catalog.set_config(text, text, boolean)', 'EXECUTE')"
    with engines.owner.connect() as connection:
        loose = bool(connection.exec_driver_sql(may, (APP_ROLE,)).scalar())
    if loose:
        return doubtful(
            msg("The role %(role)s may call set_config, so the programme's own guard alone stands against it.",
                role=APP_ROLE),
            msg("Run `systems-changers upgrade` with an owner who is a superuser."),
        )  # fmt: skip
    return fine(msg("The role %(role)s owns nothing and can't say who it is.", role=APP_ROLE))


def apart(engines: Engines) -> Finding:
    """Whether every table is guarded, so that no partner sees another's rows."""
    with engines.owner.connect() as connection:
        present = set(sa.inspect(connection).get_table_names())
        if engines.sqlite:
            guarded = connection.exec_driver_sql("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'").scalars()
            open_ = _known() & present - set(guarded)
        else:
            found = connection.exec_driver_sql("SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class")
            rows = {name: (on, forced) for name, on, forced in found}
            owned = {table.name for table in Base.metadata.tables.values() if is_partner_table(table)}
            open_ = {name for name in _known() & present if rows[name] != (True, name in owned)}
    if open_:
        return broken(msg("These tables are not guarded: %(tables)s.", tables=", ".join(sorted(open_))), UPGRADE,
                      partial(_arm, engines.owner))  # fmt: skip
    return fine(msg("Every table is guarded: no partner sees another's rows."))


def _known() -> set[str]:
    return set(Base.metadata.tables)


def _arm(owner: sa.Engine) -> None:
    with owner.begin() as connection:
        isolation.arm(connection)


DATABASE: Sequence[Check] = (
    Check("database", reachable),
    Check("database-version", version),
    Check("database-durability", durable),
    Check("database-integrity", whole),
    Check("database-erased", erased),
    Check("database-roles", roles),
    Check("partners-apart", apart),
)
