"""Plans a cohort's sessions in the demo and holds those that have been: register, departures, sealed record."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.curriculum.rules import content_hash
from systems_changers.core.home.service.demo_ground import Ground
from systems_changers.core.home.service.demo_story import CohortStory, Missed, Turn
from systems_changers.core.operations.service import record
from systems_changers.core.sessions import service as sessions
from systems_changers.core.sessions.models import Attendance, CohortSession, SessionBlock, SessionRecord
from systems_changers.core.sessions.rules import (
    AddedBlock,
    Correction,
    Departure,
    RecordChanges,
    adaptation,
    minutes_delivered,
)
from systems_changers.core.sessions.service.sealing import sealed_content

SEALS_ITSELF = timedelta(days=14)


class Meeting:
    """The sessions of one cohort."""

    def __init__(self, ground: Ground, cohort: Cohort, story: CohortStory, parts: dict[str, CohortPerson]) -> None:
        self.ground, self.cohort, self.story, self.parts = ground, cohort, story, parts
        self.missed = {one.key: Missed.said(one.away) for one in story.people}
        self.acting = ground.by(story.facilitators[0])

    def hold(self, starts_at: datetime) -> list[CohortSession]:
        """Plan all of them, and deliver and seal those that have been; answers them in order."""
        story = self.story
        self.ground.clock.go(starts_at - timedelta(days=21))
        first = sessions.FirstMeeting(
            starts_at, story.sessions, story.apart, story.longest, story.minutes, story.room or None
        )
        made = sessions.plan_sessions(self.acting, self.cohort.id, first)
        blocks = self._blocks()
        last = story.last_seen if story.last_seen is not None else len(made)
        for session in made:
            if story.bring.get(session.number):
                session.extra = {**session.extra, "bring": story.bring[session.number]}
            if session.number <= last:
                self._deliver(session, blocks[session.number])
            elif session.number == last + 1:
                session.state = "confirmed"
        self.ground.scope.db.flush()
        for session in made:
            if session.number <= last and session.number != story.unwritten:
                self._write_up(session)
        self._correct(made)
        return made

    def _blocks(self) -> dict[int, list[SessionBlock]]:
        found = (
            sa.select(CohortSession.number, SessionBlock)
            .join(SessionBlock, SessionBlock.session_id == CohortSession.id)
            .where(CohortSession.cohort_id == self.cohort.id)
            .order_by(CohortSession.number, SessionBlock.position)
        )
        by_number: dict[int, list[SessionBlock]] = {}
        for number, block in self.ground.scope.db.execute(found):
            by_number.setdefault(number, []).append(block)
        return by_number

    def _deliver(self, session: CohortSession, blocks: list[SessionBlock]) -> None:
        if session.starts_at is None:
            raise LookupError(session.title)
        delivered = session.starts_at + timedelta(minutes=session.minutes + 60)
        self.ground.clock.go(delivered)
        turns = {turn.block: turn for turn in self.story.turns if turn.session == session.number}
        unknown = turns.keys() - {block.block_key for block in blocks}
        if unknown:
            raise LookupError(f"{self.story.key}, session {session.number} has no block {sorted(unknown)}")
        for block in blocks:
            self._turn(block, turns.get(block.block_key))
        self._add(session, len(blocks))
        session.head_count = self._register(session)
        session.state, session.delivered_at = "delivered", delivered
        record(self.acting, "session.delivered", kind="session", id=session.id, changed=["state"])

    def _turn(self, block: SessionBlock, turn: Turn | None) -> None:
        if turn is None:
            block.minutes = block.planned_minutes
            return
        said = Departure(block.id, turn.outcome, turn.why, turn.minutes, turn.reactive, turn.decided_by, turn.effect)
        block.outcome, block.reason = turn.outcome, turn.why
        block.adaptation = adaptation(said, block.keeps, block.tier)
        block.effect = block.adaptation["effect"]
        block.minutes = minutes_delivered(turn.outcome, block.planned_minutes, turn.minutes)

    def _add(self, session: CohortSession, after: int) -> None:
        added = [AddedBlock(*each[1:]) for each in self.story.added if each[0] == session.number]
        for place, each in enumerate(added, 1):
            said = Departure(session.id, "added", each.reason)
            row = SessionBlock(
                session_id=session.id, position=after + place, block_key=f"added-{place}", title=each.title,
                tier="free", keeps=[], planned_minutes=0, outcome="added", minutes=each.minutes,
                reason=each.reason, effect="keeps", adaptation=adaptation(said, [], "free"),
            )  # fmt: skip
            self.ground.scope.db.add(row)

    def _register(self, session: CohortSession) -> int:
        came, number = 0, session.number
        for key, part in self.parts.items():
            missed = self.missed[key]
            if missed.left_after is not None and number > missed.left_after:
                continue
            row = Attendance(session_id=session.id, cohort_person_id=part.id, state="present", mode="room")
            if number in missed.absent:
                row.state, row.reason = "absent", missed.absent[number]
            elif number in missed.excused:
                row.state, row.reason = "excused", missed.excused[number]
            elif number in missed.part:
                row.state, row.minutes = "part", missed.part[number]
            came += row.state in {"present", "part"}
            self.ground.scope.db.add(row)
        return came

    def _write_up(self, session: CohortSession) -> None:
        if session.delivered_at is None:
            raise LookupError(session.title)
        by_time = session.number in self.story.sealed_by_time
        self.ground.clock.go(session.delivered_at + (SEALS_ITSELF if by_time else timedelta(days=2, hours=3)))
        now = self.ground.clock.now()
        if self.story.correction and self.story.correction[0] == session.number:
            session.head_count = (session.head_count or 1) - 1
        session.state, session.written_up_at, session.reminders = "written_up", now, 2 if by_time else 0
        session.notes = self.story.notes.get(session.number)
        content = sealed_content(self.ground.scope, session)
        self.ground.scope.db.add(
            SessionRecord(
                session_id=session.id, hash=content_hash(content), content=content, sealed_at=now,
                sealed_by="time" if by_time else "facilitator",
            )
        )  # fmt: skip
        record(self.acting, "session.written_up", kind="session", id=session.id, changed=["state"])

    def _correct(self, made: list[CohortSession]) -> None:
        if self.story.correction is None:
            return
        number, why = self.story.correction
        session = made[number - 1]
        self.ground.scope.db.flush()
        self.ground.clock.go(self.ground.clock.now() + timedelta(days=1))
        changes = RecordChanges(head_count=(session.head_count or 0) + 1)
        sessions.correct_record(self.acting, session.id, Correction(changes, why, session.version))
