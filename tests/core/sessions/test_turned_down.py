"""What is turned down on sessions' pages: forms stay with what was typed, and nothing is stored."""

from __future__ import annotations

import re
from uuid import UUID

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.rules import CohortDetails
from systems_changers.core.sessions import service
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.sessions.queries import sessions_of
from systems_changers.core.sessions.rules import FirstMeeting
from tests.core.doors import Doors
from tests.core.programme import NOW, World


def planned(world: World, *, spread: bool = True) -> tuple[UUID, list[CohortSession]]:
    """A cohort with a plan, and its sessions."""
    cohort = world.do(cohorts.make_cohort, CohortDetails("Portlaggan"))
    world.do(cohorts.make_plan, cohort.id)
    return cohort.id, world.do(service.plan_sessions, cohort.id, FirstMeeting(NOW)) if spread else []


def test_what_is_turned_down_stays_on_its_page(doors: Doors) -> None:
    (cohort, rows), (bare, _) = planned(doors.world), planned(doors.world, spread=False)
    morag, here = doors.come_in("morag"), f"/sessions/{rows[1].id}"
    plan, new = f"/cohorts/{bare}/sessions/plan", f"/cohorts/{cohort}/sessions/new"
    gap = {"day": "2026-03-29", "time": "01:30"}
    for answers in (gap | {"sessions": "9", "days_apart": "14"}, {"sessions": "many"}):
        assert morag.send(plan, answers, seen_at=plan).status_code == 422
    for path in (new, f"{here}/change"):
        for answers in (gap | {"title": "Shore", "minutes": "60", "kind": "led"}, {"title": ""}):
            assert morag.send(path, answers | {"version": "1"}, seen_at=new).status_code == 422
    assert doors.world.see(sessions_of, bare) == []


def test_two_who_change_a_session_at_once_lose_nothing(doors: Doors) -> None:
    _, rows = planned(doors.world)
    morag, change = doors.come_in("morag"), f"/sessions/{rows[1].id}/change"
    form = dict(re.findall(r'name="(title|day|time|minutes|version)" value="([^"]*)"', morag.get(change).text))
    form |= {"kind": "led", "modules": "", "minutes": form.get("minutes", "60")}
    late = morag.send(change, form | {"title": "Mine", "version": "99"}, seen_at=change)
    assert (late.status_code, "Mine" in late.text) == (409, True)
