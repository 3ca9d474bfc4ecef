"""Makes the picture in README.md from a running demo: `python -m docs.pictures.make`, in the checkout's own folder.

The demo is made anew at one chosen moment, so that the picture changes only when the pages do.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from systems_changers.app import create_app
from systems_changers.core.home.service import demo
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.settings import load_settings
from tests.browsers import MISSING, find_browser, launch_arguments

PICTURE = Path(__file__).with_name("cohort.png")
WIDTH, HEIGHT = 1440, 960
MOMENT = FixedClock(datetime(2026, 9, 14, 9, 0, tzinfo=UTC))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a demo on a free port of this machine, served until the block ends."""
    from waitress.server import create_server  # slow: a server, for the picture only

    demo.ensure_demo(folder, say=lambda *_lines: None, clock=MOMENT)
    server = create_server(create_app(load_settings(folder, {}), clock=MOMENT), host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def take(page: Page, address: str, to: Path) -> None:
    """Come in as Morag, open her cohort, and keep what a visitor first sees of it."""
    page.goto(address)
    page.locator('main button[name="person"][value="morag"]').click()
    page.get_by_role("link", name="Cohorts", exact=True).first.click()
    page.locator("main tbody a").first.click()
    page.locator(".path").wait_for()
    page.get_by_text("Invented people and figures").first.wait_for()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=to, animations="disabled")


def main(to: Path = PICTURE) -> None:
    """Write the picture; leaves with a sentence where there is no browser."""
    found = find_browser()
    if found is None:
        raise SystemExit(MISSING)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "demo") as address,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=found, args=launch_arguments()) as browser,
    ):
        take(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB"), address, to)


if __name__ == "__main__":
    main(*(Path(each) for each in sys.argv[1:2]))
