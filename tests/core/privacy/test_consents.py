"""Nothing of a person is shown that they don't agree to now, and what they agreed to can be shown for ever."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.core.people.rules import room_wordings
from systems_changers.core.people.service import take_back
from systems_changers.core.privacy import queries, service
from systems_changers.core.privacy.models import Consent, ConsentWording
from systems_changers.core.privacy.rules import COHORT, CONSENTS, ENGLISH, Reader
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.errors import NotFound
from systems_changers.infra.text import Message, msg
from systems_changers.testing.instance import Browser, Instance

SEES = "What the others in my cohort see"
HINT = "Your name is always shown; the rest only if you tick it, until you take it back."


@pytest.fixture
def cohort(corra: Instance, calum: ActorFacts) -> UUID:
    """A cohort with Calum and Kirsty in it."""
    kirsty = corra.add_person("corra", "Kirsty Bell", "participant")
    with corra.scope("corra", write=True) as scope:
        cohort = Cohort(name="Portlaggan", state="running", extra={})
        scope.db.add(cohort)
        scope.db.flush()
        for actor in (calum, kirsty):
            assert actor.person_id is not None
            part = CohortPerson(cohort_id=cohort.id, person_id=actor.person_id, state="confirmed", extra={})
            scope.db.add(part)
        return cohort.id


@pytest.fixture
def kirsty(corra: Instance, cohort: UUID) -> Browser:
    """Another participant's browser."""
    with corra.scope("corra") as scope:
        account = scope.db.scalar(sa.select(Person.account_id).where(Person.name == "Kirsty Bell"))
    return corra.client("corra", ActorFacts(account))


def save(browser: Browser, **answers: Any) -> int:
    """Save one's own page with these answers; the status."""
    version = browser.get("/account/").text.partition('name="version" value="')[2].partition('"')[0]
    given = {"name": "Calum Reid", "job": "Drives the library van", "phone": "01632 960000", "version": version}
    status: int = browser.post("/account/", given | answers).status_code
    return status


def rows(instance: Instance) -> list[Consent]:
    with instance.scope("corra") as scope:
        return list(scope.db.scalars(sa.select(Consent).order_by(Consent.given_at, Consent.purpose)))


def uses(instance: Instance, actor: ActorFacts, purpose: str, *, at: str = "corra") -> bool:
    assert actor.person_id is not None
    with instance.scope(at) as scope:
        return queries.may_use(scope, actor.person_id, purpose, COHORT)


def test_the_room_shows_what_is_ticked_and_hides_what_is_taken_back_from_the_next_request(
    corra: Instance, calum: ActorFacts, cohort: UUID, kirsty: Browser
) -> None:
    mine, room = corra.client("corra", calum), f"/cohorts/{cohort}/"
    assert "Drives the library van" not in kirsty.get(room).text
    assert save(mine, shows=["job"], contact_by=["phone"]) == 303
    seen = kirsty.get(room).text
    assert "Drives the library van" in seen
    assert "01632 960000" in seen
    (job,) = [each for each in rows(corra) if each.purpose == "show.job"]
    assert mine.post(f"/account/agreed/{job.id}/take-back").status_code == 303
    seen = kirsty.get(room).text
    assert "Drives the library van" not in seen
    assert "01632 960000" in seen, "the other is still agreed to"
    assert not uses(corra, calum, "show.job")
    assert uses(corra, calum, "reach.phone")


def test_what_was_taken_back_is_not_ticked_any_more(corra: Instance, calum: ActorFacts) -> None:
    mine = corra.client("corra", calum)
    save(mine, shows=["job", "team"], contact_by=["email"])
    for each in rows(corra):
        mine.post(f"/account/agreed/{each.id}/take-back")
    with corra.scope("corra") as scope:
        person = scope.db.get_one(Person, (scope.partner.id, calum.person_id))
        assert (person.shows, person.contact_by) == (["name"], [])


def test_a_tick_without_a_consent_shows_nothing(
    corra: Instance, calum: ActorFacts, cohort: UUID, kirsty: Browser
) -> None:
    """Whoever writes the row past the form, an import or a restore, doesn't agree for anybody."""
    with corra.scope("corra", write=True) as scope:
        person = scope.db.get_one(Person, (scope.partner.id, calum.person_id))
        person.job, person.shows = "Drives the library van", ["name", "job"]
    assert "Drives the library van" not in kirsty.get(f"/cohorts/{cohort}/").text


def test_it_is_kept_who_agreed_to_which_words_where_and_when(corra: Instance, calum: ActorFacts) -> None:
    save(corra.client("corra", calum), shows=["job"])
    (row,) = rows(corra)
    assert (row.purpose, row.channel, row.organisation, row.source) == ("show.job", "cohort", "Corra", "account")
    assert (row.person_id, row.given_by) == (calum.person_id, calum.account_id)
    assert (row.given_at, row.withdrawn_at) == (corra.kit.clock.now(), None)
    with corra.scope("corra") as scope:
        wording = scope.db.get_one(ConsentWording, (scope.partner.id, row.wording_id))
        told = dict(list(scope.db.execute(sa.select(AuditEvent.name, AuditEvent.changed))))
    assert wording.text == f"{SEES}: What I do. {HINT}"
    assert (wording.locale, wording.number) == ("en_GB", 1)
    assert told["consent.given"] == ["show_job"]


def test_the_words_are_those_of_the_reader_s_language(corra: Instance, calum: ActorFacts) -> None:
    save(corra.client("corra", calum), shows=["job"], locale="gd")
    mine = corra.client("corra", calum)
    save(mine, shows=["job", "team"], locale="gd")
    with corra.scope("corra") as scope:
        found = dict(list(scope.db.execute(sa.select(ConsentWording.purpose, ConsentWording.locale))))
    assert found == {"show.job": "en_GB", "show.team": "gd"}


def test_agreeing_again_is_a_new_row_and_saving_twice_is_none(corra: Instance, calum: ActorFacts) -> None:
    mine = corra.client("corra", calum)
    for shows in (["job"], ["job"], [], [], ["job"]):
        save(mine, shows=shows)
    found = sorted(rows(corra), key=lambda each: each.withdrawn_at is None)
    assert [each.withdrawn_at is None for each in found] == [False, True]
    assert found[0].wording_id == found[1].wording_id
    assert found[0].withdrawn_by == calum.account_id


def test_words_that_change_are_another_version(corra: Instance, calum: ActorFacts) -> None:
    assert calum.person_id is not None
    spoken = Reader("en_GB", lambda message: f"New words: {message}")
    for reader, wording in ((ENGLISH, msg("Yes")), (ENGLISH, None), (spoken, msg("Yes"))):
        asked: dict[str, Message | None] = {"story": wording}
        with corra.scope("corra", calum, write=True) as scope:
            service.settle(scope, calum.person_id, "newsletter", asked, reader)
    with corra.scope("corra") as scope:
        lines = queries.consents_of(scope, calum.person_id)
    assert {(each.text, each.number, each.withdrawn_at is None) for each in lines} == {
        ("Yes", 1, False), ("New words: Yes", 2, True)
    }  # fmt: skip


def test_a_channel_is_agreed_to_by_itself(corra: Instance, calum: ActorFacts) -> None:
    assert calum.person_id is not None
    with corra.scope("corra", calum, write=True) as scope:
        service.settle(scope, calum.person_id, "newsletter", {"show.job": msg("Yes")}, ENGLISH)
    assert not uses(corra, calum, "show.job")


def test_only_one_s_own_can_be_taken_back_and_once(corra: Instance, calum: ActorFacts, morag: ActorFacts) -> None:
    save(corra.client("corra", calum), shows=["job"])
    (row,) = rows(corra)
    with corra.scope("corra", morag, write=True) as scope, pytest.raises(NotFound):
        take_back(scope, row.id)
    assert corra.client("corra", morag).post(f"/account/agreed/{row.id}/take-back").status_code == 404
    mine = corra.client("corra", calum)
    assert [mine.post(f"/account/agreed/{row.id}/take-back").status_code for _ in range(2)] == [303, 404]
    assert rows(corra)[0].withdrawn_at is not None


def test_a_consent_at_one_partner_is_none_at_another(corra: Instance, calum: ActorFacts) -> None:
    save(corra.client("corra", calum), shows=["job"])
    assert uses(corra, calum, "show.job")
    assert not uses(corra, calum, "show.job", at="alder")


def test_one_s_page_shows_the_words_and_what_was_taken_back(corra: Instance, calum: ActorFacts) -> None:
    mine = corra.client("corra", calum)
    assert "You have agreed to nothing here" in mine.get("/account/agreed").text
    save(mine, shows=["job"])
    page = mine.get("/account/agreed").text
    assert f"{SEES}: What I do. {HINT}" in page
    assert "The others in my cohort · Corra · " in page
    mine.post(f"/account/agreed/{rows(corra)[0].id}/take-back")
    page = mine.get("/account/agreed").text
    assert "Taken back. It is not shown any more." in page
    assert "What you took back" in page
    assert corra.client("corra").get("/account/agreed").status_code == 303


def test_every_tick_of_the_form_has_words_of_its_own() -> None:
    wordings = room_wordings()
    assert wordings.keys() == CONSENTS.keys()
    assert str(wordings["reach.email"]) == f"How the others in my cohort may reach me: E-mail. {HINT}"
    assert len({str(each) for each in wordings.values()}) == len(wordings)


def test_somebody_without_a_person_has_nothing_to_take_back(corra: Instance) -> None:
    with corra.scope("corra", write=True) as scope, pytest.raises(NotFound):
        people.take_back(scope, UUID(int=1))
