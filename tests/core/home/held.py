"""Fills every table that holds anything of people with a person whose every word is found again anywhere.

Rows are made from the tables alone, so that a new table and a new plugin join by themselves.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.experiments.models import ExperimentOwner
from systems_changers.core.people.models import Account, Membership, Person
from systems_changers.hooks.facts import PartnerFacts
from systems_changers.infra.db import APPEND_ONLY, ON_ERASURE, STAYS, Base, Id, Moment, Nobody, is_partner_table
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.subjects import ADDRESS, is_secret, personal_columns, ways_of
from systems_changers.testing.instance import NOW, Instance

NAME, EMAIL = "Morag Zqfraser", "morag.zq@harbour.example"
CONTENT = "%PDF Zqcontent of the file that she gave"
LEFT_ALONE = frozenset({"partner", "account", "person", "membership", "instance", "tombstone", "outbox"})
ONE_OF = {"childrens_society_safeguarding_review": ("experiment_id", "session_id")}
Row = dict[str, Any]


@dataclass
class Held:
    """A person who left a word in every personal column; `words` are (table, column) to what stands there."""

    instance: Instance
    owner: sa.Engine
    partner: PartnerFacts
    person_id: UUID
    account_id: UUID
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def strings(self) -> set[str]:
        """Everything by which she could be known."""
        return {NAME, EMAIL, *self.words.values()}

    def dump(self) -> dict[str, list[Row]]:
        """Every row of every table, past every guard."""
        with self.owner.connect() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
                for table in Base.metadata.sorted_tables
            }

    def found(self) -> list[str]:
        """Which strings stand in the database."""
        whole = [f"{name}: {json.dumps(row, default=str, ensure_ascii=False)}" for name, rows in self.dump().items()
                 for row in rows]  # fmt: skip
        return [f"{word} in {row[:60]}" for word in self.strings() for row in whole if word.lower() in row.lower()]

    def in_files(self, folder: Path) -> list[str]:
        """Which strings stand in the bytes of any file."""
        files = {file: file.read_bytes().lower() for file in folder.rglob("*") if file.is_file()}
        wanted = [(word, word.lower().encode()) for word in self.strings()]
        return [f"{word} in {file.name}" for word, sign in wanted for file, held in files.items() if sign in held]


def filled(instance: Instance, slug: str = "harbour") -> Held:
    """A partner with both partners' plugins, and Morag in every table of it."""
    partner = instance.add_partner("Harbour", slug=slug, plugins=("corra-scotland", "childrens-society"))
    instance.add_person(slug, "Ada Admin", "administrator")
    url = instance.kit.settings.owner_url
    held = Held(instance, open_owner_engine(url), partner, new_id(), new_id())
    held.rows["partner"] = {"id": partner.id}
    held.words["stored_file", "content"] = CONTENT
    numbers = count(1)
    _person(held, numbers)
    with held.owner.begin() as connection:
        connection.execute(sa.insert(OutboxRow).values(
            id=new_id(), kind="mail", partner_ref=partner.id, name="x", at=NOW, due_at=NOW, state="waiting", tries=0,
            data={}))  # fmt: skip
        held.rows["outbox"] = dict(connection.execute(sa.select(Base.metadata.tables["outbox"])).mappings().one())
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_ALONE or (not is_partner_table(table) and not _of_account(table)):
            continue
        row = _row(held, table, numbers)
        with held.owner.begin() as connection:
            connection.execute(sa.insert(table).values(row))
        held.rows[table.name] = row
    return held


def _of_account(table: sa.Table) -> bool:
    return bool(personal_columns(table)) or table.name == "token"


def _person(held: Held, numbers: Any) -> None:
    """The person and the account: the parents of everything else."""
    with held.owner.begin() as connection:
        for table, id_ in ((Account, held.account_id), (Person, held.person_id)):
            source = Base.metadata.tables[table.__tablename__]
            row = _row(held, source, numbers) | {"id": id_, "email": EMAIL}
            if table is Person:
                row |= {"name": NAME, "account_id": held.account_id, "source": "sheet", "source_key": "zqkey"}
            else:
                row |= {"is_operator": False}
            for name in ("email", "name"):
                held.words.pop((source.name, name), None)
            connection.execute(sa.insert(source).values(row))
            held.rows[source.name] = row
        kept = {"version": 1, "created_at": NOW, "updated_at": NOW, "extra": {}}
        role = {"id": new_id(), "account_id": held.account_id, "role": "facilitator"}
        connection.execute(sa.insert(Membership).values(partner_id=held.partner.id, **role, **kept))


def _row(held: Held, table: sa.Table, numbers: Any) -> Row:
    row: Row = {column.name: _value(held, table, column, numbers) for column in table.columns}
    for key in table.foreign_key_constraints:
        parent = held.rows.get(key.referred_table.name, {})
        for element in key.elements:
            if element.column.name in parent and element.parent.name != "partner_id":
                row[element.parent.name] = parent[element.column.name]
    fixed: Row = {
        "partner_id": held.partner.id, "partner_ref": held.partner.id, "created_by": held.account_id,
        "updated_by": held.account_id, "actor_account_id": held.account_id, "subject_ref": held.person_id,
        "deleted_at": None, "extra": {}, "source": None, "source_key": None,
    }  # fmt: skip
    row |= {name: value for name, value in fixed.items() if name in row}
    if table.name in ONE_OF:
        row[ONE_OF[table.name][1]] = None
    if isinstance(table.info.get("subject"), Nobody):
        row["extra"] = {"co_ordinator": f"Ask {NAME} or {EMAIL.upper()}"}
    for way in ways_of(table) if table.name != "token" else ():
        if way.to == ADDRESS:
            row[way.column] = EMAIL.title()
            held.words.pop((table.name, way.column), None)
    if table.name == "token":
        row["data"] = {"email": EMAIL}
    if table.name == "stored_file":
        row["sha256"] = _content(held)
    return row


def _content(held: Held) -> str:
    """What her file holds, kept on the day of the tests; answers its address."""
    with held.instance.scope(held.partner.slug) as scope:
        sha256 = scope.files.put(CONTENT.encode())
    for file in (held.instance.kit.settings.data / "files").rglob(f"*{sha256}*"):
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    return sha256


def _value(held: Held, table: sa.Table, column: sa.Column[Any], numbers: Any) -> Any:
    kind = column.type
    if column.info.get("personal") and isinstance(kind, sa.String | sa.JSON):
        return _word(held, table, column, next(numbers))
    if isinstance(kind, sa.String):
        return f"{column.name}"[: kind.length or 20] + (new_id().hex[:10] if column.primary_key else "")
    samples: list[tuple[Any, Any]] = [
        (Id, new_id()), (Moment, datetime(2026, 3, 1, 9, tzinfo=UTC)), (sa.JSON, {}), (sa.Boolean, False),
        (sa.Integer, 1), (sa.Float, 1.0), (sa.Date, date(2026, 3, 1)),
    ]  # fmt: skip
    return next(value for each, value in samples if isinstance(kind, each))


def _word(held: Held, table: sa.Table, column: sa.Column[Any], number: int) -> Any:
    """What stands in a personal column: a word of her own, or, where the row is nobody's, her name among others'."""
    if column.name.startswith("safeguarding_") and not is_secret(column) and table.name == "cohort":
        return f"Sue Guard {number}"  # nothing is taken out here
    word = f"Zq{number:03}{column.name}"[: getattr(column.type, "length", None) or 60]
    if isinstance(table.info.get("subject"), Nobody):
        word = f"{EMAIL} {number}" if "contact" in column.name else f"As {NAME} said {number}"
    elif (table.info.get(ON_ERASURE) or {}).get(column.name) == STAYS:
        word = f"As {NAME} said {number}"
    elif not is_secret(column):
        held.words[table.name, column.name] = word
    return (
        [word] if column.name in ("shows", "contact_by") else {"k": word} if isinstance(column.type, sa.JSON) else word
    )


def owned_with(held: Held, other: UUID) -> None:
    """Let somebody own Morag's experiment too."""
    with held.instance.scope(held.partner.slug, write=True) as scope:
        scope.db.add(ExperimentOwner(experiment_id=held.rows["experiment"]["id"], person_id=other,
                                     created_at=NOW + timedelta(days=1)))  # fmt: skip


def append_only() -> set[str]:
    """Tables that nothing is taken from."""
    return {table.name for table in Base.metadata.sorted_tables if APPEND_ONLY in table.info}
