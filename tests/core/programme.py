"""A partner with people, a plugin's offers and the real curriculum: what cohorts and sessions are tested on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pluggy
import pytest
import sqlalchemy as sa

import systems_changers.core.experiments.models
import systems_changers.core.operations.models
import systems_changers.core.sessions.models
import systems_changers.core.summaries.models  # noqa: F401 - foreign keys go by name, so every table must be known
from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.cohorts.queries import cohort_row
from systems_changers.core.curriculum.service import Loaded, load_canonical
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Account, Membership, Person
from systems_changers.hooks import specs
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import (
    ActorFacts,
    CohortFacts,
    CohortType,
    PartnerFacts,
    Refusal,
    ReportOffer,
    SessionFacts,
    VariantOffer,
)
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.hooks.view import Implementation, Views
from systems_changers.infra import isolation
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base, open_session
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import MailRow, OutboxRow
from systems_changers.infra.roles import prepare_roles
from systems_changers.infra.text import msg
from tests.statements import statements

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
ROLES = {
    "morag": "facilitator",
    "euan": "administrator",
    "aileen": "participant",
    "calum": "participant",
    "priya": "participant",
    "ruth": "line_manager",
}


class Offers:
    """What the one plugin of these tests offers and refuses; a test fills it in."""

    def __init__(self) -> None:
        self.variants: list[VariantOffer] = []
        self.types: list[CohortType] = []
        self.reports: list[ReportOffer] = []
        self.against: dict[str, str] = {}

    def sc_offer_variants(self) -> Sequence[VariantOffer]:
        return self.variants

    def sc_offer_cohort_types(self, partner: PartnerFacts) -> Sequence[CohortType]:
        return self.types

    def sc_offer_reports(self, partner: PartnerFacts) -> Sequence[ReportOffer]:
        return self.reports

    def sc_check_cohort_transition(self, scope: Scope, cohort: CohortFacts, to: str) -> Sequence[Refusal]:
        return [Refusal(msg(self.against[to]))] if to in self.against else []

    def sc_check_session_transition(self, scope: Scope, session: SessionFacts, to: str) -> Sequence[Refusal]:
        return [Refusal(msg(self.against[to]))] if to in self.against else []


_WANTS = {
    "sc_offer_variants": (),
    "sc_offer_cohort_types": ("partner",),
    "sc_offer_reports": ("partner",),
    "sc_check_cohort_transition": ("scope", "cohort", "to"),
    "sc_check_session_transition": ("scope", "session", "to"),
}


@dataclass
class World:
    """Two partners in one database, one plugin; `people` are the first partner's."""

    engine: sa.Engine
    partner: PartnerFacts
    other: PartnerFacts
    offers: Offers = field(default_factory=Offers)
    people: dict[str, UUID] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock = FixedClock(self.clock.now() + timedelta(**span))

    def actor(self, who: str) -> ActorFacts:
        """Who acts; `stranger` is an administrator of the other partner, `nobody` has roles and is no person here."""
        if who in {"stranger", "nobody"}:
            role = "administrator" if who == "stranger" else "participant"
            return ActorFacts(account_id=new_id(), roles=frozenset({role}))
        return ActorFacts(account_id=new_id(), person_id=self.people[who], name=who, roles=frozenset({ROLES[who]}))

    @contextmanager
    def scope(self, who: str = "morag", *, write: bool = False) -> Iterator[Scope]:
        """A scope for one of the people, committed at the end when it writes."""
        partner = self.other if who == "stranger" else self.partner
        manager = pluggy.PluginManager(specs.PROJECT)
        manager.add_hookspecs(specs)
        views = Views(Registry(manager))
        hooks = Calls(views, views.of(()), partner)
        hooks.view = replace(hooks.view, implementations=hooks.view.implementations | self.implementations())
        session = open_session(self.engine, partner.id, account_id=None, write=write)
        try:
            yield Scope(session, partner, self.actor(who), hooks, self.clock, _link)
            if write:
                session.commit()
        finally:
            session.close()

    def implementations(self) -> dict[str, tuple[Implementation, ...]]:
        """The one plugin's functions by hook."""
        return {name: (Implementation("corra", getattr(self.offers, name), _WANTS[name]),) for name in _WANTS}

    def do(self, service: Callable[..., Any], *args: Any, who: str = "morag", **kwargs: Any) -> Any:
        """One service call in a write scope of its own, committed."""
        with self.scope(who, write=True) as scope:
            return service(scope, *args, **kwargs)

    def see(self, query: Callable[..., Any], *args: Any, who: str = "morag", **kwargs: Any) -> Any:
        """One query in a read scope of its own."""
        with self.scope(who) as scope:
            return query(scope, *args, **kwargs)

    def join(self, cohort_id: UUID, who: str, **values: Any) -> UUID:
        """Put one of the people into a cohort; answers the id of their part."""
        with self.scope(write=True) as scope:
            values = {"part": "participant", "state": "confirmed"} | values
            row = CohortPerson(cohort_id=cohort_id, person_id=self.people[who], **values)
            scope.db.add(row)
            scope.db.flush()
            return row.id

    def under_way(self, cohort_id: UUID) -> None:
        """Let the cohort take place, without the steps that lead there."""
        with self.scope(write=True) as scope:
            cohort_row(scope, cohort_id).state = "running"

    def events(self) -> list[str]:
        """The names of the events announced at this partner so far, in order."""
        with open_session(self.engine, None) as db:
            found = sa.select(OutboxRow.name).where(OutboxRow.partner_ref == self.partner.id, OutboxRow.kind == "event")
            return list(db.scalars(found.order_by(OutboxRow.at, OutboxRow.id)))

    def mails(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Template, address and values of the mails waiting at this partner."""
        with open_session(self.engine, None) as db:
            found = sa.select(OutboxRow.name, MailRow.address, MailRow.values).join(
                MailRow, MailRow.outbox_id == OutboxRow.id
            )
            rows = db.execute(
                found.where(OutboxRow.partner_ref == self.partner.id).order_by(OutboxRow.at, OutboxRow.id)
            )
            return [(row[0], row[1], row[2]) for row in rows]

    def counted(self) -> AbstractContextManager[list[str]]:
        """The statements sent meanwhile, without BEGIN and COMMIT."""
        return statements(self.engine)


def _link(endpoint: str, /, **values: object) -> str:
    return "/".join([endpoint, *map(str, values.values())])


@pytest.fixture(scope="session")
def engine(
    database_kind: Literal["sqlite", "postgresql"],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[sa.Engine]:
    """The application's engine on a database that has the whole schema, armed, with the curriculum loaded."""
    if database_kind == "sqlite":
        path = tmp_path_factory.mktemp("programme") / "kit.db"
        owner, app = open_owner_engine(f"sqlite:///{path}"), open_engine(f"sqlite:///{path}")
    else:
        server = request.getfixturevalue("postgres")
        name = server.create_database()
        owner, app = open_owner_engine(server.url(name)), open_engine(server.url(name, user="sc_app"))
        with owner.begin() as connection:
            prepare_roles(connection, password="not asked for on this socket")
    with owner.begin() as connection:
        Base.metadata.create_all(connection)
        isolation.arm(connection)
    owner.dispose()
    with open_session(app, None, write=True) as db:
        load_canonical(OperatorScope(db, ActorFacts(), FixedClock(NOW), _link))
        db.commit()
    yield app
    app.dispose()


def load(scope: Scope, folder: Path) -> Loaded:
    """Load canonical modules in a partner's transaction, which the test rolls back."""
    with isolation.as_the_kit(scope.db):
        return load_canonical(OperatorScope(scope.db, scope.actor, scope.clock, scope.links), folder)


@pytest.fixture
def world(engine: sa.Engine) -> World:
    """A fresh pair of partners, and people at the first."""
    made = World(engine, _partner("one"), _partner("two"))
    accounts = {who: new_id() for who in ROLES}
    with open_session(engine, None, write=True) as db:
        for partner in (made.partner, made.other):
            db.add(Partner(id=partner.id, slug=partner.slug, name=partner.name))
        for who, id_ in accounts.items():
            db.add(Account(id=id_, email=f"{who}.{id_}@example.org"))
        db.commit()
    with open_session(engine, made.partner.id, write=True) as db:
        for who, role in ROLES.items():
            made.people[who] = new_id()
            address = f"{who}@portlaggan.example"
            row = Person(id=made.people[who], name=who.title(), email=address, account_id=accounts[who])
            row.organisation, row.team = ("Council" if who in {"aileen", "ruth"} else "Surgery"), who
            db.add_all([row, Membership(account_id=accounts[who], role=role)])
        db.commit()
    made.accounts = accounts
    return made


def _partner(word: str) -> PartnerFacts:
    id_ = new_id()
    return PartnerFacts(id=id_, slug=f"{word}-{id_}", name=word)
