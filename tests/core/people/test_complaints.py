"""A complaint reaches the administrators, its clock runs, and its words reach nobody else."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.people import service
from systems_changers.core.privacy import queries
from systems_changers.core.privacy.models import Complaint
from systems_changers.core.privacy.rules import NewComplaint, Reader, clock_tone
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.slices import PageRequest
from tests.core.instance import NOW, Instance
from tests.core.site import Site

TOLD = NewComplaint("Kirsty Bell", "kirsty@bell.example", "You show my number\nto everybody.")
FORM = {"name": TOLD.name, "contact": TOLD.contact, "words": TOLD.words}


_addresses = count(1)


def made(instance: Instance, *, address: str = "", **told: str) -> UUID:
    """A complaint's id; each comes from another address unless one is given."""
    instance.do(service.complain, NewComplaint(**{**FORM, **told}), address or f"192.0.2.{next(_addresses)}")
    with instance.scope() as scope:
        found = scope.db.scalars(sa.select(Complaint.id).order_by(Complaint.created_at.desc())).first()
    assert found is not None
    return found


def test_the_administrators_are_told_that_there_is_one_and_not_what_it_says(site: Site) -> None:
    site.come_in("administrator", name="Ines")
    site.come_in("facilitator", name="Morag")
    id_ = made(site.instance)
    ((template, _to, values),) = site.instance.mails()
    assert template == "people/mail_complaint"
    assert (values["name"], values["day"]) == ("Ines", {"day in words": "2026-04-11"})
    assert values["link"].endswith(f"people.complaint/{id_}")
    assert "number" not in str(values)
    assert site.instance.audit()[-1] == "complaint.received"


def test_anybody_complains_from_the_notice(site: Site) -> None:
    admin, anybody = site.come_in("administrator"), site.browser()
    assert 'href="/p/' in anybody.get("/privacy").text
    assert "/privacy/complaint" in anybody.get("/privacy").text
    wrong = anybody.post("/privacy/complaint", {**FORM, "words": " "}, seen_at="/privacy/complaint")
    assert (wrong.status_code, "Kirsty Bell" in wrong.text) == (422, True)
    done = anybody.post("/privacy/complaint", FORM, seen_at="/privacy/complaint")
    assert done.status_code == 303
    assert "It has arrived. You will hear from us within 30 days." in anybody.get("/privacy").text
    assert anybody.get("/settings/privacy/complaints/").status_code == 303
    listed = admin.get("/settings/privacy/complaints/").text
    assert "Kirsty Bell" in listed
    assert "11 April 2026" in listed


def test_an_acknowledgement_is_mailed_once(instance: Instance) -> None:
    id_ = made(instance)
    assert instance.do(service.acknowledge, id_, Reader("gd")) is True
    assert instance.do(service.acknowledge, id_) is False
    mails = [mail for mail in instance.mails() if mail[0] == "people/mail_complaint_arrived"]
    assert [(to, values["name"]) for _, to, values in mails] == [("kirsty@bell.example", "Kirsty Bell")]
    assert instance.see(queries.complaint, id_).acknowledged_at == NOW


def test_who_left_no_mail_address_is_written_to_by_hand(instance: Instance) -> None:
    id_ = made(instance, contact="3 Shore Street, Portlaggan")
    assert instance.do(service.acknowledge, id_) is False
    assert instance.see(queries.complaint, id_).acknowledged_at == NOW


def test_an_administrator_closes_it_with_what_came_of_it(site: Site) -> None:
    admin, id_ = site.come_in("administrator"), made(site.instance)
    here = f"/settings/privacy/complaints/{id_}/"
    assert "You show my number" in admin.get(here).text
    assert admin.post(here + "acknowledge", seen_at=here).status_code == 303
    assert admin.post(here + "close", {"outcome": ""}, seen_at=here).status_code == 422
    assert admin.post(here + "close", {"outcome": "Taken off."}, seen_at=here).status_code == 303
    assert "Taken off." in admin.get(here).text
    again = admin.post(here + "close", {"outcome": "Another"}, seen_at="/account/")
    assert again.status_code == 403
    assert "Taken off." in admin.get(here).text


def test_it_is_an_administrator_s_to_read(site: Site) -> None:
    id_ = made(site.instance)
    assert site.come_in("facilitator").get(f"/settings/privacy/complaints/{id_}/").status_code == 403
    other = site.instance.other
    with site.instance.scope(at=other) as scope, pytest.raises(NotFound):
        queries.complaint(scope, id_)


def test_open_ones_come_first(instance: Instance) -> None:
    names = ("First", "Second", "Third")
    ids = {}
    for name in names:
        ids[name] = made(instance, name=name)
        instance.later(hours=1)
    with instance.scope(write=True) as scope:
        row = scope.db.get_one(Complaint, (scope.partner.id, ids["First"]))
        row.closed_at = instance.clock.now()
    found = instance.see(queries.complaints, PageRequest(1, 2))
    assert ([each.name for each in found.rows], found.total) == (["Second", "Third"], 3)


@pytest.mark.parametrize(("days", "tone"), [(0, "live"), (22, "live"), (24, "wait"), (29, "wait"), (31, "stop")])
def test_the_clock(days: int, tone: str) -> None:
    assert clock_tone(NOW, NOW + timedelta(days=days)) == tone


def test_a_complaint_says_something(instance: Instance) -> None:
    with pytest.raises(Invalid):
        made(instance, words="  \n ")


def test_one_address_can_t_flood_the_list(instance: Instance) -> None:
    for _ in range(5):
        made(instance, address="198.51.100.7")
    with pytest.raises(Refused) as error:
        made(instance, address="198.51.100.7")
    assert error.value.code == "too_many"


def test_nor_fill_what_a_partner_takes_in_a_day(instance: Instance) -> None:
    taken = 0
    for _ in range(24):
        instance.later(hours=1)
        for _ in range(5):
            with suppress(Refused):
                made(instance, address="198.51.100.8")
                taken += 1
    assert 10 <= taken <= 20  # one day's, or the end of one and the beginning of the next
    before = instance.audit().count("complaint.received")
    made(instance, address="198.51.100.9")
    assert instance.audit().count("complaint.received") == before + 1
