"""A disk whose power can fail at any moment: what was synced is there, of the rest each sector may or may not be.

Every write, cut, sync and deletion of SQLite is kept in order by a file system of our own (APSW's VFS); a disk is then
made as it could have been found after a moment.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import apsw

SECTOR = 512
NAME = "power"


class Act(NamedTuple):
    """One thing that was done to a file: `what` is write, cut, sync or delete."""

    what: str
    file: str
    at: int = 0
    data: bytes = b""


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self.acts, self.name = disk.acts, Path(str(name.filename() if hasattr(name, "filename") else name)).name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's own name
        super().xWrite(data, offset)
        self.acts.append(Act("write", self.name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - as above
        super().xTruncate(newsize)
        self.acts.append(Act("cut", self.name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802 - as above
        super().xSync(flags)
        self.acts.append(Act("sync", self.name))


class Disk(apsw.VFS):
    """The file system that keeps everything that is done; `mark` says what was promised by then."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.promises: list[int] = []
        super().__init__(NAME, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's own name
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - as above
        super().xDelete(filename, syncdir)
        self.acts.append(Act("delete", Path(filename).name))

    def mark(self) -> None:
        """Something was committed, and somebody told so."""
        self.promises.append(len(self.acts))


@dataclass
class Surface:
    """What is on the disk for sure, and what waits for a sync."""

    sure: dict[str, bytearray]
    waiting: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))

    def do(self, act: Act) -> None:
        """Take in what was done next."""
        if act.what == "sync":
            data = self.sure.setdefault(act.file, bytearray())
            for each in self.waiting.pop(act.file, []):
                _apply(data, each)
        elif act.what == "delete":
            self.waiting.pop(act.file, None)
            self.sure.pop(act.file, None)
        else:
            self.waiting[act.file].append(act)

    def after_a_cut(self, chance: random.Random) -> dict[str, bytearray]:
        """The files as they could be found now: of what was not synced all, some sectors, or nothing."""
        found = {name: bytearray(data) for name, data in self.sure.items()}
        for name, acts in self.waiting.items():
            data = found.setdefault(name, bytearray())
            for act in acts:
                for piece in _landed(act, chance):
                    _apply(data, piece)
        return found


def _landed(act: Act, chance: random.Random) -> Iterator[Act]:
    """What of one act reached the disk."""
    luck = chance.random()
    if act.what == "cut":
        if luck < 0.5:
            yield act
    elif luck < 0.4:
        yield act
    elif luck < 0.6:
        for start in range(0, len(act.data), SECTOR):
            if chance.random() < 0.5:
                yield Act("write", act.file, act.at + start, act.data[start : start + SECTOR])


def _apply(data: bytearray, act: Act) -> None:
    if act.what == "cut":
        del data[act.at :]
        return
    data.extend(bytes(max(0, act.at + len(act.data) - len(data))))
    data[act.at : act.at + len(act.data)] = act.data


def cuts(
    disk: Disk, before: Path, points: list[int], chance: random.Random
) -> Iterator[tuple[dict[str, bytearray], int]]:
    """For each moment, in order: the files as they could be found, and how many promises had been made by then.

    `before` is the file that was there when it began.
    """
    surface, done, promised = Surface({before.name: bytearray(before.read_bytes())}), 0, 0
    for point in sorted(points):
        for act in disk.acts[done:point]:
            surface.do(act)
        done = point
        while promised < len(disk.promises) and disk.promises[promised] <= point:
            promised += 1
        yield surface.after_a_cut(chance), promised


def write_out(files: dict[str, bytearray], folder: Path) -> None:
    """Put the files into an empty folder; what SQLite shares in memory is gone with the power."""
    for name, data in files.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(data)
