"""What a doctor looks at in an instance's backups: is there one of late, and was one restored to see that it can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from systems_changers.core.home.service import backup
from systems_changers.infra.findings import Check, Finding, broken, doubtful, fine
from systems_changers.infra.settings import Settings
from systems_changers.infra.text import msg

LONGEST = timedelta(days=7)
SPARE = timedelta(hours=6)
"""How much later than its time a timed backup may be."""


def recent(settings: Settings) -> Finding:
    """Whether a backup was taken when it should have been."""
    if settings.demo:
        return fine(msg("A demo needs no backup."))
    taken, most = backup.read_book(settings).taken_at, _most(settings)
    mend = _mend(settings)
    if taken is None:
        return doubtful(msg("No backup was taken yet."), TAKE, mend)
    day = taken.date()
    if _now() - taken > most:
        return broken(msg("The last backup is from %(day)s.", day=day), TAKE, mend)
    return fine(msg("A backup was taken on %(day)s.", day=day))


def checked(settings: Settings) -> Finding:
    """Whether the last backup was restored to a scratch place, and was whole."""
    book = backup.read_book(settings)
    if settings.demo or book.taken_at is None:
        return fine(msg("There is no backup to check yet."))
    if book.trouble:
        return broken(msg("The last backup failed: %(why)s", why=book.trouble), TAKE, _mend(settings))
    if book.checked_at is None or book.taken_at - book.checked_at > _most(settings):
        return broken(msg("The last backup was not restored to see that it can be."), TAKE, _mend(settings))
    return fine(msg("A backup was restored to a scratch place on %(day)s, and was whole.",
                    day=book.checked_at.date()))  # fmt: skip


def keys(settings: Settings) -> Finding:
    """Whether the keys are in the backups."""
    if settings.demo or settings.backup_passphrase:
        return fine(msg("The backups hold the keys, locked.") if settings.backup_passphrase else
                    msg("A demo needs no backup."))  # fmt: skip
    return doubtful(msg("The backups hold no keys: after a restore, what was locked with them can't be read."),
                    msg("Set backup_passphrase, and keep it in another place than the backups."))  # fmt: skip


def apart(settings: Settings) -> Finding:
    """Whether the backups would outlive the disk that they are backups of."""
    if settings.demo or not settings.backups.exists():
        return fine(msg("There are no backups yet that could be lost."))
    if settings.backups.stat().st_dev == settings.data.stat().st_dev:
        return doubtful(msg("The backups lie on the same disk as the data."),
                        msg("Copy them elsewhere each day, or set backup_folder to another disk."))  # fmt: skip
    return fine(msg("The backups lie on another disk than the data."))


TAKE = msg("Take one: `systems-changers backup FILE --check`, and let `systems-changers serve` take them by the clock.")


def _most(settings: Settings) -> timedelta:
    return timedelta(hours=settings.backup_hours) + SPARE if settings.backup_hours else LONGEST


def _mend(settings: Settings) -> Callable[[], object]:
    return lambda: backup.keep_backup(settings, backup.TIMED)


def _now() -> datetime:
    return datetime.now(UTC)


KEPT: Sequence[Check] = (
    Check("backup", recent),
    Check("backup-checked", checked),
    Check("backup-keys", keys),
    Check("backup-place", apart),
)
