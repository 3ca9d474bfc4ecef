"""An instance with one partner whose only plugin says markup and script everywhere, and somebody in each role there.

Its one cohort is of the plugin's kind, with a plan, sessions and experiments, so that what the plugin says is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import sqlalchemy as sa

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.home.service.programme import read_cohort
from systems_changers.core.people.models import Account
from systems_changers.core.sessions import service as sessions
from systems_changers.core.sessions.rules import FirstMeeting
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.hooks.registry import find_manifests, load
from systems_changers.infra.jobs import MailRow
from systems_changers.infra.paths import PACKAGE
from systems_changers.testing.instance import NOW, Instance, no_links, open_instance
from systems_changers.web.dispatch import compose
from tests.browser.corpus import said
from tests.browser.site import Site, at_port
from tests.browser.visitor import VARIANTS, Visitor, arrive
from tests.core.home.filling import House, experiments, participants, received
from tests.faults.trial import free_port
from tests.instance import make_template

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SLUG, FOUNDATION = "hostile", "foundation"
ROLES = ("administrator", "facilitator", "participant", "line_manager")
CORE = PACKAGE / "core"
MAILED = {
    "link": "https://kit.example/", "minutes": 15, "hours": 2, "days": 30, "day": "1 May", "by_hand": True,
    "name": said("mail.name"), "partner_name": said("mail.partner"),
}  # fmt: skip
FOLDER = Path(__file__).with_name("hostile")
HEARD = """(() => { const was = window.alert
    window.alert = (...said) => { window.ran = true; was(...said) } })()"""


@dataclass(frozen=True)
class Hostile:
    """The site, the instance, who is there, and one of each thing that a page is about."""

    site: Site
    instance: Instance
    actors: Mapping[str, ActorFacts]
    cohort: UUID
    session: UUID
    experiment: UUID

    def root(self, role: str) -> str:
        """The partner's prefix, as somebody in this role has it."""
        return f"/p/{FOUNDATION if role == 'analyst' else SLUG}/"

    def come_in(self, browser: Browser, role: str) -> Visitor:
        """A browser of the person in this role; a visitor's has nobody in it. A dialog is noted and closed."""
        visitor = arrive(self.site, browser, VARIANTS[1])
        visitor.page.on("dialog", lambda dialog: dialog.dismiss())
        visitor.context.add_init_script(HEARD)
        if role in self.actors:
            partner = FOUNDATION if role == "analyst" else SLUG
            secret = self.instance.client(partner, self.actors[role]).client.get_cookie(
                "sc-session", domain="127.0.0.1"
            )
            assert secret is not None
            given = {"name": "sc-session", "value": secret.value, "url": self.site.address}
            visitor.context.add_cookies([given])  # type: ignore[list-item]  # a TypedDict that Playwright doesn't export
        return visitor

    def mailed(self) -> list[str]:
        """The paths of links that wait to be mailed."""
        with self.instance.kit.operator_scope(ANYONE, links=no_links) as scope:
            kept = scope.db.scalars(sa.select(MailRow.values).order_by(MailRow.id))
            return [str(each["link"]).removeprefix(self.site.address) for each in kept if "link" in each]

    def mails(self) -> list[str]:
        """Every mail that the kit sends, as a page."""
        made = []
        for each in sorted(CORE.glob("*/templates/*/mail_*.html")):
            mail = MailRow(address="somebody@example.org", locale="en_GB", values=MAILED)
            composed = compose(self.site.house, f"{each.parent.name}/{each.stem}", mail, self.instance.partners[SLUG])
            html = composed.get_body(("html",))
            assert html is not None
            made.append(str(html.get_content()))
        return made


@contextmanager
def hostile_site(folder: Path) -> Iterator[Hostile]:
    """Made in an empty folder and served."""
    registry = load(*find_manifests(FOLDER))
    assert registry.quarantined == []
    template, port = make_template("sqlite", folder, None, registry), free_port()
    data = folder / "data"
    data.mkdir()
    address = f"http://127.0.0.1:{port}"
    instance = open_instance(template.copy(data), data, registry, public_url=address, port=port)
    instance.add_partner("Hostile", slug=SLUG, plugins=(SLUG,))
    actors = {role: instance.add_person(SLUG, f"{role.title()} Somebody", role) for role in ROLES}
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.get_one(Account, actors["administrator"].account_id).is_operator = True
        scope.db.commit()
    actors["analyst"] = _foundation(instance, actors)
    cohort, session, experiment = _filled(instance, actors)
    with at_port(instance.app, port) as site:
        yield Hostile(site, instance, actors, cohort, session, experiment)


def _foundation(instance: Instance, actors: Mapping[str, ActorFacts]) -> ActorFacts:
    """A foundation with the same plugin, some partners that it has received of, and its analyst."""
    instance.add_partner("Foundation", slug=FOUNDATION, kind="foundation", plugins=(SLUG,))
    analyst = instance.add_person(FOUNDATION, "Analyst Somebody", "analyst")
    received(House(instance, FOUNDATION, actors, uuid4()), range(3))
    return analyst


def _filled(instance: Instance, actors: Mapping[str, ActorFacts]) -> tuple[UUID, UUID, UUID]:
    """A cohort of the plugin's kind with its plan and sessions, an experiment in it, and somebody beside the roles."""
    kind = instance.kit.calls(instance.partners[SLUG]).offer_cohort_types(instance.partners[SLUG])[0][1]
    facilitator = actors["facilitator"]
    cohort = instance.add_cohort(SLUG, facilitator, "Portlaggan", form=kind.form, type_key=kind.key).id
    with instance.scope(SLUG, facilitator, write=True) as scope:
        cohorts.make_plan(scope, cohort)
        planned = sessions.plan_sessions(scope, cohort, FirstMeeting(NOW - timedelta(hours=7)))
        first = planned[0].id
        assert read_cohort(scope, cohort).facts.type_key == kind.key
    with instance.scope(SLUG, write=True) as scope:
        scope.db.get_one(Cohort, (scope.partner.id, cohort)).state = "running"
        person = actors["participant"].person_id
        assert person is not None
        seat = CohortPerson(cohort_id=cohort, person_id=person, state="confirmed")
        seat.manager_id = actors["line_manager"].person_id
        scope.db.add(seat)
    house = House(instance, SLUG, actors, cohort)
    participants(house, range(1))
    return cohort, first, experiments(house, range(1))[0]
