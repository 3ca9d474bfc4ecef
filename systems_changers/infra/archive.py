"""The one file of a backup, or of a partner that moves: a ZIP whose manifest measures everything in it.

Bytes may stand in front of the ZIP, as the format allows: SQLite's own copy of a database goes there in one pass. A
name in the archive is never a path on disk: whoever reads it asks for names that it knows.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

from systems_changers.infra.disk import is_full, settle
from systems_changers.infra.errors import Invalid, Refused
from systems_changers.infra.text import Message, msg

FORMAT, ONE_PARTNER, VERSION = "systems-changers-backup", "systems-changers-partner", 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20
LONGEST_MANIFEST = 256 * CHUNK


class Measured(NamedTuple):
    """How long something is, in bytes, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(slots=True)
class _Measure:
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, chunk: bytes | memoryview) -> None:
        self.size += len(chunk)
        self.digest.update(chunk)

    @property
    def told(self) -> Measured:
        return Measured(self.size, self.digest.hexdigest())


def measured(stream: IO[bytes], size: int | None = None) -> Measured:
    """What a stream holds from where it stands, to its end or for `size` bytes."""
    measure = _Measure()
    for chunk in chunks(stream, size):
        measure.add(chunk)
    return measure.told


def chunks(stream: IO[bytes], size: int | None = None) -> Iterator[bytes]:
    """A stream's bytes, a piece at a time."""
    left = size
    while left is None or left > 0:
        chunk = stream.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        yield chunk


@dataclass
class ArchiveWriter:
    """A backup that is being written. What goes in front must be there before the first entry."""

    path: Path
    front: Measured | None = None
    entries: dict[str, Measured] = field(default_factory=dict)

    @cached_property
    def _stream(self) -> IO[bytes]:
        stream = self.path.open("r+b")
        stream.seek(0, os.SEEK_END)
        return stream

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self._stream, "w", zipfile.ZIP_STORED, allowZip64=True)

    def keep_front(self) -> None:
        """Measure what stands in front by now, and bring it to the disk meanwhile: each takes as long as the other."""
        with ThreadPoolExecutor(1) as beside, self.path.open("r+b") as stream:
            kept = beside.submit(os.fsync, stream.fileno())
            self.front = measured(stream)
            kept.result()

    def add(self, name: str, pieces: Iterable[bytes | memoryview]) -> Measured:
        """Store an entry, a piece at a time."""
        measure = _Measure()
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
            for piece in pieces:
                measure.add(piece)
                entry.write(piece)
        self.entries[name] = measure.told
        return measure.told

    def finish(self, told: dict[str, Any], kind: str = FORMAT) -> None:
        """Write the manifest, which comes last because it measures the others, and bring all of it to the disk."""
        manifest = {
            "format": kind, "version": VERSION, **told,
            "front": self.front and self.front._asdict(),
            "entries": {name: each._asdict() for name, each in self.entries.items()},
        }  # fmt: skip
        self._zip.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        self._zip.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Let the file go, finished or not."""
        if "_zip" in self.__dict__:
            with suppress(OSError, ValueError):  # half an archive is thrown away in any case
                self._zip.close()
        if "_stream" in self.__dict__:
            self._stream.close()


@contextmanager
def writing(file: Path) -> Iterator[ArchiveWriter]:
    """A backup in the making, beside its place; it takes its place when it is whole, and else leaves nothing behind.

    Only its owner may read it. Raises Refused (disk_full).
    """
    partial = file.with_name(f".{file.name}.partial")
    archive = ArchiveWriter(partial)
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        yield archive
        archive.close()
        partial.replace(file)
        settle(file.parent)
    except OSError as error:
        if is_full(error):
            raise Refused(disk_full(file.parent), code="disk_full") from error
        raise
    finally:
        archive.close()
        for left in (partial, partial.with_name(f"{partial.name}-journal")):
            left.unlink(missing_ok=True)


def disk_full(folder: Path) -> Message:
    """The sentence for a disk that has no room."""
    return msg("There is no room left in %(folder)s. Nothing was kept; make room and try again.", folder=str(folder))


@dataclass
class ArchiveReader:
    """A backup that is read. `told` is its manifest."""

    path: Path
    told: dict[str, Any]
    front: Measured | None
    entries: dict[str, Measured]
    _zip: zipfile.ZipFile = field(repr=False)

    def pieces(self, name: str) -> Iterator[bytes]:
        """An entry's bytes; raises Refused (damaged_backup) at the end where they are not those that were written."""
        if name not in self.entries:
            raise damaged(self.path)
        measure = _Measure()
        try:
            with self._zip.open(name) as stream:
                for chunk in chunks(stream):
                    measure.add(chunk)
                    yield chunk
        except (zipfile.BadZipFile, KeyError, OSError, RuntimeError) as error:
            raise damaged(self.path) from error
        if measure.told != self.entries[name]:
            raise damaged(self.path)

    def bytes(self, name: str) -> bytes:
        """A short entry as a whole."""
        return b"".join(self.pieces(name))

    def put_front(self, target: Path, look: Callable[[Path], object] | None = None, *, last: bool = True) -> None:
        """Copy what stands in front to a new file that its owner alone may read. Raises Refused (damaged_backup).

        `look` at the copy while its bytes are compared and, if it is to last, brought to the disk: each takes as long
        as the other.
        """
        if self.front is None:
            raise damaged(self.path)
        target.touch(mode=0o600, exist_ok=False)
        with self.path.open("rb") as stream, target.open("wb") as out:
            for chunk in chunks(stream, self.front.size):
                out.write(chunk)
        with ThreadPoolExecutor(1) as beside:
            compared = beside.submit(self._compare_front, target, last=last)
            if look is not None:
                look(target)
            compared.result()

    def _compare_front(self, copy: Path, *, last: bool) -> None:
        with copy.open("r+b") as stream:
            if measured(stream) != self.front:
                raise damaged(self.path)
            if last:
                os.fsync(stream.fileno())

    def check(self) -> None:
        """Read all of it; raises Refused (damaged_backup) where a byte is not as it was written."""
        if self.front is not None:
            with self.path.open("rb") as stream:
                if measured(stream, self.front.size) != self.front:
                    raise damaged(self.path)
        for name in self.entries:
            for _piece in self.pieces(name):
                pass


@contextmanager
def reading(file: Path, kind: str = FORMAT) -> Iterator[ArchiveReader]:
    """A backup to read from, or (by `kind`) one partner.

    Raises Invalid (no_backup, no_export) for another file, Refused (one_partner, whole_instance, newer_backup,
    damaged_backup).
    """
    with file.open("rb") as stream:  # closed with an entry still half read, which a ZIP's own close waits for
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, RuntimeError):
            raise _neither(file, kind) from None
        with archive:
            yield _opened(file, archive, kind)


def _opened(file: Path, archive: zipfile.ZipFile, kind: str) -> ArchiveReader:
    try:
        if archive.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
            raise damaged(file)
        told = json.loads(archive.read(MANIFEST))
        other = {kind: False, FORMAT: kind != FORMAT, ONE_PARTNER: kind != ONE_PARTNER}[told["format"]]
        newer = int(told["version"]) > VERSION
        front = Measured(**told["front"]) if told["front"] else None
        entries = {name: Measured(**each) for name, each in told["entries"].items()}
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError):
        raise _neither(file, kind) from None
    if other:
        raise _the_other(file, kind)
    if newer:
        raise Refused(msg("%(file)s was made by a newer version of the kit: install that one first.", file=file.name),
                      code="newer_backup")  # fmt: skip
    return ArchiveReader(file, told, front, entries, archive)


def _neither(file: Path, kind: str) -> Invalid:
    if kind == ONE_PARTNER:
        return Invalid(msg("%(file)s is no export of a partner, or not whole.", file=file.name), code="no_export")
    return Invalid(msg("%(file)s is no backup of an instance, or not whole.", file=file.name), code="no_backup")


def _the_other(file: Path, kind: str) -> Refused:
    if kind == ONE_PARTNER:
        return Refused(msg("%(file)s is a backup of a whole instance: `systems-changers restore` makes one of it.",
                           file=file.name), code="whole_instance")  # fmt: skip
    return Refused(msg("%(file)s holds one partner, and no instance: `systems-changers partner import` brings it into"
                       " one.", file=file.name), code="one_partner")  # fmt: skip


def damaged(file: Path) -> Refused:
    """The refusal of a backup whose bytes are not those that were written."""
    return Refused(msg("%(file)s is damaged: what it holds is not what was written. Take another backup.",
                       file=file.name), code="damaged_backup")  # fmt: skip
