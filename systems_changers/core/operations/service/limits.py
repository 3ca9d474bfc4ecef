"""Rate limits: a try is counted in a transaction of its own, so that a refused request counts too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from systems_changers.core.operations.rules import RATE_LIMITS
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.errors import Refused
from systems_changers.infra.text import nmsg
from systems_changers.infra.transactions import apart_from


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits of rules.RATE_LIMITS, on the scope's database; to be asked before anything is changed."""

    scope: AnyScope

    def hit(self, name: str, *keys: str) -> None:
        """Count one try under `name` for these keys (an address, an e-mail); they are kept as a hash.

        Raises Refused (code too_many) that says how many seconds to wait.
        """
        self.hit_all((name, *keys))

    def hit_all(self, *tries: tuple[str, ...]) -> None:
        """Count several limits, each (name, *keys), in one transaction, up to the first that refuses.

        Those of one sender come first and shared ones last, so that no sender alone fills what others need.
        """
        from systems_changers.core.operations.service.rate_storage import count  # slow: the limits library

        with apart_from(self.scope.db) as connection:
            waits = (
                count(connection, self.scope.clock, RATE_LIMITS[name], f"{name}:{_hash(keys)}") for name, *keys in tries
            )
            wait = next((each for each in waits if each is not None), None)
        _refuse(wait)

    def look(self, name: str, *keys: str) -> None:
        """Refuse where one more try would be too many, and count nothing: for what is counted only if it goes wrong.

        Raises Refused (code too_many) as `hit` does.
        """
        from systems_changers.core.operations.service.rate_storage import look  # slow: the limits library

        with apart_from(self.scope.db) as connection:
            wait = look(connection, self.scope.clock, RATE_LIMITS[name], f"{name}:{_hash(list(keys))}")
        _refuse(wait)


def _refuse(wait: int | None) -> None:
    if wait is not None:
        said = nmsg(
            "Too many tries. Please wait %(count)s second.", "Too many tries. Please wait %(count)s seconds.", wait
        )
        raise Refused(said, code="too_many")


def _hash(keys: list[str]) -> str:
    return hashlib.sha256("\x1f".join(keys).encode("utf-8", "replace")).hexdigest()[:32]
