"""Pages on which requests about somebody's own data are noted and answered, and what they say of plugins away."""

from __future__ import annotations

import re

import pytest

from systems_changers.core.operations.models import KnownPlugin
from systems_changers.hooks.facts import ANYONE
from systems_changers.testing.instance import NOW, Instance, no_links
from tests.core.home.asked import House, unpacked


@pytest.fixture
def house(instance: Instance) -> House:
    return House(instance)


def test_asking_starts_the_clock_and_both_see_it(house: House) -> None:
    assert "Nobody has asked yet" in house.as_ada.get("/settings/requests").text
    assert house.as_morag.post("/account/data/ask", {"kind": "cake"}).status_code == 404
    house.as_morag.post("/account/data/ask", {"kind": "erasure"})
    account = house.as_morag.get("/account/").text
    assert "You have an answer by 27 April 2026." in account
    assert "Answered by 27 April 2026 at the latest" in account
    page = house.as_ada.get("/settings/requests").text
    assert "31 days left, until 27 April 2026" in page
    assert "Look at what goes" in page
    (line,) = house.requests()
    refused = house.as_ada.post(f"/settings/requests/{line.id}/longer", {"note": ""})
    assert refused.status_code == 422
    house.as_ada.post(f"/settings/requests/{line.id}/longer", {"note": "Many papers"})
    page = house.as_ada.get("/settings/requests").text
    assert "until 29 June 2026" in page
    assert "Many papers" in page
    assert "It takes longer" not in page
    house.as_ada.post(f"/settings/requests/{line.id}/answered")
    assert "Answered" in house.as_ada.get("/settings/requests").text
    assert house.requests()[0].answered_at == NOW


def test_a_letter_is_noted_with_its_day(house: House) -> None:
    where = f"/people/{house.morag.person_id}/requests"
    assert house.as_ada.post(where, {"kind": "cake"}).status_code >= 400
    assert house.requests() == []
    house.as_ada.post(where, {"kind": "access", "received_on": "2026-01-31"})
    page = house.as_ada.get("/settings/requests").text
    assert "Late: due on 2 March 2026" in page
    assert f"/people/{house.morag.person_id}/data" in page


@pytest.mark.parametrize(
    ("day", "said"),
    [("2027-01-01", "This day is still to come."), ("soon", "Received on: enter a date, such as 27 3 2026.")],
)
def test_a_request_that_cannot_be_noted_comes_back_as_it_was_typed(house: House, day: str, said: str) -> None:
    where = f"/people/{house.morag.person_id}/requests"
    page = house.as_ada.post(where, {"kind": "erasure", "received_on": day})
    assert (page.status_code, house.requests()) == (422, [])
    summary = re.search(r'<div class="error-summary".*?</div>', page.text, re.DOTALL)
    assert summary is not None
    assert said in summary[0]
    assert f'value="{day}"' in page.text
    assert re.search(r'<option value="erasure" selected|value="erasure"[^>]* checked', page.text)
    assert page.text.count(said) == 2, "in the summary and beside the field"
    assert re.search(r"<details[^>]* open[^>]*>\s*<summary>[^<]*What is held about this person", page.text)


def test_a_reason_that_is_too_long_comes_back(house: House) -> None:
    house.as_morag.post("/account/data/ask", {"kind": "erasure"})
    (line,) = house.requests()
    refused = house.as_ada.post(f"/settings/requests/{line.id}/longer", {"note": "papers " * 100})
    assert refused.status_code == 422
    assert "papers papers" in refused.text


def test_what_a_plugin_that_is_away_may_hold_is_said_everywhere(house: House) -> None:
    with house.instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(KnownPlugin(slug="gone", title="Harbour notes", release="1", tables=["gone_note"],
                                 personal_tables=["gone_note"]))  # fmt: skip
        scope.db.commit()
    told = unpacked(house.as_morag.post("/account/data"))
    assert told["notes"][0].startswith("What the plugin Harbour notes may hold about you is not in here")
    where = f"/people/{house.morag.person_id}/erase"
    page = house.as_ada.get(where).text
    assert "Not everything can be erased now." in page
    assert "Harbour notes. It is erased once they are back." in page
    house.as_ada.post(where, {"name": "Morag Fraser"})
    said = house.as_ada.get("/people/").text
    assert "Erased, but for what plugins may hold that are away: Harbour notes." in said
    assert "names nobody" not in said
