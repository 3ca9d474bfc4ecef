"""The frozen types by which plugins show and erase what they hold of a person beyond the tables that they declare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from systems_changers.infra.text import Message

if TYPE_CHECKING:
    from systems_changers.hooks.scope import Scope


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """Whose data is asked for: ids at this partner, the name, and every address, in lower case."""

    person_id: UUID
    account_id: UUID | None
    name: str
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldData:
    """What a plugin holds of a person outside declared tables: why, how long, and rows under their heads.

    Texts are Messages or msgids, translated where they are shown; what people wrote stays as it is.
    """

    key: str
    title: Message | str
    purpose: Message | str
    keep: Message | str
    heads: tuple[Message | str, ...]
    rows: tuple[tuple[Message | str, ...], ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What a plugin erases by itself: how many things under which title, and what it keeps with the reason why.

    `erase(scope)` is called inside the transaction once somebody has agreed; it neither commits nor answers anything.
    """

    key: str
    title: Message | str
    count: int
    erase: Callable[[Scope], None]
    kept: Message | str = ""
