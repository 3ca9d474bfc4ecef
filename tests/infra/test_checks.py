"""What a doctor looks at on the machine and in the database, on the database of this run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from systems_changers.infra import checks_database
from systems_changers.infra.checks_database import DATABASE, Engines, sqlite_version, whole
from systems_changers.infra.checks_machine import MACHINE
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.findings import ERROR, OK, WARNING, broken, doubtful, fine
from systems_changers.infra.settings import Settings
from systems_changers.infra.text import msg
from systems_changers.testing.instance import Instance


def test_a_finding_says_how_bad_it_is() -> None:
    made = [make(msg("so")) for make in (fine, doubtful, broken)]
    assert [each.status for each in made] == [OK, WARNING, ERROR]


@pytest.mark.parametrize(("found", "status"), [
    ((3, 6, 23), "ok"), ((3, 7, 0), "warning"), ((3, 51, 2), "warning"), ((3, 51, 3), "ok"),
])  # fmt: skip
def test_versions_of_sqlite_with_the_race_are_told(found: tuple[int, ...], status: str) -> None:
    assert sqlite_version(found).status == status


def test_a_journal_that_stops_readers_is_told(tmp_path: Path) -> None:
    owner = open_owner_engine(f"sqlite:///{tmp_path / 'kit.db'}")
    with owner.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    (check,) = (check for check in DATABASE if check.id == "database-durability")
    assert "SQLite's journal is delete" in str(check.look(Engines(owner, owner)).message)
    owner.dispose()


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Engines]:
    """Enough rows for some hundred looks at the clock."""
    owner = open_owner_engine(f"sqlite:///{tmp_path / 'kit.db'}")
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE word (id INTEGER PRIMARY KEY, above INTEGER REFERENCES word (id))")
        connection.exec_driver_sql("INSERT INTO word VALUES (?, 1)", [(number,) for number in range(1, 20_001)])
    yield Engines(owner, owner)
    owner.dispose()


def test_a_file_is_read_through(large: Engines) -> None:
    assert str(whole(large).message) == "The database file is whole, and every reference finds its row."


def test_a_reference_to_nothing_is_told(large: Engines) -> None:
    with large.owner.begin() as connection:
        connection.exec_driver_sql("INSERT INTO word VALUES (30000, 30001)")
    found = whole(large)
    assert (found.status, str(found.message)) == (ERROR, "Rows of word refer to rows that are not there.")


def test_a_damaged_file_is_told(large: Engines) -> None:
    file = Path(str(large.owner.url.database))
    large.owner.dispose()
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    file.write_bytes(content)
    found = whole(large)
    assert found.status == ERROR
    assert str(found.message).startswith("The database file is damaged: ")


def test_a_large_file_is_not_read_for_ever(large: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_database, "PATIENCE", 0.0)
    found = whole(large)
    assert (found.status, str(found.message)[:38]) == (OK, "The database file is too large to be r")


def test_nobody_who_writes_waits_for_it(large: Engines) -> None:
    with large.owner.begin() as writing:
        writing.exec_driver_sql("UPDATE word SET above = 2 WHERE id = 1")
        assert whole(large).status == OK


@pytest.fixture
def engines(instance: Instance) -> Iterator[Engines]:
    """The engines of an instance on the database of this run."""
    url = instance.kit.engine.url
    owner = open_owner_engine(url if url.get_backend_name() == "sqlite" else url.set(username="postgres"))
    yield Engines(instance.kit.engine, owner)
    owner.dispose()


@pytest.mark.parametrize("check", DATABASE, ids=lambda check: check.id)
def test_a_database_as_the_kit_makes_it_is_well(engines: Engines, check: Any) -> None:
    assert check.look(engines).status in {"ok", "warning"} if check.id == "database-version" else {"ok"}


def test_a_table_without_its_guard_is_named_and_guarded_again(engines: Engines) -> None:
    (apart,) = (check for check in DATABASE if check.id == "partners-apart")
    gone = (
        [f"DROP TRIGGER partner_guard_{verb}_job" for verb in ("insert", "update", "delete")]
        if engines.sqlite
        else ["ALTER TABLE job DISABLE ROW LEVEL SECURITY"]
    )
    with engines.owner.begin() as connection:
        for statement in gone:
            connection.exec_driver_sql(statement)
    found = apart.look(engines)
    assert str(found.message) == "These tables are not guarded: job."
    assert found.mend is not None
    found.mend()
    assert apart.look(engines).status == "ok"


def test_settings_that_would_not_start_are_told(tmp_path: Path) -> None:
    settings = Settings(tmp_path, secret_key="short")
    found = {each.id: each.look(settings) for each in MACHINE}
    assert found["settings"].status == "error"
    assert "signing key" in str(found["settings"].message)
    believed = Settings(tmp_path, proxies=1)
    assert next(each for each in MACHINE if each.id == "proxy-headers").look(believed).status == "warning"


def test_a_mail_server_that_is_not_there_is_told_without_a_name(tmp_path: Path) -> None:
    settings = Settings(tmp_path, mail_host="127.0.0.1", mail_port=9, mail_user="ines@harbour.example")
    found = next(each for each in MACHINE if each.id == "mail-server").look(settings)
    assert found.status == "error"
    assert "ines" not in str(found.message)
