"""A backup is whole or not there, says what is in it, holds no secret in the clear, and is checked row by row."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from systems_changers.core.home.service import backup
from systems_changers.infra import archive, copying
from systems_changers.infra.archive import ArchiveWriter
from systems_changers.infra.errors import Invalid, KitError, Misconfigured, Refused
from systems_changers.infra.settings import load_settings
from tests.core.home.kept import KeptInstance, make_kept

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
PASSPHRASE = "a kettle by the harbour"


@pytest.fixture(scope="module")
def kept(database_kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> KeptInstance:
    server = request.getfixturevalue("postgres") if database_kind == "postgresql" else None
    made = make_kept(tmp_path_factory.mktemp("kept"), server)
    made.add_person("Morag Ros\tMhòr \\N")
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "one.scbackup"


def test_it_says_what_it_holds(kept: KeptInstance, file: Path, database_kind: str) -> None:
    taken = backup.take_backup(kept.settings, file, now=NOW)
    with archive.reading(file) as found:
        told = found.told
    assert (told["made_at"], told["why"], told["keys"]) == ("2026-03-12T10:00:00+00:00", "by-hand", False)
    assert (told["instance"]["name"], told["instance"]["kind"]) == ("Harbour Trust", "real")
    assert told["database"]["kind"] == database_kind
    assert told["database"]["rows"]["person"] == 2
    assert told["database"]["revisions"]["core"] == max(told["database"]["revisions"]["core"], "0003")
    assert {"corra-scotland", "childrens-society"} <= {each["slug"] for each in told["plugins"]}
    assert (taken.rows, taken.size) == (sum(told["database"]["rows"].values()), file.stat().st_size)
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_is_checked_row_by_row(kept: KeptInstance, file: Path) -> None:
    backup.take_backup(kept.settings, file)
    assert backup.check_backup(file, kept.settings)["instance"]["name"] == "Harbour Trust"
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_flipped_byte_is_found_wherever_it_is(kept: KeptInstance, file: Path) -> None:
    backup.take_backup(kept.settings, file)
    whole = file.read_bytes()
    for at in range(40, len(whole) - 400, len(whole) // 23):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises((Refused, Invalid)) as refused:
            backup.check_backup(file, kept.settings)
        assert refused.value.code in {"damaged_backup", "no_backup"}
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match="no backup of an instance, or not whole"):
        backup.check_backup(file, kept.settings)


def test_secrets_are_left_out_or_locked(kept: KeptInstance, file: Path) -> None:
    kept_file = kept.data / "settings.toml"
    before = kept_file.read_text()
    kept_file.write_text(before + 'mail_password = "the-mail-secret"\nmail_host = "mail.example.org"\n')
    try:
        plain, locked = load_settings(kept.data, {}), load_settings(kept.data, {}, backup_passphrase=PASSPHRASE)
        backup.take_backup(plain, file)
        other = file.with_name("two.scbackup")
        taken = backup.take_backup(locked, other)
    finally:
        kept_file.write_text(before)
    for each in (file, other):
        written = each.read_bytes()
        assert b"the-mail-secret" not in written
        assert plain.secret_key.encode() not in written
        assert PASSPHRASE.encode() not in written
        with archive.reading(each) as found:
            assert json.loads(found.bytes(backup.SETTINGS)) == {
                "public_url": "http://127.0.0.1:8765", "mail_host": "mail.example.org",
            }  # fmt: skip
    assert taken.keys


def test_a_file_that_is_there_is_not_written_over(kept: KeptInstance, file: Path) -> None:
    file.write_text("something dear")
    with pytest.raises(Refused, match="is there already"):
        backup.take_backup(kept.settings, file)
    assert file.read_text() == "something dear"


def test_a_full_disk_leaves_nothing_half_done(kept: KeptInstance, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_rest: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ArchiveWriter, "finish", full)
    with pytest.raises(Refused, match="There is no room left") as refused:
        backup.take_backup(kept.settings, file)
    assert refused.value.code == "disk_full"
    assert list(file.parent.iterdir()) == []


def test_the_folder_keeps_the_newest(kept: KeptInstance, tmp_path: Path) -> None:
    settings = load_settings(kept.data, {}, backup_folder=str(tmp_path / "kept"), backup_keep=2)
    for day in range(4):
        taken = backup.keep_backup(settings, backup.TIMED, now=NOW + timedelta(days=day))
    own = tmp_path / "kept" / "2026-03-01-by-hand.scbackup"
    own.write_text("put here by somebody")
    backup.keep_backup(settings, backup.TIMED, now=NOW + timedelta(days=4))
    assert sorted(each.name for each in settings.backups.glob("*.scbackup")) == [
        "2026-03-01-by-hand.scbackup", taken.file.name, "2026-03-16-100000-timed.scbackup",
    ]  # fmt: skip
    book = backup.read_book(settings)
    assert (book.taken_at, book.trouble) == (NOW + timedelta(days=4), "")
    assert book.checked_at is not None


def test_what_went_wrong_is_in_the_book(kept: KeptInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(kept.data, {}, backup_folder=str(tmp_path / "kept"))
    backup.keep_backup(settings, backup.TIMED, now=NOW)

    def broken(*_rest: object) -> None:
        raise archive.damaged(Path("later"))

    monkeypatch.setattr(copying, "check", broken)
    with pytest.raises(KitError):
        backup.keep_backup(settings, backup.TIMED, now=NOW + timedelta(days=1))
    book = backup.read_book(settings)
    assert book.taken_at == NOW + timedelta(days=1)
    assert book.checked_at is not None
    assert book.checked_at < book.taken_at or "damaged" in book.trouble
    assert "later is damaged" in book.trouble


def test_the_applications_own_role_takes_none(kept: KeptInstance, file: Path) -> None:
    """Row security would hide every partner's rows from it, and the backup would be empty in silence."""
    settings = replace(kept.settings, owner_database=kept.settings.database)
    if not settings.database:
        assert backup.take_backup(settings, file).rows > 0
        return
    with pytest.raises(Misconfigured, match="set owner_database"):
        backup.take_backup(settings, file)
    assert not file.exists()


def test_two_within_a_second_are_two(kept: KeptInstance, tmp_path: Path) -> None:
    settings = load_settings(kept.data, {}, backup_folder=str(tmp_path / "kept"))
    files = {backup.keep_backup(settings, backup.TIMED, now=NOW).file.name for _ in range(2)}
    assert files == {"2026-03-12-100000-timed.scbackup", "2026-03-12-100001-timed.scbackup"}
