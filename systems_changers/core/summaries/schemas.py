"""The one form of summaries: which figures a partner shares."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.infra.text import N_


class ShareForm(Schema):
    """The indicators that the foundation may see; choices are given when the form is made."""

    indicators = fields.List(
        fields.String(validate=validate.OneOf(list(indicators()))),
        required=True,
        validate=validate.Length(min=1, max=50),
        metadata={
            "label": N_("Which figures do you share?"),
            "hint": N_("Only sums over cohorts that have ended travel, never a person's answers and no names."),
        },
    )
