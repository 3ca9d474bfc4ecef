"""Passkeys: one challenge, one host, one account, a person checked by the device; everything else is refused alike."""

import json
from collections.abc import Callable

import pytest

from systems_changers.core.people import service
from systems_changers.core.people.models import Account, Passkey
from systems_changers.core.people.rules import takes_passkeys
from systems_changers.core.people.service import passkeys
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from tests.core.instance import HOST, Instance
from tests.core.people.factors import ORIGIN, PRESENT, Owner, SoftKey, add_key, browser

OTHER = "elsewhere.example.org"


def options(instance: Instance, host: str = HOST) -> str:
    made: str = instance.do(service.challenge, browser(host))
    return made


def sign_in(instance: Instance, answer: str, host: str = HOST, origin: str = ORIGIN) -> str:
    secret: str = instance.do(service.sign_in_by_passkey, answer, browser(host, origin))
    return secret


def refused(instance: Instance, answer: str, host: str = HOST, origin: str = ORIGIN) -> str:
    """The code of the refusal."""
    with pytest.raises(Invalid) as error:
        sign_in(instance, answer, host, origin)
    return error.value.code


def test_a_passkey_alone_signs_in(instance: Instance) -> None:
    owner = Owner(instance)
    key = add_key(owner)
    session = instance.arrive(sign_in(instance, key.use(options(instance)))).account
    assert session is not None
    assert (session.id, session.has_factor) == (owner.id, True)
    assert "account.passkey_added" in instance.audit()
    line = instance.see(service.factors_of, owner.id, HOST).passkeys[0]
    assert (line.name, line.host, line.used_at, line.here) == ("My phone", HOST, instance.clock.now(), True)


def test_the_first_factor_brings_recovery_codes_and_the_second_none(instance: Instance) -> None:
    owner, here = Owner(instance), browser()
    for count in (10, 0):
        made = SoftKey().make(instance.do(service.new_challenge, here, "Corra", actor=owner.actor))
        assert len(instance.do(service.add_passkey, here, "Key", made, actor=owner.actor)) == count


def test_what_is_asked_of_the_browser(instance: Instance) -> None:
    owner, here = Owner(instance), browser()
    key = add_key(owner)
    asked = json.loads(instance.do(service.new_challenge, here, "Corra", actor=owner.actor))
    assert asked["rp"] == {"id": HOST, "name": "Corra"}
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert [each["id"] for each in asked["excludeCredentials"]] == [passkeys_id(key)]
    used = json.loads(options(instance))
    assert used["userVerification"] == "required"
    assert used["rpId"] == HOST
    assert used.get("allowCredentials", []) == [], "it says nothing of anybody"
    assert used["challenge"] != json.loads(options(instance))["challenge"]


def passkeys_id(key: SoftKey) -> str:
    found: str = json.loads(key._answer({}))["id"]
    return found


def test_a_challenge_is_answered_once_and_in_time(instance: Instance) -> None:
    owner = Owner(instance)
    key, asked = add_key(owner), options(instance)
    answer = key.use(asked)
    sign_in(instance, answer)
    assert refused(instance, answer) == "wrong_passkey"
    assert refused(instance, key.use(asked)) == "wrong_passkey"
    late = options(instance)
    instance.later(minutes=5)
    assert refused(instance, key.use(late)) == "wrong_passkey"
    assert refused(instance, key.use(json.dumps({"challenge": "bWFkZSB1cA"}))) == "wrong_passkey"


def test_another_origin_or_host_is_refused(instance: Instance) -> None:
    owner = Owner(instance)
    key = add_key(owner)
    for origin in ("https://evil.example", f"http://{HOST}", f"{ORIGIN}:8443", ""):
        key.origin = origin
        assert refused(instance, key.use(options(instance))) == "wrong_passkey"
    key.origin, key.host = ORIGIN, OTHER
    assert refused(instance, key.use(options(instance))) == "wrong_passkey"
    key.host = HOST
    assert refused(instance, key.use(options(instance, OTHER))) == "wrong_passkey", "a challenge of another host"
    assert refused(instance, key.use(options(instance, OTHER)), OTHER, f"https://{OTHER}") == "wrong_passkey"
    assert sign_in(instance, key.use(options(instance)))


def test_a_person_who_was_not_checked_is_refused(instance: Instance) -> None:
    owner = Owner(instance)
    key = add_key(owner)
    key.flags = PRESENT
    assert refused(instance, key.use(options(instance))) == "wrong_passkey"
    made, here = SoftKey(flags=PRESENT), browser()
    answer = made.make(instance.do(service.new_challenge, here, "Corra", actor=owner.actor))
    with pytest.raises(Invalid):
        instance.do(service.add_passkey, here, "Key", answer, actor=owner.actor)


def test_a_copy_that_counts_behind_is_refused(instance: Instance) -> None:
    owner = Owner(instance)
    key = add_key(owner)
    key.count = 40
    sign_in(instance, key.use(options(instance)))
    key.count = 39
    assert refused(instance, key.use(options(instance))) == "wrong_passkey"
    key.count = 41
    assert sign_in(instance, key.use(options(instance)))


def test_a_signature_or_handle_of_somebody_else_is_refused(instance: Instance) -> None:
    owner, other = Owner(instance), Owner(instance)
    key, theirs = add_key(owner), add_key(other)
    forged = SoftKey(id=key.id, handle=key.handle)
    assert refused(instance, forged.use(options(instance))) == "wrong_passkey"
    key.handle = theirs.handle
    assert refused(instance, key.use(options(instance))) == "wrong_passkey"
    unknown = SoftKey(handle=theirs.handle)
    assert refused(instance, unknown.use(options(instance))) == "wrong_passkey"


def test_the_second_step_takes_the_accounts_own_passkey_only(instance: Instance) -> None:
    owner, other = Owner(instance).set_up(), Owner(instance)
    mine, theirs, here = add_key(owner), add_key(other), browser()
    half = owner.first_step(here)
    with pytest.raises(Invalid) as error:
        instance.do(service.finish_by_passkey, half, theirs.use(options(instance)), here)
    assert error.value.code == "wrong_passkey"
    session = instance.do(service.finish_by_passkey, half, mine.use(options(instance)), here)
    found = instance.arrive(session).account
    assert found is not None
    assert found.id == owner.id
    with pytest.raises(NotFound):
        instance.do(service.finish_by_passkey, half, mine.use(options(instance)), here)


def test_a_passkey_is_added_to_the_account_that_asked(instance: Instance) -> None:
    owner, other, here = Owner(instance), Owner(instance), browser()
    answer = SoftKey().make(instance.do(service.new_challenge, here, "Corra", actor=owner.actor))
    with pytest.raises(Invalid):
        instance.do(service.add_passkey, here, "Key", answer, actor=other.actor)
    with pytest.raises(Invalid):
        instance.do(service.add_passkey, here, "Key", SoftKey().make(_for_making(options(instance))), actor=owner.actor)
    with pytest.raises(Invalid) as error:
        instance.do(service.add_passkey, here, "  ", answer, actor=owner.actor)
    assert set(error.value.fields) == {"name"}
    instance.do(service.add_passkey, here, "Key", answer, actor=owner.actor)
    with pytest.raises(Invalid):
        instance.do(service.add_passkey, here, "Again", answer, actor=owner.actor)
    for call in (service.new_challenge, service.add_passkey):
        with pytest.raises(NotFound):
            instance.do(call, here, "Corra", *([answer] if call is service.add_passkey else []))


def _for_making(asked: str) -> str:
    """A challenge for using a passkey, in the place of one for making it."""
    return json.dumps({**json.loads(asked), "user": {"id": "AAAA"}})


def test_a_passkey_that_is_known_is_not_added_twice(instance: Instance) -> None:
    owner, other, here = Owner(instance), Owner(instance), browser()
    key = add_key(owner)
    answer = key.make(instance.do(service.new_challenge, here, "Corra", actor=other.actor))
    with pytest.raises(Invalid) as error:
        instance.do(service.add_passkey, here, "Stolen", answer, actor=other.actor)
    assert error.value.code == "known_passkey"


def test_there_are_enough_passkeys_at_some_point(instance: Instance) -> None:
    owner, here = Owner(instance), browser()
    rows = [{"account_id": owner.id, "host": HOST, "name": "K", "credential": new_id().hex, "public_key": "",
             "sign_count": 0, "created_at": instance.clock.now()} for _ in range(20)]  # fmt: skip
    with instance.operator(write=True) as scope:
        scope.db.add_all(Passkey(**row) for row in rows)
    answer = SoftKey().make(instance.do(service.new_challenge, here, "Corra", actor=owner.actor))
    with pytest.raises(Refused) as error:
        instance.do(service.add_passkey, here, "Key", answer, actor=owner.actor)
    assert error.value.code == "too_many_passkeys"


def test_a_removed_passkey_and_a_disabled_account_are_out(instance: Instance) -> None:
    owner, other = Owner(instance), Owner(instance)
    key, theirs = add_key(owner), add_key(other)
    line = instance.see(service.factors_of, owner.id, HOST).passkeys[0]
    for actor in (other.actor, None):
        with pytest.raises(NotFound):
            instance.do(service.remove_passkey, line.id, **({"actor": actor} if actor else {}))
    instance.do(service.remove_passkey, line.id, actor=owner.actor)
    assert refused(instance, key.use(options(instance))) == "wrong_passkey"
    assert instance.see(service.factors_of, owner.id, HOST).codes_left == 0
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, other.id).disabled_at = instance.clock.now()
    assert refused(instance, theirs.use(options(instance))) == "wrong_passkey"


JUNK: list[Callable[[str], str]] = [
    lambda _: "",
    lambda _: "not json",
    lambda _: "[]",
    lambda _: "null",
    lambda _: '{"id": 1}',
    lambda _: '{"response": {"clientDataJSON": "AAAA"}}',
    lambda _: '{"response": {"clientDataJSON": 7}}',
    lambda good: json.dumps({**json.loads(good), "rawId": "AAAA"}),
    lambda good: json.dumps({**json.loads(good), "type": "password"}),
    lambda good: json.dumps({**json.loads(good), "id": None}),
    lambda good: _part(good, signature="AAAA"),
    lambda good: _part(good, signature=None),
    lambda good: _part(good, authenticatorData="AAAA"),
    lambda good: _part(good, authenticatorData=[1]),
    lambda good: _part(good, userHandle={}),
    lambda good: good[:-40],
]


def _part(good: str, **parts: object) -> str:
    read = json.loads(good)
    return json.dumps({**read, "response": {**read["response"], **parts}})


@pytest.mark.parametrize("spoil", JUNK)
def test_junk_is_refused_in_the_same_words(instance: Instance, spoil: Callable[[str], str]) -> None:
    key = add_key(Owner(instance))
    with pytest.raises(Invalid) as error:
        sign_in(instance, spoil(key.use(options(instance))))
    assert error.value.message == passkeys.WRONG


def test_where_browsers_allow_passkeys() -> None:
    assert [takes_passkeys(host) for host in ("localhost", "changers.example.org")] == [True, True]
    assert [takes_passkeys(host) for host in ("127.0.0.1", "[::1]", "192.0.2.7")] == [False] * 3
