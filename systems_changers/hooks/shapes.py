"""Says what is wrong with a plugin's TOML, a sentence a key, each with the key's whole path and what it can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields

MISSING = fields.Field.default_error_messages["required"]
WHOLE = "_schema"


def sentences(schema: Schema, found: ValidationError) -> str:
    """Everything that is wrong, for the plugin's author."""
    return " ".join(_told(schema, "", found.messages))


def _told(shape: Schema | fields.Field[Any] | None, path: str, said: Any) -> Iterator[str]:
    if isinstance(shape, fields.Nested):
        shape = shape.schema
    if isinstance(said, list):
        yield from (f"{path} is missing." if each == MISSING else f"{path}: {each}" for each in said)
        return
    for key, inner in said.items():
        if isinstance(shape, fields.Dict):
            parts = {"key": shape.key_field, "value": shape.value_field}
            for part, each in inner.items():
                yield from _told(parts[part], f"{path}.{key}", each)
        elif isinstance(shape, fields.List):
            yield from _told(shape.inner, f"{path}[{key}]", inner)
        elif isinstance(shape, Schema):
            yield from _key(shape, path, key, inner)
        else:
            yield from _told(None, f"{path}.{key}", inner)


def _key(schema: Schema, path: str, key: str, said: Any) -> Iterator[str]:
    known = {each.data_key or name: each for name, each in schema.fields.items()}
    own = f"{path}.{key}" if path else key
    if key == WHOLE:
        yield from _told(None, path, said)
    elif key in known:
        yield from _told(known[key], own, said)
    else:
        yield f"{own} is not known here; it can be {', '.join(sorted(known))}."
