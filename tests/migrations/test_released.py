"""Every release that is kept becomes today's without losing a row, restored from its backup or upgraded in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.app import create_app
from systems_changers.core.home.service import instance as instances
from systems_changers.core.home.service import restore, upgrade
from systems_changers.core.home.service.restore import RestoreTarget
from systems_changers.core.operations import service as operations
from systems_changers.core.partners.queries import hosting_partners
from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.kit import load_plugins
from systems_changers.hooks.registry import Registry
from systems_changers.infra import archive, migrations
from systems_changers.infra.checks_database import DATABASE, Engines
from systems_changers.infra.db import Base, open_session, partner_tables
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.findings import ERROR, look
from systems_changers.infra.settings import Settings, load_settings, make_secret
from systems_changers.infra.shelves import store_of
from systems_changers.testing.instance import Browser, Instance
from tests.core.home.kept import addresses
from tests.isolation.every_table import SIDES
from tests.migrations.carried import RESTORE, UPGRADE, Table, losses, tables_in, tables_of
from tests.migrations.invented import content_of
from tests.migrations.newer import add_newest
from tests.migrations.release import releases, unpacked
from tests.postgres import PostgresServer

FROM_THE_FIRST = {"core", "corra_scotland", "childrens_society"}
UNSAFE_ON_PURPOSE = {"database-durability"}  # the tests' own server forgets for speed


@pytest.fixture
def server(database_kind: str, request: pytest.FixtureRequest) -> PostgresServer | None:
    found: PostgresServer | None = request.getfixturevalue("postgres") if database_kind == "postgresql" else None
    return found


@pytest.fixture(params=releases())
def file(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The backup of a release, of the database that the run is about."""
    return unpacked(request.param, database_kind, tmp_path)


@pytest.fixture
def wanted(server: PostgresServer | None, tmp_path: Path) -> RestoreTarget:
    return RestoreTarget(tmp_path / "restored", **addresses(server))


@pytest.fixture
def placed(file: Path, wanted: RestoreTarget, registry: Registry) -> Settings:
    """The released instance as whoever runs it has it before an upgrade."""
    wanted.data.mkdir(mode=0o700)
    instances.keep_settings(wanted.data, {"database": wanted.database, "owner_database": wanted.owner_database})
    make_secret(wanted.data)
    settings = load_settings(wanted.data)
    with archive.reading(file) as found:
        restore.bring_back(found, settings, instances.plugin_migrations(registry))
    return settings


def test_a_release_is_kept() -> None:
    assert "0.1.0" in releases()


def test_restored_it_holds_every_row(file: Path, wanted: RestoreTarget, registry: Registry, tmp_path: Path) -> None:
    settings = restore.restore(file, wanted)
    assert losses(tables_in(file, tmp_path), tables_of(settings), RESTORE, UPGRADE) == []
    in_order(settings, registry)


def test_upgraded_it_holds_every_row(file: Path, placed: Settings, registry: Registry, tmp_path: Path) -> None:
    before = tables_in(file, tmp_path)
    assert losses(before, tables_of(placed)) == []
    upgrade.upgrade(placed)
    assert losses(before, tables_of(placed), UPGRADE) == []
    in_order(placed, registry)


def in_order(settings: Settings, registry: Registry) -> None:
    """The tables are today's, nothing refers to what isn't there, partners are apart, and pages open."""
    engines = Engines(open_engine(settings.database_url), open_owner_engine(settings.owner_url))
    try:
        found = {check.id: look(check, engines) for check in DATABASE if check.id not in UNSAFE_ON_PURPOSE}
        assert {id_: str(each.message) for id_, each in found.items() if each.status == ERROR} == {}
        with engines.owner.connect() as connection:
            units = migrations.units_of(instances.plugin_migrations(registry))
            assert {unit.slug: migrations.drift(connection, unit) for unit in units} == {
                unit.slug: [] for unit in units
            }
        assert_apart(engines)
    finally:
        for engine in engines:
            engine.dispose()
    chains_hold(settings)
    pages_open(settings)


def assert_apart(engines: Engines) -> None:
    """Each partner sees its own rows in every table of partners, and nobody else's."""
    with engines.owner.connect() as connection:
        partners = list(connection.scalars(sa.select(Base.metadata.tables["partner"].c.id)))
        there = set(sa.inspect(connection).get_table_names())
        stored = {table: Counter(connection.scalars(sa.select(table.c.partner_id)))
                  for table in partner_tables(Base.metadata) if table.name in there}  # fmt: skip
    for partner in partners:
        with open_session(engines.app, partner) as db:
            for table, rows in stored.items():
                seen = list(db.scalars(sa.select(table.c.partner_id)))
                assert seen == [partner] * rows[partner], table.name


def chains_hold(settings: Settings) -> None:
    """What was recorded is still what was sealed, and partners' files are there."""
    with instances.opened(settings) as kit:
        partners = {each.name: each for each in hosting_partners(kit.engine)}
        reports = [operations.verify_chain(kit, partner) for partner in (None, *partners.values())]
    assert [each.wrong for each in reports] == [None] * 3
    assert min(each.number for each in reports) > 0
    for mark in SIDES:
        partner_id = partners[f"{mark} Trust"].id
        [kept] = store_of(settings).list(partner_id)
        assert b"".join(store_of(settings).open(partner_id, kept.sha256)) == content_of(mark)


def pages_open(settings: Settings) -> None:
    """An administrator signs in at each partner, and finds its people and its cohort."""
    with instances.opened(settings) as kit:
        app = create_app(settings, kit=kit)
        made = Instance(kit, app, {each.slug: each for each in hosting_partners(kit.engine)})
        for mark, other in (SIDES, SIDES[::-1]):
            browser = Browser(app.test_client(), f"/p/{mark.lower()}")
            browser.sign_in(made, administrator(made, mark))
            for path, said in pages_of(made, mark):
                answer = browser.get(path)
                assert (answer.status_code, said in answer.text, other in answer.text) == (200, True, False), path


def pages_of(made: Instance, mark: str) -> Iterator[tuple[str, str]]:
    """Pages of a partner, and what each says."""
    with made.scope(mark.lower()) as scope:
        cohort = scope.db.scalar(sa.select(Base.metadata.tables["cohort"].c.id))
    yield "/home/", f"{mark} Trust"
    yield "/people/", f"Morag {mark}"
    yield "/cohorts/", f"{mark} local_name"
    yield f"/cohorts/{cohort}/", f"{mark} title"


def administrator(made: Instance, mark: str) -> ActorFacts:
    person = Base.metadata.tables["person"]
    with made.scope(mark.lower()) as scope:
        row = scope.db.execute(sa.select(person.c.account_id, person.c.id)).one()
    return ActorFacts(row.account_id, row.id, f"Morag {mark}", frozenset({"administrator"}))


def tables_at(file: Path, registry: Registry, folder: Path) -> dict[str, set[str]]:
    """Every table that a release had, made anew by migrations as far as it had them, and its columns."""
    with archive.reading(file) as found:
        at = found.told["database"]["revisions"]
    assert set(at) >= FROM_THE_FIRST
    engine = open_owner_engine(f"sqlite:///{folder / 'empty.db'}")
    with engine.begin() as connection:
        migrations.build(connection, migrations.units_of(instances.plugin_migrations(registry)), at)
    columns = sa.inspect(engine).get_multi_columns()
    engine.dispose()
    return {name: {each["name"] for each in found} for (_, name), found in columns.items()}


def test_no_table_of_a_release_is_empty(file: Path, registry: Registry, tmp_path: Path) -> None:
    """Otherwise finding every row again would prove nothing."""
    held, made = tables_in(file, tmp_path), tables_at(file, registry, tmp_path)
    assert {name: set(table.columns) for name, table in held.items()} == made
    assert hollow(held) == []
    assert len(held) > 50


def hollow(held: Mapping[str, Table]) -> list[str]:
    """Tables without a row, and those of partners that not both of the two have one in."""
    of_partners = {name for name, table in held.items() if "partner_id" in table.columns}
    return [name for name, table in held.items()
            if not table.rows or (name in of_partners and len(table.seen(["partner_id"])) < len(SIDES))]  # fmt: skip


def test_a_hollow_table_is_found(file: Path, tmp_path: Path) -> None:
    held = tables_in(file, tmp_path)
    held["account"].rows.clear()
    held["attendance"].rows.pop()
    assert hollow(held) == ["account", "attendance"]


# --- what the check is worth ---

LOSING = {
    "a row": (
        "DELETE FROM attendance WHERE id = (SELECT id FROM attendance LIMIT 1)",
        "attendance: 1 of 2",
    ),
    "a word": ("UPDATE person SET phone = NULL", "person: 2 of 2 rows are gone or changed"),
    "a column": ("ALTER TABLE experiment DROP COLUMN learning", "experiment: columns are gone: learning"),
    "a table": ("DROP TABLE taken_form", "taken_form: the table is gone"),
}
"""What a migration could do, and what is said of it."""


@pytest.mark.parametrize("what", LOSING)
def test_a_migration_that_loses_something_is_found(
    what: str, file: Path, placed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement, said = LOSING[what]
    add_newest(monkeypatch, tmp_path, statement)
    assert instances.bring_up_to_date(placed, load_plugins(placed)).changed[0] == "core"
    [found] = losses(tables_in(file, tmp_path), tables_of(placed), UPGRADE)
    assert found.startswith(said)


def test_a_migration_that_only_adds_loses_nothing(
    file: Path, placed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole upgrade, with its backup before: today's own tables may be those of the release still."""
    add_newest(monkeypatch, tmp_path, "ALTER TABLE person ADD COLUMN pronouns TEXT NOT NULL DEFAULT 'they'")
    assert upgrade.upgrade(placed).changed[0] == "core"
    after = tables_of(placed)
    assert losses(tables_in(file, tmp_path), after, UPGRADE) == []
    assert "pronouns" in after["person"].columns
    assert len(list(placed.backups.glob("*-before-upgrade.scbackup"))) == 1
