"""Variants are read from files; what is wrong in one is said with its name."""

from pathlib import Path

import pytest

from systems_changers.hooks.offers import read_variants
from systems_changers.infra.errors import Invalid

HASH = "sha256:" + "0" * 64
GOOD = f'''
slug = "walk"
base = "core:mapping-what-is-there"
base_hash = "{HASH}"
label = "1.0"
title = "A walk"
why = "Because."
[[changes]]
action = "replace"
block = "rich-picture"
why = "Outside."
effect = "keeps"
[changes.fields]
minutes = 60
'''


def test_a_file_is_an_offer(tmp_path: Path) -> None:
    (tmp_path / "03-walk.toml").write_text(GOOD, "utf-8")
    (offer,) = read_variants(tmp_path, "corra-scotland")
    assert (offer.identity, offer.base_hash, offer.locale) == ("corra-scotland:walk", HASH, "en_GB")
    assert offer.changes[0]["fields"] == {"minutes": 60}
    assert "fields_" not in offer.changes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace(HASH, ""), "base_hash"),
        (GOOD.replace('"replace"', '"burn"'), "Must be one of"),
        (GOOD + "[[", "is not valid TOML"),
        (GOOD.replace("why", "because", 1), "is not known here; it can be"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.toml").write_text(text, "utf-8")
    with pytest.raises(Invalid, match=said) as caught:
        read_variants(tmp_path, "x")
    assert "bad.toml" in str(caught.value)
