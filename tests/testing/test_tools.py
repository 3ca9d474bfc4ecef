"""The tools for whoever writes a plugin, on a plugin made here: its tables stay out of this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from systems_changers.infra.paths import PACKAGE
from systems_changers.testing import modules
from systems_changers.testing.sources import package_in
from systems_changers.testing.strings import PLACE, extract, ids

MANIFEST = """
slug = "little-boat"
title = "Little boat"
version = "0.1.0"
kit = ">=0.1"
requires_core = "0001"
tables = ["little_boat_note"]
personal_tables = ["little_boat_note"]
languages = ["gd"]

[settings.sails]
kind = "number"
label = "How many sails?"
hint = "Count them."
"""
MODEL = """
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.toolkit import (Base, Keep, N_, PartnerOwned, owned_by, personal, plain, SUBJECT, Nobody)

LABEL = N_("A note")


class Note(PartnerOwned, Base):
    __tablename__ = "little_boat_note"
    __table_args__ = (owned_by("cohort_id", "cohort"), {"info": {SUBJECT: Nobody("notes are of a cohort")}})

    cohort_id: Mapped[UUID] = plain()
    words: Mapped[str] = personal(
        sa.Text, purpose="remembering", basis="consent", keep=Keep.after("made", years=1)
    )
"""
CHECK = "from little_boat import models; from systems_changers.testing.schema import table_problems, tables_of; "
CHECK += "print(table_problems(tables_of('little_boat'), plugin='little-boat'))"


@pytest.fixture
def boat(tmp_path: Path) -> Path:
    """A plugin with one table, in a folder that is installed nowhere."""
    package = tmp_path / "boat" / "little_boat"
    package.mkdir(parents=True)
    (package / "plugin.toml").write_text(MANIFEST, "utf-8")
    (package / "__init__.py").write_text("", "utf-8")
    (package / "models.py").write_text(MODEL, "utf-8")
    return package


def run(*words: str, status: int = 0, at: Path = PACKAGE.parent) -> str:
    """A command of this Python; what it printed."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), str(at)])}
    done = subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def migrate(boat: Path, message: str, status: int = 0) -> str:
    return run("-m", "systems_changers.testing.migration", str(boat.parent), message, status=status)


def versions(boat: Path) -> list[str]:
    return sorted(file.name for file in (boat / "migrations" / "versions").glob("*.py"))


def test_migrations_are_written_from_the_models(boat: Path) -> None:
    assert "little_boat_0001_a_note.py" in migrate(boat, "a note")
    first = (boat / "migrations" / "versions" / "little_boat_0001_a_note.py").read_text("utf-8")
    assert "fk_little_boat_note_partner_id_cohort_id" in first
    assert "from systems_changers.toolkit import Moment" in first
    assert "Nothing has changed" in migrate(boat, "again")
    models = boat / "models.py"
    models.write_text(models.read_text("utf-8") + "    place: Mapped[str | None] = plain(sa.String(80))\n", "utf-8")
    migrate(boat, "where")
    assert versions(boat) == ["little_boat_0001_a_note.py", "little_boat_0002_where.py"]
    second = (boat / "migrations" / "versions" / "little_boat_0002_where.py").read_text("utf-8")
    assert "down_revision = 'little_boat_0001'" in second
    assert second.count("add_column") == 1


def test_no_migration_is_written_for_a_table_with_faults(boat: Path) -> None:
    models = boat / "models.py"
    models.write_text(models.read_text("utf-8").replace('"little_boat_note"', '"note_of_boat"'), "utf-8")
    said = migrate(boat, "a note", status=1)
    assert said.strip() == "note_of_boat: its name doesn't begin with little_boat_"
    assert not (boat / "migrations").exists()
    models.write_text(MODEL, "utf-8")
    (boat / "plugin.toml").write_text(MANIFEST.replace('["little_boat_note"]', "[]"), "utf-8")
    assert "must be listed in `tables`" in migrate(boat, "a note", status=1)


def test_complaints_know_the_kits_tables(boat: Path) -> None:
    assert run("-c", CHECK, at=boat.parent).strip() == "[]"


def test_a_plugins_strings(boat: Path) -> None:
    command = ("-m", "systems_changers.testing.strings", "--plugin", str(boat))
    run(*command)
    wanted = ["A note", "How many sails?", "Count them."]
    assert sorted(json.loads(run(*command, "missing", "gd"))) == sorted(wanted) == sorted(ids(extract(boat)))
    texts = boat.parent / "gd.json"
    texts.write_text(json.dumps(dict.fromkeys(wanted, "Bàta")), "utf-8")
    run(*command, "fill", "gd", str(texts))
    assert json.loads(run(*command, "missing", "gd")) == []
    assert (boat / "translations" / "gd" / PLACE).read_text("utf-8").count("Bàta") == 3


def test_a_package_is_found_in_its_folder(boat: Path) -> None:
    assert package_in(boat) == package_in(boat.parent) == boat
    with pytest.raises(FileNotFoundError, match=r"no plugin\.toml"):
        package_in(boat.parent.parent)


def test_modules_are_told_with_their_hashes_and_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    variant = PACKAGE.parent / "plugins/corra_scotland/corra_scotland/variants/03-community-asset-walk.toml"
    pinned = variant.read_text("utf-8").split('base_hash = "')[1][:71]
    assert modules.main(["mapping-what-is-there"]) == 0
    said = capsys.readouterr().out
    assert f'base_hash = "{pinned}"' in said
    assert "  rich-picture (fixed): " in said
    assert modules.main([]) == 0
    assert capsys.readouterr().out.count("base_hash") == 14
    assert modules.main(["nothing"]) == 1
