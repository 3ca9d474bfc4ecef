"""What is left of somebody who was erased: keyed hashes by which an import or a restore knows not to bring them back.

A partner's salt is drawn with its first tombstone and repeated in the others, so hashes say nothing between partners.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from systems_changers.core.privacy.models import Tombstone
from systems_changers.core.privacy.rules import Key
from systems_changers.hooks.scope import Scope
from systems_changers.infra.bulk import insert_rows

SALT_BYTES = 16


class Buried(NamedTuple):
    """A tombstone to be carried to another database of the same partner."""

    kind: str
    salt: str
    digest: str
    at: datetime
    lifted: bool = False


def bury(scope: Scope, keys: Collection[Key]) -> None:
    """Leave a tombstone for each key; one that stands already stays as it is."""
    salt = _salts(scope)[:1] or [secrets.token_hex(SALT_BYTES)]
    gone = buried(scope, keys)
    _add(scope, [Buried(kind, salt[0], _digest(salt[0], kind, text), scope.clock.now())
                 for kind, text in keys if (kind, text) not in gone])  # fmt: skip


def lift(scope: Scope, keys: Collection[Key]) -> None:
    """Let somebody in again who was erased and came back of their own will."""
    salts = _salts(scope)
    _add(scope, [Buried(kind, salt, _digest(salt, kind, text), scope.clock.now(), lifted=True)
                 for kind, text in buried(scope, keys) for salt in salts])  # fmt: skip


def buried(scope: Scope, keys: Iterable[Key]) -> set[Key]:
    """Which of the keys have a tombstone at this partner that wasn't lifted; two statements, or one."""
    salts = _salts(scope)
    digests = {_digest(salt, *key): key for key in keys for salt in salts}
    if not digests:
        return set()
    found = sa.select(Tombstone.digest, Tombstone.lifted).where(Tombstone.digest.in_(digests))
    last = {row.digest: row.lifted for row in scope.db.execute(found.order_by(Tombstone.at, Tombstone.id))}
    return {digests[digest] for digest, lifted in last.items() if not lifted}


def carry(scope: Scope) -> list[Buried]:
    """This partner's tombstones, to be carried where its rows were restored."""
    found = sa.select(Tombstone).order_by(Tombstone.at, Tombstone.id)
    return [Buried(row.kind, row.salt, row.digest, row.at, row.lifted) for row in scope.db.scalars(found)]


def bring(scope: Scope, rows: Sequence[Buried]) -> None:
    """Add tombstones that were carried here; those that stand already are left out."""
    known = set(carry(scope))
    _add(scope, [row for row in rows if row not in known])


def _salts(scope: Scope) -> list[str]:
    first = sa.func.min(Tombstone.at)
    return list(scope.db.scalars(sa.select(Tombstone.salt).group_by(Tombstone.salt).order_by(first)))


def _digest(salt: str, kind: str, text: str) -> str:
    return hmac.new(bytes.fromhex(salt), f"{kind}\x1f{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _add(scope: Scope, rows: Sequence[Buried]) -> None:
    now = scope.clock.now()
    insert_rows(scope.db, Tombstone, [{**row._asdict(), "created_at": now, "updated_at": now} for row in rows])
