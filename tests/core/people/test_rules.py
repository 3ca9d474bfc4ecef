"""Who may invite whom, what an address and a password may be, and what a device is called."""

from datetime import UTC, datetime, timedelta

import pytest

from systems_changers.core.people.rules import (
    CONFIRM_FIRST,
    CONFIRMED_FOR,
    FACTOR_ROLES,
    ROLES,
    ROUTE_PERMISSIONS,
    check_new,
    device_name,
    email_problem,
    may_invite,
    must_confirm,
    password_problem,
    plain_code,
    plain_email,
)
from systems_changers.infra.errors import Invalid

KNOWN = {"anyone", "signed_in", "operator", *ROLES}


def test_every_permission_names_known_people() -> None:
    assert all(who and who <= KNOWN for who in ROUTE_PERMISSIONS.values())


@pytest.mark.parametrize(
    ("roles", "role", "may"),
    [
        ({"administrator"}, "administrator", True),
        ({"administrator"}, "king", False),
        ({"facilitator"}, "participant", True),
        ({"facilitator"}, "line_manager", True),
        ({"facilitator"}, "facilitator", False),
        ({"facilitator"}, "administrator", False),
        ({"participant"}, "participant", False),
        (set(), "participant", False),
    ],
)
def test_who_may_invite_whom(roles: set[str], role: str, may: bool) -> None:
    assert may_invite(roles, role) is may


@pytest.mark.parametrize("email", ["a@b.org", "morag.o'neil+kit@nhs.scot", "ü@xn--bcher-kva.example", "root@localhost"])
def test_addresses(email: str) -> None:
    assert email_problem(email) is None


@pytest.mark.parametrize(
    "email",
    ["", "a", "@b.org", "a@", "a b@c.org", "a@b..org", "a@b.org\nBcc: x@y.org", "a@b,c@d", "x" * 320 + "@b.org"],
)
def test_what_cannot_be_an_address(email: str) -> None:
    assert email_problem(email) is not None


def test_addresses_are_compared_in_lower_case() -> None:
    assert plain_email("  Morag@Example.ORG ") == "morag@example.org"


OWN = ("morag@corra.example", "Morag Ní Bhriain", "Corra Foundation")
TOO_EASY = "This is too easy to guess: use three or four words that don't belong together."


@pytest.mark.parametrize(
    "password",
    [
        "porridge rain kettle",
        "porridge rain kettle harbour",
        "tha an t-uisge ann",
        "صباح الخير يا قهوة",
        "x7Kp2mQ9vLw3",
        "k7#mP!9$xQ&2",
        "blue kettle morag rain harbour",
        "x7Kp2mQ9vLw3" * 16,
    ],
)
def test_passwords(password: str) -> None:
    assert password_problem(password, *OWN) is None


@pytest.mark.parametrize(
    "password",
    [
        "a" * 12,
        "abcabcabcabc",
        "123456789012",
        "1qaz2wsx3edc4rfv",
        "mypassword1234",
        "P@ssw0rd!2024",
        "letmein letmein!",
        "trustno1 trustno1",
        "sunshine princess",
        "Manchester United",
        "qwerty uiop asdf",
    ],
)
def test_what_is_too_easy(password: str) -> None:
    assert str(password_problem(password, *OWN)) == TOO_EASY


@pytest.mark.parametrize(
    "password",
    ["morag loves rain", "morag@corra.example", "Ní Bhriain 1974", "CORRA foundation 2026", "welcome to Corra"],
)
def test_what_strangers_know_of_somebody_makes_nothing_harder(password: str) -> None:
    said = str(password_problem(password, *OWN))
    assert said == (
        "Without your name, your address and your partner's name, which are tried first, this is too easy to guess:"
        " use three or four words that don't belong together."
    )


def test_how_long_a_password_is() -> None:
    assert str(password_problem("x7Kp2mQ9vLw")) == (
        "Use at least 12 characters: three or four words are easy to remember."
    )
    assert str(password_problem("x7Kp2mQ9vL" * 20 + "!")) == "Use at most 200 characters."
    assert password_problem("x7Kp2mQ9vL" * 20) is None


def test_a_new_account_is_judged_with_what_is_known_of_its_person() -> None:
    check_new("morag@corra.example", "porridge rain kettle", "Morag")
    with pytest.raises(Invalid) as weak:
        check_new("m@corra.example", "Morag Campbell", "Morag Campbell")
    assert list(weak.value.fields) == ["password"]
    with pytest.raises(Invalid) as no_address:
        check_new("m", "porridge rain kettle")
    assert list(no_address.value.fields) == ["email"]


def test_devices() -> None:
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1"
    assert device_name(firefox) == "Firefox · Windows"
    assert device_name(phone) == "Safari · iPhone"
    assert device_name("curl/8") == ""


NOW = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)


def test_dangerous_acts_are_routes_that_not_everybody_may_use() -> None:
    assert all("anyone" not in ROUTE_PERMISSIONS[endpoint] for endpoint in CONFIRM_FIRST)
    assert set(ROLES) >= FACTOR_ROLES


@pytest.mark.parametrize(
    ("endpoint", "form", "age", "must"),
    [
        ("people.grant", {}, timedelta(0), False),
        ("people.grant", {}, CONFIRMED_FOR - timedelta(seconds=1), False),
        ("people.grant", {}, CONFIRMED_FOR, True),
        ("people.grant", {}, None, True),
        ("people.invite", {"role": "participant"}, None, False),
        ("people.invite", {"role": "administrator"}, None, True),
        ("people.invite", {}, None, False),
        ("people.index", {}, None, False),
    ],
)
def test_when_a_session_is_confirmed_first(
    endpoint: str, form: dict[str, str], age: timedelta | None, *, must: bool
) -> None:
    assert must_confirm(endpoint, form, NOW - age if age is not None else None, NOW) is must


@pytest.mark.parametrize("typed", ["abcd-efgh", "ABCD EFGH", " ab-cd\u2013ef\u00a0gh ", "abcd\u2010efgh\n"])
def test_a_code_is_compared_however_it_is_grouped(typed: str) -> None:
    assert plain_code(typed) == "abcdefgh"
