"""What is wrong with a plugin's TOML is a sentence a key, with the key's whole path."""

import pytest
from marshmallow import ValidationError

from systems_changers.hooks.offers import VariantSchema
from systems_changers.hooks.shapes import sentences


def test_every_problem_has_its_path() -> None:
    schema = VariantSchema()
    given = {"slug": "Tea", "base": "core:x", "base_hash": "sha256:0", "label": "1", "title": "T", "why": "w",
             "changes": [{"action": "drop", "why": "w", "effect": "none", "blok": "b"}, {}]}  # fmt: skip
    with pytest.raises(ValidationError) as found:
        schema.load(given)
    said = sentences(schema, found.value)
    for sentence in (
        "slug: use 2 to 80 lower-case letters, digits and hyphens, a letter first.",
        "base_hash: use sha256: and 64 digits from 0 to f, as the module's page gives them.",
        "changes[0].effect: Must be one of: keeps, changes, unclear.",
        "changes[0].blok is not known here; it can be action, after, block, effect, fields, why.",
        "changes[1].action is missing.",
    ):
        assert sentence in said


def test_what_concerns_the_whole_and_what_is_nested_is_told_too() -> None:
    found = ValidationError({"_schema": ["Both at once."], "slug": {"deep": ["Not this one."]}})
    assert sentences(VariantSchema(), found) == ": Both at once. slug.deep: Not this one."
