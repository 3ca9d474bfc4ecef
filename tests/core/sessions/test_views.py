"""Pages through the real edge: what each role reads, and a session as planned in few taps."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.models import PlannedModule
from systems_changers.core.cohorts.queries import cohort_view, plan_of
from systems_changers.core.cohorts.rules import CohortDetails, Support
from systems_changers.core.curriculum.models import PartnerTranslation
from systems_changers.core.curriculum.queries import kept_modules
from systems_changers.core.curriculum.rules import block_hash
from systems_changers.core.partners.models import Partner
from systems_changers.core.sessions import service
from systems_changers.core.sessions.models import Attendance, CohortSession
from systems_changers.core.sessions.queries import SessionView, record_of, register_of, session_view, sessions_of
from systems_changers.core.sessions.rules import FirstMeeting, SessionDetails
from systems_changers.hooks.facts import ReportOffer
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import MailRow
from systems_changers.web.dispatch import compose
from tests.core.doors import Browser, Doors
from tests.core.programme import NOW, World

DETAILS = CohortDetails(
    "Portlaggan", local_name="Shore Circle", starts_on=date(2026, 3, 12), target_places=11,
    safeguarding_name="Ailsa Munro", safeguarding_contact="ailsa@safe.example",
)  # fmt: skip


def running(world: World) -> tuple[UUID, list[CohortSession], dict[str, UUID]]:
    """A cohort with three people, a plan and sessions, the first of them this morning."""
    cohort = world.do(cohorts.make_cohort, DETAILS)
    world.do(cohorts.make_plan, cohort.id)
    parts = {who: world.join(cohort.id, who) for who in ("aileen", "calum", "priya")}
    world.under_way(cohort.id)
    rows = world.do(service.plan_sessions, cohort.id, FirstMeeting(NOW - timedelta(hours=6)))
    return cohort.id, rows, parts


def ok(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
    return str(answer.text)


def sealed(doors: Doors) -> tuple[Browser, str, list[CohortSession], dict[str, UUID]]:
    """The same with the first session written up, as its facilitator sees it, and where it is."""
    _, rows, parts = running(doors.world)
    morag, here = doors.come_in("morag"), f"/sessions/{rows[0].id}"
    register = {f"here-{part}": "present" for part in parts.values()}
    morag.send(f"{here}/register", register | {"what": "deliver"}, seen_at=f"{here}/register")
    morag.send(f"{here}/write-up", {"notes": ""}, seen_at=f"{here}/write-up")
    return morag, here, rows, parts


def test_a_session_as_planned_takes_four_taps_from_the_cohorts_page(doors: Doors) -> None:
    cohort, rows, parts = running(doors.world)
    morag = doors.come_in("morag")
    page = ok(morag, f"/cohorts/{cohort}/")
    register = f"/sessions/{rows[0].id}/register"
    assert register in page  # tap 1, from the list of what needs doing
    page = ok(morag, register)
    assert 'data-fill="present"' in page  # tap 2, Everyone here
    here = {f"here-{part}": "present" for part in parts.values()}
    done = morag.send(register, here | {"what": "deliver"}, seen_at=register)  # tap 3, Delivered
    assert done.status_code == 303
    assert done.location.endswith(f"/sessions/{rows[0].id}/write-up")
    page = ok(morag, f"/sessions/{rows[0].id}/write-up")
    assert "3 of 3" in page
    where = f"/sessions/{rows[0].id}/write-up"
    assert morag.send(where, {"notes": ""}, seen_at=where).status_code == 303  # tap 4, Write up and seal
    late = morag.send(where, {"notes": "Mine", "version": "1"}, seen_at=register)
    assert (late.status_code, "Mine" in late.text, "/correct" in late.text) == (409, True, True)
    assert "Write up and seal" not in late.text
    assert morag.get(where).location.endswith(f"/sessions/{rows[0].id}/")
    record = doors.world.see(record_of, rows[0].id)
    assert (record.content["head_count"], record.sealed_by) == (3, "facilitator")
    assert "Sealed by the facilitator" in ok(morag, f"/sessions/{rows[0].id}/")


def test_everyone_here_works_without_scripts(doors: Doors) -> None:
    _, rows, parts = running(doors.world)
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    page = morag.send(register, {"fill": "present"}, seen_at=register)
    assert page.status_code == 200
    assert page.text.count('value="present" checked') == 3
    assert doors.world.see(session_view, rows[0].id).line.state == "planned"
    assert len(parts) == 3


def test_a_departure_is_one_tap_and_one_sentence_and_nothing_typed_is_lost(doors: Doors) -> None:
    _, rows, parts = running(doors.world)
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    view: SessionView = doors.world.see(session_view, rows[0].id)
    block = view.blocks[2]
    here = {f"here-{part}": "present" for part in parts.values()}
    wordless = here | {f"block-{block.id}": "skipped", "added-0": "A walk", "added-why-0": "Sun", "what": "deliver"}
    page = morag.send(register, wordless, seen_at=register)
    assert page.status_code == 422
    assert f'href="#why-{block.id}"' in page.text
    assert 'value="A walk"' in page.text
    assert re.search(rf'name="block-{block.id}" value="skipped" checked', page.text)
    said = wordless | {f"why-{block.id}": "The bus was cancelled."}
    assert morag.send(register, said, seen_at=register).status_code == 303
    shown = ok(morag, f"/sessions/{rows[0].id}/")
    assert "The bus was cancelled." in shown
    assert "A walk" in shown
    outcomes = [each.outcome for each in doors.world.see(session_view, rows[0].id).blocks]
    assert (outcomes.count("skipped"), outcomes.count("added")) == (1, 1)


def test_minutes_of_part_of_a_session_are_asked_and_stand_when_saved_again(doors: Doors) -> None:
    _, rows, parts = running(doors.world)
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    stayed = f"stayed-{parts['calum']}"
    here = {f"here-{part}": "present" for part in parts.values()} | {f"here-{parts['calum']}": "part"}
    wrong = morag.send(register, here | {stayed: "long", "what": "deliver"}, seen_at=register)
    assert wrong.status_code == 422
    assert f'id="{stayed}-error"' in wrong.text
    assert morag.send(register, here | {stayed: "45", "what": "deliver"}, seen_at=register).status_code == 303
    assert re.search(rf'name="{stayed}"[^>]*value="45"', ok(morag, register))
    with doors.world.scope(write=True) as scope:
        online = sa.update(Attendance).where(Attendance.cohort_person_id == parts["priya"])
        scope.db.execute(online.values(mode="online", minutes=120))
    assert morag.send(register, here | {"what": "deliver"}, seen_at=register).status_code == 303
    view: SessionView = doors.world.see(session_view, rows[0].id)
    kept = {each.name: (each.state, each.minutes, each.mode) for each in doors.world.see(register_of, view)}
    assert kept == {
        "Aileen": ("present", None, "room"), "Calum": ("part", 45, "room"), "Priya": ("present", 120, "online"),
    }  # fmt: skip


def test_a_register_of_two_at_once_and_nonsense_in_its_version(doors: Doors) -> None:
    _, rows, parts = running(doors.world)
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    here = {f"here-{part}": "present" for part in parts.values()}
    for version in ("9" * 5000, "1"):
        first = morag.send(register, here | {"what": "save", "version": version}, seen_at=register)
        assert first.status_code == (303 if version == "1" else 409)
    late = morag.send(register, here | {"what": "save", "version": "1"}, seen_at=register)
    assert late.status_code == 409


def test_two_registers_at_once_stand_beside_each_other_until_one_is_chosen(doors: Doors) -> None:
    _, rows, parts = running(doors.world)
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    block = doors.world.see(session_view, rows[0].id).blocks[0]
    here = {f"here-{part}": "present" for part in parts.values()}
    theirs = here | {
        f"here-{parts['calum']}": "part", f"stayed-{parts['calum']}": "45", f"mode-{parts['priya']}": "phone",
        f"block-{block.id}": "skipped", f"why-{block.id}": "The bus & boat were cancelled.",
        "added-0": "A walk", "added-why-0": "The sun came out.", "version": "1", "what": "save",
    }  # fmt: skip
    assert morag.send(register, theirs, seen_at=register).status_code == 303
    mine = here | {f"here-{parts['aileen']}": "absent", f"reason-{parts['aileen']}": "health", "version": "1"}
    mine |= {f"mode-{parts['priya']}": "room", "what": "deliver"}
    late = morag.send(register, mine, seen_at=register)
    assert late.status_code == 409
    shown = late.text.partition("Somebody saved this while you were writing")[2].partition("</section>")[0]
    rows_ = re.findall(r"<h3>([^<]*)</h3>.*?</p><p>([^<]*)</p>.*?</p><p>([^<]*)</p>", shown, re.DOTALL)
    assert sorted(rows_) == sorted([
        ("Aileen", "Away, Health", "Here"),
        ("Calum", "Here", "Part of it, 45 min"),
        ("Priya", "Here", "Here, By phone"),
        (block.title, "As planned", "Left out, The bus &amp; boat were cancelled."),
        ("Added", "Not said", "A walk, The sun came out."),
    ])  # fmt: skip
    assert 'name="version" value="2"' in late.text
    assert "The bus" in ok(morag, register), "what was saved first still stands"


def test_who_joined_from_elsewhere_is_an_exception_on_the_register(doors: Doors) -> None:
    _, rows, parts = running(doors.world)
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    here = {f"here-{part}": "present" for part in parts.values()}
    page = ok(morag, register)
    assert page.count('<option value="room" selected>') == 3, "nothing to touch where everybody was in the room"
    assert '<details class="more">\n  <summary>Somebody took part online or by phone' in page
    sent = here | {f"mode-{parts['priya']}": "phone", "what": "save"}
    assert morag.send(register, sent, seen_at=register).status_code == 303
    assert '<option value="phone" selected>' in ok(morag, register)
    assert morag.send(register, here | {"what": "deliver"}, seen_at=register).status_code == 303
    view: SessionView = doors.world.see(session_view, rows[0].id)
    kept = {each.name: each.mode for each in doors.world.see(register_of, view)}
    assert kept == {"Aileen": "room", "Calum": "room", "Priya": "phone"}
    nonsense = here | {f"mode-{parts['priya']}": "pigeon", "what": "deliver"}
    assert morag.send(register, nonsense, seen_at=register).status_code == 422


def test_two_corrections_at_once_are_shown_beside_each_other(doors: Doors) -> None:
    morag, here, rows, parts = sealed(doors)
    correct = f"{here}/correct"
    seen = re.findall(r'name="version" value="(\d+)"', ok(morag, correct))
    count = {"what": "head_count", "head_count": "2", "why": "I counted.", "version": seen[0]}
    gone = {"what": str(parts["calum"]), "presence": "absent", "why": "He told us.", "version": seen[0]}
    assert morag.send(correct, count, seen_at=correct).status_code == 303
    met = morag.send(correct, gone, seen_at=correct)
    assert met.status_code == 409
    for said in ("He told us.", "I counted.", "Calum", "The head count"):
        assert f"<p>{said}</p>" in met.text
    assert f'<option value="{parts["calum"]}" selected>' in met.text
    assert len(doors.world.see(record_of, rows[0].id).corrections) == 1
    again = gone | {"version": re.findall(r'name="version" value="(\d+)"', met.text)[0]}
    assert morag.send(correct, again, seen_at=correct).status_code == 303
    assert len(doors.world.see(record_of, rows[0].id).corrections) == 2


def test_attendance_is_put_right_in_a_correction(doors: Doors) -> None:
    morag, here, rows, parts = sealed(doors)
    correct = f"{here}/correct"
    assert f'<option value="{parts["calum"]}">Calum</option>' in ok(morag, correct)
    said = {"what": str(parts["calum"]), "why": "He told us."}
    for nothing in ({}, {"presence": "present"}):
        assert morag.send(correct, said | nothing, seen_at=correct).status_code == 422
    assert morag.send(correct, said | {"presence": "absent"}, seen_at=correct).status_code == 303
    view: SessionView = doors.world.see(session_view, rows[0].id)
    assert {each.name: each.state for each in doors.world.see(register_of, view)}["Calum"] == "absent"
    record = doors.world.see(record_of, rows[0].id)
    assert (view.line.head_count, record.corrected["head_count"], record.content["head_count"]) == (2, 2, 3)
    assert record.holds


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_out_of_this_age_is_refused(doors: Doors, day: str) -> None:
    cohort, rows, _ = running(doors.world)
    morag = doors.come_in("morag")
    for where in (
        f"/sessions/{rows[0].id}/change",
        f"/cohorts/{cohort}/sessions/new",
        f"/cohorts/{cohort}/sessions/plan",
    ):
        page = morag.send(where, {"title": "Late", "day": day, "time": "10:00"}, seen_at=where)
        assert page.status_code == 422
        assert "enter a date from" in page.text


def test_a_gate_says_why_and_stores_nothing(doors: Doors) -> None:
    _, rows, parts = running(doors.world)
    doors.world.offers.against = {"delivered": "The safeguarding lead has to sign first."}
    morag, register = doors.come_in("morag"), f"/sessions/{rows[0].id}/register"
    here = {f"here-{part}": "present" for part in parts.values()}
    page = morag.send(register, here | {"what": "deliver"}, seen_at=register)
    assert page.status_code == 409
    assert "The safeguarding lead has to sign first." in page.text
    assert page.text.count('value="present" checked') == 3
    assert 'value="present" checked' not in ok(morag, register)


def test_what_each_role_reads_of_a_cohort(doors: Doors) -> None:
    cohort, rows, _ = running(doors.world)
    part = doors.world.see(cohort_view, cohort).participants[0]
    support = Support("Ruth", "ruth@portlaggan.example")
    doors.world.do(cohorts.assign, cohort, part.id, support, part.version)
    staff = ok(doors.come_in("morag"), f"/cohorts/{cohort}/")
    assert "What needs doing" in staff
    assert "Ailsa Munro" in staff
    member = ok(doors.come_in("aileen"), f"/cohorts/{cohort}/")
    assert "Who is in the room" in member
    assert "What needs doing" not in member
    assert "calum@portlaggan.example" not in member
    manager = ok(doors.come_in("ruth"), f"/cohorts/{cohort}/")
    assert "Shore Circle" in manager
    for word in ("Aileen", "Calum", "Ailsa", rows[0].title, "Who is in the room"):
        assert word not in manager
    assert doors.come_in("ruth").get(f"/sessions/{rows[0].id}/").status_code in {403, 404}


def test_a_participant_reads_what_she_needs_and_no_notes(doors: Doors) -> None:
    cohort, rows, _ = running(doors.world)
    plan = doors.world.see(plan_of, cohort)
    doors.world.do(service.add_session, cohort, SessionDetails("Extra", starts_at=NOW, bring="Boots"), [plan[2].id])
    extra = next(line for line in doors.world.see(sessions_of, cohort) if line.title == "Extra")
    page = ok(doors.come_in("aileen"), f"/sessions/{extra.id}/")
    assert "Boots" in page
    assert "10:00\xa0GMT" in page
    assert "Draw a rich picture" in page
    assert "The first five minutes feel silly" not in page
    assert doors.come_in("aileen").get(f"/sessions/{rows[0].id}/register").status_code in {403, 404}


PAGES = (
    "/cohorts/", "/cohorts/?state=closed", "/cohorts/new", "/cohorts/new?kind=place", "/cohorts/{c}/",
    "/cohorts/{c}/change", "/cohorts/{c}/people/", "/cohorts/{c}/people/add", "/cohorts/{c}/people/list",
    "/cohorts/{c}/people/{p}/support", "/cohorts/{c}/facilitators", "/cohorts/{c}/plan/", "/cohorts/{c}/plan/{m}",
    "/cohorts/{c}/sessions/plan", "/cohorts/{c}/sessions/new", "/sessions/{s}/", "/sessions/{s}/change",
    "/sessions/{s}/register", "/modules/", "/modules/{h}/",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_facilitators_is_there_and_closed_to_others(doors: Doors, path: str) -> None:
    cohort, rows, parts = running(doors.world)
    line = doors.world.see(plan_of, cohort)[2]
    where = path.format(c=cohort, s=rows[0].id, p=parts["aileen"], m=line.id, h=line.hash)
    with doors.world.counted() as sent:
        page = ok(doors.come_in("morag"), where)
    assert "No names of people you support" in page or "/add" not in path
    assert len([statement for statement in sent if not statement.startswith(("INSERT", "UPDATE"))]) <= 9
    if path not in {"/cohorts/", "/cohorts/?state=closed", "/cohorts/{c}/", "/sessions/{s}/"}:
        assert doors.come_in("aileen").get(where).status_code in {403, 404}
        assert doors.come_in("ruth").get(where).status_code in {403, 404}


def test_a_foreign_or_unknown_id_is_not_found(doors: Doors) -> None:
    foreign = doors.world.do(cohorts.make_cohort, CohortDetails("Foreign"), who="stranger").id
    morag = doors.come_in("morag")
    for id_ in (foreign, doors.world.partner.id):
        for path in (
            "/cohorts/{}/",
            "/cohorts/{}/people/",
            "/cohorts/{}/plan/",
            "/sessions/{}/",
            "/sessions/{}/register",
        ):
            assert morag.get(path.format(id_)).status_code == 404


def test_the_api_answers_what_the_pages_show(doors: Doors) -> None:
    cohort, rows, _ = running(doors.world)
    morag, aileen = doors.come_in("morag"), doors.come_in("aileen")
    listed = morag.get("/api/v1/cohorts/").json
    assert [(each["name"], each["people"]) for each in listed["items"]] == [("Portlaggan", 3)]
    assert aileen.get(f"/api/v1/cohorts/{cohort}").json["local_name"] == "Shore Circle"
    answered = aileen.get("/api/v1/sessions/").json
    assert answered["total"] == len(rows)
    assert answered["items"][0]["starts_at"].startswith("2026-03-12T04:00:00")
    assert doors.come_in("ruth").get(f"/api/v1/cohorts/{cohort}").status_code == 404
    assert doors.come_in("priya").get(f"/api/v1/sessions/{doors.world.partner.id}").status_code == 404


@pytest.mark.parametrize("template", ["write_up_reminder", "sealed_by_time"])
def test_mails_say_which_session_and_where(doors: Doors, template: str) -> None:
    values = {
        "name": "Morag",
        "cohort": "Shore Circle",
        "session": "Arriving",
        "number": 1,
        "last": True,
        "link": "https://x",
    }
    mail = MailRow(address="morag@portlaggan.example", locale="en_GB", values=values)
    house = doors.app.extensions["systems_changers"]
    message = compose(house, f"sessions/mail/{template}", mail, doors.world.partner)
    assert message["Subject"].startswith("Session 1 of Shore Circle")
    parts = [part.get_content() for part in message.iter_parts()]
    assert all("https://x" in part and "Morag" in part and "Arriving" in part for part in parts)


def test_a_participant_reads_modules_in_the_language_chosen_in_the_browser(doors: Doors) -> None:
    cohort, rows, _parts = running(doors.world)
    with doors.world.scope(write=True) as scope:
        with as_the_kit(scope.db):
            scope.db.get_one(Partner, doors.world.partner.id).locales = ["en_GB", "gd"]
        module = scope.db.scalars(
            sa.select(PlannedModule).where(PlannedModule.cohort_id == cohort).order_by(PlannedModule.position)
        ).first()
        assert module is not None
        kept = kept_modules(scope, [module.hash])[module.hash]
        first = kept.content["blocks"][0]
        words = {"title": "Fàilte", "purpose": "Gus tòiseachadh"}
        place = {"partner_id": scope.partner.id, "created_at": NOW, "block_hash": block_hash(first)}
        scope.db.add(PartnerTranslation(**place, hash="sha256:" + "1" * 64, locale="gd", content=words))
        module.translations = {"gd": {first["key"]: "sha256:" + "1" * 64}}
    path, aileen = f"/sessions/{rows[0].id}/", doors.come_in("aileen")
    assert first["title"] in ok(aileen, path)
    assert aileen.send("/language", {"locale": "gd"}, seen_at=path).status_code == 303
    page = ok(aileen, path)
    assert "Fàilte" in page
    assert "Gus tòiseachadh" in page


def test_reports_are_found_from_the_cohort_and_from_the_figures(doors: Doors) -> None:
    cohort, _rows, _parts = running(doors.world)
    where, morag = f"/cohorts/{cohort}/reports/", doors.come_in("morag")
    assert where not in ok(morag, f"/cohorts/{cohort}/")
    doors.world.offers.reports = [ReportOffer("year", "The year", "One cohort in a page.", lambda *_: ())]
    assert where in ok(morag, f"/cohorts/{cohort}/")
    assert where not in ok(doors.come_in("aileen"), f"/cohorts/{cohort}/")
    assert morag.send("/figures/count", seen_at="/figures/").status_code == 303
    assert where in ok(morag, "/figures/")
    assert "The year" in ok(morag, where)
