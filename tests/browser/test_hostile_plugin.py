"""What a plugin says is never run: markup and script come through every hook, and every page is looked at in each role.

A text that never arrives would prove nothing, so each must have been seen, or there is a reason why it can't be.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from systems_changers.app import make_dispatcher
from systems_changers.core.home.service.leaving import make_exit_kit
from systems_changers.core.home.service.own_data import export_person
from systems_changers.hooks import specs
from systems_changers.web.standalone import render_standalone
from tests.browser.corpus import SAID, said
from tests.browser.hostile_site import ROLES, SLUG, Hostile, hostile_site
from tests.browser.pages import reachable
from tests.browser.seeing import Seen
from tests.browser.visitor import Visitor
from tests.faults.trial import FULL, say

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLACES = {
    "sc_choose_brand": ("brand.name", "brand.tagline"),
    "sc_refine_terms": ("terms",),
    "sc_offer_routes": (
        "page.value", "form.label", "form.hint", "form.whole.text", "form.whole.value", "form.number.text",
        "form.number.value", "notice.text", "notice.value", "refused.text", "refused.value", "invalid.text",
        "invalid.value", "missing.text", "missing.value", "page.error",
    ),
    "sc_offer_endpoints": ("endpoint.name", "endpoint.value"),
    "sc_offer_nav": ("nav.label", "nav.endpoint"),
    "sc_offer_slot": ("slot.front.body", "slot.cohort.aside", "slot.session.aside", "slot.template"),
    "sc_offer_variants": (
        "variant.title", "variant.why", "variant.label", "variant.change.why", "variant.drop.why",
        "variant.block.title", "variant.block.purpose", "variant.block.step", "variant.block.notes",
        "variant.block.material", "variant.identity", "variant.base",
    ),
    "sc_offer_cohort_types": (
        "type.key", "type.label", "type.description", "type.choice.label", "type.choice.value",
        *(f"type.{kind}.{what}" for kind in ("text", "long_text", "number", "date", "choice", "yes_no")
          for what in ("label", "hint")),
    ),
    "sc_check_cohort_transition": ("cohort.refusal.text", "cohort.refusal.value"),
    "sc_check_session_transition": ("session.refusal.text", "session.refusal.value"),
    "sc_check_experiment_transition": ("experiment.refusal.text", "experiment.refusal.value", "experiment.endpoint"),
    "sc_on_event": (),
    "sc_offer_reports": (
        "report.key", "report.title", "report.description", "report.section.text", "report.section.value",
        "report.sentence.text", "report.sentence.value", "report.plain", "report.head", "report.head2.text",
        "report.head2.value", "report.cell", "report.cell2.text", "report.cell2.value", "report.broken.title",
        "report.broken.description", "report.error",
    ),
    "sc_offer_personal_data": (
        "held.title.text", "held.title.value", "held.purpose.text", "held.purpose.value", "held.keep.text",
        "held.keep.value", "held.head", "held.head2.text", "held.head2.value", "held.cell", "held.cell2.text",
        "held.cell2.value",
    ),
    "sc_offer_erasures": ("erasure.title.text", "erasure.title.value", "erasure.kept.text", "erasure.kept.value"),
    "sc_offer_checks": (),
}  # fmt: skip
"""Every hook, and what of its texts is shown."""
MANIFEST = {f"manifest.{each}" for each in (
    "title", "description", "setting.label", "setting.hint", "setting.choice", "number.label",
)}  # fmt: skip
MAILED = {"mail.name", "mail.partner"}
NEVER_SHOWN = {
    "check.message.text": "the doctor speaks on the command line",
    "check.message.value": "the doctor speaks on the command line",
    "check.fix.text": "the doctor speaks on the command line",
    "check.fix.value": "the doctor speaks on the command line",
    "download": "a file that the browser keeps and doesn't open",
    "download.name": "the name of that file",
    "endpoint.route": "a name for making addresses",
    "held.key": "a name in the archive's tables",
    "unsafe.value": "for the test that a fault is seen",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with hostile_site(tmp_path_factory.mktemp("hostile")) as made:
        yield made


def test_every_hook_is_here() -> None:
    assert PLACES.keys() == {name for name in vars(specs) if name.startswith("sc_")}


def test_what_a_plugin_says_is_shown_and_never_run(hostile: Hostile, browser: Browser, tmp_path: Path) -> None:
    seen = Seen()
    for role in (*ROLES, "analyst", "nobody"):
        visitor = hostile.come_in(browser, role)
        crawl(seen, visitor, hostile, role)
        answers(seen, visitor, hostile, role)
        seen.leave(visitor)
    assert len(hostile.mailed()) == 2
    make_dispatcher(hostile.site.house).run_due()  # so that the operator has them in the mailbox
    operator = hostile.come_in(browser, "administrator")
    for path in reachable(operator, ["/", "/operator/"], lambda path: not path.startswith(("/p/", "/api/"))).values():
        seen.open(operator, path)
    seen.leave(operator)
    files(seen, hostile, browser, tmp_path)
    say(f"{seen.looked} pages and files looked at, {len(seen.marks)} texts seen")
    assert seen.wrong == []
    wanted = {place for places in PLACES.values() for place in places} | MANIFEST | MAILED
    assert wanted - seen.marks == set()
    assert SAID - wanted <= NEVER_SHOWN.keys()
    assert seen.marks & NEVER_SHOWN.keys() == set()


def crawl(seen: Seen, visitor: Visitor, hostile: Hostile, role: str) -> None:
    """Every kind of page that somebody reaches; in the usual run not what others have looked at."""
    root = hostile.root(role)
    starts = [root, f"{root}x/hostile/show", *([f"{root}home/", f"{root}account/"] if role in hostile.actors else [])]
    found = reachable(visitor, starts, lambda path: path.startswith(root) and not path.endswith("/broken"))
    for shape, path in found.items():
        if FULL or seen.is_new(shape):
            seen.open(visitor, path)


def answers(seen: Seen, visitor: Visitor, hostile: Hostile, role: str) -> None:
    """What isn't reached by links, and what forms are answered."""
    root = hostile.root(role)
    if role == "facilitator":
        cohort = f"{root}cohorts/{hostile.cohort}/"
        seen.open_those(visitor, f"{root}modules/", r"/modules/[^/\"]+/")
        seen.open_those(visitor, cohort, r"/sessions/[0-9a-f-]+/")
        seen.open_those(visitor, f"{cohort}plan/", r"/cohorts/[0-9a-f-]+/plan/[0-9a-f-]+")
        seen.open(visitor, f"{cohort}reports/broken", 502)
        seen.send(visitor, cohort, "/step", 409)
        seen.send(visitor, f"{root}sessions/{hostile.session}/", "/cancel", 409)
        seen.open(visitor, f"{root}api/v1/x/hostile/answer")
    if role == "administrator":
        seen.send(visitor, f"{root}settings/plugins/hostile/", "/hostile/", 422, number="9")
        seen.open(visitor, f"{root}people/{hostile.actors['participant'].person_id}/erase")
    if role == "participant":
        seen.send(visitor, f"{root}experiments/{hostile.experiment}/", "/move", 422)
        seen.send(visitor, f"{root}account/address", "/account/address", email="new@hostile.example")
    if role == "nobody":
        page = f"{root}x/hostile/show"
        for what, status in {"notice": 200, "refused": 403, "invalid": 422, "missing": 404, "broken": 502}.items():
            seen.send(visitor, page, "/x/hostile/show", status, what=what)
        seen.send(visitor, page, "/x/hostile/show", 422)
        kept = visitor.context.request.get(f"{visitor.site.address}{root}x/hostile/keep").headers
        assert kept["content-disposition"].startswith("attachment;")
        assert kept["x-content-type-options"] == "nosniff"
        seen.send(visitor, f"{root}sign-in/link", "/sign-in/link", email=f"facilitator@{SLUG}.example")
        for link in hostile.mailed():
            seen.open(visitor, link)


def files(seen: Seen, hostile: Hostile, browser: Browser, folder: Path) -> None:
    """What leaves the instance as pages: an exit kit, everything about a person, and mail; no policy holds them."""
    kit, reader = hostile.instance.kit, hostile.come_in(browser, "nobody")
    make_exit_kit(kit, SLUG, folder / "exit.zip", render_standalone)
    export_person(kit, SLUG, f"participant@{SLUG}.example", folder / "person.zip", render_standalone)
    for name in ("exit", "person"):
        with zipfile.ZipFile(folder / f"{name}.zip") as packed:
            packed.extractall(folder / name)
        pages = sorted((folder / name).rglob("*.html"))
        assert pages
        for page in pages:
            seen.read(reader, page)
    for number, text in enumerate(hostile.mails()):
        (folder / f"{number}.html").write_text(text, "utf-8")
        seen.read(reader, folder / f"{number}.html")
    seen.leave(reader)


def test_a_template_that_trusts_what_is_said_is_noticed(hostile: Hostile, browser: Browser, tmp_path: Path) -> None:
    seen, visitor = Seen(), hostile.come_in(browser, "nobody")
    seen.open(visitor, f"/p/{SLUG}/x/hostile/unsafe")
    assert [each for each in seen.wrong if "in its source" in each]
    assert [each for each in seen.wrong if "<img" in each]
    assert [each for each in visitor.complaints if "Content Security Policy" in each]
    assert not [each for each in visitor.complaints if each.startswith("dialog")]
    (tmp_path / "mail.html").write_text(f"<p>{said('page.value')}</p>", "utf-8")
    seen.read(visitor, tmp_path / "mail.html")
    assert "mail.html: a script ran" in seen.wrong
    assert "dialog: 1" in visitor.complaints
    visitor.context.close()
