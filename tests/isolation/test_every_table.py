"""The plainest paths over every table of the kit and of its plugins; a new model joins by itself."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.infra import isolation
from systems_changers.infra.db import Base, PartnerSession, open_session, partner_tables
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.roles import prepare_roles
from tests.house.schema_parts import import_models
from tests.isolation.every_table import (
    SIDES,
    Row,
    Rows,
    changeable,
    changed,
    owner_column,
    read_by_all,
    where_key,
    without_checks,
)
from tests.isolation.paths import CLOSED
from tests.postgres import PostgresServer

MINE, THEIRS = SIDES
Try = Callable[[PartnerSession, sa.Table, Row], object]
import_models()
TABLES = [table.name for table in partner_tables(Base.metadata)]
OF_KIT = [table.name for table in Base.metadata.sorted_tables if table.name not in TABLES]
HIDDEN = [name for name in OF_KIT if not read_by_all(Base.metadata.tables[name])]


def entity_of(table: sa.Table) -> type[Any]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)


def all_entities(db: PartnerSession, table: sa.Table, _row: Row) -> object:
    return [vars(row) for row in db.scalars(sa.select(entity_of(table)))]


def get_entity(db: PartnerSession, table: sa.Table, row: Row) -> object:
    found = db.get(entity_of(table), tuple(row[column.name] for column in table.primary_key))
    return vars(found) if found is not None else None


def qualified(db: PartnerSession, table: sa.Table, _row: Row) -> object:
    schema = "main" if db.get_bind().dialect.name == "sqlite" else "public"
    return db.execute(sa.text(f'SELECT * FROM {schema}."{table.name}"')).all()


def driver(db: PartnerSession, table: sa.Table, _row: Row) -> object:
    cursor = db.connection().connection.cursor()
    cursor.execute(f'SELECT * FROM "{table.name}"')
    return cursor.fetchall()


def beside(db: PartnerSession, table: sa.Table, _row: Row) -> object:
    with sa.inspect(db.get_bind()).engine.connect() as connection:
        return connection.execute(sa.select(table)).all()


def counted(db: PartnerSession, table: sa.Table, _row: Row) -> object:
    count = db.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    return f"{THEIRS} counted" if count > bool(owner_column(table)) else None


READS: dict[str, Try] = {
    "entities": all_entities,
    "get": get_entity,
    "table": lambda db, table, _: db.execute(sa.select(table)).all(),
    "table by key": lambda db, table, row: db.execute(sa.select(table).where(*where_key(table, row))).all(),
    "text": lambda db, table, _: db.execute(sa.text(f'SELECT * FROM "{table.name}"')).all(),
    "qualified": qualified,
    "count": counted,
    "cte": lambda db, table, _: db.execute(sa.select(sa.select(table).cte())).all(),
    "driver": driver,
    "beside": beside,
}


def change_beside(db: PartnerSession, table: sa.Table, _row: Row) -> object:
    db.rollback()
    with sa.inspect(db.get_bind()).engine.begin() as connection:
        return connection.execute(sa.update(table).values(changed(changeable(table))))


WRITES: dict[str, Try] = {
    "update by key": lambda db, table, row: db.execute(
        sa.update(table).where(*where_key(table, row)).values(changed(changeable(table)))
    ),
    "update all": lambda db, table, _: db.connection().execute(sa.update(table).values(changed(changeable(table)))),
    "text update": lambda db, table, _: db.execute(
        sa.text(f'UPDATE "{table.name}" SET "{changeable(table).name}" = "{changeable(table).name}" || NULL')
    ),
    "delete by key": lambda db, table, row: db.execute(sa.delete(table).where(*where_key(table, row))),
    "delete all": lambda db, table, _: db.connection().execute(sa.delete(table)),
    "beside": change_beside,
    "steal": lambda db, table, row: db.connection().execute(
        sa.update(table).where(table.c.partner_id == row["partner_id"]).values(partner_id=db.info["partner_id"])
    ),
}


class Instance:
    """The kit's own schema with one row a partner in each table."""

    def __init__(self, app: sa.URL, owner: sa.URL) -> None:
        self.owner, self.app = open_owner_engine(owner), open_engine(app)
        self.rows = Rows(Base.metadata)
        with self.owner.begin() as connection:
            without_checks(Base.metadata).create_all(connection)
            if self.owner.dialect.name == "postgresql":
                prepare_roles(connection, password="not a secret here")
            isolation.arm(connection)
        self.rows.seed(self.owner)

    def session(self, *, write: bool) -> PartnerSession:
        partner, account = (self.rows.made[MINE, name]["id"] for name in ("partner", "account"))
        return open_session(self.app, partner, account_id=account, write=write)

    def marks(self) -> list[str]:
        """How anything of theirs would show."""
        keys = [
            str(value) for (mark, name), row in self.rows.made.items() if mark == THEIRS for value in (row.get("id"),)
        ]
        shared = {str(row.get("id")) for (mark, _), row in self.rows.made.items() if mark == MINE}
        return [THEIRS, *(key for key in keys if key != "None" and key not in shared)]


@pytest.fixture(scope="module")
def instance(
    database_kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Instance]:
    if database_kind == "sqlite":
        folder: Path = tmp_path_factory.mktemp("every")
        url = sa.make_url(f"sqlite:///{folder / 'kit.db'}")
        made = Instance(url, url)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        name = server.create_database()
        made = Instance(sa.make_url(server.url(name, "sc_app")), sa.make_url(server.url(name)))
    yield made
    made.app.dispose()
    made.owner.dispose()


@pytest.mark.parametrize("name", [*TABLES, *HIDDEN])
def test_both_partners_have_a_row(name: str, instance: Instance) -> None:
    """Otherwise finding nothing would prove nothing."""
    table = Base.metadata.tables[name]
    owned = bool(owner_column(table))
    assert [len(instance.rows.stored(instance.owner, mark)[name]) for mark in SIDES] == ([1, 1] if owned else [2, 2])
    with instance.session(write=False) as db:
        assert len(db.execute(sa.select(table)).all()) == owned
    with open_session(instance.app, None) as outside:
        assert len(outside.execute(sa.select(table)).all()) == (0 if name in TABLES else 2)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("name", [*TABLES, *HIDDEN])
def test_nothing_of_theirs_is_read(
    name: str, path: str, instance: Instance, database_kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("path", f"{database_kind}, every table, reads")
    table = Base.metadata.tables[name]
    try:
        with instance.session(write=False) as db:
            found = repr(READS[path](db, table, instance.rows.of(table, THEIRS)))
    except CLOSED:
        found = ""
    assert [mark for mark in instance.marks() if mark in found] == []


def attempt(instance: Instance, table: sa.Table, path: str) -> None:
    """Try to change their row of a table in one way, as this partner; being refused is as good as changing nothing."""
    with suppress(*CLOSED), instance.session(write=True) as db:
        WRITES[path](db, table, instance.rows.of(table, THEIRS))
        db.commit()


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("name", TABLES)
def test_nothing_of_theirs_is_changed(
    name: str, path: str, instance: Instance, database_kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("path", f"{database_kind}, every table, writes")
    table = Base.metadata.tables[name]
    before, of_mine = (instance.rows.stored(instance.owner, mark) for mark in (THEIRS, MINE))
    attempt(instance, table, path)
    after, mine = (instance.rows.stored(instance.owner, mark) for mark in (THEIRS, MINE))
    if (after, mine) != (before, of_mine):
        instance.rows.seed(instance.owner)
    assert after == before
    assert THEIRS not in repr([mine[each] for each in TABLES])


@pytest.mark.parametrize("path", [path for path in WRITES if path != "steal"])
@pytest.mark.parametrize("name", OF_KIT)
def test_what_is_the_kits_is_changed_by_its_own(
    name: str, path: str, instance: Instance, database_kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("path", f"{database_kind}, the kit's own tables, writes")
    table = Base.metadata.tables[name]
    before = instance.rows.stored(instance.owner, THEIRS)
    attempt(instance, table, path)
    after = instance.rows.stored(instance.owner, THEIRS)
    instance.rows.seed(instance.owner)
    assert before[name]
    assert after == before


@pytest.mark.parametrize("name", [*TABLES, *OF_KIT])
def test_nothing_is_planted_with_them(
    name: str, instance: Instance, database_kind: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("path", f"{database_kind}, every table, writes")
    table = Base.metadata.tables[name]
    planted = instance.rows.new(table, THEIRS) | {"source_key": "planted"}
    row = {column: value for column, value in planted.items() if column in table.columns}
    with instance.session(write=True) as db, pytest.raises(CLOSED):
        db.execute(sa.insert(table).values(row))
    with instance.session(write=True) as db:
        db.add(entity_of(table)(**row))
        with pytest.raises(CLOSED):
            db.flush()
