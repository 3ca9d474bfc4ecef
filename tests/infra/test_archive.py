"""A backup's file takes its place when it is whole, measures what is in it, and finds a byte that changed."""

from __future__ import annotations

import errno
import hashlib
import zipfile
from pathlib import Path

import pytest

from systems_changers.infra import archive
from systems_changers.infra.archive import VERSION, ArchiveWriter, disk_full, reading, writing
from systems_changers.infra.errors import Invalid, Refused

WORDS = b"what was written " * 5000


def write(file: Path, *, front: bytes = b"", told: dict[str, object] | None = None) -> Path:
    with writing(file) as made:
        if front:
            made.path.write_bytes(front)
            made.keep_front()
        made.add("data/words", [WORDS[:100], WORDS[100:]])
        made.finish(told or {})
    return file


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    file = write(tmp_path / "one", front=b"PK\x05\x06 in front" * 999, told={"why": "so"})
    with reading(file) as found:
        assert found.bytes("data/words") == WORDS
        assert found.told["why"] == "so"
        assert found.entries["data/words"] == (len(WORDS), hashlib.sha256(WORDS).hexdigest())
        found.put_front(tmp_path / "front")
        found.check()
    assert (tmp_path / "front").read_bytes() == b"PK\x05\x06 in front" * 999
    assert zipfile.ZipFile(file).testzip() is None
    assert sorted(each.name for each in tmp_path.iterdir()) == ["front", "one"]


def test_every_byte_counts(tmp_path: Path) -> None:
    whole = write(tmp_path / "one", front=b"front").read_bytes()
    other, found_out = tmp_path / "other", 0
    for at in range(0, len(whole), 997):
        other.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        with pytest.raises((Refused, Invalid)), reading(other) as found:
            found.check()
        found_out += 1
    assert found_out == len(range(0, len(whole), 997))


def test_half_a_backup_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(made: ArchiveWriter) -> None:
        made.add("data/words", [WORDS])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writing(tmp_path / "one") as made:
        interrupted(made)
    assert list(tmp_path.iterdir()) == []


def test_no_room_is_said_in_a_sentence(tmp_path: Path) -> None:
    def full(_made: ArchiveWriter) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Refused) as refused, writing(tmp_path / "one") as made:
        full(made)
    assert refused.value.message == disk_full(tmp_path)


def test_another_failure_of_the_disk_is_itself(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing(tmp_path / "nowhere" / "one"):
        pass


@pytest.mark.parametrize("held", [b"", b"no archive", b"PK\x03\x04 nor this"])
def test_another_file_is_no_backup(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "one").write_bytes(held)
    with pytest.raises(Invalid, match="one is no backup of an instance, or not whole"), reading(tmp_path / "one"):
        pass


@pytest.mark.parametrize("manifest", ["{}", "[]", '{"format": "another", "version": 1}', "no json"])
def test_another_archive_is_no_backup(tmp_path: Path, manifest: str) -> None:
    with zipfile.ZipFile(tmp_path / "one", "w") as made:
        made.writestr("manifest.json", manifest)
    with pytest.raises(Invalid), reading(tmp_path / "one"):
        pass


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "one", told={"version": VERSION + 1})
    with pytest.raises(Refused, match="made by a newer version of the kit"), reading(file):
        pass


def test_what_is_not_in_it_is_damage(tmp_path: Path) -> None:
    with reading(write(tmp_path / "one")) as found:
        with pytest.raises(Refused):
            found.bytes("data/other")
        with pytest.raises(Refused):
            found.put_front(tmp_path / "front")


def test_a_whole_file_with_other_content_is_damaged(tmp_path: Path) -> None:
    """Made anew, with sums of its own that are right: only the list of what was written tells."""
    first, second = write(tmp_path / "one"), tmp_path / "two"
    with zipfile.ZipFile(first) as held, zipfile.ZipFile(second, "w") as made:
        for name in held.namelist():
            content = held.read(name)
            made.writestr(name, content[::-1] if name == "data/words" else content)
    with reading(second) as found, pytest.raises(Refused) as refused:
        found.bytes("data/words")
    assert refused.value.code == "damaged_backup"


def test_a_list_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "one")
    monkeypatch.setattr(archive, "LONGEST_MANIFEST", 10)
    with pytest.raises(Refused) as refused, reading(file):
        pass
    assert refused.value.code == "damaged_backup"
