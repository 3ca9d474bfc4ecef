"""What erasing does to what is shared, to other partners, to the account, and to who comes back."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.experiments.models import (
    Evidence,
    Experiment,
    ExperimentOwner,
    ExperimentShare,
    ExperimentStep,
)
from systems_changers.core.home.service import data_subjects, erasing, forgetting, holdings, own_data
from systems_changers.core.operations.models import AuditEvent, Token
from systems_changers.core.partners.models import PartnerDomain
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account, Membership, Person, SignInSession
from systems_changers.core.privacy import service as privacy
from systems_changers.core.privacy.models import Complaint
from systems_changers.core.privacy.queries import requests_listed
from systems_changers.core.sessions.models import CohortSession
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.hooks.personal import Erasure
from systems_changers.infra.errors import BeyondPartner, NotFound, Refused
from systems_changers.infra.jobs import MailRow, OutboxRow
from systems_changers.infra.mail import PARTNER_HEADER, Mailbox
from systems_changers.infra.subjects import Subject
from systems_changers.infra.text import msg
from systems_changers.testing.instance import NOW, no_links
from tests.core.home.erased import EMAIL, Place, id_of


def test_somebody_whom_no_figure_needs_goes_altogether(place: Place) -> None:
    assert place.plan() == {("deleted", "Name, contact and profile"): 1, ("deleted", "Roles"): 1}
    assert own_data.plan_for(place.instance.kit, "harbour", EMAIL).groups[0][0] == "deleted"
    place.erase()
    assert sorted(place.all(Person.name)) == ["Ada Admin", "Calum Beag"]
    assert place.morag.account_id not in place.outside(Account.id)
    (told,) = [row for row in place.all(AuditEvent) if row.name == "person.erased"]
    assert (told.object_kind, told.object_id) == ("person", id_of(place.morag))
    assert [row for row in place.outside(OutboxRow.name) if row.startswith("person.")] == ["person.erased.v1"]


def test_who_is_unknown_is_told_so(place: Place) -> None:
    for slug, email, said in (("harbour", "no@x.example", "Nobody at Harbour"), ("haven", EMAIL, "No partner haven")):
        with pytest.raises(NotFound) as refused:
            own_data.plan_for(place.instance.kit, slug, email)
        assert said in str(refused.value.message)
    with place.instance.scope("harbour") as scope, pytest.raises(NotFound):
        data_subjects.subject_of(scope, place.ada.account_id or id_of(place.ada))


def test_the_last_administrator_stays(place: Place) -> None:
    for do in (own_data.plan_for, own_data.erase_person):
        with pytest.raises(Refused, match="only administrator"):
            do(place.instance.kit, "harbour", "ada@harbour.example")
    place.instance.add_person("harbour", "Bo Other", "administrator")
    place.erase("ada@harbour.example")
    assert "Ada Admin" not in place.all(Person.name)


# --- what is shared ---


def experiment(place: Place, author: ActorFacts, title: str) -> UUID:
    row = Experiment(author_id=id_of(author), title=title, learning=f"{title} taught us")
    place.add(row)
    return row.id


def test_what_is_owned_with_others_becomes_theirs(place: Place) -> None:
    """The longest-standing of the other owners is the author then; one who was erased or taken off is none."""
    ours, mine, left = (experiment(place, place.morag, title) for title in ("Ours", "Mine", "Left"))
    bo = place.instance.add_person("harbour", "Bo Early", "participant")
    gone = place.instance.add_person("harbour", "Gone Person", "participant")
    for person, experiment_id, days, deleted in (
        (place.calum, ours, 2, None), (bo, ours, 1, None), (gone, ours, 0, None), (place.calum, left, 1, NOW),
        (place.morag, ours, 0, None),
    ):  # fmt: skip
        place.add(ExperimentOwner(experiment_id=experiment_id, person_id=id_of(person), deleted_at=deleted,
                                  created_at=NOW + timedelta(days=days)))  # fmt: skip
    with place.instance.scope("harbour", write=True) as scope:
        scope.db.get_one(Person, (scope.partner.id, id_of(gone))).deleted_at = NOW
    place.add(
        Evidence(experiment_id=ours, person_id=id_of(place.calum), text="Calum saw"),
        Evidence(experiment_id=ours, person_id=id_of(place.morag), text="Morag saw"),
        Evidence(experiment_id=mine, person_id=id_of(place.calum), text="Calum helped"),
        ExperimentShare(experiment_id=ours, audience="cohort", granted_at=NOW),
        ExperimentShare(experiment_id=mine, audience="cohort", granted_at=NOW),
        ExperimentStep(experiment_id=ours, from_state="a", to_state="b", at=NOW, why="Morag moved",
                       created_by=place.morag.account_id),
        ExperimentStep(experiment_id=ours, from_state="a", to_state="b", at=NOW, why="Calum moved",
                       created_by=place.calum.account_id),
    )  # fmt: skip
    plan = place.plan()
    assert (plan["handed", "Experiments"], plan["kept", "Experiments"]) == (1, 2)
    assert plan["deleted", "What experiments showed"] == 2
    assert plan["deleted", "Who sees experiments"] == 1
    assert plan["kept", "Steps of experiments"] == 1
    done = place.erase()
    assert {(line.does, str(line.title)): line.count for line in done.lines} == plan
    rows = {row.id: row for row in place.all(Experiment)}
    assert (rows[ours].author_id, rows[ours].title, rows[ours].learning) == (id_of(bo), "Ours", "Ours taught us")
    assert {(rows[id_].title, rows[id_].learning, rows[id_].author_id) for id_ in (mine, left)} == {
        ("–", None, id_of(place.morag))
    }
    assert place.all(Evidence.text) == ["Calum saw"]
    assert place.all(ExperimentShare.experiment_id) == [ours]
    assert sorted(map(str, place.all(ExperimentStep.why))) == ["Calum moved", "None"]
    owners = {row.person_id for row in place.all(ExperimentOwner) if row.experiment_id == ours}
    assert owners == {id_of(place.calum), id_of(gone)}


def test_a_manager_is_taken_from_the_places_of_others(place: Place) -> None:
    with place.instance.scope("harbour", place.ada, write=True) as scope:
        cohort = Cohort(name="C", safeguarding_name="Sue Guard", safeguarding_contact=EMAIL.upper(),
                        extra={"co_ordinator": "Morag Fraser"})  # fmt: skip
        scope.db.add(cohort)
        scope.db.flush()
        part = CohortPerson(cohort_id=cohort.id, person_id=id_of(place.calum), manager_id=id_of(place.morag),
                            learning_partner_id=id_of(place.morag), question="How, Morag Fraser?")  # fmt: skip
        scope.db.add(part)
    assert place.plan()["named", "Cohorts"] == 1
    assert ("named", "Places in cohorts") not in place.plan(), "it is somebody's own"
    with place.instance.scope("harbour", place.ada, write=True) as scope:
        found = holdings.gather(scope, data_subjects.subject_of(scope, id_of(place.morag)), account=False)
    told = {each.key: each for each in found.sections}
    assert told["cohort_person.manager_id"].rows[0]["named_as"] == "manager"
    assert "cohort_person.words" not in told, "it is somebody's own"
    assert {name for row in told["cohort.words"].rows for name in row} == {
        "id", "safeguarding_contact", "extra",
    }  # fmt: skip
    version = place.all(CohortPerson.version)
    place.erase()
    (row,) = place.all(CohortPerson)
    assert (row.manager_id, row.learning_partner_id, row.question) == (None, None, "How, […]?")
    assert row.version > version[0], "a form that was open meets a conflict"
    (cohort,) = place.all(Cohort)
    assert (cohort.safeguarding_name, cohort.safeguarding_contact, cohort.extra) == (
        "Sue Guard", EMAIL.upper(), {"co_ordinator": "[…]"},
    )  # fmt: skip


def test_the_managers_of_others_stay_where_they_are(place: Place) -> None:
    with place.instance.scope("harbour", place.ada, write=True) as scope:
        cohort = Cohort(name="C")
        scope.db.add(cohort)
        scope.db.flush()
        for person, manager in ((place.calum, place.ada), (place.ada, place.morag)):
            scope.db.add(CohortPerson(cohort_id=cohort.id, person_id=id_of(person), manager_id=id_of(manager)))
    place.erase()
    assert {row.person_id: row.manager_id for row in place.all(CohortPerson)} == {
        id_of(place.calum): id_of(place.ada), id_of(place.ada): None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("called", "left"),
    [
        ({"name": "Calum  Beag"}, "Calum Beag must not be left alone. Ring 0808 800 5000, or […]."),
        ({"name": "sue guard"}, "Calum Beag must not be left alone. Ring 0808 800 5000, or […]."),
        ({"phone": "0808 8005000"}, "Calum Beag must not be left alone. Ring 0808 800 5000, or […]."),
        ({"name": "left alone"}, "Calum Beag must not be […]. Ring 0808 800 5000, or […]."),
    ],
)
def test_nobody_takes_somebody_elses_name_with_them(place: Place, called: dict[str, str], left: str) -> None:
    """Nor whom to turn to about safeguarding: neither where that stands nor in others' words, mail among them."""
    with place.instance.scope("harbour", place.ada, write=True) as scope:
        cohort = Cohort(name="C", safeguarding_name="Sue Guard", safeguarding_contact="Ring 0808 800 5000", extra={})
        scope.db.add(cohort)
        scope.db.flush()
        said = f"Calum Beag must not be left alone. Ring 0808 800 5000, or {EMAIL}."
        scope.db.add(CohortSession(cohort_id=cohort.id, number=1, title="One", notes=said, extra={}))
        scope.mail("home/mail_test", "calum@harbour.example", "en_GB", {"said": said})
        person = scope.db.get_one(Person, (scope.partner.id, id_of(place.morag)))
        for field, value in called.items():
            setattr(person, field, value)
    place.erase()
    (cohort,) = place.all(Cohort)
    assert (cohort.safeguarding_name, cohort.safeguarding_contact) == ("Sue Guard", "Ring 0808 800 5000")
    assert place.all(CohortSession.notes) == [left]
    assert place.outside(MailRow.values) == [{"said": left}]


def test_a_complaint_outlasts_who_made_it(place: Place) -> None:
    """Nobody lets one vanish by giving somebody its address and erasing them."""
    address = {"name": "Carla", "contact": "Carla@c.example", "words": "Ada read my file."}
    place.add(Complaint(**address, received_at=NOW), Person(name="X", email="carla@c.example"))
    for do in (own_data.plan_for, own_data.erase_person):
        with pytest.raises(Refused, match="complaint from this address is open"):
            do(place.instance.kit, "harbour", "carla@c.example")
    (person_id,) = [row.id for row in place.all(Person) if row.name == "X"]
    page = place.instance.client("harbour", place.ada).get(f"/people/{person_id}/erase").text
    assert "complaint from this address is open" in page
    assert "Erase for good" not in page
    with place.instance.scope("harbour", write=True) as scope:
        (row,) = scope.db.scalars(sa.select(Complaint))
        row.acknowledged_at, row.closed_at = NOW, NOW + timedelta(days=1)
        row.outcome = "Ada keeps away; carla@c.example was told."
    assert place.plan("carla@c.example")["kept", "Complaints"] == 1
    place.erase("carla@c.example")
    (row,) = place.all(Complaint)
    assert (row.name, row.contact, row.words) == ("–", "–", "–")
    assert (row.received_at, row.acknowledged_at, row.closed_at) == (NOW, NOW, NOW + timedelta(days=1))
    assert row.outcome == "Ada keeps away; […] was told."


def test_an_open_request_to_be_erased_is_answered(place: Place) -> None:
    with place.instance.scope("harbour", write=True) as scope:
        privacy.receive_request(scope, id_of(place.morag), "erasure")
        privacy.receive_request(scope, id_of(place.morag), "access")
    place.erase()
    with place.instance.scope("harbour") as scope:
        rows = {row.kind: row for row in requests_made(scope)}
    assert (rows["erasure"].answered_at, rows["access"].answered_at) == (NOW, None)
    assert place.all(Person.name).count("(erased)") == 1


def requests_made(scope: Any) -> list[Any]:
    return list(requests_listed(scope).rows)


# --- other partners, and the account ---


def test_another_partner_is_left_alone_and_the_account_with_it(place: Place) -> None:
    place.instance.add_partner("Haven", slug="haven")
    there = place.instance.add_person("haven", "Morag at Haven", "participant", email=EMAIL)
    assert there.account_id == place.morag.account_id
    session = {
        "account_id": place.morag.account_id,
        "device": "x",
        "created_at": NOW,
        "seen_at": NOW,
        "expires_at": NOW,
    }
    place.add_outside(
        PartnerDomain(host="own.example", partner_ref=place.instance.partners["harbour"].id),
        SignInSession(secret_hash="a", host="own.example", **session),
        SignInSession(secret_hash="b", host="shared.example", **session),
    )
    with place.instance.scope("haven") as scope:
        before = repr(sorted(map(str, scope.db.execute(sa.select(Person.name, Person.email, Person.version)))))
    place.erase()
    with place.instance.scope("haven") as scope:
        assert repr(sorted(map(str, scope.db.execute(sa.select(Person.name, Person.email, Person.version))))) == before
        assert scope.db.scalars(sa.select(Membership.role)).all() == ["participant"]
    assert EMAIL in place.outside(Account.email)
    assert place.outside(SignInSession.host) == ["shared.example"]
    assert "Morag Fraser" not in place.all(Person.name)


def test_a_role_that_was_taken_back_elsewhere_keeps_the_account(place: Place) -> None:
    place.instance.add_partner("Haven", slug="haven")
    place.instance.add_person("haven", "Morag", "participant", email=EMAIL)
    with place.instance.scope("haven", write=True) as scope:
        people.withdraw_role(scope, place.morag.account_id or id_of(place.morag), "participant")
    place.erase()
    assert EMAIL in place.outside(Account.email)


def test_an_operators_account_stays(place: Place) -> None:
    with place.instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.get_one(Account, place.morag.account_id).is_operator = True
        scope.db.commit()
    place.erase()
    assert EMAIL in place.outside(Account.email)


def test_an_account_that_is_still_pointed_at_stays(place: Place) -> None:
    """Somebody at another partner without any role there: nothing tells of her, and the database refuses."""
    place.instance.add_partner("Haven", slug="haven")
    with place.instance.scope("haven", write=True) as scope:
        scope.db.add(Person(name="Morag", account_id=place.morag.account_id))
    if place.instance.kit.engine.dialect.name == "postgresql":
        place.erase()
        assert EMAIL in place.outside(Account.email)
    with place.instance.scope("haven") as scope:
        assert scope.db.scalars(sa.select(Person.name)).all() == ["Morag"]


def test_links_and_mail_of_this_partner_go_and_others_stay(place: Place) -> None:
    harbour = place.instance.partners["harbour"].id
    other = place.instance.add_partner("Haven", slug="haven").id
    made = {"purpose": "invitation", "created_at": NOW, "expires_at": NOW, "data": {}}
    place.add_outside(
        Token(hash="subject", partner_ref=harbour, subject_ref=place.morag.person_id, **made),
        Token(hash="account", partner_ref=harbour, account_id=place.morag.account_id, **made),
        Token(hash="address", partner_ref=harbour, **made | {"data": {"email": EMAIL}}),
        Token(hash="else", partner_ref=harbour, subject_ref=place.calum.person_id, **made),
        Token(hash="there", partner_ref=other, **made | {"data": {"email": EMAIL}}),
        Token(hash="anywhere", account_id=place.morag.account_id, **made),
    )
    for number, (at, address, words) in enumerate((
        (harbour, EMAIL.upper(), "x"), (harbour, "calum@harbour.example", "Morag Fraser came"), (other, EMAIL, "x"),
        (None, EMAIL, "x"), (harbour, "calum@harbour.example", "nobody"),
    )):  # fmt: skip
        row = OutboxRow(kind="mail", partner_ref=at, name=str(number), at=NOW, due_at=NOW)
        place.add_outside(row)
        place.add_outside(MailRow(outbox_id=row.id, address=address, locale="en_GB", values={"said": words}))
    place.erase()
    assert sorted(place.outside(Token.hash)) == ["else", "there"]
    assert sorted(row["said"] for row in place.outside(MailRow.values)) == ["[…] came", "nobody", "x"]
    assert sorted(name for name in place.outside(OutboxRow.name) if name.isdigit()) == ["1", "2", "4"]


def test_somebody_without_an_account_is_erased_too(place: Place) -> None:
    place.add(Person(name="No Account", email="none@harbour.example"))
    place.erase("none@harbour.example")
    assert "No Account" not in place.all(Person.name)
    assert len(place.outside(Account.id)) == 3


def test_an_account_that_is_gone_already_is_no_trouble(place: Place) -> None:
    known = data_subjects.DataSubject(
        Subject(place.instance.partners["harbour"].id, id_of(place.morag), id_of(place.ada)), "x"
    )
    with place.instance.scope("harbour", write=True) as scope:
        forgetting.forget_account(scope, known)
    assert len(place.outside(Account.id)) == 3


def test_the_mailbox_forgets_what_this_partner_wrote_to_them_and_nothing_else(place: Place) -> None:
    """Neither another partner's mail, nor what is to somebody else, whatever name somebody is given."""
    here = str(place.instance.partners["harbour"].id)
    there = str(place.instance.add_partner("Haven", slug="haven").id)
    box = Mailbox(place.instance.kit.settings.data / "mailbox")
    assert box.forget(place.instance.partners["harbour"].id, [EMAIL]) == 0
    for number, (to, partner) in enumerate((
        (f"Morag <{EMAIL.title()}>", here), (EMAIL, there), (EMAIL, None), ("calum@harbour.example", here),
        ("morag@harbour.example.org", here), (f'"{EMAIL}" <calum@harbour.example>', here), (f"x{EMAIL}", here),
    )):  # fmt: skip
        message = EmailMessage()
        message["To"], message["Subject"] = to, f"{number} Your cohort begins on Monday"
        if partner is not None:
            message[PARTNER_HEADER] = partner
        message.set_content("Morag Fraser, it begins on Monday")
        box.keep(message, secret=number == 0)
    with place.instance.scope("harbour", write=True) as scope:
        scope.db.get_one(Person, (scope.partner.id, id_of(place.morag))).name = "begins on"
    client = place.instance.client("harbour", place.ada)
    assert client.post(f"/people/{place.morag.person_id}/erase", {"name": "begins on"}).status_code == 303
    assert sorted(each.subject[0] for each in box.list().rows) == ["1", "2", "3", "4", "5", "6"]
    place.erase("calum@harbour.example")
    assert sorted(each.subject[0] for each in box.list().rows) == ["1", "2", "4", "6"]


def test_many_rows_go_in_batches(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "MOST_IDS", 2)
    for number in range(5):
        experiment(place, place.morag, f"E{number}")
    place.erase()
    assert place.all(Experiment.title) == ["–"] * 5


def test_what_a_plugin_erases_is_planned_and_done(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    offers = [
        (
            "boats",
            Erasure("berths", "Berths", 2, lambda scope: done.append(scope.partner.slug), msg("The pier stays.")),
        ),
        ("boats", Erasure("oars", "Oars", 1, lambda _scope: done.append("oars"))),
    ]
    monkeypatch.setattr(Calls, "offer_erasures", lambda *_args: offers)
    plan = own_data.plan_for(place.instance.kit, "harbour", EMAIL)
    told = [
        (line.does, line.title, line.count, str(line.why)) for line in plan.lines if line.title in ("Berths", "Oars")
    ]
    assert told == [("deleted", "Berths", 2, ""), ("kept", "Berths", 2, "The pier stays."), ("deleted", "Oars", 1, "")]
    assert done == []
    place.erase()
    assert done == ["harbour", "oars"]


@pytest.mark.parametrize("error", [BeyondPartner(msg("No.")), sa.exc.IntegrityError("x", {}, Exception())])
def test_an_account_that_the_database_keeps_stays(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(change: Any) -> Any:
        if "account" in str(change).split("WHERE")[0]:
            raise error
        return change

    monkeypatch.setattr(forgetting, "_alone", refuse)
    place.erase()
    assert EMAIL in place.outside(Account.email)
    assert "Morag Fraser" not in place.all(Person.name)
