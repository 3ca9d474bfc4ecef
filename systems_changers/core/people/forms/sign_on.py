"""The form that sets up a partner's own sign-on."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from systems_changers.core.people.forms.persons import _text
from systems_changers.core.people.forms.signing_in import SIGN_ON_KINDS, SIGN_ON_MODES
from systems_changers.infra.text import N_


class SignOnForm(Schema):
    """Where a partner's people sign in with their organisation's own accounts."""

    mode = fields.String(
        required=True,
        validate=validate.OneOf(list(SIGN_ON_MODES), list(SIGN_ON_MODES.values())),
        metadata={"label": N_("Who comes in with it")},
    )
    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(SIGN_ON_KINDS), list(SIGN_ON_KINDS.values())),
        metadata={"label": N_("Sign-in service"), "widget": "select"},
    )
    name = fields.String(
        required=True,
        validate=validate.Length(max=60),
        metadata={"label": N_("Its name on the button"), "hint": N_("Such as your organisation's name.")},
    )
    directory = _text(
        N_("Tenant ID"), 36, hint=N_("For Microsoft Entra ID: on the overview page there."), spellcheck="false"
    )
    hosted_domain = _text(N_("Hosted domain"), 253, hint=N_("For Google Workspace."), widget="text", spellcheck="false")
    issuer = _text(N_("Issuer address"), 500, hint=N_("For any other service."), widget="text", spellcheck="false")
    client_id = fields.String(
        required=True,
        validate=validate.Length(max=300),
        metadata={"label": N_("Client ID"), "widget": "text", "spellcheck": "false"},
    )
    client_secret = _text(
        N_("Client secret"), 500, widget="password", autocomplete="off",
        hint=N_("It is sealed and never shown again. Left empty, the one that is there stays."),
    )  # fmt: skip
    domains = fields.String(
        required=True,
        validate=validate.Length(max=2000),
        metadata={
            "label": N_("E-mail domains that may come in"),
            "hint": N_("One a line, such as charity.example."),
            "rows": 3,
            "spellcheck": "false",
        },
    )
