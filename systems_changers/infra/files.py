"""Keeps what files hold, addressed by its content within each partner, in the data folder or in an object store.

What is there is whole: it is written beside its place, synced, and only then put there, so that neither a kill nor a
full disk leaves half a file under a name. Who may read what is decided where files belong to something, never here.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol
from uuid import UUID

from systems_changers.infra.disk import is_full, settle
from systems_changers.infra.errors import KitError
from systems_changers.infra.log import log
from systems_changers.infra.text import Message, msg

CHUNK = 1 << 18
ADDRESS = re.compile(r"[0-9a-f]{64}")
UNFINISHED = ".unfinished-"
NO_ROOM = msg("There is no room for files at the moment. Nothing of it was kept; please try again later.")
AWAY = msg("Files can't be reached at the moment. Nothing was changed; please try again later.")


class StoreFailed(KitError):
    """Files can't be kept or read just now: code no_room where it is full, else file_store."""

    code = "file_store"

    def __init__(self, message: Message = AWAY, *, code: str | None = None) -> None:
        super().__init__(message, code=code)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: the name that its sender gave it, which decides nothing, and what it holds."""

    name: str
    stream: IO[bytes]


@dataclass(frozen=True, slots=True)
class Stored:
    """Something kept: its address, its size in bytes, and when it was put there."""

    sha256: str
    size: int
    at: datetime


class FileStore(Protocol):
    """Where the content of files lies. Every method raises StoreFailed where it can't be reached."""

    def put(self, partner_id: UUID, sha256: str, content: bytes) -> None:
        """Keep the content, whole or not at all; what is there already is left as it is."""

    def open(self, partner_id: UUID, sha256: str) -> Iterator[bytes]:
        """The content in chunks. Raises StoreFailed at once, not while it is read, where there is none."""

    def size(self, partner_id: UUID, sha256: str) -> int | None:
        """How many bytes are there; None where there is nothing."""

    def delete(self, partner_id: UUID, sha256: str) -> None:
        """Take it away; what is gone already is no error."""

    def list(self, partner_id: UUID) -> Iterator[Stored]:
        """Everything of this partner."""

    def clear_unfinished(self, partner_id: UUID, before: datetime) -> int:
        """Take away what interrupted writing left behind until then; answers how many pieces."""

    def try_out(self) -> None:
        """Write something and take it away again."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One partner's part of a store, and how much it may hold in bytes: a file, and all of them together."""

    store: FileStore
    partner_id: UUID
    most: int
    quota: int

    def put(self, content: bytes) -> str:
        """Keep the content; answers its address, the SHA-256 in hexadecimal. Raises StoreFailed."""
        sha256 = address_in(content)
        self.store.put(self.partner_id, sha256, content)
        return sha256

    def open(self, sha256: str) -> Iterator[bytes]:
        """The content in chunks; raises StoreFailed where there is none."""
        return self.store.open(self.partner_id, sha256)

    def size(self, sha256: str) -> int | None:
        """How many bytes are there; None where there is nothing."""
        return self.store.size(self.partner_id, sha256)

    def delete(self, sha256: str) -> None:
        """Take it away."""
        self.store.delete(self.partner_id, sha256)

    def list(self) -> Iterator[Stored]:
        """Everything of this partner."""
        return self.store.list(self.partner_id)

    def clear_unfinished(self, before: datetime) -> int:
        """Take away what interrupted writing left behind until then; answers how many pieces."""
        return self.store.clear_unfinished(self.partner_id, before)


@dataclass(frozen=True, slots=True)
class DiskStore:
    """Files in a folder: <partner>/<ab>/<sha256>, readable by their owner alone."""

    root: Path

    def put(self, partner_id: UUID, sha256: str, content: bytes) -> None:
        """Write it beside its place, sync it, and rename it: it is there whole, or not at all."""
        place = self._place(partner_id, sha256)
        with _told_apart():
            if self._size(place) == len(content):
                return
            folder = place.parent
            self._make(folder)
            number, name = tempfile.mkstemp(prefix=UNFINISHED, dir=folder)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(place)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink(missing_ok=True)
                raise
            settle(folder)

    def open(self, partner_id: UUID, sha256: str) -> Iterator[bytes]:
        """The content in chunks."""
        with _told_apart():
            return _Chunks(self._place(partner_id, sha256).open("rb"))

    def size(self, partner_id: UUID, sha256: str) -> int | None:
        """How many bytes are there; None where there is nothing."""
        with _told_apart():
            return self._size(self._place(partner_id, sha256))

    def delete(self, partner_id: UUID, sha256: str) -> None:
        """Take it away, for good."""
        place = self._place(partner_id, sha256)
        with _told_apart():
            place.unlink(missing_ok=True)
            if place.parent.is_dir():
                settle(place.parent)

    def list(self, partner_id: UUID) -> Iterator[Stored]:
        """Everything of this partner; what is unfinished isn't there."""
        with _told_apart():
            for place in (self.root / str(partner_id)).glob("[0-9a-f][0-9a-f]/*"):
                if ADDRESS.fullmatch(place.name):
                    found = place.stat()
                    yield Stored(place.name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def clear_unfinished(self, partner_id: UUID, before: datetime) -> int:
        """Take away what interrupted writing left behind."""
        gone = 0
        with _told_apart():
            for left in (self.root / str(partner_id)).glob(f"[0-9a-f][0-9a-f]/{UNFINISHED}*"):
                if left.stat().st_mtime < before.timestamp():
                    left.unlink(missing_ok=True)
                    gone += 1
        return gone

    def try_out(self) -> None:
        """Write something and take it away again."""
        with _told_apart():
            self._make(self.root)
            with tempfile.TemporaryFile(dir=self.root) as file:
                file.write(b"?")
                file.flush()
                os.fsync(file.fileno())

    def _place(self, partner_id: UUID, sha256: str) -> Path:
        return self.root / address_of(partner_id, sha256)

    @staticmethod
    def _size(place: Path) -> int | None:
        return place.stat().st_size if place.is_file() else None

    def _make(self, folder: Path) -> None:
        """Make the folder and those above it down from the root's, each synced into the one that holds it."""
        if not folder.is_dir():
            if folder != self.root:
                self._make(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)
            settle(folder.parent)


class _Chunks:
    """An open file in pieces; closed at its end, or by who stops before, even before the first (as HEAD does)."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._file.read(CHUNK)
        if not chunk:
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        self._file.close()


def address_in(content: bytes) -> str:
    """What content is called: its SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def address_of(partner_id: UUID, sha256: str) -> str:
    """Where something of a partner lies, in every store; raises ValueError for what is no SHA-256."""
    if not ADDRESS.fullmatch(sha256):
        raise ValueError(sha256)
    return f"{partner_id}/{sha256[:2]}/{sha256}"


@contextmanager
def _told_apart() -> Iterator[None]:
    """A disk's trouble as the kit's; which one it was goes to the log, without a name."""
    try:
        yield
    except OSError as error:
        log.error("file store", why=error.strerror or type(error).__name__)
        raise (StoreFailed(NO_ROOM, code="no_room") if is_full(error) else StoreFailed()) from error


NO_FILES = Shelf(DiskStore(Path(os.devnull)), UUID(int=0), 0, 0)
"""The shelf of a scope that was given none: nothing fits on it, and nothing is there."""
