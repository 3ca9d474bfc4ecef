"""The forms about personal data: complaints, requests, erasing."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from systems_changers.core.privacy.rules import REQUESTS
from systems_changers.infra.text import N_


class ComplaintForm(Schema):
    """What is wrong with how somebody's data is used."""

    name = fields.String(
        required=True, validate=validate.Length(max=120), metadata={"label": N_("Your name"), "autocomplete": "name"}
    )
    contact = fields.String(
        required=True,
        validate=validate.Length(max=320),
        metadata={"label": N_("How can we reach you?"), "hint": N_("An e-mail address, a phone number or an address.")},
    )
    words = fields.String(
        required=True, validate=validate.Length(max=10_000), metadata={"label": N_("What is it about?"), "rows": 6}
    )


class OutcomeForm(Schema):
    """What came of a complaint."""

    outcome = fields.String(
        required=True,
        validate=validate.Length(max=10_000),
        metadata={
            "label": N_("What was done about it?"),
            "hint": N_("Tell them too: what you found, and what you do about it."),
            "rows": 4,
        },
    )


class AskForm(Schema):
    """What somebody asked for about their own data, and when that came in."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(REQUESTS), list(REQUESTS.values())),
        metadata={"label": N_("What they ask for")},
    )
    received_on = fields.Date(
        allow_none=True,
        load_default=None,
        metadata={"label": N_("Received on"), "hint": N_("Leave it empty for today.")},
    )


class ExtendForm(Schema):
    """Why an answer takes longer."""

    note = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={
            "label": N_("Why it takes longer"),
            "hint": N_("Tell the person within the first month. Name nobody else here."),
        },
    )


class EraseForm(Schema):
    """The person's name, typed by whoever erases for good."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=120),
        metadata={"label": N_("Type the person's name to erase them"), "autocomplete": "off"},
    )
