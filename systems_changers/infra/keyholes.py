"""Questions about what is the kit's alone that may be asked from outside: each one statement, and no other.

Who arrives has to be found out before there is a partner to begin a session for, and in one round trip. On PostgreSQL
the database itself answers (`keyholes_postgresql`); on SQLite the statement runs as the kit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra import keyholes_postgresql
from systems_changers.infra.db import Base
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.isolation_postgresql import OWN_WORDS
from systems_changers.infra.keyholes_postgresql import KEYHOLES, Question


class Keyhole:
    """A statement; its parameters are what is asked, its constants are literals. A schema has one of each name."""

    def __init__(self, name: str, question: Question, metadata: sa.MetaData = Base.metadata) -> None:
        self.name, self.question = name, question
        metadata.info.setdefault(KEYHOLES, {})[name] = question

    def look(self, connection: sa.Connection, given: Mapping[str, Any]) -> sa.Row[Any]:
        """The one row that answers the question with these values, on a connection that is in no transaction yet."""
        if connection.dialect.name == "postgresql":
            return connection.execute(self._call, given, execution_options=OWN_WORDS).one()
        from systems_changers.infra import isolation_sqlite  # slow: not loaded beside PostgreSQL

        with connection.begin():
            isolation_sqlite.act(connection, as_kit=True)
            return connection.execute(self.question, given).one()

    def joined(self, session: Session, ask: Callable[[sa.FromClause], Question]) -> Sequence[Any]:
        """What a partner's session answers to `ask`, which is given the keyhole's answer as a table to join."""
        if session.get_bind().dialect.name == "postgresql":
            return session.execute(ask(self._answer.alias(self.name)), execution_options=OWN_WORDS).all()
        with as_the_kit(session):
            return session.execute(ask(self.question.subquery(self.name))).all()

    @cached_property
    def _answer(self) -> Any:
        return keyholes_postgresql.answer(self.name, self.question)

    @cached_property
    def _call(self) -> sa.Select[Any]:
        return sa.select(*self._answer.c)
