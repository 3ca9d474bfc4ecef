"""A partner's files, and the room that they take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import (
    StoredFile,
)
from systems_changers.core.operations.rules import file_kind, share_of_room
from systems_changers.hooks.scope import Scope


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A kept file. `size` is in bytes; width and height are a picture's, in pixels."""

    id: UUID
    sha256: str
    name: str
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it was made anew here, and may be shown as it is."""
        return self.media_type.startswith("image/")

    @property
    def plain_name(self) -> str:
        """What it is called in addresses, which end up in logs: nobody's words."""
        return f"file{PurePath(self.name).suffix}"

    @property
    def kind(self) -> str:
        """What it is, as a msgid."""
        return file_kind(self.media_type)


FILE_COLUMNS = (
    StoredFile.id, StoredFile.sha256, StoredFile.name, StoredFile.size, StoredFile.media_type, StoredFile.width,
    StoredFile.height,
)  # fmt: skip
"""What FileFacts is made of, in its order."""


@dataclass(frozen=True, slots=True)
class FileRoom:
    """How much a partner's files hold and may hold, in bytes; content that several share counts once.

    `removed` is the part that can still be put back.
    """

    used: int
    quota: int
    removed: int = 0


def file_room(scope: Scope, of: UUID | None = None) -> FileRoom:
    """The room of this partner's files, or of those that one person gave; one statement."""
    live = sa.func.max(sa.case((StoredFile.deleted_at.is_(None), 1), else_=0)).label("live")
    wanted = sa.select(StoredFile.sha256, StoredFile.size, live).group_by(StoredFile.sha256, StoredFile.size)
    each = (wanted if of is None else wanted.where(StoredFile.uploaded_by == of)).subquery()
    removed = sa.func.sum(sa.case((each.c.live == 0, each.c.size), else_=0))
    used, gone = scope.db.execute(sa.select(sa.func.sum(each.c.size), removed)).one()
    quota = scope.files.quota if of is None else share_of_room(scope.files.quota, scope.files.most)
    return FileRoom(int(used or 0), quota, int(gone or 0))


def latest_files(scope: Scope, most: int) -> list[FileFacts]:
    """This partner's files, the latest first; one statement."""
    wanted = sa.select(*FILE_COLUMNS).where(StoredFile.deleted_at.is_(None))
    rows = scope.db.execute(wanted.order_by(StoredFile.created_at.desc(), StoredFile.id.desc()).limit(most))
    return [FileFacts(*row) for row in rows]
