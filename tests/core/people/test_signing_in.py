"""How long ways of signing in last, where an address or a password just will do, and what somebody is called."""

from __future__ import annotations

import pytest

from systems_changers.core.people import rules
from systems_changers.core.people.rules import signing_in
from systems_changers.core.people.rules.signing_in import (
    check_new,
    device_name,
    email_problem,
    name_from,
    password_problem,
    plain_code,
    takes_passkeys,
)
from systems_changers.infra.errors import Invalid


def test_how_long_each_way_in_is_good() -> None:
    hours = {name: getattr(signing_in, name) for name in vars(signing_in) if name.endswith("_HOURS")}
    assert hours == {
        "INVITATION_HOURS": 336, "SIGN_IN_HOURS": 0.25, "BY_HAND_HOURS": 24, "SET_UP_HOURS": 168, "ADDRESS_HOURS": 24,
        "SECOND_STEP_HOURS": 0.25, "PASSKEY_HOURS": 5 / 60, "SIGN_ON_HOURS": 10 / 60,
    }  # fmt: skip
    assert signing_in.LEAST_GUESSES == 100_000_000
    assert (rules.STALE_SECONDS, rules.RECOVERY_CODES, rules.MOST_PASSKEYS) == (3600, 10, 20)


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("kw7 qzt pav", False), ("kw7 qzt pavo", True),  # 11 and 12 characters
        ("kettle" + "ab c" * 48 + "xy", True), ("kettle" + "ab c" * 48 + "xyz", False),  # 200 and 201
        ("hgfedcba1234", False), ("MyPASSWORD18", False), ("rain of MORAG", False),
    ],
)  # fmt: skip
def test_where_a_password_just_will_do(password: str, fine: bool) -> None:
    assert (password_problem(password, "morag@example.org") is None) is fine


@pytest.mark.parametrize("own", [("Anna", "Annabel"), ("Annabel", "Anna")])
def test_a_name_goes_whole_where_another_begins_alike(own: tuple[str, str]) -> None:
    assert signing_in._without("annabel kettle ANNA", own) == " kettle "


def test_why_not_is_told_in_words() -> None:
    assert str(password_problem("short")) == "Use at least 12 characters: three or four words are easy to remember."
    assert str(password_problem("x" * 201)) == "Use at most 200 characters."


@pytest.mark.parametrize(("length", "fine"), [(320, True), (321, False)])
def test_the_longest_address(length: int, fine: bool) -> None:
    assert (email_problem("x" * (length - len("@b.org")) + "@b.org") is None) is fine


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        (" Morag@Example.org ", "porridge rain kettle", None),
        ("morag@example.org", None, None),
        ("no address", None, "email"),
        ("no address", "short", "email"),
        ("morag@example.org", "short", "password"),
        (" Morag@Example.org ", "xx morag porridge", "password"),
    ],
)
def test_what_a_new_account_would_be_made_from(email: str, password: str | None, field: str | None) -> None:
    if field is None:
        check_new(email, password)
        return
    with pytest.raises(Invalid) as refused:
        check_new(email, password)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("Ines.Moreau+kit@example.org", "Ines Moreau"),
        ("ines_de-la.cruz@example.org", "Ines De La Cruz"),
        ("..@example.org", "..@example.org"),
        ("morag@example.org", "Morag"),
    ],
)
def test_what_to_call_somebody_of_whom_only_the_address_is_known(email: str, name: str) -> None:
    assert name_from(email) == name


@pytest.mark.parametrize(
    ("host", "takes"), [("changers.example.org", True), ("127.0.0.1", False), ("[::1]", False), ("localhost", True)]
)
def test_a_bare_number_takes_no_passkeys(host: str, takes: bool) -> None:
    assert takes_passkeys(host) is takes


def test_a_code_is_read_no_further_than_it_may_be_long() -> None:
    assert plain_code("A" * 101) == "a" * 100


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Windows NT 10.0 Chrome/140 Safari/537 Edg/140", "Edge · Windows"),
        ("X11; Linux x86_64 Chrome/140 Safari/537 OPR/120", "Opera · Linux"),
        ("X11; CrOS x86_64 Chrome/140 Safari/537", "Chrome · Chromebook"),
        ("Linux; Android 15 Chrome/140 Mobile Safari/537", "Chrome · Android"),
        ("iPad; CPU OS 18_0 like Mac OS X Version/18.0 Safari/604", "Safari · iPad"),
        ("Macintosh; Intel Mac OS X 10.15 Firefox/140.0", "Firefox · Mac"),
        ("Firefox/140.0", "Firefox"),
        ("Linux", "Linux"),
    ],
)
def test_what_a_device_is_called(agent: str, name: str) -> None:
    assert device_name(agent) == name
