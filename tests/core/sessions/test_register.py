"""What a facilitator is told of a register, a sealed record and a cohort's end, and what is refused in a sentence."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from systems_changers.core.cohorts.queries import cohort_view
from systems_changers.core.sessions import service
from systems_changers.core.sessions.queries import record_of, register_of, session_view, sessions_of
from systems_changers.core.sessions.rules import Delivery, Departure, PresenceEntry, SessionDetails
from systems_changers.infra.errors import Refused
from tests.core.doors import Browser, Doors
from tests.core.programme import NOW, World
from tests.core.running import Ground


def ok(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
    return str(answer.text)


def test_the_register_opens_on_the_day_and_tells_when_it_is_sealed(doors: Doors, running: Ground) -> None:
    cohort, rows = running.cohort, doors.world.see(sessions_of, running.cohort)
    morag, later = doors.come_in("morag"), f"/sessions/{rows[1].id}/register"
    assert "The register opens on the day" in ok(morag, later)
    assert morag.send(later, {"what": "save"}, seen_at=later).status_code == 409
    with pytest.raises(Refused, match="opens on the day"):
        doors.world.do(service.save_draft, rows[1].id, Delivery(), 1)
    doors.world.do(service.cancel, rows[2].id)
    assert "This session is cancelled" in ok(morag, f"/sessions/{rows[2].id}/register")
    everyone(doors.world, cohort, rows[0].id)
    assert "This session is sealed" in ok(morag, f"/sessions/{rows[0].id}/register")


def everyone(world: World, cohort: UUID, session: UUID, *departures: Departure) -> None:
    """Deliver and seal a session that everybody came to."""
    people = world.see(register_of, world.see(session_view, session))
    here = tuple(PresenceEntry(each.cohort_person_id, "present") for each in people)
    world.do(service.deliver, session, Delivery(here, departures), world.see(session_view, session).version)
    world.do(service.write_up, session, None, world.see(session_view, session).version)


def test_whoever_is_only_on_the_list_needs_no_mark_and_is_confirmed_by_coming(doors: Doors, running: Ground) -> None:
    cohort, rows, parts = running.cohort, doors.world.see(sessions_of, running.cohort), running.parts
    waiting, absent = (doors.world.join(cohort, who, state="invited") for who in ("ruth", "euan"))
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    filled = morag.send(register, {"fill": "present"}, seen_at=register).text
    assert filled.count('value="present" checked') == 3
    here = {f"here-{part}": "present" for part in (*parts.values(), waiting)}
    assert morag.send(register, here | {"what": "deliver"}, seen_at=register).status_code == 303
    view = doors.world.see(cohort_view, cohort)
    states = {each.id: each.state for each in view.participants}
    assert (view.line.people, states[waiting], states[absent]) == (4, "confirmed", "invited")
    assert doors.world.see(session_view, rows[0].id).line.head_count == 4


def test_the_sealed_record_tells_how_long_its_blocks_took_and_names_them(doors: Doors, running: Ground) -> None:
    cohort, rows = running.cohort, doors.world.see(sessions_of, running.cohort)
    blocks = doors.world.see(session_view, rows[0].id).blocks
    everyone(doors.world, cohort, rows[0].id, Departure(blocks[0].id, "skipped", "No room"))
    morag, page, form = doors.come_in("morag"), f"/sessions/{rows[0].id}/", f"/sessions/{rows[0].id}/correct"
    planned = sum(block.planned_minutes for block in blocks)
    sealed = doors.world.see(record_of, rows[0].id).corrected["blocks"]
    assert sum(block["minutes"] for block in sealed) == planned - blocks[0].planned_minutes
    assert re.search(r"Blocks as they went.{0,60} of .{0,20} planned", " ".join(ok(morag, page).split()))
    longer = {"what": "0", "outcome": "shortened", "minutes": "500", "why": "I looked again"}
    refused = morag.send(form, longer, seen_at=form)
    assert (refused.status_code, "shorter is less than that" in refused.text) == (422, True)
    again = morag.send(form, {"what": "head_count", "head_count": "3", "why": "I counted"}, seen_at=form)
    assert (again.status_code, "says so already" in again.text) == (422, True)
    same = morag.send(form, {"what": "0", "outcome": "skipped", "why": "I looked again"}, seen_at=form)
    assert (same.status_code, "says so already" in same.text) == (422, True)
    fits = {"what": "0", "outcome": "shortened", "minutes": "5", "why": "It was begun"}
    assert morag.send(form, fits, seen_at=form).status_code == 303
    assert f"{blocks[0].title}: Shorter" in " ".join(ok(morag, page).split())


def test_an_end_leaves_nothing_to_add_and_says_what_it_is_now(doors: Doors, running: Ground) -> None:
    cohort = running.cohort
    morag, page = doors.come_in("morag"), f"/cohorts/{cohort}/"
    assert "Add a session" in ok(morag, page)
    assert morag.send(f"{page}step", {"to": "cancelled"}, seen_at=page).status_code == 303
    after = ok(morag, page)
    assert "Portlaggan: Cancelled." in after
    assert "Add a session" not in after


def test_a_session_outside_the_cohorts_days_is_told(doors: Doors, running: Ground) -> None:
    cohort, rows = running.cohort, doors.world.see(sessions_of, running.cohort)
    details = SessionDetails("Too early", starts_at=NOW - timedelta(days=9))
    doors.world.do(service.change_session, rows[3].id, details, 1)
    page = ok(doors.come_in("morag"), f"/cohorts/{cohort}/")
    assert "Outside the cohort&#39;s first and last day: session 1." in page
    assert re.search(r'/cohorts/"[^>]* aria-current', ok(doors.come_in("morag"), f"/sessions/{rows[0].id}/"))
