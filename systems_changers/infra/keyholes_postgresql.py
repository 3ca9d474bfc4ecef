"""Keyholes on PostgreSQL: functions with their owner's rights, made anew whenever the schema is armed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from systems_changers.infra.roles import APP_ROLE

Question = sa.Select[*tuple[Any, ...]]
KEYHOLES = "keyholes"
PREFIX = "sc_keyhole_"
DROP_ALL = """
DO $$ DECLARE hole regprocedure; BEGIN
  FOR hole IN SELECT oid::regprocedure FROM pg_proc WHERE starts_with(proname, 'sc_keyhole_') LOOP
    EXECUTE 'DROP FUNCTION ' || hole;
  END LOOP;
END $$
"""


def functions(metadata: sa.MetaData) -> Iterator[str]:
    """Takes away every keyhole that the database has, and makes those of this schema, for the application alone.

    Nothing where none is known: then the modules that ask were not loaded.
    """
    known: dict[str, Question] = metadata.info.get(KEYHOLES, {})
    if known:
        yield DROP_ALL
    for name, question in known.items():
        compiled = _compiled(question)
        given = ", ".join(each.type.compile(compiled.dialect) for each in _given(compiled))
        columns = ", ".join(f'"{column.name}" {column.type.compile(compiled.dialect)}' for column in _columns(question))
        called = f"{PREFIX}{name}({given})"
        yield (
            f"CREATE FUNCTION {called} RETURNS TABLE ({columns}) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 "
            f"SET search_path = public, pg_temp AS $$ #variable_conflict use_column\n"
            f"BEGIN RETURN QUERY {compiled}; END $$"
        )
        yield f"REVOKE ALL ON FUNCTION {called} FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {called} TO {APP_ROLE}"


def answer(name: str, question: Question) -> sa.FromClause:
    """The function's answer as a table; its arguments are the question's own parameters."""
    given = [sa.bindparam(each.key, type_=each.type) for each in _given(_compiled(question))]
    called: sa.FromClause = getattr(sa.func, PREFIX + name)(*given).table_valued(*_columns(question))
    return called


def _columns(question: Question) -> list[sa.ColumnClause[Any]]:
    return [sa.column(f"c{place}", column.type) for place, column in enumerate(question.selected_columns)]


def _compiled(question: Question) -> Any:
    from sqlalchemy.dialects import postgresql  # slow: not loaded beside SQLite

    made: Any = postgresql.dialect
    inlined = {"render_postcompile": True}
    return question.compile(dialect=made(paramstyle="numeric_dollar"), compile_kwargs=inlined)


def _given(compiled: Any) -> list[sa.BindParameter[Any]]:
    """The arguments in the order of their places. A constant would be one too, and anybody could give another."""
    given = [compiled.binds[name] for name in compiled.positiontup]
    if not all(each.required for each in given):
        raise ValueError("a keyhole's constants are literals (literal_execute)")
    return given
