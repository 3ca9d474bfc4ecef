"""What a check of an instance answers: how bad it is, a sentence, the way out, and the mend where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from systems_changers.infra.errors import KitError
from systems_changers.infra.text import N_, Message

OK, WARNING, ERROR = "ok", "warning", "error"
COULD_NOT_LOOK = N_("This could not be looked at: %(why)s")
COULD_NOT_MEND = N_("This could not be mended: %(why)s")


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


def look(check: Check, subject: object) -> Finding:
    """What a check finds; one that fails to look is a finding too, because an instance may be ill in any way."""
    return tried(lambda: check.look(subject), COULD_NOT_LOOK)


def tried(find: Callable[[], Finding], failed: str) -> Finding:
    """What `find` finds, or that it failed, in the words of `failed`."""
    try:
        return find()
    except Exception as error:  # noqa: BLE001 - an instance may be ill in any way, and the other checks are still made
        why = str(error.message) if isinstance(error, KitError) else f"{type(error).__name__}: {error}".splitlines()[0]
        return broken(Message(failed, {"why": why}))
