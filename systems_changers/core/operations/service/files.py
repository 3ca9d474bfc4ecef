"""Keeps files that people give, within their partner's room, and clears away what nothing belongs to any more.

Content is put before the row is committed, and taken away only while no upload is under way: so a row always finds
its content, and a kill in between leaves content without a row, which the sweep takes. Who may read a file is for
whoever calls to decide, by what it belongs to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import queries
from systems_changers.core.operations.models import StoredFile
from systems_changers.core.operations.queries import FileFacts
from systems_changers.core.operations.service.audit import record
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import Base, is_partner_table, live_row
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.file_types import megabytes, received
from systems_changers.infra.files import Shelf, Stored, StoreFailed, Upload, address_in
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.log import log
from systems_changers.infra.scrubbing import after_commit
from systems_changers.infra.text import msg
from systems_changers.infra.transactions import one_at_a_time

UPLOADS, DROPPED = "files", "files dropped"
UNDO = timedelta(days=7)
"""How long a removed file can be put back."""
GRACE = timedelta(days=1)
"""How long content without a row, or a row that nothing points at, is left alone."""


def keep_file(scope: Scope, upload: Upload) -> FileFacts:
    """Judge and keep an upload; the row that it belongs to points at the id of what is answered.

    Raises Invalid with a sentence for what is not taken (see `file_types.received`) or has no room (code quota), and
    StoreFailed where content can't be kept just now. Others of this partner wait until this transaction ends.
    """
    taken = received(upload, scope.files.most)
    one_at_a_time(scope.db, UPLOADS)
    _check_room(scope, taken.content)
    row = StoredFile(
        id=new_id(), sha256=scope.files.put(taken.content), size=len(taken.content), media_type=taken.media_type,
        name=taken.name, width=taken.width, height=taken.height, uploaded_by=scope.actor.person_id,
    )  # fmt: skip
    scope.db.add(row)
    scope.db.flush()
    record(scope, "file.kept", kind="file", id=row.id)
    return FileFacts(row.id, row.sha256, row.name, row.size, row.media_type, row.width, row.height)


def _check_room(scope: Scope, content: bytes) -> None:
    """Within the person's share and the partner's room; what is there already takes no more. Raises Invalid (quota).

    Where room is short, files that were removed go before their week is over: the person's own, then anybody's.
    """
    sha256 = address_in(content)
    if _is_known(scope, sha256):
        return
    for of in (scope.actor.person_id, None) if scope.actor.person_id else (None,):
        room = queries.file_room(scope, of)
        short = room.used + len(content) - room.quota
        if short > room.removed:
            said = msg(
                "There is no room for this file: %(used)s of %(quota)s MB are used. Remove files that are no longer"
                " needed, or ask whoever operates this installation for more room.",
                used=megabytes(room.used), quota=megabytes(room.quota),
            )  # fmt: skip
            raise Invalid(said, code="quota")
        if short > 0:
            _make_room(scope, short, of)


def _make_room(scope: Scope, short: int, of: UUID | None) -> None:
    """Let removed files go that hold so many bytes, the first removed first.

    Their content stays until this is certain, as the sweep's does: what earlier ones left is taken away here, unless
    this very transaction has dropped rows already, which may yet come back.
    """
    if not scope.db.info.get(DROPPED):
        _clear_contents(scope, list(scope.files.list()))
    scope.db.info[DROPPED] = True
    theirs = sa.true() if of is None else StoredFile.uploaded_by == of
    live = sa.select(StoredFile.sha256).where(StoredFile.deleted_at.is_(None), theirs)
    removed = sa.select(StoredFile).where(StoredFile.deleted_at.is_not(None), theirs, StoredFile.sha256.not_in(live))
    going: set[str] = set()
    for row in scope.db.scalars(removed.order_by(StoredFile.deleted_at, StoredFile.id)).all():
        if short > 0 and row.sha256 not in going:
            going.add(row.sha256)
            short -= row.size
        if row.sha256 in going:
            scope.db.delete(row)
    scope.db.flush()
    record(scope, "file.cleared")


def _is_known(scope: Scope, sha256: str) -> bool:
    return bool(scope.db.scalar(sa.select(sa.exists().where(StoredFile.sha256 == sha256))))


def open_file(scope: Scope, facts: FileFacts) -> Iterator[bytes]:
    """The content in chunks, for a reader who may have it. Raises StoreFailed where it can't be read just now."""
    try:
        return scope.files.open(facts.sha256)
    except StoreFailed:
        log.error("a file's content is not there", file=str(facts.id))
        raise


def drop_file(scope: Scope, file_id: UUID) -> None:
    """Take a file away; for a week `restore_file` brings it back. Raises NotFound."""
    live_row(scope.db, StoredFile, file_id).deleted_at = scope.clock.now()
    record(scope, "file.removed", kind="file", id=file_id)


def restore_file(scope: Scope, file_id: UUID) -> None:
    """Undo a removal. Raises NotFound where it is gone for good."""
    row = scope.db.get(StoredFile, (scope.partner.id, file_id))
    if row is None:
        raise NotFound
    row.deleted_at = None
    record(scope, "file.restored", kind="file", id=file_id)


def sweep_files(scope: Scope) -> int:
    """Clear away what is no longer needed; answers how many contents went.

    Content goes that no row names, and what interrupted writing left; then rows that were removed a week ago (with what
    points at them), or that nothing has pointed at for a day. Their content goes the next time, once they are gone for
    certain. Run at intervals, in a transaction of its own.
    """
    now = scope.clock.now()
    old = [each for each in scope.files.list() if each.at < now - GRACE]
    scope.files.clear_unfinished(now - GRACE)
    one_at_a_time(scope.db, UPLOADS)
    gone = _clear_contents(scope, old)
    rows = _drop_rows(scope, now)
    if rows or gone:
        record(scope, "file.cleared")
    return gone


def _clear_contents(scope: Scope, stored: list[Stored]) -> int:
    """Take away what no row names, once no upload is under way and before this transaction drops rows; how many."""
    named = _named(scope, stored)
    gone = [each for each in stored if each.sha256 not in named]
    for each in gone:
        scope.files.delete(each.sha256)
    return len(gone)


def clear_unnamed(scope: Scope, contents: Collection[str]) -> None:
    """Take away those of these contents that no row names any more, once the caller's transaction commits.

    What can't be reached then goes with the next sweep.
    """
    if not contents:
        return
    one_at_a_time(scope.db, UPLOADS)
    scope.db.flush()
    named = frozenset(scope.db.scalars(sa.select(StoredFile.sha256).where(StoredFile.sha256.in_(contents))))
    gone = [each for each in contents if each not in named]
    after_commit(scope.db, partial(_clear, scope.files, gone))


def _clear(shelf: Shelf, contents: Iterable[str]) -> None:
    with suppress(StoreFailed):
        for sha256 in contents:
            shelf.delete(sha256)


def _drop_rows(scope: Scope, now: datetime) -> int:
    removed = StoredFile.deleted_at < now - UNDO
    unused = sa.and_(StoredFile.created_at < now - GRACE, *(sa.not_(each) for each in _pointing_here()))
    found = scope.db.scalars(sa.select(StoredFile).where(sa.or_(removed, unused))).all()
    for row in found:
        scope.db.delete(row)
    scope.db.flush()
    return len(found)


def _pointing_here() -> list[sa.Exists]:
    """Whether a row of each table that points at files, the kit's or a plugin's, points at this one."""
    own = sa.inspect(StoredFile).local_table
    return [
        sa.exists().where(*(pair.parent == getattr(StoredFile, pair.column.name) for pair in key.elements))
        for table in Base.metadata.tables.values()
        if is_partner_table(table)
        for key in table.foreign_key_constraints
        if key.referred_table is own
    ]


def _named(scope: Scope, stored: list[Stored]) -> frozenset[str]:
    """The contents that a row names; asked after the lock, so that every upload before is among them."""
    if not stored:
        return frozenset()
    return frozenset(scope.db.scalars(sa.select(StoredFile.sha256).distinct()))
