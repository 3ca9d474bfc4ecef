"""Addresses are made from the paths that stand beside the views."""

from uuid import UUID

import pytest

from systems_changers.web.links import Paths, WebLinks, public_links, split_address

COHORT = UUID(int=7)


@pytest.fixture
def links() -> WebLinks:
    paths = Paths()
    paths.add("cohorts.show", "/cohorts/<uuid:cohort_id>/", instance=False)
    paths.add("curriculum.show", "/modules/<hash>/", instance=False)
    paths.add("partners.every_partner", "/operator/partners", instance=True)
    return WebLinks(paths, "https://kit.example.org", "/p/corra-scotland")


def test_a_path_is_under_the_partners_root(links: WebLinks) -> None:
    assert links.path("cohorts.show", cohort_id=COHORT) == f"/p/corra-scotland/cohorts/{COHORT}/"


def test_what_the_path_does_not_take_becomes_its_query(links: WebLinks) -> None:
    found = links.path("cohorts.show", cohort_id=COHORT, page=2, part=None)
    assert found == f"/p/corra-scotland/cohorts/{COHORT}/?page=2"


def test_text_in_a_path_cannot_leave_its_place(links: WebLinks) -> None:
    assert links.path("curriculum.show", hash="a/../b?c#d") == "/p/corra-scotland/modules/a%2F..%2Fb%3Fc%23d/"


def test_the_instances_pages_have_no_partner(links: WebLinks) -> None:
    assert links("partners.every_partner") == "https://kit.example.org/operator/partners"


def test_from_a_partners_own_domain_the_instances_pages_are_at_the_instances_host(links: WebLinks) -> None:
    for slug, root, address in (
        ("corra", "", "https://kit.example.org/operator/partners"),
        ("corra", "/p/corra", "/operator/partners"),
        (None, "", "/operator/partners"),
    ):
        found = public_links(links.paths, "https://kit.example.org", slug, root)
        assert found.path("partners.every_partner") == address


def test_an_unknown_endpoint_is_a_mistake(links: WebLinks) -> None:
    with pytest.raises(KeyError):
        links.path("cohorts.missing")


def test_absolute_addresses_are_public_and_others_stay_where_one_is(links: WebLinks) -> None:
    own = public_links(links.paths, "https://kit.example.org/", "corra-scotland", "")
    assert own.path("cohorts.show", cohort_id=COHORT) == f"/cohorts/{COHORT}/"
    assert own("cohorts.show", cohort_id=COHORT) == f"https://kit.example.org/p/corra-scotland/cohorts/{COHORT}/"


@pytest.mark.parametrize("text", ["//[", "http://["])
def test_what_cannot_be_an_address_has_no_parts(text: str) -> None:
    assert split_address(text) is None
