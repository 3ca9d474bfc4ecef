"""Opens the store of files that the settings name, and each partner's part of it; reached when it is first used."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from systems_changers.infra.files import DiskStore, FileStore, Shelf
from systems_changers.infra.settings import Settings


@lru_cache(maxsize=8)
def store_of(settings: Settings) -> FileStore:
    """The object store of the settings, or the folder `files` in the data folder."""
    if not settings.files:
        return DiskStore(settings.data / "files")
    from systems_changers.infra.object_store import ObjectStore  # optional: only where files lie in an object store

    return ObjectStore(settings)


def shelf_of(settings: Settings, partner_id: UUID) -> Shelf:
    """A partner's shelf with the limits of the settings."""
    return Shelf(store_of(settings), partner_id, settings.most_file, settings.partner_quota)
