"""What a check of an instance answers: how bad it is, a sentence, the way out, and the mend where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from systems_changers.infra.text import Message

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`status` is ok, warning or error; `mend` does by itself what `fix` says, and is safe to repeat."""

    status: str
    message: Message
    fix: Message | None = None
    mend: Callable[[], object] | None = None


def fine(message: Message) -> Finding:
    """All is well."""
    return Finding(OK, message)


def doubtful(message: Message, fix: Message | None = None, mend: Callable[[], object] | None = None) -> Finding:
    """It works, and might not for long."""
    return Finding(WARNING, message, fix, mend)


def broken(message: Message, fix: Message | None = None, mend: Callable[[], object] | None = None) -> Finding:
    """It doesn't work, or isn't safe."""
    return Finding(ERROR, message, fix, mend)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at; `look` is given what the doctor knows of the instance."""

    id: str
    look: Callable[[Any], Finding]
