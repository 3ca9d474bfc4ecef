"""What every test may ask for: a database kind, a real PostgreSQL, a browser.

A test that must run on both databases takes `database_kind`, or a fixture that does.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from systems_changers.hooks.registry import Registry, find_manifests, load
from tests.browsers import MISSING, find_browser, launch_arguments, required
from tests.postgres import PostgresServer, start_postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from systems_changers.testing.instance import Instance
    from tests.instance import Template

HERE = Path(__file__).parent
MARKED_FOLDERS = ("api", "browser", "docs")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--db` chooses the database that the whole run uses."""
    parser.addoption("--db", choices=["sqlite", "postgresql"], default="sqlite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, so that nobody has to remember to."""
    for item in items:
        if item.path.is_relative_to(HERE):
            folder = item.path.relative_to(HERE).parts[0]
            if folder in MARKED_FOLDERS:
                item.add_marker(folder)


@pytest.fixture(scope="session")
def database_kind(pytestconfig: pytest.Config) -> Literal["sqlite", "postgresql"]:
    """The database that this run is about."""
    return "postgresql" if pytestconfig.getoption("--db") == "postgresql" else "sqlite"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A private server, one a test process."""
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """A browser's program: fails in CI where there is none, skips with the reason elsewhere."""
    found = find_browser()
    if found is None:
        if required():
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def browser(browser_path: Path) -> Iterator["Browser"]:
    """One browser for the run; each test opens its own context in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser_path, args=launch_arguments(), headless=True)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The plugins that are installed here, loaded once: their tables can't be declared twice."""
    return load(*find_manifests())


@pytest.fixture(scope="session")
def template(
    database_kind: str,
    registry: Registry,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> "Template":
    """A migrated, empty database that tests copy."""
    from tests.instance import make_template  # slow: only tests of a whole instance load the application

    server = request.getfixturevalue("postgres") if database_kind == "postgresql" else None
    return make_template(database_kind, tmp_path_factory.mktemp("template"), server, registry)


@pytest.fixture
def instance(template: "Template", tmp_path: Path, registry: Registry) -> Iterator["Instance"]:
    """A whole instance with no partner yet."""
    from systems_changers.testing.instance import (
        open_instance,  # slow: only tests of a whole instance load the application
    )

    made = open_instance(template.copy(tmp_path), tmp_path, registry)
    yield made
    made.kit.engine.dispose()
