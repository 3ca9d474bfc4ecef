"""What is left of somebody who was erased: keyed hashes by which an import or a restore knows not to bring them back.

A partner's salt is drawn with its first tombstone and repeated in the others, so hashes say nothing between partners.
A tombstone also names the plugins that were away when its person was erased, whose rows are erased once they are back.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from systems_changers.core.operations.models import Tombstone
from systems_changers.core.operations.rules import Key
from systems_changers.hooks.scope import Scope
from systems_changers.infra.bulk import insert_rows

SALT_BYTES = 16
UNREACHED = "unreached"
"""What a tombstone's `extra` calls the plugins that were away."""


class Buried(NamedTuple):
    """A tombstone to be carried to another database of the same partner."""

    kind: str
    salt: str
    digest: str
    at: datetime
    lifted: bool = False
    unreached: tuple[str, ...] = ()

    def is_of(self, text: str) -> bool:
        """Whether this is of a text, such as an id."""
        return self.digest == _digest(self.salt, self.kind, text)


def bury(scope: Scope, keys: Collection[Key], unreached: Collection[str] = ()) -> None:
    """Leave a tombstone for each key; one that stands already stays as it is, unless plugins are `unreached`."""
    salt = _salts(scope)[:1] or [secrets.token_hex(SALT_BYTES)]
    gone = () if unreached else buried(scope, keys)
    _add(scope, [Buried(kind, salt[0], _digest(salt[0], kind, text), scope.clock.now(), unreached=tuple(unreached))
                 for kind, text in keys if (kind, text) not in gone])  # fmt: skip


def unreached(scope: Scope) -> list[Buried]:
    """The tombstones of whoever may still have rows in tables of plugins that were away; one statement."""
    last = {(each.kind, each.salt, each.digest): each for each in carry(scope)}
    return [each for each in last.values() if each.unreached and not each.lifted]


def reach(scope: Scope, rows: Iterable[Buried], plugins: Collection[str]) -> None:
    """Note on tombstones that what these plugins held is erased too."""
    now = scope.clock.now()
    _add(scope, [row._replace(at=now, unreached=tuple(each for each in row.unreached if each not in plugins))
                 for row in rows])  # fmt: skip


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
    return [Buried(row.kind, row.salt, row.digest, row.at, row.lifted, tuple(row.extra.get(UNREACHED, ())))
            for row in scope.db.scalars(found)]  # fmt: skip


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
    made = [{**row._asdict(), "extra": {UNREACHED: list(row.unreached)} if row.unreached else {}} for row in rows]
    stamp = {"created_at": now, "updated_at": now}
    insert_rows(scope.db, Tombstone, [{**{k: v for k, v in row.items() if k != UNREACHED}, **stamp} for row in made])
