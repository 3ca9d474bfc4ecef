"""What may be said of a cohort and its people: one schema drives the form, the list from a file and the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, missing, validate

from systems_changers.core.cohorts.rules import PERSON_STATES
from systems_changers.hooks.facts import CohortType, FieldSpec
from systems_changers.infra.text import N_

EXTRA = "extra_"
LONGEST_EXTRA, LONGEST_LINE = 4000, 200
DAYS = validate.Range(date(1900, 1, 1), date(2100, 12, 31))


def words(label: str, most: int, *, hint: str = "", required: bool = False, **metadata: Any) -> fields.String:
    """A text field; an empty answer to one that isn't required is None."""
    return fields.String(
        required=required,
        allow_none=not required,
        load_default=missing if required else None,
        validate=validate.Length(1 if required else 0, most),
        metadata={"label": label, "hint": hint, **metadata},
    )


class CohortSchema(Schema):
    """A cohort as it is made or changed."""

    name = words(N_("Name"), 160, required=True, hint=N_("What you call it among yourselves, such as Portlaggan 2026."))
    local_name = words(N_("Local name"), 160, hint=N_("What people there call it. It stands on the cohort's pages."))
    local_mark = words(N_("Local mark"), 12, hint=N_("Two or three letters that stand for a logo."))
    co_host = words(N_("Co-host"), 160, hint=N_("An organisation that runs it with you."))
    place = words(N_("Place"), 160)
    host_organisation = words(N_("Organisation"), 160)
    purpose = words(N_("What is it for?"), 4000, rows=3)
    criteria = words(N_("Who is it for?"), 4000, rows=3, hint=N_("How you choose who takes part."))
    target_places = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(1, 500), metadata={"label": N_("Places")}
    )
    starts_on = fields.Date(allow_none=True, load_default=None, validate=DAYS, metadata={"label": N_("First day")})
    ends_on = fields.Date(allow_none=True, load_default=None, validate=DAYS, metadata={"label": N_("Last day")})
    safeguarding_name = words(N_("Who looks after safeguarding?"), 120, short=N_("Safeguarding lead"))
    safeguarding_contact = words(
        N_("How can people reach them?"), 200, hint=N_("An e-mail address or a phone number."), short=N_("Contact")
    )
    time_zone = words(N_("Time zone"), 60, hint=N_("Such as Europe/London."))
    locale = words(N_("Language of the cohort"), 40)
    rehearsal = fields.Boolean(
        load_default=False,
        metadata={"label": N_("This is a rehearsal"), "hint": N_("It never counts in any figure.")},
    )


def cohort_schema(form: str, kind: CohortType | None) -> type[Schema]:
    """The schema for one form and kind of cohort: without what doesn't apply, with the kind's own questions."""
    form = kind.form if kind else form
    left_out = {"place": "host_organisation", "organisation": "place"}.get(form)
    local = {"local_name", "local_mark", "co_host"} if kind is not None and not kind.local_brand else set()
    own = {f"{EXTRA}{spec.key}": extra_field(spec) for spec in (kind.fields if kind else ())}
    base = CohortSchema().fields
    shown = {name: field for name, field in base.items() if name != left_out and name not in local}
    last = {name: shown.pop(name) for name in ("time_zone", "locale", "rehearsal")}
    return Schema.from_dict({**shown, **own, **last}, name="CohortFormSchema")


def extra_field(spec: FieldSpec) -> fields.Field[Any]:
    """A plugin's own question as a schema's field."""
    metadata: dict[str, Any] = {"label": spec.label, "hint": spec.hint}
    common: dict[str, Any] = {"required": spec.required, "metadata": metadata}
    if not spec.required:
        common |= {"allow_none": True, "load_default": None}
    if spec.kind == "number":
        return fields.Integer(**common)
    if spec.kind == "date":
        return fields.Date(validate=DAYS, **common)
    if spec.kind == "yes_no":
        return fields.Boolean(load_default=False, metadata=metadata)
    if spec.kind == "choice":
        values = [choice.value for choice in spec.choices]
        labels = [choice.label for choice in spec.choices]
        return fields.String(validate=validate.OneOf(values, labels), **common)
    if spec.kind == "long_text":
        return fields.String(validate=validate.Length(0, LONGEST_EXTRA), **common)
    return fields.String(validate=validate.Length(0, LONGEST_LINE), **common)


def share_field() -> fields.Integer:
    """How much of somebody's paid time is with people."""
    label = N_("Share of paid time in direct contact with people, in per cent")
    metadata = {"label": label, "short": N_("Front-line share")}
    return fields.Integer(allow_none=True, load_default=None, validate=validate.Range(0, 100), metadata=metadata)


def manager_field() -> fields.Email:
    """Where a line manager is found, or invited."""
    metadata = {"label": N_("Line manager's e-mail address"), "autocomplete": "off"}
    return fields.Email(allow_none=True, load_default=None, metadata=metadata)


class ParticipantSchema(Schema):
    """Somebody to add: the same in the form and in a list."""

    class Meta:
        unknown = EXCLUDE

    name = words(N_("Name"), 120, required=True, autocomplete="off")
    email = fields.Email(
        allow_none=True,
        load_default=None,
        metadata={"label": N_("E-mail address"), "hint": N_("Needed to invite them."), "autocomplete": "off"},
    )
    phone = words(N_("Phone"), 40)
    job = words(N_("Job or role"), 120)
    organisation = words(N_("Organisation"), 120)
    team = words(N_("Team"), 120)
    front_line_share = share_field()
    question = words(N_("The question they bring"), 2000, rows=2, short=N_("Question"))
    access_needs = words(N_("What would make it easy to take part?"), 2000, rows=2, short=N_("Access needs"))
    manager_name = words(N_("Line manager's name"), 120)
    manager_email = manager_field()
    state = fields.String(
        load_default="invited",
        validate=validate.OneOf(["invited", "confirmed"], [PERSON_STATES["invited"], PERSON_STATES["confirmed"]]),
        metadata={"label": N_("Their place is"), "widget": "radios"},
    )


class SupportSchema(Schema):
    """Who stands behind a participant."""

    question = words(N_("The question they bring"), 2000, rows=3)
    front_line_share = share_field()
    learning_partner_id = fields.UUID(
        allow_none=True, load_default=None, metadata={"label": N_("Learning partner"), "widget": "select"}
    )
    manager_name = words(N_("Line manager's name"), 120)
    manager_email = manager_field()


class CohortItemSchema(Schema):
    """A cohort as the API answers it; a line manager gets its name and dates only, the rest is empty."""

    id = fields.UUID()
    name = fields.String()
    local_name = fields.String(allow_none=True)
    state = fields.String()
    form = fields.String()
    type_key = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    host_organisation = fields.String(allow_none=True)
    co_host = fields.String(allow_none=True)
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    target_places = fields.Integer(allow_none=True)
    people = fields.Integer()
    head_count = fields.Integer(allow_none=True)


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "full name", "participant", "person"),
    "email": ("email", "e mail", "email address", "e mail address", "mail"),
    "phone": ("phone", "telephone", "mobile", "tel"),
    "job": ("job", "role", "job title", "post", "position"),
    "organisation": ("organisation", "organization", "employer", "agency", "org", "company"),
    "team": ("team", "department", "service", "unit"),
    "front_line_share": ("front line share", "front line", "direct contact", "frontline"),
    "question": ("question", "live question", "their question"),
    "access_needs": ("access needs", "access", "needs", "requirements"),
    "manager_name": ("manager", "line manager", "manager name", "line manager name", "supervisor"),
    "manager_email": ("manager email", "manager e mail", "line manager email", "line manager e mail"),
    "state": ("state", "status"),
}
