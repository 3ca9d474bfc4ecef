"""How a schema's field is shown: its widget, its choices and the limits a browser may check early.

Metadata a field may carry: label, short (its name in error messages), hint, widget, choices, rows, key (what its id is
made of, where a page has two fields of its name), autocomplete, inputmode, attrs. Label, short, hint and choices from
metadata are msgids; choices given at run time are data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from marshmallow import fields, validate

from systems_changers.infra.text import Message, msg

LONGEST = 10_000
LONG_TEXT = 300
MOST_RADIOS = 5
PASSED_ON = ("autocomplete", "inputmode", "spellcheck", "accept")

Pairs = Sequence[tuple[str, str | Message]]

_KINDS: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Email, "email"),
    (fields.Url, "url"),
    (fields.DateTime, "datetime-local"),
    (fields.Date, "date"),
    (fields.Time, "time"),
    (fields.Boolean, "checkbox"),
    (fields.Integer, "number"),
    (fields.Float, "number"),
    (fields.Decimal, "number"),
    (fields.List, "checkboxes"),
)


def kind_of(field: fields.Field[Any], choices: Pairs) -> str:
    """The widget: what the metadata says, else what suits the type."""
    said = field.metadata.get("widget")
    if said:
        return str(said)
    for type_, kind in _KINDS:
        if isinstance(field, type_):
            return kind
    if choices:
        return "radios" if len(choices) <= MOST_RADIOS and not any(not value for value, _ in choices) else "select"
    long = any((each.max or 0) > LONG_TEXT for each in lengths(field))
    return "textarea" if "rows" in field.metadata or long else "text"


def choices_of(field: fields.Field[Any]) -> Pairs:
    """Choices as (value, msgid): from the metadata, else from what the field's validator allows."""
    inner = field.inner if isinstance(field, fields.List) else field
    said = field.metadata.get("choices") or inner.metadata.get("choices")
    if said:
        pairs = said.items() if isinstance(said, Mapping) else said
        return [(str(value), Message(label) if isinstance(label, str) else label) for value, label in pairs]
    for validator in inner.validators:
        if isinstance(validator, validate.OneOf):
            labels = [str(each) for each in validator.labels] or [str(each) for each in validator.choices]
            return [(str(v), Message(label)) for v, label in zip(validator.choices, labels, strict=False)]
    return ()


def most_characters(field: fields.Field[Any]) -> int:
    """How long a text may be: its own limit, or 10 000 characters (0 for what isn't text)."""
    if not isinstance(field, fields.String):
        return 0
    limits = [limit for each in lengths(field) if (limit := each.equal or each.max) is not None]
    return min(limits, default=LONGEST)


def lengths(field: fields.Field[Any]) -> Iterable[validate.Length]:
    """The field's length validators."""
    return [each for each in field.validators if isinstance(each, validate.Length)]


def attributes(field: fields.Field[Any], kind: str) -> dict[str, Any]:
    """HTML attributes that help while typing; the schema decides all the same."""
    attrs: dict[str, Any] = {key: field.metadata[key] for key in PASSED_ON if key in field.metadata}
    if isinstance(field, fields.Email):
        attrs.setdefault("autocomplete", "email")
    if isinstance(field, fields.Integer) and kind == "number":
        attrs.setdefault("inputmode", "numeric")
    if isinstance(field, (fields.Float, fields.Decimal)):
        attrs.setdefault("step", "any")
    if kind in {"text", "textarea", "email", "password", "url"} and isinstance(field, fields.String):
        attrs["maxlength"] = most_characters(field)
    if kind in {"number", "date", "datetime-local", "time"}:
        for each in field.validators:
            if isinstance(each, validate.Range):
                limits = {"min": each.min, "max": each.max}
                attrs |= {key: shown(limit) for key, limit in limits.items() if limit is not None}
    return {**attrs, **field.metadata.get("attrs", {})}


def shown(value: Any) -> Any:
    """A value as a form control holds it: ISO dates, minutes not seconds, plain text."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return [shown(each) for each in value]
    for type_, text in _SHOWN:
        if isinstance(value, type_):
            return text(value)
    return value if value is None else str(value)


def said_of(value: Any, choices: Pairs) -> tuple[str | Message, ...]:
    """A value in words, for reading and not for a control: choices by their labels, a dash for nothing."""
    if isinstance(value, bool):
        return (msg("Yes") if value else msg("No"),)
    held, labels = shown(value), dict(choices)
    several = held if isinstance(held, list) else [held]
    return tuple(labels.get(str(each), str(each)) for each in several if each not in {None, ""}) or ("–",)


_SHOWN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    ((bool, str), lambda value: value),
    (datetime, lambda value: value.strftime("%Y-%m-%dT%H:%M")),
    (date, date.isoformat),
    (time, lambda value: value.strftime("%H:%M")),
    (Enum, lambda value: str(value.value)),
)
