"""A partner with two cohorts and everybody who might look at an experiment; each test gets partners of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

import pluggy
import pytest
import sqlalchemy as sa

import systems_changers.core.curriculum.models
import systems_changers.core.operations.models
import systems_changers.core.sessions.models
import systems_changers.core.summaries.models  # noqa: F401 - foreign keys go by name, so every table must be known
from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.experiments.models import Evidence, Experiment, ExperimentOwner, ExperimentStep
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Account, Person
from systems_changers.hooks import specs
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import Scope
from systems_changers.hooks.view import Implementation, Views
from systems_changers.infra import isolation
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base, open_session
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.files import NO_FILES, Shelf
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.roles import prepare_roles
from tests.statements import statements

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=30)
TEXTS = {
    "title": "Arrears letter",
    "insight": "saw-insight",
    "hypothesis": "saw-hypothesis",
    "prediction": "saw-prediction",
    "smallest_test": "saw-smallest",
    "harm_check": "saw-harm",
    "permission_holder": "saw-permission",
    "signal_grow": "saw-grow",
    "signal_stop": "saw-stop",
    "learning": "saw-learning",
    "embedded_in": "saw-embedded",
}
ROLES = {
    "author": "participant",
    "co_owner": "participant",
    "learning_partner": "participant",
    "facilitator": "facilitator",
    "other_facilitator": "facilitator",
    "member": "participant",
    "invited": "participant",
    "other_participant": "participant",
    "manager": "line_manager",
    "administrator": "administrator",
    "analyst": "analyst",
}


@dataclass
class World:
    """Two partners in one database; `people` are this partner's, by what they are to the author."""

    engine: sa.Engine
    partner: PartnerFacts
    other: PartnerFacts
    people: dict[str, UUID] = field(default_factory=dict)
    cohort: UUID = field(default_factory=new_id)
    second_cohort: UUID = field(default_factory=new_id)
    checks: tuple[Implementation, ...] = ()
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    shelves: Callable[[UUID], Shelf] = lambda _partner_id: NO_FILES

    def actor(self, who: str) -> ActorFacts:
        """Who acts; `nobody` is an account with every role and no person, `stranger` an administrator elsewhere."""
        if who == "nobody":
            return ActorFacts(account_id=new_id(), roles=frozenset({"participant", "line_manager", "analyst"}))
        if who == "stranger":
            return ActorFacts(account_id=new_id(), person_id=self.people["author"], roles=frozenset({"administrator"}))
        return ActorFacts(account_id=new_id(), person_id=self.people[who], name=who, roles=frozenset({ROLES[who]}))

    @contextmanager
    def scope(self, who: str, *, write: bool = False) -> Iterator[Scope]:
        """A scope for one of the people, committed at the end when it writes."""
        partner, actor = self.other if who == "stranger" else self.partner, self.actor(who)
        manager = pluggy.PluginManager(specs.PROJECT)
        manager.add_hookspecs(specs)
        views = Views(Registry(manager))
        hooks = Calls(views, views.of(()), partner)
        if self.checks:
            implementations = hooks.view.implementations | {"sc_check_experiment_transition": self.checks}
            hooks.view = replace(hooks.view, implementations=implementations)
        session = open_session(self.engine, partner.id, account_id=None, write=write)
        try:
            yield Scope(session, partner, actor, hooks, self.clock, _link, self.shelves(partner.id))
            if write:
                session.commit()
        finally:
            session.close()

    def experiment(self, *, state: str = "running", author: str = "author", **texts: str | None) -> UUID:
        """An experiment in the author's cohort with every text filled, one piece of evidence and one step."""
        id_ = new_id()
        with self.scope(author, write=True) as scope:
            row = Experiment(id=id_, author_id=self.people[author], cohort_id=self.cohort, state=state, **TEXTS | texts)
            row.condition, row.scaling, row.started_on = "policies", ["up"], date(2026, 2, 3)
            scope.db.add(row)
            scope.db.flush()
            scope.db.add(Evidence(experiment_id=id_, text="saw-evidence", seen_on=date(2026, 3, 1), tells="grow"))
            step = ExperimentStep(experiment_id=id_, from_state="ready", to_state="running", at=NOW, why="saw-why")
            scope.db.add_all([step, ExperimentOwner(experiment_id=id_, person_id=self.people["co_owner"])])
        return id_

    def counted(self) -> AbstractContextManager[list[str]]:
        """The statements sent meanwhile, without BEGIN and COMMIT."""
        return statements(self.engine)


def _link(endpoint: str, /, **values: object) -> str:
    return endpoint


@pytest.fixture(scope="session")
def engine(
    database_kind: Literal["sqlite", "postgresql"],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[sa.Engine]:
    """The application's engine on a database that has the whole schema, armed."""
    if database_kind == "sqlite":
        path: Path = tmp_path_factory.mktemp("experiments") / "kit.db"
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
def world(engine: sa.Engine) -> World:
    """A fresh pair of partners with people, cohorts and nothing shared."""
    made = World(engine, _partner("one"), _partner("two"))
    accounts: dict[str, UUID] = {}
    with open_session(engine, None, write=True) as db:
        for partner in (made.partner, made.other):
            db.add(Partner(id=partner.id, slug=partner.slug, name=partner.name))
        for who in ROLES:
            accounts[who] = new_id()
            db.add(Account(id=accounts[who], email=f"{accounts[who]}@example.org"))
        db.commit()
    with open_session(engine, made.partner.id, write=True) as db:
        for who in ROLES:
            made.people[who] = new_id()
            db.add(Person(id=made.people[who], name=who.replace("_", " ").title(), account_id=accounts[who]))
        for id_, name in ((made.cohort, "Portlaggan"), (made.second_cohort, "Elsewhere")):
            db.add(Cohort(id=id_, name=name, state="running", safeguarding_name="Ailsa", safeguarding_contact="01"))
        db.flush()
        db.add_all(_parts(made))
        db.commit()
    return made


def _partner(word: str) -> PartnerFacts:
    id_ = new_id()
    return PartnerFacts(id=id_, slug=f"{word}-{id_}", name=word)


def _parts(world: World) -> list[CohortPerson]:
    here = [
        ("author", "participant", "confirmed"), ("member", "participant", "confirmed"),
        ("invited", "participant", "invited"), ("facilitator", "facilitator", "confirmed"),
    ]  # fmt: skip
    there = [
        ("other_participant", "participant", "confirmed"), ("co_owner", "participant", "confirmed"),
        ("other_facilitator", "facilitator", "confirmed"),
    ]  # fmt: skip
    rows = []
    for cohort, parts in ((world.cohort, here), (world.second_cohort, there)):
        for who, part, state in parts:
            row = CohortPerson(cohort_id=cohort, person_id=world.people[who], part=part, state=state)
            row.created_at, row.confirmed_at = BEFORE, BEFORE if state == "confirmed" else None
            if who == "author":
                row.manager_id, row.learning_partner_id = world.people["manager"], world.people["learning_partner"]
                row.learning_partner_since = BEFORE
            rows.append(row)
    return rows
