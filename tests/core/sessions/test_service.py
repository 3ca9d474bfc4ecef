"""From the plan to a delivered session: made, moved, renewed, its register taken, its departures written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.queries import plan_of
from systems_changers.core.cohorts.rules import CohortDetails, StepRefused
from systems_changers.core.curriculum.queries import modules_on_offer
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.sessions import service
from systems_changers.core.sessions.queries import (
    register_of,
    session_view,
    sessions_of,
    sessions_open_to,
)
from systems_changers.core.sessions.rules import (
    AddedBlock,
    Delivery,
    Departure,
    PresenceEntry,
    SessionDetails,
)
from systems_changers.hooks.facts import VariantOffer
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.web.pagination import PageRequest
from tests.core.programme import NOW, World
from tests.core.running import FIRST, Ground

# --- planning ---


def test_fourteen_modules_become_nine_sessions_and_three_follow_ups(running: Ground) -> None:
    lines = running.world.see(sessions_of, running.cohort)
    led = [line for line in lines if line.kind == "led"]
    assert len(led) == 9
    assert [line.number for line in lines] == list(range(1, 13))
    assert sum(line.minutes for line in led) == 2370
    assert led[1].starts_at - led[0].starts_at == timedelta(days=14)
    later = [line.starts_at.date() for line in lines if line.kind == "follow_up"]
    assert later == [date(2026, 10, 2), date(2027, 1, 2), date(2027, 7, 2)]
    with pytest.raises(Refused):
        running.world.do(service.plan_sessions, running.cohort, FIRST)


def test_sessions_keep_their_local_hour_when_the_clocks_change(running: Ground) -> None:
    lines = running.world.see(sessions_of, running.cohort)
    assert {line.starts_at.astimezone(ZoneInfo("Europe/London")).hour for line in lines} == {4}
    assert {line.starts_at.hour for line in lines} == {3, 4}


def test_without_a_plan_there_is_nothing_to_spread(world: World) -> None:
    cohort = world.do(cohorts.make_cohort, CohortDetails("Bare"))
    with pytest.raises(Refused, match="modules"):
        world.do(service.plan_sessions, cohort.id, FIRST)


def test_a_session_of_chosen_modules_and_one_of_none(running: Ground) -> None:
    plan = running.world.see(plan_of, running.cohort)
    made = running.world.do(
        service.add_session, running.cohort, SessionDetails("Extra", minutes=90, bring="Boots"), [plan[1].id]
    )
    view = running.world.see(session_view, made.id)
    assert (view.line.number, view.bring, {b.module_title for b in view.blocks}) == (13, "Boots", {plan[1].title})
    bare = running.world.do(service.add_session, running.cohort, SessionDetails("Community day", "visit"))
    assert running.world.see(session_view, bare.id).blocks == ()
    with pytest.raises(NotFound):
        running.world.do(service.add_session, running.cohort, SessionDetails("X"), [made.id])


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": ""}, "title"), ({"kind": "party"}, "kind"), ({"minutes": -1}, "minutes"),
     ({"link": "javascript:alert(1)"}, "link"), ({"time_zone": "Mars/Base"}, "time_zone"),
     ({"time_zone": "Europe"}, "time_zone")],
)  # fmt: skip
def test_bad_answers_name_the_field(running: Ground, change: dict[str, object], field: str) -> None:
    details = replace(SessionDetails("Extra"), **change)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as caught:
        running.world.do(service.add_session, running.cohort, details)
    assert list(caught.value.fields) == [field]


def test_moving_a_confirmed_session_makes_it_moved_and_conflicts_keep_both(running: Ground) -> None:
    before = running.view()
    running.world.do(service.confirm, running.session)
    details = SessionDetails(
        before.line.title, starts_at=datetime(2026, 3, 20, 9, tzinfo=UTC), minutes=200, place="Church"
    )
    with pytest.raises(Conflict) as caught:
        running.world.do(service.change_session, running.session, details, before.version)
    assert (caught.value.mine["place"], caught.value.theirs["place"]) == ("Church", "Village hall")
    running.world.do(service.change_session, running.session, details, running.view().version)
    assert (running.view().line.state, running.view().line.place) == ("moved", "Church")
    assert "session.moved.v1" in running.world.events()
    with running.world.scope() as scope:
        changed = scope.db.scalar(sa.select(AuditEvent.changed).where(AuditEvent.name == "session.changed"))
    assert changed == ["minutes", "place", "starts_at"]


def test_cancelling_can_be_taken_back(running: Ground) -> None:
    assert running.world.do(service.cancel, running.session).state == "cancelled"
    assert running.world.do(service.put_back, running.session).state == "planned"


def test_a_swap_reaches_a_session_only_when_somebody_takes_it(running: Ground) -> None:
    plan = running.world.see(plan_of, running.cohort)
    base = next(module for module in running.world.see(modules_on_offer) if module.hash == plan[0].hash)
    gone = base.content["blocks"][-1]["key"]
    change = {"action": "drop", "block": gone, "why": "", "effect": "keeps"}
    offer = VariantOffer("corra:arrive", base.identity, base.hash, "1.0", "Ours", "", "en_GB", (change,))
    running.world.offers.variants = [offer]
    variant = next(m for m in running.world.see(modules_on_offer) if m.origin == "variant")
    running.world.do(cohorts.swap_module, running.cohort, plan[0].id, "variant", variant.hash)
    assert running.view().stale_modules == [plan[0].title]
    assert (1, gone) in [(block.module_number, block.block_key) for block in running.view().blocks]
    running.world.do(service.renew_blocks, running.session)
    assert running.view().stale_modules == []
    blocks = [(block.module_number, block.block_key) for block in running.view().blocks]
    assert (1, gone) not in blocks
    numbers = [number or 0 for number, _ in blocks]
    assert numbers == sorted(numbers)
    assert [block.position for block in running.view().blocks] == list(range(1, len(blocks) + 1))
    running.deliver()
    with pytest.raises(Refused):
        running.world.do(service.renew_blocks, running.session)


# --- register and delivery ---


def test_everyone_here_and_all_as_planned(running: Ground) -> None:
    row = running.deliver()
    assert (row.state, row.head_count, row.delivered_at) == ("delivered", 3, NOW)
    view = running.view()
    assert {block.outcome for block in view.blocks} == {"as_planned"}
    assert all(block.minutes == block.planned_minutes and block.reason is None for block in view.blocks)
    assert [each.state for each in running.world.see(register_of, view)] == ["present"] * 3
    assert running.world.events()[-1] == "session.delivered.v1"


def test_exceptions_and_departures_are_written_and_nothing_else(running: Ground) -> None:
    skipped, changed = running.block(0), running.block(1)
    running.deliver(
        Departure(skipped.id, "skipped", "The bus was cancelled."),
        Departure(changed.id, "shortened", "We ran late.", minutes=10),
        aileen="absent", calum="part",
    )  # fmt: skip
    view = running.view()
    first, second = view.blocks[:2]
    assert (first.outcome, first.minutes, first.reason) == ("skipped", 0, "The bus was cancelled.")
    assert (first.adaptation["nature"], first.effect) == ("removing", "changes" if skipped.keeps else "keeps")
    assert (second.outcome, second.minutes) == ("shortened", 10)
    assert {block.outcome for block in view.blocks[2:]} == {"as_planned"}
    register = {each.name: (each.state, each.reason) for each in running.world.see(register_of, view)}
    assert register == {"Aileen": ("absent", "cover"), "Calum": ("part", None), "Priya": ("present", None)}
    assert view.line.head_count == 2


def test_nobody_may_be_forgotten_and_every_departure_says_why(running: Ground) -> None:
    version, block = running.view().version, running.block(0)
    with pytest.raises(Invalid) as caught:
        running.world.do(service.deliver, running.session, Delivery(running.register()[:1]), version)
    assert str(caught.value.fields["register"][0]).startswith("2 people are not marked yet.")
    wordless = Delivery(running.register(), (Departure(block.id, "skipped", " "),))
    with pytest.raises(Invalid) as caught:
        running.world.do(service.deliver, running.session, wordless, version)
    assert list(caught.value.fields) == [f"why-{block.id}"]
    assert running.view().line.state == "planned"


@pytest.mark.parametrize("entry", [{"state": "asleep"}, {"mode": "carrier pigeon"}, {"reason": "bored"}])
def test_answers_that_are_none_are_refused(running: Ground, entry: dict[str, str]) -> None:
    register = (replace(running.register()[0], **entry), *running.register()[1:])  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        running.world.do(service.deliver, running.session, Delivery(register), running.view().version)


def test_people_and_blocks_of_elsewhere_are_not_found(running: Ground) -> None:
    version = running.view().version
    stranger = Delivery((*running.register(), PresenceEntry(running.cohort, "present")))
    with pytest.raises(NotFound):
        running.world.do(service.deliver, running.session, stranger, version)
    foreign = Delivery(running.register(), (Departure(running.cohort, "skipped", "x"),))
    with pytest.raises(NotFound):
        running.world.do(service.deliver, running.session, foreign, version)


def test_a_draft_keeps_what_is_filled_in_and_closes_nothing(running: Ground) -> None:
    version = running.view().version
    running.world.do(service.save_draft, running.session, Delivery(running.register()[:1]), version)
    view = running.view()
    assert (view.line.state, view.line.head_count) == ("planned", 1)
    assert [each.state for each in running.world.see(register_of, view)] == ["present", "expected", "expected"]


def test_what_was_added_is_kept_and_replaced_not_doubled(running: Ground) -> None:
    added = (AddedBlock("Walk to the council", 40, "They invited us."),)
    delivery = Delivery(running.register(), (), added)
    for _ in range(2):
        running.world.do(service.deliver, running.session, delivery, running.view().version)
    extra = [block for block in running.view().blocks if block.outcome == "added"]
    assert [(b.title, b.minutes, b.planned_minutes, b.tier) for b in extra] == [("Walk to the council", 40, 0, "free")]
    assert extra[0].adaptation["nature"] == "adding"


def test_two_registers_at_once_conflict(running: Ground) -> None:
    version = running.view().version
    running.deliver()
    with pytest.raises(Conflict) as caught:
        running.world.do(service.deliver, running.session, Delivery(running.register(aileen="absent")), version)
    assert caught.value.version == running.view().version
    assert {each.state for each in running.world.see(register_of, running.view())} == {"present"}


def test_every_saved_register_moves_the_version(running: Ground) -> None:
    delivery = Delivery(running.register(aileen="absent"))
    other = Delivery(running.register(calum="absent"))
    for save in (service.save_draft, service.deliver, service.deliver):
        version = running.view().version
        running.world.do(save, running.session, delivery, version)
        assert running.view().version > version
        with pytest.raises(Conflict):
            running.world.do(save, running.session, other, version)
    with running.world.scope() as scope:
        saved = sa.select(sa.func.count()).where(AuditEvent.name == "session.register_saved")
        assert scope.db.scalar(saved) == 2


def test_an_effect_is_one_of_the_rules(running: Ground) -> None:
    block = running.block(0)
    with pytest.raises(Invalid) as caught:
        running.deliver(Departure(block.id, "shortened", "We ran late.", effect="wonders"))
    assert list(caught.value.fields) == [f"block-{block.id}"]
    running.deliver(Departure(block.id, "shortened", "We ran late.", effect="unclear"))
    assert running.block(0).effect == "unclear"


def test_a_session_of_tomorrow_cannot_be_delivered(running: Ground) -> None:
    lines = running.world.see(sessions_of, running.cohort)
    with pytest.raises(StepRefused, match="not begun"):
        running.world.do(service.deliver, lines[1].id, Delivery(running.register()), 1)


def test_a_plugins_gate_holds_a_session(running: Ground) -> None:
    running.world.offers.against = {"delivered": "The safeguarding lead has to sign first."}
    with pytest.raises(StepRefused, match="safeguarding"):
        running.deliver()
    assert running.view().line.state == "planned"
    assert [each.state for each in running.world.see(register_of, running.view())] == ["expected"] * 3


def test_a_delivered_session_can_be_opened_again(running: Ground) -> None:
    running.deliver()
    row = running.world.do(service.reopen, running.session)
    assert (row.state, row.delivered_at, row.head_count) == ("confirmed", None, 3)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"reason": "x" * 501}, "why"), ({"minutes": -1}, "minutes"), ({"minutes": 24 * 60 + 1}, "minutes")],
)
def test_a_departure_is_short_and_within_a_day(running: Ground, change: dict[str, object], field: str) -> None:
    block = running.block(0)
    wrong = replace(Departure(block.id, "shortened", "No time."), **change)  # type: ignore[arg-type]  # a field's own type
    with pytest.raises(Invalid) as caught:
        running.world.do(
            service.deliver, running.session, Delivery(running.register(), (wrong,)), running.view().version
        )
    assert list(caught.value.fields) == [f"{field}-{block.id}"]


def test_what_was_added_says_what_and_why(running: Ground) -> None:
    added = (AddedBlock("", 10, "They asked."), AddedBlock("Tea", 10, " "))
    with pytest.raises(Invalid) as caught:
        running.world.do(
            service.deliver, running.session, Delivery(running.register(), added=added), running.view().version
        )
    assert list(caught.value.fields) == ["added-0", "added-1"]


@pytest.mark.parametrize("change", [{"sessions": 0}, {"sessions": 61}, {"days_apart": 0}, {"days_apart": 367}])
def test_so_many_sessions_and_so_far_apart(world: World, change: dict[str, int]) -> None:
    cohort = world.do(cohorts.make_cohort, CohortDetails("Portlaggan"))
    world.do(cohorts.make_plan, cohort.id)
    with pytest.raises(Invalid) as caught:
        world.do(service.plan_sessions, cohort.id, replace(FIRST, **change))  # type: ignore[arg-type]  # a field's own type
    assert list(caught.value.fields) == ["sessions"]


def test_without_a_first_day_all_are_planned_and_none_has_a_day(world: World) -> None:
    cohort = world.do(cohorts.make_cohort, CohortDetails("Portlaggan"))
    world.do(cohorts.make_plan, cohort.id)
    rows = world.do(service.plan_sessions, cohort.id, replace(FIRST, starts_at=None))
    assert [row.starts_at for row in rows] == [None] * 12


def test_a_module_that_is_left_out_of_a_session_takes_its_blocks_along(running: Ground) -> None:
    view = running.view()
    modules = list(dict.fromkeys(each.planned_module_id for each in view.blocks if each.planned_module_id))
    details = SessionDetails(view.line.title, "led", view.line.starts_at, view.line.minutes, view.line.time_zone)
    running.world.do(service.change_session, running.session, details, view.version, modules[1:])
    kept = {each.planned_module_id for each in running.view().blocks}
    assert kept == set(modules[1:])


def test_a_line_that_is_not_in_the_plan_is_moved_nowhere(running: Ground) -> None:
    for call in (service.move_module, service.drop_module):
        with pytest.raises(NotFound):
            running.world.do(call, running.cohort, new_id())


def test_a_page_beyond_the_end_still_says_how_many_there_are(running: Ground) -> None:
    page = running.world.see(sessions_open_to, PageRequest(9, 30))
    assert (page.rows, page.total) == ([], 12)
