"""Names, slugs and domains: what a partner may be called and where it may be found."""

import pytest

from systems_changers.core.partners.rules import (
    domain_problem,
    first_free,
    name_problem,
    slug_from,
    slug_problem,
    time_zone_problem,
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Corra Scotland", "corra-scotland"),
        ("The Children's Society", "the-childrens-society"),
        ("  Dùn Èideann & Lothian  ", "dun-eideann-lothian"),
        ("北京", "partner"),
        ("x" * 200, "x" * 54),
        ("---", "partner"),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert slug_from(name) == slug
    assert slug_problem(slug) is None


def test_a_slug_that_is_taken_or_reserved_gets_a_number() -> None:
    assert first_free("corra", set()) == "corra"
    assert first_free("corra", {"corra", "corra-2"}) == "corra-3"
    assert first_free("operator", set()) == "operator-2"


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a b", "é", "x" * 61, "operator", "api"])
def test_what_cannot_be_a_slug(slug: str) -> None:
    assert slug_problem(slug) is not None


@pytest.mark.parametrize("name", ["", "  ", "0", "12-3", "https://example.org", "www.example.org", "x" * 201])
def test_what_cannot_be_a_name(name: str) -> None:
    assert name_problem(name) is not None


@pytest.mark.parametrize("name", ["Corra", "42nd Street", "=SUM(A1)", "<b>Bold</b>", "Ñ"])
def test_what_can_be_a_name(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize("host", ["changers.example.org", "a.b.c.scot", "xn--80ak6aa92e.com"])
def test_domains(host: str) -> None:
    assert domain_problem(host, {"kit.example.org"}) is None


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "a..b", "-a.org", "kit.example.org", "a.org:80", "a.org/x", "*.org", "a" * 300]
)
def test_what_cannot_be_a_domain(host: str) -> None:
    assert domain_problem(host, {"kit.example.org"}) is not None


def test_time_zones() -> None:
    assert time_zone_problem("Europe/London") is None
    for wrong in ("Europe/Portlaggan", "", "../../etc/passwd"):
        assert time_zone_problem(wrong) is not None
