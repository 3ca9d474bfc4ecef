"""Every page and mail of a demo says that it is invented, and every page to write on says whose names to leave out.

Each of the demo's people follows every link from where they begin, so a new page is swept without being listed here.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from systems_changers.app import create_app, house_of
from systems_changers.core.home.service.demo_people import PEOPLE
from systems_changers.core.operations.service import FaultBook
from systems_changers.core.partners.queries import hosting_partners
from systems_changers.core.people.rules import ROUTE_PERMISSIONS
from systems_changers.core.privacy.rules import NewComplaint
from systems_changers.core.privacy.service import make_complaint
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit, open_kit
from systems_changers.hooks.registry import Registry
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.jobs import MailRow
from systems_changers.infra.mail import PARTNER_HEADER, Mailbox
from systems_changers.infra.paths import PACKAGE
from systems_changers.testing.instance import TOKEN, no_links
from systems_changers.web.dispatch import compose
from tests.core.home.conftest import NOW, Tell

INVENTED, NO_NAMES = "Invented people and figures", "No names of people you support"
LINK = re.compile(r'href="(/[^"#]*)')
NOBODY = ""
ENOUGH = 8  # pages of one kind that one person opens
NOWHERE_LINKED = {
    "home.file", "home.get_started", "people.accept", "people.ask_link", "people.confirm", "people.connected",
    "people.new_passkey", "people.open_address", "people.open_link", "people.second_step", "people.set_up",
    "people.sign_on", "people.sign_on_back", "people.sign_on_go",
}  # fmt: skip
"""What leads there: a secret that was mailed, a first step, a quarter of an hour, a mail server, a host with a name, a
file, of which the demo has none."""
NO_WORDS = {"home.show_erasure", "people.new_app", "people.new_passkey", "people.sign_on_settings"}
"""A name to erase, a code, what one calls one's own phone, addresses of a service: nobody else reads any."""
MAIL = {
    "name": "Morag", "cohort": "Portlaggan", "session": "The walk", "number": 5, "link": "http://127.0.0.1/",
    "day": "2026-04-11", "days": 14, "hours": 24, "minutes": 15, "last": True, "partner_name": "Corra",
    "by_hand": False,
}  # fmt: skip


def hosted(kit: Kit) -> dict[str, PartnerFacts]:
    return {each.slug: each for each in hosting_partners(kit.engine)}


@pytest.fixture(scope="module")
def app(tell: Tell, registry: Registry) -> Iterator[Flask]:
    """The whole application on a demo of its own."""
    settings = tell(NOW).settings
    kit = open_kit(settings, FaultBook(), clock=FixedClock(NOW), registry=registry)
    letter = EmailMessage()
    letter["To"], letter["Subject"] = "kirsty.lennox@lagganhomes.example", "An invitation"
    letter.set_content("Come in.")
    Mailbox(settings.data / "mailbox").keep(letter)
    with kit.scope(hosted(kit)["childrens-society"], ANYONE, links=no_links, write=True) as scope:
        make_complaint(scope, NewComplaint("Nan", "nan@elsewhere.example", "Take me off the list."))
        scope.db.commit()
    yield create_app(settings, kit=kit)
    kit.engine.dispose()


@dataclass
class Visitor:
    """One of the demo's people in a browser, and the pages that they have opened, by endpoint and path."""

    app: Flask
    key: str
    client: FlaskClient = field(init=False)
    begins_at: str = field(init=False)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        self.begins_at = "/p/corra-scotland/sign-in"
        if self.key == NOBODY:
            return
        token = TOKEN.search(self.get("/").text)
        assert token is not None
        values = {"csrf_token": token[1], "person": self.key}
        answer = self.client.post("/demo/come-in", data=values, base_url="http://127.0.0.1")
        self.begins_at = answer.headers["Location"]

    def get(self, path: str) -> Any:
        """A page."""
        return self.client.get(path, base_url="http://127.0.0.1")

    def look_round(self) -> None:
        """Open every page that a link leads to; of each kind as many as are enough to see all that it can be."""
        waiting, known, opened = deque([self.begins_at, "/", "/account/"]), set[str](), Counter[str]()
        while waiting:
            path = waiting.popleft()
            kind = self.endpoint(path)
            if path in known or kind is None or opened[kind] >= ENOUGH:
                continue
            known.add(path)
            answer = self.get(path)
            if answer.status_code == 200:
                opened[kind] += 1
                self.texts[kind, path] = answer.text
                if kind == "cohorts.show":
                    waiting.append(f"{path}sessions/plan")  # linked as long as a cohort has no sessions
                waiting.extend(each.replace("&amp;", "&") for each in LINK.findall(answer.text))

    def endpoint(self, path: str) -> str | None:
        """The endpoint behind a path; of a plugin's page the kind of page too; None for files."""
        inner = re.sub(r"^/p/[^/]+", "", path.partition("?")[0])
        try:
            endpoint, _values = self.app.url_map.bind("127.0.0.1").match(inner or "/", method="GET")
        except HTTPException:
            return None
        return f"x {re.sub('[0-9a-f-]{36}', '', inner)}" if endpoint == "x" else str(endpoint)


@pytest.fixture(scope="module")
def visitors(app: Flask) -> list[Visitor]:
    """All six and somebody who is signed out, who have looked round."""
    made = [Visitor(app, key) for key in (NOBODY, *(each.key for each in PEOPLE))]
    for each in made:
        each.look_round()
    return made


class Fields(HTMLParser):
    """The names of a page's fields in which people write words, or with which they hand in a file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.sends = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Forms that only search send nothing."""
        known = dict(attrs)
        if tag == "form":
            self.sends = known.get("method") == "post"
        written = tag == "textarea" or (tag == "input" and known.get("type", "text") in {"text", "file"})
        if self.sends and written and "readonly" not in known:
            self.names.append(str(known.get("name")))


def test_every_page_says_that_it_is_invented(visitors: list[Visitor]) -> None:
    silent = [(each.key, path) for each in visitors for (_, path), text in each.texts.items() if INVENTED not in text]
    assert silent == []


def test_every_page_to_write_on_says_whose_names_to_leave_out(visitors: list[Visitor]) -> None:
    seen, silent = set[str](), []
    for each in visitors:
        for (endpoint, path), text in each.texts.items():
            written = Fields(text).names
            seen |= {endpoint} if written else set()
            if written and NO_NAMES not in text and endpoint not in NO_WORDS:
                silent.append((each.key, path, written))
    assert silent == []
    assert {"experiments.edit", "experiments.index", "sessions.register", "cohorts.choose_list"} <= seen


def test_no_page_was_left_out(visitors: list[Visitor], app: Flask) -> None:
    opened = {endpoint for each in visitors for endpoint, _ in each.texts}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages &= ROUTE_PERMISSIONS.keys()
    assert {each for each in pages - opened if not each.startswith("api.")} == NOWHERE_LINKED


@pytest.mark.parametrize(
    "path", ["/p/corra-scotland/nothing", "/p/corra-scotland/sign-in/link/x", "/p/corra-scotland/invitation/x",
             "/p/corra-scotland/set-up/x", "/account/address/x", "/p/south-east/settings/", "/nothing", "/sign-in/link"]
)  # fmt: skip
def test_pages_without_a_way_to_them_say_so_too(app: Flask, path: str) -> None:
    assert INVENTED in Visitor(app, "morag").get(path).text


MAILS = sorted(
    file.relative_to(file.parents[1 if file.parent.name != "mail" else 2]).with_suffix("").as_posix()
    for file in PACKAGE.glob("core/*/templates/**/*.html")
    if '"web/mail.html"' in file.read_text("utf-8")
)


def test_there_are_mails() -> None:
    assert "people/mail_invitation" in MAILS
    assert "sessions/mail/write_up_reminder" in MAILS


@pytest.mark.parametrize("mail", MAILS)
def test_every_mail_says_so_in_both_its_forms(app: Flask, mail: str) -> None:
    house = house_of(app)
    row = MailRow(address="morag@corra.example", locale="en_GB", values=MAIL)
    for partner in (None, *hosting_partners(house.kit.engine)):
        message = compose(house, mail, row, partner)
        assert message[PARTNER_HEADER] == (str(partner.id) if partner else None)
        for form in ("plain", "html"):
            body = message.get_body((form,))
            assert body is not None
            assert INVENTED in body.get_content(), (mail, partner and partner.slug, form)
