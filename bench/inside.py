"""Figures near to one, measured in this process: words, quiet plugins, and a crowded instance."""

from __future__ import annotations

from bench.ground import Ground
from bench.pairs import Caller, ratios
from bench.quiet import QUIET, WORDS
from bench.readings import Goal, Reading, of_pairs
from bench.rows import Size
from bench.world import World, made_world
from systems_changers.app import create_app

CROWD = 999
CROWD_SIZE = Size(cohorts=3, people=11, sessions=3)
DASHBOARD = "/home/"


def words(ground: Ground) -> list[Reading]:
    """The same page with 120 strings written out and translated into Gaelic."""
    with made_world(ground, quiet=True) as world:
        world.add("words", Size(1), with_plugins=(WORDS,), locales=("gd",))
        app = create_app(world.settings, kit=world.kit)
        written, translated = (Caller(app, f"/p/words/x/{WORDS}/{name}") for name in ("written", "translated"))
        pairs = ratios(written, translated, ground.effort.pairs)
    return [of_pairs("120 translated strings ÷ none", ground.kind, pairs, Goal(1.25))]


def quiet_plugins(ground: Ground) -> list[Reading]:
    """The dashboard and the front page of a partner with three quiet plugins over those of one with none."""
    with made_world(ground, quiet=True) as world:
        for slug, plugins in (("none", ()), ("three", QUIET)):
            world.add(slug, Size(), with_plugins=plugins)
        app = create_app(world.settings, kit=world.kit)
        readings = []
        for name, path in (("dashboard", DASHBOARD), ("front page", "/")):
            none, three = (
                Caller(app, f"/p/{slug}{path}", world.people[slug, "facilitator"].cookie) for slug in ("none", "three")
            )
            pairs = ratios(none, three, ground.effort.pairs)
            readings.append(of_pairs(f"3 quiet plugins ÷ none, {name}", ground.kind, pairs, Goal(1.05)))
    return readings


def crowd(ground: Ground) -> list[Reading]:
    """The same dashboard on an instance of a thousand partners over that on an instance of one."""
    with made_world(ground) as alone, made_world(ground) as crowded:
        crowded.add_many(CROWD, CROWD_SIZE)
        pairs = ratios(_dashboard(alone), _dashboard(crowded), ground.effort.pairs)
    note = f"{CROWD} others of {CROWD_SIZE.cohorts} cohorts each"
    return [of_pairs("dashboard, 1,000 partners ÷ 1", ground.kind, pairs, Goal(1.1), note)]


def _dashboard(world: World) -> Caller:
    world.add("thirty", Size())
    app = create_app(world.settings, kit=world.kit)
    return Caller(app, f"/p/thirty{DASHBOARD}", world.people["thirty", "facilitator"].cookie)
