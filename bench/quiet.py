"""Plugins that exist to be measured: three that answer nothing, and one with the same page in words and in msgids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from systems_changers.hooks.facts import (
    Brand,
    NavItem,
    Page,
    Panel,
    RequestFacts,
    Route,
)
from systems_changers.hooks.manifest import Manifest
from systems_changers.hooks.registry import Registry, register
from systems_changers.hooks.scope import Scope
from systems_changers.hooks.specs import hookimpl

QUIET = ("quiet-one", "quiet-two", "quiet-three")
WORDS = "bench-words"
ROWS = 30
HOME = Path(__file__).resolve().parent
ANYONE = frozenset({"anyone"})


class Quiet:
    """Listens everywhere on a page and answers nothing."""

    @hookimpl
    def sc_choose_brand(self) -> Brand | None:
        return None

    @hookimpl
    def sc_offer_nav(self) -> Sequence[NavItem]:
        return ()

    @hookimpl
    def sc_offer_slot(self) -> Sequence[Panel]:
        return ()

    @hookimpl
    def sc_on_event(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page."""

    name: str
    place: str
    starts: str
    people: int
    about: str


LINES = [Line(f"Cohort {at} & neighbours", "Portlaggan <harbour>", "15 March 2026", at, "What we see. " * 10) for at in
         range(ROWS)]  # fmt: skip


class Words:
    """A list of thirty rows, four words each: once written out, once translated (120 strings)."""

    @hookimpl
    def sc_offer_routes(self) -> Sequence[Route]:
        return [Route(f"/{name}", name, _page(name), ANYONE) for name in ("written", "translated")]


def _page(name: str) -> Any:
    def show(_scope: Scope, _request: RequestFacts) -> Page:
        return Page(f"bench_{name}.html", {"lines": LINES})

    return show


def add_quiet(registry: Registry) -> None:
    """Let them into a registry, as if they were installed."""
    for slug in QUIET:
        register(registry, _manifest(slug), Quiet())
    register(registry, _manifest(WORDS), Words())


def _manifest(slug: str) -> Manifest:
    return Manifest(slug, slug, "0.1.0", ">=0.1", "bench.quiet", HOME)
