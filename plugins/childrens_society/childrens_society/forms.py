"""What people are asked about safeguarding, and what the lead answers. Roles are asked for, never names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from systems_changers.toolkit import N_, Form, Invalid, msg

MOST = 2_000
WHO = N_("Who takes part, or could feel it?")
WHO_HINT = N_("Roles and ages, such as: young people of 16 and 17, two youth workers. No names.")
SAFE = N_("How do you keep them safe?")
SAFE_HINT = N_("Who is in the room, what they are told, how they can say no, who looks after them afterwards.")


def _line(label: str, hint: str = "") -> fields.String:
    return fields.String(
        required=True, validate=validate.Length(max=200), metadata={"label": label, "hint": hint, "widget": "text"}
    )


def _text(label: str, hint: str = "", *, required: bool = False) -> fields.String:
    kind: dict[str, Any] = {"required": True} if required else {"load_default": None}
    metadata = {"label": label, "hint": hint, "rows": 4}
    return fields.String(validate=validate.Length(max=MOST), metadata=metadata, **kind)


class ExperimentSchema(Schema):
    """What an author tells the safeguarding lead about a live practice project."""

    young_people = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "no"], labels=[N_("Yes"), N_("No")]),
        metadata={"label": N_("Do young people take part, or could they feel it?"), "widget": "radios"},
    )
    what = _line(N_("What is it, in a line?"), N_("This line is what the safeguarding lead sees."))
    who = _text(WHO, WHO_HINT)
    keep_safe = _text(SAFE, SAFE_HINT)


class SessionSchema(Schema):
    """What a facilitator tells the safeguarding lead about fieldwork."""

    what = _line(N_("Where do people go, and what do they look at?"))
    who = _text(WHO, WHO_HINT, required=True)
    keep_safe = _text(SAFE, SAFE_HINT, required=True)


class DecisionSchema(Schema):
    """What the safeguarding lead decides."""

    decision = fields.String(
        required=True,
        validate=validate.OneOf(["cleared", "held"], labels=[N_("Clear it"), N_("Hold it")]),
        metadata={"label": N_("What do you decide?"), "widget": "radios"},
    )
    reason = _text(N_("Why, and what would change it?"), N_("Whoever asked will read this."), required=True)
    decided_as = _line(N_("In which role do you decide?"))


def told(form: Form) -> Mapping[str, Any]:
    """An author's answers as they are kept; raises Invalid where young people take part and nobody says how."""
    values = dict(form.values)
    if "young_people" in values:
        values["young_people"] = values["young_people"] == "yes"
        missing = [name for name in ("who", "keep_safe") if values["young_people"] and not values[name]]
        if missing:
            raise Invalid(fields={name: [msg("Young people take part, so please say this.")] for name in missing})
    return values
