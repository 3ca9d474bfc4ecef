"""The reference pages name everything there is: keys of plugin.toml, and names of the toolkit with their arguments."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from marshmallow import Schema

from systems_changers import toolkit
from systems_changers.app import house_of
from systems_changers.hooks.facts import Page, Redirect, RequestFacts
from systems_changers.hooks.manifest import ManifestSchema, SettingSchema
from systems_changers.infra.paths import PACKAGE
from systems_changers.testing.instance import Instance
from systems_changers.web import pages

DOCS = PACKAGE.parent / "docs"
ROW = re.compile(r"^\| `(?P<key>[^`]+)` \| (?P<said>.+) \|$", re.MULTILINE)


def rows(page: str, heading: str) -> dict[str, str]:
    """A section's table: what stands in backticks in the first column, and the rest."""
    text = (DOCS / page).read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {found["key"]: found["said"] for found in ROW.finditer(text)}


@pytest.mark.parametrize(("heading", "schema"), [("Keys", ManifestSchema), ("Keys of a setting", SettingSchema)])
def test_every_key_of_the_manifest_is_told(heading: str, schema: type[Schema]) -> None:
    told = {key: said.partition(" |")[0] for key, said in rows("manifest.md", heading).items()}
    assert told == {key: "yes" if each.required else "no" for key, each in schema().fields.items()}


def test_the_example_is_a_manifest() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (DOCS / "manifest.md").read_text("utf-8"), re.DOTALL)
    assert ManifestSchema().validate(tomllib.loads(example)) == {}


def test_the_kinds_of_setting_are_told() -> None:
    (kinds,) = SettingSchema().fields["kind"].validators
    told = rows("manifest.md", "Keys of a setting")["kind"]
    assert re.findall(r"`(\w+)`", told) == list(kinds.choices)  # type: ignore[attr-defined]  # it is a OneOf


def toolkit_rows() -> dict[str, str]:
    """Names of the toolkit as the page tells them, each with its arguments."""
    text = (DOCS / "toolkit.md").read_text("utf-8").partition("\n## JSON\n")[0]
    signs = [found["key"] for found in ROW.finditer(text)]
    return {name: arguments for name, _, arguments in (sign.partition("(") for sign in signs)}


def test_the_pages_of_the_kit_have_these_addresses(instance: Instance) -> None:
    paths = house_of(instance.app).paths
    told = rows("toolkit.md", "Pages of the kit")
    assert len(told) > 20
    for endpoint, said in told.items():
        values = dict.fromkeys(re.findall(r"`(\w+)`", said.partition(" | ")[0]), "1")
        assert "?" not in paths.build("", endpoint, values)
        assert not paths.is_instance(endpoint)


def test_every_name_of_the_toolkit_is_told() -> None:
    assert sorted(toolkit_rows()) == sorted(toolkit.__all__)


@pytest.mark.parametrize("name", sorted(toolkit.__all__))
def test_a_names_arguments_are_its_own(name: str) -> None:
    told = re.findall(r"\*{0,2}\w+", toolkit_rows()[name].rstrip(")"))
    thing = getattr(toolkit, name)
    if is_dataclass(thing):
        assert told == [each.name for each in fields(thing)]
    elif inspect.isfunction(thing):
        starred: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        parameters = inspect.signature(thing).parameters.values()
        assert told == [starred.get(each.kind, "") + each.name for each in parameters]


MACRO = re.compile(r"{% macro (?P<name>[a-z]\w*)\((?P<arguments>.*)\) -?%}")
HOMES = {"parts": ("parts", "lists", "notes"), "fields": ("fields",), "charts": ("charts",)}


def test_every_macro_is_told_with_its_arguments() -> None:
    there = {}
    for imported, files in HOMES.items():
        for file in files:
            text = (PACKAGE / "web" / "templates" / "web" / f"{file}.html").read_text("utf-8")
            for found in MACRO.finditer(text):
                names = [each.partition("=")[0].strip() for each in re.split(r",(?![^(]*\))", found["arguments"])]
                there[f"{imported}.{found['name']}"] = [each for each in names if each]
    told = {key.partition("(")[0]: re.findall(r"\w+", key.partition("(")[2]) for key in rows("templates.md", "Macros")}
    assert told == there


def test_every_block_of_a_page_is_told() -> None:
    page = (PACKAGE / "web" / "templates" / "web" / "page.html").read_text("utf-8")
    assert set(rows("templates.md", "The page")) == set(re.findall(r"{% block (\w+) %}", page))


def test_every_name_that_a_template_is_given_is_told() -> None:
    text = (DOCS / "templates.md").read_text("utf-8").partition("## Words")[0]
    told = {name for line in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)", line)}
    inner = {"brand_css", "nav", "demo", "notices", "here"}
    given = set(re.findall(r'^        "(\w+)": ', inspect.getsource(pages.context), re.MULTILINE))
    assert told == given - inner


def test_the_form_of_the_page_on_templates_works() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "templates.md").read_text("utf-8"), re.DOTALL)
    row = SimpleNamespace(words="Old", version=2)
    made: dict[str, Any] = {"find": lambda _scope, _note: row}
    exec(compile(example, "docs/templates.md", "exec"), made)

    def save(words: str, version: int) -> Page | Redirect:
        form = {"words": words, "version": str(version), "csrf_token": "x"}
        answer: Page | Redirect = made["save"](None, RequestFacts("POST", {}, form, "en_GB"), 1)
        return answer

    blank = made["edit"](None, None, 1).values["form"]
    assert (blank.version, blank.fields["words"].value) == (2, "Old")
    wrong, late = save("", 2), save("New", 1)
    assert isinstance(wrong, Page)
    assert isinstance(late, Page)
    assert (wrong.status, late.status, row.words) == (422, 409, "Old")
    assert [each[1:] for each in late.values["form"].both] == [(("New",), ("Old",))]
    assert isinstance(save("New", 2), Redirect)
    assert row.words == "New"
