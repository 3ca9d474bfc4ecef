"""An instance with two partners and nobody in it yet: what operations, partners and people are tested on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pluggy
import pytest
import sqlalchemy as sa

import systems_changers.core.cohorts.models
import systems_changers.core.curriculum.models
import systems_changers.core.experiments.models
import systems_changers.core.privacy.models
import systems_changers.core.sessions.models
import systems_changers.core.summaries.models  # noqa: F401 - foreign keys go by name, so every table must be known
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.queries import facts_of
from systems_changers.core.people.queries import arrive, who_is
from systems_changers.hooks import specs
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.hooks.manifest import Manifest
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.hooks.view import Views
from systems_changers.infra import isolation, passwords
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base, open_session
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.files import NO_FILES, Shelf
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import MailRow, OutboxRow
from systems_changers.infra.roles import prepare_roles
from systems_changers.web.addresses import Place
from systems_changers.web.arrival import Arrival
from tests.statements import statements

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
HOST = "changers.example.org"
CHEAP = passwords.HashCost(rounds=1, memory=8)


@dataclass
class Instance:
    """Two partners in one database; a scope is made for whoever is asked for, and committed when it writes."""

    engine: sa.Engine
    partner: PartnerFacts
    other: PartnerFacts
    registry: Registry
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    shelves: Callable[[UUID], Shelf] = lambda _partner_id: NO_FILES

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock = FixedClock(self.clock.now() + timedelta(**span))

    @contextmanager
    def scope(
        self, actor: ActorFacts = ANYONE, *, at: PartnerFacts | None = None, write: bool = False
    ) -> Iterator[Scope]:
        """A scope at the first partner, or `at` another."""
        partner = at or self.partner
        views = Views(self.registry)
        calls = Calls(views, views.of(partner.plugins), partner)
        session = open_session(self.engine, partner.id, account_id=actor.account_id, write=write)
        try:
            yield Scope(session, partner, actor, calls, self.clock, link_at(partner.slug), self.shelves(partner.id))
            if write:
                session.commit()
        finally:
            session.close()

    @contextmanager
    def operator(self, actor: ActorFacts = ANYONE, *, write: bool = False) -> Iterator[OperatorScope]:
        """A scope outside any partner."""
        session = open_session(self.engine, None, account_id=actor.account_id, write=write)
        try:
            yield OperatorScope(session, actor, self.clock, link_at(""))
            if write:
                session.commit()
        finally:
            session.close()

    def do(self, service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One service call by nobody in particular, committed; `actor` and `at` say who and where."""
        actor, at = kwargs.pop("actor", ANYONE), kwargs.pop("at", None)
        with self.scope(actor, at=at, write=True) as scope:
            return service(scope, *args, **kwargs)

    def see(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One query by nobody in particular."""
        actor, at = kwargs.pop("actor", ANYONE), kwargs.pop("at", None)
        with self.scope(actor, at=at) as scope:
            return query(scope, *args, **kwargs)

    def refresh(self) -> None:
        """Read the first partner's facts again."""
        with open_session(self.engine, None) as db:
            self.partner = facts_of(db.get_one(Partner, self.partner.id))

    def arrive(self, secret: str | None, *, host: str = HOST, slug: str | None = None) -> Arrival:
        """What the edge learns of a request."""
        place = Place(host, slug=slug)
        with self.engine.connect() as connection:
            return arrive(connection, place, secret, now=self.clock.now)

    def actor(self, secret: str, at: PartnerFacts | None = None) -> ActorFacts:
        """Who a session's secret makes somebody at a partner."""
        partner = at or self.partner
        account = self.arrive(secret, slug=partner.slug).account
        assert account is not None
        with self.scope(ActorFacts(account.id), at=partner) as scope:
            return who_is(scope.db, partner, account)

    def mails(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Template, address and values of the mails that wait, here or outside any partner."""
        with open_session(self.engine, None) as db:
            waiting = sa.select(OutboxRow.name, MailRow.address, MailRow.values).join(
                MailRow, MailRow.outbox_id == OutboxRow.id
            )
            return [(row[0], row[1], row[2]) for row in db.execute(waiting.order_by(OutboxRow.id))]

    def audit(self, at: PartnerFacts | None = None) -> list[str]:
        """The names of what was recorded at a partner, in order."""
        with self.scope(at=at) as scope:
            return list(scope.db.scalars(sa.select(AuditEvent.name).order_by(AuditEvent.at, AuditEvent.id)))

    def counted(self) -> AbstractContextManager[list[str]]:
        """The statements sent meanwhile, without BEGIN and COMMIT."""
        return statements(self.engine)


@dataclass(frozen=True)
class link_at:  # noqa: N801 - it stands in for a function
    """Addresses that name the partner and the endpoint, so that a test can read them."""

    slug: str

    def __call__(self, endpoint: str, /, **values: object) -> str:
        return "/".join([f"https://{HOST}/p/{self.slug}", endpoint, *map(str, values.values())])


def manifest(slug: str, **values: Any) -> Manifest:
    """A plugin's manifest, without its code."""
    return Manifest(slug, slug.title(), "0.1.0", ">=0", "none", Path("nowhere"), **values)


@pytest.fixture(scope="session")
def database(
    database_kind: Literal["sqlite", "postgresql"],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[sa.Engine]:
    """The application's engine on a database that has the whole schema, armed and empty."""
    if database_kind == "sqlite":
        path = tmp_path_factory.mktemp("instance") / "kit.db"
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
    yield app
    app.dispose()


@pytest.fixture
def instance(database: sa.Engine) -> Iterator[Instance]:
    """A fresh pair of partners, with passwords hashed cheaply and the outbox empty."""
    before = passwords.use_cost(CHEAP)
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    with open_session(database, None, write=True) as db:
        for table in (MailRow, OutboxRow):
            db.execute(sa.delete(table))
        rows = [Partner(slug=f"{word}-{new_id()}", name=f"{word.title()} Trust") for word in ("corra", "alder")]
        db.add_all(rows)
        db.flush()
        mine, theirs = map(facts_of, rows)
        db.commit()
    yield Instance(database, mine, theirs, Registry(manager))
    passwords.use_cost(before)


def fresh_email(name: str = "morag") -> str:
    """An address that no other test uses."""
    return f"{name}.{new_id().hex}@example.org"


def administrator(account_id: UUID | None = None) -> ActorFacts:
    """Somebody who looks after the partner."""
    return ActorFacts(account_id or new_id(), roles=frozenset({"administrator"}))


def with_role(role: str) -> ActorFacts:
    """Somebody with one role."""
    return replace(administrator(), roles=frozenset({role}))
