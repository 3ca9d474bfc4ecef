"""A plugin's tables carry its prefix and are declared, or it is kept out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people.models import Account
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.tables import added_since, check_tables
from systems_changers.infra.db import Base
from systems_changers.infra.errors import Refused
from tests.hooks.test_registry import GOOD, loaded, plant, why
from tests.plugins.house import made_up

TABLE = """
from systems_changers.toolkit import Base, Keep
import sqlalchemy as sa

SAID = dict(purpose="remembering", basis="consent", keep=Keep.until_withdrawn()) | dict({said})
sa.Table("{name}", Base.metadata, sa.Column("drinker", sa.String(80), info={{"personal": {personal}, **SAID}}))
"""
TEA = 'tables = ["tea_cup"]\npersonal_tables = ["tea_cup"]\n'


@pytest.fixture(autouse=True)
def _no_cups_left() -> Iterator[None]:
    """Other tests read every table that is known."""
    before = set(Base.metadata.tables)
    yield
    for name in set(Base.metadata.tables) - before:
        Base.metadata.remove(Base.metadata.tables[name])


@pytest.mark.parametrize(
    ("name", "personal", "more", "reason"),
    [
        ("heard_it", False, "", "heard_it must begin with tea_."),
        ("tea_jug", False, "", "Its table tea_jug must be listed in `tables`."),
        ("tea_mug", True, 'tables = ["tea_mug"]\n',
         "Its table tea_mug holds personal data and must be listed in `personal_tables`."),
        ("tea_cup", True, TEA, None),
    ],
)  # fmt: skip
def test_a_models_table_is_declared(tmp_path: Path, name: str, personal: bool, more: str, reason: str | None) -> None:
    plant(tmp_path, "tea", GOOD + TABLE.format(name=name, personal=personal, said=""), more=more)
    assert why(loaded(tmp_path)) == ({"tea": reason} if reason else {})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('purpose=""', "column drinker is personal and doesn't say for what purpose it is held."),
        ('basis="whim"', ("column drinker is personal and doesn't say on which lawful basis it is held: consent,"
         " contract, legal obligation, vital interests, public task, legitimate interests.")),
        ('keep="a year"', "column drinker is personal and doesn't say with a Keep how long it is kept."),
        ('keep=Keep.after("used", days=3)',
         "column drinker is kept from seen_at on, which is no column beside it."),
        ("special=True", ("column drinker is special-category and doesn't say on which condition it is held: explicit"
         " consent; employment and social protection; vital interests; not-for-profit body; made public by the person;"
         " legal claims; substantial public interest; health or social care; public health; archiving, research and"
         " statistics.")),
    ],
)  # fmt: skip
def test_a_personal_column_that_leaves_something_unsaid_keeps_its_plugin_out(
    tmp_path: Path, said: str, reason: str
) -> None:
    code = TABLE.format(name="tea_cup", personal=True, said=said)
    plant(tmp_path, "tea", GOOD + code, more=TEA)
    assert why(loaded(tmp_path)) == {"tea": f"Its table tea_cup: {reason}"}


def test_a_model_that_was_imported_before_is_found(registry: Registry) -> None:
    known = registry.manifests["corra-scotland"]
    check_tables(known, [])
    with pytest.raises(Refused, match="Its table corra_scotland_community_profile must be listed"):
        check_tables(replace(known, tables=()), [])


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        ('op.create_table("loose_table", 1)', "loose_table must begin with tea_."),
        ('op.create_table("tea_pot", 1)', "Its table tea_pot must be listed in `tables`."),
        ('op.create_table("tea_old")\n    op.rename_table("tea_old", "tea_cup")', None),
        ('op.create_table("tea_old")\n    op.drop_table("tea_old")', None),
        ("this is no Python", None),
    ],
)
def test_a_migrations_table_is_declared(tmp_path: Path, work: str, reason: str | None) -> None:
    manifest = made_up("tea", tmp_path, tables=("tea_cup",))
    manifest.migrations.mkdir(parents=True)
    code = f'def upgrade():\n    {work}\n\ndef downgrade():\n    op.drop_table("tea_pot")\n'
    (manifest.migrations / "tea_0001.py").write_text(code, "utf-8")
    if reason is None:
        check_tables(manifest, [])
        return
    with pytest.raises(Refused) as refused:
        check_tables(manifest, [])
    assert str(refused.value.message) == reason


def test_the_cores_tables_that_an_import_brings_along_are_not_the_plugins(registry: Registry) -> None:
    added = {table.name for table in added_since(())}
    assert added >= {table for manifest in registry.manifests.values() for table in manifest.tables}
    assert added.isdisjoint(each.__tablename__ for each in (Account, Cohort, AuditEvent))
    assert added_since(Base.metadata.tables) == []
