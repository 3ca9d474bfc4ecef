"""Every table of the kit and of its plugins keeps partners apart by its keys, and knows what it holds of people."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from systems_changers.infra.db import BY_ACCOUNT, Base, Id, OfPartner, is_partner_table, owned_by
from systems_changers.testing.schema import table_problems, tables_of
from tests.house.schema_parts import import_models

Make = Callable[[sa.MetaData], sa.Table]
KNOWN = {"personal": False}


@pytest.fixture(scope="module")
def plugins() -> dict[str, str]:
    return import_models()


def test_the_kits_tables(plugins: dict[str, str]) -> None:
    tables = [*tables_of("systems_changers.core"), *tables_of("systems_changers.infra")]
    assert len(tables) > 20, "the models were not imported"
    assert table_problems(tables) == []


def test_the_plugins_tables(plugins: dict[str, str]) -> None:
    assert {"corra-scotland", "childrens-society"} <= set(plugins.values())
    for package, slug in plugins.items():
        assert table_problems(tables_of(package), plugin=slug) == []


def test_no_table_is_forgotten(plugins: dict[str, str]) -> None:
    known = {
        table.name
        for package in ("systems_changers.core", "systems_changers.infra", *plugins)
        for table in tables_of(package)
    }
    assert set(Base.metadata.tables) - known == set()


def test_every_partner_owned_row_is_filtered_by_the_session(plugins: dict[str, str]) -> None:
    unfiltered = [
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, sa.Table)
        and is_partner_table(mapper.local_table)
        and not issubclass(mapper.class_, OfPartner)
    ]
    assert unfiltered == []


# --- bad tables, each found ---


def columns(*names: str) -> Iterator[sa.Column[object]]:
    for name in names:
        yield sa.Column(name, Id(), primary_key=name in {"partner_id", "id"}, info=KNOWN)


def owner() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], ondelete="CASCADE")


def table(metadata: sa.MetaData, *parts: "sa.schema.SchemaItem", name: str = "leaf", **info: object) -> sa.Table:
    return sa.Table(name, metadata, *parts, info=info)


def refer(columns: list[str], targets: list[str], ondelete: str | None = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(columns, targets, ondelete=ondelete)


BAD: list[tuple[Make, list[str]]] = [
    (
        lambda m: table(m, *columns("id", "partner_id"), owner()),
        ["leaf: the primary key is (id, partner_id), it should be (partner_id, id)"],
    ),
    (lambda m: table(m, *columns("partner_id", "id")), ["leaf: partner_id doesn't refer to the partner"]),
    (
        lambda m: table(m, sa.Column("partner_id", Id(), info=KNOWN), *columns("id")),
        ["leaf: partner_id stands outside the primary key; call a mere reference partner_ref"],
    ),
    (
        lambda m: table(m, *columns("partner_id", "id", "name"), owner(), sa.UniqueConstraint("name")),
        ["leaf: unique (name) doesn't begin with partner_id"],
    ),
    (
        lambda m: table(
            m, *columns("partner_id", "id", "deleted_at"), owner(), sa.Index("i", "partner_id", "id", unique=True)
        ),
        ["leaf: index i counts deleted rows; use unique_live"],
    ),
    (
        lambda m: table(m, *columns("partner_id", "id", "name"), owner(), sa.Index("i", "name")),
        ["leaf: index i doesn't begin with partner_id"],
    ),
    (
        lambda m: table(m, *columns("partner_id", "id", "cohort_id"), owner(), refer(["cohort_id"], ["cohort.id"])),
        ["leaf: foreign key (cohort_id) doesn't begin with partner_id"],
    ),
    (
        lambda m: table(
            m, *columns("partner_id", "id", "cohort_id"), owner(), owned_by("cohort_id", "cohort", ondelete="SET NULL")
        ),
        ["leaf: foreign key (partner_id, cohort_id) says ON DELETE SET NULL, it may only say CASCADE or RESTRICT"],
    ),
    (
        lambda m: table(m, *columns("partner_id", "id", "with_id"), owner(), refer(["with_id"], ["partner.id"], None)),
        ["leaf: foreign key (with_id) says ON DELETE nothing"],
    ),
    (
        lambda m: table(
            m,
            *columns("id", "owner_ref", "cohort_id"),
            refer(["owner_ref", "cohort_id"], ["cohort.partner_id", "cohort.id"]),
        ),
        ["leaf: foreign key (owner_ref, cohort_id) of a global table points at cohort, which belongs to partners"],
    ),
    (
        lambda m: table(m, *columns("partner_id", "id"), sa.Column("name", sa.Text), owner()),
        ["leaf: column name doesn't say whether it is personal"],
    ),
    (
        lambda m: table(m, *columns("partner_id", "id"), sa.Column("name", sa.Text, info={"personal": True}), owner()),
        [
            "leaf: column name is personal and doesn't say for what purpose it is held",
            (
                "leaf: column name is personal and doesn't say on which lawful basis it is held: consent, contract,"
                " legal obligation, vital interests, public task, legitimate interests"
            ),
            "leaf: column name is personal and doesn't say with a Keep how long it is kept",
            "leaf: holds personal columns, and no person is reached from it: say whose rows these are with SUBJECT",
        ],
    ),
]


@pytest.fixture
def core() -> sa.MetaData:
    metadata = sa.MetaData()
    table(metadata, *columns("id"), name="partner")
    table(metadata, *columns("partner_id", "id"), owner(), name="cohort")
    return metadata


@pytest.mark.parametrize(("make", "expected"), BAD)
def test_a_bad_table_is_found(make: Make, expected: list[str], core: sa.MetaData) -> None:
    assert table_problems([make(core)]) == expected


def test_a_good_table_is_left_in_peace(core: sa.MetaData) -> None:
    good = table(
        core, *columns("partner_id", "id", "cohort_id"), owner(), owned_by("cohort_id", "cohort"), name="leaf_note"
    )
    assert table_problems([good], plugin="leaf") == []
    by_account = table(
        core,
        *columns("partner_id", "id", "account_id"),
        owner(),
        sa.Index("i", "account_id"),
        name="m",
        **{BY_ACCOUNT: True},
    )
    assert table_problems([by_account]) == []


def test_a_plugins_table_has_its_prefix_and_hangs_on_the_core(core: sa.MetaData) -> None:
    key = owned_by("cohort_id", "cohort", ondelete="RESTRICT")
    note = table(core, *columns("partner_id", "id", "cohort_id"), owner(), key, name="note")
    assert table_problems([note], plugin="green-leaf") == [
        "note: its name doesn't begin with green_leaf_",
        "note: foreign key (partner_id, cohort_id) to the core says RESTRICT, not CASCADE",
    ]


def test_a_plugins_rows_are_a_partners(core: sa.MetaData) -> None:
    note = table(core, *columns("id"), name="leaf_note")
    assert table_problems([note]) == []
    assert table_problems([note], plugin="leaf") == [
        "leaf_note: a plugin's rows are a partner's: the key begins with partner_id"
    ]


def test_tables_are_known_by_the_package_of_their_model() -> None:
    class Elsewhere(DeclarativeBase):
        pass

    assert Elsewhere.metadata is not Base.metadata
    assert tables_of("systems_changers.nothing") == []
    assert {"outbox", "job"} <= {each.name for each in tables_of("systems_changers.infra")}
