"""A backup of older tables is checked and restored as they were, and only then brought up to date."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from systems_changers.cli import main
from systems_changers.core.home.service import backup, instance, restore
from systems_changers.core.home.service.restore import RestoreTarget
from systems_changers.hooks.kit import load_plugins
from systems_changers.infra import archive, revisions
from systems_changers.infra.errors import Refused
from systems_changers.infra.paths import migrations_dir
from tests.core.home.kept import KeptInstance, addresses, make_kept
from tests.migrations.carried import RESTORE, UPGRADE, losses, tables_in, tables_of
from tests.migrations.newer import MADE_UP, add_newest
from tests.migrations.release import make_backup
from tests.postgres import PostgresServer

PLUGINS = {"corra_scotland": "corra_scotland_0001", "childrens_society": "childrens_society_0001"}
OLDER: Mapping[str, Mapping[str, str]] = {
    "before the newest tables": {"core": "0009", **PLUGINS},
    "the first, without plugins": {"core": "0001"},
}
one_of_them = pytest.mark.parametrize("file", [next(iter(OLDER))], indirect=True)
ADDED = {
    "sqlite": ("ALTER TABLE person ADD COLUMN pronouns TEXT NOT NULL DEFAULT 'they'",),
    "postgresql": ("ALTER TABLE person ADD COLUMN pronouns TEXT NOT NULL DEFAULT 'they'",
                   "ALTER TABLE person ALTER COLUMN pronouns DROP DEFAULT"),
}  # fmt: skip
TAKEN = ("DROP TABLE tombstone", "ALTER TABLE evidence RENAME COLUMN tells TO says")
HEAD = revisions.head(migrations_dir() / "versions")


@pytest.fixture(scope="module")
def server(database_kind: str, request: pytest.FixtureRequest) -> PostgresServer | None:
    found: PostgresServer | None = request.getfixturevalue("postgres") if database_kind == "postgresql" else None
    return found


@pytest.fixture(scope="module", params=OLDER)
def file(
    server: PostgresServer | None, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """A backup of a filled instance that was at older revisions."""
    return make_backup(tmp_path_factory.mktemp("older"), server, OLDER[request.param])


@pytest.fixture(scope="module")
def kept(server: PostgresServer | None, tmp_path_factory: pytest.TempPathFactory) -> KeptInstance:
    """An instance of today."""
    return make_kept(tmp_path_factory.mktemp("kept"), server)


def test_it_is_checked_beside_newer_tables(kept: KeptInstance, file: Path) -> None:
    before = kept.rows()
    told = backup.check_backup(file, kept.settings)
    assert told["database"]["revisions"]["core"] != HEAD
    checked = CliRunner().invoke(main, ["restore", str(file), "--check", "--data", str(kept.data)])
    assert "is whole: every row and file is as it was written" in checked.output
    assert kept.rows() == before


def test_it_is_restored_and_brought_up_to_date(file: Path, server: PostgresServer | None, tmp_path: Path) -> None:
    settings = restore.restore(file, RestoreTarget(tmp_path / "restored", **addresses(server)))
    before, after = tables_in(file, tmp_path), tables_of(settings)
    assert len(before["person"].rows) == 2
    assert losses(before, after, RESTORE, UPGRADE) == []
    assert after["sc_version_core"].rows in of_version(str(HEAD))
    assert set(after) >= {"corra_scotland_community_profile", "sign_on_provider", "sc_version_childrens_society"}


@one_of_them
def test_it_takes_the_place_of_a_newer_instance(file: Path, server: PostgresServer | None, tmp_path: Path) -> None:
    made = make_kept(tmp_path, server)
    restore.restore(file, RestoreTarget(made.data, replace=True))
    assert losses(tables_in(file, tmp_path), tables_of(made.settings), RESTORE, UPGRADE) == []
    (before,) = made.settings.backups.glob("*-before-restore.scbackup")
    assert backup.check_backup(before, made.settings)["database"]["revisions"]["core"] == HEAD


@one_of_them
def test_what_a_newer_release_does_to_tables_is_no_hindrance(
    file: Path, server: PostgresServer | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that must be filled, a table that is gone, a column of another name: the backup's own come first."""
    made = make_kept(tmp_path, server)
    add_newest(monkeypatch, tmp_path, *ADDED["postgresql" if server else "sqlite"], *TAKEN)
    instance.bring_up_to_date(made.settings, load_plugins(made.settings))
    assert backup.check_backup(file, made.settings)["database"]["rows"]["person"] == 2
    assert tables_of(made.settings)["sc_version_core"].rows in of_version(MADE_UP)


def of_version(revision: str) -> tuple[list[tuple[str]], list[tuple[bytes]]]:
    """The row of a version table, as either database writes it."""
    return [(revision,)], [(revision.encode(),)]


@one_of_them
def test_a_newer_release_fills_its_columns_in_what_is_restored(
    file: Path, server: PostgresServer | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_newest(monkeypatch, tmp_path, *ADDED["postgresql" if server else "sqlite"])
    settings = restore.restore(file, RestoreTarget(tmp_path / "restored", **addresses(server)))
    before, after = tables_in(file, tmp_path), tables_of(settings)
    assert losses(before, after, RESTORE, UPGRADE) == []
    assert set(after["person"].seen(["pronouns"])) in ({("they",)}, {(b"they",)})


@one_of_them
def test_a_changed_byte_is_found(kept: KeptInstance, file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    assert b"Morag Rowan" in whole
    damaged = tmp_path / "damaged.scbackup"
    damaged.write_bytes(whole.replace(b"Morag Rowan", b"Morag Alder"))
    with pytest.raises(Refused, match="is damaged"):
        backup.check_backup(damaged, kept.settings)


@one_of_them
def test_tables_of_a_newer_version_can_not_be_made(kept: KeptInstance, file: Path, tmp_path: Path) -> None:
    """SQLite's are copied as they are, so its backup can be checked all the same."""
    newer = tmp_path / "newer.scbackup"
    with archive.reading(file) as found:
        told = {**found.told, "database": {**found.told["database"], "revisions": {"core": "9999"}}}
        if told["database"]["kind"] == "sqlite":
            return
        with archive.writing(newer) as made:
            for name in found.entries:
                made.add(name, found.pieces(name))
            made.finish(told)
    with pytest.raises(Refused, match="made by a newer version"):
        backup.check_backup(newer, kept.settings)
