"""One root and five children: everything the kit may refuse, each with a stable code and a translatable sentence.

Slices subclass or raise these; the edges turn them into pages, problem JSON or one line on the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping

from systems_changers.infra.text import Message, msg


class KitError(Exception):
    """The root. `code` is stable for programs, `message` is for people."""

    code = "error"

    def __init__(self, message: Message, *, code: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        if code is not None:
            self.code = code


class NotFound(KitError):
    """Unknown, or another partner's: the two are never told apart."""

    code = "not_found"

    def __init__(self, message: Message | None = None, *, code: str | None = None) -> None:
        super().__init__(message or msg("There is nothing here."), code=code)


class Refused(KitError):
    """A rule, a permission or a plugin's check said no."""

    code = "refused"


class Invalid(KitError):
    """Input that can be put right; `fields` maps a field's name to what is wrong with it."""

    code = "invalid"

    def __init__(
        self,
        message: Message | None = None,
        *,
        fields: Mapping[str, list[Message]] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message or msg("Some answers need another look."), code=code)
        self.fields: Mapping[str, list[Message]] = fields or {}


class Conflict(KitError):
    """Somebody else changed the same thing in between; both texts are kept."""

    code = "conflict"

    def __init__(
        self,
        message: Message | None = None,
        *,
        mine: Mapping[str, object] | None = None,
        theirs: Mapping[str, object] | None = None,
        version: int | None = None,
    ) -> None:
        super().__init__(message or msg("This changed while you were writing."))
        self.mine, self.theirs, self.version = mine or {}, theirs or {}, version


class PluginFailed(KitError):
    """A plugin's mistake that could not be contained by its hook's policy."""

    code = "plugin_failed"


class Misconfigured(Refused):
    """The instance would not be safe or could not work as configured."""

    code = "misconfigured"


class OtherPartner(KitError):
    """Code reached for a row of another partner: a mistake in the program, never in the input."""

    code = "other_partner"

    def __init__(self, what: str) -> None:
        super().__init__(msg("This row belongs to another partner: %(what)s.", what=what))


class BeyondPartner(KitError):
    """The database refused a statement in order to keep partners apart: a mistake in the program as well."""

    code = "beyond_partner"

    def __init__(self, why: Message) -> None:
        super().__init__(msg("Refused, to keep partners apart: %(why)s.", why=str(why)))
