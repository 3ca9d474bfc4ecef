"""Reads `plugin.toml`, the plugin's own description, before any of its code runs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from systems_changers.hooks.shapes import sentences
from systems_changers.infra.errors import Invalid
from systems_changers.infra.languages import language
from systems_changers.infra.text import msg


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a plugin says of itself; folders are absolute, `code` is the module that holds its hooks."""

    slug: str
    title: str
    version: str
    kit: str
    code: str
    folder: Path
    description: str = ""
    requires: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    personal_tables: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    requires_core: str | None = None

    @property
    def templates(self) -> Path:
        return self.folder / "templates"

    @property
    def translations(self) -> Path:
        return self.folder / "translations"

    @property
    def migrations(self) -> Path:
        return self.folder / "migrations" / "versions"


KINDS = {"text": str, "number": int, "yes_no": bool, "choice": str}


class SettingSchema(Schema):
    """One setting of a plugin at a partner."""

    class Meta:
        unknown = RAISE

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    label = fields.String(required=True)
    hint = fields.String()
    default = fields.Raw()
    choices = fields.List(fields.String())
    least = fields.Integer()
    most = fields.Integer()

    @validates_schema
    def _default_is_possible(self, values: dict[str, Any], **_: Any) -> None:
        kind, default = values["kind"], values.get("default")
        least, most = values.get("least"), values.get("most")
        if kind == "choice" and not values.get("choices"):
            raise ValidationError("a choice needs some.", "choices")
        if default is None:
            return
        if type(default) is not KINDS[kind]:
            raise ValidationError(f"{default!r} is not what a setting of the kind {kind} holds.", "default")
        if kind == "choice" and default not in values["choices"]:
            raise ValidationError(f"{default!r} is not among the choices.", "default")
        if (kind == "number" and not (least is None or least <= default)) or (most is not None and default > most):
            raise ValidationError(f"{default} is not between least and most.", "default")


SLUG = r"^[a-z][a-z0-9-]{1,39}$"
SLUG_SAID = "use 2 to 40 lower-case letters, digits and hyphens, a letter first, such as corra-scotland."


class ManifestSchema(Schema):
    """The shape of plugin.toml; anything unknown is a mistake worth telling."""

    class Meta:
        unknown = RAISE

    slug = fields.String(required=True, validate=validate.Regexp(SLUG, error=SLUG_SAID))
    title = fields.String(required=True)
    version = fields.String(required=True)
    kit = fields.String(required=True, metadata={"hint": "a PEP 440 range, such as >=0.1,<0.2"})
    description = fields.String()
    requires = fields.List(fields.String())
    wants = fields.List(fields.String())
    tables = fields.List(fields.String())
    personal_tables = fields.List(fields.String())
    languages = fields.List(fields.String())
    requires_core = fields.String()
    settings = fields.Dict(keys=fields.String(), values=fields.Nested(SettingSchema))


def read_manifest(file: Path, code: str) -> Manifest:
    """The manifest in `file`; raises Invalid with a sentence that names what is wrong."""
    schema = ManifestSchema()
    try:
        values = schema.load(tomllib.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        raise Invalid(msg("%(file)s is missing.", file=str(file))) from None
    except tomllib.TOMLDecodeError as error:
        raise Invalid(msg("%(file)s is not valid TOML: %(why)s", file=str(file), why=str(error))) from None
    except ValidationError as error:
        raise Invalid(msg("%(file)s: %(why)s", file=str(file), why=sentences(schema, error))) from None
    for name in ("requires", "wants", "tables", "personal_tables", "languages"):
        values[name] = tuple(values.get(name, ()))
    prefix = values["slug"].replace("-", "_") + "_"
    stray = [table for table in values["tables"] if not table.startswith(prefix)]
    if stray:
        raise Invalid(msg("%(table)s must begin with %(prefix)s.", table=stray[0], prefix=prefix))
    unlisted = set(values["personal_tables"]) - set(values["tables"])
    if unlisted:
        raise Invalid(msg("Its table %(table)s must be listed in `tables`.", table=min(unlisted)))
    for code_ in values["languages"]:
        language(code_)  # raises Invalid for one that nobody knows
    if code.endswith(".py") and not Path(code).is_file():
        raise Invalid(msg("%(file)s is missing.", file=code))
    return Manifest(code=code, folder=file.parent, **values)
