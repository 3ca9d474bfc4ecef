"""Pages and commands by which people take out what is held about them, ask to be erased, and are erased."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from systems_changers.app import house_of
from systems_changers.cli import main
from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.experiments.models import Experiment, ExperimentOwner, ExperimentStep
from systems_changers.core.home.commands import person
from systems_changers.core.home.rules import readable
from systems_changers.core.home.service import archive, erasing, holdings, own_data, subjects
from systems_changers.core.operations import queries, service
from systems_changers.core.sessions.models import CohortSession
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.hooks.personal import HeldData
from systems_changers.infra.errors import PluginFailed
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.text import msg
from systems_changers.testing.instance import NOW, Browser, Instance, no_links
from tests.core.home.asked import EMAIL, House, unpacked


@pytest.fixture
def house(instance: Instance) -> House:
    return House(instance)


def keys(told: dict[str, Any]) -> set[str]:
    return {each["key"] for each in told["sections"]}


def test_everybody_takes_out_what_is_held_about_them(house: House) -> None:
    assert "Download everything that is held about me" in house.as_morag.get("/account/").text
    told = unpacked(house.as_morag.post("/account/data"))
    assert (told["partner"], told["name"], told["notes"]) == ("Harbour", "Morag Fraser", [str(holdings.OTHERS_WORDS)])
    assert {"person", "membership", "account", "sign_in_session"} <= keys(told)
    with house.instance.scope("harbour") as scope:
        assert queries.audit_trail(scope, queries.Wanted(kinds=("person",)))[0].rows[0].name == "person.exported"


def test_an_administrator_takes_out_no_sign_in(house: House) -> None:
    """How somebody signs in tells of other partners."""
    assert "Download everything" in house.as_ada.get(f"/people/{house.morag.person_id}/").text
    told = unpacked(house.as_ada.post(f"/people/{house.morag.person_id}/data"))
    assert keys(told) == {"person", "membership"}
    assert "kept by whoever runs this instance" in told["notes"][0]
    assert house.as_ada.post(f"/people/{house.ada.account_id}/data").status_code == 404


def waiting(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for each in told["sections"] if each["key"] == "outbox_mail" for row in each["rows"]]


def test_no_link_that_waits_to_be_sent_is_taken_out_by_anybody(house: House) -> None:
    """Whoever knows an address could come in as its account, and learn that there is one."""
    house.instance.add_partner("Haven", slug="haven")
    house.instance.add_person("haven", "Vic Victim", "facilitator", email="vic@haven.example")
    added = house.as_ada.post("/people/new", {"name": "Some Body", "email": "vic@haven.example"})
    person_id = added.headers["Location"].split("/")[-2]
    for path, answers in ((f"/people/{person_id}/invite", {"role": "participant"}), ("/get-started/mail", {})):
        assert house.as_ada.post(path, answers).status_code in (200, 303)
    house.instance.client("harbour").post("/sign-in/link", {"email": "vic@haven.example"})
    with house.instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        names = set(scope.db.scalars(sa.select(OutboxRow.name).where(OutboxRow.kind == "mail")))
    assert names >= {"people/mail_sign_in", "people/mail_invitation", "home/mail_test"}
    answer = house.as_ada.post(f"/people/{person_id}/data")
    told = unpacked(answer)
    assert waiting(told) == []
    with zipfile.ZipFile(io.BytesIO(answer.data)) as held:
        assert [name for name in held.namelist() if b"/sign-in/link/" in held.read(name)] == []
    (row,) = waiting(unpacked(house.as_ada.post("/account/data")))
    assert (row["address"], row["values"]) == ("ada@harbour.example", "(held, and shown to nobody)")


def named(told: dict[str, Any]) -> list[str]:
    return [each["key"] for each in told["sections"] if each["key"].endswith(".words")]


def calls_themselves(house: House, **answers: str) -> None:
    version = re.search(r'name="version" value="(\d+)"', house.as_morag.get("/account/").text)
    assert version is not None
    saved = house.as_morag.post("/account/", {"name": "Morag Fraser", "version": version[1], **answers})
    assert saved.status_code == 303


def test_nobody_learns_by_a_name_of_their_own_choice_what_others_wrote(house: House) -> None:
    """Neither a piece of it nor that it is there, in one's own download or in the administrator's."""
    quinn = house.instance.add_person("harbour", "Quinn Other", "participant")
    with house.instance.scope("harbour", house.ada, write=True) as scope:
        cohort = Cohort(name="C", extra={})
        scope.db.add(cohort)
        scope.db.flush()
        said = "Quinn Other told me: a safeguarding concern of 2026-03-20. Morag Fraser knows."
        scope.db.add(CohortSession(cohort_id=cohort.id, number=1, title="One", notes=said, extra={}))
        scope.db.add(Experiment(author_id=quinn.person_id, title="He hits me"))
    administrators = f"/people/{house.morag.person_id}/data"
    calls_themselves(house, job="Cook")
    assert named(unpacked(house.as_ada.post(administrators))) == ["cohort_session.words"], "the name that staff gave"
    for chosen in ({"name": "safeguarding concern"}, {"name": "he hits"}, {"phone": "20260320"}, {}):
        calls_themselves(house, **chosen)
        assert named(unpacked(house.as_morag.post("/account/data"))) == []
        assert named(unpacked(house.as_ada.post(administrators))) == []
    house.as_ada.post(f"/people/{house.morag.person_id}/", {"name": "Morag Fraser", "email": EMAIL})
    (told,) = [
        each for each in unpacked(house.as_ada.post(administrators))["sections"] if each["key"].endswith("words")
    ]
    assert told["rows"][0]["notes"].endswith("Morag Fraser knows.")


def test_an_administrator_learns_nothing_of_private_texts_by_renaming_somebody(house: House) -> None:
    """Neither in what is taken out nor in the preview of an erasure: both say the same whatever others wrote."""
    quinn = house.instance.add_person("harbour", "Quinn Other", "participant")
    told, where = [], f"/people/{house.morag.person_id}/"

    def renamed(name: str) -> str:
        assert house.as_ada.post(where, {"name": name, "email": EMAIL}).status_code == 303
        archive = unpacked(house.as_ada.post(f"{where}data"))
        shown = [archive["notes"], named(archive)]
        page = house.as_ada.get(f"{where}erase").text.replace(name, "NAME")
        return f"{shown} {re.sub(r'value=.[0-9a-f]{64}.|nonce=.[^ ]*', '', page)}"

    told.append(renamed("He Hits"))
    with house.instance.scope("harbour", write=True) as scope:
        scope.db.add(Experiment(author_id=quinn.person_id, title="he hits me", learning="He hits"))
    told.append(renamed("She Hits"))
    told.append(renamed("He Hits"))
    assert told[0] == told[1] == told[2]
    assert "is theirs: it was not searched" in told[0]
    assert "How often they stand there is not told" in told[0]
    house.as_ada.post(f"{where}erase", {"name": "He Hits"})
    with house.instance.scope("harbour") as scope:
        kept = scope.db.scalars(sa.select(Experiment)).one()
        assert (kept.title, kept.learning) != ("he hits me", "He hits"), "an erasure takes the name out all the same"


def test_nobody_else_may(house: House) -> None:
    for path in ("data", "requests", "erase"):
        assert house.as_morag.post(f"/people/{house.ada.person_id}/{path}").status_code in (403, 409)
    assert house.as_morag.get("/settings/requests").status_code in (403, 409)


def test_somebody_who_is_nobody_here_has_nothing(house: House) -> None:
    house.instance.add_partner("Haven", slug="haven")
    browser = house.instance.client("haven", house.morag)
    for path in ("/account/data", "/account/data/ask"):
        assert browser.post(path, {"kind": "access"}).status_code == 404
    assert "What is held about you" not in browser.get("/account/").text


def test_erasing_wants_the_name_typed(house: House) -> None:
    where = f"/people/{house.morag.person_id}/erase"
    page = house.as_ada.get(where).text
    assert "Name, contact and profile" in page
    assert house.names() == ["Ada Admin", "Morag Fraser"]
    for name in ("", "Morag"):
        assert house.as_ada.post(where, {"name": name}).status_code == 422
    assert house.names() == ["Ada Admin", "Morag Fraser"]
    assert house.as_ada.post(where, {"name": " Morag  Fraser"}).status_code == 303
    assert house.names() == ["Ada Admin"]
    assert "names nobody" in house.as_ada.get("/people/").text
    assert house.as_ada.get(where).status_code == 404


def test_the_last_administrator_is_told_why_not(house: House) -> None:
    where = f"/people/{house.ada.person_id}/erase"
    page = house.as_ada.get(where)
    assert page.status_code == 200
    assert "This is the only administrator" in page.text
    assert "Erase for good" not in page.text
    assert house.as_ada.post(where, {"name": "Ada Admin"}).status_code >= 400
    assert "Ada Admin" in house.names()


def test_who_was_erased_is_added_again_only_knowingly(house: House) -> None:
    own_data.erase_person(house.instance.kit, "harbour", EMAIL)
    facilitator = house.instance.add_person("harbour", "Fay Facilitator", "facilitator")
    answers = {"name": "Morag Fraser", "email": EMAIL}
    as_fay = house.instance.client("harbour", facilitator)
    refused = as_fay.post("/people/new", answers)
    assert (refused.status_code, 'name="again"' in refused.text) == (422, False)
    assert as_fay.post("/people/new", answers | {"again": "1"}).status_code == 422
    refused = house.as_ada.post("/people/new", answers)
    assert "asked to be erased here" in refused.text
    assert 'name="again"' in refused.text
    assert house.as_ada.post("/people/new", answers | {"again": "1"}).status_code == 303
    assert "Morag Fraser" in house.names()


def test_a_list_leaves_out_who_was_erased(house: House) -> None:
    own_data.erase_person(house.instance.kit, "harbour", EMAIL)
    cohort = house.instance.add_cohort("harbour", house.ada, "C").id
    with house.instance.scope("harbour", write=True) as scope:
        scope.db.get_one(Cohort, (scope.partner.id, cohort)).state = "recruiting"
    sheet = f"Name,E-mail,Manager e-mail\nMorag,{EMAIL.upper()},\nBen,ben@x.example,{EMAIL}\nIsla,isla@x.example,\n"
    page = house.as_ada.post(f"/cohorts/{cohort}/people/list", {"text": sheet})
    assert page.text.count("asked to be erased here") == 2, page.text
    added = house.as_ada.post(f"/cohorts/{cohort}/people/list/add", {"text": sheet})
    assert added.status_code == 303
    assert house.names() == ["Ada Admin", "Isla"]


# --- what is gathered ---


def gathered(house: House, who: ActorFacts) -> dict[str, holdings.Section]:
    assert who.person_id is not None
    with house.instance.scope("harbour", house.ada, write=True) as scope:
        found = holdings.gather(scope, subjects.subject_of(scope, who.person_id), account=False)
    return {each.key: each for each in found.sections}


def test_what_others_wrote_beside_ones_own_is_left_out(house: House) -> None:
    calum = house.instance.add_person("harbour", "Calum Beag", "participant")
    assert house.morag.person_id is not None
    assert calum.person_id is not None
    with house.instance.scope("harbour", write=True) as scope:
        mine = Experiment(author_id=house.morag.person_id, title="Mine")
        theirs = Experiment(author_id=calum.person_id, title="Ours too")
        scope.db.add_all([mine, theirs, Experiment(author_id=calum.person_id, title="Private")])
        scope.db.flush()
        scope.db.add(ExperimentOwner(experiment_id=theirs.id, person_id=house.morag.person_id))
        for number, by in enumerate((house.morag.account_id, calum.account_id, None)):
            moved: dict[str, Any] = {"from_state": "a", "to_state": "b", "at": NOW, "why": f"Why {number}"}
            scope.db.add(ExperimentStep(experiment_id=mine.id, created_by=by, **moved))
    told = gathered(house, house.morag)
    assert sorted(row["title"] for row in told["experiment"].rows) == ["Mine", "Ours too"]
    authors = {row["title"]: row["author_id"] for row in told["experiment"].rows}
    assert authors == {"Mine": str(house.morag.person_id), "Ours too": holdings.SOMEBODY_ELSE}
    whys = sorted(str(row["why"]) for row in told["experiment_step"].rows)
    assert whys == sorted(["Why 0", "Why 2", str(holdings.SOMEBODY_ELSE)])
    assert str(told["experiment_step"].notes[0]) == "What others wrote there is left out."
    assert told["experiment"].notes == ()
    assert told["experiment"].purposes == ("Thinking, testing and learning with experiments",)
    assert [str(each) for each in told["experiment"].keeps] == ["Until the person takes it back"]


def test_what_plugins_offer_is_packed_and_who_is_silent_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    held = HeldData("berths", msg("Berths"), "keep a place", "", ("Pier", "Note"), (("Pier 4", msg("By mail")),))
    with house.instance.scope("harbour", house.ada, write=True) as scope:
        monkeypatch.setattr(type(scope.hooks), "offer_personal_data", lambda *_args: ([("boats", held)], ["rude"]))
        assert house.morag.person_id is not None
        found = holdings.gather(scope, subjects.subject_of(scope, house.morag.person_id), account=False)
        catalogue = house.instance.kit.catalogues.catalogue("en_GB")
        body = archive.pack(scope, found, catalogue, house_of(house.instance.app).templates)
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        told, page = json.loads(packed.read("data.json")), packed.read("index.html").decode()
        sheet = packed.read("csv/berths.csv").decode("utf-8-sig")
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o600}
        assert packed.infolist()[0].date_time[:3] == (2026, 3, 27)
    (section,) = [each for each in told["sections"] if each["key"] == "berths"]
    assert section == {
        "key": "berths", "title": "Berths", "purposes": ["keep a place"], "keeps": [], "notes": [],
        "rows": [{"Pier": "Pier 4", "Note": "By mail"}],
    }  # fmt: skip
    assert sheet == '"Pier","Note"\r\n"Pier 4","By mail"\r\n'
    assert "The plugin rude could not say what it holds." in page


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (["a", "b"], "a, b"), ([1], "[1]"), ({"ä": 1}, '{"ä": 1}'), ("x", "x"), (True, "True")],
)
def test_a_value_is_read_by_people(value: Any, text: str) -> None:
    assert readable(value) == text


def test_nobody_is_erased_where_a_plugin_cannot(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise PluginFailed(msg("No."))

    monkeypatch.setattr(Calls, "offer_erasures", fail)
    with pytest.raises(PluginFailed):
        own_data.erase_person(house.instance.kit, "harbour", EMAIL)
    assert "Morag Fraser" in house.names()


# --- commands ---


def run(data: Path, *words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, [*words, "--data", str(data)])
    assert done.exit_code == status, done.output
    return done.output


@pytest.fixture
def made(tmp_path: Path) -> Path:
    data = tmp_path / "instance"
    run(data, "init", "--yes", "--partner", "Harbour Trust", "--name", "Ines Moreau", "--email", "ines@example.org")
    return data


def test_the_command_writes_a_file_once_for_its_owner_alone(made: Path, tmp_path: Path) -> None:
    file = tmp_path / "ines.zip"
    said = run(made, "person", "export", "harbour-trust", "Ines@Example.org", str(file))
    assert "Everything that Harbour Trust holds about Ines Moreau is in" in said
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as held:
        assert "What Harbour Trust holds about Ines Moreau" in held.read("index.html").decode()
    assert "is there already" in run(made, "person", "export", "harbour-trust", "ines@example.org", str(file), status=1)
    answer = json.loads(run(made, "person", "export", "harbour-trust", "ines@example.org", str(file) + "2", "--json"))
    assert answer["rows"]["person"] == 1


def test_the_command_does_not_say_that_all_is_erased_where_a_plugin_is_away() -> None:
    plan = erasing.Plan("Ines", (), (queries.Away("gone", "Harbour notes"),))
    why = ("What these plugins may hold can't be reached, because they are not installed or kept out just now:"
           " Harbour notes. It is erased once they are back.")  # fmt: skip
    assert list(person._told(plan)) == [str(erasing.OTHERS_OWN), f"Not everything can be erased now. {why}"]
    assert list(person._result(plan, done=True)) == [f"Ines is erased, but not everywhere. {why}"]
    assert list(person._result(plan, done=False)) == ["Nothing was erased."]
    assert list(person._result(erasing.Plan("Ines", ()), done=True)) == ["Ines is erased."]


def test_the_command_says_first_and_erases_with_yes_alone(made: Path, tmp_path: Path) -> None:
    words = ("person", "erase", "harbour-trust", "ines@example.org")
    assert "Nobody is here to ask" in run(made, *words, status=1)
    said = run(made, *words, "--dry-run")
    assert "Deleted:\n      1  Name, contact and profile\n" in said
    assert said.endswith("Nothing was erased.\n")
    answer = json.loads(run(made, *words, "--yes", "--json"))
    assert answer == {"erased": True, "rows": {"deleted": {"Name, contact and profile": 1}}, "unreached": []}
    assert "Nobody at Harbour Trust has the address" in run(made, *words, "--yes", status=1)
    said = run(made, "partner", "administrator", "harbour-trust", "ines@example.org", status=1)
    assert "asked to be erased here" in said


def test_the_clock_is_shown_to_nobody_twice(house: House) -> None:
    """A request that is answered no longer counts days."""
    with house.instance.scope("harbour", write=True) as scope:
        assert house.morag.person_id is not None
        service.receive_request(scope, house.morag.person_id, "access")
        service.answer_requests_of(scope, house.morag.person_id, "access")
    assert "left, until" not in house.as_ada.get("/settings/requests").text
    assert isinstance(house.as_ada, Browser)
