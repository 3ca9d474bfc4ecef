"""Sessions in the reader's language: the words that the plan pinned, titles made of titles, and what has no words."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import PlannedModule
from systems_changers.core.curriculum.models import PartnerTranslation
from systems_changers.core.curriculum.queries import kept_modules
from systems_changers.core.curriculum.rules import HEAD
from systems_changers.core.partners.models import Partner
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.sessions.queries import modules_in_words, record_of, session_view, titles_in_words
from systems_changers.core.sessions.rules import Title, Titles, session_title
from systems_changers.infra.isolation import as_the_kit
from tests.core.doors import Browser, Doors
from tests.core.programme import World
from tests.core.sessions.test_views import ok as whole
from tests.core.sessions.test_views import running

DRAFT = "Draft, help improve."
KNOWN = {"One": Title("Aon"), "Two": Title("Dhà"), "Three": Title("Three", "en-GB")}


def ok(browser: Browser, path: str) -> str:
    """A page, its text as people read it."""
    return unescape(whole(browser, path))


def speaking(doors: Doors, *locales: str) -> tuple[UUID, list[CohortSession], dict[str, UUID]]:
    """A running cohort of a partner that speaks these languages too."""
    world = doors.world
    with world.scope(write=True) as scope, as_the_kit(scope.db):
        scope.db.get_one(Partner, world.partner.id).locales = ["en_GB", *locales]
    world.partner = replace(world.partner, locales=("en_GB", *locales))
    return running(world)


def choosing(doors: Doors, who: str, locale: str) -> Browser:
    """One of the people, who reads this language."""
    browser = doors.come_in(who)
    assert browser.send("/language", {"locale": locale}, seen_at="/home/").status_code == 303
    return browser


def heads(world: World, cohort: UUID, locale: str = "gd") -> list[tuple[str, str, list[str]]]:
    """Title in the source, title and outcomes in this language, of each line of the plan."""
    with world.scope() as scope:
        lines = list(
            scope.db.scalars(
                sa.select(PlannedModule).where(PlannedModule.cohort_id == cohort).order_by(PlannedModule.position)
            )
        )
        texts = {row.hash: row.content for row in scope.db.scalars(sa.select(PartnerTranslation))}
        found = [
            (line, texts[line.translations[locale][HEAD]]) for line in sorted(lines, key=lambda line: line.position)
        ]
        return [(line.title, text["title"], text["outcomes"]) for line, text in found]


def forget(world: World, cohort: UUID, keys: set[str]) -> None:
    """Let the plan hold no words under these keys."""
    with world.scope(write=True) as scope:
        for line in scope.db.scalars(sa.select(PlannedModule).where(PlannedModule.cohort_id == cohort)):
            line.translations = {
                locale: {key: digest for key, digest in hashes.items() if key not in keys}
                for locale, hashes in line.translations.items()
            }


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("One", Title("Aon")),
        ("One · Two", Title("Aon · Dhà")),
        ("Three", Title("Three", "en-GB")),
        ("One · Three", Title("Aon · Three")),
        ("One · by the shore", Title("One · by the shore")),
        ("By the shore", Title("By the shore")),
        ("", Title("")),
    ],
)
def test_only_titles_made_of_titles_are_translated(title: str, said: Title) -> None:
    assert Titles(KNOWN).of(title) == said
    assert Titles().of(title) == Title(title)


def test_a_title_that_was_cut_is_known_by_its_beginning() -> None:
    long = [letter * 80 for letter in "abc"]
    known = {title: Title(title[0].upper()) for title in long}
    assert len(session_title(long)) == 200
    assert Titles(known).of(session_title(long)) == Title("A · B · C")
    assert Titles(known).of("aaa") == Title("aaa")


def test_a_participant_reads_heads_and_blocks_in_gaelic(doors: Doors) -> None:
    cohort, rows, _ = speaking(doors, "gd")
    aileen = choosing(doors, "aileen", "gd")
    page = ok(aileen, f"/sessions/{rows[0].id}/")
    view = doors.world.see(session_view, rows[0].id, who="aileen")
    modules, _titles = doors.world.see(modules_in_words, view, "gd")
    assert modules
    for module in modules:
        assert module.content["outcomes"][0] in page
        assert all(block["title"] in page for block in module.content["blocks"])
    assert page.count(DRAFT) == 1
    assert 'lang="en-GB"' not in page.partition("<main")[2].partition("</main")[0]
    said = [title for source, title, _ in heads(doors.world, cohort) if source in rows[0].title.split(" · ")]
    assert f"<h1>{' · '.join(said)}</h1>" in page
    listed = ok(aileen, f"/cohorts/{cohort}/")
    titles = doors.world.see(titles_in_words, "gd")
    assert titles.draft
    for row in rows:
        assert titles.of(row.title).text != row.title
        assert f"{row.number}. {titles.of(row.title).text}" in listed
    assert listed.count(DRAFT) == 1
    coming = [row for row in rows if titles.of(row.title).text in ok(aileen, "/home/")]
    assert len(coming) > 1


def test_where_there_are_no_words_english_says_that_it_is_english(doors: Doors) -> None:
    cohort, rows, _ = speaking(doors, "gd")
    forget(doors.world, cohort, {HEAD})
    view = doors.world.see(session_view, rows[0].id)
    page = ok(choosing(doors, "aileen", "gd"), f"/sessions/{rows[0].id}/")
    with doors.world.scope() as scope:
        kept = kept_modules(scope, [block.module_hash for block in view.blocks if block.module_hash])
    for module in kept.values():
        assert f'<h2 class="card-title"><span lang="en-GB">{module.title}</span></h2>' in page
    assert f'<h1><span lang="en-GB">{rows[0].title}</span></h1>' in page
    (module, *_), _titles = doors.world.see(modules_in_words, view, "gd")
    assert f"<b>{module.content['blocks'][0]['title']}</b>" in page


def test_a_typed_title_stays(doors: Doors) -> None:
    cohort, rows, _ = speaking(doors, "gd")
    with doors.world.scope(write=True) as scope:
        scope.db.get_one(CohortSession, (scope.partner.id, rows[0].id)).title = "Tea by the shore"
    aileen = choosing(doors, "aileen", "gd")
    assert "<h1>Tea by the shore</h1>" in ok(aileen, f"/sessions/{rows[0].id}/")
    assert "1. Tea by the shore" in ok(aileen, f"/cohorts/{cohort}/")


@pytest.mark.parametrize(
    "path", ["/sessions/{s}/", "/cohorts/{c}/", "/cohorts/{c}/plan/", "/modules/", "/modules/{h}/"]
)
def test_facilitators_read_their_language_too(doors: Doors, path: str) -> None:
    cohort, rows, _ = speaking(doors, "gd")
    morag = choosing(doors, "morag", "gd")
    first = doors.world.see(session_view, rows[0].id).blocks[0]
    (source, title, _outcomes) = heads(doors.world, cohort)[0]
    here = path.format(s=rows[0].id, c=cohort, h=first.module_hash)
    ok(morag, here)
    with doors.world.counted() as sent:
        page = ok(morag, here)
    assert len([one for one in sent if not one.startswith(("INSERT", "UPDATE"))]) <= 6, "words are read once a process"
    assert title in page
    assert source not in page
    assert page.count(DRAFT) == 1


def test_an_accepted_catalogue_does_not_make_draft_words_accepted(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, rows, _ = speaking(doors, "cy")
    catalogues = doors.app.extensions["systems_changers"].kit.catalogues
    monkeypatch.setattr(catalogues, "_accepted", lambda _locale, _plugins: True)
    monkeypatch.setattr(catalogues, "_languages", {})
    monkeypatch.setattr(catalogues, "_made", {})
    aileen = choosing(doors, "aileen", "cy")
    assert DRAFT not in ok(aileen, "/account/")
    assert ok(aileen, "/home/").count(DRAFT) == 1
    assert ok(aileen, f"/sessions/{rows[0].id}/").count(DRAFT) == 1


def test_english_asks_for_no_words(doors: Doors) -> None:
    speaking(doors, "gd")
    with doors.world.scope() as scope, doors.world.counted() as sent:
        assert titles_in_words(scope, "en_GB") == Titles()
    assert sent == []


def test_a_sealed_record_names_the_heads_words(doors: Doors) -> None:
    _, rows, parts = speaking(doors, "gd")
    morag, here = doors.come_in("morag"), f"/sessions/{rows[0].id}"
    register = {f"here-{part}": "present" for part in parts.values()}
    morag.send(f"{here}/register", register | {"what": "deliver"}, seen_at=f"{here}/register")
    morag.send(f"{here}/write-up", {"notes": ""}, seen_at=f"{here}/write-up")
    record = doors.world.see(record_of, rows[0].id)
    assert record.holds
    for module in record.content["modules"]:
        keys = {block["key"] for block in record.content["blocks"] if block["module"] == module["hash"]}
        assert set(module["translations"]["gd"]) == {HEAD} | keys
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in module["translations"]["gd"].values())
