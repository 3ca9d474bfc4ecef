"""Sealing: by write-up or by time, what a record holds, what it refuses, and corrections."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.queries import plan_of
from systems_changers.core.cohorts.rules import StepRefused
from systems_changers.core.curriculum.rules import content_hash
from systems_changers.core.people.models import Person
from systems_changers.core.sessions import service
from systems_changers.core.sessions.models import CohortSession, RecordCorrection, SessionRecord
from systems_changers.core.sessions.queries import (
    session_row,
)
from systems_changers.core.sessions.rules import (
    Correction,
    Delivery,
    Departure,
    PresenceEntry,
    RecordChanges,
    SessionDetails,
)
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from tests.core.programme import NOW
from tests.core.running import Ground


def test_the_seal_holds_hashes_outcomes_and_minutes_and_no_person(running: Ground) -> None:
    running.deliver(Departure(running.block(0).id, "skipped", "Morag was ill."), aileen="absent")
    running.write_up("Aileen brings the map.")
    record = running.record()
    assert record.hash == content_hash(record.content)
    assert record.holds
    assert record.content["head_count"] == 2
    plan = running.world.see(plan_of, running.cohort)
    assert record.content["modules"][0]["hash"] == plan[0].hash
    assert record.content["blocks"][0]["outcome"] == "skipped"
    text = str(record.content)
    for word in (*running.world.people, *(str(id_) for id_ in running.world.people.values()), "Morag was", "brings"):
        assert word not in text
    assert not [part for part in running.parts.values() if str(part) in text]
    view = running.view()
    assert (view.line.state, view.notes, view.written_up_at) == ("written_up", "Aileen brings the map.", NOW)
    assert running.world.events()[-1] == "session.written_up.v1"


def test_the_seal_is_stable(running: Ground) -> None:
    running.deliver()
    running.write_up()
    before = running.record()
    with running.world.scope(write=True) as scope:
        person = scope.db.get_one(Person, (running.world.partner.id, running.world.people["aileen"]))
        person.name = "Somebody else"
    plan = running.world.see(plan_of, running.cohort)
    running.world.do(cohorts.swap_module, running.cohort, plan[0].id, "canonical", plan[0].hash)
    assert (running.record().hash, running.record().content) == (before.hash, before.content)


def test_nothing_of_a_sealed_session_can_be_edited(running: Ground) -> None:
    running.deliver()
    running.write_up()
    version = running.view().version
    for call, args in (
        (service.deliver, (Delivery(running.register()), version)),
        (service.save_draft, (Delivery(running.register()), version)),
        (service.change_session, (SessionDetails("New"), version)),
        (service.renew_blocks, ()), (service.reopen, ()), (service.cancel, ()), (service.confirm, ()),
        (service.write_up, ("again", version)),
    ):  # fmt: skip
        with pytest.raises(Refused):
            running.world.do(call, running.session, *args)
    assert running.view().version == version


def test_writing_up_needs_a_delivered_session_and_the_version_seen(running: Ground) -> None:
    with pytest.raises(StepRefused):
        running.write_up()
    running.deliver()
    with pytest.raises(Conflict):
        running.world.do(service.write_up, running.session, "x", running.view().version - 1)


def correct(
    running: Ground, changes: RecordChanges, why: str, register: tuple[PresenceEntry, ...] = ()
) -> RecordCorrection:
    said = Correction(changes, why, running.view().version, register)
    made: RecordCorrection = running.world.do(service.correct_record, running.session, said)
    return made


def test_a_correction_made_from_a_stale_view_is_refused_and_both_are_told(running: Ground) -> None:
    running.deliver()
    running.write_up()
    seen = running.view().version
    skipped = RecordChanges(blocks={0: {"outcome": "skipped", "minutes": 0}})
    running.world.do(service.correct_record, running.session, Correction(skipped, "The bus.", seen))
    with pytest.raises(Conflict) as met:
        running.world.do(service.correct_record, running.session, Correction(RecordChanges(2), "Counted.", seen))
    asked = ("what", "head_count", "outcome", "why")
    assert [met.value.mine[name] for name in asked] == ["head_count", 2, None, "Counted."]
    assert [met.value.theirs[name] for name in asked] == ["0", None, "skipped", "The bus."]
    assert met.value.version == running.view().version == seen + 1
    assert len(running.record().corrections) == 1


def test_of_two_corrections_at_the_same_moment_one_is_appended(running: Ground, database_kind: str) -> None:
    if database_kind == "sqlite":
        pytest.skip("a write scope is alone there from its first statement")
    running.deliver()
    running.write_up()
    seen = running.view().version
    with running.world.scope(write=True) as late:
        row = session_row(late, running.session)  # held, so that it isn't read anew
        assert row.version == seen
        running.world.do(service.correct_record, running.session, Correction(RecordChanges(2), "First.", seen))
        with pytest.raises(StaleDataError):
            service.correct_record(late, running.session, Correction(RecordChanges(4), "Second.", seen))
        late.db.rollback()
        del row
    assert [why for _, why, _, _ in running.record().corrections] == ["First."]


def test_corrections_append_show_and_hold(running: Ground) -> None:
    running.deliver()
    sealed = running.write_up()
    changes = RecordChanges(blocks={0: {"outcome": "skipped", "minutes": 0, "effect": "changes"}})
    first = correct(running, changes, "We forgot the bus.")
    second = correct(running, RecordChanges(), "Aileen was not there.", running.register(aileen="absent"))
    assert (first.number, first.follows, second.number, second.follows) == (1, sealed.hash, 2, first.hash)
    record = running.record()
    assert record.holds
    assert (record.content["head_count"], record.corrected["head_count"]) == (3, 2)
    assert (record.content["blocks"][0]["outcome"], record.corrected["blocks"][0]["outcome"]) == (
        "as_planned",
        "skipped",
    )
    assert [(number, why) for number, why, _, _ in record.corrections] == [
        (1, "We forgot the bus."), (2, "Aileen was not there."),
    ]  # fmt: skip
    assert running.view().line.head_count == 2
    with running.world.scope(write=True) as scope:
        row = scope.db.scalar(sa.select(SessionRecord).where(SessionRecord.session_id == running.session))
        assert row is not None
        row.content = row.content | {"head_count": 99}
    assert not running.record().holds


def test_what_figures_read_follows_a_correction_and_the_seal_does_not(running: Ground) -> None:
    block = next(each for each in running.view().blocks if each.keeps)
    place = block.position - 1
    running.deliver()
    running.write_up()
    wrong = RecordChanges(blocks={place: {"outcome": "skipped"}})
    correct(running, wrong, "It was left out.")
    gone = running.block(place)
    assert (gone.outcome, gone.minutes, gone.effect, gone.adaptation["nature"]) == ("skipped", 0, "changes", "removing")
    told = running.record().corrected["blocks"][place]
    assert (told["outcome"], told["minutes"], told["effect"]) == ("skipped", 0, "changes")
    shorter = RecordChanges(blocks={place: {"outcome": "shortened", "minutes": 7, "effect": "unclear"}})
    correct(running, shorter, "It was short.")
    assert (running.block(place).minutes, running.block(place).effect) == (7, "unclear")
    back = RecordChanges(blocks={place: {"outcome": "as_planned"}})
    correct(running, back, "It was there after all.")
    again, record = running.block(place), running.record()
    assert (again.outcome, again.minutes, again.effect, again.adaptation) == (
        "as_planned", block.planned_minutes, None, {},
    )  # fmt: skip
    assert record.holds
    assert record.content["blocks"][place]["outcome"] == "as_planned"
    assert len(record.corrections) == 3


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (RecordChanges(2), " "), (RecordChanges(), "Nothing"), (RecordChanges(-1), "x"),
        (RecordChanges(blocks={99: {"outcome": "skipped"}}), "x"),
        (RecordChanges(blocks={0: {"outcome": "lost"}}), "x"),
        (RecordChanges(blocks={0: {"key": "other"}}), "x"), (RecordChanges(blocks={0: {"minutes": -5}}), "x"),
    ],
)  # fmt: skip
def test_corrections_that_say_nothing_or_nonsense_are_refused(
    running: Ground, changes: RecordChanges, why: str
) -> None:
    running.deliver()
    running.write_up()
    with pytest.raises(Invalid):
        correct(running, changes, why)


def test_there_is_nothing_to_correct_before_sealing(running: Ground) -> None:
    with pytest.raises(NotFound):
        correct(running, RecordChanges(1), "x")


# --- by time ---


def test_two_reminders_then_the_seal_and_it_says_so(running: Ground) -> None:
    running.deliver()
    done = []
    for days in (4, 1, 5, 4):
        running.world.later(days=days)
        done.append(running.world.do(service.remind_and_seal))
    assert done == [(0, 0), (1, 0), (1, 0), (0, 1)]
    record = running.record()
    assert (record.sealed_by, record.holds) == ("time", True)
    mails = running.world.mails()
    assert [(name, address) for name, address, _ in mails] == [
        ("sessions/mail/write_up_reminder", "morag@portlaggan.example"),
        ("sessions/mail/write_up_reminder", "morag@portlaggan.example"),
        ("sessions/mail/sealed_by_time", "morag@portlaggan.example"),
    ]
    assert [values["last"] for _, _, values in mails] == [False, True, True]
    assert running.world.do(service.remind_and_seal) == (0, 0)
    assert session_is(running, "written_up")


def test_a_gate_keeps_time_from_sealing(running: Ground) -> None:
    running.deliver()
    for days in (5, 5):
        running.world.later(days=days)
        running.world.do(service.remind_and_seal)
    running.world.offers.against = {"written_up": "Not yet."}
    running.world.later(days=4)
    assert running.world.do(service.remind_and_seal) == (0, 0)
    assert session_is(running, "delivered")


def session_is(running: Ground, state: str) -> bool:
    row: CohortSession = running.world.see(session_row, running.session)
    return row.state == state
