"""The place-based partner's plugin in a real host: profile, gate, update, page, migration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.cohorts.queries import cohort_facts
from systems_changers.core.experiments.models import Experiment
from systems_changers.core.sessions.models import Attendance, SessionBlock
from systems_changers.hooks.facts import ActorFacts, CohortFacts, PartnerFacts, ReportSection
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict
from systems_changers.web.brand import FIRST_NAME
from systems_changers.web.pages import look_of
from tests.plugins.house import Host, code_of

profiles: Any = code_of("corra_scotland.profiles")
update: Any = code_of("corra_scotland.update")
PROFILE = {"listening": "The ferry decides the week.", "assets": "A hall with a kettle.", "people_heard": "14"}


@dataclass
class Place:
    """A community cohort, a facilitator, a participant and a stranger to it."""

    host: Host
    partner: PartnerFacts
    cohort: UUID
    facts: CohortFacts
    facilitator: ActorFacts
    participant: ActorFacts
    outsider: ActorFacts


@pytest.fixture
def place(host: Host) -> Iterator[Place]:
    """Portlaggan with eleven places taken by one."""
    partner = host.partner("corra", "corra-scotland", locales=("en_GB", "gd", "en_GB@scots"))
    with host.scope(partner, write=True) as scope:
        extra = {"community_size": "640", "residents": 4}
        cohort = host.cohort(scope, type_key="corra-community", state="recruiting", extra=extra)
        made = Place(
            host, partner, cohort.id, cohort_facts(cohort, 1), host.actor(scope, "facilitator"),
            host.participant(scope, cohort.id), host.actor(scope, "participant"),
        )  # fmt: skip
    yield made
    assert host.faults == []


def write_profile(place: Place, version: int | None = None, **answers: object) -> None:
    with place.host.scope(place.partner, place.facilitator, write=True) as scope:
        profiles.save_profile(scope, place.cohort, {"listening": "Ferry.", "assets": "Hall.", **answers}, version)


def refusals(place: Place, to: str = "confirmed", **changed: object) -> list[str]:
    with place.host.scope(place.partner, place.facilitator, write=True) as scope:
        facts = replace(place.facts, **changed)  # type: ignore[arg-type]
        return [str(each.message) for each in scope.hooks.check_cohort_transition(scope, facts, to)]


def test_a_community_is_listened_to_before_its_cohort_is_confirmed(place: Place) -> None:
    first = "Write the community profile first: what people told you, and what is there."
    assert refusals(place) == [first]
    write_profile(place)
    assert refusals(place) == [
        "Listen to at least 10 people first, and note how many there were.",
        "Read the profile back to people who live there before you confirm.",
    ]
    write_profile(place, 1, people_heard=14, read_back=True)
    assert refusals(place) == []
    assert refusals(place, extra={"residents": "none"}) == ["Keep at least 1 of the places for people who live there."]


def test_the_gate_minds_its_own_cohorts_and_steps(place: Place) -> None:
    assert refusals(place, to="running") == []
    assert refusals(place, type_key=None) == []


def test_the_partners_settings_decide_how_much_listening(place: Place) -> None:
    write_profile(place, people_heard=3, read_back=True)
    own = {"corra-scotland": {"least_heard": 3, "least_residents": 5}}
    place.partner = place.host.change(place.partner, settings=own)
    assert refusals(place) == ["Keep at least 5 of the places for people who live there."]


def test_a_profile_that_changed_meanwhile_is_not_overwritten(place: Place) -> None:
    write_profile(place)
    write_profile(place)  # the same answers from a stale form change nothing
    with pytest.raises(Conflict) as caught:
        write_profile(place, listening="Other words.")
    assert caught.value.version == 1
    assert (caught.value.mine["listening"], caught.value.theirs["listening"]) == ("Other words.", "Ferry.")


def test_the_update_counts_what_the_cohort_recorded(place: Place) -> None:
    write_profile(place, people_heard=14, read_back=True, voice="The council rang back.")
    with place.host.scope(place.partner, place.facilitator, write=True) as scope:
        first = place.host.session(scope, place.cohort, number=1, state="written_up")
        place.host.session(scope, place.cohort, number=2)
        place.host.session(scope, place.cohort, number=3, state="cancelled")
        block = SessionBlock(session_id=first.id, position=1, block_key="walk", title="The walk", outcome="skipped",
                             reason="The bus was cancelled.")  # fmt: skip
        parts = [place.host.participant(scope, place.cohort) for _ in range(2)]
        rows = _parts_of(parts, scope)
        scope.db.add_all([block, *(Attendance(session_id=first.id, cohort_person_id=row, state=state)
                                   for row, state in zip(rows, ("present", "absent"), strict=True))])  # fmt: skip
        place.host.experiment(scope, parts[0], cohort_id=place.cohort, state="scaling", scaling=["up"])
        place.host.experiment(scope, parts[1], cohort_id=place.cohort, state="stop", condition="resources")
        place.host.experiment(scope, parts[1], cohort_id=place.cohort, state="noticing")
    with place.host.scope(place.partner, place.facilitator) as scope, place.host.counted() as sent:
        sections = update.build(scope, place.facts)
    assert len(sent) == 4
    said = {str(section.title): [str(each) for each in section.sentences] for section in sections}
    assert said["The place"] == ["Portlaggan in Portlaggan.", "About 640 people live there."]
    assert said["Voice"] == [
        "People listened to before the cohort began: 14.", "What they said was read back to them.",
        "The council rang back.",
    ]  # fmt: skip
    assert said["Space"] == ["Sessions held: 1 of 2.", "Places taken at them: 1 of 2."]
    assert said["Participation"] == [
        "People taking part: 3. Places: 12.", "Places kept for people who live there: 4.",
    ]  # fmt: skip
    assert said["Investment"] == [
        "Try-outs that reached rules, budgets or policy: 1.", "Try-outs about where money, time and people go: 1.",
    ]  # fmt: skip
    assert said["Learning and development"] == [
        "Try-outs noted: 3; tried: 2.", "Stopped with something learned: 1.", "Now part of how things are done: 0.",
    ]  # fmt: skip
    assert _rows(sections) == [("1", "The walk", "Left out", "The bus was cancelled.")]


def _parts_of(people: list[ActorFacts], scope: Scope) -> list[UUID]:
    found = sa.select(CohortPerson.id, CohortPerson.person_id)
    by_person = {person: part for part, person in scope.db.execute(found)}
    return [by_person[each.person_id] for each in people if each.person_id is not None]


def _rows(sections: list[ReportSection]) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in sections[-1].rows]


def test_a_report_without_anything_says_so(place: Place) -> None:
    with place.host.scope(place.partner, place.facilitator) as scope:
        said = {str(each.title): [str(one) for one in each.sentences] for each in update.build(scope, place.facts)}
    assert said["Voice"] == ["How many people were listened to has not been recorded."]
    assert said["Space"] == ["Sessions held: 0 of 0.", "Places taken at them: 0 of 0."]


# --- the pages ---


def path(place: Place, rest: str = "") -> str:
    return f"/x/corra-scotland/cohorts/{place.cohort}/profile{rest}"


def test_the_profile_is_written_and_read_by_the_room(place: Place) -> None:
    facilitator = place.host.browser(place.partner, place.facilitator)
    assert "Nothing has been written yet" in facilitator.get(path(place)).text
    form = facilitator.get(path(place, "/edit"))
    assert form.status_code == 200
    assert "No names of people you support" in form.text
    saved = facilitator.post(path(place, "/edit"), **PROFILE)
    assert (saved.status_code, saved.headers["Location"]) == (303, f"/p/{place.partner.slug}{path(place)}")
    shown = place.host.browser(place.partner, place.participant).get(path(place))
    assert "The ferry decides the week." in shown.text
    assert "14 people were listened to." in shown.text
    assert path(place, "/edit") not in shown.text


def test_a_wrong_answer_keeps_what_was_typed(place: Place) -> None:
    facilitator = place.host.browser(place.partner, place.facilitator)
    answer = facilitator.post(path(place, "/edit"), **{**PROFILE, "listening": "", "people_heard": "many"})
    assert answer.status_code == 422
    assert "A hall with a kettle." in answer.text
    assert 'value="many"' in answer.text


def test_a_conflict_shows_both_texts(place: Place) -> None:
    facilitator = place.host.browser(place.partner, place.facilitator)
    facilitator.post(path(place, "/edit"), **PROFILE)
    answer = facilitator.post(path(place, "/edit"), **{**PROFILE, "hopes": "A later ferry."})
    assert answer.status_code == 409
    assert "Somebody saved this while you were writing" in answer.text
    assert "A later ferry." in answer.text
    assert 'name="version" value="1"' in answer.text
    again = facilitator.post(path(place, "/edit"), **{**PROFILE, "hopes": "A later ferry.", "version": "1"})
    assert again.status_code == 303


@pytest.mark.parametrize("who", ["participant", "outsider"])
def test_participants_do_not_write_it(place: Place, who: str) -> None:
    browser = place.host.browser(place.partner, getattr(place, who))
    assert browser.get(path(place, "/edit")).status_code == 403
    assert browser.post(path(place, "/edit"), **PROFILE).status_code == 403


def test_people_of_other_cohorts_do_not_find_it(place: Place) -> None:
    assert place.host.browser(place.partner, place.outsider).get(path(place)).status_code == 404


def test_another_partner_does_not_have_the_page(place: Place) -> None:
    elsewhere = place.host.partner("elsewhere")
    with place.host.scope(elsewhere, write=True) as scope:
        boss = place.host.actor(scope, "administrator")
    browser = place.host.browser(elsewhere, boss)
    assert browser.get(path(place)).status_code == 404
    assert browser.post(path(place, "/edit"), **PROFILE).status_code == 404


def test_gaelic_counts_people_as_gaelic_does(place: Place) -> None:
    facilitator = place.host.browser(place.partner, place.facilitator)
    facilitator.client.set_cookie("sc-locale", "gd", domain="127.0.0.1")
    wanted = {1: "1 duine", 2: "2 dhuine", 5: "5 daoine", 11: "11 duine", 12: "12 dhuine", 40: "40 duine"}
    for version, (count, words) in enumerate(wanted.items()):
        answers = {**PROFILE, "people_heard": str(count)} | ({"version": str(version)} if version else {})
        assert facilitator.post(path(place, "/edit"), **answers).status_code == 303
        shown = facilitator.get(path(place)).text
        assert f"Chaidh èisteachd ri {words}." in shown
        assert "Pròifil na coimhearsnachd" in shown
        assert '<html lang="gd"' in shown
        assert 'class="draft-note"' in shown


def test_panels_stand_beside_the_cohort_and_on_the_front_page(place: Place) -> None:
    write_profile(place, people_heard=1)
    with place.host.scope(place.partner, place.facilitator) as scope, place.host.counted() as sent:
        panels = scope.hooks.offer_slot(scope, "cohort.aside", place.facts)
        assert [each.template for _, each in panels] == ["corra_scotland/cohort_panel.html"]
        assert scope.hooks.offer_slot(scope, "session.aside", place.facts) == []
        front = scope.hooks.offer_slot(scope, "front.body")
        assert [each.template for _, each in front] == ["corra_scotland/front_panel.html"]
    assert len(sent) == 1


def test_an_author_of_an_experiment_is_nobody_in_the_update(place: Place) -> None:
    with place.host.scope(place.partner, place.facilitator, write=True) as scope:
        row: Experiment = place.host.experiment(scope, place.participant, cohort_id=place.cohort)
        assert row.title not in str(update.build(scope, place.facts))


def test_its_name_is_for_its_own_partner_alone(host: Host) -> None:
    partner = host.partner("cairn", "corra-scotland")
    with host.scope(partner) as scope:
        borrowed = look_of(host.house(), partner, scope.hooks).brand
        own = look_of(host.house(), replace(partner, slug="corra-scotland"), scope.hooks).brand
        renamed = replace(partner, slug="corra-scotland", settings={FIRST_NAME: "Corra"}, revision=2)
        other = look_of(host.house(), renamed, scope.hooks).brand
    assert (borrowed.name, borrowed.mark, borrowed.tagline) == ("Cairn", "C", "Alongside people and places")
    assert (own.name, own.mark) == ("Corra", "Co")
    assert (other.name, other.mark, other.tagline) == ("Cairn", "C", "Alongside people and places")
