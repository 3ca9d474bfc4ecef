"""The frozen type by which a plugin tells the doctor how its own part is doing at a partner.

What is said there is read by whoever runs the instance: counts and days, never a person's name or words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from systems_changers.infra.findings import ERROR, OK, WARNING
from systems_changers.infra.text import Message

STATUSES = (OK, WARNING, ERROR)
_ID = re.compile(r"[a-z][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a plugin found: `status` is ok, warning or error, `message` a sentence, `fix` the way out.

    The doctor calls it `<plugin>.<id>`. Raises ValueError for an id or a status that can be none.
    """

    id: str
    status: str
    message: Message | str
    fix: Message | str | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(str(self.id)):
            message = f"{self.id!r} is no id of a check: use lower-case letters, digits and hyphens, a letter first"
            raise ValueError(message)
        if self.status not in STATUSES:
            message = f"{self.id}: a status is one of {', '.join(STATUSES)}, not {self.status!r}"
            raise ValueError(message)
        for said in (self.message, *(() if self.fix is None else (self.fix,))):
            if not isinstance(said, Message | str) or not str(said):
                message = f"{self.id}: what is said is a sentence, not {type(said).__name__}"
                raise ValueError(message)
