"""Reports that plugins offer: opened by those they allow, in the reader's language, and failing in plain words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from systems_changers.hooks.facts import ActorFacts, PartnerFacts, ReportOffer, ReportSection
from systems_changers.infra.text import msg
from tests.plugins.house import Host

UPDATE = "corra-community-update"


def people(host: Host, *plugins: str, **facts: Any) -> tuple[PartnerFacts, UUID, ActorFacts, ActorFacts]:
    """A partner, a cohort, its facilitator and a participant."""
    partner = host.partner("corra", *plugins, **facts)
    with host.scope(partner, write=True) as scope:
        cohort = host.cohort(scope, extra={"community_size": 640})
        return partner, cohort.id, host.actor(scope, "facilitator"), host.participant(scope, cohort.id)


def test_a_report_is_listed_opened_and_translated(host: Host) -> None:
    partner, cohort, facilitator, _ = people(host, "corra-scotland", "childrens-society", locales=("en_GB", "gd"))
    browser = host.browser(partner, facilitator)
    listed = browser.get(f"/cohorts/{cohort}/reports/").text
    assert listed.index("Community update") < listed.index("Learning report")
    opened = browser.get(f"/cohorts/{cohort}/reports/{UPDATE}")
    assert opened.status_code == 200
    assert "About 640 people live there." in opened.text
    assert "Made from the records on 27 March 2026." in opened.text
    browser.client.set_cookie("sc-locale", "gd", domain="127.0.0.1")
    assert "Tha mu 640 duine a’ fuireach ann." in browser.get(f"/cohorts/{cohort}/reports/{UPDATE}").text


def test_a_report_is_for_those_it_allows(host: Host) -> None:
    partner, cohort, facilitator, participant = people(host, "corra-scotland")
    assert host.browser(partner, participant).get(f"/cohorts/{cohort}/reports/{UPDATE}").status_code == 404
    assert "No reports here" in host.browser(partner, participant).get(f"/cohorts/{cohort}/reports/").text
    browser = host.browser(partner, facilitator)
    assert browser.get(f"/cohorts/{cohort}/reports/gone").status_code == 404
    elsewhere, theirs, boss, _ = people(host)
    assert host.browser(elsewhere, boss).get(f"/cohorts/{theirs}/reports/{UPDATE}").status_code == 404
    assert browser.get(f"/cohorts/{theirs}/reports/{UPDATE}").status_code == 404


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda *_: 1 / 0, "year: ZeroDivisionError: division by zero"),
        (lambda *_: ["cake"], "year: answered something that is not a ReportSection"),
        (lambda *_: 7, "year: TypeError: 'int' object is not iterable"),
    ],
)
def test_a_report_that_cannot_be_made_says_so(
    host_of: Callable[..., Host], build: Callable[..., Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    offer = ReportOffer("year", "The year", "A page", build)
    host = host_of(bad={"sc_offer_reports": lambda: [offer]})
    partner, cohort, facilitator, _ = people(host, "bad")
    with caplog.at_level(logging.CRITICAL):
        answer = host.browser(partner, facilitator).get(f"/cohorts/{cohort}/reports/year")
    assert answer.status_code == 502
    assert "The report “The year” could not be made." in answer.text
    assert [(fault.plugin, fault.why) for fault in host.faults] == [("bad", why)]


def test_what_people_wrote_is_text(host_of: Callable[..., Host]) -> None:
    section = ReportSection("<b>T</b>", ("<i>S</i>", msg("%(n)s of us", n="<u>")), ("H", "I"), (("<a>", ""),))
    offer = ReportOffer("year", "The year", "A page", lambda *_: [section])
    host = host_of(good={"sc_offer_reports": lambda: [offer]})
    partner, cohort, facilitator, _ = people(host, "good")
    text = host.browser(partner, facilitator).get(f"/cohorts/{cohort}/reports/year").text
    for each in ("&lt;b&gt;T&lt;/b&gt;", "&lt;i&gt;S&lt;/i&gt;", "&lt;u&gt; of us", "&lt;a&gt;"):
        assert each in text
