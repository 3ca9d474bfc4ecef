"""Between what people send and what services take: a session, a plan of many, the register, a correction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from systems_changers.core.cohorts.queries import CohortView, PlanLine
from systems_changers.core.cohorts.rules import StepRefused
from systems_changers.core.partners.rules import time_zone_problem
from systems_changers.core.sessions.queries import BlockLine, Presence, SealedRecord, SessionView
from systems_changers.core.sessions.rules import (
    ATTENDANCE,
    CAME,
    DECIDERS,
    MODES,
    OUTCOMES,
    REASONS,
    AddedBlock,
    Correction,
    Delivery,
    Departure,
    FirstMeeting,
    PresenceEntry,
    RecordChanges,
    SessionDetails,
)
from systems_changers.core.sessions.schemas import (
    CorrectionSchema,
    NewSessionSchema,
    PlanSchema,
    WriteUpSchema,
)
from systems_changers.hooks.facts import CohortType
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid
from systems_changers.infra.text import Message, msg
from systems_changers.web.forms import Both, Form, Text, version_of

BLANK_ADDED = 1
MOST_ADDED = 10
HEAD_COUNT = "head_count"


# --- planning ---


def plan_form(view: CohortView, kind: CohortType | None, sessions: int) -> Form:
    """How sessions are planned, with the defaults of the cohort's kind and so many sessions."""
    longest = kind.longest_block_minutes if kind and kind.longest_block_minutes else None
    values = {
        "day": view.line.starts_on, "time": time(10), "sessions": sessions,
        "days_apart": 14, "longest": longest or (kind.session_minutes if kind else 360), "place": view.line.place,
    }  # fmt: skip
    return Form.blank(PlanSchema, values)


def read_plan(data: MultiDict[str, str]) -> Form:
    """The same, as sent."""
    return Form.read(PlanSchema, data)


def first_meeting(form: Form, zone: str) -> FirstMeeting:
    """The first meeting of a plan, from a form that is `ok`."""
    values = dict(form.values)
    return FirstMeeting(_moment(values.pop("day"), values.pop("time"), zone), **values)


def new_session_form(view: CohortView, plan: Sequence[PlanLine]) -> Form:
    """One more session; its modules are lines of the plan."""
    values = {"time_zone": view.time_zone, "place": view.line.place, "minutes": None}
    return Form.blank(NewSessionSchema, values, choices=_modules(plan))


def read_new_session(plan: Sequence[PlanLine], data: MultiDict[str, str]) -> Form:
    """The same, as sent."""
    return Form.read(NewSessionSchema, data, choices=_modules(plan))


def _modules(plan: Sequence[PlanLine], view: SessionView | None = None) -> dict[str, list[tuple[str, str]]]:
    """The plan's lines; beside them what the session is made from and the plan no longer holds."""
    lines = {str(line.id): f"{line.number}. {line.title}" for line in plan}
    return {"modules": list((lines if view is None else lines | _made_from(view)).items())}


def session_form(view: SessionView, plan: Sequence[PlanLine]) -> Form:
    """The form of a session that exists, in its own zone; its modules are lines of the plan."""
    line = view.line
    starts = line.starts_at.astimezone(ZoneInfo(line.time_zone)) if line.starts_at else None
    values = {
        "title": line.title, "kind": line.kind, "day": starts and starts.date(), "time": starts and starts.time(),
        "minutes": line.minutes, "place": line.place, "link": line.link, "bring": view.bring,
        "time_zone": line.time_zone, "modules": list(_made_from(view)),
    }  # fmt: skip
    return Form.blank(NewSessionSchema, values, view.version, _modules(plan, view))


def read_session(view: SessionView, plan: Sequence[PlanLine], data: MultiDict[str, str]) -> Form:
    """The same, as sent."""
    return Form.read(NewSessionSchema, data, choices=_modules(plan, view))


def _made_from(view: SessionView) -> dict[str, str]:
    """The modules that a session is made from, with their titles."""
    return {
        str(block.planned_module_id): f"{block.module_number}. {block.module_title}"
        for block in view.blocks
        if block.planned_module_id
    }


def details_of(form: Form, zone: str, was: datetime | None = None) -> SessionDetails:
    """A session's details, from a form that is `ok`; `zone` where it names none. Raises Invalid (time_zone, time).

    `was` is when it began so far: an hour that comes twice that day stays the one that it was.
    """
    values = {name: value for name, value in form.values.items() if name != "modules"}
    values["time_zone"] = values["time_zone"] or zone
    starts_at = _moment(values.pop("day"), values.pop("time"), values["time_zone"])
    if (
        was is not None
        and starts_at is not None
        and _shown(was, values["time_zone"]) == _shown(starts_at, values["time_zone"])
    ):
        starts_at = was
    return SessionDetails(**values, starts_at=starts_at)


def _shown(moment: datetime, zone: str) -> datetime:
    """The day and the minute that a form shows."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0, fold=0)


def _moment(day: date | None, at: time | None, zone: str) -> datetime | None:
    """A local day and hour as UTC; a day without an hour begins at ten. Raises Invalid (time_zone, time)."""
    if day is None:
        return None
    if (problem := time_zone_problem(zone)) is not None:
        raise Invalid(fields={"time_zone": [problem]})
    local = datetime.combine(day, at or time(10))
    moment = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise Invalid(
            fields={"time": [msg("The clocks go forward over this hour that day: choose one before or after.")]}
        )
    return moment


# --- the register ---


@dataclass(slots=True)
class RegisterForm:
    """The register and the blocks as the page shows them: what is stored, with what was typed over it."""

    people: list[Presence]
    blocks: list[BlockLine]
    added: list[AddedBlock] = field(default_factory=list)
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Sequence[Message]] = field(default_factory=dict)
    refusals: tuple[Any, ...] = ()
    both: tuple[Both, ...] = ()
    version: int | None = None

    def value(self, name: str, stored: object) -> object:
        """What a control holds."""
        return self.typed.get(name, stored)

    def fail(self, error: Invalid | Conflict | StepRefused) -> int:
        """Keep what stands against it; answers the page's status."""
        if isinstance(error, Invalid):
            self.wrong = error.fields or {"register": [error.message]}
            return 422
        if isinstance(error, Conflict):
            self.both, self.version = _both(self), error.version
        else:
            self.refusals = error.refusals
        return 409

    @property
    def errors(self) -> list[tuple[str, Message]]:
        """For the summary: where, and what."""
        return [(name, said) for name, all_said in self.wrong.items() for said in all_said]


def register_form(view: SessionView, people: list[Presence]) -> RegisterForm:
    """The register as it is stored."""
    planned = [block for block in view.blocks if block.outcome != "added"]
    added = [AddedBlock(b.title, b.minutes or 0, b.reason or "") for b in view.blocks if b.outcome == "added"]
    return RegisterForm(people, planned, [*added, AddedBlock("", 0, "")][:MOST_ADDED], version=view.version)


def typed_over(form: RegisterForm, data: MultiDict[str, str]) -> RegisterForm:
    """The same with what was sent, so that nothing typed is lost; `fill` marks everybody."""
    form.typed = {name: clean_text(value, lines=False) for name, value in data.items()}
    fill = data.get("fill")
    if fill:
        form.typed |= {f"here-{each.cohort_person_id}": fill for each in form.people if each.confirmed}
    form.version = version_of(data.get("version"))
    return form


def delivery_of(form: RegisterForm) -> Delivery:
    """What happened, from what was sent. Raises Invalid for minutes that are no number."""
    wrong: dict[str, list[Message]] = {}
    register = [_presence(form, person, wrong) for person in form.people if form.typed.get(_here(person))]
    departures = [_departure(form, block, wrong) for block in form.blocks if _departed(form, block)]
    added = [_added(form, place, wrong) for place in range(MOST_ADDED) if form.typed.get(f"added-{place}")]
    if wrong:
        raise Invalid(fields=wrong)
    return Delivery(tuple(register), tuple(departures), tuple(added))


def _both(form: RegisterForm) -> tuple[Both, ...]:
    """Every line that says one thing here and another where it was saved meanwhile."""
    lines = [
        Both(one.name, _said_of_person(form, one, typed=True), _said_of_person(form, one, typed=False))
        for one in form.people
    ]
    lines += [
        Both(one.title, _said_of_block(form, one, typed=True), _said_of_block(form, one, typed=False))
        for one in form.blocks
    ]
    typed = [form.typed.get(f"added-{place}", "") for place in range(MOST_ADDED)]
    mine = [(title, form.typed.get(f"added-why-{place}", "")) for place, title in enumerate(typed)]
    theirs = [(one.title, one.reason) for one in form.added]
    lines.append(
        Both(Message(OUTCOMES["added"]), *(_spoken(text for pair in each for text in pair) for each in (mine, theirs)))
    )
    return tuple(line for line in lines if line.mine != line.theirs)


def _said_of_person(form: RegisterForm, one: Presence, *, typed: bool) -> tuple[Text, ...]:
    id_, said = one.cohort_person_id, form.typed if typed else {}
    state = said.get(_here(one), "expected" if typed else one.state)
    minutes = said.get(f"stayed-{id_}") if typed else one.minutes
    mode, reason = said.get(f"mode-{id_}", one.mode), said.get(f"reason-{id_}", "") if typed else one.reason or ""
    return _spoken(
        [
            Message(ATTENDANCE[state]) if state in ATTENDANCE else _UNSAID,
            msg("%(minutes)s min", minutes=str(minutes)) if minutes and state == "part" else "",
            Message(MODES[mode]) if mode in MODES and mode != "room" else "",
            Message(REASONS[reason]) if reason in REASONS and state not in CAME else "",
        ]
    )


def _said_of_block(form: RegisterForm, one: BlockLine, *, typed: bool) -> tuple[Text, ...]:
    outcome = form.typed.get(f"block-{one.id}", "as_planned") if typed else one.outcome
    if outcome == "as_planned":
        return (Message(OUTCOMES[outcome]),)
    minutes = form.typed.get(f"minutes-{one.id}") if typed else one.minutes
    reason = form.typed.get(f"why-{one.id}", "") if typed else one.reason
    length = msg("%(minutes)s min", minutes=str(minutes)) if minutes and outcome != "skipped" else ""
    return _spoken([Message(OUTCOMES.get(outcome, outcome)), reason, length])


def _spoken(texts: Iterable[Text | None]) -> tuple[Text, ...]:
    return tuple(text for text in texts if text) or (_UNSAID,)


_UNSAID = msg("Not said")


def _here(person: Presence) -> str:
    return f"here-{person.cohort_person_id}"


def _departed(form: RegisterForm, block: BlockLine) -> bool:
    return form.typed.get(f"block-{block.id}", "as_planned") != "as_planned"


def _presence(form: RegisterForm, person: Presence, wrong: dict[str, list[Message]]) -> PresenceEntry:
    id_, state = person.cohort_person_id, form.typed[_here(person)]
    minutes = person.minutes if state == person.state else None
    if state == "part" and f"stayed-{id_}" in form.typed:
        minutes = _whole(form, f"stayed-{id_}", wrong)
    mode = form.typed.get(f"mode-{id_}") or person.mode
    return PresenceEntry(id_, state, minutes, mode, form.typed.get(f"reason-{id_}") or None)


def _departure(form: RegisterForm, block: BlockLine, wrong: dict[str, list[Message]]) -> Departure:
    typed = form.typed
    return Departure(
        block.id, typed[f"block-{block.id}"], typed.get(f"why-{block.id}", ""),
        _whole(form, f"minutes-{block.id}", wrong), typed.get(f"when-{block.id}", "reactive") != "proactive",
        typed.get(f"who-{block.id}") or "facilitator", typed.get(f"effect-{block.id}") or None,
    )  # fmt: skip


def _added(form: RegisterForm, place: int, wrong: dict[str, list[Message]]) -> AddedBlock:
    minutes = _whole(form, f"added-minutes-{place}", wrong) or 0
    return AddedBlock(form.typed[f"added-{place}"], minutes, form.typed.get(f"added-why-{place}", ""))


MOST_DIGITS = 4
"""Of a length in minutes: four are a week."""


def _whole(form: RegisterForm, name: str, wrong: dict[str, list[Message]]) -> int | None:
    text = form.typed.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > MOST_DIGITS:
        wrong[name] = [msg("Give the length in minutes.")]
        return None
    return int(text)


WORDS = {"outcomes": {key: label for key, label in OUTCOMES.items() if key != "added"}, "deciders": DECIDERS}


# --- writing up and correcting ---


def write_up_form(view: SessionView) -> Form:
    """The notes."""
    return Form.blank(WriteUpSchema, {"notes": view.notes}, view.version)


def read_write_up(data: MultiDict[str, str]) -> Form:
    """The same, as sent."""
    return Form.read(WriteUpSchema, data)


def correction_form(record: SealedRecord, view: SessionView, people: Sequence[Presence]) -> Form:
    """What can be put right: the head count, each block as the record has it, and who was there."""
    return Form.blank(CorrectionSchema, None, view.version, _correctable(record, view.blocks, people))


def read_correction(
    record: SealedRecord, view: SessionView, people: Sequence[Presence], data: MultiDict[str, str]
) -> Form:
    """The same, as sent."""
    return Form.read(CorrectionSchema, data, choices=_correctable(record, view.blocks, people))


def _correctable(
    record: SealedRecord, blocks: Sequence[BlockLine], people: Sequence[Presence]
) -> dict[str, list[tuple[str, str | Message]]]:
    titles = {block.block_key: block.title for block in blocks}
    what: list[tuple[str, str | Message]] = [("", "–"), (HEAD_COUNT, msg("The head count"))]
    what += [(str(place), titles.get(b["key"], b["key"])) for place, b in enumerate(record.content["blocks"])]
    what += [(str(person.cohort_person_id), person.name) for person in people]
    return {"what": what, "outcome": _or_none(OUTCOMES), "presence": _or_none(ATTENDANCE)}


def _or_none(words: Mapping[str, str]) -> list[tuple[str, str | Message]]:
    return [("", "–"), *((key, Message(text)) for key, text in words.items())]


def correction_of(form: Form, people: Sequence[Presence]) -> Correction:
    """The correction, from a form that is `ok`."""
    return Correction(_changes_of(form), form.values["why"], form.version or 0, _register_change_of(form, people))


def _changes_of(form: Form) -> RecordChanges:
    values = form.values
    if values["what"] == HEAD_COUNT:
        return RecordChanges(values["head_count"])
    if not values["what"].isdecimal():
        return RecordChanges()
    changed = {name: values[name] for name in ("outcome", "minutes") if values[name] is not None}
    return RecordChanges(blocks={int(values["what"]): changed} if changed else {})


def _register_change_of(form: Form, people: Sequence[Presence]) -> tuple[PresenceEntry, ...]:
    """The line of the register that the correction is about; none where it would stay as it is."""
    state = form.values["presence"]
    return tuple(
        PresenceEntry(one.cohort_person_id, state, one.minutes if state == "part" else None, one.mode, one.reason)
        for one in people
        if str(one.cohort_person_id) == form.values["what"] and state not in {None, one.state}
    )
