"""An upgrade looks ahead, takes a backup, and brings everything back where the result is not in order."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from systems_changers.cli import main
from systems_changers.core.home.service import backup, instance, upgrade
from systems_changers.core.home.service.instance import Upgraded
from systems_changers.hooks.kit import load_plugins
from systems_changers.hooks.registry import Quarantined, Registry
from systems_changers.infra import revisions
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import Refused
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.settings import Settings, load_settings
from systems_changers.infra.text import msg
from tests.core.home.kept import KeptInstance, make_kept

BEFORE = "0003"


@pytest.fixture
def kept(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> KeptInstance:
    server = request.getfixturevalue("postgres") if database_kind == "postgresql" else None
    return make_kept(tmp_path, server)


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The plugins as an upgrade loads them."""
    registry = load_plugins(Settings(Path()))
    monkeypatch.setattr(upgrade, "load_plugins", lambda _settings: registry)
    return registry


def run(kept: KeptInstance, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--data", str(kept.data)])


def at(kept: KeptInstance) -> str:
    (found,) = version(kept)
    return found


def version(kept: KeptInstance) -> list[str]:
    engine = open_owner_engine(kept.settings.owner_url)
    with engine.connect() as connection:
        found = list(connection.exec_driver_sql("SELECT version_num FROM sc_version_core").scalars())
    engine.dispose()
    return found


HEAD = revisions.head(migrations_dir() / "versions")


def test_nothing_to_do_takes_no_backup(kept: KeptInstance) -> None:
    assert upgrade.look_ahead(kept.settings).waiting == {}
    assert "Everything is up to date already." in run(kept, "upgrade").output
    assert not kept.settings.backups.exists()


def test_a_backup_is_taken_before_the_tables_change(kept: KeptInstance) -> None:
    kept.go_back(BEFORE)
    looked = run(kept, "upgrade", "--check")
    assert (looked.exit_code, looked.output) == (0, "core waits to be brought up to date.\n")
    assert at(kept) == BEFORE
    assert run(kept, "upgrade").output == "Brought up to date: core.\n"
    assert at(kept) == HEAD
    (file,) = kept.settings.backups.glob("*-before-upgrade.scbackup")
    assert backup.check_backup(file, kept.settings)["database"]["revisions"]["core"] == BEFORE


def test_what_fails_after_the_migrations_brings_everything_back(
    kept: KeptInstance, plugins: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.add_person("Morag Ros")
    kept.go_back(BEFORE)
    held = kept.rows()

    bring = instance.bring_up_to_date

    def broken(settings: Settings, registry: Registry) -> None:
        bring(settings, registry)
        kept.say("DELETE FROM person")
        raise RuntimeError("the modules could not be read")

    monkeypatch.setattr(instance, "bring_up_to_date", broken)
    with pytest.raises(Refused, match=r"brought back as it was\. RuntimeError: the modules could not be") as refused:
        upgrade.upgrade(kept.settings)
    assert refused.value.code == "brought_back"
    assert (kept.rows(), at(kept)) == (held, BEFORE)
    monkeypatch.undo()
    upgrade.upgrade(kept.settings)
    assert kept.people() == ["Ines Moreau", "Morag Ros"]


def test_a_database_that_is_not_in_order_after_it_is_brought_back(
    kept: KeptInstance, plugins: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.go_back(BEFORE)
    held, bring = kept.rows(), upgrade._bring

    def harmful(settings: Settings, registry: Registry) -> Upgraded:
        done = bring(settings, registry)
        if settings.database:
            kept.say("ALTER TABLE person NO FORCE ROW LEVEL SECURITY")
        else:
            kept.say("DROP TRIGGER sc_guard_insert_person")
        return done

    monkeypatch.setattr(upgrade, "_bring", harmful)
    with pytest.raises(Refused, match="everything was brought back"):
        upgrade.upgrade(kept.settings)
    assert (kept.rows(), at(kept)) == (held, BEFORE)


def test_a_plugin_in_use_that_does_not_fit_stands_in_the_way(kept: KeptInstance, plugins: Registry) -> None:
    kept.go_back(BEFORE)
    out = Quarantined("coastal", msg("It needs another version."))
    plugins.quarantined.append(out)
    try:
        assert upgrade.look_ahead(kept.settings).hindrances == []
        kept.say("""UPDATE partner SET plugins = '["coastal"]'""")
        (hindrance,) = upgrade.look_ahead(kept.settings).hindrances
        assert (
            str(hindrance) == "The plugin coastal is on at a partner and would be kept out: It needs another version."
        )
        looked = run(kept, "upgrade", "--check", "--json")
        assert (looked.exit_code, json.loads(looked.output)["hindrances"]) == (1, [str(hindrance)])
        refused = run(kept, "upgrade")
        assert (refused.exit_code, at(kept)) == (1, BEFORE)
        assert "--anyway" in refused.output
        assert run(kept, "upgrade", "--anyway").exit_code == 0
        assert at(kept) == HEAD
    finally:
        plugins.quarantined.remove(out)


def test_tables_of_a_newer_version_stand_in_the_way(kept: KeptInstance) -> None:
    kept.say("UPDATE sc_version_core SET version_num = '9999'")
    with pytest.raises(Refused, match="made by a newer version"):
        upgrade.upgrade(kept.settings)
    assert at(kept) == "9999"


def test_too_little_room_stands_in_the_way(kept: KeptInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    if kept.settings.database:
        assert list(upgrade._room(kept.settings)) == []  # how large a server's database is, its own disk must know
        return
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: type("Room", (), {"free": 1000}))
    (said,) = upgrade._room(load_settings(kept.data, {}))
    assert "too little room" in str(said)
