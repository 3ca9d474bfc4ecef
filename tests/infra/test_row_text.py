"""A row says the same as a line of JSON on every database, and what isn't of a column's type is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.infra import row_text
from systems_changers.infra.db import Id, Moment
from systems_changers.infra.row_text import as_read, line_of, lines_in, values_of, written

ID = UUID(int=7)
TABLE = sa.Table(
    "thing", sa.MetaData(), sa.Column("id", Id), sa.Column("at", Moment), sa.Column("said", sa.JSON),
    sa.Column("on", sa.Boolean), sa.Column("day", sa.Date), sa.Column("hour", sa.Time), sa.Column("long", sa.Interval),
    sa.Column("raw", sa.LargeBinary), sa.Column("share", sa.Float), sa.Column("cost", sa.Numeric),
    sa.Column("count", sa.Integer), sa.Column("name", sa.String(9)), sa.Column("naive", sa.DateTime),
    sa.Column("other", sa.Uuid),
)  # fmt: skip
COLUMNS = list(TABLE.columns)
AT = datetime(2026, 3, 1, 12, 30, 0, 5, timezone(timedelta(hours=1)))
VALUES = {
    "id": ID, "at": AT, "said": {"a": [None, "ö"]}, "on": False, "day": date(2026, 3, 1), "hour": time(9, 30),
    "long": timedelta(minutes=90), "raw": b"\x00\xff", "share": 0.5, "cost": Decimal("1.10"), "count": 3,
    "name": "Mòrag\n", "naive": datetime(2026, 3, 1), "other": ID,  # noqa: DTZ001 - a column without a zone
}  # fmt: skip
LINE = {
    "id": str(ID), "at": "2026-03-01T11:30:00.000005+00:00", "said": {"a": [None, "ö"]}, "on": False,
    "day": "2026-03-01", "hour": "09:30:00", "long": 5400.0, "raw": "AP8=", "share": 0.5, "cost": "1.10", "count": 3,
    "name": "Mòrag\n", "naive": "2026-03-01T00:00:00", "other": str(ID),
}  # fmt: skip


def test_every_type_there_and_back() -> None:
    line = line_of(COLUMNS, {**VALUES, "said": '{"a": [null, "ö"]}'})
    assert line == LINE
    assert list(lines_in([written(line)])) == [LINE]
    assert values_of(COLUMNS, LINE) == {**VALUES, "at": AT.astimezone(UTC)}


def test_nothing_and_the_nothing_of_json_are_two() -> None:
    said = [TABLE.c.said, TABLE.c.name]
    assert line_of(said, {"said": "null", "name": None}) == {"said": None}
    assert line_of(said, {"said": None, "name": None}) == {}
    assert values_of(said, {"said": None})["said"] is sa.JSON.NULL
    assert isinstance(values_of(said, {})["said"], sa.sql.elements.Null)
    assert str(as_read(TABLE.c.said).element) == "CAST(thing.said AS TEXT)"
    assert as_read(TABLE.c.name) is TABLE.c.name


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("id", "7"), ("id", 7), ("at", "2026-03-01T11:30:00"), ("at", "soon"), ("on", 1), ("count", True),
        ("count", "3"), ("day", "1.3."), ("raw", "?"), ("share", "half"), ("cost", "much"), ("name", 3),
        ("long", 1e300),
    ],
)  # fmt: skip
def test_what_is_of_another_type_is_refused(column: str, said: Any) -> None:
    with pytest.raises(ValueError, match=column):
        values_of([TABLE.columns[column]], {column: said})


def test_lines_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(lines_in([b'{"a"', b': 1}\n{"b": 2}', b""])) == [{"a": 1}, {"b": 2}]
    for wrong in ([b"[1]\n"], [b"{\n"], [b"\xff\n"]):
        with pytest.raises(ValueError, match=r"."):
            list(lines_in(wrong))
    monkeypatch.setattr(row_text, "LONGEST_LINE", 5)
    with pytest.raises(ValueError, match="too long"):
        list(lines_in([b'{"a": 1', b"}\n"]))


def test_a_type_that_cant_be_carried_is_told() -> None:
    odd: sa.Column[Any] = sa.Column("odd", sa.ARRAY(sa.Integer))
    with pytest.raises(TypeError, match="not carried"):
        line_of([odd], {"odd": [1]})
