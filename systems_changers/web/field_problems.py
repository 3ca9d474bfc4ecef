"""Turns what a schema finds wrong into plain sentences that name the field and say what to do.

Judged by the field and its validators, not by marshmallow's English, so that every sentence can be translated.
A field's own error_messages, a validator's `error` and what a schema's own check raises are used as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

from systems_changers.infra.text import Message, msg, nmsg

WHOLE = "_schema"


def label_of(field: fields.Field[Any], name: str) -> Message:
    """What error messages call a field."""
    said = field.metadata.get("short") or field.metadata.get("label") or name.replace("_", " ").capitalize()
    return said if isinstance(said, Message) else Message(str(said).rstrip("?:"))


def field_problems(schema: Schema, raw: Mapping[str, Any], found: ValidationError) -> dict[str, list[Message]]:
    """What is wrong, by the field's name in the input; `_schema` for what concerns no single field."""
    return {
        str(name): _about(schema, str(name), raw.get(str(name), missing), said)
        for name, said in found.messages_dict.items()
    }


def _about(schema: Schema, name: str, raw: Any, said: Any) -> list[Message]:
    field = next((each for key, each in schema.fields.items() if (each.data_key or key) == name), None)
    if field is None or field not in schema.load_fields.values():
        return [msg("This form has no field %(name)s.", name=name)] if name != WHOLE else _as_said(said)
    label = label_of(field, name)
    if raw is missing or (raw is None and not field.allow_none):
        return [_unanswered(field, label)]
    return _own_findings(field, raw, label) or _as_said(said)


def _unanswered(field: fields.Field[Any], label: Message) -> Message:
    own = field.error_messages.get("required")
    if own and own != fields.Field.default_error_messages["required"]:
        return _sentence(own)
    if isinstance(field, fields.List) or field.metadata.get("choices") or _one_of(field):
        return msg("%(field)s: choose an answer.", field=label)
    if isinstance(field, fields.Boolean):
        return msg("%(field)s: tick this box to go on.", field=label)
    return msg("%(field)s: this needs an answer.", field=label)


def _one_of(field: fields.Field[Any]) -> bool:
    return any(isinstance(each, validate.OneOf) for each in field.validators)


def _own_findings(field: fields.Field[Any], raw: Any, label: Message) -> list[Message]:
    """Judge the raw value again, step by step, to learn which step failed."""
    if isinstance(field, fields.List) and isinstance(raw, list):
        inner = [found for each in raw if (found := _own_findings(field.inner, each, label))]
        if inner:
            return inner[0]
    try:
        value = field._deserialize(raw, "", {})  # noqa: SLF001 - without its validators, which are asked below
    except ValidationError:
        return [_unreadable(field, label)]
    return [one for each in field.validators if (one := _by_validator(each, value, label))]


def _unreadable(field: fields.Field[Any], label: Message) -> Message:
    defaults = {text for kind in type(field).__mro__ for text in getattr(kind, "default_error_messages", {}).values()}
    own = [text for key, text in field.error_messages.items() if key in {"invalid", "invalid_uuid"}]
    if own and own[0] not in defaults:
        return _sentence(own[0])
    wanted = next(sentence for kinds, sentence in _WANTED if isinstance(field, kinds))
    return Message(wanted.text, {"field": label})


_WANTED: tuple[tuple[Any, Message], ...] = (
    (fields.DateTime, msg("%(field)s: enter a date and a time.")),
    (fields.Date, msg("%(field)s: enter a date, such as 27 3 2026.")),
    (fields.Time, msg("%(field)s: enter a time, such as 14:30.")),
    (fields.Integer, msg("%(field)s: enter a whole number, such as 12.")),
    ((fields.Float, fields.Decimal), msg("%(field)s: enter a number, such as 2.5.")),
    ((fields.UUID, fields.Enum, fields.List, fields.Boolean), msg("%(field)s: choose one of the answers shown.")),
    (fields.Field, msg("%(field)s: this can't be read. Enter plain text.")),
)


def _by_validator(validator: Any, value: Any, label: Message) -> Message | None:
    try:
        validator(value)
    except ValidationError as error:
        own = getattr(validator, "error", None)
        if own and own != getattr(validator, "default_message", None):
            return _sentence(own)
        return _explained(validator, value, label) or _as_said(error.messages)[0]
    return None


def _explained(validator: Any, value: Any, label: Message) -> Message | None:
    if isinstance(validator, validate.Length):
        return _about_length(validator, value, label)
    if isinstance(validator, validate.Range):
        return _about_range(validator, label)
    for kind, sentence in _REFUSED:
        if isinstance(validator, kind):
            return Message(sentence.text, {"field": label})
    return None


_REFUSED: tuple[tuple[type[validate.Validator], Message], ...] = (
    (validate.Email, msg("%(field)s: enter an e-mail address, such as name@example.org.")),
    (validate.URL, msg("%(field)s: enter a web address that begins with https://.")),
    (validate.OneOf, msg("%(field)s: choose one of the answers shown.")),
    (validate.ContainsOnly, msg("%(field)s: choose from the answers shown.")),
    (validate.Equal, msg("%(field)s: tick this box to go on.")),
    (validate.Regexp, msg("%(field)s: this is not in the form that is asked for.")),
    (validate.NoneOf, msg("%(field)s: this answer can't be used here.")),
)


def _about_length(limit: validate.Length, value: Any, label: Message) -> Message:
    now, least, most = len(value), limit.equal or limit.min, limit.equal or limit.max
    values = {"field": label, "least": least, "most": most, "now": now}
    if isinstance(value, (list, tuple, set)):
        if least is not None and now < least:
            return msg("%(field)s: choose at least %(least)s.", **values)
        return msg("%(field)s: choose at most %(most)s.", **values)
    if now == 0:
        return msg("%(field)s: this needs an answer.", **values)
    if least is not None and now < least:
        return nmsg(
            "%(field)s: use at least %(count)s character.",
            "%(field)s: use at least %(count)s characters.",
            least,
            field=label,
        )
    return too_long(label, most or 0, now)


def too_long(label: Message, most: int, now: int) -> Message:
    """A text of `now` characters where `most` are allowed."""
    return nmsg(
        "%(field)s: use at most %(count)s character. There are %(now)s now.",
        "%(field)s: use at most %(count)s characters. There are %(now)s now.",
        most,
        field=label,
        now=now,
    )


def _about_range(limit: validate.Range, label: Message) -> Message:
    values = {"field": label, "least": _plain(limit.min), "most": _plain(limit.max)}
    days = isinstance(limit.min if limit.min is not None else limit.max, date)
    if limit.min is not None and limit.max is not None:
        if days:
            return msg("%(field)s: enter a date from %(least)s to %(most)s.", **values)
        return msg("%(field)s: enter a number from %(least)s to %(most)s.", **values)
    if limit.min is not None:
        if days:
            return msg("%(field)s: enter a date on or after %(least)s.", **values)
        return msg("%(field)s: enter %(least)s or more.", **values)
    if days:
        return msg("%(field)s: enter a date on or before %(most)s.", **values)
    return msg("%(field)s: enter %(most)s or less.", **values)


def _plain(limit: Any) -> Any:
    return f"{limit.day} {limit.month} {limit.year}" if isinstance(limit, date) else limit


def _sentence(said: Any) -> Message:
    return said if isinstance(said, Message) else Message(str(said))


def _as_said(said: Any) -> list[Message]:
    """Everything said, however it is nested."""
    if isinstance(said, Mapping):
        return [one for each in said.values() for one in _as_said(each)]
    if isinstance(said, Iterable) and not isinstance(said, (str, bytes)):
        return [one for each in said for one in _as_said(each)]
    return [_sentence(said)]
