"""A form from a schema: read, judged, and shown again with what was typed; nothing typed is ever lost.

Labels, hints and errors stay untranslated until `told` gives a copy in the reader's language, once, at the edge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields, missing
from werkzeug.datastructures import FileStorage, MultiDict

from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid
from systems_changers.infra.files import Upload
from systems_changers.infra.text import Message, msg
from systems_changers.web.field_problems import WHOLE, field_problems, label_of, too_long
from systems_changers.web.widgets import (
    Pairs,
    attributes,
    choices_of,
    kind_of,
    most_characters,
    said_of,
    shown,
)

CONFIRMED = frozenset({"confirm_password", "confirm_code", "confirm_passkey", "confirm_back", "confirm_to"})
"""What a form carries that was sent on after its sender was confirmed."""
OUR_OWN = CONFIRMED | {"csrf_token", "version"}
MOST_CHOSEN = 500
LONGEST_VERSION = 9
Text = str | Message
Choices = Mapping[str, Pairs]
NO_CHOICES: Choices = {}
Files = Mapping[str, FileStorage | Upload]
NO_FILES: Files = {}


@dataclass(slots=True)
class Field:
    """One field as the macros need it; `value` is what its control holds, of a file the name that it was sent with."""

    name: str
    label: Text
    hint: Text
    kind: str
    required: bool
    value: Any = None
    error: Text | None = None
    attrs: dict[str, Any] = field(default_factory=dict)
    choices: Pairs = ()
    rows: int | None = None
    key: str = ""

    @property
    def id(self) -> str:
        return f"field-{self.key or self.name}"


class Both(NamedTuple):
    """One answer that two people gave: its label, what was typed here, and what somebody else saved meanwhile."""

    label: Text
    mine: Sequence[Text]
    theirs: Sequence[Text]


@dataclass(slots=True)
class Form:
    """A schema's fields with values and errors. `values` is what was loaded; empty unless `ok`.

    `both` is what `meet` found; `parts.conflict(form.both)` shows it.
    """

    fields: dict[str, Field]
    errors: list[tuple[str, Text]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    version: int | None = None
    both: list[Both] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything could be read and nothing was refused."""
        return not self.errors

    @classmethod
    def blank(
        cls,
        schema: Schema | type[Schema],
        values: Mapping[str, Any] | None = None,
        version: int | None = None,
        choices: Choices = NO_CHOICES,
    ) -> Form:
        """A form to fill in, with values where they are known. `choices` are (value, label) pairs by field name."""
        made = _made(schema)
        form = cls(_fields(made, choices), version=version)
        for name, each in form.fields.items():
            default = made.fields[name].load_default
            if values is not None and name in values:
                each.value = shown(values[name])
            elif default is not missing:
                each.value = shown(default() if callable(default) else default)
        return form

    @classmethod
    def read(
        cls,
        schema: Schema | type[Schema],
        data: Mapping[str, str],
        choices: Choices = NO_CHOICES,
        files: Files = NO_FILES,
    ) -> Form:
        """What was sent, judged: `ok` and `values`, or `errors`. A file is an Upload, which its service judges."""
        made, data = _made(schema), data if isinstance(data, MultiDict) else MultiDict(data)
        form = cls(_fields(made, choices), version=version_of(data.get("version")))
        raw = {name: value for name in form.fields if (value := _raw(made, form, name, data)) is not _LEFT_OUT}
        raw |= _uploads(form, files)
        wrong = _too_much(made, form, raw)
        if not set(data) <= {*form.fields, *OUR_OWN}:
            wrong[WHOLE] = [_NOT_OURS]
        try:
            loaded = made.load(raw)
        except ValidationError as error:
            wrong = {**field_problems(made, raw, error), **wrong}
        else:
            form.values = {name: loaded.get(each.attribute or name) for name, each in made.load_fields.items()}
        form._blame(wrong)
        return form

    def fail(self, invalid: Invalid) -> Form:
        """Add what a service found wrong; a field that the form lacks counts as the whole form."""
        self._blame({name: list(said) for name, said in invalid.fields.items()} or {WHOLE: [invalid.message]})
        return self

    def meet(self, conflict: Conflict) -> Form:
        """Hold what somebody else saved beside what was typed; sent once more, the form goes over theirs knowingly.

        Answers that differ are shown, or all where none does. The entry b of a mapping a is the answer a_b.
        """
        self.version = conflict.version
        mine, theirs = _spread(conflict.mine), _spread(conflict.theirs)
        met = [
            Both(each.label, said_of(mine[name], each.choices), said_of(theirs.get(name), each.choices))
            for name, each in self.fields.items()
            if name in mine
        ]
        self.both = [each for each in met if each.mine != each.theirs] or met
        return self

    def told(self, translate: Callable[[Text], str]) -> Form:
        """A copy with every text in the reader's language; what people wrote and choices given at run time stay."""

        def own(text: Text) -> str:
            return translate(text) if isinstance(text, Message) else text

        told = {
            name: replace(
                each,
                label=translate(each.label),
                hint=translate(each.hint) if each.hint else "",
                error=translate(each.error) if each.error else None,
                choices=[(value, own(label)) for value, label in each.choices],
            )
            for name, each in self.fields.items()
        }
        both = [Both(translate(each.label), *([own(text) for text in side] for side in each[1:])) for each in self.both]
        errors: list[tuple[str, Text]] = [(place, translate(text)) for place, text in self.errors]
        return replace(self, fields=told, errors=errors, both=both)

    def _blame(self, wrong: Mapping[str, Sequence[Message]]) -> None:
        names = [*self.fields, *(name for name in wrong if name not in self.fields)]
        for name in names:
            for said in wrong.get(name, ()):
                place = self.fields.get(name)
                self.errors.append((place.id if place and place.kind != "hidden" else "", said))
                if place and place.error is None:
                    place.error = said
        if self.errors:
            self.values = {}
            self._ask_again()

    def _ask_again(self) -> None:
        """No browser sends a file twice: say so where one was chosen."""
        for each in self.fields.values():
            if each.kind == FILE and each.value and each.error is None:
                each.error = _AGAIN
                self.errors.append((each.id, _AGAIN))


FILE = "file"
_LEFT_OUT = object()
_AGAIN = msg("Choose the file again: it is not kept until everything else is right.")
_NOT_OURS = msg("This form has changed since you opened it. Open it again; copy what you wrote first.")


def _made(schema: Schema | type[Schema]) -> Schema:
    if not isinstance(schema, type):
        return schema
    return _instance(schema) if schema.__module__.startswith("systems_changers.core.") else schema()


@lru_cache(maxsize=128)
def _instance(schema: type[Schema]) -> Schema:
    """One of each is enough for the core's own, which keep nothing of what they read; a plugin's might."""
    return schema()


def _fields(schema: Schema, choices: Choices) -> dict[str, Field]:
    return {name: _field(name, each, choices.get(name)) for name, each in schema.fields.items() if not each.dump_only}


def _field(name: str, of: fields.Field[Any], given: Pairs | None) -> Field:
    pairs = choices_of(of) if given is None else [(str(value), label) for value, label in given]
    kind = kind_of(of, pairs)
    if kind == "select" and pairs and not of.required and all(value for value, _ in pairs):
        pairs = [("", msg("Not chosen")), *pairs]
    return Field(
        name=name,
        label=of.metadata.get("label") or label_of(of, name),
        hint=of.metadata.get("hint", ""),
        kind=kind,
        required=of.required,
        attrs=attributes(of, kind),
        choices=pairs,
        rows=of.metadata.get("rows"),
        key=of.metadata.get("key", ""),
    )


def _raw(schema: Schema, form: Form, name: str, data: MultiDict[str, str]) -> Any:
    """The text of one field, cleaned and kept to be shown again; an empty answer is None or left out."""
    of, shown_field = schema.fields[name], form.fields[name]
    if shown_field.kind == FILE:
        return _LEFT_OUT
    if isinstance(of, fields.List):
        chosen = [clean_text(each, lines=False) for each in data.getlist(name)[:MOST_CHOSEN] if each]
        shown_field.value = chosen
        return chosen if chosen or not of.required else _LEFT_OUT
    if isinstance(of, fields.Boolean) and shown_field.kind == "checkbox":
        shown_field.value = name in data and data[name] not in {"", "0", "false"}
        return shown_field.value
    text = _cleaned(data.get(name, ""), shown_field.kind)
    shown_field.value = text if shown_field.kind != "password" else None
    if text == "":
        return None if of.allow_none and not of.required else _LEFT_OUT
    return _iso_day(text) if isinstance(of, fields.Date) else text


def _uploads(form: Form, files: Files) -> dict[str, Upload]:
    """The files that were chosen; a browser sends an empty one without a name where none was."""
    found: dict[str, Upload] = {}
    for name, each in form.fields.items():
        sent = files.get(name) if each.kind == FILE else None
        upload = Upload(sent.filename or "", sent.stream) if isinstance(sent, FileStorage) else sent
        if upload is not None and upload.name:
            each.value, found[name] = upload.name, upload
    return found


def _cleaned(text: str, kind: str) -> str:
    if kind == "password":
        return text
    return clean_text(text, lines=kind == "textarea")


def _spread(answers: Mapping[str, object]) -> dict[str, object]:
    spread: dict[str, object] = {}
    for name, value in answers.items():
        if isinstance(value, Mapping):
            spread |= {f"{name}_{key}": each for key, each in value.items()}
        else:
            spread[name] = value
    return spread


_DAY = re.compile(r"(\d{1,2})[ ./-](\d{1,2})[ ./-](\d{4})")


def _iso_day(text: str) -> str:
    """27 3 2026 as 2026-03-27, for browsers without a date control; anything else as it is."""
    found = _DAY.fullmatch(text)
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text


def _too_much(schema: Schema, form: Form, raw: Mapping[str, Any]) -> dict[str, list[Message]]:
    """Texts beyond their limit and answers that weren't offered, which a schema alone may let through."""
    wrong = {}
    for name, value in raw.items():
        of, label = schema.fields[name], label_of(schema.fields[name], name)
        most, allowed = most_characters(of), {choice for choice, _ in form.fields[name].choices}
        values = value if isinstance(value, list) else [value]
        if most and isinstance(value, str) and len(value) > most:
            wrong[name] = [too_long(label, most, len(value))]
        elif allowed and any(isinstance(each, str) and each not in allowed for each in values):
            wrong[name] = [msg("%(field)s: choose one of the answers shown.", field=label)]
    return wrong


def version_of(text: str | None) -> int | None:
    """The version that a form was made from, as its hidden field says it; None for anything that is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= LONGEST_VERSION else None
