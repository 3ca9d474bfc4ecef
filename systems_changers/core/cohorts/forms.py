"""Between what people send and what services take: cohorts, people one by one, and people from a list.

A list is read whole, judged row by row, shown, and stored only when somebody says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Protocol

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from systems_changers.core.cohorts.queries import CohortView, InTheRoom
from systems_changers.core.cohorts.rules import CohortDetails, ParticipantEntry, Support
from systems_changers.core.cohorts.schemas import (
    COLUMNS,
    EXTRA,
    CohortSchema,
    ParticipantSchema,
    SupportSchema,
    cohort_schema,
)
from systems_changers.hooks.facts import Care, CohortType, care_of
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict
from systems_changers.infra.languages import language
from systems_changers.infra.text import Message, msg
from systems_changers.web.complaints import complaints, label_of
from systems_changers.web.forms import Form
from systems_changers.web.widgets import shown

MOST_ROWS = 500
MOST_BYTES = 1_000_000


class Cared(Protocol):
    """Something that knows its cohort's safeguarding lead."""

    @property
    def safeguarding_name(self) -> str | None: ...
    @property
    def safeguarding_contact(self) -> str | None: ...


def care_for(view: Cared) -> dict[str, Care]:
    """The page's `care`: the cohort's own safeguarding lead where it has one, else the page keeps the partner's."""
    care = care_of(view.safeguarding_name, view.safeguarding_contact)
    return {"care": care} if care else {}


def locale_choices(scope: Scope) -> dict[str, list[tuple[str, str]]]:
    """The partner's languages, each in its own words."""
    return {"locale": [(code, language(code).name) for code in scope.partner.locales]}


def new_cohort_form(scope: Scope, form: str, kind: CohortType | None) -> Form:
    """An empty form with the kind's defaults."""
    values = {
        "target_places": kind.target_places if kind else 12,
        "time_zone": scope.partner.time_zone,
        "locale": scope.partner.locales[0],
    }
    return Form.blank(cohort_schema(form, kind), values, choices=locale_choices(scope))


def cohort_form(scope: Scope, view: CohortView, kind: CohortType | None) -> Form:
    """The form of a cohort that exists."""
    line = {each: getattr(view.line, each, getattr(view, each, None)) for each in CohortSchema().fields}
    values = line | {f"{EXTRA}{key}": value for key, value in view.extra.items()}
    return Form.blank(cohort_schema(view.line.form, kind), values, view.version, locale_choices(scope))


def read_cohort(scope: Scope, data: MultiDict[str, str], form: str, kind: CohortType | None) -> Form:
    """What was sent, judged by the schema of its form and kind."""
    return Form.read(cohort_schema(form, kind), data, choices=locale_choices(scope))


def details_of(form: Form, cohort_form_: str, kind: CohortType | None) -> CohortDetails:
    """A cohort's details from a form that is `ok`."""
    known = {each.name for each in fields(CohortDetails)} - {"extra", "form", "type_key"}
    values = {name: value for name, value in form.values.items() if name in known}
    extra = {name.removeprefix(EXTRA): _kept(v) for name, v in form.values.items() if name.startswith(EXTRA)}
    return CohortDetails(**values, form=cohort_form_, type_key=kind.key if kind else None, extra=extra)


def _kept(value: Any) -> Any:
    """An answer to a kind's own question, as JSON keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def new_participant() -> Form:
    """An empty form for one person."""
    return Form.blank(ParticipantSchema)


def read_participant(data: MultiDict[str, str]) -> Form:
    """One person, as sent."""
    return Form.read(ParticipantSchema, data)


def entry_of(values: Mapping[str, Any]) -> ParticipantEntry:
    """A person to add, from loaded values."""
    known = {each.name for each in fields(ParticipantEntry)}
    return ParticipantEntry(**{name: value for name, value in values.items() if name in known})


def support_choices(view: CohortView) -> dict[str, list[tuple[str, str]]]:
    """Who can be a learning partner: facilitators and learning partners of the cohort."""
    people = {each.person_id: each.name for each in view.staff}
    return {"learning_partner_id": [("", "–"), *((str(id_), name) for id_, name in people.items())]}


def support_form(view: CohortView, person: InTheRoom, manager_email: str | None) -> Form:
    """Who stands behind this participant now."""
    values = {
        "question": person.question, "front_line_share": person.front_line_share,
        "learning_partner_id": person.learning_partner_id, "manager_name": person.manager,
        "manager_email": manager_email,
    }  # fmt: skip
    return Form.blank(SupportSchema, values, person.version, support_choices(view))


def read_support(view: CohortView, data: MultiDict[str, str]) -> Form:
    """The same, as sent."""
    return Form.read(SupportSchema, data, choices=support_choices(view))


def support_of(form: Form) -> Support:
    """The support, from a form that is `ok`."""
    return Support(**form.values)


def both_texts(form: Form, conflict: Conflict) -> list[tuple[str, str, str]]:
    """(field, mine, theirs) of the fields that the form and the conflict share; the form saves over theirs next."""
    form.version = conflict.version
    return [
        (name, _plain(conflict.mine[name]), _plain(conflict.theirs.get(name)))
        for name in form.fields
        if name in conflict.mine
    ]


def _plain(value: Any) -> str:
    return "–" if value in {None, ""} else str(shown(value))


# --- people from a list ---


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one cell: the row counts from 2, as a spreadsheet shows it below its heads."""

    row: int
    column: str
    code: str
    message: Message


@dataclass(frozen=True, slots=True)
class Roster:
    """A list as it was read: its columns, what they were taken for, the people in good rows, and the errors."""

    text: str
    heads: tuple[str, ...]
    mapping: Mapping[str, str]
    entries: tuple[ParticipantEntry, ...]
    errors: tuple[RowError, ...]
    rows: int

    @property
    def fields(self) -> list[tuple[str, Message]]:
        """Every field with its label, for the choice of columns."""
        return [(name, label_of(field, name)) for name, field in ParticipantSchema().fields.items()]


def roster_text(data: bytes) -> str:
    """A file's text: UTF-8, else the encoding that old spreadsheets write."""
    try:
        return data[:MOST_BYTES].decode("utf-8-sig")
    except UnicodeDecodeError:
        return data[:MOST_BYTES].decode("cp1252", "replace")


def guess_columns(heads: Iterable[str]) -> dict[str, str]:
    """Which column holds what, by its head; each column is taken once."""
    found: dict[str, str] = {}
    for head in heads:
        plain = " ".join(head.lower().replace("_", " ").split())
        for name, known in COLUMNS.items():
            if name not in found and plain in known:
                found[name] = head
                break
    return found


def read_roster(text: str, mapping: Mapping[str, str] | None = None) -> Roster:
    """Read a list with heads, separated by commas, semicolons or tabs; nothing is stored.

    `mapping` is field to head; without it heads are guessed. A cell that begins with = stays text.
    """
    lines = text[:MOST_BYTES].replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    rows, errors = _rows(lines)
    heads = tuple(clean_text(each, lines=False) for each in rows[0]) if rows else ()
    chosen = {name: head for name, head in (mapping or guess_columns(heads)).items() if head in heads}
    entries: list[ParticipantEntry] = []
    seen: dict[str, int] = {}
    if "name" not in chosen:
        errors.append(RowError(1, "", "no_name_column", msg("No column was found for the names. Choose one.")))
    body = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    for number, row in body[:MOST_ROWS] if "name" in chosen else ():
        found = _read_row(number, dict(zip(heads, row, strict=False)), chosen, seen)
        if isinstance(found, ParticipantEntry):
            entries.append(found)
        else:
            errors += found
    if len(body) > MOST_ROWS:
        sentence = msg("A list may hold at most %(most)s people at a time.", most=MOST_ROWS)
        errors.append(RowError(body[MOST_ROWS][0], "", "too_many_rows", sentence))
    return Roster(lines, heads, chosen, tuple(entries), tuple(errors), len(body))


def _rows(text: str) -> tuple[list[list[str]], list[RowError]]:
    """The rows up to the first that can't be read, and what is said of that one."""
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    except csv.Error:
        said = msg("From this row on the list cannot be read: a cell is far too long.")
        return rows, [RowError(len(rows) + 1, "", "unreadable", said)]
    return rows, []


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _read_row(
    number: int, cells: Mapping[str, str], chosen: Mapping[str, str], seen: dict[str, int]
) -> ParticipantEntry | list[RowError]:
    schema = ParticipantSchema()
    texts = {name: clean_text(cells.get(head, ""), lines=False) for name, head in chosen.items()}
    raw = {name: text for name, text in texts.items() if text}
    if "state" in raw:
        raw["state"] = raw["state"].lower()
    if "front_line_share" in raw:
        raw["front_line_share"] = raw["front_line_share"].rstrip("% ")
    try:
        values = schema.load(raw)
    except ValidationError as error:
        return _errors(number, chosen, schema, raw, error)
    email = (values.get("email") or "").lower()
    if email and email in seen:
        sentence = msg("The same address stands in row %(row)s.", row=seen[email])
        return [RowError(number, chosen["email"], "twice", sentence)]
    if email:
        seen[email] = number
    return entry_of(values)


def _errors(
    number: int, chosen: Mapping[str, str], schema: ParticipantSchema, raw: Mapping[str, Any], error: ValidationError
) -> list[RowError]:
    wrong: Mapping[str, Sequence[Message]] = complaints(schema, raw, error)
    return [
        RowError(number, chosen.get(name, ""), "missing" if name not in raw else "invalid", sentence)
        for name, said in wrong.items()
        for sentence in said[:1]
    ]
