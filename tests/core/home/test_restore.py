"""A restored instance holds every row and file, is another one than before, and a failed restore leaves no trace."""

from __future__ import annotations

import json
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from systems_changers.cli import main
from systems_changers.core.home.service import backup, own_data, restore
from systems_changers.core.home.service.restore import RestoreTarget
from systems_changers.core.operations.models import OperatorAudit, Token
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account, Person, SignInSession
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links
from systems_changers.infra import archive, copying
from systems_changers.infra.errors import Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import MailRow, OutboxRow, enqueue_mail
from systems_changers.infra.settings import load_settings
from systems_changers.infra.shelves import store_of
from tests.core.home.kept import KeptInstance, addresses, make_kept
from tests.postgres import PostgresServer

PASSPHRASE = "a kettle by the harbour"
CHANGED = ("instance", "token", "sign_in_session", "outbox", "operator_audit")
"""What a restore changes on purpose."""
PICTURE = b"a picture"


@pytest.fixture(scope="module")
def server(database_kind: str, request: pytest.FixtureRequest) -> PostgresServer | None:
    found: PostgresServer | None = request.getfixturevalue("postgres") if database_kind == "postgresql" else None
    return found


@pytest.fixture(scope="module")
def kept(server: PostgresServer | None, tmp_path_factory: pytest.TempPathFactory) -> KeptInstance:
    """An instance with somebody signed in, a mail that waits, and a file."""
    made = make_kept(tmp_path_factory.mktemp("kept"), server)
    made.add_person("Morag Ros\tMhòr \\N")
    with made.opened() as kit, kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(account := Account(id=new_id(), email="morag@harbour.example"))
        scope.db.flush()
        people.start_session(scope, account.id, people.Browser("127.0.0.1"))
        enqueue_mail(scope.db, None, "people/mail_sign_in", "morag@harbour.example", "en_GB", {}, kit.clock.now())
        scope.db.commit()
        store_of(made.settings).put(made.partner(kit).id, sha256(PICTURE).hexdigest(), PICTURE)
    return made


def stored(kept: KeptInstance) -> bytes:
    """The partner's one file."""
    with kept.opened() as kit:
        partner = kept.partner(kit).id
    [one] = store_of(kept.settings).list(partner)
    return b"".join(store_of(kept.settings).open(partner, one.sha256))


@pytest.fixture(scope="module")
def file(kept: KeptInstance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("backups") / "one.scbackup"
    settings = load_settings(kept.data, {}, backup_passphrase=PASSPHRASE)
    backup.take_backup(settings, made)
    return made


@pytest.fixture
def wanted(server: PostgresServer | None, tmp_path: Path) -> RestoreTarget:
    return RestoreTarget(tmp_path / "restored", **addresses(server))


def test_every_row_and_file_is_there_again(kept: KeptInstance, file: Path, wanted: RestoreTarget) -> None:
    made = KeptInstance(restore.restore(file, wanted))
    assert made.rows(*CHANGED) == kept.rows(*CHANGED)
    assert stored(made) == PICTURE
    assert made.people() == ["Ines Moreau", "Morag Ros\tMhòr \\N"]
    made.add_person("Somebody after it")
    assert (made.data / "secret.key").stat().st_mode & 0o777 == 0o600
    assert made.settings.public_url == "http://127.0.0.1:8765"


def test_it_is_another_instance_than_before(kept: KeptInstance, file: Path, wanted: RestoreTarget) -> None:
    made = KeptInstance(restore.restore(file, wanted))
    (was,), (now,) = kept.rows()["instance"], made.rows()["instance"]
    assert was != now
    with made.opened() as kit, kit.operator_scope(ANYONE, links=no_links) as scope:
        db = scope.db
        assert db.scalars(sa.select(SignInSession.revoked_at)).one() is not None
        assert db.scalar(sa.select(sa.func.count()).select_from(Token)) == 0
        waiting = db.execute(sa.select(OutboxRow.state, OutboxRow.trouble)).one()
        assert tuple(waiting) == ("parked", "restored from a backup: it may have been sent already")
        assert db.scalars(sa.select(MailRow.address)).one() == "morag@harbour.example"
        told = db.execute(sa.select(OperatorAudit.name, OperatorAudit.object_id).order_by(OperatorAudit.at)).all()
        with archive.reading(file) as found:
            assert (told[-1][0], str(told[-1][1])) == ("instance.restored", found.told["instance"]["id"])
    assert made.settings.secret_key != kept.settings.secret_key


def test_the_keys_come_back_with_the_passphrase_alone(kept: KeptInstance, file: Path, wanted: RestoreTarget) -> None:
    wrong = RestoreTarget(**{**fields(wanted), "passphrase": "another kettle entirely"})
    with pytest.raises(Refused, match="does not open the keys"):
        restore.restore(file, wrong)
    assert not wanted.data.exists()
    settings = restore.restore(file, RestoreTarget(**{**fields(wanted), "passphrase": PASSPHRASE}))
    assert settings.secret_key == kept.settings.secret_key


def fields(wanted: RestoreTarget) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in RestoreTarget.__slots__}


def test_a_folder_or_database_in_use_is_left_alone(
    kept: KeptInstance, file: Path, wanted: RestoreTarget, server: PostgresServer | None
) -> None:
    before = kept.rows()
    with pytest.raises(Refused, match="already holds an instance") as refused:
        restore.restore(file, RestoreTarget(kept.data))
    assert refused.value.code == "folder_taken"
    if server is None:
        wanted.data.mkdir()
        shutil.copy(kept.data / "systems-changers.db", wanted.data)
        taken = wanted
    else:
        taken = RestoreTarget(wanted.data, kept.settings.database, kept.settings.owner_database)
    with pytest.raises(Refused) as refused:
        restore.restore(file, taken)
    assert refused.value.code == "database_taken"
    assert kept.rows() == before


def test_replacing_backs_up_what_was_there(file: Path, wanted: RestoreTarget, server: PostgresServer | None) -> None:
    made = KeptInstance(restore.restore(file, wanted))
    made.add_person("Somebody since")
    held = made.rows(*CHANGED)
    again = KeptInstance(restore.restore(file, RestoreTarget(**{**fields(wanted), "replace": True})))
    assert again.people() == ["Ines Moreau", "Morag Ros\tMhòr \\N"]
    assert again.settings.secret_key == made.settings.secret_key
    (before,) = again.settings.backups.glob("*-before-restore.scbackup")
    other = RestoreTarget(wanted.data.with_name("other"), **addresses(server))
    assert KeptInstance(restore.restore(before, other)).rows(*CHANGED) == held


def test_a_damaged_backup_changes_nothing(
    kept: KeptInstance, file: Path, wanted: RestoreTarget, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.scbackup"
    whole = bytearray(file.read_bytes())
    at = whole.find(b"Ines Moreau")
    whole[at] ^= 1
    damaged.write_bytes(whole)
    with pytest.raises(Refused, match="is damaged"):
        restore.restore(damaged, wanted)
    assert not wanted.data.exists()
    made = KeptInstance(restore.restore(file, wanted))
    held = made.rows()
    with pytest.raises(Refused, match="is damaged"):
        restore.restore(damaged, RestoreTarget(**{**fields(wanted), "replace": True}))
    assert made.rows() == held


def rewritten(file: Path, target: Path, more: dict[str, bytes] | None = None, **changed: Any) -> Path:
    """The backup with another manifest, and entries that it hadn't, or not so."""
    front = target.with_name("front")
    with archive.reading(file) as found, archive.writing(target) as made:
        if found.front is not None:
            found.put_front(front)
            made.path.write_bytes(front.read_bytes())
            made.keep_front()
        for name in found.entries:
            if name not in (more or {}):
                made.add(name, found.pieces(name))
        for name, held in (more or {}).items():
            made.add(name, [held])
        made.finish({**found.told, **changed})
    return target


def test_a_newer_versions_tables_are_refused_before_anything_is_done(
    file: Path, wanted: RestoreTarget, tmp_path: Path
) -> None:
    with archive.reading(file) as found:
        database = {**found.told["database"], "revisions": {**found.told["database"]["revisions"], "core": "9999"}}
    newer = rewritten(file, tmp_path / "newer.scbackup", database=database)
    with pytest.raises(Refused, match="made by a newer version"):
        restore.preview(newer, wanted)
    with pytest.raises(Refused, match="made by a newer version"):
        restore.restore(newer, wanted)
    assert not wanted.data.exists()


def test_a_name_in_the_archive_is_no_path(file: Path, wanted: RestoreTarget, tmp_path: Path) -> None:
    names = ("../outside", "files/../../outside", "files/../../../../../outside")
    restore.restore(rewritten(file, tmp_path / "sly.scbackup", dict.fromkeys(names, b"out")), wanted)
    assert not list(tmp_path.rglob("outside"))


def test_settings_that_say_where_code_is_run_from_stay_behind(
    file: Path, wanted: RestoreTarget, tmp_path: Path
) -> None:
    told = {"plugin_folder": "/tmp/evil", "debug": True, "port": 9000, "database": "x", "odd": 1, "threads": 3,
            "mail_password": "theirs", "files": "s3://theirs/x"}  # fmt: skip
    sly = rewritten(file, tmp_path / "sly.scbackup", {backup.SETTINGS: json.dumps(told).encode()})
    assert restore.preview(sly, wanted).settings == {"threads": 3}
    settings = restore.restore(sly, wanted)
    assert (settings.plugin_folder, settings.debug, settings.port, settings.threads) == ("", False, 8765, 3)
    assert (settings.mail_password, settings.files) == ("", "")


def test_triggers_that_came_with_a_file_are_not_run(tmp_path: Path) -> None:
    """On SQLite, whichever database the run is about: a backup of PostgreSQL holds rows alone."""
    sly = make_kept(tmp_path / "sly", None)
    right = triggers(sly)
    sly.say("CREATE TRIGGER sc_guard_insert_sly AFTER INSERT ON person BEGIN DELETE FROM membership; END")
    backup.take_backup(sly.settings, tmp_path / "sly.scbackup")
    made = KeptInstance(restore.restore(tmp_path / "sly.scbackup", RestoreTarget(tmp_path / "restored")))
    made.add_person("Somebody")
    assert len(right) > 100
    assert triggers(made) == right


def triggers(kept: KeptInstance) -> list[str]:
    engine = sa.create_engine(kept.settings.database_url)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name"))
        names = list(found.scalars())
    engine.dispose()
    return names


def test_another_kind_of_database_is_refused(
    kept: KeptInstance, file: Path, wanted: RestoreTarget, tmp_path: Path
) -> None:
    with archive.reading(file) as found:
        kind = {"sqlite": "postgresql", "postgresql": "sqlite"}[found.told["database"]["kind"]]
        database = {**found.told["database"], "kind": kind}
    with pytest.raises(Refused, match="another kind of database"):
        restore.restore(rewritten(file, tmp_path / "other.scbackup", database=database), wanted)
    assert not wanted.data.exists()


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_the_command_shows_what_it_would_do_and_asks_first(
    kept: KeptInstance, file: Path, wanted: RestoreTarget
) -> None:
    given = [f"--{name.replace('_', '-')}={value}" for name, value in fields(wanted).items()
             if name.endswith("database") and value]  # fmt: skip
    asked = run("restore", str(file), "--data", str(wanted.data), *given)
    assert asked.exit_code == 1
    assert "A backup of Harbour Trust, made at" in asked.output
    assert "2 in person" in asked.output
    assert "Nobody is here to ask: give --yes to restore." in asked.output
    assert not wanted.data.exists()
    done = run("restore", str(file), "--data", str(wanted.data), "--yes", "--json", *given)
    assert json.loads(done.output)["rows"]["person"] == 2
    again = run("restore", str(file), "--data", str(wanted.data), "--yes")
    assert "already holds an instance" in again.output
    checked = run("restore", str(file), "--data", str(kept.data), "--check")
    assert "is whole: every row and file is as it was written" in checked.output


def test_the_archive_opens_with_any_zip(file: Path) -> None:
    with zipfile.ZipFile(file) as opened:
        assert opened.testzip() is None
        names = set(opened.namelist())
        assert {"manifest.json", "settings.json", "keys.json"} <= names
        assert [name for name in names if name.endswith(sha256(PICTURE).hexdigest())]


def test_a_check_of_postgresql_needs_a_server(file: Path, tmp_path: Path) -> None:
    with archive.reading(file) as found:
        database = {**found.told["database"], "kind": "postgresql"}
    other = rewritten(file, tmp_path / "other.scbackup", database=database)
    with archive.reading(other) as found, pytest.raises(Refused, match="give --data"):
        copying.check(None, found, lambda _connection: None, file.parent)


def test_whoever_was_erased_since_is_erased_again(
    file: Path, wanted: RestoreTarget, server: PostgresServer | None
) -> None:
    made = KeptInstance(restore.restore(file, wanted))
    with made.opened() as kit, kit.scope(made.partner(kit), ANYONE, links=no_links, write=True) as scope:
        scope.db.add(Person(name="Calum Erased", email="calum@harbour.example"))
        scope.db.commit()
    held = wanted.data.with_name("held.scbackup")
    backup.take_backup(made.settings, held)
    with made.opened() as kit:
        own_data.erase_person(kit, made.partner(kit).slug, "calum@harbour.example")
    after = RestoreTarget(wanted.data.with_name("after"), **addresses(server), after=wanted.data)
    assert KeptInstance(restore.restore(held, after)).people() == ["Ines Moreau", "Morag Ros\tMhòr \\N"]
    again = KeptInstance(restore.restore(held, RestoreTarget(**{**fields(wanted), "replace": True})))
    assert again.people() == ["Ines Moreau", "Morag Ros\tMhòr \\N"]
    unaware = RestoreTarget(wanted.data.with_name("unaware"), **addresses(server))
    assert "Calum Erased" in KeptInstance(restore.restore(held, unaware)).people()


def test_a_database_that_can_not_be_read_is_put_aside(tmp_path: Path) -> None:
    """On SQLite, whichever database the run is about: a server's database can be dropped by whoever runs it."""
    made = make_kept(tmp_path / "made", None)
    backup.take_backup(made.settings, tmp_path / "one.scbackup")
    broken = made.data / "systems-changers.db"
    broken.write_bytes(b"\x00" * 100_000)
    with pytest.raises(Refused, match="erased-may-return") as refused:
        restore.restore(tmp_path / "one.scbackup", RestoreTarget(made.data, replace=True))
    assert refused.value.code == "erased_unknown"
    assert broken.read_bytes() == b"\x00" * 100_000
    wanted = RestoreTarget(made.data, replace=True, erased_may_return=True)
    restored = KeptInstance(restore.restore(tmp_path / "one.scbackup", wanted))
    assert restored.people() == ["Ines Moreau"]
    (aside,) = made.data.glob("*-unread-systems-changers.db")
    assert aside.read_bytes() == b"\x00" * 100_000


def test_a_damaged_file_leaves_all_as_it_was(file: Path, wanted: RestoreTarget, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.scbackup"
    whole = bytearray(file.read_bytes())
    whole[whole.find(PICTURE)] ^= 1
    damaged.write_bytes(whole)
    with pytest.raises(Refused, match="is damaged"):
        restore.restore(damaged, wanted)
    assert not wanted.data.exists()


def test_it_is_said_before_that_erased_people_come_back(file: Path, wanted: RestoreTarget) -> None:
    assert "--after" in str(restore.preview(file, wanted).warnings[-1])
    aware = RestoreTarget(**{**fields(wanted), "after": file.parent})
    assert "--after" not in str(restore.preview(file, aware).warnings)
