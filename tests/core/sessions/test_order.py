"""The order of a cohort: sessions are numbered by their day, lines of the plan are moved, dropped and chosen anew."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from systems_changers.core.cohorts.queries import plan_of
from systems_changers.core.sessions import service
from systems_changers.core.sessions.queries import delivered_modules, session_view, sessions_of
from systems_changers.core.sessions.rules import SessionDetails
from systems_changers.core.sessions.service import numbering, plan_lines
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound, Refused
from tests.core.doors import Doors
from tests.core.programme import NOW
from tests.core.running import Ground


def titles(ground: Ground) -> list[str]:
    return [line.title for line in ground.world.see(sessions_of, ground.cohort)]


def move(ground: Ground, session_id: UUID, days: int, modules: list[UUID] | None = None) -> None:
    view = ground.world.see(session_view, session_id)
    when = view.line.starts_at + timedelta(days=days)
    details = SessionDetails(view.line.title, view.line.kind, when, view.line.minutes, view.line.time_zone)
    ground.world.do(service.change_session, session_id, details, view.version, modules)


def test_a_session_with_a_later_day_takes_the_number_of_its_place(running: Ground) -> None:
    lines = running.world.see(sessions_of, running.cohort)
    before = [line.title for line in lines]
    move(running, lines[1].id, 15)
    after = running.world.see(sessions_of, running.cohort)
    assert [line.title for line in after] == [before[0], before[2], before[1], *before[3:]]
    assert [line.number for line in after] == list(range(1, 13))
    assert [line.starts_at for line in after] == sorted(line.starts_at for line in after)


def test_what_was_delivered_keeps_its_number_and_nobody_elses_form_goes_stale(running: Ground) -> None:
    running.deliver()
    running.write_up()
    lines = running.world.see(sessions_of, running.cohort)
    versions = [running.world.see(session_view, line.id).version for line in lines]
    made = running.world.do(service.add_session, running.cohort, SessionDetails("First", starts_at=NOW - timedelta(9)))
    after = {line.id: line.number for line in running.world.see(sessions_of, running.cohort)}
    assert (after[running.session], after[made.id], after[lines[1].id]) == (1, 2, 3)
    assert running.record().content["number"] == 1
    assert [running.world.see(session_view, line.id).version for line in lines] == versions


def test_a_session_without_a_day_keeps_its_place(running: Ground) -> None:
    made = running.world.do(service.add_session, running.cohort, SessionDetails("Some day"))
    early = running.world.do(service.add_session, running.cohort, SessionDetails("Soon", starts_at=NOW))
    numbers = {line.id: line.number for line in running.world.see(sessions_of, running.cohort)}
    assert (numbers[made.id], numbers[early.id]) == (13, 2)


def test_a_session_put_back_is_numbered_by_its_day(running: Ground) -> None:
    lines = running.world.see(sessions_of, running.cohort)
    running.world.do(service.cancel, lines[1].id)
    move(running, lines[2].id, -27)
    running.world.do(service.put_back, lines[1].id)
    numbers = {line.id: line.number for line in running.world.see(sessions_of, running.cohort)}
    assert sorted(numbers.values()) == list(range(1, 13))
    assert numbers[lines[2].id] < numbers[lines[1].id]


def test_numbers_hold_when_nothing_is_out_of_order(running: Ground) -> None:
    before = titles(running)
    running.world.do(numbering.number_by_date, running.cohort)
    assert titles(running) == before


# --- the plan's lines ---


def plan(ground: Ground) -> list[str]:
    return [line.title for line in ground.world.see(plan_of, ground.cohort)]


def test_a_line_moves_one_place_and_stops_at_the_ends(running: Ground) -> None:
    lines, before = running.world.see(plan_of, running.cohort), plan(running)
    running.world.do(service.move_module, running.cohort, lines[4].id, down=True)
    assert plan(running) == [*before[:4], before[5], before[4], *before[6:]]
    running.world.do(service.move_module, running.cohort, lines[4].id)
    running.world.do(service.move_module, running.cohort, lines[0].id)
    assert plan(running) == before


def test_a_dropped_line_leaves_its_sessions_when_they_are_renewed_and_can_come_back(running: Ground) -> None:
    line = running.world.see(plan_of, running.cohort)[-1]
    of_it = [
        each.id
        for each in running.world.see(sessions_of, running.cohort)
        if line.title in {block.module_title for block in running.world.see(session_view, each.id).blocks}
    ]
    running.world.do(service.drop_module, running.cohort, line.id)
    assert line.title not in plan(running)
    assert running.world.see(session_view, of_it[0]).stale_modules == [line.title]
    running.world.do(service.restore_module, running.cohort, line.id)
    assert plan(running)[-1] == line.title
    running.world.do(plan_lines.drop_module, running.cohort, line.id)
    running.world.do(service.renew_blocks, of_it[0])
    blocks = running.world.see(session_view, of_it[0]).blocks
    assert line.title not in {block.module_title for block in blocks}
    places = [block.position for block in blocks]
    assert places == sorted(set(places))


def test_what_was_delivered_stays_where_it_is_in_the_plan(running: Ground) -> None:
    running.deliver()
    delivered = running.world.see(delivered_modules, running.cohort)
    lines = running.world.see(plan_of, running.cohort)
    first = [line for line in lines if line.id in delivered]
    assert first == lines[: len(first)]
    for line in (first[-1], lines[len(first)]):
        with pytest.raises(Refused, match="was delivered"):
            running.world.do(service.move_module, running.cohort, line.id, down=line is first[-1])
    with pytest.raises(Refused, match="was delivered"):
        running.world.do(service.drop_module, running.cohort, first[0].id)
    with pytest.raises(NotFound):
        running.world.do(service.restore_module, running.cohort, first[0].id)


# --- the modules of a session ---


def test_other_modules_can_be_chosen_for_a_session_to_come(running: Ground) -> None:
    lines = running.world.see(plan_of, running.cohort)
    session = running.world.see(sessions_of, running.cohort)[1]
    before = running.world.see(session_view, session.id)
    kept, new = before.blocks[0].planned_module_id, lines[-1]
    assert kept is not None
    move(running, session.id, 0, [kept, new.id])
    after = running.world.see(session_view, session.id)
    assert {block.planned_module_id for block in after.blocks} == {kept, new.id}
    assert [b for b in after.blocks if b.planned_module_id == kept] == [
        b for b in before.blocks if b.planned_module_id == kept
    ]
    assert after.version > before.version
    move(running, session.id, 0, [kept, new.id])
    move(running, session.id, 0)
    assert running.world.see(session_view, session.id).blocks == after.blocks


def test_a_line_of_another_cohorts_plan_is_not_found(running: Ground) -> None:
    session = running.world.see(sessions_of, running.cohort)[1]
    with pytest.raises(NotFound):
        move(running, session.id, 0, [running.cohort])


def test_the_form_of_a_session_offers_the_plan_and_what_the_plan_no_longer_holds(doors: Doors, running: Ground) -> None:
    session = running.world.see(sessions_of, running.cohort)[1]
    view = running.world.see(session_view, session.id)
    gone = view.blocks[0]

    def drop(scope: Scope) -> None:
        service.drop_module(scope, running.cohort, gone.planned_module_id or session.id)

    running.world.do(drop)
    morag, form = doors.come_in("morag"), f"/sessions/{session.id}/change"
    page = morag.get(form).text
    chosen = [box for box in page.split("<input")[1:] if 'name="modules"' in box and " checked" in box.split(">")[0]]
    assert [str(view.blocks[0].planned_module_id) in box for box in chosen].count(True) == 1
    assert len(chosen) == len({block.planned_module_id for block in view.blocks})
    assert page.count('name="modules"') == 14
    answers = {"title": "Only this", "kind": "led", "modules": [str(gone.planned_module_id)], "minutes": "60"}
    assert morag.send(form, answers, seen_at=form).status_code == 303
    after = running.world.see(session_view, session.id)
    assert {block.module_title for block in after.blocks} == {gone.module_title}


def test_the_plans_page_moves_drops_and_takes_back(doors: Doors, running: Ground) -> None:
    lines, page = running.world.see(plan_of, running.cohort), f"/cohorts/{running.cohort}/plan/"
    morag = doors.come_in("morag")
    moved = morag.send(f"{page}{lines[3].id}/move", {"way": "down"}, seen_at=page)
    assert (moved.status_code, plan(running)[4]) == (303, lines[3].title)
    assert morag.send(f"{page}{lines[5].id}/drop", seen_at=page).status_code == 303
    assert "Undo" in morag.get(page).text
    assert lines[5].title not in plan(running)
    assert morag.send(f"{page}{lines[5].id}/restore", seen_at=page).status_code == 303
    assert plan(running)[5] == lines[5].title
