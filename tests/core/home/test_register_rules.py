"""What a register's columns and cells may say, one rule at a time."""

from __future__ import annotations

from datetime import date

import pytest

from systems_changers.core.home.rules import (
    HEADERS,
    CellError,
    columns_of,
    date_format_of,
    delivery_day,
    head_count,
    host_name,
    read_delivery,
)
from systems_changers.infra.errors import Invalid
from systems_changers.infra.tables import guess_columns

CARPENTRIES = ["slug", "tag_name", "start_date", "attendance", "host_name", "country", "latitude", "longitude", "url"]

TODAY = date(2026, 3, 12)


def test_columns_are_guessed_from_their_headers() -> None:
    assert guess_columns(CARPENTRIES, HEADERS) == {
        "key": "slug",
        "host": "host_name",
        "date": "start_date",
        "head_count": "attendance",
        "programme": "tag_name",
        "country": "country",
        "latitude": "latitude",
        "longitude": "longitude",
        "url": "url",
    }
    assert guess_columns(["Hosted by", "Délivery DATE", "No. of people", "Colour"], HEADERS) == {
        "host": "Hosted by",
        "date": "Délivery DATE",
        "head_count": "No. of people",
    }


def test_a_mapping_goes_before_a_guess() -> None:
    columns = columns_of(["host", "venue", "date"], {"venue": "host"})
    assert columns == {"host": "venue", "date": "date"}


@pytest.mark.parametrize(
    ("headers", "mapping", "code"),
    [
        (["host", "date"], {"host": "colour"}, "unknown_field"),
        (["host", "date"], {"venue": "host"}, "unknown_column"),
        (["host", "x"], {}, "column_missing"),
        (["x", "date"], {}, "column_missing"),
    ],
)
def test_mappings_that_cannot_be(headers: list[str], mapping: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        columns_of(headers, mapping)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-03-31", date(2019, 3, 31)),
        ("2019/3/1", date(2019, 3, 1)),
        ("2019-03-31T10:00:00Z", date(2019, 3, 31)),
        ("2019-03-31 00:00:00", date(2019, 3, 31)),
        ("01/02/2019", date(2019, 2, 1)),
        ("31.03.19", date(2019, 3, 31)),
        ("3 March 2019", date(2019, 3, 3)),
        ("03-Mar-2019", date(2019, 3, 3)),
        ("1st Sept 2019", date(2019, 9, 1)),
    ],
)
def test_days(text: str, day: date) -> None:
    assert delivery_day(text, None) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date_missing"),
        ("2019-02-30", "date_impossible"),
        ("31/04/2019", "date_impossible"),
        ("2019-13-01", "date_impossible"),
        ("03/31/2019", "date_impossible"),
        ("soon", "date_unreadable"),
        ("43555", "date_unreadable"),
        ("0019-01-01", "date_out_of_reach"),
    ],
)
def test_days_that_are_none(text: str, code: str) -> None:
    with pytest.raises(CellError) as wrong:
        delivery_day(text, None)
    assert wrong.value.code == code


@pytest.mark.parametrize("wish", ["%m/%d/%Y", "MM/DD/YYYY", "mm/dd/yyyy"])
def test_a_date_format_decides(wish: str) -> None:
    made = date_format_of(wish)
    assert delivery_day("01/02/2019", made) == date(2019, 1, 2)
    assert delivery_day("2019-01-02", made) == date(2019, 1, 2)
    with pytest.raises(CellError):
        delivery_day("31/01/2019", made)


@pytest.mark.parametrize("wish", ["%Y", "day first", "%d/%m", "%Q", ""])
def test_date_formats_that_are_none(wish: str) -> None:
    with pytest.raises(Invalid) as refused:
        date_format_of(wish)
    assert refused.value.code == "bad_date_format"


@pytest.mark.parametrize(("text", "heads"), [("", None), ("  ", None), ("0", 0), (" 12 ", 12), ("007", 7)])
def test_head_counts(text: str, heads: int | None) -> None:
    assert head_count(text) == heads


@pytest.mark.parametrize("text", ["-1", "+1", "12.5", "1,200", "about 20", "n/a", "=1+1", "1e3", "٣", "²"])
def test_head_counts_that_are_none(text: str) -> None:
    with pytest.raises(CellError) as wrong:
        head_count(text)
    assert wrong.value.code == "head_count_not_whole"


@pytest.mark.parametrize("text", ["1000001", "9" * 5000])
def test_head_counts_too_large(text: str) -> None:
    with pytest.raises(CellError) as wrong:
        head_count(text)
    assert wrong.value.code == "head_count_too_large"


@pytest.mark.parametrize("text", ["Oban", " Oban  Trust ", "=1+Oban", "<b>Oban</b>", "École", "日本", "A/B team"])
def test_hosts_stay_text(text: str) -> None:
    assert host_name(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "host_missing"),
        ("   ", "host_missing"),
        ("0", "host_not_a_name"),
        ("12", "host_not_a_name"),
        ("-", "host_not_a_name"),
        ("https://oban.example", "host_is_address"),
        ("HTTP://oban.example", "host_is_address"),
        ("www.oban.example", "host_is_address"),
        ("oban.example.org/register", "host_is_address"),
        ("x" * 201, "host_too_long"),
    ],
)
def test_hosts_that_are_none(text: str, code: str) -> None:
    with pytest.raises(CellError) as wrong:
        host_name(text)
    assert wrong.value.code == code


def test_a_row_tells_everything_that_is_wrong_with_it() -> None:
    delivery, wrong = read_delivery({"host": "0", "date": "2019-02-30", "head_count": "-1"}, None, TODAY)
    assert delivery is None
    assert [(each.field, each.code) for each in wrong] == [
        ("host", "host_not_a_name"),
        ("date", "date_impossible"),
        ("head_count", "head_count_not_whole"),
    ]


def test_what_is_kept_beside_date_and_heads() -> None:
    cells = {"host": "Oban", "date": "2019-01-02", "programme": "SWC, online,,SWC", "country": "GB", "url": "=x"}
    delivery, wrong = read_delivery(cells, None, TODAY)
    assert not wrong
    assert delivery is not None
    assert delivery.details == {"programme": ["SWC", "online"], "country": "GB", "url": "=x"}
