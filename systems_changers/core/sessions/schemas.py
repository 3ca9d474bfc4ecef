"""What may be said of a session: its form, the plan of many, and what the API answers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from systems_changers.core.cohorts.schemas import DAYS, words
from systems_changers.core.sessions.rules import KINDS, MOST_DAYS_APART, MOST_SESSIONS
from systems_changers.infra.text import N_

MOST_MINUTES = 7 * 24 * 60


class SessionSchema(Schema):
    """A session as it is planned or changed; day and time are local to its zone."""

    title = words(N_("Title"), 200, required=True)
    kind = fields.String(
        load_default="led",
        validate=validate.OneOf(list(KINDS), list(KINDS.values())),
        metadata={"label": N_("Kind of session"), "widget": "select"},
    )
    day = fields.Date(allow_none=True, load_default=None, validate=DAYS, metadata={"label": N_("Day")})
    time = fields.Time(allow_none=True, load_default=None, metadata={"label": N_("Begins at")})
    minutes = fields.Integer(
        load_default=0, validate=validate.Range(0, MOST_MINUTES), metadata={"label": N_("How long, in minutes")}
    )
    place = words(N_("Place"), 200)
    link = fields.Url(
        allow_none=True,
        load_default=None,
        schemes={"https", "http"},
        validate=validate.Length(max=500),
        metadata={"label": N_("Link for joining online")},
    )
    bring = words(N_("What should people bring?"), 1000, rows=2)
    time_zone = words(N_("Time zone"), 60, hint=N_("Where the session takes place."))


class NewSessionSchema(SessionSchema):
    """A further session, made from lines of the plan."""

    modules = fields.List(
        fields.UUID(),
        load_default=list,
        metadata={"label": N_("Modules"), "hint": N_("With none, it is a session of your own.")},
    )


class PlanSchema(Schema):
    """How the planned modules fall into sessions."""

    day = fields.Date(required=True, validate=DAYS, metadata={"label": N_("First day")})
    time = fields.Time(required=True, metadata={"label": N_("Begins at")})
    sessions = fields.Integer(
        required=True,
        validate=validate.Range(1, MOST_SESSIONS),
        metadata={
            "label": N_("How many sessions?"),
            "hint": N_("Follow-ups at 3, 6 and 12 months come on top, where the modules hold any."),
        },
    )
    days_apart = fields.Integer(
        load_default=14,
        validate=validate.Range(1, MOST_DAYS_APART),
        metadata={"label": N_("Days from one to the next")},
    )
    longest = fields.Integer(
        required=True,
        validate=validate.Range(15, MOST_MINUTES),
        metadata={
            "label": N_("Longest module in one piece, in minutes"),
            "hint": N_("A longer module is spread over several sessions, between blocks."),
            "short": N_("Longest piece"),
        },
    )
    place = words(N_("Place"), 200)


class WriteUpSchema(Schema):
    """What the next session needs; it stays outside the sealed record."""

    notes = words(N_("What should the next facilitator know?"), 4000, rows=4, hint=N_("A sentence or two is plenty."))


class CorrectionSchema(Schema):
    """What was wrong in a sealed record."""

    what = fields.String(
        required=True,
        metadata={
            "label": N_("What was wrong?"),
            "widget": "select",
            "hint": N_("The head count, one block, or whether somebody was there."),
        },
    )
    presence = fields.String(
        allow_none=True,
        load_default=None,
        metadata={
            "label": N_("Was this person there?"),
            "widget": "select",
            "hint": N_("Only where it was wrong for somebody. The head count follows."),
        },
    )
    head_count = fields.Integer(
        allow_none=True,
        load_default=None,
        validate=validate.Range(0, 10_000),
        metadata={"label": N_("The right head count"), "hint": N_("Only where the head count was wrong.")},
    )
    outcome = fields.String(
        allow_none=True,
        load_default=None,
        metadata={"label": N_("What really happened to the block"), "widget": "select"},
    )
    minutes = fields.Integer(
        allow_none=True,
        load_default=None,
        validate=validate.Range(0, 24 * 60),
        metadata={"label": N_("Minutes it really took")},
    )
    why = words(N_("How do you know, in one sentence?"), 500, required=True, short=N_("Reason"))


class SessionItemSchema(Schema):
    """A session as the API answers it; moments are UTC."""

    id = fields.UUID()
    cohort_id = fields.UUID()
    cohort_name = fields.String()
    number = fields.Integer()
    title = fields.String()
    kind = fields.String()
    state = fields.String()
    starts_at = fields.DateTime(allow_none=True)
    minutes = fields.Integer()
    time_zone = fields.String()
    place = fields.String(allow_none=True)
    head_count = fields.Integer(allow_none=True)
