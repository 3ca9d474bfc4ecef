"""The form about who answers for people's data."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from systems_changers.infra.text import N_


class AnswersForm(Schema):
    """How to reach whoever answers for people's data, and the partner's number with the regulator."""

    contact = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={
            "label": N_("How to reach whoever answers for people's data"),
            "hint": N_("A role, an e-mail address and a postal address, as they stand in the privacy notice."),
            "short": N_("How to reach them"),
            "rows": 3,
        },
    )
    registration = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={
            "label": N_("Your registration number with the ICO"),
            "hint": N_("Such as ZA123456. Leave it empty if you have none."),
            "spellcheck": "false",
        },
    )
