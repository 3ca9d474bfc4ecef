"""A module's words in another language: loaded, refused by the file's name, pinned with the plan, and shown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.curriculum.models import CanonicalTranslation
from systems_changers.core.curriculum.queries import (
    CourseModule,
    canonical_modules,
    heads_in,
    in_draft,
    kept_words,
    modules_on_offer,
    shown_in,
    translated,
)
from systems_changers.core.curriculum.rules import (
    HEAD,
    HEAD_FIELDS,
    block_hash,
    head_hash,
    module_from,
    words_from,
)
from systems_changers.core.curriculum.service import CONTENT, Loaded, pin, pin_all
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.languages import language
from tests.core.programme import World, load

SHIPPED = sorted(CONTENT.glob("*/*.toml"))
MAPPING = next(CONTENT.glob("03-*.toml"))
HEAD_WORDS = 'title = "Khariidad"\npurpose = "Arag waxa jira."\n'
BLOCK_WORDS = '[[blocks]]\nkey = "rich-picture"\ntitle = "Sawir"\n'


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def words_in(folder: Path, text: str, *, slug: str = "mapping-what-is-there") -> Path:
    """The shipped modules in a folder, with one file of words in Somali, a language that ships none."""
    for source in CONTENT.glob("*.toml"):
        (folder / source.name).write_bytes(source.read_bytes())
    (folder / "so").mkdir(exist_ok=True)
    (folder / "so" / "03-words.toml").write_text(f'slug = "{slug}"\n{text}', encoding="utf-8")
    return folder


def speaking(world: World, *locales: str) -> World:
    world.partner = replace(world.partner, locales=("en_GB", *locales))
    return world


def mapping(scope: Scope) -> CourseModule:
    return next(module for module in canonical_modules(scope.db) if module.number == 3)


# --- the files ---


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_shipped_words_stand_for_every_block_of_their_module_and_are_a_draft(file: Path) -> None:
    source, said = module_from(read(CONTENT / file.name)), read(file)
    assert language(file.parent.name).code == file.parent.name
    assert f"core:{said['slug']}" == source["identity"]
    assert set(said) - {"accepted_by"} == {"slug", *HEAD_FIELDS, "blocks"}
    assert len(said["outcomes"]) == len(source["outcomes"])
    assert [block["key"] for block in said["blocks"]] == [block["key"] for block in source["blocks"]]
    assert all(set(block) == {"key", "title", "purpose"} for block in said["blocks"])
    assert file.read_text(encoding="utf-8").startswith("# Machine draft") is not bool(said.get("accepted_by"))
    parts = [text for block in said["blocks"] for text in (block["title"], block["purpose"])]
    texts = [said["title"], said["purpose"], *said["outcomes"], *parts]
    assert all(text and text == " ".join(text.split()) for text in texts)


@pytest.mark.parametrize("locale", sorted({file.parent.name for file in SHIPPED}))
def test_a_shipped_language_has_every_module(locale: str) -> None:
    assert {file.name for file in SHIPPED if file.parent.name == locale} == {
        file.name for file in CONTENT.glob("*.toml")
    }


@pytest.mark.parametrize(
    ("slug", "text", "said"),
    [
        ("no-such-module", HEAD_WORDS, "there is no module no-such-module"),
        ("mapping-what-is-there", 'outcomes = ["Mid"]\n', "the number of outcomes is 1, not 3"),
        ("mapping-what-is-there", 'credits = ["Anna"]\n', "no field credits can be translated"),
        ("mapping-what-is-there", BLOCK_WORDS + "minutes = 3\n", "no field minutes can be translated"),
        ("mapping-what-is-there", '[[blocks]]\nkey = "tea"\n', "there is no block tea"),
        ("mapping-what-is-there", "title = 3\n", "is not a module: title"),
        ("mapping-what-is-there", '[[blocks]]\ntitle = "x"\n', "is not a module: 'key'"),
        ("mapping-what-is-there", "title = 3 =\n", "is not a module"),
    ],
)
def test_words_that_fit_no_module_are_refused_by_name(
    world: World, tmp_path: Path, slug: str, text: str, said: str
) -> None:
    folder = words_in(tmp_path, text, slug=slug)
    with world.scope(write=True) as scope, pytest.raises(Invalid, match=rf"so/03-words\.toml.*{said}"):
        load(scope, folder)


def test_no_block_goes_by_the_heads_key() -> None:
    raw = read(MAPPING)
    raw["blocks"][0]["key"] = HEAD
    with pytest.raises(Invalid, match=r"has no blocks\.key"):
        module_from(raw)


# --- loaded ---


def test_every_shipped_word_is_loaded_once(world: World) -> None:
    sources = {
        content["identity"].removeprefix("core:"): content
        for content in map(module_from, map(read, CONTENT.glob("*.toml")))
    }
    wanted = sum(len(words_from(read(file), sources, file.name)) for file in SHIPPED)
    with world.scope(write=True) as scope:
        assert scope.db.scalar(sa.select(sa.func.count()).select_from(CanonicalTranslation)) == wanted
        with as_the_kit(scope.db):
            scope.db.execute(sa.delete(CanonicalTranslation))
        assert load(scope, CONTENT) == Loaded(0, 14, wanted)
        assert load(scope, CONTENT) == Loaded(0, 14, 0)
        scope.db.rollback()


def test_newer_words_take_the_place_of_older_and_plans_keep_theirs(world: World, tmp_path: Path) -> None:
    speaking(world, "so")
    with world.scope(write=True) as scope:
        assert load(scope, words_in(tmp_path, HEAD_WORDS)) == Loaded(0, 14, 1)
        module = mapping(scope)
        first = pin(scope, "canonical", module.hash).translations["so"][HEAD]
        assert load(scope, words_in(tmp_path, HEAD_WORDS.replace("Khariidad", "Maab"))) == Loaded(0, 14, 1)
        (row,) = scope.db.scalars(sa.select(CanonicalTranslation).where(CanonicalTranslation.locale == "so"))
        assert (row.block_hash, row.content["title"]) == (head_hash(module.content), "Maab")
        assert pin(scope, "canonical", module.hash).translations["so"][HEAD] == row.hash
        assert kept_words(scope, [first])[head_hash(module.content)]["title"] == "Khariidad"
        scope.db.rollback()


# --- pinned ---


def test_heads_are_pinned_with_blocks_in_the_partners_languages(world: World) -> None:
    speaking(world, "gd")
    with world.scope(write=True) as scope:
        modules = canonical_modules(scope.db)
        pinned = pin_all(scope, [(module.origin, module.hash) for module in modules])
        for module in modules:
            hashes = pinned[module.hash].translations
            assert set(hashes) == {"gd"}
            assert set(hashes["gd"]) == {HEAD, *(block["key"] for block in module.content["blocks"])}
            said = translated(module.content, kept_words(scope, hashes["gd"].values()))
            assert said["title"] != module.title
            assert set(said["spoken"]) == set(HEAD_FIELDS)
        assert pin_all(scope, [(module.origin, module.hash) for module in modules]) == pinned
        scope.db.rollback()


def test_words_stand_for_some_fields_and_the_rest_stays_as_it_was(world: World, tmp_path: Path) -> None:
    speaking(world, "so")
    with world.scope(write=True) as scope:
        load(scope, words_in(tmp_path, HEAD_WORDS + BLOCK_WORDS))
        module = mapping(scope)
        hashes = pin(scope, "canonical", module.hash).translations["so"]
        assert set(hashes) == {HEAD, "rich-picture"}
        shown = translated(module.content, kept_words(scope, hashes.values()))
        assert (shown["title"], shown["outcomes"]) == ("Khariidad", module.content["outcomes"])
        assert shown["spoken"] == ["title", "purpose"]
        assert [block["title"] for block in shown["blocks"]][1] == "Sawir"
        assert "spoken" not in shown["blocks"][0]
        assert block_hash(module.content["blocks"][1]) != block_hash(shown["blocks"][1])
        scope.db.rollback()


@pytest.mark.parametrize(("title", "head"), [(None, True), ("Shore walk", False)])
def test_what_a_variant_leaves_alone_keeps_its_words(world: World, title: str | None, head: bool) -> None:
    from tests.core.curriculum.test_service import offer

    speaking(world, "gd")
    base = world.see(modules_on_offer)[0]
    world.offers.variants = [offer(base, title=title or base.title)]
    variant = next(module for module in world.see(modules_on_offer) if module.origin == "variant")
    hashes = world.do(pin, "variant", variant.hash).translations["gd"]
    assert (HEAD in hashes) is head
    assert base.content["blocks"][0]["key"] not in hashes
    assert {block["key"] for block in base.content["blocks"][1:]} <= set(hashes)


# --- shown ---


def test_the_library_speaks_the_readers_language(world: World) -> None:
    with world.scope() as scope:
        with world.counted() as sent:
            english, gaelic = modules_on_offer(scope), heads_in(scope, modules_on_offer(scope), "gd")
        assert len(sent) == 3
        assert heads_in(scope, english, "en_GB") == english
        assert all(there.title != here.title for there, here in zip(gaelic, english, strict=True))
        assert in_draft([module.content for module in gaelic])
        shown = shown_in(scope, english[0], "gd")
        assert shown.draft
        assert [each.block["spoken"] for each in shown.changes if each.block] == [["title", "purpose"]] * len(
            shown.changes
        )
        assert not shown_in(scope, english[0], "en_GB").draft
        assert shown_in(scope, english[0], "so").content == english[0].content


@pytest.mark.parametrize(("signed", "draft"), [('accepted_by = "Ayaan Nuur"\n', False), ("", True)])
def test_words_are_a_draft_until_a_speaker_accepts_them(
    world: World,
    tmp_path: Path,
    signed: str,
    draft: bool,
) -> None:
    with world.scope(write=True) as scope:
        load(scope, words_in(tmp_path, signed + HEAD_WORDS + BLOCK_WORDS))
        shown: Mapping[str, Any] = shown_in(scope, mapping(scope), "so").content
        assert shown["title"] == "Khariidad"
        assert in_draft([shown]) is draft
        scope.db.rollback()
