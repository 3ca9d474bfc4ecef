"""The way to an organisation's service and back: what is asked and sent, which keys are kept, what is recorded."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people import queries, service
from systems_changers.core.people.models import SignOnIdentity
from systems_changers.core.people.service import Errand, Saver, sign_on
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.errors import Conflict, NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import OutboxRow
from tests.core.instance import Instance
from tests.core.people.factors import SEALER, browser
from tests.core.people.organisation import (
    ANNA,
    ISSUER,
    REDIRECT,
    Organisation,
    anna,
    answers,
    charity,
    member,
    nobody,
    set_up,
)

__all__ = ["charity", "nobody"]


def way(instance: Instance, organisation: Organisation, at: PartnerFacts | None = None) -> dict[str, list[str]]:
    """What the browser is sent to the service with."""
    here = browser()
    secret = instance.do(service.begin_sign_on, organisation.means.outside, Errand(REDIRECT), here, at=at)
    return parse_qs(urlsplit(instance.see(service.way_there, secret, here, at=at)).query)


def told(instance: Instance, name: str) -> list[tuple[str | None, Any, list[str]]]:
    """Kind, id and fields of what was recorded by this name."""
    with instance.scope() as scope:
        rows = scope.db.scalars(sa.select(AuditEvent).where(AuditEvent.name == name).order_by(AuditEvent.id))
        return [(row.object_kind, row.object_id, row.changed) for row in rows]


def test_the_browser_is_sent_with_everything_that_the_service_needs(instance: Instance, charity: Organisation) -> None:
    asked = way(instance, charity)
    given = {name: asked.pop(name)[0] for name in ("state", "nonce", "code_challenge")}
    assert asked == {
        "response_type": ["code"], "client_id": ["kit"], "redirect_uri": [REDIRECT], "scope": ["openid email profile"],
        "code_challenge_method": ["S256"],
    }  # fmt: skip
    assert len(set(given.values())) == 3
    assert {len(each) for each in given.values()} == {43}
    assert not set(given.values()) & {each[0] for each in way(instance, charity).values()}


def test_a_code_is_only_good_with_the_verifier_of_this_browser(
    instance: Instance, charity: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service compares the verifier with the challenge that the browser brought (RFC 7636, 4.6)."""
    anna(instance)
    challenges: list[str] = []
    there = service.way_there

    def noted(*given: Any) -> str:
        address = there(*given)
        challenges.append(parse_qs(urlsplit(address).query)["code_challenge"][0])
        return address

    monkeypatch.setattr(service, "way_there", noted)
    charity.says()
    sent = charity.sent[0]
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenges[0]
    assert (sent["code"], sent["client_id"]) == ("the-code", "kit")
    assert charity.nonce not in (sent["code_verifier"], challenges[0])


def test_google_is_told_the_domain_and_an_address_with_a_query_keeps_it(
    instance: Instance, charity: Organisation
) -> None:
    charity.told = {"authorization_endpoint": f"{ISSUER}/authorize?tenant=1"}
    asked = way(instance, charity)
    assert (asked["tenant"], asked["client_id"], "hd" in asked) == (["1"], ["kit"], False)
    set_up(instance, instance.other, kind="google", hosted_domain="charity.example")
    google = Organisation(instance, "https://accounts.google.com")
    assert way(instance, google, instance.other)["hd"] == ["charity.example"]


def test_keys_are_good_for_an_hour(instance: Instance, charity: Organisation) -> None:
    anna(instance)

    def asked() -> int:
        charity.lets_in()
        return sum(each.endswith("/keys") for each in charity.asked)

    assert asked() == 1
    instance.later(minutes=59)
    assert asked() == 1
    instance.later(minutes=1)
    assert asked() == 2


@pytest.mark.parametrize(("held", "left"), [(199, 200), (200, 1)])
def test_keys_of_so_many_services_are_kept_and_no_more(
    instance: Instance, charity: Organisation, held: int, left: int
) -> None:
    anna(instance)
    sign_on._KEYS.update({str(number): (0.0, {}) for number in range(held)})
    charity.lets_in()
    assert len(sign_on._KEYS) == left
    assert sign_on._KEYS[f"{ISSUER}/keys"][0] == instance.clock.now().timestamp()
    sign_on._KEYS.clear()


def test_who_comes_by_it_is_recorded_and_announced(instance: Instance, charity: Organisation) -> None:
    person = anna(instance)
    account = instance.actor(charity.lets_in()).account_id
    assert told(instance, "person.came_by_sign_on") == [("person", person, ["account_id"])]
    assert told(instance, "account.sign_on_used") == [("account", account, [])]
    with instance.operator() as scope:
        (row,) = scope.db.scalars(sa.select(OutboxRow).where(OutboxRow.name == "person.joined.v1"))
    assert (row.partner_ref, row.data["role"]) == (instance.partner.id, "participant")


def test_connecting_and_disconnecting_are_recorded(instance: Instance, charity: Organisation) -> None:
    actor = ActorFacts(member(instance, ANNA))
    for _ in range(2):
        assert charity.says(actor=actor).found is None
    assert told(instance, "account.sign_on_connected") == [("account", actor.account_id, [])] * 2
    instance.do(service.disconnect_account, "https://another.example", actor=actor)
    with instance.operator() as scope:
        (row,) = scope.db.scalars(sa.select(SignOnIdentity))
    assert (row.account_id, row.by_owner, row.created_at) == (actor.account_id, True, instance.clock.now())
    instance.do(service.disconnect_account, ISSUER, actor=ActorFacts(new_id()))
    instance.do(service.disconnect_account, ISSUER, actor=actor)
    with instance.operator() as scope:
        assert scope.db.scalars(sa.select(SignOnIdentity)).all() == []
    assert told(instance, "account.sign_on_disconnected")[-1] == ("account", actor.account_id, [])
    with pytest.raises(NotFound):
        instance.do(service.disconnect_account, ISSUER)


# --- setting it up ---

NOBODY = Saver(signed_on=False, session_id=None)


def test_who_saves_too_late_sees_both(instance: Instance, charity: Organisation) -> None:
    del charity
    version = instance.see(queries.sign_on_at).version
    mine = answers(name="Mine", domains=("b.example", "a.example", "b.example"), client_id=" kit ", secret="")
    with pytest.raises(Conflict) as conflict:
        instance.do(service.save_sign_on, SEALER, mine, version + 1, NOBODY)
    told = {"kind": "other", "issuer": ISSUER, "boundary": "", "client_id": "kit", "mode": "offered"}
    assert conflict.value.mine == {**told, "name": "Mine", "domains": ["a.example", "b.example"]}
    assert conflict.value.theirs == {**told, "name": "Charity", "domains": ("charity.example",)}
    assert conflict.value.version == version


def test_fifty_domains_are_not_too_many(instance: Instance, charity: Organisation) -> None:
    del charity
    many = tuple(f"d{number:02}.example" for number in range(50))
    version = instance.see(queries.sign_on_at).version
    instance.do(service.save_sign_on, SEALER, answers(domains=many, secret=""), version, NOBODY)
    assert instance.see(queries.sign_on_at).domains == many


def test_what_changed_is_recorded_by_its_fields_names(instance: Instance, charity: Organisation) -> None:
    del charity
    for other, fields in (
        ({"secret": ""}, None), ({"secret": "new"}, ["secret"]), ({"name": "New", "secret": ""}, ["name"]),
        ({"name": "New", "mode": "off", "secret": ""}, ["mode"]),
    ):  # fmt: skip
        before = told(instance, "partner.sign_on_changed")
        version = instance.see(queries.sign_on_at).version
        instance.do(service.save_sign_on, SEALER, answers(**other), version, NOBODY)
        new = told(instance, "partner.sign_on_changed")[len(before) :]
        assert [each[2] for each in new] == ([] if fields is None else [fields])
    assert told(instance, "account.sign_on_sessions_ended") == [(None, None, [])]


def test_a_service_elsewhere_ends_the_sessions_of_the_one_before(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    here, there = charity.lets_in(), charity.lets_in()
    mine = instance.arrive(here, slug=instance.partner.slug).account
    assert mine is not None
    version = instance.see(queries.sign_on_at).version
    elsewhere = answers(issuer="https://new.example", secret="another")
    instance.do(service.save_sign_on, SEALER, elsewhere, version, Saver(signed_on=True, session_id=mine.session_id))
    assert instance.arrive(here, slug=instance.partner.slug).account is not None
    assert instance.arrive(there, slug=instance.partner.slug).account is None
