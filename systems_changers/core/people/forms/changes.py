"""The form that looks for what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from systems_changers.core.operations.rules import AREAS, DONE, doing
from systems_changers.infra.text import N_, Message, msg


class ChangesFilter(Schema):
    """Which changes are wanted; every answer may be left out."""

    since = fields.Date(load_default=None, allow_none=True, metadata={"label": N_("From")})
    until = fields.Date(load_default=None, allow_none=True, metadata={"label": N_("Up to and including")})
    who = fields.String(
        load_default="", validate=validate.Length(max=100), metadata={"label": N_("Who: part of a name")}
    )
    area = fields.String(load_default="", validate=validate.OneOf(["", *AREAS]), metadata={"label": N_("About")})
    name = fields.String(load_default="", validate=validate.Length(max=60), metadata={"label": N_("What")})

    @validates_schema
    def _in_order(self, data: Mapping[str, Any], **_options: Any) -> None:
        since, until = data.get("since"), data.get("until")
        if since is not None and until is not None and until < since:
            raise ValidationError({"until": [msg("This day is before the first.")]})


def changes_choices(name: str) -> dict[str, list[tuple[str, Message]]]:
    """The parts of the work and what can be done there; a plugin's own `name` stands there once it is asked for."""
    done = {key: msg(label) for key, label in DONE.items()}
    if name and name not in done:
        done[name] = Message(doing(name))
    areas = {key: msg(area.label) for key, area in AREAS.items()}
    return {"area": [("", msg("Everything")), *areas.items()], "name": [("", msg("Anything")), *done.items()]}
