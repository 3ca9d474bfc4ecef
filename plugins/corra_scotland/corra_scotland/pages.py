"""The plugin's own pages under /x/corra-scotland/: a cohort's community profile, to read and to write."""

from __future__ import annotations

from uuid import UUID

from marshmallow import Schema, fields, missing, validate

from corra_scotland.profiles import THEMES, Profile, profile_of, save_profile
from systems_changers.toolkit import (
    N_,
    CohortFacts,
    Conflict,
    Form,
    Page,
    Reading,
    Redirect,
    RequestFacts,
    Route,
    Scope,
    msg,
    read_cohort,
)

MOST, SHORT = 5_000, 2_000
THEME_LINES = (
    (THEMES["voice"], N_("People say what they think, and are heard by those who decide.")),
    (THEMES["space"], N_("There is somewhere to meet, and time in which nobody wants anything.")),
    (THEMES["participation"], N_("Those who live here take part in what is decided about here.")),
    (THEMES["investment"], N_("Money, time and trust come to the place, and stay.")),
    (THEMES["learning"], N_("People and services learn from each other, and it shows.")),
)


def _text(label: str, hint: str = "", *, required: bool = False, most: int = MOST, rows: int = 5) -> fields.String:
    return fields.String(
        required=required,
        load_default=missing if required else None,
        validate=validate.Length(max=most),
        metadata={"label": label, "hint": hint, "rows": rows},
    )


class ProfileSchema(Schema):
    """A community profile as it is typed. No field asks for a name."""

    listening = _text(
        N_("What did people tell you?"),
        N_("In their words, without names. What comes up again, and what was said once and stayed with you."),
        required=True,
        rows=8,
    )
    people_heard = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=100_000),
        metadata={"label": N_("About how many people did you listen to?")},
    )
    assets = _text(
        N_("What is there already?"),
        N_("Places, skills, groups, habits of helping. Begin with what is strong."),
        required=True,
        rows=6,
    )
    hopes = _text(N_("What do people hope for?"))
    area_context = _text(
        N_("The wider area, from published figures"),
        N_("Figures for the area only, never about a household, and where they come from."),
        most=SHORT,
        rows=3,
    )
    voice = _text(N_("Voice: what has moved?"), most=SHORT, rows=3)
    space = _text(N_("Space: what has moved?"), most=SHORT, rows=3)
    participation = _text(N_("Participation: what has moved?"), most=SHORT, rows=3)
    investment = _text(N_("Investment: what has moved?"), most=SHORT, rows=3)
    learning = _text(N_("Learning and development: what has moved?"), most=SHORT, rows=3)
    read_back = fields.Boolean(
        load_default=False,
        metadata={
            "label": N_("People who live there have heard this read back"),
            "hint": N_("And what they wanted changed has been changed."),
        },
    )


def show(scope: Scope, _request: RequestFacts, cohort: UUID) -> Page:
    """The profile, for everybody in the cohort."""
    read = read_cohort(scope, cohort)
    profile = profile_of(scope, cohort)
    moved = [(THEMES[key], line, (profile.themes if profile else {}).get(key, ""))
             for key, (_, line) in zip(THEMES, THEME_LINES, strict=True)]  # fmt: skip
    values = {"cohort": read.facts, "profile": profile, "moved": moved, "may_write": read.mine, "care": read.care}
    return Page("corra_scotland/profile.html", values)


def edit(scope: Scope, _request: RequestFacts, cohort: UUID) -> Page:
    """The form, filled with what is there."""
    read, profile = read_cohort(scope, cohort), profile_of(scope, cohort)
    values = profile.answers() if profile else None
    return _form(read, Form.blank(ProfileSchema, values, profile.version if profile else None))


def save(scope: Scope, request: RequestFacts, cohort: UUID) -> Page | Redirect:
    """Keep the profile; a conflict shows both texts and keeps what was typed in the form."""
    read, form = read_cohort(scope, cohort), Form.read(ProfileSchema, request.form)
    if not form.ok:
        return _form(read, form, status=422)
    try:
        save_profile(scope, cohort, form.values, form.version)
    except Conflict as conflict:
        return _form(read, form.meet(conflict), status=409)
    return Redirect("x.corra-scotland.profile", {"cohort": cohort}, notice=msg("The community profile is saved."))


def _form(read: Reading[CohortFacts], form: Form, *, status: int = 200) -> Page:
    values = {"cohort": read.facts, "care": read.care, "form": form, "themes": tuple(THEMES)}
    return Page("corra_scotland/profile_form.html", values, status)


_STAFF = frozenset({"administrator", "facilitator"})
_ROOM = _STAFF | {"participant"}
_EDIT = "/cohorts/<uuid:cohort>/profile/edit"
ROUTES = (
    Route("/cohorts/<uuid:cohort>/profile", "profile", show, _ROOM),
    Route(_EDIT, "edit", edit, _STAFF),
    Route(_EDIT, "save", save, _STAFF, ("POST",)),
)
__all__ = ["ROUTES", "THEME_LINES", "Profile", "ProfileSchema"]
