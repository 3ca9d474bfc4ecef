"""The forms of the ledger's pages and the shape of its JSON, from one list of questions in the rules."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from systems_changers.core.cohorts.schemas import DAYS
from systems_changers.core.experiments import rules
from systems_changers.infra.file_types import ACCEPTED
from systems_changers.infra.text import N_

HINTS = {
    "title": N_("A few words are enough. You can change them at any time."),
    "insight": N_("Something that surprised you, or that keeps happening."),
    "hypothesis": N_("If the letter begins with what we can do, then more people will ring, because fear stops them."),
    "prediction": N_("Write it before you try it. Being wrong teaches as much as being right."),
    "smallest_test": N_("What could you try next week, with what you have?"),
    "harm_check": N_("Think of people who use the service, of colleagues, and of yourself."),
    "permission_holder": N_("A role is enough, such as “Head of income”."),
    "learning": N_("A sentence or more. What surprised you?"),
}


def _text(name: str, *, required: bool = False) -> fields.String:
    short = name in rules.SHORT_TEXTS
    shown: dict[str, Any] = {"label": rules.TEXTS[name], "hint": HINTS.get(name, "")}
    if not short:
        shown["rows"] = 5
    most = rules.SHORT if short else rules.LONG
    return fields.String(required=required, allow_none=not required, validate=validate.Length(max=most), metadata=shown)


class NoteForm(Schema):
    """The one field of a new idea."""

    title = fields.String(
        required=True,
        validate=validate.Length(1, rules.SHORT),
        metadata={"label": N_("What have you noticed, or what could you try?"), "short": N_("Your idea")},
    )


class FrameForm(Schema):
    title = _text("title", required=True)
    insight = _text("insight")
    hypothesis = _text("hypothesis")
    prediction = _text("prediction")


class PlanForm(Schema):
    smallest_test = _text("smallest_test")
    signal_grow = _text("signal_grow")
    signal_stop = _text("signal_stop")


class HarmForm(Schema):
    harm_check = _text("harm_check")


class PermissionForm(Schema):
    permission_holder = _text("permission_holder")


class LearningForm(Schema):
    learning = _text("learning")
    condition = fields.String(
        allow_none=True,
        metadata={
            "label": N_("Which part of the system does it touch?"),
            "choices": rules.CONDITIONS,
            "widget": "select",
        },
    )


class TravelForm(Schema):
    scaling = fields.List(
        fields.String(), metadata={"label": N_("How is it travelling?"), "choices": rules.SCALES}, load_default=list
    )
    embedded_in = _text("embedded_in")


PART_FORMS: dict[str, type[Schema]] = {
    "frame": FrameForm,
    "plan": PlanForm,
    "harm": HarmForm,
    "permission": PermissionForm,
    "learning": LearningForm,
    "travel": TravelForm,
}


class DecisionForm(Schema):
    """What was learned, and what follows from it; `to` is offered by where the experiment stands."""

    learning = _text("learning")
    to = fields.String(required=True, metadata={"label": N_("What follows from it?"), "widget": "radios"})
    why = fields.String(validate=validate.Length(max=2_000), metadata={"label": N_("Why?"), "rows": 3}, allow_none=True)


class EvidenceForm(Schema):
    text = fields.String(
        allow_none=True,
        validate=validate.Length(max=rules.LONG),
        metadata={"label": N_("What did you see or hear?"), "rows": 4},
    )
    link = fields.String(
        allow_none=True,
        validate=validate.Length(max=500),
        metadata={
            "label": N_("Where can it be seen?"),
            "hint": N_("An address that begins with https://. It is shown as a link; nothing is fetched."),
            "inputmode": "url",
        },
    )
    file = fields.Raw(
        load_default=None,
        metadata={"label": N_("Is there a picture, a document or a recording of it?"), "short": N_("File"),
                  "widget": "file", "accept": ACCEPTED},
    )  # fmt: skip
    seen_on = fields.Date(
        allow_none=True,
        validate=DAYS,
        metadata={"label": N_("When?"), "short": N_("When"), "hint": N_("Leave it empty for today.")},
    )
    tells = fields.String(
        load_default="neither", metadata={"label": N_("What does it tell you?"), "choices": rules.TELLS}
    )


class AudiencesForm(Schema):
    audiences = fields.List(
        fields.String(),
        load_default=list,
        metadata={"label": N_("Who may read all of it?"), "choices": rules.AUDIENCES},
    )


class PersonShareForm(Schema):
    """One person, field by field; who can be picked is known at run time."""

    person = fields.UUID(required=True, metadata={"label": N_("Who?"), "widget": "select"})
    shown = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(min=1),
        metadata={"label": N_("What may this person see?"), "choices": rules.CHOOSABLE},
    )


class OwnerForm(Schema):
    person = fields.UUID(
        required=True, metadata={"label": N_("Who owns it with you?"), "widget": "select", "key": "owner"}
    )


def _answer(meaning: str) -> fields.String:
    return fields.String(allow_none=True, metadata={"description": meaning})


class ExperimentSchema(Schema):
    """An experiment as its reader may see it: a field that was not shared is not there at all."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(rules.STATES))
    author = fields.String(required=True)
    mine = fields.Boolean(required=True, metadata={"description": "Whether the reader may write it."})
    cohort_id = fields.UUID(allow_none=True)
    cohort = _answer("The cohort's name.")
    insight = _answer("What was noticed.")
    hypothesis = _answer("If… then… because…")
    prediction = _answer("What was expected.")
    smallest_test = _answer("The smallest test.")
    signal_grow = _answer("What would say: more of it.")
    signal_stop = _answer("What would say: stop.")
    harm_check = _answer("Who could be harmed, and how they are kept safe.")
    permission_holder = _answer("Who can say yes.")
    learning = _answer("What was learned.")
    embedded_in = _answer("Where it is part of how things are done.")
    condition = _answer("The condition of the system it touches.")
    scaling = fields.List(fields.String(validate=validate.OneOf(tuple(rules.SCALES))))
    started_on = fields.Date(allow_none=True)
    ended_on = fields.Date(allow_none=True)
