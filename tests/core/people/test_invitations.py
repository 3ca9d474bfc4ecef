"""Invitations: single use, one person, one role, one partner; nobody learns of an account before the link is used."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.experiments.models import Experiment, ExperimentShare
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people import queries, service
from systems_changers.core.people.service import Browser, Invited
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from tests.core.instance import HOST, NOW, Instance, administrator, fresh_email, with_role

PASSWORD = "porridge rain kettle"


def browser() -> Browser:
    return Browser(HOST, new_id().hex, "Phone")


def person(instance: Instance, email: str | None, name: str = "Aileen", at: PartnerFacts | None = None) -> UUID:
    with instance.scope(write=True, at=at) as scope:
        return service.find_or_make_person(scope, name, email).id


def invite(instance: Instance, person_id: UUID, role: str = "participant") -> Invited:
    invited: Invited = instance.do(service.invite, person_id, role, actor=administrator())
    return invited


def secret_of(invited: Invited) -> str:
    assert invited.link is not None
    return invited.link.rpartition("/")[2]


def mailed_secret(instance: Instance) -> str:
    return str(instance.mails()[-1][2]["link"]).rpartition("/")[2]


def test_a_new_person_comes_in_with_a_password(instance: Instance) -> None:
    email = fresh_email()
    id_ = person(instance, email)
    invited = invite(instance, id_)
    secret = secret_of(invited)
    shown = instance.see(service.open_invitation, secret)
    assert (shown.name, shown.role, shown.email) == ("Aileen", "participant", email)
    accepted = instance.do(service.accept_as_new, secret, browser(), password=PASSWORD)
    actor = instance.actor(accepted.secret)
    assert (actor.person_id, actor.name, actor.roles) == (id_, "Aileen", frozenset({"participant"}))
    assert instance.do(service.sign_in_by_password, email, PASSWORD, browser())
    with pytest.raises(NotFound):
        instance.do(service.accept_as_new, secret, browser(), password=PASSWORD)


def test_one_may_stay_with_links_alone(instance: Instance) -> None:
    email = fresh_email()
    invite(instance, person(instance, email))
    accepted = instance.do(service.accept_as_new, mailed_secret(instance), browser())
    with instance.scope(ActorFacts(accepted.account_id)) as scope:
        assert queries.account_sheet(scope).has_password is False
    with pytest.raises(Invalid):
        instance.do(service.sign_in_by_password, email, "", browser())


def test_the_first_use_of_either_link_ends_both(instance: Instance) -> None:
    email = fresh_email()
    invited = invite(instance, person(instance, email))
    mailed = mailed_secret(instance)
    instance.do(service.accept_as_new, secret_of(invited), browser(), password=PASSWORD)
    with pytest.raises(NotFound):
        instance.see(service.open_invitation, mailed)


def test_a_newer_invitation_ends_the_older(instance: Instance) -> None:
    id_ = person(instance, fresh_email())
    old, new = invite(instance, id_), invite(instance, id_, "line_manager")
    with pytest.raises(NotFound):
        instance.see(service.open_invitation, secret_of(old))
    assert instance.see(service.open_invitation, secret_of(new)).role == "line_manager"


def test_it_lasts_14_days(instance: Instance) -> None:
    invited = invite(instance, person(instance, fresh_email()))
    instance.later(days=13, hours=23)
    assert instance.see(service.open_invitation, secret_of(invited)).until == invited.until
    instance.later(hours=1)
    with pytest.raises(NotFound):
        instance.do(service.accept_as_new, secret_of(invited), browser(), password=PASSWORD)


def test_it_opens_nothing_at_another_partner(instance: Instance) -> None:
    invited = invite(instance, person(instance, fresh_email()))
    with pytest.raises(NotFound):
        instance.see(service.open_invitation, secret_of(invited), at=instance.other)
    with pytest.raises(NotFound):
        instance.do(service.accept_as_new, secret_of(invited), browser(), password=PASSWORD, at=instance.other)
    for opening in (service.open_sign_in_link, service.open_set_up):
        with pytest.raises(NotFound):
            instance.see(opening, secret_of(invited))


def test_nothing_differs_before_it_is_used(instance: Instance) -> None:
    known, new = fresh_email("anna"), fresh_email("anna")
    instance.do(service.make_account, known, PASSWORD, proven=True, at=instance.other)
    seen = []
    for email in (known, new):
        id_ = person(instance, email)
        with instance.counted() as sent:
            invited = invite(instance, id_)
        shown = instance.see(service.open_invitation, secret_of(invited))
        line = next(each for each in instance.see(queries.people_listed, search=email).rows)
        seen.append((len(sent), shown.name, shown.role, line.has_account, line.roles))
    assert seen[0] == seen[1]


def test_who_has_an_account_signs_in_and_accepts_with_it(instance: Instance) -> None:
    email = fresh_email()
    account_id = instance.do(service.make_account, email, PASSWORD, proven=True)
    id_ = person(instance, email)
    secret = secret_of(invite(instance, id_, "facilitator"))
    with pytest.raises(Refused) as error:
        instance.do(service.accept_as_new, secret, browser(), password="another long evening")
    assert error.value.code == "account_exists"
    session = instance.do(service.sign_in_by_password, email, PASSWORD, browser())
    assert instance.actor(session).roles == frozenset()
    instance.do(service.accept_here, secret, new_id().hex, actor=ActorFacts(account_id))
    actor = instance.actor(session)
    assert (actor.person_id, actor.roles) == (id_, frozenset({"facilitator"}))
    assert instance.actor(session, instance.other).roles == frozenset()
    assert "invitation.accepted_by_hand" in instance.audit()


def test_the_maker_of_a_link_does_not_take_it_for_somebody_else(instance: Instance) -> None:
    maker = with_role("facilitator")
    secret = secret_of(instance.do(service.invite, person(instance, None, "Ruth"), "participant", actor=maker))
    with pytest.raises(Refused) as refused:
        instance.do(service.accept_as_new, secret, browser(), fresh_email(), PASSWORD, actor=maker)
    assert refused.value.code == "own_invitation"
    with pytest.raises(Refused) as refused:
        instance.do(service.accept_here, secret, HOST, actor=maker)
    assert refused.value.code == "own_invitation"
    instance.do(service.accept_as_new, secret, browser(), fresh_email(), PASSWORD)
    assert "invitation.accepted_by_hand" in instance.audit()


def test_the_maker_may_take_a_role_of_her_own(instance: Instance) -> None:
    email = fresh_email()
    id_ = person(instance, email)
    first = instance.do(service.accept_as_new, secret_of(invite(instance, id_)), browser(), password=PASSWORD)
    maker = ActorFacts(first.account_id, id_, "Aileen", frozenset({"administrator"}))
    secret = secret_of(instance.do(service.invite, id_, "facilitator", actor=maker))
    assert instance.do(service.accept_here, secret, HOST, actor=maker).account_id == first.account_id


@pytest.mark.parametrize("relied", ["author_id", "share", "manager_id", "learning_partner_id"])
def test_on_whom_others_rely_is_invited_by_mail_alone(instance: Instance, relied: str) -> None:
    reader, other = person(instance, fresh_email(), "Ruth"), person(instance, None, "Aileen")
    by_mail = {"actor": administrator(), "mail_server": True}
    assert instance.do(service.invite, reader, "line_manager", **by_mail).link is not None
    with instance.scope(write=True) as scope:
        cohort = Cohort(name="Portlaggan")
        scope.db.add(cohort)
        scope.db.flush()
        scope.db.add(CohortPerson(cohort_id=cohort.id, person_id=reader))
        scope.db.flush()
        assert not queries.is_relied_on(scope, reader), "a seat is given by others"
        trial = Experiment(author_id=reader if relied == "author_id" else other, title="A kinder letter")
        scope.db.add(trial)
        scope.db.flush()
        if relied == "share":
            scope.db.add(ExperimentShare(experiment_id=trial.id, audience="person", person_id=reader, granted_at=NOW))
        elif relied != "author_id":
            scope.db.add(CohortPerson(cohort_id=cohort.id, person_id=other, **{relied: reader}))
    invited = instance.do(service.invite, reader, "line_manager", **by_mail)
    assert invited.link is None
    assert instance.see(service.open_invitation, mailed_secret(instance)).name == "Ruth"
    assert invite(instance, reader).link is not None, "without a mail server there is only the link"


def test_on_whom_others_rely_needs_an_address(instance: Instance) -> None:
    reader = person(instance, None, "Ruth")
    with instance.scope(write=True) as scope:
        scope.db.add(Experiment(author_id=reader, title="A kinder letter"))
    with pytest.raises(Refused) as refused:
        instance.do(service.invite, reader, "line_manager", actor=administrator(), mail_server=True)
    assert refused.value.code == "mail_alone"


def test_nobody_signed_in_cannot_accept_here(instance: Instance) -> None:
    secret = secret_of(invite(instance, person(instance, fresh_email())))
    with pytest.raises(Refused) as error:
        instance.do(service.accept_here, secret, new_id().hex)
    assert error.value.code == "sign_in"


def test_a_person_who_has_come_in_is_not_taken_over(instance: Instance) -> None:
    id_ = person(instance, fresh_email())
    instance.do(service.accept_as_new, secret_of(invite(instance, id_)), browser(), password=PASSWORD)
    other = instance.do(service.make_account, fresh_email(), PASSWORD)
    again = secret_of(invite(instance, id_, "facilitator"))
    with pytest.raises(Refused) as error:
        instance.do(service.accept_here, again, new_id().hex, actor=ActorFacts(other))
    assert error.value.code == "other_account"
    assert instance.see(service.open_invitation, again).role == "facilitator"


def test_without_an_address_there_is_only_the_link(instance: Instance) -> None:
    invited = invite(instance, person(instance, None))
    assert invited.email is None
    assert instance.mails() == []
    for email in ("", "nonsense"):
        with pytest.raises(Invalid):
            instance.do(service.accept_as_new, secret_of(invited), browser(), email=email, password=PASSWORD)
    accepted = instance.do(service.accept_as_new, secret_of(invited), browser(), email=fresh_email(), password=PASSWORD)
    assert instance.actor(accepted.secret).roles == frozenset({"participant"})


def test_an_invitation_is_no_way_to_look_for_accounts(instance: Instance) -> None:
    secret = secret_of(invite(instance, person(instance, None)))
    known = [fresh_email() for _ in range(6)]
    for email in known:
        instance.do(service.make_account, email, PASSWORD)
    codes = []
    for email in known:
        with pytest.raises(Refused) as error:
            instance.do(service.accept_as_new, secret, browser(), email=email, password=PASSWORD)
        codes.append(error.value.code)
    assert codes == ["account_exists"] + ["too_many"] * 5
    assert instance.see(service.open_invitation, secret).role == "participant"


def test_what_could_never_be_an_account_tells_nothing_of_one(instance: Instance) -> None:
    known, new = fresh_email(), fresh_email()
    instance.do(service.make_account, known, PASSWORD)
    for email in (known, new):
        secret = secret_of(invite(instance, person(instance, email)))
        with pytest.raises(Invalid) as error:
            instance.do(service.accept_as_new, secret, browser(), password="short")
        assert set(error.value.fields) == {"password"}


def test_nobody_takes_over_a_person_with_an_account_that_is_somebody_here(instance: Instance) -> None:
    mine = person(instance, fresh_email(), "Morag")
    account_id = instance.do(
        service.accept_as_new, secret_of(invite(instance, mine)), browser(), password=PASSWORD
    ).account_id
    secret = secret_of(invite(instance, person(instance, None, "Aileen")))
    with pytest.raises(Refused) as error:
        instance.do(service.accept_here, secret, new_id().hex, actor=ActorFacts(account_id))
    assert error.value.code == "other_account"
    assert instance.see(service.open_invitation, secret).name == "Aileen"


def test_an_account_is_one_person_at_a_partner(instance: Instance) -> None:
    account_id = instance.do(service.make_account, fresh_email(), PASSWORD)
    ids = [person(instance, fresh_email()) for _ in range(2)]
    with instance.scope(write=True) as scope:
        queries.person_row(scope, ids[0]).account_id = account_id
    with instance.scope() as scope:
        queries.person_row(scope, ids[1]).account_id = account_id
        with pytest.raises(sa.exc.IntegrityError):
            scope.db.flush()


def test_a_weak_password_leaves_the_link_alive(instance: Instance) -> None:
    secret = secret_of(invite(instance, person(instance, fresh_email(), "Aileen Robertson")))
    for weak in ("short", "letmein letmein", "Aileen Robertson", f"i am {instance.partner.name}"):
        with pytest.raises(Invalid) as error:
            instance.do(service.accept_as_new, secret, browser(), password=weak)
        assert set(error.value.fields) == {"password"}
    assert instance.do(service.accept_as_new, secret, browser(), password=PASSWORD).secret


@pytest.mark.parametrize(("role", "wanted"), [("facilitator", "administrator"), ("participant", "participant")])
def test_who_may_not_invite(instance: Instance, role: str, wanted: str) -> None:
    id_ = person(instance, fresh_email())
    with pytest.raises(Refused) as error:
        instance.do(service.invite, id_, wanted, actor=with_role(role))
    assert error.value.code == "may_not_invite"


def test_nobody_invites_another_partners_person(instance: Instance) -> None:
    id_ = person(instance, fresh_email(), at=instance.other)
    with pytest.raises(NotFound):
        instance.do(service.invite, id_, "participant", actor=administrator())


def test_the_first_administrator_is_set_up_by_a_link(instance: Instance) -> None:
    euan = service.NewPerson("Euan", fresh_email("euan"), operator=True)
    secret = instance.do(service.issue_set_up, euan)
    assert instance.see(service.open_set_up, secret) == euan
    with pytest.raises(NotFound):
        instance.do(service.finish_set_up, secret, PASSWORD, browser(), at=instance.other)
    with pytest.raises(Invalid):
        instance.do(service.finish_set_up, secret, "short", browser())
    actor = instance.actor(instance.do(service.finish_set_up, secret, PASSWORD, browser()))
    assert actor.is_operator
    assert (actor.name, actor.roles) == ("Euan", frozenset({"administrator"}))
    with pytest.raises(NotFound):
        instance.do(service.finish_set_up, secret, PASSWORD, browser())


def test_a_partners_first_administrator_does_not_operate_the_instance(instance: Instance) -> None:
    secret = instance.do(service.issue_set_up, service.NewPerson("Iona", fresh_email("iona")))
    actor = instance.actor(instance.do(service.finish_set_up, secret, PASSWORD, browser()))
    assert (actor.is_operator, actor.roles) == (False, frozenset({"administrator"}))


def test_a_set_up_link_takes_nobodys_account(instance: Instance) -> None:
    email = fresh_email("iona")
    id_ = instance.do(service.make_account, email, PASSWORD, proven=True)
    secret = instance.do(service.issue_set_up, service.NewPerson("Iona", email))
    with pytest.raises(Refused) as error:
        instance.do(service.finish_set_up, secret, "kettle on the hob", browser())
    assert error.value.code == "account_exists"
    session = instance.do(service.finish_set_up, secret, "", browser(), actor=ActorFacts(id_))
    assert instance.actor(session).roles == frozenset({"administrator"})
    assert instance.do(service.sign_in_by_password, email, PASSWORD, browser())


def test_an_operator_who_lost_the_password_is_set_up_again(instance: Instance) -> None:
    email = fresh_email("euan")
    instance.do(service.make_account, email, PASSWORD, proven=True)
    secret = instance.do(service.issue_set_up, service.NewPerson("Euan", email, operator=True))
    assert instance.actor(instance.do(service.finish_set_up, secret, "kettle on the hob", browser())).is_operator
    with pytest.raises(Invalid):
        instance.do(service.sign_in_by_password, email, PASSWORD, browser())


def test_a_set_up_link_lasts_a_week(instance: Instance) -> None:
    secret = instance.do(service.issue_set_up, service.NewPerson("Euan", fresh_email()))
    instance.later(days=7)
    with pytest.raises(NotFound):
        instance.do(service.finish_set_up, secret, PASSWORD, browser())


def test_another_address_ends_the_invitation_that_is_open(instance: Instance) -> None:
    id_ = person(instance, fresh_email())
    invited = invite(instance, id_)
    mailed = mailed_secret(instance)
    before = instance.audit()
    assert instance.do(service.change_person, id_, "Aileen", fresh_email()) is True
    assert sorted(instance.audit()[len(before) :]) == ["invitation.ended", "person.changed"]
    for secret in (secret_of(invited), mailed):
        with pytest.raises(NotFound):
            instance.see(service.open_invitation, secret)
    assert instance.do(service.change_person, id_, "Aileen", fresh_email()) is False
    assert instance.audit().count("invitation.ended") == 1


def test_another_name_leaves_the_invitation_open(instance: Instance) -> None:
    email = fresh_email()
    id_ = person(instance, email)
    invited = invite(instance, id_)
    assert instance.do(service.change_person, id_, "Aileen Reid", f" {email.upper()}") is False
    assert instance.see(service.open_invitation, secret_of(invited)).name == "Aileen Reid"
    assert "invitation.ended" not in instance.audit()
    with instance.scope() as scope:
        changed = sa.select(AuditEvent.changed).where(AuditEvent.name == "person.changed", AuditEvent.object_id == id_)
        assert scope.db.scalars(changed).all() == [["name"]]
