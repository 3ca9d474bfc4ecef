"""The forms about a partner: its details, look and words, and a plugin's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from systems_changers.hooks.facts import Brand
from systems_changers.hooks.manifest import Manifest
from systems_changers.infra.text import N_
from systems_changers.web.brand import COLOURS

SCHEMES = ("light", "dark")
COLOUR_LABELS = {
    "main": N_("Main"),
    "on_main": N_("Text on main"),
    "accent": N_("Accent"),
    "on_accent": N_("Text on accent"),
    "paper": N_("Page"),
    "ink": N_("Text"),
    "soft": N_("Soft"),
}
FONTS = {
    'system-ui, "Segoe UI", sans-serif': N_("Plain"),
    '"Avenir Next", Avenir, Corbel, "Segoe UI", system-ui, sans-serif': N_("Warm"),
    "Georgia, Charter, Cambria, serif": N_("Bookish"),
    '"Trebuchet MS", Candara, Verdana, sans-serif': N_("Friendly"),
}
RADII = {"0": N_("Square"), "6px": N_("A little round"), "10px": N_("Round"), "18px": N_("Very round")}


class DetailsForm(Schema):
    """Name, languages, time zone, domains, and whom to turn to."""

    name = fields.String(required=True, validate=validate.Length(max=200), metadata={"label": N_("Name")})
    locales = fields.List(
        fields.String(),
        required=True,
        metadata={
            "label": N_("Languages"),
            "hint": N_("Readers choose among these. The first ticked is your own."),
            "widget": "checkboxes",
        },
    )
    time_zone = fields.String(
        required=True,
        validate=validate.Length(max=60),
        metadata={"label": N_("Time zone"), "hint": N_("Such as Europe/London."), "spellcheck": "false"},
    )
    domains = fields.String(
        load_default="",
        validate=validate.Length(max=2000),
        metadata={
            "label": N_("Domains of your own"),
            "hint": N_("One a line, such as changers.example.org; each must point to this site."),
            "rows": 2,
            "spellcheck": "false",
        },
    )
    care_name = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={"label": N_("Who looks after safeguarding"), "hint": N_("Shown where a cohort names nobody.")},
    )
    care_contact = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"label": N_("How to reach them")}
    )


def _colours() -> dict[str, fields.Field[Any]]:
    return {
        f"{scheme}_{name}": fields.String(
            required=True,
            validate=validate.Regexp(r"^#[0-9a-fA-F]{6}$"),
            metadata={"label": COLOUR_LABELS[name], "widget": "color"},
        )
        for scheme in SCHEMES
        for name in COLOURS
    }


def _choice(label: str, choices: Mapping[str, str]) -> fields.String:
    return fields.String(required=True, metadata={"label": label, "choices": choices, "widget": "select"})


BrandForm = Schema.from_dict(
    {
        "tagline": fields.String(
            load_default="", validate=validate.Length(max=200), metadata={"label": N_("A line under the name")}
        ),
        "mark": fields.String(
            load_default="",
            validate=validate.Length(max=4),
            metadata={"label": N_("Mark"), "hint": N_("One to four letters that stand for you.")},
        ),
        "head_font": _choice(N_("Headings"), FONTS),
        "body_font": _choice(N_("Text"), FONTS),
        "radius": _choice(N_("Corners"), RADII),
        **_colours(),
    },
    name="BrandForm",
)


def brand_values(brand: Brand) -> dict[str, Any]:
    """A brand as the form holds it; fonts and corners that the form doesn't offer become its first choice."""
    values = {name: getattr(brand, name) for name in ("tagline", "mark", "head_font", "body_font", "radius")}
    for name, offered in (("head_font", FONTS), ("body_font", FONTS), ("radius", RADII)):
        if values[name] not in offered:
            values[name] = next(iter(offered))
    for scheme in SCHEMES:
        values |= {f"{scheme}_{name}": colour for name, colour in asdict(getattr(brand, scheme)).items()}
    return values


def brand_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the form said, as a brand is stored."""
    plain = {name: values[name] for name in ("tagline", "mark", "head_font", "body_font", "radius") if values[name]}
    return plain | {scheme: {name: values[f"{scheme}_{name}"] for name in COLOURS} for scheme in SCHEMES}


class TermForm(Schema):
    """The partner's own words for the kit's."""

    locale = fields.String(required=True, metadata={"label": N_("Language"), "widget": "select"})
    msgid = fields.String(
        required=True,
        validate=validate.Length(max=2000),
        metadata={
            "label": N_("The kit's words, in English"),
            "hint": N_("Exactly as they are on the page, such as Cohort."),
        },
    )
    text = fields.String(required=True, validate=validate.Length(max=2000), metadata={"label": N_("Your words")})


def settings_form(manifest: Manifest) -> type[Schema]:
    """A form from the settings that a plugin's manifest declares; its labels are the plugin's own msgids."""
    return Schema.from_dict({name: _setting(spec) for name, spec in manifest.settings.items()}, name="SettingsForm")


def _setting(spec: Mapping[str, Any]) -> fields.Field[Any]:
    said = {"label": spec["label"], "hint": spec.get("hint", "")}
    if spec["kind"] == "yes_no":
        return fields.Boolean(load_default=False, metadata=said)
    if spec["kind"] == "number":
        limits = validate.Range(min=spec.get("least"), max=spec.get("most"))
        bounded = spec.get("least") is not None or spec.get("most") is not None
        return fields.Integer(required=True, validate=limits if bounded else None, metadata=said)
    if spec["kind"] == "choice":
        return fields.String(required=True, validate=validate.OneOf(spec.get("choices", [])), metadata=said)
    return fields.String(load_default="", validate=validate.Length(max=500), metadata=said)
