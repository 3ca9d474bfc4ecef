"""The kit's data for a run: partners with both partner plugins on, cohorts with people, sessions and experiments.

Made through the kit's own commands where they exist, and row by row past them only where thousands are needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bench.ground import Ground
from bench.quiet import add_quiet
from bench.rows import Size, partner_rows
from systems_changers.core.home.service import instance, plugins
from systems_changers.core.partners.models import Partner
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account, Membership, Person
from systems_changers.core.summaries.models import ReceivedSummary
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.hooks.kit import Kit, load_plugins
from systems_changers.hooks.scope import no_links
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.settings import Settings, load_settings
from systems_changers.web import csrf

PARTNER_PLUGINS = ("corra-scotland", "childrens-society")
HOST = "127.0.0.1"
LISTED, HOSTING = 505, 30
REGISTER_ROW = "core:register"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A signed-in person: the cookie to send, and the token of that browser's forms."""

    cookie: str
    token: str


@dataclass(slots=True)
class World:
    """An instance. `people` are the signed-in people by partner slug and role."""

    data: Path
    settings: Settings
    kit: Kit
    people: dict[tuple[str, str], Somebody] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a server needs to serve it."""
        return {"SYSTEMS_CHANGERS_DATA": str(self.data)}

    def add(
        self, slug: str, size: Size, *, with_plugins: Sequence[str] = PARTNER_PLUGINS, **options: Any
    ) -> PartnerFacts:
        """A partner with rows, plugins and a facilitator who is signed in."""
        facts = instance.add_partner(self.kit, slug.replace("-", " ").title(), None, {"slug": slug, **options}).facts
        for plugin in with_plugins:
            plugins.switch(self.kit, plugin, slug, on=True)
        self.sign_in(facts, "facilitator")
        self.write(partner_rows(facts.id, self.person_of(facts, "facilitator"), size))
        return facts

    def sign_in(self, partner: PartnerFacts, role: str) -> None:
        """Somebody new with a role at a partner, signed in."""
        account_id = new_id()
        with self.kit.operator_scope(ANYONE, links=no_links, write=True) as outside:
            outside.db.add(Account(id=account_id, email=f"{role}@{partner.slug}.example"))
            outside.db.flush()
            secret = people.start_session(outside, account_id, people.Browser(HOST))
            outside.db.commit()
        actor = ActorFacts(account_id)
        with self.kit.scope(partner, actor, links=no_links, write=True) as scope:
            scope.db.add(Person(account_id=account_id, name=f"Morag {role.title()}"))
            scope.db.add(Membership(account_id=account_id, role=role))
            scope.db.commit()
        token = csrf.token_for(self.settings.secret_key, secret)
        self.people[partner.slug, role] = Somebody(f"sc-session={secret}", token)

    def person_of(self, partner: PartnerFacts, role: str) -> UUID:
        """The id of the person with a role."""
        with self.kit.scope(partner, ANYONE, links=no_links) as scope:
            found = sa.select(Person.id).join(Membership, Membership.account_id == Person.account_id)
            return scope.db.scalars(found.where(Membership.role == role)).one()

    def write(self, rows: Sequence[tuple[sa.Table, Sequence[dict[str, Any]]]]) -> None:
        """Put rows in as the owner, in one transaction: what a partner may not, a seed of thousands may."""
        owner = open_owner_engine(self.settings.owner_url)
        with owner.begin() as connection:
            for table, values in rows:
                if values:
                    connection.execute(table.insert(), list(values))
        owner.dispose()

    def add_many(self, number: int, size: Size) -> None:
        """As many partners more, each with rows, so that the instance is as full as the number says."""
        made = [{"id": new_id(), "slug": f"other-{at}", "name": f"Other {at}"} for at in range(number)]
        self.write([(table_of(Partner), made)])
        for start in range(0, number, 100):
            self.write([each for row in made[start : start + 100] for each in partner_rows(_id(row), None, size)])

    def add_foundation(self) -> PartnerFacts:
        """The foundation, an analyst, and what it has received of 505 listed and 30 hosting partners."""
        facts = instance.add_partner(self.kit, "Foundation", None, {"slug": "foundation", "kind": "foundation"}).facts
        self.sign_in(facts, "analyst")
        known = [
            {"id": new_id(), "slug": f"{kind}-{at}", "name": f"{kind.title()} {at}", "kind": kind}
            for kind, number in (("listed", LISTED), ("hosting", HOSTING))
            for at in range(number)
        ]
        self.write([(table_of(Partner), known), (table_of(ReceivedSummary), list(_received(facts.id, known)))])
        return facts


def _id(row: dict[str, Any]) -> UUID:
    found: UUID = row["id"]
    return found


def _received(foundation: UUID, known: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the register says of each listed partner, and every indicator of each hosting one."""
    today = datetime.now(UTC)
    for row in known:
        shared = {"partner_id": foundation, "about_partner": row["id"], "about_name": row["name"],
                  "about_order": row["name"].casefold(), "about_kind": row["kind"], "status": "reported",
                  "received_at": today, "from_on": today.date(), "to_on": today.date(), "cohorts": 4}  # fmt: skip
        if row["kind"] == "listed":
            counted = {"deliveries": 4, "recorded": 3, "heads": 71}
            yield {**shared, "indicator": REGISTER_ROW, "definition_hash": "register", "numerator": None,
                   "denominator": None, "people": 71, "parts": counted, "module_mix": {}}  # fmt: skip
            continue
        for indicator in indicators().values():
            yield {**shared, "indicator": indicator.id, "definition_hash": indicator.hash, "numerator": 29,
                   "denominator": 36, "people": 36, "parts": {}, "module_mix": {"canonical": 40}}  # fmt: skip


def table_of(model: type[Any]) -> sa.Table:
    """A model's table."""
    found = sa.inspect(model).local_table
    assert isinstance(found, sa.Table)
    return found


@contextmanager
def made_world(ground: Ground, *, quiet: bool = False) -> Iterator[World]:
    """A new, real instance with an empty first partner; with `quiet`, plugins that are there to be measured as well."""
    data = ground.new_folder() / "data"
    database = ground.new_database()
    given = {"public_url": f"http://{HOST}:8765"}
    if database is not None:
        given |= {"database": database[0], "owner_database": database[1]}
    instance.make_real(data, instance.FirstAnswers("First partner", "Administrator", "admin@example.org"), given)
    settings = load_settings(data)
    registry = load_plugins(settings)
    if quiet:
        add_quiet(registry)
    with instance.opened(settings, registry=registry) as kit:
        yield World(data, settings, kit)
