"""How many SQL statements a page takes, at 1, 30 and 300 rows: all but BEGIN and COMMIT; naming the partner is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction

from bench.ground import Ground
from bench.pairs import Caller
from bench.readings import Goal, Reading
from bench.rows import Size
from bench.world import World, made_world
from systems_changers.app import create_app
from systems_changers.infra.db import PartnerSession

SIZES = {"one": Size(1), "thirty": Size(30), "three-hundred": Size(300, people=11, sessions=2)}
PAGES = {
    "front page": "/",
    "dashboard": "/home/",
    "cohorts": "/cohorts/",
    "experiments": "/experiments/",
    "people": "/people/",
    "modules": "/modules/",
    "figures": "/figures/",
}
ANSWERS = {name: f"/api/v1/{name}/" for name in ("cohorts", "sessions", "experiments")}
NOT_COUNTED = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK)\b", re.IGNORECASE)


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile, those that the driver is given past the ORM too, and the naming of the partner."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not NOT_COUNTED.match(statement):
            sent.append(statement)

    def begun(_session: object, transaction: SessionTransaction, connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql" and not transaction.nested:
            sent.append("SET LOCAL app.partner")

    event.listen(engine, "before_cursor_execute", note)
    event.listen(PartnerSession, "after_begin", begun)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(PartnerSession, "after_begin", begun)


def statements(ground: Ground) -> list[Reading]:
    """The most statements of any page and of any JSON answer, at each size."""
    with made_world(ground) as world:
        for slug, size in SIZES.items():
            world.add(slug, size)
        return [
            _reading(ground, world, "SQL statements a page", PAGES, 6),
            _reading(ground, world, "SQL statements a JSON answer", ANSWERS, 4),
        ]


def _reading(ground: Ground, world: World, figure: str, pages: Mapping[str, str], most: int) -> Reading:
    app = create_app(world.settings, kit=world.kit)
    found: dict[str, list[int]] = {}
    failed: list[str] = []
    for name, path in pages.items():
        for slug in SIZES:
            caller = Caller(app, f"/p/{slug}{path}", world.people[slug, "facilitator"].cookie)
            try:
                caller()
                with counted(world.kit.engine) as sent:
                    caller()
            except RuntimeError as error:
                failed.append(str(error))
                break
            found.setdefault(name, []).append(len(sent))
    told = ", ".join(f"{name} {'/'.join(map(str, dict.fromkeys(counts)))}" for name, counts in found.items())
    value = None if failed else float(max(max(counts) for counts in found.values()))
    return Reading(figure, ground.kind, value, Goal(most, ""), "; ".join([told, *failed]))
