"""From the plan to the sealed record: sessions made, moved, delivered, written up, corrected, sealed by time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.queries import plan_of
from systems_changers.core.cohorts.rules import CohortDetails, StepRefused
from systems_changers.core.curriculum.queries import modules_on_offer
from systems_changers.core.curriculum.rules import content_hash
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people.models import Person
from systems_changers.core.sessions import service
from systems_changers.core.sessions.models import CohortSession, SessionRecord
from systems_changers.core.sessions.queries import (
    BlockLine,
    SealedRecord,
    SessionView,
    record_of,
    register_of,
    session_row,
    session_view,
    sessions_of,
)
from systems_changers.core.sessions.rules import (
    AddedBlock,
    Delivery,
    Departure,
    PresenceEntry,
    RecordChanges,
    SessionDetails,
)
from systems_changers.hooks.facts import VariantOffer
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from tests.core.programme import NOW, World

FIRST = service.FirstMeeting(NOW - timedelta(hours=3), sessions=9, days_apart=14, place="Village hall")


@dataclass
class Ground:
    """A running cohort of three whose first session was this morning."""

    world: World
    cohort: UUID
    session: UUID
    parts: dict[str, UUID]

    def view(self) -> SessionView:
        view: SessionView = self.world.see(session_view, self.session)
        return view

    def register(self, **states: str) -> tuple[PresenceEntry, ...]:
        return tuple(
            PresenceEntry(part, states.get(who, "present"), reason="cover" if who in states else None)
            for who, part in self.parts.items()
        )

    def deliver(self, *departures: Departure, **states: str) -> CohortSession:
        delivery = Delivery(self.register(**states), departures)
        row: CohortSession = self.world.do(service.deliver, self.session, delivery, self.view().version)
        return row

    def write_up(self, notes: str | None = None) -> SessionRecord:
        record: SessionRecord = self.world.do(service.write_up, self.session, notes, self.view().version)
        return record

    def record(self) -> SealedRecord:
        record: SealedRecord | None = self.world.see(record_of, self.session)
        assert record is not None
        return record

    def block(self, place: int) -> BlockLine:
        return self.view().blocks[place]


@pytest.fixture
def ground(world: World) -> Ground:
    cohort = world.do(cohorts.make_cohort, CohortDetails("Portlaggan", starts_on=date(2026, 3, 12)))
    world.do(cohorts.make_plan, cohort.id)
    parts = {who: world.join(cohort.id, who) for who in ("aileen", "calum", "priya")}
    rows = world.do(service.plan_sessions, cohort.id, FIRST)
    return Ground(world, cohort.id, rows[0].id, parts)


# --- planning ---


def test_fourteen_modules_become_nine_sessions_and_three_follow_ups(ground: Ground) -> None:
    lines = ground.world.see(sessions_of, ground.cohort)
    led = [line for line in lines if line.kind == "led"]
    assert len(led) == 9
    assert [line.number for line in lines] == list(range(1, 13))
    assert sum(line.minutes for line in led) == 2370
    assert led[1].starts_at - led[0].starts_at == timedelta(days=14)
    later = [line.starts_at.date() for line in lines if line.kind == "follow_up"]
    assert later == [date(2026, 10, 2), date(2027, 1, 2), date(2027, 7, 2)]
    with pytest.raises(Refused):
        ground.world.do(service.plan_sessions, ground.cohort, FIRST)


def test_sessions_keep_their_local_hour_when_the_clocks_change(ground: Ground) -> None:
    lines = ground.world.see(sessions_of, ground.cohort)
    assert {line.starts_at.astimezone(ZoneInfo("Europe/London")).hour for line in lines} == {7}
    assert {line.starts_at.hour for line in lines} == {6, 7}


def test_without_a_plan_there_is_nothing_to_spread(world: World) -> None:
    cohort = world.do(cohorts.make_cohort, CohortDetails("Bare"))
    with pytest.raises(Refused, match="modules"):
        world.do(service.plan_sessions, cohort.id, FIRST)


def test_a_session_of_chosen_modules_and_one_of_none(ground: Ground) -> None:
    plan = ground.world.see(plan_of, ground.cohort)
    made = ground.world.do(
        service.add_session, ground.cohort, SessionDetails("Extra", minutes=90, bring="Boots"), [plan[1].id]
    )
    view = ground.world.see(session_view, made.id)
    assert (view.line.number, view.bring, {b.module_title for b in view.blocks}) == (13, "Boots", {plan[1].title})
    bare = ground.world.do(service.add_session, ground.cohort, SessionDetails("Community day", "visit"))
    assert ground.world.see(session_view, bare.id).blocks == ()
    with pytest.raises(NotFound):
        ground.world.do(service.add_session, ground.cohort, SessionDetails("X"), [made.id])


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": ""}, "title"), ({"kind": "party"}, "kind"), ({"minutes": -1}, "minutes"),
     ({"link": "javascript:alert(1)"}, "link"), ({"time_zone": "Mars/Base"}, "time_zone")],
)  # fmt: skip
def test_bad_answers_name_the_field(ground: Ground, change: dict[str, object], field: str) -> None:
    details = replace(SessionDetails("Extra"), **change)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as caught:
        ground.world.do(service.add_session, ground.cohort, details)
    assert list(caught.value.fields) == [field]


def test_moving_a_confirmed_session_makes_it_moved_and_conflicts_keep_both(ground: Ground) -> None:
    before = ground.view()
    ground.world.do(service.confirm, ground.session)
    details = SessionDetails(
        before.line.title, starts_at=datetime(2026, 3, 20, 9, tzinfo=UTC), minutes=200, place="Church"
    )
    with pytest.raises(Conflict) as caught:
        ground.world.do(service.change_session, ground.session, details, before.version)
    assert (caught.value.mine["place"], caught.value.theirs["place"]) == ("Church", "Village hall")
    ground.world.do(service.change_session, ground.session, details, ground.view().version)
    assert (ground.view().line.state, ground.view().line.place) == ("moved", "Church")
    assert "session.moved.v1" in ground.world.events()
    with ground.world.scope() as scope:
        changed = scope.db.scalar(sa.select(AuditEvent.changed).where(AuditEvent.name == "session.changed"))
    assert changed == ["minutes", "place", "starts_at"]


def test_cancelling_can_be_taken_back(ground: Ground) -> None:
    assert ground.world.do(service.cancel, ground.session).state == "cancelled"
    assert ground.world.do(service.put_back, ground.session).state == "planned"


def test_a_swap_reaches_a_session_only_when_somebody_takes_it(ground: Ground) -> None:
    plan = ground.world.see(plan_of, ground.cohort)
    base = next(module for module in ground.world.see(modules_on_offer) if module.hash == plan[0].hash)
    gone = base.content["blocks"][-1]["key"]
    change = {"action": "drop", "block": gone, "why": "", "effect": "keeps"}
    offer = VariantOffer("corra:arrive", base.identity, base.hash, "1.0", "Ours", "", "en_GB", (change,))
    ground.world.offers.variants = [offer]
    variant = next(m for m in ground.world.see(modules_on_offer) if m.origin == "variant")
    ground.world.do(cohorts.swap_module, ground.cohort, plan[0].id, "variant", variant.hash)
    assert ground.view().stale_modules == [plan[0].title]
    assert (1, gone) in [(block.module_number, block.block_key) for block in ground.view().blocks]
    ground.world.do(service.renew_blocks, ground.session)
    assert ground.view().stale_modules == []
    blocks = [(block.module_number, block.block_key) for block in ground.view().blocks]
    assert (1, gone) not in blocks
    numbers = [number or 0 for number, _ in blocks]
    assert numbers == sorted(numbers)
    assert [block.position for block in ground.view().blocks] == list(range(1, len(blocks) + 1))
    ground.deliver()
    with pytest.raises(Refused):
        ground.world.do(service.renew_blocks, ground.session)


# --- register and delivery ---


def test_everyone_here_and_all_as_planned(ground: Ground) -> None:
    row = ground.deliver()
    assert (row.state, row.head_count, row.delivered_at) == ("delivered", 3, NOW)
    view = ground.view()
    assert {block.outcome for block in view.blocks} == {"as_planned"}
    assert all(block.minutes == block.planned_minutes and block.reason is None for block in view.blocks)
    assert [each.state for each in ground.world.see(register_of, view)] == ["present"] * 3
    assert ground.world.events()[-1] == "session.delivered.v1"


def test_exceptions_and_departures_are_written_and_nothing_else(ground: Ground) -> None:
    skipped, changed = ground.block(0), ground.block(1)
    ground.deliver(
        Departure(skipped.id, "skipped", "The bus was cancelled."),
        Departure(changed.id, "shortened", "We ran late.", minutes=10),
        aileen="absent", calum="part",
    )  # fmt: skip
    view = ground.view()
    first, second = view.blocks[:2]
    assert (first.outcome, first.minutes, first.reason) == ("skipped", 0, "The bus was cancelled.")
    assert (first.adaptation["nature"], first.effect) == ("removing", "changes" if skipped.keeps else "keeps")
    assert (second.outcome, second.minutes) == ("shortened", 10)
    assert {block.outcome for block in view.blocks[2:]} == {"as_planned"}
    register = {each.name: (each.state, each.reason) for each in ground.world.see(register_of, view)}
    assert register == {"Aileen": ("absent", "cover"), "Calum": ("part", None), "Priya": ("present", None)}
    assert view.line.head_count == 2


def test_nobody_may_be_forgotten_and_every_departure_says_why(ground: Ground) -> None:
    version, block = ground.view().version, ground.block(0)
    with pytest.raises(Invalid) as caught:
        ground.world.do(service.deliver, ground.session, Delivery(ground.register()[:1]), version)
    assert str(caught.value.fields["register"][0]).startswith("2 people are not marked yet.")
    wordless = Delivery(ground.register(), (Departure(block.id, "skipped", " "),))
    with pytest.raises(Invalid) as caught:
        ground.world.do(service.deliver, ground.session, wordless, version)
    assert list(caught.value.fields) == [f"why-{block.id}"]
    assert ground.view().line.state == "planned"


@pytest.mark.parametrize("entry", [{"state": "asleep"}, {"mode": "carrier pigeon"}, {"reason": "bored"}])
def test_answers_that_are_none_are_refused(ground: Ground, entry: dict[str, str]) -> None:
    register = (replace(ground.register()[0], **entry), *ground.register()[1:])  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        ground.world.do(service.deliver, ground.session, Delivery(register), ground.view().version)


def test_people_and_blocks_of_elsewhere_are_not_found(ground: Ground) -> None:
    version = ground.view().version
    stranger = Delivery((*ground.register(), PresenceEntry(ground.cohort, "present")))
    with pytest.raises(NotFound):
        ground.world.do(service.deliver, ground.session, stranger, version)
    foreign = Delivery(ground.register(), (Departure(ground.cohort, "skipped", "x"),))
    with pytest.raises(NotFound):
        ground.world.do(service.deliver, ground.session, foreign, version)


def test_a_draft_keeps_what_is_filled_in_and_closes_nothing(ground: Ground) -> None:
    version = ground.view().version
    ground.world.do(service.save_draft, ground.session, Delivery(ground.register()[:1]), version)
    view = ground.view()
    assert (view.line.state, view.line.head_count) == ("planned", 1)
    assert [each.state for each in ground.world.see(register_of, view)] == ["present", "expected", "expected"]


def test_what_was_added_is_kept_and_replaced_not_doubled(ground: Ground) -> None:
    added = (AddedBlock("Walk to the council", 40, "They invited us."),)
    delivery = Delivery(ground.register(), (), added)
    for _ in range(2):
        ground.world.do(service.deliver, ground.session, delivery, ground.view().version)
    extra = [block for block in ground.view().blocks if block.outcome == "added"]
    assert [(b.title, b.minutes, b.planned_minutes, b.tier) for b in extra] == [("Walk to the council", 40, 0, "free")]
    assert extra[0].adaptation["nature"] == "adding"


def test_two_registers_at_once_conflict(ground: Ground) -> None:
    version = ground.view().version
    ground.deliver()
    with pytest.raises(Conflict) as caught:
        ground.world.do(service.deliver, ground.session, Delivery(ground.register(aileen="absent")), version)
    assert (caught.value.mine, caught.value.theirs) == ({"register": "2 / 3"}, {"register": "3 / 3"})


def test_a_session_of_tomorrow_cannot_be_delivered(ground: Ground) -> None:
    lines = ground.world.see(sessions_of, ground.cohort)
    with pytest.raises(StepRefused, match="not begun"):
        ground.world.do(service.deliver, lines[1].id, Delivery(ground.register()), 1)


def test_a_plugins_gate_holds_a_session(ground: Ground) -> None:
    ground.world.offers.against = {"delivered": "The safeguarding lead has to sign first."}
    with pytest.raises(StepRefused, match="safeguarding"):
        ground.deliver()
    assert ground.view().line.state == "planned"
    assert [each.state for each in ground.world.see(register_of, ground.view())] == ["expected"] * 3


def test_a_delivered_session_can_be_opened_again(ground: Ground) -> None:
    ground.deliver()
    row = ground.world.do(service.reopen, ground.session)
    assert (row.state, row.delivered_at, row.head_count) == ("confirmed", None, 3)


# --- sealing ---


def test_the_seal_holds_hashes_outcomes_and_minutes_and_no_person(ground: Ground) -> None:
    ground.deliver(Departure(ground.block(0).id, "skipped", "Morag was ill."), aileen="absent")
    ground.write_up("Aileen brings the map.")
    record = ground.record()
    assert record.hash == content_hash(record.content)
    assert record.holds
    assert record.content["head_count"] == 2
    plan = ground.world.see(plan_of, ground.cohort)
    assert record.content["modules"][0]["hash"] == plan[0].hash
    assert record.content["blocks"][0]["outcome"] == "skipped"
    text = str(record.content)
    for word in (*ground.world.people, *(str(id_) for id_ in ground.world.people.values()), "Morag was", "brings"):
        assert word not in text
    assert not [part for part in ground.parts.values() if str(part) in text]
    view = ground.view()
    assert (view.line.state, view.notes, view.written_up_at) == ("written_up", "Aileen brings the map.", NOW)
    assert ground.world.events()[-1] == "session.written_up.v1"


def test_the_seal_is_stable(ground: Ground) -> None:
    ground.deliver()
    ground.write_up()
    before = ground.record()
    with ground.world.scope(write=True) as scope:
        person = scope.db.get_one(Person, (ground.world.partner.id, ground.world.people["aileen"]))
        person.name = "Somebody else"
    plan = ground.world.see(plan_of, ground.cohort)
    ground.world.do(cohorts.swap_module, ground.cohort, plan[0].id, "canonical", plan[0].hash)
    assert (ground.record().hash, ground.record().content) == (before.hash, before.content)


def test_nothing_of_a_sealed_session_can_be_edited(ground: Ground) -> None:
    ground.deliver()
    ground.write_up()
    version = ground.view().version
    for call, args in (
        (service.deliver, (Delivery(ground.register()), version)),
        (service.save_draft, (Delivery(ground.register()), version)),
        (service.change_session, (SessionDetails("New"), version)),
        (service.renew_blocks, ()), (service.reopen, ()), (service.cancel, ()), (service.confirm, ()),
        (service.write_up, ("again", version)),
    ):  # fmt: skip
        with pytest.raises(Refused):
            ground.world.do(call, ground.session, *args)
    assert ground.view().version == version


def test_writing_up_needs_a_delivered_session_and_the_version_seen(ground: Ground) -> None:
    with pytest.raises(StepRefused):
        ground.write_up()
    ground.deliver()
    with pytest.raises(Conflict):
        ground.world.do(service.write_up, ground.session, "x", ground.view().version - 1)


def test_corrections_append_show_and_hold(ground: Ground) -> None:
    ground.deliver()
    sealed = ground.write_up()
    changes = RecordChanges(blocks={0: {"outcome": "skipped", "minutes": 0, "effect": "changes"}})
    first = ground.world.do(service.correct_record, ground.session, changes, "We forgot the bus.")
    absent = ground.register(aileen="absent")
    second = ground.world.do(service.correct_record, ground.session, RecordChanges(), "Aileen was not there.", absent)
    assert (first.number, first.follows, second.number, second.follows) == (1, sealed.hash, 2, first.hash)
    record = ground.record()
    assert record.holds
    assert (record.content["head_count"], record.corrected["head_count"]) == (3, 2)
    assert (record.content["blocks"][0]["outcome"], record.corrected["blocks"][0]["outcome"]) == (
        "as_planned",
        "skipped",
    )
    assert [(number, why) for number, why, _, _ in record.corrections] == [
        (1, "We forgot the bus."), (2, "Aileen was not there."),
    ]  # fmt: skip
    assert ground.view().line.head_count == 2
    with ground.world.scope(write=True) as scope:
        row = scope.db.scalar(sa.select(SessionRecord).where(SessionRecord.session_id == ground.session))
        assert row is not None
        row.content = row.content | {"head_count": 99}
    assert not ground.record().holds


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (RecordChanges(2), " "), (RecordChanges(), "Nothing"), (RecordChanges(-1), "x"),
        (RecordChanges(blocks={99: {"outcome": "skipped"}}), "x"),
        (RecordChanges(blocks={0: {"outcome": "lost"}}), "x"),
        (RecordChanges(blocks={0: {"key": "other"}}), "x"), (RecordChanges(blocks={0: {"minutes": -5}}), "x"),
    ],
)  # fmt: skip
def test_corrections_that_say_nothing_or_nonsense_are_refused(ground: Ground, changes: RecordChanges, why: str) -> None:
    ground.deliver()
    ground.write_up()
    with pytest.raises(Invalid):
        ground.world.do(service.correct_record, ground.session, changes, why)


def test_there_is_nothing_to_correct_before_sealing(ground: Ground) -> None:
    with pytest.raises(NotFound):
        ground.world.do(service.correct_record, ground.session, RecordChanges(1), "x")


# --- by time ---


def test_two_reminders_then_the_seal_and_it_says_so(ground: Ground) -> None:
    ground.deliver()
    done = []
    for days in (4, 1, 5, 4):
        ground.world.later(days=days)
        done.append(ground.world.do(service.remind_and_seal))
    assert done == [(0, 0), (1, 0), (1, 0), (0, 1)]
    record = ground.record()
    assert (record.sealed_by, record.holds) == ("time", True)
    mails = ground.world.mails()
    assert [(name, address) for name, address, _ in mails] == [
        ("sessions/mail/write_up_reminder", "morag@portlaggan.example"),
        ("sessions/mail/write_up_reminder", "morag@portlaggan.example"),
        ("sessions/mail/sealed_by_time", "morag@portlaggan.example"),
    ]
    assert [values["last"] for _, _, values in mails] == [False, True, True]
    assert ground.world.do(service.remind_and_seal) == (0, 0)
    assert session_is(ground, "written_up")


def test_a_gate_keeps_time_from_sealing(ground: Ground) -> None:
    ground.deliver()
    for days in (5, 5):
        ground.world.later(days=days)
        ground.world.do(service.remind_and_seal)
    ground.world.offers.against = {"written_up": "Not yet."}
    ground.world.later(days=4)
    assert ground.world.do(service.remind_and_seal) == (0, 0)
    assert session_is(ground, "delivered")


def session_is(ground: Ground, state: str) -> bool:
    row: CohortSession = ground.world.see(session_row, ground.session)
    return row.state == state
