"""The forms about people: new ones, invitations, one's own profile."""

from __future__ import annotations

from collections.abc import Sequence

from marshmallow import Schema, fields, validate

from systems_changers.core.people.rules import (
    CONTACTS,
    REACHED,
    ROLES,
    SHOWN,
    SHOWS,
    SHOWS_HINT,
)
from systems_changers.infra.languages import language
from systems_changers.infra.text import N_, Message, msg


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


def languages_of(locales: Sequence[str]) -> list[tuple[str, str | Message]]:
    """Choices of a language, each named in its own words."""
    named = [(code, language(code).name) for code in locales]
    return [("", msg("As my browser asks")), *named]
