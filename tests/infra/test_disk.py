"""A full disk is told from another failure, and a folder's names are brought to the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from systems_changers.infra.disk import is_full, settle


@pytest.mark.parametrize(("number", "full"), [
    (errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EFBIG, True), (errno.EACCES, False), (errno.EIO, False),
])  # fmt: skip
def test_want_of_room_is_told_from_other_trouble(number: int, full: bool) -> None:
    assert is_full(OSError(number, os.strerror(number))) is full


def test_a_folder_is_synchronised_and_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    settle(tmp_path)
    (number,) = synced
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        settle(tmp_path / "gone")
