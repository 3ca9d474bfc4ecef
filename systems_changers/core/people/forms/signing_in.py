"""The forms of signing in, of second factors, and of one's own address and password."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from systems_changers.core.people.rules import (
    LEAST_PASSWORD,
    MOST_PASSWORD,
)
from systems_changers.infra.text import N_, msg

SIGN_ON_KINDS = {"entra": "Microsoft Entra ID", "google": "Google Workspace", "other": N_("Another (OpenID Connect)")}
SIGN_ON_MODES = {
    "off": N_("Nobody: it is off"),
    "offered": N_("Whoever wants to"),
    "required": N_("All staff here: administrators, facilitators and analysts"),
}
NEW_PASSWORD = {
    "label": N_("Password"),
    "hint": msg("At least %(least)s characters: three or four words are easy to remember.", least=LEAST_PASSWORD),
    "widget": "password",
    "autocomplete": "new-password",
}


def _email(**more: object) -> dict[str, object]:
    return {"label": N_("E-mail address"), "widget": "email", "autocomplete": "username", **more}


class SignInForm(Schema):
    """By password; `back` is where to go on afterwards."""

    email = fields.String(required=True, validate=validate.Length(max=320), metadata=_email())
    password = fields.String(
        required=True,
        validate=validate.Length(max=MOST_PASSWORD),
        metadata={"label": N_("Password"), "widget": "password", "autocomplete": "current-password"},
    )
    back = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})


CODE = {
    "label": N_("Code"),
    "autocomplete": "one-time-code",
    "spellcheck": "false",
    "hint": N_("The six digits that your app shows now, or one of your recovery codes."),
}


class SecondStepForm(Schema):
    """A code of the app, or a recovery code; `passkey` is filled in by a script."""

    code = fields.String(load_default="", validate=validate.Length(max=100), metadata=CODE)
    passkey = fields.String(load_default="", validate=validate.Length(max=20_000), metadata={"widget": "hidden"})
    back = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})


class PasskeySignInForm(Schema):
    """A passkey alone."""

    passkey = fields.String(required=True, validate=validate.Length(max=20_000), metadata={"widget": "hidden"})
    back = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})


class AppForm(Schema):
    """The first code of an app; `sealed` is the secret that it was offered."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=100),
        metadata={**CODE, "hint": N_("The six digits that the app shows now.")},
    )
    sealed = fields.String(load_default="", validate=validate.Length(max=500), metadata={"widget": "hidden"})
    back = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})


class PasskeyForm(Schema):
    """A new passkey's name, and what the browser made."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=80),
        metadata={"label": N_("What shall we call it?"), "short": N_("Name"), "autocomplete": "off",
                  "hint": N_("So that you know it again, such as My phone.")},
    )  # fmt: skip
    passkey = fields.String(required=True, validate=validate.Length(max=20_000), metadata={"widget": "hidden"})
    back = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})


class ConfirmForm(Schema):
    """One of three ways to show again who one is; the names are no other form's."""

    confirm_password = fields.String(
        load_default="",
        validate=validate.Length(max=MOST_PASSWORD),
        metadata={"label": N_("Your password"), "widget": "password", "autocomplete": "current-password"},
    )
    confirm_code = fields.String(load_default="", validate=validate.Length(max=100), metadata=CODE)
    confirm_passkey = fields.String(
        load_default="", validate=validate.Length(max=20_000), metadata={"widget": "hidden"}
    )
    confirm_back = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})


class LinkForm(Schema):
    """Asking for a link by mail."""

    email = fields.Email(required=True, validate=validate.Length(max=320), metadata=_email())


class AddressForm(Schema):
    """Another address to sign in with."""

    email = fields.Email(
        required=True,
        validate=validate.Length(max=320),
        metadata=_email(label=N_("New e-mail address"), autocomplete="email"),
    )


class UseLinkForm(Schema):
    """Using the link, and setting a new password if one likes."""

    password = fields.String(
        load_default="",
        validate=validate.Length(max=MOST_PASSWORD),
        metadata={**NEW_PASSWORD, "label": N_("New password")},
    )


class BackForm(Schema):
    """Where to go on after the organisation's sign-in service."""

    back = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})


class ReturnedForm(Schema):
    """What the service put into the address."""

    state = fields.String(load_default="", validate=validate.Length(max=200), metadata={"widget": "hidden"})
    code = fields.String(load_default="", validate=validate.Length(max=4000), metadata={"widget": "hidden"})


class SetUpForm(Schema):
    """The first administrator's password."""

    password = fields.String(load_default="", validate=validate.Length(max=MOST_PASSWORD), metadata=NEW_PASSWORD)


class AcceptForm(Schema):
    """Coming in for the first time; the address is asked for only where the invitation has none."""

    email = fields.Email(required=True, validate=validate.Length(max=320), metadata=_email())
    password = fields.String(load_default="", validate=validate.Length(max=MOST_PASSWORD), metadata=NEW_PASSWORD)


class PasswordForm(Schema):
    """Changing the password."""

    current = fields.String(
        load_default="",
        validate=validate.Length(max=MOST_PASSWORD),
        metadata={"label": N_("Present password"), "widget": "password", "autocomplete": "current-password"},
    )
    new = fields.String(
        required=True,
        validate=validate.Length(max=MOST_PASSWORD),
        metadata={**NEW_PASSWORD, "label": N_("New password")},
    )
