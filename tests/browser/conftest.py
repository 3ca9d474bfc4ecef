"""A demo, served by one process for the run, and ways to come in; a module whose tests write asks for a copy each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from systems_changers.core.home.service import demo
from tests.browser.site import Site, serve
from tests.browser.visitor import VARIANTS, Variant, Visitor, arrive

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo that nobody has been in; what is served is a copy."""
    folder = tmp_path_factory.mktemp("pristine") / "demo"
    demo.ensure_demo(folder, say=lambda *_lines: None)
    compiled = folder.with_name("compiled")
    compiled.mkdir(mode=0o700)
    (folder / "compiled").symlink_to(compiled)  # copies share their templates: to compile them anew costs seconds
    return folder


@pytest.fixture(scope="session")
def read_only_site(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for the run, four days on: the session to come has taken place."""
    with serve(pristine, tmp_path_factory.mktemp("site") / "demo", 4) as site:
        yield site


@pytest.fixture
def days() -> int:
    """How many days after it was made a demo of one's own is visited."""
    return 4


@pytest.fixture
def own_site(pristine: Path, tmp_path: Path, days: int) -> Iterator[Site]:
    """A demo for one test, which may write in it."""
    with serve(pristine, tmp_path / "demo", days) as site:
        yield site


@pytest.fixture
def site(read_only_site: Site) -> Site:
    """The site that visitors come to; a module whose tests write answers `own_site` instead."""
    return read_only_site


@pytest.fixture
def visitor(site: Site, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens browsers; all are closed at the end, and none may have complained."""
    opened: list[Visitor] = []

    def open_(key: str | None = None, variant: Variant = VARIANTS[1]) -> Visitor:
        made = arrive(site, browser, variant)
        opened.append(made)
        if key is not None:
            made.come_in(key)
        return made

    yield open_
    for each in opened:
        each.context.close()
    assert [each.complaints for each in opened if each.complaints] == []


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Say at the end of the run what a task costs, or how much was looked at."""
    return lambda task, cost: record_property("effort", f"{task}: {cost}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the main tasks cost a person."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "effort":
                terminalreporter.write_line(f"effort, {value}")
