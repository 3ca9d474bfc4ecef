"""A release's file is made the same way each time, and never anew where it is kept already."""

from __future__ import annotations

from pathlib import Path

import pytest

from systems_changers import __version__
from systems_changers.infra import archive
from tests.migrations import release
from tests.migrations.carried import tables_in


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "RELEASED", tmp_path / "released")


def folder_in(place: Path, name: str) -> Path:
    made = place / name
    made.mkdir()
    return made


def test_it_holds_the_same_rows_each_time(tmp_path: Path) -> None:
    """On SQLite, whichever database the run is about: the rows are the same ones."""
    release.keep("sqlite")
    assert release.releases() == [__version__]
    kept = release.unpacked(__version__, "sqlite", tmp_path)
    again = release.make_backup(folder_in(tmp_path, "again"), None)
    held = tables_in(kept, folder_in(tmp_path, "one"))
    assert held == tables_in(again, folder_in(tmp_path, "two"))
    assert len(held) > 50


def test_nothing_of_this_machine_and_no_key_is_in_it(tmp_path: Path) -> None:
    made = release.make_backup(folder_in(tmp_path, "made"), None)
    whole = made.read_bytes()
    assert [word for word in (str(tmp_path), str(Path.cwd()), "not a secret") if word.encode() in whole] == []
    with archive.reading(made) as found:
        assert (found.told["keys"], found.bytes("settings.json"), found.told["files"]) == (False, b"{}", 2)


def test_a_release_that_is_kept_stays_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    file = release.kept_file(__version__, "sqlite")
    file.parent.mkdir()
    file.write_bytes(b"as it was")
    assert release.main() == 1
    assert "is kept already" in capsys.readouterr().err
    assert [each.read_bytes() for each in file.parent.iterdir()] == [b"as it was"]


def test_releases_come_in_the_order_of_their_numbers() -> None:
    for name in ("0.10.0", "0.9.1", "0.9.0"):
        file = release.kept_file(name, "postgresql")
        file.parent.mkdir(exist_ok=True)
        file.touch()
    assert release.releases() == ["0.9.0", "0.9.1", "0.10.0"]
