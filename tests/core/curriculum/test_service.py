"""Loading the canonical modules and pinning what a partner uses: twice is the same as once."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.core.curriculum.models import CanonicalBlock, CanonicalModule, PartnerModule
from systems_changers.core.curriculum.queries import (
    CourseModule,
    canonical_modules,
    kept_modules,
    module_by_hash,
    modules_on_offer,
)
from systems_changers.core.curriculum.rules import module_hash
from systems_changers.core.curriculum.service import CONTENT, Loaded, pin
from systems_changers.hooks.facts import VariantOffer
from systems_changers.infra.errors import Invalid, NotFound
from tests.core.programme import World, load


def offer(of: CourseModule, **values: object) -> VariantOffer:
    first = of.content["blocks"][0]
    change = {
        "action": "replace", "block": first["key"], "why": "We walk.", "effect": "keeps",
        "fields": {"title": "Walk the shore", "minutes": first["minutes"] + 10},
    }  # fmt: skip
    given = {
        "identity": "corra:shore-walk", "base": of.identity, "base_hash": of.hash, "label": "1.0",
        "title": "Shore walk", "why": "People here think on their feet.", "locale": "en_GB", "changes": (change,),
    }  # fmt: skip
    return VariantOffer(**(given | values))  # type: ignore[arg-type]


def test_the_fourteen_modules_are_there_in_order(world: World) -> None:
    with world.scope() as scope:
        modules = canonical_modules(scope.db)
    assert [module.number for module in modules] == list(range(1, 15))
    assert all(module.hash == module_hash(module.content) for module in modules)
    assert modules[2].identity == "core:mapping-what-is-there"


def test_loading_again_changes_nothing(world: World) -> None:
    with world.scope(write=True) as scope:
        blocks = scope.db.scalar(sa.select(sa.func.count()).select_from(CanonicalBlock))
        assert load(scope, CONTENT) == Loaded(0, 14, 0)
        assert scope.db.scalar(sa.select(sa.func.count()).select_from(CanonicalBlock)) == blocks


def test_a_new_text_withdraws_the_old_one_and_keeps_it(world: World, tmp_path: Path) -> None:
    source = next(CONTENT.glob("03-*.toml"))
    newer = source.read_text(encoding="utf-8").replace("Draw a rich picture", "Draw a rich picture together")
    (tmp_path / source.name).write_text(newer, encoding="utf-8")
    with world.scope(write=True) as scope:
        before = next(module for module in canonical_modules(scope.db) if module.number == 3)
        assert load(scope, tmp_path) == Loaded(1, 0, 0)
        after = next(module for module in canonical_modules(scope.db) if module.number == 3)
        assert after.hash != before.hash
        found = module_by_hash(scope, before.hash)
        assert found is not None
        assert (found.behind, found.content) == (True, before.content)
        load(scope, CONTENT)
        assert next(m for m in canonical_modules(scope.db) if m.number == 3).hash == before.hash
        scope.db.rollback()


def test_a_broken_file_is_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "01-broken.toml").write_text("title = 3 =", encoding="utf-8")
    with world.scope(write=True) as scope, pytest.raises(Invalid, match=r"01-broken\.toml"):
        load(scope, tmp_path)


def test_a_variant_is_offered_with_its_base_and_pinned_with_a_copy_of_it(world: World) -> None:
    base = world.see(modules_on_offer)[0]
    world.offers.variants = [offer(base)]
    variant = next(module for module in world.see(modules_on_offer) if module.origin == "variant")
    assert variant.canonical_hash == base.hash
    assert variant.minutes == base.minutes + 10
    assert world.do(pin, "variant", variant.hash).module.hash == variant.hash
    assert world.do(pin, "variant", variant.hash).module.hash == variant.hash
    world.offers.variants = []
    kept = world.see(module_by_hash, variant.hash)
    assert (kept.title, kept.plugin, kept.why) == ("Shore walk", "corra", "People here think on their feet.")
    assert kept.base == base.content
    assert [each.kind for each in kept.block_changes].count("replace") == 1
    with world.scope() as scope:
        assert scope.db.scalar(sa.select(sa.func.count()).select_from(PartnerModule)) == 1


MANY_MINUTES = {"key": "tea", "title": "Tea", "tier": "core", "setting": "room", "minutes": "many"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"base_hash": ""}, "No module {base} with the hash  is known here."),
        ({"base_hash": "sha256:0"}, "No module {base} with the hash sha256:0 is known here."),
        ({"base": "core:other"}, "No module core:other with the hash {hash} is known here."),
        ({"changes": ({"action": "drop", "block": "gone"},)}, "There is no block gone to change."),
        ({"changes": ({"action": "add", "fields": MANY_MINUTES},)}, "TypeError: "),
        ({"changes": ("drop it",)}, "AttributeError: 'str' object has no attribute 'get'"),
    ],
)
def test_a_variant_without_its_base_is_left_out_and_reported(world: World, change: dict[str, object], why: str) -> None:
    base = world.see(modules_on_offer)[0]
    world.offers.variants = [offer(base, **change)]
    with world.scope() as scope:
        assert {module.origin for module in modules_on_offer(scope)} == {"canonical"}
    ((fault),) = scope.hooks.faults
    said = f"corra:shore-walk: {why.format(base=base.identity, hash=base.hash)}"
    assert (fault.plugin, fault.hook, fault.why[: len(said)]) == ("corra", "sc_offer_variants", said)


def test_the_same_label_with_another_text_is_another_module(world: World) -> None:
    base = world.see(modules_on_offer)[0]
    world.offers.variants = [offer(base), offer(base, identity="corra:other", title="Other walk")]
    made = [module for module in world.see(modules_on_offer) if module.origin == "variant"]
    assert len({module.hash for module in made}) == 2
    assert {module.label for module in made} == {"1.0"}


def test_what_is_not_on_offer_cannot_be_pinned(world: World) -> None:
    base = world.see(modules_on_offer)[0]
    with pytest.raises(NotFound):
        world.do(pin, "canonical", "sha256:0")
    with pytest.raises(NotFound):
        world.do(pin, "variant", base.hash)


def test_another_partner_keeps_nothing_of_it(world: World) -> None:
    base = world.see(modules_on_offer)[0]
    world.do(pin, "canonical", base.hash)
    with world.scope("stranger") as scope:
        assert scope.db.scalar(sa.select(sa.func.count()).select_from(PartnerModule)) == 0
        assert kept_modules(scope, [base.hash]) == {}


def test_the_library_asks_once_whatever_is_on_offer(world: World) -> None:
    with world.scope() as scope, world.counted() as sent:
        modules_on_offer(scope)
    assert len(sent) == 1


def test_withdrawn_modules_are_not_current(world: World) -> None:
    with world.scope() as scope:
        assert scope.db.scalar(sa.select(sa.func.count()).where(CanonicalModule.withdrawn_at.is_(None))) == 14
