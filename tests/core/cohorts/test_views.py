"""Forms of cohorts through the real edge: made, changed, refused, filled with people, planned."""

from __future__ import annotations

import re
from io import BytesIO
from uuid import UUID

import pytest
from openpyxl import Workbook

from systems_changers.core.cohorts import service
from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.cohorts.queries import cohort_row, cohort_view, plan_of
from systems_changers.core.cohorts.rules import STATES, CohortDetails, ParticipantEntry
from systems_changers.core.curriculum.queries import modules_on_offer
from systems_changers.core.people import service as people
from systems_changers.hooks.facts import Choice, CohortType, FieldSpec, VariantOffer
from tests.core.doors import Doors

FIELDS = (
    FieldSpec("community", "Which community?", required=True),
    FieldSpec("theme", "Which theme?", "choice", choices=(Choice("voice", "Voice"), Choice("space", "Space"))),
    FieldSpec("visited", "Was it visited?", "yes_no"),
    FieldSpec("homes", "How many homes?", "number"),
)
CIRCLE = CohortType("circle", "Place circle", "place", "People of one place.", local_brand=True, fields=FIELDS)


def make(doors: Doors, name: str = "Portlaggan") -> UUID:
    made: Cohort = doors.world.do(service.make_cohort, CohortDetails(name))
    return made.id


def test_a_cohort_of_a_plugins_kind_is_made_with_its_own_questions(doors: Doors) -> None:
    doors.world.offers.types = [CIRCLE]
    morag = doors.come_in("morag")
    assert "Place circle" in morag.get("/cohorts/new").text
    form = "/cohorts/new?kind=circle"
    assert "Which community?" in morag.get(form).text
    wrong = morag.send(form, {"name": "Shore", "extra_homes": "many"}, seen_at=form)
    assert wrong.status_code == 422
    assert 'value="Shore"' in wrong.text
    assert 'href="#field-extra_community"' in wrong.text
    answers = {"name": "Shore", "extra_community": "Portlaggan", "extra_theme": "voice", "extra_homes": "420"}
    done = morag.send(form, answers | {"local_mark": "SC", "time_zone": "Europe/London"}, seen_at=form)
    assert done.status_code == 303
    view = doors.world.see(cohort_view, UUID(done.location.split("/")[-2]))
    assert view.extra == {"community": "Portlaggan", "theme": "voice", "visited": False, "homes": 420}
    assert (view.line.type_key, view.line.local_mark) == ("circle", "SC")
    page = morag.get(f"/cohorts/{view.id}/change").text
    assert 'value="Portlaggan"' in page


def test_two_who_write_at_once_lose_nothing(doors: Doors) -> None:
    id_ = make(doors)
    morag, change = doors.come_in("morag"), f"/cohorts/{id_}/change"
    assert (
        morag.send(change, {"name": "Portlaggan", "purpose": "Homes", "version": "1"}, seen_at=change).status_code
        == 303
    )
    both = morag.send(change, {"name": "Portlaggan", "purpose": "Buses", "version": "1"}, seen_at=change)
    assert both.status_code == 409
    assert "Homes" in both.text
    assert "Buses" in both.text
    assert 'name="version" value="2"' in both.text
    assert doors.world.see(cohort_row, id_).purpose == "Homes"


def test_a_step_that_is_refused_lists_every_reason(doors: Doors) -> None:
    id_ = make(doors)
    morag, here = doors.come_in("morag"), f"/cohorts/{id_}/"
    assert morag.send(f"{here}step", {"to": "recruiting"}, seen_at=here).status_code == 303
    page = morag.send(f"{here}step", {"to": "confirmed"}, seen_at=here)
    assert page.status_code == 409
    assert "Say who looks after safeguarding" in page.text
    assert "Say how many places there are." in page.text
    assert morag.send(f"{here}step", {"to": "nowhere"}, seen_at=here).status_code == 404
    assert doors.world.see(cohort_row, id_).state == "recruiting"


def test_a_list_is_shown_before_anything_is_stored(doors: Doors) -> None:
    id_ = make(doors)
    morag, upload = doors.come_in("morag"), f"/cohorts/{id_}/people/list"
    data = b"name,email\nIsla,isla@c.example\nTomasz,broken\n"
    page = morag.send(upload, {"file": (BytesIO(data), "people.csv")}, seen_at=upload)
    assert page.status_code == 200
    assert "Nothing is stored yet." in page.text
    assert "E-mail address: enter an e-mail address" in page.text
    assert doors.world.see(cohort_view, id_).participants == []
    values = {"text": data.decode(), "column-name": "name", "column-email": "email"}
    assert morag.send(f"{upload}/add", values, seen_at=upload).status_code == 303
    assert [each.name for each in doors.world.see(cohort_view, id_).participants] == ["Isla"]
    assert morag.send(f"{upload}/add", values, seen_at=upload).status_code == 303
    assert len(doors.world.see(cohort_view, id_).participants) == 1
    assert morag.send(upload, {"text": " "}, seen_at=upload).status_code == 422


def test_a_workbook_is_looked_at_and_then_added(doors: Doors) -> None:
    id_ = make(doors)
    morag, upload = doors.come_in("morag"), f"/cohorts/{id_}/people/list"
    book, kept = Workbook(), BytesIO()
    assert book.active is not None
    for row in (["Full name", "E-mail"], ["Isla", "isla@c.example"]):
        book.active.append(row)
    book.save(kept)
    page = morag.send(upload, {"file": (BytesIO(kept.getvalue()), "people.xlsx")}, seen_at=upload).text
    carried = re.search(r'<textarea name="text" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    assert carried is not None
    assert morag.send(f"{upload}/add", {"text": carried[1]}, seen_at=upload).status_code == 303
    assert [each.name for each in doors.world.see(cohort_view, id_).participants] == ["Isla"]


def test_people_are_added_confirmed_supported_and_let_go(doors: Doors) -> None:
    id_ = make(doors)
    morag, people = doors.come_in("morag"), f"/cohorts/{id_}/people/"
    add = f"{people}add"
    assert morag.send(add, {"name": ""}, seen_at=add).status_code == 422
    assert morag.send(add, {"name": "Isla", "email": "isla@c.example"}, seen_at=add).status_code == 303
    part = doors.world.see(cohort_view, id_).participants[0]
    assert morag.send(f"{people}{part.id}/confirm", seen_at=people).status_code == 303
    support = f"{people}{part.id}/support"
    values = {"manager_name": "Ruth", "manager_email": "ruth@portlaggan.example", "question": "Why?"}
    assert morag.send(support, values, seen_at=support).status_code == 303
    assert "Manager: Ruth" in morag.get(people).text
    old = morag.send(support, values | {"question": "Mine", "version": "1"}, seen_at=support)
    assert old.status_code == 409
    assert morag.send(f"{people}{part.id}/leave", seen_at=people).status_code == 303
    assert "Have left" in morag.get(people).text
    assert morag.send(f"{people}{part.id}/rejoin", seen_at=people).status_code == 303
    who = {"person": str(doors.world.people["euan"]), "part": "learning_partner"}
    seen = f"/cohorts/{id_}/facilitators"
    assert morag.send(seen, who, seen_at=seen).status_code == 303
    assert "Euan" in morag.get(people).text


def test_a_plan_is_made_and_a_module_swapped(doors: Doors) -> None:
    id_ = make(doors)
    morag, plan = doors.come_in("morag"), f"/cohorts/{id_}/plan/"
    assert "No modules are planned yet" in morag.get(plan).text
    assert morag.send(plan, seen_at=plan).status_code == 303
    line = doors.world.see(plan_of, id_)[0]
    swap = f"{plan}{line.id}"
    assert "In the plan" in morag.get(swap).text
    unknown = morag.send(swap, {"origin": "variant", "hash": "sha256:0"}, seen_at=plan)
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "path", ["/cohorts/new?kind=place", "/cohorts/new?kind=organisation", "/cohorts/new?kind=mixed"]
)
def test_plain_kinds_ask_for_what_applies(doors: Doors, path: str) -> None:
    page = doors.come_in("euan").get(path).text
    assert ('name="place"' in page) is ("organisation" not in path)
    assert ('name="host_organisation"' in page) is ("place" not in path)
    assert 'name="local_mark"' in page


def test_a_form_without_its_token_is_refused(doors: Doors) -> None:
    morag = doors.come_in("morag")
    answer = morag.client.post(f"{morag.root}/cohorts/new?kind=place", data={"name": "X"}, base_url="http://127.0.0.1")
    assert answer.status_code == 400


@pytest.mark.parametrize("search", ["%00", "Ail%00een", "%E2%80%AE", "%0A"])
def test_a_search_survives_what_nobody_can_see(doors: Doors, search: str) -> None:
    id_ = make(doors)
    page = doors.come_in("morag").get(f"/cohorts/{id_}/facilitators?search={search}")
    assert page.status_code == 200
    assert "\x00" not in page.text


def test_somebody_who_is_here_is_not_added_again(doors: Doors) -> None:
    cohort = doors.world.do(service.make_cohort, CohortDetails("Portlaggan")).id
    morag, form = doors.come_in("morag"), f"/cohorts/{cohort}/people/add"
    zoe = {"name": "Zoë Kahn", "email": "zoe@shore.example"}
    assert morag.send(form, zoe, seen_at=form).status_code == 303
    again = morag.send(form, zoe | {"name": "Zoë Kahn again"}, seen_at=form)
    assert (again.status_code, "is in the cohort already" in again.text) == (422, True)
    assert 'value="Zoë Kahn again"' in again.text


def test_a_list_of_people_who_are_here_offers_nothing_to_add(doors: Doors) -> None:
    cohort = doors.world.do(service.make_cohort, CohortDetails("Portlaggan")).id
    doors.world.do(service.add_participant, cohort, ParticipantEntry("Zoë Kahn", "zoe@shore.example"))
    morag, form = doors.come_in("morag"), f"/cohorts/{cohort}/people/list"
    shown = morag.send(form, {"text": "Name,E-mail\nZoë Kahn,zoe@shore.example\n"}, seen_at=form).text
    assert "Who will be added" not in shown
    assert "Add them" not in shown
    both = "Name,E-mail\nZoë Kahn,zoe@shore.example\nBen,ben@shore.example\n"
    shown = morag.send(form, {"text": both}, seen_at=form).text
    assert "Add them" in shown
    assert shown.count("ben@shore.example") > shown.count("zoe@shore.example")


def test_on_the_list_is_not_invited_and_an_invitation_says_until_when(doors: Doors) -> None:
    cohort = doors.world.do(service.make_cohort, CohortDetails("Portlaggan")).id
    part = doors.world.do(service.add_participant, cohort, ParticipantEntry("Zoë Kahn", "zoe@shore.example"))
    morag, page = doors.come_in("morag"), f"/cohorts/{cohort}/people/"
    before = morag.get(page).text
    assert ("On the list" in before, "Invited" in before) == (True, False)
    doors.world.do(people.invite, part.person_id, "participant")
    assert "Invited until 26 Mar" in morag.get(page).text
    assert "Invited until 26 Mar" in morag.get(f"/people/{part.person_id}/").text
    doors.world.later(days=15)
    assert "Invited until" not in morag.get(page).text


def test_cohorts_in_every_state_can_be_listed(doors: Doors) -> None:
    cohort = doors.world.do(service.make_cohort, CohortDetails("Portlaggan")).id
    doors.world.do(service.take_step, cohort, "cancelled")
    page = doors.come_in("morag").get("/cohorts/").text
    assert all(f"state={state}" in page for state in STATES)


NOBODY = "018f0000-0000-7000-8000-000000000000"


def test_what_is_turned_down_stays_on_its_page(doors: Doors) -> None:
    id_ = make(doors)
    morag = doors.come_in("morag")
    change, people = f"/cohorts/{id_}/change", f"/cohorts/{id_}/people/"
    assert morag.send("/cohorts/new?kind=castle", {"name": "Shore"}, seen_at=change).status_code == 404
    for path in ("/cohorts/new?kind=place", change):
        for answers in ({"name": "Shore", "time_zone": "Nowhere/At all", "version": "1"}, {"name": ""}):
            assert morag.send(path, answers, seen_at=change).status_code == 422
    doors.world.do(service.add_participant, id_, ParticipantEntry("Isla", email="isla@c.example"))
    part = doors.world.see(cohort_view, id_).participants[0]
    support = f"{people}{part.id}/support"
    own = {"manager_name": "Isla", "manager_email": "isla@c.example", "version": "1"}
    answer = morag.send(support, own, seen_at=support)
    assert (answer.status_code, "Nobody can be their own manager" in answer.text) == (422, True)
    assert morag.send(support, {"question": "x" * 30_000}, seen_at=support).status_code == 422
    assert morag.get(f"{people}{NOBODY}/support").status_code == 404
    for wrong in ({"person": "nobody"}, {"person": NOBODY, "part": "king"}):
        assert morag.send(f"/cohorts/{id_}/facilitators", wrong, seen_at=change).status_code == 404
    closed = make(doors, "Over")
    with doors.world.scope(write=True) as scope:
        cohort_row(scope, closed).state = "closed"
    refused = morag.send(f"/cohorts/{closed}/people/add", {"name": "Isla"}, seen_at=change)
    assert (refused.status_code, "takes nobody in" in refused.text) == (403, True)
    assert doors.world.see(cohort_view, id_).line.name == "Portlaggan"


def test_another_form_of_a_module_takes_its_place(doors: Doors) -> None:
    id_ = make(doors)
    morag, plan = doors.come_in("morag"), f"/cohorts/{id_}/plan/"
    doors.world.do(service.make_plan, id_)
    old = doors.world.see(plan_of, id_)[2]
    assert morag.get(f"{plan}{NOBODY}").status_code == 404
    change = {"action": "drop", "block": "who-next", "why": "No time.", "effect": "keeps"}
    shore = VariantOffer(
        "corra:shore-walk", old.identity, old.hash, "1.0", "Shore walk", "We walk.", "en_GB", (change,)
    )
    doors.world.offers.variants = [shore]
    variant = next(module for module in doors.world.see(modules_on_offer) if module.origin == "variant")
    taken = morag.send(f"{plan}{old.id}", {"origin": "variant", "hash": variant.hash}, seen_at=plan)
    assert taken.status_code == 303
    assert "Module 3 is now “Shore walk”." in morag.get(plan).text
    late = morag.send(f"{plan}{old.id}", {"origin": "canonical", "hash": old.hash}, seen_at=plan)
    assert late.status_code == 303
    assert "Somebody else changed this line" in morag.get(plan).text
    assert doors.world.see(plan_of, id_)[2].title == "Shore walk"
