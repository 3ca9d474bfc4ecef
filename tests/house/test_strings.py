"""The core's catalogues are in step with its sources, complete, and free of mistakes."""

import configparser
from pathlib import Path

import pytest

from systems_changers.infra.catalogue_check import check_catalogue
from systems_changers.infra.paths import PACKAGE
from systems_changers.testing.strings import (
    COMPLETE,
    METHODS,
    NOT_CORE,
    OPTIONS,
    PLACE,
    core_translations,
    extract,
    extract_core,
    fill,
    ids,
    missing,
    template_ids,
    update,
)

UPDATE = "run: python -m systems_changers.testing.strings"
HOME = core_translations()
PLUGINS = sorted(
    file
    for folder in (PACKAGE / "plugins", PACKAGE.parent / "plugins")
    for file in folder.glob(f"**/translations/*/{PLACE}")
)


def test_the_template_is_up_to_date() -> None:
    sources, template = ids(extract_core()), template_ids(HOME)
    assert sorted(sources - template) == [], UPDATE
    assert sorted(template - sources) == [], UPDATE


@pytest.mark.parametrize("code", COMPLETE)
def test_a_language_is_complete(code: str) -> None:
    lacking = missing(HOME, code, extract_core())
    assert not lacking, f"{code} lacks {len(lacking)} texts; {UPDATE} and fill in:\n" + "\n".join(lacking)


@pytest.mark.parametrize("file", sorted(HOME.glob(f"*/{PLACE}")), ids=lambda file: file.parent.parent.name)
def test_catalogues_are_sound(file: Path) -> None:
    assert check_catalogue(file) == []


@pytest.mark.parametrize("file", PLUGINS, ids=lambda file: f"{file.parents[3].name}-{file.parents[1].name}")
def test_a_shipped_plugins_catalogue_is_complete_and_sound(file: Path) -> None:
    home, code = file.parents[2], file.parents[1].name
    sources = extract(home.parent)
    assert template_ids(home) == ids(sources), UPDATE
    lacking = missing(home, code, sources)
    assert not lacking, f"{home.parent.name} in {code} lacks {len(lacking)} texts; {UPDATE} and fill in:\n" + "\n".join(
        lacking
    )
    assert check_catalogue(file) == []


def test_pybabel_reads_what_we_read() -> None:
    config = configparser.ConfigParser()
    config.read(HOME / "babel.cfg", "utf-8")
    said = {section: dict(config[section]) for section in config.sections()}
    ours: dict[str, dict[str, str]] = {f"ignore: {folder}/**": {} for folder in NOT_CORE}
    ours |= {f"{method}: {pattern}": OPTIONS.get(pattern, {}) for pattern, method in METHODS}
    assert said == ours


def test_strings_are_found_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html").write_text(
        "{{ _('One') }}{% trans %}\n Two\n lines\n{% endtrans %}"
        "{% trans n=n %}{{ n }} x{% pluralize %}{{ n }} xs{% endtrans %}"
    )
    (tmp_path / "a.py").write_text(
        'msg("Three %(a)s", a=1); N_("Four"); ngettext("five", "fives", 2); print("no"); msg("Si" "x"); '
        'nmsg("seven", "sevens", 7)\n'
    )
    assert ids(extract(tmp_path)) == {"One", "Two lines", "%(n)s x", "Three %(a)s", "Four", "five", "Six", "seven"}


def test_an_update_loses_nothing(tmp_path: Path) -> None:
    source, home = tmp_path / "source", tmp_path / "translations"
    source.mkdir()
    (source / "a.py").write_text('N_("Cohort"); ngettext("%(n)s day", "%(n)s days", 2)\n')
    update(home, extract(source), ["gd"])
    assert missing(home, "gd", extract(source)) == ["Cohort", "%(n)s day"]
    fill(home, "gd", {"Cohort": "Buidheann", "%(n)s day": ["%(n)s a", "%(n)s b", "%(n)s c", "%(n)s d"]})
    file = home / "gd" / PLACE
    file.write_text(file.read_text("utf-8").replace("X-Accepted-By: ", "X-Accepted-By: Mòrag"), "utf-8")
    before = file.read_text("utf-8")
    update(home, extract(source))
    assert file.read_text("utf-8") == before
    (source / "a.py").write_text('N_("Session")\n')
    update(home, extract(source))
    assert missing(home, "gd", extract(source)) == ["Session"]
    (source / "a.py").write_text('N_("Cohort"); ngettext("%(n)s day", "%(n)s days", 2)\n')
    update(home, extract(source))
    assert missing(home, "gd", extract(source)) == []
    assert check_catalogue(file) == []
