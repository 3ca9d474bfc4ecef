"""Every access path, from the core and from inside a plugin, finds nothing of the other partner's."""

from collections.abc import Callable
from dataclasses import dataclass

import pluggy
import pytest
from sqlalchemy.orm import Session

from systems_changers.hooks import specs
from tests.isolation.ground import Case, Ground
from tests.isolation.paths import PATHS, Path
from tests.isolation.trial import leaks, paths_on

hookimpl = pluggy.HookimplMarker(specs.PROJECT)
BY_NAME = {path.name: path for path in PATHS}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The paths that this run's database knows."""
    if "path" in metafunc.fixturenames:
        paths = paths_on(metafunc.config.getoption("--db"))
        metafunc.parametrize("path", paths, ids=[path.name for path in paths])


@dataclass(frozen=True)
class Scope:
    """What the path needs of a scope: the session, and the ground to find the other partner on."""

    db: Session
    ground: Ground


class Leaf:
    """A plugin that tries a path whenever a page asks what it has to show."""

    def __init__(self) -> None:
        self.found: object = None

    @hookimpl
    def sc_offer_slot(self, scope: Scope, place: str) -> list[object]:
        self.found = BY_NAME[place].run(Case(scope.db, scope.ground))
        return []


@pytest.fixture(autouse=True)
def rows(guarded: Ground, seeded: list[bool]) -> None:
    if not seeded:
        guarded.seed()
        seeded.append(True)


@pytest.fixture(scope="session")
def seeded() -> list[bool]:
    return []


def test_the_core_finds_nothing(
    path: Path, guarded: Ground, database_kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("path", f"{database_kind}, core, {'writes' if path.writes else 'reads'}")
    assert leaks(path, guarded, guarded.session(guarded.mine, write=path.writes)) == []


def test_a_plugin_finds_nothing(
    path: Path, guarded: Ground, database_kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("path", f"{database_kind}, plugin, {'writes' if path.writes else 'reads'}")
    plugins, leaf = pluggy.PluginManager(specs.PROJECT), Leaf()
    plugins.add_hookspecs(specs)
    plugins.register(leaf)

    def through_the_hook(case: Case) -> object:
        plugins.hook.sc_offer_slot(scope=Scope(case.db, case.ground), place=path.name, cohort=None)
        return leaf.found

    assert leaks(path, guarded, guarded.session(guarded.mine, write=path.writes), through_the_hook) == []


def test_without_guards_it_leaks(path: Path, unguarded: Ground) -> None:
    """Otherwise the path would prove nothing."""
    found = leaks(path, unguarded, Session(unguarded.app, expire_on_commit=False))
    assert bool(found) is (path.held_by is None), found


def test_the_catalogue_is_large_enough() -> None:
    for kind in ("sqlite", "postgresql"):
        known = [path for path in PATHS if path.only in (None, kind)]
        assert sum(not path.writes for path in known) >= 140
        assert sum(path.writes for path in known) >= 90
    assert len(BY_NAME) == len(PATHS)
