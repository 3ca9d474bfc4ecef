"""Seals what was delivered: by the facilitator's write-up, or by time after two reminders; then only appends.

A seal is canonical JSON and its hash. It never changes, so corrections are chained to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.cohorts.rules import StepRefused
from systems_changers.core.curriculum.rules import EFFECTS, HEAD, content_hash
from systems_changers.core.operations.service import record
from systems_changers.core.people.models import Person
from systems_changers.core.sessions.models import CohortSession, RecordCorrection, SessionBlock, SessionRecord
from systems_changers.core.sessions.queries import session_row
from systems_changers.core.sessions.rules import (
    OUTCOMES,
    RECORD_FORMAT,
    Correction,
    Departure,
    RecordChanges,
    adaptation,
    answers_of,
    correction_hash,
    due_step,
    likely_effect,
    minutes_delivered,
    minutes_problem,
)
from systems_changers.core.sessions.service.delivery import save_register
from systems_changers.core.sessions.service.steps import take_step
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.log import log
from systems_changers.infra.text import msg


def write_up(scope: Scope, session_id: UUID, notes: str | None, version: int) -> SessionRecord:
    """Write up a delivered session and seal its record; `notes` stay outside the seal.

    Raises Conflict, StepRefused. After the commit plugins hear session.written_up.v1.
    """
    session = session_row(scope, session_id)
    if session.version != version:
        raise Conflict(mine={"notes": notes}, theirs={"notes": session.notes}, version=session.version)
    session.notes = notes or None
    return _seal(scope, session, "facilitator")


def _seal(scope: Scope, session: CohortSession, by: str) -> SessionRecord:
    take_step(scope, session, "written_up")
    session.written_up_at = scope.clock.now()
    content = sealed_content(scope, session)
    sealed = SessionRecord(
        session_id=session.id, hash=content_hash(content), content=content, sealed_at=scope.clock.now(), sealed_by=by
    )
    scope.db.add(sealed)
    scope.db.flush()
    return sealed


def sealed_content(scope: Scope, session: CohortSession) -> dict[str, Any]:
    """What a record holds: hashes, outcomes, minutes, head count; no person, no free text. Two statements."""
    blocks = _blocks(scope, session)
    wanted = {block.planned_module_id for block in blocks if block.planned_module_id}
    modules = {row.id: row for row in scope.db.scalars(sa.select(PlannedModule).where(PlannedModule.id.in_(wanted)))}
    return {
        "format": RECORD_FORMAT,
        "session": str(session.id),
        "cohort": str(session.cohort_id),
        "number": session.number,
        "kind": session.kind,
        "starts_at": _moment(session.starts_at),
        "time_zone": session.time_zone,
        "delivered_at": _moment(session.delivered_at),
        "minutes": session.minutes,
        "head_count": session.head_count,
        "modules": [_module(row, blocks) for row in sorted(modules.values(), key=lambda row: (row.position, row.hash))],
        "blocks": [_block(block, modules) for block in blocks],
    }


def _blocks(scope: Scope, session: CohortSession) -> list[SessionBlock]:
    """In the record's order: a correction names a block by its place."""
    found = sa.select(SessionBlock).where(SessionBlock.session_id == session.id, SessionBlock.deleted_at.is_(None))
    return list(scope.db.scalars(found.order_by(SessionBlock.position, SessionBlock.id)))


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _module(row: PlannedModule, blocks: list[SessionBlock]) -> dict[str, Any]:
    keys = {block.block_key for block in blocks if block.planned_module_id == row.id}
    words = {
        locale: {key: digest for key, digest in hashes.items() if key in keys or key == HEAD}
        for locale, hashes in row.translations.items()
    }
    return {
        "origin": row.origin,
        "identity": row.identity,
        "hash": row.hash,
        "canonical_identity": row.canonical_identity,
        "canonical_hash": row.canonical_hash,
        "translations": {locale: hashes for locale, hashes in words.items() if hashes},
    }


def _block(block: SessionBlock, modules: dict[UUID, PlannedModule]) -> dict[str, Any]:
    module = modules.get(block.planned_module_id) if block.planned_module_id else None
    return {
        "key": block.block_key,
        "hash": block.block_hash,
        "module": module.hash if module else None,
        "tier": block.tier,
        "keeps": list(block.keeps),
        "outcome": block.outcome,
        "planned_minutes": block.planned_minutes,
        "minutes": block.minutes,
        "effect": block.effect,
        "adaptation": dict(block.adaptation),
    }


# --- corrections ---


def correct_record(scope: Scope, session_id: UUID, correction: Correction) -> RecordCorrection:
    """Append a correction, chained by hash to the record or the correction before it.

    The session's blocks and head count follow, since figures are counted from them; the sealed content stays. Raises
    NotFound before sealing, Conflict where another correction came in between, Invalid without a reason, for outcomes
    that don't exist, or where nothing would change.
    """
    session = session_row(scope, session_id)
    sealed = scope.db.scalar(sa.select(SessionRecord).where(SessionRecord.session_id == session.id))
    if sealed is None:
        raise NotFound
    last = _last_correction(scope, sealed)
    if session.version != correction.version:
        theirs = answers_of(last.content, last.why) if last else {}
        raise Conflict(mine=correction.answers(), theirs=theirs, version=session.version)
    changes, why = correction.changes, correction.why
    _check(changes, why, len(sealed.content["blocks"]))
    if changes.head_count is not None and changes.head_count == session.head_count:
        raise Invalid(fields={"head_count": [msg("The record says so already: nothing would change.")]})
    session.updated_at = scope.clock.now()  # counted as a change of the session, whatever is put right
    if correction.register:
        changes = RecordChanges(save_register(scope, session, correction.register), changes.blocks)
    if changes.blocks:
        blocks = _blocks(scope, session)
        right = {place: _put_right(blocks[place], values) for place, values in changes.blocks.items()}
        changes = RecordChanges(changes.head_count, right)
    content = changes.content()
    if not content:
        raise Invalid(msg("Say what is to be put right."), fields={"head_count": [msg("Say what is to be put right.")]})
    number, follows = (last.number + 1, last.hash) if last else (1, sealed.hash)
    made = RecordCorrection(
        record_id=sealed.id, number=number, follows=follows, hash=correction_hash(follows, number, content),
        content=content, why=why.strip(), made_at=scope.clock.now(),
    )  # fmt: skip
    scope.db.add(made)
    if changes.head_count is not None:
        session.head_count = changes.head_count
    record(scope, "session.corrected", kind="session", id=session.id, changed=content)
    scope.announce("session.corrected.v1", session_id=session.id, cohort_id=session.cohort_id)
    scope.db.flush()
    return made


def _last_correction(scope: Scope, sealed: SessionRecord) -> RecordCorrection | None:
    found = sa.select(RecordCorrection).where(RecordCorrection.record_id == sealed.id)
    return scope.db.scalar(found.order_by(RecordCorrection.number.desc()).limit(1))


def _put_right(block: SessionBlock, values: Mapping[str, Any]) -> dict[str, Any]:
    """Correct one block; answers what was said with what follows from it, so that the record's chain tells it too."""
    outcome, planned = values.get("outcome", block.outcome), block.adaptation.get("planned", "reactive")
    minutes, effect = values.get("minutes", block.minutes), values.get("effect", block.effect)
    if outcome != block.outcome:
        kept = None if block.outcome in {"as_planned", "skipped"} else block.minutes
        kept = kept if minutes_problem(outcome, block.planned_minutes, kept) is None else None
        minutes = minutes_delivered(outcome, block.planned_minutes, values.get("minutes", kept))
        effect = values.get("effect") or likely_effect(outcome, block.keeps)
    effect = None if outcome == "as_planned" else effect
    problem = minutes_problem(outcome, block.planned_minutes, minutes)
    if problem is not None:
        raise Invalid(fields={"minutes": [problem]})
    if (outcome, minutes, effect) == (block.outcome, block.minutes, block.effect):
        raise Invalid(fields={"what": [msg("The record says so already: nothing would change.")]})
    by = block.adaptation.get("decided_by", "facilitator")
    departure = Departure(block.id, outcome, reactive=planned == "reactive", decided_by=by, effect=effect)
    after = {"outcome": outcome, "minutes": minutes, "effect": effect}
    told = {name: value for name, value in after.items() if name in values or value != getattr(block, name)}
    block.outcome, block.minutes, block.effect = outcome, minutes, effect
    block.adaptation = adaptation(departure, block.keeps, block.tier)
    block.reason = None if outcome == "as_planned" else block.reason
    return told


def _check(changes: RecordChanges, why: str, blocks: int) -> None:
    if not why.strip():
        raise Invalid(fields={"why": [msg("Say in one sentence why.")]})
    for place, values in changes.blocks.items():
        minutes = values.get("minutes")
        fits = 0 <= place < blocks and set(values) <= {"outcome", "minutes", "effect"}
        fits = (
            fits
            and values.get("outcome", "as_planned") in OUTCOMES
            and values.get("effect", "keeps") in {None, *EFFECTS}
        )
        if not fits or (minutes is not None and (not isinstance(minutes, int) or minutes < 0)):
            raise Invalid(fields={f"block-{place}": [msg("Choose one of the answers.")]})
    if changes.head_count is not None and changes.head_count < 0:
        raise Invalid(fields={"head_count": [msg("Give a whole number from 0.")]})


# --- by time ---


def remind_and_seal(scope: Scope) -> tuple[int, int]:
    """For a timed job: remind facilitators 5 and 10 days after delivery, seal after 14; answers (reminded, sealed).

    Each seal and each reminder queues a mail to the cohort's facilitators. Where a plugin's check stands against it,
    the session stays open and the log says why.
    """
    found = sa.select(CohortSession).where(CohortSession.state == "delivered", CohortSession.deleted_at.is_(None))
    reminded = sealed = 0
    for session in scope.db.scalars(found.order_by(CohortSession.delivered_at)).all():
        if session.delivered_at is None:
            continue
        at = session.extra.get("reminded_at")
        step = due_step(
            session.delivered_at, session.reminders, datetime.fromisoformat(at) if at else None, scope.clock.now()
        )
        if step == "remind":
            _remind(scope, session)
            reminded += 1
        elif step == "seal":
            sealed += _seal_by_time(scope, session)
    scope.db.flush()
    return reminded, sealed


def _remind(scope: Scope, session: CohortSession) -> None:
    session.reminders += 1
    session.extra = {**session.extra, "reminded_at": scope.clock.now().isoformat()}
    record(scope, "session.reminded", kind="session", id=session.id, changed=["reminders"])
    _mail(scope, session, "sessions/mail/write_up_reminder")


def _seal_by_time(scope: Scope, session: CohortSession) -> bool:
    try:
        _seal(scope, session, "time")
    except StepRefused as refused:
        log.warning("not sealed by time", session=str(session.id), why=refused.code)
        return False
    _mail(scope, session, "sessions/mail/sealed_by_time")
    return True


def _mail(scope: Scope, session: CohortSession, template: str) -> None:
    cohort = scope.db.get_one(Cohort, (scope.partner.id, session.cohort_id))
    found = (
        sa.select(Person.name, Person.email, Person.locale)
        .join(CohortPerson, CohortPerson.person_id == Person.id)
        .where(
            CohortPerson.cohort_id == session.cohort_id, CohortPerson.part == "facilitator",
            CohortPerson.state != "left", CohortPerson.deleted_at.is_(None), Person.email.is_not(None),
        )
    )  # fmt: skip
    values = {
        "cohort": cohort.local_name or cohort.name,
        "session": session.title,
        "number": session.number,
        "last": session.reminders > 1,
        "link": scope.links("sessions.show", session_id=session.id),
    }
    for name, email, locale in scope.db.execute(found):
        scope.mail(template, email or "", locale or scope.partner.locales[0], {**values, "name": name})
