"""An exit kit holds what an administrator may see, in formats that need no kit, and says what it leaves out."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment, ExperimentShare
from systems_changers.core.home.service import leaving, leaving_site, leaving_words
from systems_changers.core.home.service.leaving import Left
from systems_changers.core.operations.models import OperatorAudit, StoredFile
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.files import address_in
from systems_changers.testing.instance import Instance, no_links
from systems_changers.web.standalone import render_standalone
from tests.core.home.held import Held, filled

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURE = b"a picture of the harbour"
FORMULA = '=HYPERLINK("http://x.example")'


@dataclass
class Kits:
    """A partner that leaves, with one experiment, and its kit as it was written."""

    held: Held
    folder: Path

    def make(self, name: str = "kit.zip") -> tuple[Left, dict[str, bytes]]:
        left = leaving.make_exit_kit(self.held.instance.kit, "harbour", self.folder / name, render_standalone)
        with zipfile.ZipFile(self.folder / name) as found:
            return left, {each: found.read(each) for each in found.namelist()}


@pytest.fixture
def kits(instance: Instance, tmp_path: Path) -> Iterator[Kits]:
    held = filled(instance)
    with held.owner.begin() as connection:
        connection.execute(sa.update(StoredFile).values(sha256=address_in(PICTURE), media_type="image/png"))
        connection.execute(sa.update(ExperimentShare).values(audience="partner", person_id=None))
        connection.execute(sa.update(Person).where(Person.id == held.person_id).values(team=FORMULA))
    with instance.scope("harbour", write=True) as scope:
        scope.files.put(PICTURE)
        scope.db.add(Experiment(author_id=held.person_id, title="Nobody else's"))
    yield Kits(held, tmp_path)
    held.owner.dispose()


def test_tables_json_words_files_pages_and_a_report(kits: Kits) -> None:
    left, entries = kits.make()
    people = list(csv.reader(io.StringIO(entries["csv/person.csv"].decode("utf-8-sig"))))
    assert {"Name", "Team"} <= set(people[0])
    assert f"'{FORMULA}" in {cell for row in people for cell in row}
    told = json.loads(entries["data.json"])
    assert {name: len(rows) for name, rows in told["tables"].items()} == left.rows
    assert (told["partner"]["name"], left.rows["person"], left.files) == ("Harbour", 2, 1)
    stored = kits.held.rows["stored_file"]["id"]
    assert entries[f"media/{stored}.png"] == PICTURE
    assert sum(name.startswith("markdown/") for name in entries) == 4
    assert {"site/index.html", "site/experiments.html"} <= entries.keys()
    assert "| person | 2 |" in entries["REPORT.md"].decode()
    assert {*json.loads(entries["manifest.json"])["entries"], "manifest.json"} == entries.keys()


def test_what_people_keep_to_themselves_stays_out_and_is_counted(kits: Kits) -> None:
    left, entries = kits.make()
    whole = b"".join(entries.values())
    assert b"Nobody else's" not in whole
    for column in ("access_needs", "about", "asks", "offers"):
        assert kits.held.words["person", column].encode() not in whole
    assert kits.held.words["cohort_person", "question"].encode() not in whole
    assert (left.rows["experiment"], left.private["experiment"]) == (1, 1)
    assert "Rows of experiment that were not shown to administrators: 1." in entries["REPORT.md"].decode()
    with kits.held.owner.begin() as connection:
        connection.execute(sa.update(ExperimentShare).values(audience="cohort"))
    left, entries = kits.make("private.zip")
    assert (left.rows["experiment"], left.rows["evidence"], left.files) == (0, 0, 0)
    text = kits.held.words["evidence", "text"]
    assert text.encode() in whole
    assert text.encode() not in b"".join(entries.values())
    assert [name for name in entries if name.startswith("media/")] == []


def test_it_is_written_down_who_left_and_refused_where_it_cant_be(kits: Kits, tmp_path: Path) -> None:
    kits.make()
    for slug, name, code in (("no", "x.zip", "unknown_partner"), ("harbour", "kit.zip", "exit_kit_exists")):
        with pytest.raises((Refused, NotFound)) as refused:
            leaving.make_exit_kit(kits.held.instance.kit, slug, tmp_path / name, render_standalone)
        assert refused.value.code == code
    with kits.held.instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        assert scope.db.scalars(sa.select(OperatorAudit.name)).all()[-1] == "partner.exit_kit_made"


def test_a_file_that_is_missing_is_told(kits: Kits) -> None:
    kits.held.instance.kit.files.delete(kits.held.partner.id, address_in(PICTURE))
    left, entries = kits.make()
    assert (left.files, left.missing) == (0, 1)
    assert "Files that are missing in the instance, too: 1." in entries["REPORT.md"].decode()


def test_signs_in_somebodys_text_mean_nothing() -> None:
    told = leaving_words.markdown("<b>*One*", {"steps": ["# two", {"title": "`three`", "minutes": 5}], "none": []})
    assert told == "# \\<b\\>\\*One\\*\n\n## Steps\n\n- \\# two\n### \\`three\\`\n\n**Minutes:** 5\n"
    assert leaving_words.named("Òran: ../x", "a1") == "ran-x-a1.md"


def test_the_report_speaks_the_partners_language(instance: Instance) -> None:
    words = instance.kit.catalogues.catalogue("en_GB")
    told = render_standalone(leaving_words.report(Left("A *B*"), {"x": "why"}, datetime(2026, 3, 1, tzinfo=UTC), words))
    assert told.startswith("# A \\*B\\*\n\nMade at 1 March 2026, 00:00 UTC.")
    assert "- x: why." in told


@pytest.mark.browser
def test_its_pages_are_read_from_a_folder(kits: Kits, browser: Browser) -> None:
    """Without a server and without a script; each link leads to a page that is there."""
    kits.make()
    with zipfile.ZipFile(kits.folder / "kit.zip") as found:
        found.extractall(kits.folder / "out")
    page = browser.new_context(java_script_enabled=False).new_page()
    site = kits.folder / "out" / "site"
    page.goto((site / "index.html").as_uri())
    assert page.title() == "Harbour"
    page.get_by_role("table").get_by_role("link").click()
    assert page.get_by_role("heading", level=1).inner_text() == "name"
    page.get_by_role("link", name="Harbour").click()
    page.get_by_role("link", name="1 shared experiment").click()
    picture = page.get_by_role("link", name="File").get_attribute("href")
    assert picture is not None
    assert (site / picture).read_bytes() == PICTURE
    assert leaving_site.SHOWN[0] == "cohort"
    page.context.close()
