"""Somebody at the demo in a browser of their own; what they tap, and the pages they are shown, are counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tests.browser.site import CARDS, Site, somebody

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response


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
    """Whatever a script or the policy complains of is a fault, and so is a refusal, unless it is one of `refusals`.

    `pages` counts what the browser has loaded and shown: a redirect on the way to a page is none.
    """

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)
    taps: int = 0
    pages: int = 0

    def go(self, path: str, status: int = 200) -> Response:
        """Open a path of the site; `status` is what it answers."""
        if status >= 400:
            self.refusals.add(status)
        answer = self.page.goto(self.site.address + path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        return answer

    @property
    def path(self) -> str:
        """What is open."""
        return self.page.url.removeprefix(self.site.address)

    @property
    def root(self) -> str:
        """The partner's prefix."""
        return "/".join(self.path.split("/")[:3])

    def come_in(self, key: str) -> None:
        """Become one of the demo's people: by their card, or with a session where they have none."""
        if key in CARDS:
            self.go("/")
            self.page.locator(f'main button[name="person"][value="{key}"]').click()
            return
        slug, email = somebody(key)
        secret = self.site.session(email)
        self.context.add_cookies([{"name": "sc-session", "value": secret, "url": self.site.address}])
        self.go(f"/p/{slug}/home/")

    def tap(self, role: Literal["button", "link"], name: str, *, exact: bool = False) -> None:
        """Tap something, and count it."""
        self.taps += 1
        self.page.get_by_role(role, name=name, exact=exact).first.click()

    def turn_to(self, path: str) -> None:
        """Tap one of the partner's main pages, whatever it is called there."""
        self.taps += 1
        self.page.locator(f'nav a[href="{self.root}{path}"]').first.click()

    def said(self, told: ConsoleMessage) -> None:
        """What the browser writes to its console; errors are complaints."""
        refused = any(f"status of {number} " in told.text for number in self.refusals)
        if told.type == "error" and not refused:
            self.complaints.append(told.text)

    def loaded(self, _page: Page) -> None:
        """A page has come."""
        self.pages += 1


def arrive(site: Site, browser: Browser, variant: Variant) -> Visitor:
    """Open a browser at the site, with nothing open in it yet."""
    context = browser.new_context(
        viewport={"width": variant.width, "height": 900},
        color_scheme="dark" if variant.dark else "light",
        locale="en-GB",
    )
    made = Visitor(site, context, context.new_page())
    made.page.on("console", made.said)
    made.page.on("domcontentloaded", made.loaded)
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("dialog", lambda dialog: made.complaints.append(f"dialog: {dialog.message}"))
    return made
