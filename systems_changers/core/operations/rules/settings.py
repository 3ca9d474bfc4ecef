"""What a plugin's settings may be, and the order of plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import Message, msg, nmsg

LONGEST_SETTING = 500


def checked_settings(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """A plugin's settings, typed and completed by the manifest's defaults.

    `declared` is the manifest's settings schema; `given` holds text from a form or typed values from a command.
    Raises Invalid with the fields that are wrong; a name that the manifest doesn't know is wrong too.
    """
    wrong: dict[str, list[Message]] = {name: [msg("There is no such setting.")] for name in given.keys() - declared}
    values: dict[str, Any] = {}
    for name, spec in declared.items():
        if name not in given:
            values[name] = spec.get("default")
            continue
        try:
            values[name] = _READERS[spec["kind"]](spec, given[name])
        except Invalid as error:
            wrong[name] = [error.message]
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _text(_spec: Mapping[str, Any], value: Any) -> str:
    text = clean_text(str(value))
    if len(text) > LONGEST_SETTING:
        raise Invalid(nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", LONGEST_SETTING))
    return text


def _number(spec: Mapping[str, Any], value: Any) -> int | None:
    if value in ("", None):
        return spec.get("default")
    try:
        number = int(str(value).strip())
    except ValueError:
        raise Invalid(msg("This must be a whole number.")) from None
    least, most = spec.get("least"), spec.get("most")
    if least is not None and number < least:
        raise Invalid(msg("This must be %(least)s or more.", least=least))
    if most is not None and number > most:
        raise Invalid(msg("This must be %(most)s or less.", most=most))
    return number


def _yes_no(_spec: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("1", "true", "yes", "on"):
        return True
    if str(value).lower() in ("0", "false", "no", "off", "", "none"):
        return False
    raise Invalid(msg("This must be yes or no."))


def _choice(spec: Mapping[str, Any], value: Any) -> str:
    if value not in spec.get("choices", ()):
        raise Invalid(msg("This must be one of: %(choices)s.", choices=", ".join(spec.get("choices", ()))))
    return str(value)


_READERS: Mapping[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "text": _text,
    "number": _number,
    "yes_no": _yes_no,
    "choice": _choice,
}


def reordered(plugins: tuple[str, ...], slug: str, *, up: bool) -> tuple[str, ...]:
    """The order after one plugin moved a place up (earlier) or down; unchanged at the ends."""
    at = plugins.index(slug)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(plugins):
        return plugins
    moved = list(plugins)
    moved[at], moved[to] = moved[to], moved[at]
    return tuple(moved)


# --- what was recorded, sealed ---
