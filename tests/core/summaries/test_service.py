"""Counting, sharing and gathering: what a partner keeps, and what of it the foundation ever gets to read."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.home.service import register
from systems_changers.core.operations.models import AuditEvent, Instance
from systems_changers.core.summaries import queries, service
from systems_changers.core.summaries.models import ReceivedSummary, SharingAgreement, SummaryFact
from systems_changers.core.summaries.rules.counting import Counted
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.sheets import csv_text
from tests.core.kits import Ground, nowhere
from tests.core.summaries.records import ENDED, cohort_with

ALL = list(indicators())
CAME = [2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0]  # 11 of 12 started, 6 of them completed


def told(ground: Ground, partner: PartnerFacts) -> dict[str, tuple[Any, ...]]:
    with ground.scope(partner) as scope:
        facts = scope.db.scalars(sa.select(SummaryFact).where(SummaryFact.deleted_at.is_(None)))
        return {each.indicator: (each.status, each.numerator, each.denominator, each.people) for each in facts}


def received(ground: Ground, foundation: PartnerFacts) -> dict[tuple[str, str], ReceivedSummary]:
    with ground.scope(foundation) as scope:
        rows = scope.db.scalars(sa.select(ReceivedSummary).where(ReceivedSummary.deleted_at.is_(None)))
        return {(row.about_name, row.indicator): row for row in rows}


def furnish(ground: Ground, partner: PartnerFacts, *, share: bool = True, **values: Any) -> None:
    with ground.scope(partner, write=True) as scope:
        cohort_with(scope, CAME, tried=6, **values)
        service.roll_up(scope)
        if share:
            service.agree_sharing(scope, ALL)


# --- counting ---


def test_a_partners_counts(ground: Ground) -> None:
    corra = ground.partner("Corra")
    furnish(ground, corra, share=False)
    assert told(ground, corra) == {
        "core:I1": ("reported", 12, 12, 12),
        "core:I6": ("reported", 6 * 200 + 5 * 100, 2200, 11),
        "core:I7": ("reported", 6, 11, 11),
        "core:I12": ("reported", 1, 2, None),
        "core:I14": ("reported", 6, 11, 11),
        "core:I26": ("reported", 1, 2, None),
    }


def test_counting_again_changes_nothing(ground: Ground) -> None:
    corra = ground.partner("Corra")
    furnish(ground, corra, share=False)
    with ground.scope(corra, write=True) as scope:
        assert service.roll_up(scope) == 0
        written = list(scope.db.scalars(sa.select(AuditEvent.name)))
    assert written == ["figures.counted"]


def test_only_what_changed_is_written(ground: Ground) -> None:
    corra = ground.partner("Corra")
    with ground.scope(corra, write=True) as scope:
        cohort_id = cohort_with(scope, CAME)
        assert service.count_cohort(scope, cohort_id) == 6
        scope.db.get_one(Cohort, {"partner_id": corra.id, "id": cohort_id}).target_places = 14
        scope.db.flush()
        assert service.count_cohort(scope, cohort_id) == 1
    assert told(ground, corra)["core:I1"] == ("reported", 12, 14, 12)


@pytest.mark.parametrize("values", [{"rehearsal": True}, {"state": "cancelled"}, {"source": "register"}])
def test_what_never_counts(ground: Ground, values: dict[str, Any]) -> None:
    corra = ground.partner("Corra")
    furnish(ground, corra, share=False, **values)
    assert told(ground, corra) == {}


def test_a_cohort_that_becomes_a_rehearsal_loses_its_counts(ground: Ground) -> None:
    corra = ground.partner("Corra")
    with ground.scope(corra, write=True) as scope:
        cohort_id = cohort_with(scope, CAME)
        service.roll_up(scope)
        scope.db.get_one(Cohort, {"partner_id": corra.id, "id": cohort_id}).rehearsal = True
        scope.db.flush()
        assert service.roll_up(scope) == 6
    assert told(ground, corra) == {}


def test_counts_by_an_older_definition_stay_and_are_read_by_nobody(ground: Ground) -> None:
    """Bins of 10 are never added to bins of 5: until the records are counted anew, there is no figure."""
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    furnish(ground, corra)
    older = {"definition_hash": "sha256:older", "parts": {"bins": [*[0] * 5, 5, *[0] * 3, 6]}}
    place = ALL.index("core:I6")
    with ground.scope(corra, write=True) as scope:
        scope.db.execute(sa.update(SummaryFact).where(SummaryFact.indicator == "core:I6").values(older))
    with ground.scope(corra) as scope:
        assert queries.own_figures(scope).pooled[place].counted == Counted("not_recorded")
    service.gather_all(ground.kit)
    assert received(ground, foundation)["Corra", "core:I6"].status == "not_due"
    with ground.scope(corra, write=True) as scope:
        assert service.roll_up(scope) == 1
        facts = scope.db.scalars(
            sa.select(SummaryFact).where(SummaryFact.indicator == "core:I6", SummaryFact.deleted_at.is_(None))
        )
        kept = {each.definition_hash: each.parts for each in facts}
        pooled = queries.own_figures(scope).pooled[place].counted
    bins = {"bins": [*[0] * 10, 5, *[0] * 8, 6]}
    assert kept == {"sha256:older": older["parts"], indicators()["core:I6"].hash: bins}
    assert pooled.parts == bins
    service.gather_all(ground.kit)
    row = received(ground, foundation)["Corra", "core:I6"]
    assert (row.numerator, row.parts["median"], row.parts["middle_half"]) == (1700, [95, 100], [50, 100])


def test_the_number_of_statements_does_not_grow(ground: Ground) -> None:
    corra = ground.partner("Corra")

    def sent(cohorts: int) -> int:
        with ground.scope(corra, write=True) as scope:
            for _ in range(cohorts):
                cohort_with(scope, [2, 1])
            service.roll_up(scope)
        with ground.counted() as statements, ground.scope(corra, write=True) as scope:
            service.roll_up(scope)
        return len(statements)

    assert sent(1) == sent(5) == 10


# --- a partner's own page ---


def test_own_figures_are_whole(ground: Ground) -> None:
    corra = ground.partner("Corra")
    furnish(ground, corra, share=False)
    with ground.scope(corra, write=True) as scope:
        cohort_with(scope, [2, 0], name="Running", state="running", ends_on=date(2026, 6, 1))
        cohort_with(scope, [2, 2], name="Long ago", ends_on=ENDED - timedelta(days=900))
        service.roll_up(scope)
    with ground.scope(corra) as scope, ground.counted() as statements:
        own = queries.own_figures(scope)
        mix = queries.module_mix(scope, own)
    assert len(statements) == 3
    assert mix == {"canonical": 1}
    assert [(each.name, each.pooled) for each in own.cohorts] == [
        ("Running", False),
        ("Portlaggan", True),
        ("Long ago", False),
    ]
    completion = own.pooled[ALL.index("core:I7")]
    assert (completion.counted.numerator, completion.counted.denominator) == (6, 11)
    assert completion.interval == pytest.approx((0.2801, 0.7873), abs=5e-5)
    running = own.cohorts[0].figures[ALL.index("core:I7")].counted
    assert (running.status, running.numerator, running.denominator) == ("not_due", 1, 1)
    time = own.pooled[ALL.index("core:I6")]
    assert (time.band, time.middle_half) == ((95, 100), (50, 100))


# --- sharing and gathering ---


def test_nothing_travels_without_an_agreement(ground: Ground) -> None:
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    furnish(ground, corra, share=False)
    assert service.gather_all(ground.kit) == 6
    for row in received(ground, foundation).values():
        assert (row.confidentiality, row.numerator, row.denominator, row.people) == ("not_shared", None, None, None)


def test_what_is_shared_follows_the_policy(ground: Ground) -> None:
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    furnish(ground, corra)
    service.gather_all(ground.kit)
    rows = received(ground, foundation)
    shown = {name: (row.confidentiality, row.numerator, row.denominator) for (_, name), row in rows.items()}
    assert shown == {
        "core:I1": ("free", 12, 12),
        "core:I6": ("free", 1700, 2200),
        "core:I7": ("free", 6, 11),
        "core:I12": ("free", 1, 2),
        "core:I14": ("free", 6, 11),
        "core:I26": ("free", 1, 2),
    }
    assert rows["Corra", "core:I7"].module_mix == {"canonical": 1}
    assert rows["Corra", "core:I26"].parts == {"keeps": 2, "changes": 1, "unclear": 0}
    assert (rows["Corra", "core:I7"].from_on, rows["Corra", "core:I7"].cohorts) == (ENDED, 1)


def test_small_counts_are_hidden_everywhere(ground: Ground) -> None:
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    with ground.scope(corra, write=True) as scope:
        cohort_with(scope, [2] * 9 + [1] * 2, tried=3)
        service.roll_up(scope)
        service.agree_sharing(scope, ALL)
    service.gather_all(ground.kit)
    row = received(ground, foundation)["Corra", "core:I7"]
    assert (row.status, row.confidentiality) == ("reported", "suppressed")
    assert (row.numerator, row.denominator, row.people, row.parts, row.cohorts) == (None, None, None, {}, None)
    with ground.scope(foundation) as scope:
        lines = list(csv.DictReader(io.StringIO(csv_text(queries.sheet(scope, "hosting")))))
    line = next(each for each in lines if each["indicator"] == "core:I7")
    assert line["confidentiality"] == "suppressed"
    empty = ("numerator", "denominator", "people", "low_95", "high_95", "cohorts", "modules_canonical")
    assert [line[name] for name in empty] == [""] * len(empty)


def test_pooling_over_cohorts_shows_what_each_would_hide(ground: Ground) -> None:
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    with ground.scope(corra, write=True) as scope:
        for _ in range(3):
            cohort_with(scope, [2] * 9 + [1] * 3)
        cohort_with(scope, [1] * 20, name="Too long ago", ends_on=date(2024, 3, 11))
        cohort_with(scope, [1] * 20, name="Running", state="running")
        service.roll_up(scope)
        service.agree_sharing(scope, ALL)
    service.gather_all(ground.kit)
    row = received(ground, foundation)["Corra", "core:I7"]
    assert (row.confidentiality, row.numerator, row.denominator, row.cohorts) == ("free", 27, 36, 3)


def test_gathering_again_changes_nothing_and_ending_takes_away(ground: Ground) -> None:
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    furnish(ground, corra)
    assert service.gather_all(ground.kit) == 6
    assert service.gather_all(ground.kit) == 0
    with ground.scope(corra, write=True) as scope:
        agreement = queries.agreement_of(scope)
        assert agreement is not None
        assert agreement.id is not None
        service.end_sharing(scope, agreement.id)
    assert service.gather_all(ground.kit) == 6
    assert {row.confidentiality for row in received(ground, foundation).values()} == {"not_shared"}


def test_an_agreement_covers_what_it_names_and_one_policy(ground: Ground) -> None:
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    with ground.scope(corra, write=True) as scope:
        cohort_with(scope, CAME)
        service.roll_up(scope)
        service.agree_sharing(scope, ["core:I7"])
        with pytest.raises(Refused):
            service.agree_sharing(scope, ALL)
    service.gather_all(ground.kit)
    shared = [name for (_, name), row in received(ground, foundation).items() if row.confidentiality == "free"]
    assert shared == ["core:I7"]
    with ground.scope(corra, write=True) as scope:
        scope.db.execute(sa.update(SharingAgreement).values(policy_hash="sha256:another"))
    service.gather_all(ground.kit)
    assert {row.confidentiality for row in received(ground, foundation).values()} == {"not_shared"}
    with ground.scope(corra, write=True) as scope:
        service.agree_sharing(scope, ALL)


def test_bad_agreements(ground: Ground) -> None:
    corra = ground.partner("Corra")
    with ground.scope(corra, write=True) as scope, pytest.raises(NotFound):
        service.agree_sharing(scope, ALL)  # there is no foundation
    foundation = ground.partner("Foundation", "foundation")
    with ground.scope(corra, write=True) as scope, pytest.raises(Invalid):
        service.agree_sharing(scope, ["core:I99"])
    with ground.scope(foundation, write=True) as scope, pytest.raises(NotFound):
        service.agree_sharing(scope, ALL)
    with ground.scope(corra, write=True) as scope, pytest.raises(NotFound):
        service.end_sharing(scope, corra.id)
    with ground.scope(corra, write=True) as scope, pytest.raises(NotFound):
        service.gather(scope)


def test_the_shared_view_is_what_the_foundation_gets(ground: Ground) -> None:
    foundation, corra = ground.partner("Foundation", "foundation"), ground.partner("Corra")
    furnish(ground, corra)
    service.gather_all(ground.kit)
    with ground.scope(corra) as scope:
        seen = queries.shared_view(queries.own_figures(scope), tuple(ALL))
    with ground.scope(foundation) as scope:
        (partner,) = queries.received_page(scope, "hosting", (1, 30))
    assert [(each.counted.numerator, each.confidentiality) for each in seen] == [
        (partner.figures[each.indicator.id].counted.numerator, partner.figures[each.indicator.id].confidentiality)
        for each in seen
    ]


# --- the foundation's page ---


def test_the_page_is_alphabetical_and_costs_two_statements(ground: Ground) -> None:
    foundation = ground.partner("Foundation", "foundation")
    for name in ("Zeta", "Élan", "alpha", "Beta"):
        ground.partner(name)
    service.gather_all(ground.kit)
    with ground.scope(foundation) as scope, ground.counted() as statements:
        totals = queries.totals(scope)
        page = queries.received_page(scope, "hosting", (1, 3))
    assert [each.name for each in page] == ["alpha", "Beta", "Élan"]
    assert (totals.of("hosting"), totals.hosting, totals.listed, len(statements)) == (4, 4, 0, 2)


def test_listed_partners(ground: Ground, tmp_path: Any) -> None:
    foundation = ground.partner("Foundation", "foundation")
    file = tmp_path / "register.csv"
    file.write_text("host,date,attendance\nOne,2019-01-02,4\nTwo,2019-01-02,\nThree,2019-01-02,7\nThree,2019-02-02,0\n")
    register.import_register(ground.kit, file, register.RegisterOptions(create_partners=True))
    with ground.scope(foundation) as scope:
        page = queries.received_page(scope, "listed", (1, 30))
        lines = list(csv.DictReader(io.StringIO(csv_text(queries.sheet(scope, "listed")))))
    heads = {each.name: (each.register or {}) for each in page}
    assert [name for name in heads] == ["One", "Three", "Two"]  # noqa: C416 - the order is what is tested
    assert (heads["One"]["heads"], heads["One"]["hidden"]) == (None, True)
    assert (heads["Two"]["heads"], heads["Two"]["recorded"], heads["Two"]["hidden"]) == (None, 0, False)
    assert (heads["Three"]["heads"], heads["Three"]["recorded"], heads["Three"]["deliveries"]) == (7, 2, 2)
    assert {each["status"] for each in lines if each["indicator"] != "core:register"} == {"not_recorded"}
    assert len(lines) == 3 * 7


def test_the_file_is_safe_and_says_when_all_is_invented(ground: Ground) -> None:
    foundation = ground.partner("Foundation", "foundation")
    ground.partner('=HYPERLINK("x")')
    service.gather_all(ground.kit)
    with ground.kit.operator_scope(ANYONE, links=nowhere, write=True) as outside:
        outside.db.add(Instance(kind="demo", name="Demo"))
        outside.db.commit()
    with ground.scope(foundation) as scope:
        lines = csv_text(queries.sheet(scope, "hosting")).splitlines()
    assert lines[-1] == '"Invented people and figures"'
    assert lines[0].startswith('"partner","indicator"')
    assert lines[1].startswith("\"'=HYPERLINK(")


def test_another_partner_has_no_such_rows(ground: Ground) -> None:
    ground.partner("Foundation", "foundation")
    corra = ground.partner("Corra")
    furnish(ground, corra)
    service.gather_all(ground.kit)
    with ground.scope(corra) as scope:
        assert queries.received_page(scope, "hosting", (1, 30)) == []
        assert queries.totals(scope).hosting == 0
