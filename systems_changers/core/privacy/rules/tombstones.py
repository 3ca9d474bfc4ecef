"""By what somebody who was erased is known again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

Key = tuple[str, str]
"""What a tombstone's hash is of: its kind (person, email, source, account), and the text."""


def keys_of(person_id: UUID | None, emails: Collection[str], source: tuple[str, str] | None = None) -> list[Key]:
    """A person's stable keys: the id, every address, and where an import had them from."""
    keys = [("person", str(person_id))] if person_id is not None else []
    keys += [("email", email) for email in sorted(emails)]
    return [*keys, ("source", "\x1f".join(source))] if source is not None else keys
