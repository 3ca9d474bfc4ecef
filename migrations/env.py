"""The one Alembic environment: runs a single distribution's revisions on the connection it is handed."""

from __future__ import annotations

from typing import Any

from alembic import context

unit = context.config.attributes["unit"]
connection = context.config.attributes["connection"]


def _own(thing: Any, name: str | None, kind: str, *_rest: Any) -> bool:
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", name)
    return bool(unit.owns(table or ""))


def _render(kind: str, thing: Any, autogen: Any) -> str | bool:
    name = type(thing).__name__
    if kind == "type" and name in ("Id", "Moment"):
        home = "toolkit" if unit.prefix else "infra.db"
        autogen.imports.add(f"from systems_changers.{home} import {name}")
        return f"{name}()"
    return False


context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    version_table=unit.version_table,
    include_object=_own,
    render_item=_render,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
