"""What is said of personal data is what the columns say: all of them, and of no plugin that is off."""

from __future__ import annotations

import csv
import io

from systems_changers import __version__
from systems_changers.core.privacy import queries
from systems_changers.core.privacy.queries.assessment import RISKS
from systems_changers.core.privacy.rules import BECAUSE
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.db import Base
from systems_changers.infra.personal import BASES
from systems_changers.testing.instance import Instance

PROFILE = "corra_scotland_community_profile"


def test_every_personal_column_of_the_kit_is_told(corra: Instance) -> None:
    with corra.scope("alder") as scope:
        told = {(each.table, each.column) for each in queries.declared(scope)}
    kits = [
        table for table in Base.metadata.tables.values() if not table.name.startswith(("corra_", "childrens_society_"))
    ]
    held = {(table.name, each.name) for table in kits for each in table.columns if each.info.get("personal")}
    assert told == held
    assert {("person", "email"), ("account", "email"), ("attendance", "reason"), ("complaint", "words")} <= told


def test_a_plugin_s_columns_are_told_where_it_is_on(corra: Instance) -> None:
    with corra.scope("corra") as scope:
        here = {(each.column, each.plugin) for each in queries.declared(scope) if each.table == PROFILE}
    with corra.scope("alder") as scope:
        there = [each for each in queries.declared(scope) if each.plugin]
    assert here == {(name, "corra-scotland") for name in ("listening", "assets", "hopes", "themes")}
    assert there == []


def test_columns_of_one_purpose_stand_together(corra: Instance) -> None:
    with corra.scope("corra") as scope:
        found = {each.purpose: each for each in queries.activities(scope)}
    contact = found["Reaching people about the programme"]
    assert contact.labels == (
        "Name", "E-mail address", "Phone", "What I do", "Where I work", "My team", "Language", "Time zone"
    )  # fmt: skip
    assert (contact.basis, contact.condition, contact.tables) == ("legitimate interests", None, ("person",))
    needs = found["Making sessions work for everybody"]
    assert (needs.basis, needs.condition) == ("consent", "explicit consent")
    assert found["Remembering what a place said of itself"].plugin == "corra-scotland"


def test_every_basis_has_its_plain_words() -> None:
    assert BECAUSE.keys() == BASES.keys()


def test_the_notice_is_for_anybody_and_in_the_reader_s_language(corra: Instance) -> None:
    page = corra.client("corra").get("/privacy")
    assert page.status_code == 200
    for said in ("Reaching people about the programme", "Remembering what a place said of itself",
                 "Corra decides what is done with your data here", "2 years after the person&#39;s last cohort",
                 "Some of it may be about health", "https://ico.org.uk/make-a-complaint/"):  # fmt: skip
        assert said in page.text, said
    assert "Remembering what a place said of itself" not in corra.client("alder").get("/privacy").text
    assert corra.client().get("/privacy").status_code == 404


def test_the_notice_is_linked_where_people_come_in(corra: Instance) -> None:
    for path in ("/", "/sign-in"):
        assert 'href="/p/corra/privacy"' in corra.client("corra").get(path).text
    assert "/privacy" not in corra.client().get("/sign-in").text


def test_who_answers_is_said_once_and_stands_in_the_notice(corra: Instance, ines: ActorFacts) -> None:
    browser = corra.client("corra", ines)
    page = browser.get("/settings/privacy/").text
    version = page.partition('name="version" value="')[2].partition('"')[0]
    given = {"contact": "The privacy lead\nprivacy@corra.example", "registration": "ZA123456", "version": version}
    assert browser.post("/settings/privacy/", {**given, "contact": ""}).status_code == 422
    assert browser.post("/settings/privacy/", given).status_code == 303
    told = corra.client("corra").get("/privacy").text
    assert "The privacy lead<br>privacy@corra.example" in told
    assert "ZA123456" in told
    assert browser.post("/settings/privacy/", {**given, "contact": "Nobody"}).status_code == 409
    assert "Changed who answers for people&#39;s data" in browser.get("/settings/changes").text


def test_the_record_is_for_administrators(corra: Instance, ines: ActorFacts, morag: ActorFacts) -> None:
    assert corra.client("corra", morag).get("/settings/privacy/").status_code == 403
    page = corra.client("corra", ines).get("/settings/privacy/")
    assert page.status_code == 200
    assert "Explicit consent" in page.text
    assert "corra-scotland" in page.text


def test_the_record_as_a_table(corra: Instance, ines: ActorFacts) -> None:
    answer = corra.client("corra", ines).get("/settings/privacy/file")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    with corra.scope("corra", ines) as scope:
        assert len(rows) == len(queries.activities(scope))
    (needs,) = [row for row in rows if row["purpose"] == "Making sessions work for everybody"]
    assert (needs["basis"], needs["condition"]) == ("Consent", "Explicit consent")
    assert needs["kept"] == "Until the person's last cohort has ended"
    assert needs["data"] == "What would help me take part"
    assert {row["controller"] for row in rows} == {"Corra"}


def test_an_assessment_says_what_it_was_made_from(corra: Instance, ines: ActorFacts) -> None:
    answer = corra.client("corra", ines).get("/settings/privacy/assessment/file")
    text = answer.data.decode("utf-8")
    title = corra.kit.registry.manifest("corra-scotland")
    assert answer.headers["Content-Disposition"] == "attachment; filename=assessment-corra.md"
    assert "# Data protection impact assessment: Corra\n" in text
    assert f"- Made from: Systems Changers {__version__}\n- Plugin: {title.title} {title.version}\n" in text
    assert "- Made on: 27 March 2026" in text
    assert "| Making sessions work for everybody | What would help me take part | Consent | Explicit consent |" in text
    assert text.count("| … | … |") == len(RISKS)
    assert "%(" not in text
