"""Broken on purpose, the suite sees it: each guard is taken away in turn, and the path it held begins to leak."""

import re
import sqlite3
from collections.abc import Callable

import pytest

from systems_changers.infra import isolation_postgresql, isolation_sqlite
from systems_changers.infra.db import partner_tables
from tests.isolation.ground import Ground
from tests.isolation.trial import leaks, paths_on
from tests.isolation.world import World

Break = Callable[[Ground, pytest.MonkeyPatch], None]
NOTHING = re.compile("(?!)")
OWNED = [table.name for table in partner_tables(World.metadata)]


def owner_says(*statements: str) -> Break:
    """The schema as somebody with the owner's rights would leave it."""

    def run(ground: Ground, _patch: pytest.MonkeyPatch) -> None:
        with ground.owner.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("DATABASE this", f"DATABASE {ground.owner.url.database}"))

    return run


def no_authorizer(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_sqlite, "_authorizer", lambda *_: None)


def view_without_filter(ground: Ground, patch: pytest.MonkeyPatch) -> None:
    no_authorizer(ground, patch)
    everything = 'CREATE TEMP VIEW "{0}" AS SELECT * FROM main."{0}"'
    patch.setattr(isolation_sqlite, "_view", lambda table, _inside: everything.format(table.name))


def inner_name_known(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    guard = isolation_sqlite._authorizer
    patch.setattr(isolation_sqlite, "_authorizer", lambda one, two, _inside: guard(one, two, "everybody"))


def changes_may_say_main(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_sqlite, "SAYS_MAIN", NOTHING)


def partner_outlives_its_session(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_sqlite.PartnerConnection, "forget", lambda _self: None)


def every_session_is_the_kits(ground: Ground, patch: pytest.MonkeyPatch) -> None:
    if ground.app.dialect.name == "sqlite":
        patch.setattr(isolation_sqlite.PartnerConnection, "kit", property(lambda _: True, lambda _, __: None))
    else:
        said = isolation_postgresql.SERVE.replace("app.kit = '{}'", "app.kit = 'yes'")
        patch.setattr(isolation_postgresql, "SERVE", said)


def changes_reach_the_triggers(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_sqlite.PartnerConnection, "of_kit", property(lambda _: {}, lambda *_: None), raising=False)


def both(*breaks: Break) -> Break:
    """Two locks on one door, both taken away."""

    def run(ground: Ground, patch: pytest.MonkeyPatch) -> None:
        for each in breaks:
            each(ground, patch)

    return run


def acting_as_kit_goes_on(ground: Ground, patch: pytest.MonkeyPatch) -> None:
    way = isolation_sqlite if ground.app.dialect.name == "sqlite" else isolation_postgresql
    act = way.act
    patch.setattr(way, "act", lambda connection, *, as_kit: act(connection, as_kit=True) if as_kit else None)


def others_rows_are_refused(ground: Ground, _patch: pytest.MonkeyPatch) -> None:
    with ground.owner.begin() as connection:
        for verb in ("update", "delete"):
            name = f"partner_guard_others_{verb}_membership"
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} BEFORE {verb} ON membership WHEN NOT partner_may(OLD.partner_id)"
                " BEGIN SELECT RAISE(ABORT, 'another partner'); END"
            )


class Everything(frozenset[str]):
    """Holds whatever is asked for."""

    def __contains__(self, _name: object) -> bool:
        return True


def changes_may_call_anything(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_sqlite, "IN_NARROW_CHANGES", Everything())


def cursors_outlive_their_session(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_sqlite.PartnerConnection, "cursor", sqlite3.Connection.cursor)


def any_statement(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_postgresql, "_is_plain", lambda _statement: True)


def setting_of_the_session(_ground: Ground, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolation_postgresql, "SERVE", isolation_postgresql.SERVE.replace("SET LOCAL", "SET"))


BREAKS: dict[str, list[tuple[str, Break, str]]] = {
    "sqlite": [
        (
            "no trigger at INSERT",
            owner_says("DROP TRIGGER partner_guard_insert_tag"),
            "write: insert(Table) for their partner",
        ),
        (
            "no trigger at UPDATE",
            owner_says("DROP TRIGGER partner_guard_others_update_tag"),
            "write: update(Table) of everything on the connection",
        ),
        (
            "no trigger at DELETE",
            owner_says("DROP TRIGGER partner_guard_others_delete_leaf_page"),
            "write: delete(Table) of everything",
        ),
        (
            "CASCADE meets no trigger",
            both(
                changes_reach_the_triggers,
                owner_says(
                    *(f"DROP TRIGGER partner_guard_others_delete_{name}" for name in OWNED),
                    *(f"DROP TRIGGER partner_guard_delete_{name}" for name in ("partner", "domain")),
                ),
            ),
            "write: their partner deleted: CASCADE eats its rows",
        ),
        (
            "no trigger at UPDATE of a table that all read",
            both(changes_reach_the_triggers, owner_says("DROP TRIGGER partner_guard_update_partner")),
            "write: the row of their partner",
        ),
        (
            "no trigger at INSERT into a table that all read",
            owner_says("DROP TRIGGER partner_guard_insert_domain"),
            "write: a domain planted with their partner",
        ),
        (
            "no trigger where the kit alone writes",
            both(changes_reach_the_triggers, owner_says("DROP TRIGGER partner_guard_update_installed")),
            "write: what the kit alone may write",
        ),
        ("every session is the kit's", every_session_is_the_kits, "write: the row of their partner"),
        ("every session sees as the kit", every_session_is_the_kits, "read: the kit's: text()"),
        (
            "acting as the kit doesn't end",
            acting_as_kit_goes_on,
            "read: the kit's: after a session failed as the kit",
        ),
        (
            "no trigger at UPDATE of what is the kit's alone",
            both(changes_reach_the_triggers, owner_says("DROP TRIGGER partner_guard_update_letter")),
            "write: the kit's: update(entity)",
        ),
        (
            "no trigger at DELETE of what is the kit's alone",
            both(
                changes_reach_the_triggers,
                owner_says("DROP TRIGGER partner_guard_delete_letter", "DROP TRIGGER partner_guard_delete_queued"),
            ),
            "write: the kit's: CASCADE from one's own row",
        ),
        (
            "changes of what is the kit's reach the triggers",
            changes_reach_the_triggers,
            "write: the kit's: which letters a DELETE by key would meet",
        ),
        (
            "others' rows are refused and not passed over",
            others_rows_are_refused,
            "write: a partner's: which keys a change would meet",
        ),
        (
            "a change that compares keys may call anything",
            changes_may_call_anything,
            "write: a partner's: which keys a change would fail for",
        ),
        (
            "cursors outlive their session",
            cursors_outlive_their_session,
            "read: a result kept over the end of its session",
        ),
        ("views without a filter", view_without_filter, "read: text()"),
        ("no authorizer", no_authorizer, "read: Table named with its schema"),
        ("the views' inner name is known", inner_name_known, "read: CTE over main"),
        ("a change may say main", changes_may_say_main, "write: values(text()) that reads main"),
        (
            "the pool keeps the partner",
            partner_outlives_its_session,
            "read: a pooled connection after the other partner",
        ),
    ],
    "postgresql": [
        ("row security off", owner_says("ALTER TABLE cohort DISABLE ROW LEVEL SECURITY"), "read: text()"),
        (
            "a policy for everybody",
            owner_says("CREATE POLICY everybody ON leaf_note TO sc_app USING (true)"),
            "read: select(Table) of a plugin",
        ),
        (
            "a policy that checks no new row",
            owner_says("ALTER POLICY partner_only ON leaf_page WITH CHECK (true)"),
            "write: insert(Table) executemany, the second for their partner",
        ),
        (
            "row security off on a table that all read",
            owner_says("ALTER TABLE partner DISABLE ROW LEVEL SECURITY", "DROP TRIGGER partner_guard ON partner"),
            "write: the row of their partner",
        ),
        (
            "a table that all read checks no new row",
            owner_says("ALTER POLICY added_by ON domain WITH CHECK (true)"),
            "write: a domain planted with their partner",
        ),
        (
            "a policy for everybody where the kit alone writes",
            owner_says(
                "CREATE POLICY everybody ON installed TO sc_app USING (true)",
                "DROP TRIGGER partner_guard ON installed",
            ),
            "write: what the kit alone may write",
        ),
        ("every session is the kit's", every_session_is_the_kits, "write: the row of their partner"),
        ("every session sees as the kit", every_session_is_the_kits, "read: the kit's: text()"),
        (
            "acting as the kit doesn't end",
            acting_as_kit_goes_on,
            "read: the kit's: after a session failed as the kit",
        ),
        (
            "row security off on what is the kit's alone",
            owner_says("ALTER TABLE letter DISABLE ROW LEVEL SECURITY"),
            "read: the kit's: on a connection beside the session",
        ),
        (
            "a policy for everybody on what names a partner",
            owner_says("CREATE POLICY everybody ON queued TO sc_app USING (true)"),
            "read: named to a partner: text()",
        ),
        (
            "CASCADE from one's own meets no trigger",
            owner_says(
                "DROP TRIGGER partner_guard ON letter",
                "DROP TRIGGER partner_guard ON queued",
                "CREATE POLICY everybody ON queued TO sc_app USING (true)",
            ),
            "write: the kit's: CASCADE from one's own row",
        ),
        (
            "other sessions' statements may be asked for",
            any_statement,
            "read: what another session says, in pg_stat_activity",
        ),
        (
            "temporary tables allowed",
            owner_says("GRANT TEMP ON DATABASE this TO PUBLIC"),
            "read: temporary table left in the pool",
        ),
        (
            "CASCADE meets no trigger",
            owner_says(
                "ALTER POLICY of_kit ON partner USING (true)",
                *(f"DROP TRIGGER partner_guard ON {name}" for name in (*OWNED, "partner", "domain")),
            ),
            "write: their partner deleted: CASCADE eats its rows",
        ),
        ("any statement passes", any_statement, "read: SET LOCAL app.partner"),
        ("the pool keeps the partner", setting_of_the_session, "read: a pooled connection after the other partner"),
    ],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The guards of this run's database."""
    if "broken" in metafunc.fixturenames:
        breaks = BREAKS[metafunc.config.getoption("--db")]
        metafunc.parametrize(("broken", "label"), [each[1:] for each in breaks], ids=[each[0] for each in breaks])


def test_a_guard_taken_away_is_noticed(
    broken: Break, label: str, fresh: Ground, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = (path for path in paths_on(database_kind) if path.name == label)
    broken(fresh, monkeypatch)
    assert leaks(path, fresh, fresh.session(fresh.mine, write=path.writes))
