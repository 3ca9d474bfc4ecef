"""PostgreSQL's three roles: the owner migrates, the application owns nothing, the roll-up reads listed tables.

No default privileges, on purpose: a new table is granted by `isolation.arm`, after its policies stand.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.text import msg

APP_ROLE = "sc_app"
ROLLUP_ROLE = "sc_rollup"
SURVEY = """
SELECT current_user, rolsuper, rolbypassrls,
       EXISTS (SELECT FROM pg_roles door WHERE door.rolname = 'sc_rollup' AND pg_has_role(door.oid, 'USAGE')),
       EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p', 'v', 'm'))
FROM pg_roles WHERE rolname = current_user
"""


def prepare_roles(owner_connection: sa.Connection, *, password: str) -> None:
    """Make the application's roles, or set them right; safe to repeat. The owner needs CREATEROLE.

    `password` is hashed before it is sent, so that it never stands in the server's log; an empty one leaves the role's
    as it is. Roles belong to the whole server: two instances on one server share them, and the last password holds.
    """
    present = set(owner_connection.exec_driver_sql("SELECT rolname FROM pg_roles").scalars())
    if ROLLUP_ROLE not in present:
        owner_connection.exec_driver_sql(f"CREATE ROLE {ROLLUP_ROLE} NOLOGIN")
    if APP_ROLE not in present:
        owner_connection.exec_driver_sql(f"CREATE ROLE {APP_ROLE} LOGIN NOINHERIT")
    database = owner_connection.dialect.identifier_preparer.quote(
        owner_connection.exec_driver_sql("SELECT current_database()").scalar_one()
    )
    # Before 16 it is the member that doesn't inherit; since then each membership says so itself.
    apart = " WITH INHERIT FALSE, SET TRUE" if (owner_connection.dialect.server_version_info or ()) >= (16,) else ""
    for statement in (
        f"ALTER ROLE {APP_ROLE} LOGIN NOINHERIT{_password(owner_connection, password)}",
        f"GRANT {ROLLUP_ROLE} TO {APP_ROLE}{apart}",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",  # a temporary table would outlive its partner in the pool
        f"GRANT CONNECT ON DATABASE {database} TO {APP_ROLE}",
        # Only a superuser can take it away; where the owner is none, the guard of statements stands alone.
        "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}, {ROLLUP_ROLE}",
    ):
        owner_connection.exec_driver_sql(statement)


def _password(connection: sa.Connection, password: str) -> str:
    if not password:
        return ""
    driver: Any = connection.connection.driver_connection
    hashed = driver.pgconn.encrypt_password(password.encode(), APP_ROLE.encode(), b"scram-sha-256").decode()
    return f" PASSWORD '{hashed}'"


def check_app_cursor(cursor: Any) -> None:
    """Raise Misconfigured where the role of a driver's cursor could walk round row security."""
    cursor.execute(SURVEY)
    name, superuser, bypasses, inherits, owns = cursor.fetchone()
    why = (
        (superuser, msg("is a superuser")),
        (bypasses, msg("may bypass row security")),
        (owns, msg("owns tables")),
        (inherits, msg("inherits the rights of the roll-up role")),
        (name != APP_ROLE, msg("is not %(role)s", role=APP_ROLE)),
    )
    for wrong, reason in why:
        if wrong:
            raise Misconfigured(
                msg(
                    "The application's database role %(name)s %(reason)s. Connect as %(role)s.",
                    name=name,
                    reason=str(reason),
                    role=APP_ROLE,
                )
            )
