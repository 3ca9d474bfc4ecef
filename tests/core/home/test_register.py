"""A register from file to figures: made registers with everything that goes wrong, and a real one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.cohorts.queries import cohort_view, cohorts_open_to
from systems_changers.core.home.service.register import RegisterOptions, RegisterResult, import_register
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.sessions.queries import sessions_of
from systems_changers.core.summaries import queries as summaries
from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.scope import no_links
from systems_changers.infra.errors import Invalid
from systems_changers.web.pagination import PageRequest
from tests.core.kits import Ground, ground

__all__ = ["ground"]
REAL = Path(__file__).parents[4] / "shared" / "data" / "carpentries_workshops_2018.csv"
MAKE = RegisterOptions(create_partners=True)
GOOD = "host,date,attendance,slug\nOban,2019-03-31,12,a\nOban,2019-04-01,,b\nUlva,2019-04-02,0,c\n"


def bring_in(ground: Ground, file: Path, text: str | bytes, options: RegisterOptions = MAKE) -> RegisterResult:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_register(ground.kit, file, options)


def counts(result: RegisterResult) -> tuple[int, int, int, int, int]:
    return result.rows, result.created, result.unchanged, result.changed, len(result.errors)


def deliveries(ground: Ground, name: str) -> dict[str, tuple[Cohort, CohortSession]]:
    with ground.scope(ground.partners()[name]) as scope:
        found = sa.select(Cohort, CohortSession).join(CohortSession, CohortSession.cohort_id == Cohort.id)
        return {cohort.source_key or "": (cohort, session) for cohort, session in scope.db.execute(found)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "register.csv"


def test_a_row_becomes_a_closed_cohort_with_one_delivered_session(ground: Ground, file: Path) -> None:
    result = bring_in(ground, file, GOOD)
    assert counts(result) == (3, 3, 0, 0, 0)
    assert result.new_partners == ["Oban", "Ulva"]
    assert {name: each.kind for name, each in ground.partners().items()} == {"Oban": "listed", "Ulva": "listed"}
    cohort, session = deliveries(ground, "Oban")["a"]
    assert (cohort.state, cohort.source, cohort.starts_on, cohort.ends_on) == (
        "closed", "register", date(2019, 3, 31), date(2019, 3, 31),
    )  # fmt: skip
    assert (session.state, session.source, session.head_count) == ("delivered", "register", 12)
    assert session.delivered_at is None  # so nobody is reminded to write it up
    assert session.starts_at == datetime(2019, 3, 31, 12, tzinfo=UTC)


def test_blank_is_not_recorded_and_zero_is_zero(ground: Ground, file: Path) -> None:
    bring_in(ground, file, GOOD)
    assert deliveries(ground, "Oban")["b"][1].head_count is None
    assert deliveries(ground, "Ulva")["c"][1].head_count == 0


def test_the_same_file_again_changes_nothing(ground: Ground, file: Path) -> None:
    bring_in(ground, file, GOOD)
    before = deliveries(ground, "Oban")["a"][0].updated_at
    assert counts(bring_in(ground, file, GOOD)) == (3, 0, 3, 0, 0)
    assert deliveries(ground, "Oban")["a"][0].updated_at == before
    assert len(ground.partners()) == 2


def test_a_changed_row_is_brought_up_to_date(ground: Ground, file: Path) -> None:
    bring_in(ground, file, GOOD)
    assert counts(bring_in(ground, file, GOOD.replace("2019-03-31,12", "2019-03-30,14"))) == (3, 0, 2, 1, 0)
    cohort, session = deliveries(ground, "Oban")["a"]
    assert (cohort.starts_on, session.head_count, cohort.version) == (date(2019, 3, 30), 14, 2)
    assert len(deliveries(ground, "Oban")) == 2


def test_a_correction_by_hand_is_not_undone(ground: Ground, file: Path) -> None:
    bring_in(ground, file, GOOD)
    with ground.scope(ground.partners()["Oban"], write=True) as scope:
        scope.db.execute(sa.update(CohortSession).where(CohortSession.source_key == "b").values(head_count=9))
    assert counts(bring_in(ground, file, GOOD)) == (3, 0, 3, 0, 0)
    assert deliveries(ground, "Oban")["b"][1].head_count == 9


def test_rows_without_a_key_are_known_by_their_content_and_place(ground: Ground, file: Path) -> None:
    text = "host,date,people\nOban,2019-03-31,12\nOban,2019-03-31,12\nOban,2019-04-01,12\n"
    assert counts(bring_in(ground, file, text)) == (3, 3, 0, 0, 0)
    assert counts(bring_in(ground, file, text)) == (3, 0, 3, 0, 0)
    turned = "people,date,host\n12,2019-04-01,Oban\n12,2019-03-31,Oban\n12,2019-03-31,Oban\n"
    assert counts(bring_in(ground, file, turned)) == (3, 0, 3, 0, 0)
    assert counts(bring_in(ground, file, text + "Oban,2019-03-31,12\n")) == (4, 1, 3, 0, 0)


def test_rows_in_error_are_told_and_good_rows_go_in(ground: Ground, file: Path) -> None:
    text = (
        "Host name,Start date,Attendance\n"
        "Oban,2019-03-31,12\n"
        ",2019-03-31,12\n"
        "0,2019-02-30,x\n"
        "https://oban.example,2019-03-31,1\n"
        "\n"
        "=SUM(A1),2019-03-31,-1\n"
        "Ulva,2019-03-31,4,extra\n"
        "<b>Iona</b>,31/3/2019,5\n"
    )
    result = bring_in(ground, file, text)
    assert counts(result)[:2] == (7, 2)
    assert [(each.row, each.column, each.code) for each in result.errors] == [
        (3, "Host name", "host_missing"),
        (4, "Host name", "host_not_a_name"),
        (4, "Start date", "date_impossible"),
        (4, "Attendance", "head_count_not_whole"),
        (5, "Host name", "host_is_address"),
        (7, "Attendance", "head_count_not_whole"),
        (8, "", "too_many_cells"),
    ]
    assert set(ground.partners()) == {"Oban", "<b>Iona</b>"}
    told = result.as_json()
    assert told["errors"][0] == {
        "row": 3, "column": "Host name", "code": "host_missing", "message": "The host is blank: name the organisation.",
    }  # fmt: skip
    assert {"rows", "created", "unchanged", "errors"} <= told.keys()
    assert {tuple(each) for each in told["errors"]} == {("row", "column", "code", "message")}


def test_a_cell_that_is_too_long_is_an_error_of_its_row(ground: Ground, file: Path) -> None:
    long = "x" * 200_000
    result = bring_in(
        ground, file, f"host,date,attendance,slug,url\nOban,2019-03-31,12,a,\nUlva,2019-04-02,0,c,{long}\n"
    )
    assert counts(result) == (2, 1, 0, 0, 1)
    assert [(each.row, each.column, each.code) for each in result.errors] == [(3, "url", "cell_too_long")]


def test_a_cell_that_looks_like_a_formula_is_kept_as_text(ground: Ground, file: Path) -> None:
    bring_in(ground, file, 'host,date,country\n"=HYPERLINK(""x"")",2019-03-31,<script>\n')
    ((cohort, _session),) = deliveries(ground, '=HYPERLINK("x")').values()
    assert cohort.extra["country"] == "<script>"


def test_a_repeated_key_is_an_error(ground: Ground, file: Path) -> None:
    result = bring_in(ground, file, GOOD + "Ulva,2019-05-01,3,a\n")
    assert counts(result) == (4, 3, 0, 0, 1)
    assert result.errors[0][:3] == (5, "slug", "key_repeated")


def test_unknown_hosts_are_errors_unless_they_are_to_be_made(ground: Ground, file: Path) -> None:
    ground.partner("OBAN ")
    result = bring_in(ground, file, GOOD, RegisterOptions())
    assert counts(result) == (3, 2, 0, 0, 1)
    assert result.errors[0][:3] == (4, "host", "unknown_host")
    assert set(ground.partners()) == {"OBAN "}


def test_a_host_is_one_partner_however_it_is_spelt(ground: Ground, file: Path) -> None:
    result = bring_in(ground, file, "host,date\nOban,2019-01-01\n oban ,2019-01-02\nOBAN,2019-01-03\n")
    assert (result.created, len(ground.partners())) == (3, 1)


def test_a_dry_run_writes_nothing_and_says_what_would_be(ground: Ground, file: Path) -> None:
    result = bring_in(ground, file, GOOD, RegisterOptions(create_partners=True, dry_run=True))
    assert (counts(result), result.written) == ((3, 3, 0, 0, 0), False)
    assert ground.partners() == {}
    bring_in(ground, file, GOOD)
    more = GOOD.replace(",12,a", ",13,a") + "Iona,2019-05-01,3,d\n"
    result = bring_in(ground, file, more, RegisterOptions(create_partners=True, dry_run=True))
    assert (counts(result), result.new_partners) == ((4, 1, 2, 1, 0), ["Iona"])


def test_a_preview_may_be_declined(ground: Ground, file: Path) -> None:
    seen: list[RegisterResult] = []

    def decline(preview: RegisterResult) -> bool:
        seen.append(preview)
        return False

    result = bring_in(ground, file, GOOD, RegisterOptions(create_partners=True, confirm=decline))
    assert (seen[0].created, result.written, ground.partners()) == (3, False, {})


def test_rows_in_error_are_saved_as_they_were(ground: Ground, file: Path, tmp_path: Path) -> None:
    errors = tmp_path / "errors.csv"
    options = RegisterOptions(create_partners=True, errors_file=errors)
    bring_in(ground, file, 'host,date\nOban,2019-03-31\n0,"a ""b"""\nIona\n', options)
    rows = list(csv.reader(io.StringIO(errors.read_text("utf-8-sig"))))
    assert rows[0] == ["host", "date", "error"]
    assert [row[:2] for row in rows[1:]] == [["0", 'a "b"'], ["Iona", ""]]
    assert "The date is blank." in rows[2][2]


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").replace("\n", "\r\n").encode("utf-8-sig"),
    ],
)
def test_the_same_register_in_other_clothes(ground: Ground, file: Path, text: bytes) -> None:
    bring_in(ground, file, GOOD)
    assert counts(bring_in(ground, file, text)) == (3, 0, 3, 0, 0)


def test_a_workbook(ground: Ground, file: Path, tmp_path: Path) -> None:
    from openpyxl import Workbook

    bring_in(ground, file, GOOD)
    book = Workbook()
    book.active.append(["host", "date", "attendance", "slug"])
    book.active.append(["Oban", date(2019, 3, 31), 12, "a"])
    book.active.append(["Oban", datetime(2019, 4, 1), None, "b"])  # noqa: DTZ001 - workbooks know no zones
    book.active.append(["Ulva", "2019-04-02", 0.0, "c"])
    book.save(tmp_path / "register.xlsx")
    assert counts(import_register(ground.kit, tmp_path / "register.xlsx", MAKE)) == (3, 0, 3, 0, 0)


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("name,day\nOban,2019-01-01\n", {}, "column_missing"),
        (GOOD, {"mapping": {"slug": "colour"}}, "unknown_field"),
        (GOOD, {"mapping": {"colour": "key"}}, "unknown_column"),
        (GOOD, {"date_format": "soon"}, "bad_date_format"),
        ("", {}, "empty_file"),
    ],
)
def test_what_cannot_be_used_is_refused_whole(
    ground: Ground, file: Path, text: str, options: Mapping[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        bring_in(ground, file, text, RegisterOptions(create_partners=True, **options))
    assert refused.value.code == code
    assert ground.partners() == {}
    assert list(ground.kit.settings.data.glob("*.staging*")) == []


def test_an_import_that_was_cut_off_is_finished_by_another(ground: Ground, file: Path) -> None:
    def cut(stage: str, _done: int, _of: int | None) -> None:
        if stage == "write":
            raise KeyboardInterrupt

    file.write_text(GOOD)
    with pytest.raises(KeyboardInterrupt):
        import_register(ground.kit, file, MAKE, cut)
    assert counts(import_register(ground.kit, file, MAKE)) == (3, 1, 2, 0, 0)


def test_more_rows_than_a_batch_at_one_host(ground: Ground, file: Path) -> None:
    lines = [f"Oban,2019-01-01,{number},k{number}" for number in range(1100)]
    told: list[tuple[str, int, int | None]] = []
    file.write_text("host,date,attendance,slug\n" + "\n".join(lines))
    result = import_register(ground.kit, file, MAKE, lambda *each: told.append(each))
    assert (counts(result), len(deliveries(ground, "Oban"))) == ((1100, 1100, 0, 0, 0), 1100)
    assert ("read", 1100, None) in told
    assert [each[1:] for each in told if each[0] == "write"] == [(500, 1100), (1000, 1100), (1100, 1100)]


@pytest.mark.skipif(not REAL.exists(), reason="the real register is not beside this checkout")
def test_a_real_register(ground: Ground) -> None:
    foundation = ground.partner("Foundation", "foundation")
    result = import_register(ground.kit, REAL, MAKE)
    assert (counts(result), len(result.new_partners)) == ((1983, 1983, 0, 0, 0), 505)
    assert counts(import_register(ground.kit, REAL, MAKE)) == (1983, 0, 1983, 0, 0)
    blank = zero = heads = 0
    for name, partner in ground.partners().items():
        if partner.kind == "listed":
            for _cohort, session in deliveries(ground, name).values():
                blank += session.head_count is None
                zero += session.head_count == 0
                heads += session.head_count or 0
    with REAL.open(newline="") as stream:
        assert heads == sum(int(row["attendance"] or 0) for row in csv.DictReader(stream))
    assert (blank, zero) == (225, 50)
    with ground.scope(foundation) as scope:
        assert summaries.totals(scope).listed == 505
        last = summaries.received_page(scope, "listed", (17, 30))
        assert (len(last), last[-1].name) == (25, "York University")
    cohort, _session = deliveries(ground, "Space Telescope Science Institute")["2012-01-18-stsci"]
    assert cohort.name == "SWC 2012-01-18"
    assert (cohort.extra["programme"], cohort.extra["latitude"]) == (["SWC"], "39.332604")


def test_a_day_to_come_is_no_delivery(ground: Ground, file: Path) -> None:
    result = bring_in(ground, file, "host,date,attendance,slug\nOban,2031-03-31,12,a\nOban,2019-03-31,12,b\n")
    assert (result.created, [(each.row, each.code) for each in result.errors]) == (1, [(2, "date_in_future")])


def test_a_cohort_from_a_register_tells_how_many_came_or_that_nobody_counted(ground: Ground, file: Path) -> None:
    bring_in(ground, file, GOOD)
    administrator = ActorFacts(roles=frozenset({"administrator"}))
    told: dict[date | None, int | None] = {}
    for name in ("Oban", "Ulva"):
        with ground.kit.scope(ground.partners()[name], administrator, links=no_links) as scope:
            lines = cohorts_open_to(scope, PageRequest(1, 20)).rows
            told |= {line.starts_on: line.head_count for line in lines if line.from_register}
            assert [cohort_view(scope, line.id).line for line in lines] == lines
            assert all(line.day_only for line in sessions_of(scope, lines[0].id))
    assert told == {date(2019, 3, 31): 12, date(2019, 4, 1): None, date(2019, 4, 2): 0}
