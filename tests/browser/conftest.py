"""A demo, served by one process for the run, and ways to come in and to read a page."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from waitress.server import create_server

from systems_changers.app import create_app
from systems_changers.core.home.service import demo
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.settings import load_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@dataclass(frozen=True)
class Site:
    """A demo that is being served."""

    address: str
    data: Path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo of its own on a free port of this machine, four days on: the session to come has taken place."""
    data = tmp_path_factory.mktemp("site") / "demo"
    demo.ensure_demo(data, say=lambda *_lines: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = load_settings(data, {}, port=port, public_url=f"http://127.0.0.1:{port}")
    later = FixedClock(datetime.now(UTC) + timedelta(days=4))
    server = create_server(create_app(settings, clock=later), host="127.0.0.1", port=port, threads=4)
    worker = threading.Thread(target=server.run, daemon=True)
    worker.start()
    yield Site(settings.public_url, data)
    server.close()


@dataclass(frozen=True)
class Variant:
    """How a page is looked at."""

    dark: bool
    rtl: bool
    width: int

    def __str__(self) -> str:
        return f"{'dark' if self.dark else 'light'}-{'rtl' if self.rtl else 'ltr'}-{self.width}"


VARIANTS = [Variant(dark, rtl, width) for dark in (False, True) for rtl in (False, True) for width in (320, 1280)]


@dataclass
class Visitor:
    """Somebody at the demo in a browser of their own; whatever a script or the policy complains of is a fault."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str]
    taps: int = 0

    def go(self, path: str) -> None:
        """Open a path of the site."""
        answer = self.page.goto(self.site.address + path)
        assert answer is not None
        assert answer.ok, f"{path} answered {answer.status}"

    @property
    def root(self) -> str:
        """The partner's prefix."""
        return "/".join(self.page.url.removeprefix(self.site.address).split("/")[:3])

    def come_in(self, key: str) -> None:
        """Become one of the demo's people."""
        self.go("/")
        self.page.locator(f'main button[name="person"][value="{key}"]').click()

    def tap(self, role: str, name: str, *, exact: bool = False) -> None:
        """Tap something, and count it."""
        self.taps += 1
        self.page.get_by_role(role, name=name, exact=exact).first.click()  # type: ignore[arg-type]  # a role's name


@pytest.fixture
def visitor(site: Site, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens browsers; all are closed at the end, and none may have complained."""
    opened: list[Visitor] = []

    def open_(key: str | None = None, variant: Variant = VARIANTS[1]) -> Visitor:
        context = browser.new_context(
            viewport={"width": variant.width, "height": 900},
            color_scheme="dark" if variant.dark else "light",
            locale="en-GB",
        )
        page = context.new_page()
        made = Visitor(site, context, page, [])
        page.on("console", lambda told: made.complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        page.on("dialog", lambda dialog: made.complaints.append(f"dialog: {dialog.message}"))
        opened.append(made)
        if key is not None:
            made.come_in(key)
        return made

    yield open_
    for each in opened:
        each.context.close()
    assert [each.complaints for each in opened if each.complaints] == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the main tasks cost a person."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "effort":
                terminalreporter.write_line(f"effort, {value}")
