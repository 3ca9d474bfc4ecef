"""Two partners with data of the same shape in one database, and the ways to look at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.db import PartnerSession, open_session
from systems_changers.infra.identifiers import new_id
from tests.isolation.every_table import owner_column
from tests.isolation.world import (
    Account,
    Cohort,
    Domain,
    Installed,
    LeafNote,
    LeafPage,
    Letter,
    Membership,
    Partner,
    Person,
    Queued,
    Tag,
    World,
    person_tag,
)


@dataclass(frozen=True)
class Side:
    """What one partner has. Every text in its rows carries `mark`, so that it is known wherever it turns up."""

    mark: str
    partner: UUID = field(default_factory=new_id)
    account: UUID = field(default_factory=new_id)
    cohort: UUID = field(default_factory=new_id)
    empty_cohort: UUID = field(default_factory=new_id)
    person: UUID = field(default_factory=new_id)
    second_person: UUID = field(default_factory=new_id)
    tag: UUID = field(default_factory=new_id)
    note: UUID = field(default_factory=new_id)
    queued: UUID = field(default_factory=new_id)
    letter: UUID = field(default_factory=new_id)

    def rows(self) -> list[object]:
        owner, mark = self.partner, self.mark
        return [
            Cohort(partner_id=owner, id=self.cohort, name=f"cohort {mark}"),
            Cohort(partner_id=owner, id=self.empty_cohort, name=f"empty {mark}"),
            Tag(partner_id=owner, id=self.tag, label=f"tag {mark}"),
            Domain(host=f"{mark}.example.org", partner_ref=owner),
            Installed(slug=f"plugin {mark}", title=f"plugin {mark}"),
            Queued(id=self.queued, partner_ref=owner, name=f"queued {mark}"),
            Membership(partner_id=owner, account_id=self.account, role=f"role {mark}"),
            LeafPage(partner_id=owner, hash=f"hash {mark}", content={"text": mark}),
        ]

    def children(self) -> list[object]:
        owner, mark, cohort = self.partner, self.mark, self.cohort
        return [
            Person(partner_id=owner, id=self.person, name=f"one {mark}", cohort_id=cohort, account_id=self.account),
            Person(partner_id=owner, id=self.second_person, name=f"two {mark}", cohort_id=cohort),
            LeafNote(partner_id=owner, id=self.note, text=f"note {mark}", cohort_id=cohort),
            Letter(id=self.letter, queued_id=self.queued, address=f"{mark}@letters.example"),
        ]

    def traces(self, found: object) -> list[str]:
        """Everything in `found` that is this partner's: marked text, identifiers, also deep inside rows and objects."""
        if isinstance(found, str | bytes | UUID):
            return [repr(found)] if self._is_mine(found) else []
        if isinstance(found, sa.CursorResult) and not found.returns_rows:
            return []
        if isinstance(found, Mapping):
            return self.traces([*found.keys(), *found.values()])
        if isinstance(found, Iterable):
            return [trace for each in found for trace in self.traces(each)]
        state = sa.inspect(found, raiseerr=False)
        loaded = state.dict.values() if state is not None else ()
        return self.traces([each for each in loaded if isinstance(each, str | bytes | UUID | Mapping)])

    def _is_mine(self, found: str | bytes | UUID) -> bool:
        if isinstance(found, UUID):
            return found in self._ids()
        if isinstance(found, bytes):
            return self.mark.encode() in found or any(each.bytes in found for each in self._ids())
        return self.mark in found or any(str(each) in found for each in self._ids())

    def _ids(self) -> list[UUID]:
        return [value for value in vars(self).values() if isinstance(value, UUID)]


@dataclass
class Ground:
    """One database with both partners in it. `app` is what the kit uses, `owner` sees and may do everything."""

    app: sa.Engine
    owner: sa.Engine
    mine: Side = field(default_factory=lambda: Side("Rowan"))
    theirs: Side = field(default_factory=lambda: Side("Alder"))

    def seed(self) -> None:
        """The same rows as at the start, whatever happened since."""
        with Session(self.owner) as db:
            for table in reversed(World.metadata.sorted_tables):
                db.execute(sa.delete(table))
            for side in (self.mine, self.theirs):
                db.add(Partner(id=side.partner, name=f"partner {new_id()}"))
                db.add(Account(id=side.account, email=f"{new_id()}@example.org"))
            for step in ("rows", "children"):
                db.flush()
                db.add_all(row for side in (self.mine, self.theirs) for row in getattr(side, step)())
            db.flush()
            links = [
                {"partner_id": s.partner, "person_id": s.person, "tag_id": s.tag} for s in (self.mine, self.theirs)
            ]
            db.execute(sa.insert(person_tag), links)
            db.commit()

    def rows_of(self, side: Side) -> dict[str, list[str]]:
        """Every stored row that is one partner's, by table, as the owner sees it."""
        with self.owner.connect() as connection:
            return {
                table.name: sorted(
                    repr(tuple(row))
                    for row in connection.execute(sa.select(table).where(table.c[column] == side.partner))
                )
                for table in World.metadata.sorted_tables
                if (column := owner_column(table))
            }

    def shared_rows(self) -> list[str]:
        """What the kit alone may write."""
        with self.owner.connect() as connection:
            return sorted(
                repr(tuple(row))
                for table in World.metadata.sorted_tables
                if owner_column(table) is None
                for row in connection.execute(sa.select(table))
            )

    def session(self, side: Side, *, write: bool = False) -> PartnerSession:
        return open_session(self.app, side.partner, account_id=side.account, write=write)


@dataclass(frozen=True)
class Case:
    """What a path is given: a session of mine, and the knowledge of what is theirs."""

    db: Session
    ground: Ground

    @property
    def mine(self) -> Side:
        return self.ground.mine

    @property
    def theirs(self) -> Side:
        return self.ground.theirs

    @property
    def sqlite(self) -> bool:
        return self.ground.app.dialect.name == "sqlite"
