"""The forms about people: signing in, one's own account, adding and inviting others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from systems_changers.core.operations.rules import AREAS, DONE, REQUESTS, doing
from systems_changers.core.people.rules import (
    CONTACTS,
    LEAST_PASSWORD,
    MOST_PASSWORD,
    REACHED,
    ROLES,
    SHOWN,
    SHOWS,
    SHOWS_HINT,
)
from systems_changers.infra.languages import language
from systems_changers.infra.text import N_, Message, msg

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


class PersonForm(Schema):
    """Somebody new at the partner, or somebody's name and address put right."""

    name = fields.String(required=True, validate=validate.Length(max=120), metadata={"label": N_("Name")})
    email = fields.Email(
        allow_none=True,
        load_default=None,
        validate=validate.Length(max=320),
        metadata={
            "label": N_("E-mail address"),
            "hint": N_("Leave it empty for somebody without one: a letter with a code will do."),
            "autocomplete": "off",
        },
    )


class NewPersonForm(PersonForm):
    """Somebody new, or somebody who was erased here and came back of their own will."""

    again = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("They were erased here and asked to come back"),
            "hint": N_("Only where they said so themselves."),
        },
    )


class InviteForm(Schema):
    """Into which role."""

    role = fields.String(
        required=True, validate=validate.OneOf(list(ROLES), list(ROLES.values())), metadata={"label": N_("Role")}
    )


def _text(label: str, most: int, **more: object) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=most), metadata={"label": label, **more})


class ProfileForm(Schema):
    """What a person says of themselves at a partner."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=120),
        metadata={"label": N_("The name that others here know you by"), "short": N_("Name"), "autocomplete": "name"},
    )
    locale = _text(N_("Language"), 40, widget="select")
    time_zone = _text(
        N_("Time zone"), 60, hint=N_("Such as Europe/London; left empty, it is your partner's."), spellcheck="false"
    )
    phone = _text(N_("Phone"), 40, widget="tel", autocomplete="tel")
    job = _text(N_("What I do"), 120, autocomplete="organization-title")
    organisation = _text(N_("Where I work"), 120, autocomplete="organization")
    team = _text(N_("My team"), 120)
    access_needs = _text(
        N_("What would help me take part"),
        4000,
        rows=3,
        hint=N_(
            "Such as large print, a quiet corner, breaks. Only your cohort's facilitators and administrators see it."
        ),
    )
    about = _text(N_("About me"), 4000, rows=3)
    asks = _text(N_("What I ask for"), 4000, rows=2, hint=N_("Somebody in the room may have just that."))
    offers = _text(N_("What I offer"), 4000, rows=2)
    shows = fields.List(
        fields.String(validate=validate.OneOf(list(SHOWN), list(SHOWN.values()))),
        load_default=list,
        metadata={
            "label": SHOWS,
            "hint": SHOWS_HINT,
        },
    )
    contact_by = fields.List(
        fields.String(validate=validate.OneOf(list(CONTACTS), list(CONTACTS.values()))),
        load_default=list,
        metadata={"label": REACHED, "hint": SHOWS_HINT},
    )


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


def languages_of(locales: Sequence[str]) -> list[tuple[str, str | Message]]:
    """Choices of a language, each named in its own words."""
    named = [(code, language(code).name) for code in locales]
    return [("", msg("As my browser asks")), *named]


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
