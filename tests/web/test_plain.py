"""What the quick way says is what marshmallow says."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from marshmallow import Schema, fields

from systems_changers.web.plain import plain_values

SEVEN = UUID(int=7)


@dataclass
class Thing:
    id: UUID | None = SEVEN
    name: str | None = "Là brèagha"
    people: int | None = 0
    open: bool = True
    starts_on: date | None = date(2026, 3, 27)
    seen_at: datetime | None = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
    month: date = date(2026, 3, 27)
    words: list[str] = field(default_factory=lambda: ["a", "b"])


class ThingSchema(Schema):
    id = fields.UUID()
    name = fields.String(allow_none=True)
    people = fields.Integer(allow_none=True)
    is_open = fields.Boolean(attribute="open")
    starts_on = fields.Date(allow_none=True, data_key="startsOn")
    seen_at = fields.DateTime(allow_none=True)
    month = fields.Date(format="%Y-%m")
    words = fields.List(fields.String())


BLANK = Thing(id=None, name=None, people=None, starts_on=None, seen_at=None)


@pytest.mark.parametrize("thing", [Thing(), BLANK, asdict(Thing()), {"name": "alone"}])
def test_both_ways_say_the_same(thing: Any) -> None:
    assert plain_values(ThingSchema)(thing) == ThingSchema().dump(thing)


def test_one_field_alone_is_a_row_of_one() -> None:
    one = Schema.from_dict({"name": fields.String()})
    assert [plain_values(one)(thing) for thing in (Thing(), BLANK)] == [{"name": "Là brèagha"}, {"name": None}]
