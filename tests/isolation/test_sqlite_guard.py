"""What SQLite is told when it asks whether a statement may do something: each answer by itself, yes and no.

Behind each no stands another lock, so that a leak alone would not show that one of them is open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.infra import isolation_sqlite
from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.isolation_sqlite import (
    PartnerConnection,
    arming,
    connect_unguarded,
    refusal,
)
from tests.isolation.conftest import build
from tests.isolation.ground import Ground
from tests.isolation.world import World

INSIDE = "of_partner_drawn_by_lot"
READ, FUNCTION, PRAGMA = sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA
INSERT, UPDATE, DELETE = sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE
QUIET: dict[str, Any] = {}
WRITING: dict[str, Any] = {"writing": True}
WHOLE: dict[str, Any] = {"writing": True, "whole": "cohort"}
KIT: dict[str, Any] = {"kit": True}
KIT_WRITING: dict[str, Any] = {"kit": True, "writing": True}


@pytest.fixture
def raw() -> Iterator[PartnerConnection]:
    """A connection that nobody serves yet."""
    made = sqlite3.connect(":memory:", factory=PartnerConnection)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("state", "asked", "allowed"),
    [
        # of a view always, of no table but within the view's own name
        (QUIET, (READ, "cohort", "name", "temp", None), True),
        (QUIET, (READ, "sqlite_temp_master", "sql", "temp", None), False),
        (QUIET, (READ, "domain", "host", "temp", None), False),
        (QUIET, (READ, "cohort", "name", "main", None), False),
        (QUIET, (READ, "cohort", "name", "main", INSIDE), True),
        (QUIET, (READ, "cohort", "name", "main", "of_partner_guessed"), False),
        # what is everybody's, or nobody's data
        (QUIET, (READ, "domain", "host", "main", None), True),
        (QUIET, (READ, "installed", "title", "main", None), True),
        (QUIET, (READ, "sqlite_master", "sql", "main", None), True),
        (QUIET, (READ, "json_each", "value", "main", None), True),
        (QUIET, (READ, "json_tree", "value", "main", None), True),
        (QUIET, (READ, "sc_version_core", "version_num", "main", None), True),
        (QUIET, (READ, "letter", "address", "main", None), False),
        (QUIET, (READ, "unheard_of", "x", "main", None), False),
        # rows that are only counted
        (KIT, (READ, "letter", "", "main", None), True),
        (QUIET, (READ, "letter", "", "main", None), False),
        (KIT, (READ, "letter", "address", "main", None), False),
        # what a change may compare with
        (WRITING, (READ, "cohort", "id", "main", None), True),
        (WRITING, (READ, "cohort", "partner_id", "main", None), True),
        (WRITING, (READ, "cohort", "version", "main", None), True),
        (WRITING, (READ, "person", "cohort_id", "main", None), True),
        (WRITING, (READ, "cohort", "name", "main", None), False),
        (WRITING, (READ, "cohort", "ROWID", "main", None), False),
        (WRITING, (READ, "unheard_of", "id", "main", None), False),
        (WHOLE, (READ, "cohort", "name", "main", None), True),
        (WHOLE, (READ, "cohort", "ROWID", "main", None), False),
        (WHOLE, (READ, "person", "name", "main", None), False),
        (KIT_WRITING, (READ, "letter", "address", "main", None), True),
        (KIT_WRITING, (READ, "letter", "ROWID", "main", None), False),
        # what a trigger may look at
        (WRITING, (READ, "cohort", "partner_id", "main", "partner_guard_delete_cohort"), True),
        (WRITING, (READ, "queued", "partner_ref", "main", "partner_guard_insert_queued"), True),
        (WRITING, (READ, "cohort", "id", "main", "partner_guard_delete_cohort"), False),
        (WRITING, (READ, "cohort", "partner_id", "main", "another_trigger"), False),
        (QUIET, (READ, "cohort", "partner_id", "main", "partner_guard_delete_cohort"), False),
        # changes
        *((WRITING, (verb, "cohort", None, "main", None), True) for verb in (INSERT, UPDATE, DELETE)),
        *((QUIET, (verb, "cohort", None, "main", None), False) for verb in (INSERT, UPDATE, DELETE)),
        (WRITING, (INSERT, "cohort", None, "temp", None), False),
        (WRITING, (UPDATE, "sqlite_master", None, "main", None), False),
        (QUIET, (DELETE, "sqlite_sequence", None, "temp", None), False),
        # functions
        (QUIET, (FUNCTION, None, "Upper", None, None), True),
        (QUIET, (FUNCTION, None, "total_changes", None, None), False),
        (QUIET, (FUNCTION, None, "LAST_INSERT_ROWID", None, None), False),
        (WRITING, (FUNCTION, None, "abs", None, None), False),
        *((WRITING, (FUNCTION, None, name, None, None), True) for name in (
            "current_partner", "current_account", "partner_may", "owner_may", "kit_may", "CURRENT_TIMESTAMP",
            "coalesce")),
        (WHOLE, (FUNCTION, None, "abs", None, None), True),
        (KIT_WRITING, (FUNCTION, None, "abs", None, None), True),
        (KIT_WRITING, (FUNCTION, None, "total_changes", None, None), False),
        # the rest
        *((QUIET, (PRAGMA, name, None, None, None), True) for name in (
            "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list")),
        (QUIET, (PRAGMA, "writable_schema", "ON", None, None), False),
        *((QUIET, (action, None, None, None, None), True) for action in (
            sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_SAVEPOINT)),
        *((KIT_WRITING, (action, "x", None, "main", None), False) for action in (
            sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
            sqlite3.SQLITE_DROP_TRIGGER, sqlite3.SQLITE_ALTER_TABLE)),
    ],
)  # fmt: skip
def test_what_a_statement_may_do(
    raw: PartnerConnection, state: dict[str, Any], asked: tuple[Any, ...], allowed: bool
) -> None:
    for name, value in state.items():
        setattr(raw, name, value)
    authorize = isolation_sqlite._authorizer(raw, World.metadata, INSIDE)
    assert authorize(*asked) == (sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY)


def test_nobody_is_served_until_somebody_is(raw: PartnerConnection) -> None:
    served = {"partner": b"p", "account": b"a", "whole": "cohort", "kit": True, "writing": True}
    nobody = {"partner": None, "account": None, "whole": None, "kit": False, "writing": False}
    assert {name: getattr(raw, name) for name in served} == nobody
    assert raw.unguarded is False
    for name, value in served.items():
        setattr(raw, name, value)
    raw.forget()
    assert {name: getattr(raw, name) for name in served} == nobody


def asked_of(raw: PartnerConnection, said: str) -> Any:
    return raw.execute(f"SELECT {said}").fetchone()[0]


def test_what_triggers_and_views_ask(raw: PartnerConnection) -> None:
    isolation_sqlite._functions(raw)
    assert (asked_of(raw, "current_partner()"), asked_of(raw, "current_account()")) == (None, None)
    assert [asked_of(raw, f"{each}_may({given})") for each, given in (
        ("partner", "NULL"), ("partner", "x'01'"), ("kit", ""), ("owner", ""))] == [0, 0, 0, 0]  # fmt: skip
    raw.partner, raw.account, raw.kit = b"\x01", b"\x02", True
    assert (asked_of(raw, "current_partner()"), asked_of(raw, "current_account()")) == (b"\x01", b"\x02")
    assert [asked_of(raw, f"{each}_may({given})") for each, given in (
        ("partner", "NULL"), ("partner", "x'01'"), ("partner", "x'02'"), ("kit", ""), ("owner", ""))
    ] == [0, 1, 0, 1, 0]  # fmt: skip


def test_the_owner_may_everything(raw: PartnerConnection) -> None:
    connect_unguarded(raw)
    asked = ("partner_may(NULL)", "partner_may(x'01')", "kit_may()", "owner_may()")
    assert [asked_of(raw, said) for said in asked] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("another partner", "belongs to another partner"),
        ("access to cohort.name is prohibited", "read through the session"),
        ("not authorized", "may read and write rows, and nothing else"),
        ("cannot modify cohort because it is a view", "must begin with INSERT, UPDATE or DELETE"),
    ],
)
def test_what_the_guard_refuses_is_told_in_words(said: str, told: str) -> None:
    assert told in str(refusal(sqlite3.OperationalError(said)))
    assert refusal(ValueError(said)) is None
    assert refusal(sqlite3.OperationalError("no such table")) is None
    assert refusal(None) is None


def test_every_table_has_its_triggers_once_each() -> None:
    made = [said.split('"')[1] for said in arming(World.metadata.tables.values(), ()) if said.startswith("CREATE")]
    assert len(made) == len(set(made))
    by_table = {name: sorted(each.removeprefix("partner_guard_") for each in made if each.endswith(f"_{name}"))
                for name in ("cohort", "letter", "ledger")}  # fmt: skip
    assert by_table == {
        "cohort": ["insert_cohort", "others_delete_cohort", "others_update_cohort", "update_cohort"],
        "letter": ["delete_letter", "insert_letter", "update_letter"],
        "ledger": ["append_only_delete_ledger", "append_only_update_ledger", "delete_ledger", "insert_ledger",
                   "update_ledger"],
    }  # fmt: skip


# --- whole statements ---


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """A guarded database on SQLite, whichever one this run is about."""
    url = sa.make_url(f"sqlite:///{tmp_path / 'world.db'}")
    made = build(url, url)
    made.seed()
    yield made
    made.app.dispose()
    made.owner.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "WITH gone AS (SELECT 1) DELETE FROM main.cohort",
        "DELETE FROM main.cohort",
        "UPDATE cohort SET name = (SELECT name FROM \"main\" /* here */ . cohort)",
        "PRAGMA writable_schema=ON",
        "ATTACH ':memory:' AS beside",
        "REPLACE INTO domain (host, partner_ref) VALUES ('x', current_partner())",
        "INSERT OR REPLACE INTO domain (host, partner_ref) VALUES ('x', current_partner())",
        "INSERT INTO installed (slug, title) VALUES ('x', 'y')",
        "UPDATE domain SET host = 'x'",
    ],
)  # fmt: skip
def test_a_statement_that_goes_round_is_refused_whole(ground: Ground, statement: str) -> None:
    """Also of one's own rows: what may not be said would else depend on what there is."""
    before = ground.rows_of(ground.mine)
    with ground.session(ground.mine, write=True) as db, pytest.raises(BeyondPartner):
        db.execute(sa.text(statement))
    assert ground.rows_of(ground.mine) == before


def test_what_was_read_halfway_ends_with_its_session(ground: Ground) -> None:
    """Read on later, it would go on for whomever the connection serves then."""
    with ground.session(ground.mine) as db:
        driver: Any = db.connection().connection.driver_connection
        cursors = [driver.cursor().execute("SELECT name FROM cohort") for _ in range(2)]
        assert [each.fetchone() is not None for each in cursors] == [True, True]
        assert len(driver.open) >= 2
    for each in cursors:
        with pytest.raises(sqlite3.ProgrammingError, match="closed cursor"):
            each.fetchone()
    assert len(driver.open) == 0
    assert (driver.partner, driver.kit) == (None, False)


def test_a_partner_adds_what_names_it_in_any_letters(ground: Ground) -> None:
    with ground.session(ground.mine, write=True) as db:
        db.execute(sa.text("insert  into \"Domain\" (host, partner_ref) VALUES ('x', current_partner())"))
        db.commit()
        assert db.scalar(sa.text("SELECT count(*) FROM domain WHERE host = 'x'")) == 1


def test_one_waits_less_for_a_turn_than_sqlite_waits_for_its_lock() -> None:
    with sqlite3.connect(":memory:") as connection:
        from systems_changers.infra.engine import _pragmas

        _pragmas(connection, None)
        (busy,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.close()
    assert busy >= isolation_sqlite.PATIENCE * 1000
