"""The pages of changes: what is wanted of them, how far they are sealed, and the file that holds all of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people.views import changes
from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.registry import Registry
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Browser, Instance, open_instance
from tests.instance import Template

ADA, MORAG = "Ada Administrator", "=Morag"
PAGE, FILE = "/settings/changes", "/settings/changes/file"


@pytest.fixture(scope="module")
def instance(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A partner at which two people did five things, and another at which something was done too."""
    folder = tmp_path_factory.mktemp("changes")
    made = open_instance(template.copy(folder), folder, registry)
    for slug in ("corra", "alder"):
        made.add_partner(slug.title(), slug=slug, time_zone="Europe/London")
    ada, morag = (
        made.add_person("corra", name, role) for name, role in ((ADA, "administrator"), (MORAG, "facilitator"))
    )
    done: list[tuple[ActorFacts | None, datetime, str, str, UUID | None]] = [
        (morag, datetime(2026, 6, 30, 22, 30, tzinfo=UTC), "cohort.made", "cohort", new_id()),
        (morag, datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "session.moved", "session", new_id()),  # 1 July there
        (ada, datetime(2026, 7, 2, 9, tzinfo=UTC), "person.changed", "person", morag.person_id),
        (None, datetime(2026, 7, 3, 9, tzinfo=UTC), "account.signed_in", "account", morag.account_id),
        (ada, datetime(2026, 7, 4, 9, tzinfo=UTC), "tea.brewed", "tea_pot", new_id()),
    ]
    for who, at, name, kind, id_ in done:
        keep(made, "corra", at, actor_account_id=who and who.account_id, name=name, object_kind=kind, object_id=id_)
    keep(made, "alder", done[0][1], actor_account_id=new_id(), name="partner.changed", object_kind=None, object_id=None)
    yield made
    made.kit.engine.dispose()


def keep(instance: Instance, slug: str, at: datetime, **values: Any) -> None:
    row = {"at": at, "created_at": at, "updated_at": at, "changed": ["name", "email"], **values}
    with instance.scope(slug, write=True) as scope:
        insert_rows(scope.db, AuditEvent, [row])


@pytest.fixture(scope="module")
def una(instance: Instance) -> Browser:
    """Somebody who only looks."""
    return instance.client("corra", instance.add_person("corra", "Una Onlooker", "administrator"))


def rows(browser: Browser, asked: str = "") -> list[dict[str, str]]:
    """The file's rows."""
    answer = browser.get(FILE + asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=changes.csv"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


ALL = {"cohort.made", "session.moved", "person.changed", "account.signed_in", "tea.brewed"}
WANTED: dict[str, set[str]] = {
    "": ALL,
    "?since=2026-07-01": {"session.moved", "person.changed", "account.signed_in", "tea.brewed"},
    "?until=2026-06-30": {"cohort.made"},
    "?since=2026-07-01&until=2026-07-02": {"session.moved", "person.changed"},
    "?who=morag": {"cohort.made", "session.moved", "account.signed_in"},
    "?who=ada&since=2026-07-03": {"tea.brewed"},
    "?who=%25": set(),
    "?area=people": {"person.changed"},
    "?area=accounts": {"account.signed_in"},
    "?area=other": {"tea.brewed"},
    "?name=cohort.made": {"cohort.made"},
    "?name=tea.brewed&area=": {"tea.brewed"},
    "?who=&area=&name=&since=&until=": {
        "cohort.made",
        "session.moved",
        "person.changed",
        "account.signed_in",
        "tea.brewed",
    },
    "?who=nobody+here": set(),
}


@pytest.mark.parametrize("asked", WANTED)
def test_what_is_wanted_is_shown_and_in_the_file(una: Browser, asked: str) -> None:
    mine = {each["name"] for each in rows(una, asked)} - {"partner.made"}
    assert mine == WANTED[asked]
    page = una.get(PAGE + asked).text
    assert page.count('<tr role="row">') - page.count("<thead") == len(mine)
    assert ("Nothing found" in page) is (not mine)


def test_the_file_says_who_did_what_and_holds_no_formula(instance: Instance, una: Browser) -> None:
    operations.seal_all(instance.kit, list(instance.partners.values()))
    found = {each["name"]: each for each in rows(una)}
    changed = found["person.changed"]
    assert changed["at"] == "2026-07-02T09:00:00+00:00"
    assert changed["who"] == ADA
    assert changed["done"] == "Put a person’s name or address right".replace("’", "'")
    assert (changed["about"], changed["whom"], changed["fields"]) == ("person", "'=Morag", "name email")
    assert found["cohort.made"]["who"] == "'=Morag"
    assert [each["seal"] for each in rows(una)] == ["5", "4", "3", "2", "1"]
    assert all(len(each["hash"]) == 64 for each in found.values())


def test_a_long_file_comes_in_parts_each_with_a_transaction_of_its_own(
    una: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows(una)
    monkeypatch.setattr(changes, "PART", 2)
    assert rows(una) == whole
    monkeypatch.setattr(changes, "PART", 5)
    assert rows(una) == whole


def test_what_is_sealed_is_said(instance: Instance, una: Browser) -> None:
    operations.seal_all(instance.kit, list(instance.partners.values()))
    page = " ".join(una.get(PAGE).text.split())
    assert "Sealed up to 4 July 2026, 10:00 BST: 5 entries." in page
    fresh = instance.add_partner("Birch", slug="birch")
    bea = instance.client("birch", instance.add_person("birch", "Bea", "administrator"))
    page = bea.get(PAGE).text
    assert "Nothing is sealed yet." in page
    assert "Everything that is changed here will be listed." in page
    assert fresh.slug == "birch"


def test_pages_and_the_file_keep_what_is_wanted(una: Browser) -> None:
    page = una.get(f"{PAGE}?since=2026-06-01&who=a&size=1").text
    assert 'href="?since=2026-06-01&amp;who=a&amp;size=1&amp;page=2"' in page
    assert f'href="/p/corra{FILE}?since=2026-06-01&amp;who=a"' in page
    assert '<option value="people">People and roles</option>' in page


def test_nonsense_is_told_at_its_field_and_nothing_is_listed(una: Browser) -> None:
    for place in (PAGE, FILE):
        late = una.get(f"{place}?since=2026-07-02&until=2026-07-01")
        assert (late.status_code, "This day is before the first." in late.text) == (422, True)
        assert '<tr role="row">' not in late.text
        assert una.get(f"{place}?since=yesterday").status_code == 422
        assert una.get(f"{place}?area=everything").status_code == 422
    plugin = una.get(f"{PAGE}?name=tea.brewed").text
    assert '<option value="tea.brewed" selected>Brewed</option>' in plugin


def test_only_administrators_may(instance: Instance) -> None:
    morag = instance.client("corra", instance.add_person("corra", "Moira", "facilitator"))
    assert [morag.get(path).status_code for path in (PAGE, FILE)] == [403, 403]
    assert instance.client("corra").get(FILE).status_code == 303
