"""Between what people send and what services take: cohorts, people one by one, and people from a list.

A list is read whole, judged row by row, shown, and stored only when somebody says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping, Sequence
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
from systems_changers.core.people.service import ERASED_HERE
from systems_changers.hooks.facts import Care, CohortType, care_of
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.languages import language
from systems_changers.infra.tables import RowError, guess_columns, open_table
from systems_changers.infra.text import Message, msg
from systems_changers.web.field_problems import field_problems, label_of
from systems_changers.web.forms import Form

MOST_ROWS = 500
MOST_UNPACKED = 20_000_000
Erased = Callable[[Collection[str]], Collection[str]]


def nobody_erased(_emails: Collection[str]) -> Collection[str]:
    """Where nobody can be asked who was erased."""
    return ()


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


# --- people from a list ---


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


def read_roster(
    table: bytes, mapping: Mapping[str, str] | None = None, name: str = "", erased: Erased = nobody_erased
) -> Roster:
    """Read a list with heads, a text or a workbook that messages call `name`; nothing is stored.

    `mapping` is field to head; without it heads are guessed. A cell that begins with = stays text. `erased` answers
    which of the addresses were erased here: their rows are errors.
    """
    heads, rows, errors = _rows(table, name)
    chosen = {name: head for name, head in (mapping or guess_columns(heads, COLUMNS)).items() if head in heads}
    entries: list[tuple[int, ParticipantEntry]] = []
    seen: dict[str, int] = {}
    if "name" not in chosen:
        errors.append(RowError(1, "", "no_name_column", msg("No column was found for the names. Choose one.")))
    for number, row in rows[:MOST_ROWS] if "name" in chosen else ():
        if any(cell.strip() for cell in row[len(heads) :]):
            errors.append(RowError(number, "", "too_many_cells", TOO_MANY_CELLS))
            continue
        found = _read_row(number, dict(zip(heads, row, strict=False)), chosen, seen)
        if isinstance(found, ParticipantEntry):
            entries.append((number, found))
        else:
            errors += found
    good, refused = _without_erased(entries, chosen, erased)
    errors += refused
    if len(rows) > MOST_ROWS:
        sentence = msg("A list may hold at most %(most)s people at a time.", most=MOST_ROWS)
        errors.append(RowError(rows[MOST_ROWS][0], "", "too_many_rows", sentence))
    return Roster(_kept_text(heads, rows), heads, chosen, tuple(good), tuple(errors), len(rows))


def _without_erased(
    entries: Sequence[tuple[int, ParticipantEntry]], chosen: Mapping[str, str], erased: Erased
) -> tuple[list[ParticipantEntry], list[RowError]]:
    """The entries that name nobody who was erased, as participant or as line manager, and an error for each other."""
    named = [(_lower(each.email), _lower(each.manager_email)) for _, each in entries]
    gone = frozenset(erased({email for emails in named for email in emails if email}))
    kept, errors = [], []
    for (number, entry), (email, manager) in zip(entries, named, strict=True):
        if gone.isdisjoint((email, manager)):
            kept.append(entry)
        else:
            column = chosen.get("email" if email in gone else "manager_email", "")
            errors.append(RowError(number, column, "erased", ERASED_HERE))
    return kept, errors


def _lower(email: str | None) -> str:
    return (email or "").strip().lower()


TOO_MANY_CELLS = msg("The row has more cells than the header: put text that holds a separator into quotes.")
Numbered = list[tuple[int, list[str]]]


def _rows(table: bytes, name: str) -> tuple[tuple[str, ...], Numbered, list[RowError]]:
    """The heads, the rows up to the first that can't be read, and what is said of that one."""
    heads: tuple[str, ...] = ()
    rows: Numbered = []
    try:
        with open_table(table, name, MOST_UNPACKED) as opened:
            heads = tuple(clean_text(each, lines=False) for each in opened.headers)
            rows.extend(opened.rows)
    except Invalid as error:
        cut = msg("From this row on the list cannot be read: a cell is far too long.")
        return heads, rows, [RowError(rows[-1][0] + 1 if rows else 1, "", error.code, error.message if name else cut)]
    return heads, rows, []


def _kept_text(heads: Sequence[str], rows: Numbered) -> str:
    """The list as the page carries it on to its next step, every row at its number."""
    text = io.StringIO()
    sheet, place = csv.writer(text, lineterminator="\n"), 1
    sheet.writerow(heads)
    for number, cells in rows[: MOST_ROWS + 1]:
        text.write("\n" * (number - place - 1))
        sheet.writerow(cells)
        place = number
    return text.getvalue()


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
    wrong: Mapping[str, Sequence[Message]] = field_problems(schema, raw, error)
    return [
        RowError(number, chosen.get(name, ""), "missing" if name not in raw else "invalid", sentence)
        for name, said in wrong.items()
        for sentence in said[:1]
    ]
