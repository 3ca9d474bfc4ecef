"""Reads a plugin's variants from its own folder of TOML files, so that writing one needs no Python."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from systems_changers.hooks.facts import VariantOffer
from systems_changers.hooks.shapes import sentences
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import msg


class ChangeSchema(Schema):
    """One change of a variant: what it does to which block, why, and whether the core element is kept."""

    class Meta:
        unknown = RAISE

    action = fields.String(required=True, validate=validate.OneOf(["replace", "add", "drop", "move"]))
    block = fields.String()
    after = fields.String()
    why = fields.String(required=True)
    effect = fields.String(required=True, validate=validate.OneOf(["keeps", "changes", "unclear"]))
    fields_ = fields.Dict(data_key="fields", keys=fields.String())


SLUG_SAID = "use 2 to 80 lower-case letters, digits and hyphens, a letter first."
HASH_SAID = "use sha256: and 64 digits from 0 to f, as the module's page gives them."


class VariantSchema(Schema):
    """A variant file."""

    class Meta:
        unknown = RAISE

    slug = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]{1,79}$", error=SLUG_SAID))
    base = fields.String(required=True)
    base_hash = fields.String(required=True, validate=validate.Regexp(r"^sha256:[0-9a-f]{64}$", error=HASH_SAID))
    label = fields.String(required=True)
    title = fields.String(required=True)
    why = fields.String(required=True)
    locale = fields.String(load_default="en_GB")
    changes = fields.List(fields.Nested(ChangeSchema), required=True, validate=validate.Length(min=1))


def read_variants(folder: Path, plugin: str) -> tuple[VariantOffer, ...]:
    """The variants in `folder`, by file name; raises Invalid with the file and what is wrong in it."""
    return tuple(_read(file, plugin) for file in sorted(folder.glob("*.toml")))


def _read(file: Path, plugin: str) -> VariantOffer:
    schema = VariantSchema()
    try:
        values: dict[str, Any] = schema.load(tomllib.loads(file.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise Invalid(msg("%(file)s is not valid TOML: %(why)s", file=file.name, why=str(error))) from None
    except ValidationError as error:
        raise Invalid(msg("%(file)s: %(why)s", file=file.name, why=sentences(schema, error))) from None
    slug = values.pop("slug")
    changes = tuple({key.rstrip("_"): value for key, value in change.items()} for change in values.pop("changes"))
    return VariantOffer(identity=f"{plugin}:{slug}", changes=changes, **values)
