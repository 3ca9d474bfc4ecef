"""A manifest is read before any code, and says in a sentence what is wrong with it."""

from pathlib import Path

import pytest

from systems_changers.hooks.manifest import read_manifest
from systems_changers.infra.errors import Invalid

GOOD = 'slug = "tea"\ntitle = "Tea"\nversion = "1.0"\nkit = ">=0.1"\n'


def read(folder: Path, text: str) -> str:
    """What is wrong with a manifest, or its slug."""
    file = folder / "plugin.toml"
    file.write_text(text, "utf-8")
    try:
        return read_manifest(file, "tea").slug
    except Invalid as error:
        return str(error)


def test_a_manifest_says_where_everything_is(tmp_path: Path) -> None:
    (tmp_path / "plugin.toml").write_text(GOOD + 'tables = ["tea_cup"]\nlanguages = ["gd"]\n', "utf-8")
    found = read_manifest(tmp_path / "plugin.toml", "tea.plugin")
    assert (found.code, found.tables, found.languages, found.requires) == ("tea.plugin", ("tea_cup",), ("gd",), ())
    assert found.templates == tmp_path / "templates"
    assert found.translations == tmp_path / "translations"
    assert found.migrations == tmp_path / "migrations" / "versions"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"tea"', '"Tea!"'), "slug"),
        (GOOD + "extra = 1\n", "Unknown field"),
        (GOOD + 'tables = ["cohort"]\n', "cohort must begin with tea_."),
        (GOOD + "title = \n", "is not valid TOML"),
        (GOOD.replace("kit", "kat"), "Missing data"),
        (GOOD + '[settings.cups]\nkind = "colour"\nlabel = "Cups"\n', "Must be one of"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert said in read(tmp_path, text)


def test_a_missing_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is missing"):
        read_manifest(tmp_path / "plugin.toml", "tea")
