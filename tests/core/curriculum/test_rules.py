"""Canonical form, hashes and patches: the rules that decide what is the same and what has changed."""

from __future__ import annotations

from typing import Any

import pytest

from systems_changers.core.curriculum.rules import (
    apply_patch,
    block_changes,
    block_hash,
    canonical,
    content_hash,
    kept_elements,
    module_from,
    module_hash,
    translation_hash,
    variant_hash,
)
from systems_changers.infra.errors import Invalid


def block(
    key: str, minutes: int = 60, *, tier: str = "fixed", keeps: tuple[str, ...] = (), setting: str = "room"
) -> dict[str, Any]:
    return {
        "key": key, "tier": tier, "setting": setting, "title": key.title(), "purpose": "Why.", "minutes": minutes,
        "group": "pairs", "group_least": 2, "group_most": 2, "steps": ["Begin."], "notes": "", "materials": [],
        "keeps": list(keeps),
    }  # fmt: skip


def module(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": 3, "slug": "mapping", "label": "1.0", "stage": "see", "lenses": ["system"], "title": "Mapping",
        "purpose": "See.", "outcomes": ["You can map."], "credits": [],
        "minutes": {"least": 90, "typical": sum(b["minutes"] for b in blocks if b["setting"] == "room"), "most": 150},
        "field_minutes": sum(b["minutes"] for b in blocks if b["setting"] == "field"), "follow_up_minutes": 0,
        "must_keep": [{"key": "voices", "text": "Missing voices."}], "blocks": list(blocks),
    }  # fmt: skip


BASE = module_from(module(block("map", keeps=("voices",)), block("walk", 30), block("talk", 30, tier="free")))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None, "x"]}, b'{"a":[true,null,"x"],"b":1}'),
        # RFC 8785 section 3.2.3: keys sort by UTF-16 code units, so the emoji (a surrogate pair) precedes U+FB00.
        # The example there has U+FB33, which NFC takes apart.
        ({"\u20ac": 1, "\r": 2, "\ufb00": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
         '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb00":3}'.encode()),
        ("\u000f\b\t\n\f\"\\/\u2028", '"\\u000f\\b\\t\\n\\f\\"\\\\/\u2028"'.encode()),
        ("A\u030a", '"\u00c5"'.encode()),
        (2**53 - 1, b"9007199254740991"),
        ((1, (2,)), b"[1,[2]]"),
    ],
)  # fmt: skip
def test_canonical_form(value: object, written: bytes) -> None:
    assert canonical(value) == written


@pytest.mark.parametrize("value", [1.0, 2**53, {1: 2}, {"\u00c5": 1, "A\u030a": 2}, "\ud800", {"\ud800": 1}, b"x", {1}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(Invalid) as caught:
        canonical(value)
    assert caught.value.code == "not_canonical"


def test_a_hash_is_the_sha256_of_the_canonical_form() -> None:
    # printf '{"a":1}' | sha256sum
    assert content_hash({"a": 1}) == "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_the_label_does_not_count_and_everything_else_does() -> None:
    before = module_hash(BASE)
    assert module_hash(BASE | {"label": "2.0"}) == before
    assert module_hash(BASE | {"title": "Maps"}) != before
    assert module_hash(BASE | {"locale": "gd"}) != before
    assert module_hash(BASE | {"blocks": BASE["blocks"][::-1]}) != before
    changed = [dict(BASE["blocks"][0], notes="Mind the door."), *BASE["blocks"][1:]]
    assert module_hash(BASE | {"blocks": changed}) != before


def test_translations_and_variants_hang_on_what_they_were_made_from() -> None:
    first, second = (block_hash(each) for each in BASE["blocks"][:2])
    assert translation_hash(first, "gd", {"title": "Mapa"}) != translation_hash(second, "gd", {"title": "Mapa"})
    assert translation_hash(first, "gd", {"title": "Mapa"}) != translation_hash(first, "cy", {"title": "Mapa"})
    assert variant_hash("sha256:a", {"changes": []}) != variant_hash("sha256:b", {"changes": []})


def test_a_patch_replaces_adds_drops_moves_and_adds_up_minutes() -> None:
    made = apply_patch(
        BASE,
        [
            {"action": "replace", "block": "map", "fields": {"minutes": 90, "title": "Asset map"}},
            {"action": "add", "after": "", "fields": block("ice", 15, tier="free")},
            {"action": "add", "after": "map", "fields": block("diary", 120, setting="field")},
            {"action": "drop", "block": "walk"},
            {"action": "move", "block": "talk", "after": "ice"},
        ],
        title="Community asset walk",
    )
    assert [each["key"] for each in made["blocks"]] == ["ice", "talk", "map", "diary"]
    assert made["blocks"][2]["title"] == "Asset map"
    assert made["minutes"] == {"least": 90, "typical": 135, "most": 150}
    assert (made["field_minutes"], made["title"]) == (120, "Community asset walk")
    assert [each["key"] for each in BASE["blocks"]] == ["map", "walk", "talk"]


@pytest.mark.parametrize(
    "change",
    [
        {"action": "replace", "block": "gone", "fields": {}},
        {"action": "drop", "block": "gone"},
        {"action": "move", "block": "map", "after": "gone"},
        {"action": "add", "after": "gone", "fields": block("new")},
        {"action": "add", "after": "", "fields": block("map")},
        {"action": "add", "after": "", "fields": {"key": "new"}},
        {"action": "replace", "block": "map", "fields": {"key": "other"}},
        {"action": "replace", "block": "map", "fields": {"colour": "red"}},
        {"action": "bake", "block": "map"},
    ],
)
def test_a_patch_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        apply_patch(BASE, [change])
    assert caught.value.code == "bad_patch"


def test_every_block_says_what_became_of_it() -> None:
    changes: list[dict[str, Any]] = [
        {"action": "replace", "block": "map", "why": "Outdoors.", "effect": "unclear", "fields": {"minutes": 90}},
        {"action": "drop", "block": "walk", "why": "No bus.", "effect": "keeps"},
    ]
    made = block_changes(BASE, apply_patch(BASE, changes), changes)
    assert [(each.key, each.kind, each.effect, each.fields) for each in made] == [
        ("map", "replace", "unclear", ("minutes",)),
        ("walk", "drop", "keeps", ()),
        ("talk", "kept", "keeps", ()),
    ]
    assert made[1].why == "No bus."


def test_a_core_element_that_no_block_carries_is_seen_to_be_gone() -> None:
    made = apply_patch(BASE, [{"action": "drop", "block": "map"}])
    assert kept_elements(BASE, made) == [("Missing voices.", False)]
    assert kept_elements(BASE, BASE) == [("Missing voices.", True)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stage": "later"}, "stage"),
        ({"minutes": {"least": 1, "typical": 2, "most": 3}}, "add up"),
        ({"must_keep": [{"key": "other", "text": "?"}]}, "must be kept"),
        (
            {
                "blocks": [block("map", keeps=("voices",)), block("map")],
                "minutes": {"least": 1, "typical": 120, "most": 3},
            },
            "twice",
        ),
    ],
)
def test_a_module_that_is_none_says_why(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        module_from(module(block("map", keeps=("voices",))) | change)
