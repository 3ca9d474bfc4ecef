"""Models equal migrations, on the database of the run; an upgrade can be repeated and keeps rows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa
from alembic import command

from systems_changers.hooks.registry import Registry
from systems_changers.infra import migrations, revisions, roles
from systems_changers.infra.db import Base, open_session
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.errors import BeyondPartner, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.migrations import Unit, units_of
from systems_changers.infra.text import Message
from tests.postgres import PostgresServer

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
OLDER = {
    "sqlite": [f"DROP TRIGGER partner_guard_{verb}_partner" for verb in ("insert", "update", "delete")],
    "postgresql": [
        "DROP POLICY of_kit ON partner",
        "DROP POLICY read_by ON partner",
        "ALTER TABLE partner DISABLE ROW LEVEL SECURITY",
    ],
}


@pytest.fixture
def owner(
    database_kind: Literal["sqlite", "postgresql"], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[sa.Engine]:
    """The owner's engine on an empty database."""
    if database_kind == "sqlite":
        engine = open_owner_engine(f"sqlite:///{tmp_path / 'kit.db'}")
        yield engine
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create_database()
    engine = open_owner_engine(server.url(name))
    with engine.begin() as connection:
        roles.prepare_roles(connection, password="for-tests")
    yield engine
    engine.dispose()
    server.drop_database(name)


@pytest.fixture(autouse=True)
def _all_models(registry: Registry) -> None:
    """Every slice's tables are known, as the application knows them."""
    import systems_changers.app  # noqa: F401  # slow: only here and where an application is made


@pytest.fixture
def units(registry: Registry) -> list[Unit]:
    """The core's and both partner plugins' migrations."""
    return units_of([(each.slug, each.migrations, each.requires_core) for each in registry.manifests.values()])


def test_models_equal_migrations(owner: sa.Engine, units: list[Unit]) -> None:
    changed = migrations.upgrade(owner, units)
    assert changed == ["core", "childrens-society", "corra-scotland"]
    with owner.connect() as connection:
        assert {unit.slug: migrations.drift(connection, unit) for unit in units} == {unit.slug: [] for unit in units}


def test_a_second_upgrade_changes_nothing(owner: sa.Engine, units: list[Unit]) -> None:
    migrations.upgrade(owner, units)
    assert migrations.upgrade(owner, units) == []


def test_every_guarded_table_is_armed_by_an_upgrade(owner: sa.Engine, units: list[Unit]) -> None:
    migrations.upgrade(owner, units[:1])
    with owner.begin() as connection:  # as a database that an older release left
        for statement in OLDER[owner.dialect.name]:
            connection.exec_driver_sql(statement)
    migrations.upgrade(owner, units)
    with owner.connect() as connection:
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'").scalars()
        else:
            found = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relrowsecurity").scalars()
        guarded = set(found)
    tables = Base.metadata.tables.values()
    assert guarded == {table.name for table in tables}


def test_a_database_of_the_first_release_keeps_its_rows(owner: sa.Engine, units: list[Unit]) -> None:
    partner = Base.metadata.tables["partner"]
    made = {"id": new_id(), "slug": "corra", "name": "Corra", "kind": "hosting", "locales": ["en_GB"],
            "time_zone": "Europe/London", "brand": {}, "terms": {}, "plugins": [], "settings": {}, "revision": 1,
            "version": 1, "created_at": NOW, "updated_at": NOW}  # fmt: skip
    with owner.begin() as connection:
        command.upgrade(units[0].config(connection), "0001")
        assert "operator_audit" not in sa.inspect(connection).get_table_names()
        connection.execute(sa.insert(partner).values(made))
    assert migrations.upgrade(owner, units)[0] == "core"
    with owner.connect() as connection:
        assert connection.execute(sa.select(partner.c.id, partner.c.name)).all() == [(made["id"], "Corra")]
        audit = Base.metadata.tables["operator_audit"]
        assert connection.scalar(sa.select(sa.func.count()).select_from(audit)) == 0


def test_evidence_is_kept_when_it_may_be_a_file(owner: sa.Engine, units: list[Unit]) -> None:
    """SQLite makes the table anew for the key: its rows, and what points at it, stay."""
    tables, stamp = Base.metadata.tables, {"version": 1, "created_at": NOW, "updated_at": NOW, "extra": {}}
    partner, person, experiment, seen = new_id(), new_id(), new_id(), new_id()
    own = {"partner_id": partner, **stamp}
    with owner.begin() as connection:
        command.upgrade(units[0].config(connection), "0003")
        connection.execute(sa.insert(tables["partner"]).values(
            id=partner, slug="corra", name="Corra", kind="hosting", locales=[], time_zone="Europe/London", brand={},
            terms={}, plugins=[], settings={}, revision=1, version=1, created_at=NOW, updated_at=NOW,
        ))  # fmt: skip
        connection.execute(sa.insert(tables["person"]).values(id=person, name="Morag", **own))
        connection.execute(sa.insert(tables["experiment"]).values(
            id=experiment, author_id=person, title="Letter", state="running", scaling=[], **own,
        ))  # fmt: skip
        connection.execute(sa.insert(tables["evidence"]).values(
            id=seen, experiment_id=experiment, kind="text", text="Calls", tells="grow", **own,
        ))  # fmt: skip
    assert migrations.upgrade(owner, units[:1]) == ["core"]
    with owner.connect() as connection:
        evidence = tables["evidence"]
        row = connection.execute(sa.select(evidence.c.id, evidence.c.text, evidence.c.file_id)).one()
        assert tuple(row) == (seen, "Calls", None)
        keys = {key["referred_table"] for key in sa.inspect(connection).get_foreign_keys("evidence")}
        assert keys == {"partner", "person", "experiment", "stored_file"}


def test_what_older_guards_left_open_is_closed_by_an_upgrade(
    owner: sa.Engine, units: list[Unit], database_kind: Literal["sqlite", "postgresql"]
) -> None:
    account, token = Base.metadata.tables["account"], Base.metadata.tables["token"]
    made = {"id": new_id(), "email": "morag@example.org", "version": 1, "created_at": NOW, "updated_at": NOW}
    with owner.begin() as connection:
        command.upgrade(units[0].config(connection), "0002")
        connection.execute(sa.insert(account).values(made))
        if database_kind == "postgresql":
            connection.exec_driver_sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO sc_app")
            connection.exec_driver_sql("ALTER TABLE token ENABLE ROW LEVEL SECURITY")
            connection.exec_driver_sql("CREATE POLICY read_by_all ON token FOR SELECT USING (true)")
            connection.exec_driver_sql("CREATE POLICY written_by ON token TO sc_app USING (true) WITH CHECK (true)")
    url = owner.url.set(username="sc_app", password="for-tests") if database_kind == "postgresql" else owner.url
    assert migrations.upgrade(owner, units)[0] == "core"
    app = open_engine(url)
    with open_session(app, new_id(), write=True) as inside:
        assert inside.execute(sa.select(account)).all() == []
        row = {"hash": "known", "purpose": "sign_in", "account_id": made["id"], "created_at": NOW, "expires_at": NOW}
        with pytest.raises(BeyondPartner):
            inside.execute(sa.insert(token).values(data={}, **row))
    with open_session(app, None, write=True) as outside:
        assert outside.execute(sa.select(account.c.email)).scalars().all() == ["morag@example.org"]
        outside.execute(sa.insert(token).values(data={}, **row))
        outside.commit()
    app.dispose()


def test_heads_are_known_without_alembic(units: list[Unit]) -> None:
    assert {unit.slug: unit.head() for unit in units} == {unit.slug: revisions.head(unit.versions) for unit in units}


def test_what_waits_is_known_without_alembic(owner: sa.Engine, units: list[Unit]) -> None:
    plugins = [(unit.slug, unit.versions) for unit in units[1:]]
    assert list(revisions.waiting(owner, plugins)) == [unit.slug for unit in units]
    migrations.upgrade(owner, units[:1])
    assert list(revisions.waiting(owner, plugins)) == [unit.slug for unit in units[1:]]


def test_a_plugin_that_needs_a_newer_core_is_refused(owner: sa.Engine, units: list[Unit]) -> None:
    wanting = Unit("wanting", units[1].versions, "wanting_", needs_core="9999")
    with pytest.raises(Refused, match="wanting needs the core at 9999"):
        migrations.upgrade(owner, [units[0], wanting])
    with owner.connect() as connection:
        assert units[0].present(connection) == units[0].head()


def revision(folder: Path, number: int, work: str) -> Unit:
    """A plugin's migration, and the unit of all in its folder."""
    folder.mkdir(exist_ok=True)
    down = f'"{number - 1:04}"' if number > 1 else "None"
    (folder / f"tea_{number:04}.py").write_text(
        f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "{number:04}"\ndown_revision = {down}\n'
        f"def upgrade():\n    {work}\n",
        "utf-8",
    )
    return Unit("tea", folder, "tea_")


CUP = 'op.create_table("tea_cup", sa.Column("id", sa.Integer, primary_key=True))'


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (f"{CUP}; op.execute('NO SUCH STATEMENT')", "to its revision 0001, and nothing of it was changed. tea_0001.py"),
        (f"{CUP}; raise RuntimeError('spilt')", "tea_0001.py, line 6: RuntimeError: spilt"),
        (f"{CUP}; raise SystemExit(4)", "tea_0001.py, line 6: SystemExit: 4"),
        ("this is no Python", "to its revision 0001, and nothing of it was changed. tea_0001.py, line 6: SyntaxError"),
        (f"{CUP}; {CUP.replace('tea_cup', 'coffee_cup')}", "coffee_cup must begin with tea_."),
    ],
)  # fmt: skip
def test_a_plugin_that_fails_is_named_and_the_others_go_on(
    owner: sa.Engine, units: list[Unit], tmp_path: Path, work: str, said: str
) -> None:
    failed: dict[str, Message] = {}
    bad = revision(tmp_path / "versions", 1, work)
    assert migrations.upgrade(owner, [units[0], bad, units[1]], failed) == ["core", units[1].slug]
    assert list(failed) == ["tea"]
    assert str(failed["tea"]).startswith("tea could not be upgraded")
    assert said in str(failed["tea"])
    assert {"tea_cup", "coffee_cup"}.isdisjoint(sa.inspect(owner).get_table_names())
    with owner.connect() as connection:
        assert bad.present(connection) is None
    with pytest.raises(Refused, match="tea could not be upgraded"):
        migrations.upgrade(owner, [units[0], bad])


def test_tables_of_a_newer_version_are_said_to_be(owner: sa.Engine, units: list[Unit], tmp_path: Path) -> None:
    folder, failed = tmp_path / "versions", dict[str, Message]()
    revision(folder, 1, CUP)
    tea = revision(folder, 2, "pass")
    migrations.upgrade(owner, [units[0], tea])
    (folder / "tea_0002.py").unlink()
    assert migrations.upgrade(owner, [units[0], tea], failed) == []
    assert "The tables of tea were made by a newer version than is installed here" in str(failed["tea"])
    with owner.begin() as connection:
        connection.execute(sa.text("UPDATE sc_version_core SET version_num = '9999'"))
    with pytest.raises(Refused, match="The tables of core were made by a newer version"):
        migrations.upgrade(owner, units[:1])


def test_tables_are_made_as_each_distribution_had_them(owner: sa.Engine, units: list[Unit], tmp_path: Path) -> None:
    """The core and a plugin at older revisions; one that a backup doesn't name isn't made. Then all are upgraded."""
    folder = tmp_path / "versions"
    revision(folder, 1, CUP)
    tea = revision(folder, 2, 'op.add_column("tea_cup", sa.Column("colour", sa.Text))')
    with owner.begin() as connection:
        migrations.build(connection, [units[0], units[1], tea], {"core": "0009", "tea": "0001"})
        assert [each.present(connection) for each in (units[0], units[1], tea)] == ["0009", None, "0001"]
        connection.exec_driver_sql("INSERT INTO tea_cup (id) VALUES (7)")
    assert {"taken_form", "tea_cup"} <= set(sa.inspect(owner).get_table_names())
    assert "sign_on_provider" not in sa.inspect(owner).get_table_names()
    assert migrations.upgrade(owner, [units[0], units[1], tea]) == ["core", units[1].slug, "tea"]
    with owner.connect() as connection:
        assert connection.exec_driver_sql("SELECT id, colour FROM tea_cup").all() == [(7, None)]
