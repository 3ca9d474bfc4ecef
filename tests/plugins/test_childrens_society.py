"""The in-organisation partner's plugin in a real host: the safeguarding gate, its pages, Easy Read, the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.queries import cohort_facts
from systems_changers.core.experiments.queries import experiment_facts
from systems_changers.core.sessions.models import CohortSession
from systems_changers.hooks.facts import ActorFacts, CohortFacts, Event, ExperimentFacts, PartnerFacts, SessionFacts
from systems_changers.hooks.personal import SubjectFacts
from systems_changers.infra.errors import Conflict, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.slices import PageRequest
from tests.plugins.house import NOW, SOURCES, Browser, Host, code_of

models: Any = code_of("childrens_society.models")
reviews: Any = code_of("childrens_society.reviews")
learning: Any = code_of("childrens_society.learning")
ANSWERS = {"what": "A drop-in for carers", "who": "Carers of 16 and over", "keep_safe": "Two of us are there."}
LOCALES = ("en_GB", "cy", "en_GB@easyread")


@dataclass
class House:
    """A cohort of teams with a framed project, a session, and the people around them."""

    host: Host
    partner: PartnerFacts
    cohort: CohortFacts
    experiment: ExperimentFacts
    session: UUID
    lead: ActorFacts
    facilitator: ActorFacts
    author: ActorFacts
    colleague: ActorFacts

    def browser(self, who: str) -> Browser:
        return self.host.browser(self.partner, getattr(self, who))


@pytest.fixture
def house(host: Host) -> Iterator[House]:
    """Twelve colleagues, of whom we need four."""
    partner = host.partner("society", "childrens-society", locales=LOCALES)
    with host.scope(partner, write=True) as scope:
        cohort = host.cohort(scope, type_key="childrens-society-teams", form="organisation", state="running",
                             safeguarding_name="Priya", safeguarding_contact="priya@example.org")  # fmt: skip
        author = host.participant(scope, cohort.id)
        row = host.experiment(scope, author, cohort_id=cohort.id)
        session: CohortSession = host.session(scope, cohort.id)
        made = House(
            host, partner, cohort_facts(cohort, 2), experiment_facts(scope, row), session.id,
            host.actor(scope, "administrator"), host.actor(scope, "facilitator"), author,
            host.participant(scope, cohort.id),
        )  # fmt: skip
    yield made
    assert host.faults == []


def refusals(house: House, to: str) -> list[str]:
    with house.host.scope(house.partner, house.author, write=True) as scope:
        return [str(each.message) for each in scope.hooks.check_experiment_transition(scope, house.experiment, to)]


def about(house: House) -> Any:
    return reviews.About(experiment_id=house.experiment.id)


def tell(house: House, young_people: bool, version: int | None = None) -> None:
    with house.host.scope(house.partner, house.author, write=True) as scope:
        reviews.tell(scope, about(house), {**ANSWERS, "young_people": young_people}, version)


def decide(house: House, decision: str) -> None:
    answers = {"decision": decision, "reason": "Ask the youth forum first.", "decided_as": "Lead"}
    with house.host.scope(house.partner, house.lead, write=True) as scope:
        found = reviews.review_about(scope, about(house))
        reviews.decide(scope, found.id, answers, found.version)


ASK = "Say first whether young people take part in this, or could feel it."
WAIT = "Young people are part of this: it can begin once the safeguarding lead clears it."
HELD = "The safeguarding lead is holding this. Their reason is on its safeguarding page."


def test_silence_does_not_open_the_gate(house: House) -> None:
    assert refusals(house, "ready") == refusals(house, "running") == [ASK]
    assert refusals(house, "stop") == refusals(house, "reviewing") == refusals(house, "scaling") == []


def test_young_people_need_clearance(house: House) -> None:
    tell(house, young_people=True)
    assert refusals(house, "running") == [WAIT]
    decide(house, "cleared")
    assert refusals(house, "running") == []


def test_what_is_held_neither_begins_nor_travels(house: House) -> None:
    tell(house, young_people=False)
    assert refusals(house, "ready") == []
    decide(house, "held")
    assert refusals(house, "ready") == refusals(house, "scaling") == [HELD]
    assert refusals(house, "stop") == []


def test_a_changed_answer_is_looked_at_anew(house: House) -> None:
    tell(house, young_people=True)
    decide(house, "cleared")
    with house.host.scope(house.partner, house.author, write=True) as scope:
        reviews.tell(scope, about(house), {**ANSWERS, "young_people": True, "who": "Children of 9"}, 2)
    assert refusals(house, "running") == [WAIT]


def test_two_answers_at_once_are_both_kept(house: House) -> None:
    tell(house, young_people=True)
    with pytest.raises(Conflict) as caught:
        tell(house, young_people=False, version=7)
    assert (caught.value.mine["young_people"], caught.value.theirs["young_people"]) == (False, True)
    assert caught.value.version == 1


@pytest.mark.parametrize(
    ("modules", "to", "expected"),
    [
        (("core:noticing-in-the-field",), "confirmed", 1),
        (("core:three-lenses", "core:noticing-in-the-field"), "confirmed", 1),
        (("core:three-lenses",), "confirmed", 0),
        (("core:noticing-in-the-field",), "delivered", 0),
        (("core:noticing-in-the-field",), "cancelled", 0),
    ],
)
def test_fieldwork_is_approved_before_it_is_confirmed(
    house: House, modules: tuple[str, ...], to: str, expected: int
) -> None:
    facts = SessionFacts(house.session, house.cohort, 4, "In the field", "led", "planned", modules=modules)
    with house.host.scope(house.partner, house.facilitator, write=True) as scope:
        found = scope.hooks.check_session_transition(scope, facts, to)
    assert [each.endpoint for each in found] == ["x.childrens-society.session"] * expected


def test_approval_lets_fieldwork_be_confirmed(house: House) -> None:
    modules = ("core:noticing-in-the-field",)
    facts = SessionFacts(house.session, house.cohort, 4, "In the field", "led", "planned", modules=modules)
    asked = house.browser("facilitator").post(f"/x/childrens-society/sessions/{house.session}/safeguarding", **ANSWERS)
    assert asked.status_code == 303
    with house.host.scope(house.partner, house.lead, write=True) as scope:
        waiting = scope.hooks.check_session_transition(scope, facts, "confirmed")
        assert [str(each.message) for each in waiting] == ["This fieldwork has not been approved yet."]
        found = reviews.review_about(scope, reviews.About(session_id=house.session))
        reviews.decide(scope, found.id, {"decision": "cleared", "reason": "Fine.", "decided_as": "Lead"}, found.version)
        assert scope.hooks.check_session_transition(scope, facts, "confirmed") == []


def test_a_framed_experiment_opens_one_review(house: House) -> None:
    event = Event(new_id(), "experiment.framed.v1", NOW, {"experiment_id": str(house.experiment.id)})
    other = Event(new_id(), "experiment.started.v1", NOW, {"experiment_id": str(new_id())})
    with house.host.scope(house.partner, write=True) as scope:
        for each in (event, event, other):
            scope.hooks.on_event("childrens-society", scope, each)
    with house.host.scope(house.partner, house.lead) as scope:
        found = reviews.reviews(scope, PageRequest())
        assert (found.total, found.rows[0].about.experiment_id) == (1, house.experiment.id)
        assert found.rows[0].state == "waiting"


def test_the_report_counts_reviews_and_projects(house: House) -> None:
    tell(house, young_people=True)
    with house.host.scope(house.partner, house.lead, write=True) as scope:
        house.host.experiment(scope, house.author, cohort_id=house.cohort.id, state="stop", condition="practices")
        house.host.experiment(scope, house.author, cohort_id=house.cohort.id, state="embedded", scaling=["out", "deep"])
    with house.host.scope(house.partner, house.lead) as scope, house.host.counted() as sent:
        sections = {str(each.title): each for each in learning.build(scope, house.cohort)}
    assert len(sent) == 4
    assert [str(each) for each in sections["Taking part"].sentences] == [
        "Colleagues taking part: 2.", "Sessions held: 0 of 1.", "Places taken at them: 0 of 0.",
    ]  # fmt: skip
    assert ("What people do every day", "1") in sections["Levels of change"].rows
    assert [str(each) for each in sections["What was learned"].sentences] == [
        "Live practice projects noted: 3; tried: 2.", "Stopped with something learned: 1.",
        "Travelling to more teams: 1.", "Reached rules, budgets or policy: 0.",
        "Changed what people believe and expect: 1.",
    ]  # fmt: skip
    said = [str(each) for each in sections["Keeping young people safe"].sentences[1:]]
    assert said == [
        "Cleared: 0.",
        "Held: 0.",
        "Waiting for an answer: 1.",
        "Reviews in which young people are part: 1.",
    ]


# --- pages ---


def page(house: House) -> str:
    return f"/x/childrens-society/experiments/{house.experiment.id}/safeguarding"


def test_an_author_tells_the_lead_and_reads_the_answer(house: House) -> None:
    author = house.browser("author")
    assert "No names of people you support" in author.get(page(house)).text
    wrong = author.post(page(house), young_people="yes", what="A drop-in")
    assert wrong.status_code == 422
    assert "Young people take part, so please say this." in wrong.text
    assert author.post(page(house), young_people="yes", **ANSWERS).status_code == 303
    assert "You will hear back within 5 working days." in author.get(page(house)).text
    decide(house, "held")
    assert "Ask the youth forum first." in author.get(page(house)).text


def test_the_lead_decides_on_a_page_of_her_own(house: House) -> None:
    tell(house, young_people=True)
    lead = house.browser("lead")
    listed = lead.get("/x/childrens-society/safeguarding/")
    assert "A drop-in for carers" in listed.text
    address = re.search(r"/x/childrens-society/reviews/[0-9a-f-]{36}", listed.text)
    assert address is not None
    shown = lead.get(address[0])
    assert "Carers of 16 and over" in shown.text
    assert lead.post(address[0], decision="cleared", decided_as="Lead").status_code == 422
    stale = lead.post(address[0], decision="cleared", decided_as="Lead", reason="Fine.", version="9")
    assert stale.status_code == 409
    done = lead.post(address[0], decision="cleared", decided_as="Lead", reason="Fine.", version="1")
    assert done.status_code == 303
    assert refusals(house, "running") == []


def test_whoever_asks_cannot_decide(house: House) -> None:
    verdict = {"decision": "cleared", "reason": "Fine.", "decided_as": "Lead"}
    tell(house, young_people=True)
    with house.host.scope(house.partner, house.lead, write=True) as scope:
        reviews.tell(scope, about(house), {"who": "Children of 9"}, 1)
    listed = house.browser("lead").get("/x/childrens-society/safeguarding/").text
    (address,) = set(re.findall(r"/x/childrens-society/reviews/[0-9a-f-]{36}", listed))
    refused = house.browser("lead").post(address, **verdict, version="2")
    assert refused.status_code == 403
    assert "You gave these answers yourself, so somebody else has to decide." in refused.text
    assert refusals(house, "running") == [WAIT]
    tell(house, young_people=True, version=2)
    decide(house, "held")
    with house.host.scope(house.partner, house.author, write=True) as scope:
        found = reviews.review_about(scope, about(house))
        with pytest.raises(Refused) as own:
            reviews.decide(scope, found.id, verdict, found.version)
    assert own.value.code == "own_review", "not after somebody else's decision either"


def test_a_private_project_is_told_of_only_by_its_authors_line(house: House) -> None:
    with house.host.scope(house.partner, write=True) as scope:
        event = Event(new_id(), "experiment.framed.v1", NOW, {"experiment_id": str(house.experiment.id)})
        scope.hooks.on_event("childrens-society", scope, event)
    listed = house.browser("lead").get("/x/childrens-society/safeguarding/").text
    assert house.experiment.title not in listed
    assert "A private project; its author has not answered yet" in listed


@pytest.mark.parametrize(
    ("who", "where", "status"),
    [
        ("colleague", "experiment", 404), ("lead", "experiment", 404), ("facilitator", "review", 403),
        ("author", "review", 403), ("author", "safeguarding/", 403), ("author", "session", 403),
    ],
)  # fmt: skip
def test_who_may_not(house: House, who: str, where: str, status: int) -> None:
    tell(house, young_people=True)
    with house.host.scope(house.partner, house.lead) as scope:
        review = reviews.review_about(scope, about(house)).id
    paths = {
        "experiment": page(house), "review": f"/x/childrens-society/reviews/{review}",
        "safeguarding/": "/x/childrens-society/safeguarding/",
        "session": f"/x/childrens-society/sessions/{house.session}/safeguarding",
    }  # fmt: skip
    assert house.browser(who).get(paths[where]).status_code == status


def test_the_list_asks_the_same_number_of_statements_however_long(house: House) -> None:
    lead, counts = house.browser("lead"), []
    for more in (1, 29, 270):
        with house.host.scope(house.partner, write=True) as scope:
            for _ in range(more):
                row = house.host.experiment(scope, house.author)
                reviews.open_review(scope, reviews.About(experiment_id=row.id))
        with house.host.counted() as sent:
            assert lead.get("/x/childrens-society/safeguarding/").status_code == 200
        counts.append(len(sent))
    assert counts == [2, 2, 2]
    assert "31 to 60 of 300" in lead.get("/x/childrens-society/safeguarding/?page=2").text
    beyond = lead.get("/x/childrens-society/safeguarding/?page=99").text
    assert "It has 300 entries." in beyond
    assert 'href="?page=10"' in beyond


# --- Easy Read ---


def test_key_pages_have_a_form_with_pictures(house: House) -> None:
    plain, easy = house.browser("colleague"), house.browser("colleague")
    easy.client.set_cookie("sc-locale", "en_GB@easyread", domain="127.0.0.1")
    for address, sentence in (
        ("agreement", "You can leave at any time. You do not have to say why."),
        ("consent", "You can say no. Nothing bad will happen."),
    ):
        shown = easy.get(f"/x/childrens-society/{address}/").text
        assert sentence in shown
        lines = shown.count('<div class="easy-line">')
        assert lines == shown.count('<figure class="easy-picture" role="img" aria-label="') == 10
        assert '<html lang="en-GB"' in shown
        assert "easy-picture" not in plain.get(f"/x/childrens-society/{address}/").text


def test_easy_sentences_are_short() -> None:
    folder = house_templates() / "childrens_society" / "easyread"
    files = sorted(folder.glob("*.html"))
    assert [file.stem for file in files] == ["agreement", "consent", "front", "session"]
    for file in files:
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", file.read_text("utf-8"))
        sentences = [each.split() for each in re.split(r"[.?!]|\n", text) if each.split()]
        assert max(len(words) for words in sentences) <= 15


def house_templates() -> Path:
    return SOURCES / "childrens_society" / "childrens_society" / "templates"


# --- somebody's own data ---


def test_answers_about_sessions_are_shown_and_erased_and_that_it_was_decided_stays(house: House) -> None:
    """`sc_offer_personal_data` and `sc_offer_erasures`: nothing but the plugin knows who answered."""
    about_session = reviews.About(session_id=house.session)
    with house.host.scope(house.partner, house.facilitator, write=True) as scope:
        reviews.tell(scope, about_session, {**ANSWERS, "young_people": True}, None)
    tell(house, young_people=True)
    subject = SubjectFacts(house.facilitator.person_id or new_id(), house.facilitator.account_id, "Fay", ())
    author = SubjectFacts(house.author.person_id or new_id(), house.author.account_id, "Al", ())
    with house.host.scope(house.partner, house.lead, write=True) as scope:
        ((slug, held),), silent = scope.hooks.offer_personal_data(scope, subject)
        assert (slug, held.rows, silent) == ("childrens-society", (tuple(ANSWERS.values()),), [])
        assert scope.hooks.offer_personal_data(scope, author)[0] == []
        ((_, of_author),) = scope.hooks.offer_erasures(scope, author)
        ((slug, offer),) = scope.hooks.offer_erasures(scope, subject)
        assert (offer.count, of_author.count, "stays" in str(offer.kept)) == (1, 1, True)
        scope.hooks.erase(slug, offer, scope)
        assert scope.hooks.offer_erasures(scope, subject) == []
        row = scope.db.scalars(sa.select(models.SafeguardingReview).where(
            models.SafeguardingReview.session_id == house.session)).one()  # fmt: skip
        assert (row.what, row.who, row.keep_safe, row.young_people, row.extra) == (None, None, None, True, {})
        scope.hooks.erase(slug, of_author, scope)
        assert reviews.review_about(scope, about(house)).what == ANSWERS["what"], "it is found by its author"
    with house.host.scope(house.partner) as scope:
        nobody = SubjectFacts(new_id(), None, "No account", ())
        assert scope.hooks.offer_personal_data(scope, nobody) == ([], [])


# --- the doctor ---


def test_the_doctor_hears_of_reviews_that_wait_longer_than_promised(house: House) -> None:
    """`sc_offer_checks`: five working days are a week, and what waits for its author is not the lead's."""

    def heard() -> tuple[str, str]:
        with house.host.scope(house.partner) as scope:
            ((slug, result),), silent = scope.hooks.offer_checks(scope)
            assert (slug, result.id, silent, scope.hooks.faults) == ("childrens-society", "reviews-late", [], [])
            return result.status, str(result.message)

    assert heard() == ("ok", "No review has waited for over 5 working days.")
    tell(house, young_people=True)
    assert heard()[0] == "ok"
    row = models.SafeguardingReview

    def age(**days: int) -> None:
        with house.host.scope(house.partner, write=True) as scope:
            scope.db.execute(sa.update(row).values(updated_at=NOW - timedelta(**days)))

    age(days=6)
    assert heard()[0] == "ok"
    age(days=8)
    late = "1 safeguarding review has waited longer than people were promised (5 working days)."
    assert heard() == ("warning", late)
    with house.host.scope(house.partner) as scope:
        version = reviews.review_about(scope, about(house)).version
    tell(house, young_people=False, version=version)
    age(days=8)
    assert heard()[0] == "ok"
