"""Everybody reads a session's time by their own clock; the day that belongs to the session is by the session's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.sessions.models import CohortSession
from tests.core.doors import Browser, Doors

WHEN = datetime(2026, 3, 20, 17, 30, tzinfo=UTC)
NEW_YORK, AUCKLAND, LONDON = "America/New_York", "Pacific/Auckland", "Europe/London"
BY = {
    NEW_YORK: ("Friday 20 March 2026, 13:30 EDT", "20 March 2026, 13:30 EDT"),
    AUCKLAND: ("Saturday 21 March 2026, 06:30 NZDT", "21 March 2026, 06:30 NZDT"),
    "": ("Friday 20 March 2026, 17:30 GMT", "20 March 2026, 17:30 GMT"),
}


def session(doors: Doors, starts_at: datetime = WHEN, *, cohort: dict[str, Any] | None = None, **values: Any) -> UUID:
    """A session in which Aileen takes part, by London's clock unless another is given."""
    with doors.world.scope(write=True) as scope:
        row = Cohort(name="Portlaggan", state="running", **(cohort or {}))
        scope.db.add(row)
        scope.db.flush()
        made = {"number": 1, "title": "The walk", "time_zone": LONDON, "minutes": 90} | values
        held = CohortSession(cohort_id=row.id, starts_at=starts_at, **made)
        scope.db.add(held)
        scope.db.flush()
        cohort_id, id_ = row.id, held.id
    doors.world.join(cohort_id, "aileen")
    return id_


def come_in(doors: Doors, who: str, zone: str) -> Browser:
    """A browser of somebody who has said on the account page which zone they are in."""
    browser = doors.come_in(who)
    answer = browser.send("/account/", {"name": who.title(), "time_zone": zone}, seen_at="/account/")
    assert answer.status_code == 303
    return browser


def text_of(browser: Browser, path: str) -> str:
    """A page as it is read; where lines may break is not looked at."""
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def cohort_of(doors: Doors, id_: UUID) -> UUID:
    """The cohort of a session."""
    with doors.world.scope() as scope:
        return scope.db.get_one(CohortSession, (scope.partner.id, id_)).cohort_id


@pytest.mark.parametrize("who", ["aileen", "morag"])
@pytest.mark.parametrize("zone", BY)
def test_a_session_is_read_by_ones_own_clock(doors: Doors, who: str, zone: str) -> None:
    id_ = session(doors)
    browser = come_in(doors, who, zone)
    page, cohort = text_of(browser, f"/sessions/{id_}/"), text_of(browser, f"/cohorts/{cohort_of(doors, id_)}/")
    home = text_of(browser, "/home/")
    weekday, moment = BY[zone]
    assert weekday in page
    assert weekday in cohort
    assert moment in home
    for other in set(BY) - {zone}:
        for said in BY[other]:
            assert said not in page + cohort + home


def test_two_people_read_the_same_session_by_their_own_clocks(doors: Doors) -> None:
    id_ = session(doors, time_zone=AUCKLAND)
    aileen, morag = come_in(doors, "aileen", NEW_YORK), come_in(doors, "morag", "")
    assert BY[NEW_YORK][0] in text_of(aileen, f"/sessions/{id_}/")
    assert BY[""][0] in text_of(morag, f"/sessions/{id_}/")


def test_a_facilitator_changes_it_by_the_sessions_clock(doors: Doors) -> None:
    id_ = session(doors, time_zone=AUCKLAND)
    form = text_of(come_in(doors, "morag", NEW_YORK), f"/sessions/{id_}/change")
    assert 'value="2026-03-21"' in form
    assert 'value="06:30"' in form


@pytest.mark.parametrize("zone", [AUCKLAND, "Pacific/Kiritimati", "Pacific/Pago_Pago", LONDON])
def test_the_day_that_a_register_says_is_the_same_everywhere(doors: Doors, zone: str) -> None:
    """A register knows days only, which are kept as noon: no clock may move them."""
    noon = datetime(2025, 11, 5, 12, tzinfo=UTC)
    id_ = session(doors, noon, source=REGISTER, state="delivered")
    browser = come_in(doors, "morag", zone)
    assert "Wednesday 5 November 2025" in text_of(browser, f"/sessions/{id_}/")
    assert "5 November 2025" in text_of(browser, f"/cohorts/{cohort_of(doors, id_)}/")


@pytest.mark.parametrize(("first", "outside"), [(date(2026, 3, 21), False), (date(2026, 3, 22), True)])
def test_whether_a_session_is_in_its_cohorts_days_goes_by_its_own_clock(
    doors: Doors, first: date, *, outside: bool
) -> None:
    """At 06:30 in Auckland it is still the day before at Greenwich."""
    id_ = session(doors, time_zone=AUCKLAND, cohort={"starts_on": first})
    page = text_of(come_in(doors, "morag", LONDON), f"/cohorts/{cohort_of(doors, id_)}/")
    assert ("Outside the cohort" in page) is outside


def test_the_register_names_the_day_on_which_it_opens(doors: Doors) -> None:
    id_ = session(doors, time_zone=AUCKLAND)
    page = text_of(come_in(doors, "morag", LONDON), f"/sessions/{id_}/register")
    assert "The session is on Saturday 21 March 2026." in page


def starts_at(doors: Doors, id_: UUID) -> datetime | None:
    """When a session begins, as it is kept."""
    with doors.world.scope() as scope:
        return scope.db.get_one(CohortSession, (scope.partner.id, id_)).starts_at


CHANGE = {"title": "The night walk", "kind": "led", "minutes": "60"}


@pytest.mark.parametrize("hour", [0, 1])
def test_an_hour_that_comes_twice_stays_the_one_it_was(doors: Doors, hour: int) -> None:
    """On 25 October half past one comes at 00:30 and again at 01:30 by Greenwich."""
    when = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    id_, morag = session(doors, when, state="planned"), doors.come_in("morag")
    page = f"/sessions/{id_}/change"
    assert 'value="01:30"' in text_of(morag, page)
    saved = morag.send(page, CHANGE | {"day": "2026-10-25", "time": "01:30", "time_zone": LONDON}, seen_at=page)
    assert (saved.status_code, starts_at(doors, id_)) == (303, when)
    moved = morag.send(page, CHANGE | {"day": "2026-10-25", "time": "03:30", "time_zone": LONDON}, seen_at=page)
    assert (moved.status_code, starts_at(doors, id_)) == (303, datetime(2026, 10, 25, 3, 30, tzinfo=UTC))


def test_an_hour_that_does_not_come_is_asked_again_and_nothing_is_shifted(doors: Doors) -> None:
    """On 29 March the clocks go from one to two."""
    id_, morag = session(doors, state="planned"), doors.come_in("morag")
    page = f"/sessions/{id_}/change"
    form = CHANGE | {"day": "2026-03-29", "time_zone": LONDON}
    refused = morag.send(page, form | {"time": "01:30"}, seen_at=page)
    assert (refused.status_code, starts_at(doors, id_)) == (422, WHEN)
    assert "The clocks go forward over this hour that day" in refused.text
    assert 'value="01:30"' in refused.text
    for time, hour in (("00:59", 0), ("02:00", 1)):
        assert morag.send(page, form | {"time": time}, seen_at=page).status_code == 303
        kept = starts_at(doors, id_)
        assert kept is not None
        assert (kept.day, kept.hour) == (29, hour)
