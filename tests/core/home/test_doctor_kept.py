"""What the doctor says of backups: none, old, not checked, failed, without keys, on the same disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from systems_changers.core.home.service import backup
from systems_changers.core.home.service.backup import Book
from systems_changers.core.home.service.doctor_kept import KEPT
from systems_changers.infra.findings import Finding
from systems_changers.infra.settings import Settings

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("systems_changers.core.home.service.doctor_kept._now", lambda: NOW)
    return Settings(data=tmp_path)


def found(settings: Settings, id: str) -> Finding:
    (check,) = (each for each in KEPT if each.id == id)
    return check.look(settings)


def told(settings: Settings, taken: float | None, checked: float | None = None, trouble: str = "") -> None:
    settings.backups.mkdir(exist_ok=True)
    days = [None if each is None else NOW - timedelta(days=each) for each in (taken, checked)]
    backup._write_book(settings.backups, Book(days[0], days[1], trouble))


@pytest.mark.parametrize(("taken", "hours", "status"), [
    (None, 24, "warning"), (1.2, 24, "ok"), (1.3, 24, "error"), (6, 0, "ok"), (8, 0, "error"), (8, 24 * 8, "ok"),
])  # fmt: skip
def test_its_age(settings: Settings, taken: float | None, hours: int, status: str) -> None:
    told(settings, taken)
    assert found(replace(settings, backup_hours=hours), "backup").status == status


def test_no_book_means_no_backup(settings: Settings) -> None:
    assert str(found(settings, "backup").message) == "No backup was taken yet."
    settings.backups.mkdir()
    (settings.backups / backup.BOOK).write_text("no book")
    assert found(settings, "backup").status == "warning"


@pytest.mark.parametrize(("checked", "trouble", "status"), [
    (0, "", "ok"), (1.2, "", "ok"), (2, "", "error"), (None, "", "error"), (0, "The disk is full.", "error"),
])  # fmt: skip
def test_its_check(settings: Settings, checked: float | None, trouble: str, status: str) -> None:
    told(settings, 0, checked, trouble)
    finding = found(settings, "backup-checked")
    assert finding.status == status
    assert trouble in str(finding.message)


def test_its_keys(settings: Settings) -> None:
    assert found(settings, "backup-keys").status == "warning"
    assert found(replace(settings, backup_passphrase="a kettle by the harbour"), "backup-keys").status == "ok"


def test_its_place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(settings, "backup-place").status == "ok"
    settings.backups.mkdir()
    assert found(settings, "backup-place").status == "warning"
    elsewhere = replace(settings, backup_folder="/dev/shm")
    if Path("/dev/shm").exists() and Path("/dev/shm").stat().st_dev != settings.data.stat().st_dev:
        assert found(elsewhere, "backup-place").status == "ok"


def test_a_demo_needs_none(settings: Settings) -> None:
    demo = replace(settings, demo=True)
    assert {check.look(demo).status for check in KEPT} == {"ok"}


def test_the_mend_takes_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(backup, "keep_backup", lambda _settings, why: taken.append(why))
    mend = found(settings, "backup").mend
    assert mend is not None
    mend()
    assert taken == ["timed"]
