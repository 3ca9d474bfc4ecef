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


SETTING = GOOD + '[settings.cups]\nlabel = "Cups"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"tea"', '"Tea!"'), "slug: use 2 to 40 lower-case letters, digits and hyphens, a letter first"),
        (GOOD + "extra = 1\n", "extra is not known here; it can be description, kit, languages, "),
        (GOOD + 'tables = ["cohort"]\n', "cohort must begin with tea_."),
        (GOOD + 'personal_tables = ["tea_cup"]\n', "Its table tea_cup must be listed in `tables`."),
        (GOOD + "title = \n", "is not valid TOML"),
        (GOOD.replace("kit", "kat"), "kit is missing."),
        (GOOD + 'languages = ["gd", "klingon"]\n', "No language klingon is known here."),
        (SETTING, "settings.cups.kind is missing."),
        (SETTING + 'kind = "colour"\n', "settings.cups.kind: Must be one of: text, number, yes_no, choice."),
        (SETTING + 'kind = "number"\nmin = 1\n', "settings.cups.min is not known here; it can be choices, default, "),
        (
            SETTING + 'kind = "number"\ndefault = "many"\n',
            "settings.cups.default: 'many' is not what a setting of the kind number holds.",
        ),
        (
            SETTING + 'kind = "number"\ndefault = true\n',
            "True is not what a setting of the kind number holds.",
        ),
        (SETTING + 'kind = "number"\ndefault = 0\nleast = 1\n', "default: 0 is not between least and most."),
        (SETTING + 'kind = "number"\ndefault = 9\nmost = 8\n', "default: 9 is not between least and most."),
        (SETTING + 'kind = "yes_no"\ndefault = 1\n', "default: 1 is not what a setting of the kind yes_no holds."),
        (SETTING + 'kind = "choice"\n', "settings.cups.choices: a choice needs some."),
        (SETTING + 'kind = "choice"\nchoices = ["a"]\ndefault = "b"\n', "default: 'b' is not among the choices."),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert said in read(tmp_path, text)


def test_a_possible_default_is_fine(tmp_path: Path) -> None:
    kinds = [("number", "1"), ("yes_no", "false"), ("text", '""'), ("choice", '"a"\nchoices = ["a"]')]
    text = "".join(f'[settings.{kind}]\nlabel = "L"\nkind = "{kind}"\ndefault = {default}\n' for kind, default in kinds)
    assert read(tmp_path, GOOD + text) == "tea"


def test_a_missing_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is missing"):
        read_manifest(tmp_path / "plugin.toml", "tea")


def test_a_setting_needs_no_default(tmp_path: Path) -> None:
    assert read(tmp_path, SETTING + 'kind = "text"\n') == "tea"
