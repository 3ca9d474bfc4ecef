"""Figures of a served instance over the floor beside it: the kit's pages with everything in force, and its memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial

import sqlalchemy as sa

from bench.floor import READER, fill, open_floor
from bench.ground import Ground
from bench.load import NUMBER, Comparison, Side, compare
from bench.readings import Goal, Reading
from bench.rows import Size
from bench.serving import Ask, Server, serving
from bench.world import World, made_world
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.partners.queries import partner_by_slug
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links

ROWS = 30
KIT = "systems_changers.cli.wsgi:app"
FRONT = Ask("/p/thirty/")
LIST = Ask("/list")
Careful = Callable[[str, str, Callable[[], Iterable[Reading]]], Iterator[Reading]]


@dataclass(slots=True)
class Both:
    """The kit and the floor, both serving."""

    ground: Ground
    world: World
    kit: Server
    floor: Server

    def compare(self, mine: Ask, floor: Ask) -> Comparison:
        """The cost of a request of the kit over one of the floor."""
        effort = self.ground.effort
        return compare(Side(self.kit, mine), Side(self.floor, floor), rounds=effort.rounds, seconds=effort.seconds)

    def kits(self, path: str, role: str = "facilitator", *, at: str = "thirty", **options: object) -> Ask:
        """A request of somebody who is signed in."""
        somebody = self.world.people[at, role]
        body = options.get("body")
        if isinstance(body, str):
            return Ask(f"/p/{at}{path}", somebody.cookie, f"{body}&csrf_token={somebody.token}", 303)
        return Ask(f"/p/{at}{path}", somebody.cookie)

    def floors(self, path: str, body: str | None = None) -> Ask:
        """The same on the floor."""
        login = self.floor.check(Ask(f"/login/{READER}"))
        if body is None:
            return Ask(path, login.cookies)
        return Ask(path, login.cookies, f"{body}&csrf={login.body.decode()}", 303)


@contextmanager
def floor_url(ground: Ground) -> Iterator[str]:
    """A floor's database with its rows."""
    url = ground.floor_url()
    engine = open_floor(url)
    fill(engine)
    engine.dispose()
    yield url


@contextmanager
def both_serving(ground: Ground) -> Iterator[Both]:
    """An instance of one partner of thirty cohorts and a foundation, and the floor."""
    with ExitStack() as closing:
        world = closing.enter_context(made_world(ground))
        world.add("thirty", Size())
        world.add_foundation()
        url = closing.enter_context(floor_url(ground))
        kit = closing.enter_context(serving(KIT, world.environment, FRONT))
        floor = closing.enter_context(serving("bench.serve_floor:app", {"BENCH_FLOOR": url}, LIST))
        yield Both(ground, world, kit, floor)


def served(ground: Ground, names: Sequence[str], careful: Careful) -> Iterator[Reading]:
    """The figures of a served instance that are named; each on its own, so that one that breaks spoils no other."""
    with both_serving(ground) as both:
        for name in names:
            yield from careful(name, ground.kind, partial(FIGURES[name], both))


def _ratio(both: Both, figure: str, mine: Ask, floor: Ask, limit: float) -> Reading:
    found = both.compare(mine, floor)
    return Reading(figure, both.ground.kind, found.ratio, Goal(limit), found.note, found.rounds)


def _dashboard(both: Both) -> Iterator[Reading]:
    yield _ratio(both, "dashboard, 30 rows ÷ floor's", both.kits("/home/"), both.floors("/dashboard"), 1.6)


def _list(both: Both) -> Iterator[Reading]:
    shown = both.kit.check(FRONT).body.count(b"Portlaggan")
    figure = f"anonymous list, {min(shown, ROWS)} rows ÷ floor's"
    yield _ratio(both, figure, FRONT, LIST, 1.6)


def _json(both: Both) -> Iterator[Reading]:
    ask = _answer(both)
    items = len(json.loads(both.kit.check(ask).body)["items"])
    yield _ratio(both, f"JSON list, {items} rows ÷ floor's", ask, Ask("/api/marshmallow"), 1.6)


def _answer(both: Both) -> Ask:
    return both.kits(f"/api/v1/cohorts/?size={ROWS}")


def _post(both: Both) -> Iterator[Reading]:
    before = _audited(both.world)
    ask = both.kits("/experiments/", body=f"title=Ring+before+the+letter+{NUMBER}")
    reading = _ratio(both, "form POST ÷ floor's", ask, both.floors("/note", f"body=hello+{NUMBER}"), 2.0)
    written = _audited(both.world) - before
    if not written:
        raise RuntimeError("the form left no audit row")
    yield replace(reading, note=f"{reading.note}, {written} audit rows")


def _audited(world: World) -> int:
    with world.kit.operator_scope(ANYONE, links=no_links) as outside:
        facts = partner_by_slug(outside.db, "thirty")
    if facts is None:
        return 0
    with world.kit.scope(facts, ANYONE, links=no_links) as scope:
        return scope.db.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) or 0


def _foundation(both: Both) -> Iterator[Reading]:
    for kind, figure in (
        ("listed", "foundation's page, 505 listed partners"),
        ("hosting", "the same, 30 hosting partners"),
    ):
        ask = both.kits(f"/compare/?kind={kind}", "analyst", at="foundation")
        yield _ratio(both, f"{figure} ÷ floor's list", ask, LIST, 2.0)


def _memory(both: Both) -> Iterator[Reading]:
    """Of a worker like all but the first of an instance's life, which compiles the templates that the others find."""
    asked = [(both.kits("/home/"), both.floors("/dashboard")), (FRONT, LIST), (_answer(both), Ask("/api/marshmallow"))]
    asked.append((both.kits("/experiments/", body="title=Ring+before+the+letter"), both.floors("/note", "body=hello")))
    for mine, _ in asked:
        both.kit.check(mine)
    with serving(KIT, both.world.environment, FRONT) as kit:
        again = replace(both, kit=kit)
        for mine, floor in asked:
            again.compare(mine, floor)
        megabytes = kit.worker_megabytes()
    note = f"floor {both.floor.worker_megabytes():.0f} MB"
    yield Reading("memory a worker after load", both.ground.kind, megabytes, Goal(90, "MB"), note)


FIGURES = {
    "dashboard": _dashboard,
    "list": _list,
    "json": _json,
    "post": _post,
    "foundation": _foundation,
    "memory": _memory,
}
