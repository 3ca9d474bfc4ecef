"""Tells one partner's part of the demo: its people, its cohorts with their plans, its plugin's rows, its agreement.

Services do the work wherever time lets them; what is written here beside them is what they would have written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.cohorts.rules import EVENTS
from systems_changers.core.curriculum.queries import CourseModule, modules_on_offer
from systems_changers.core.home.service.demo_ground import ZONE, Ground
from systems_changers.core.home.service.demo_seed_sessions import Meeting
from systems_changers.core.home.service.demo_seed_trials import Ledger
from systems_changers.core.home.service.demo_story import CohortStory, Missed, PartnerStory, PluginRow, Someone
from systems_changers.core.operations.service import record
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.sessions.rules import months_after
from systems_changers.core.summaries import service as summaries
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.infra.db import Base

LIFE = ("recruiting", "confirmed", "running", "closing", "follow_up", "closed")


class Teller:
    """Tells one partner's story into its open write scope."""

    def __init__(self, ground: Ground, story: PartnerStory) -> None:
        self.ground, self.story, self.scope = ground, story, ground.scope
        self.offered: list[CourseModule] = []
        self.sessions: dict[tuple[str, int], UUID] = {}

    def tell(self) -> None:
        """All of it, in the order in which it happened to be known."""
        ground, story = self.ground, self.story
        ground.clock.at(-800)
        ground.within("people")
        self._people([*story.staff, *(each for cohort in story.cohorts for each in cohort.people)])
        self.offered = modules_on_offer(self.scope)
        for cohort in sorted(story.cohorts, key=self._first):
            ground.within(cohort.key)
            self._cohort(cohort)
        ground.within("experiments")
        Ledger(ground).write(story.trials)
        ground.within("plugin")
        for row in story.rows:
            self._plugin_row(row)
        ground.within("figures")
        ground.clock.at(story.agreed)
        summaries.agree_sharing(self.scope, list(indicators()))
        ground.clock.end()
        summaries.roll_up(self.scope)

    # --- people ---

    def _people(self, everybody: Iterable[Someone]) -> None:
        for one in everybody:
            if one.roles:
                account = people.make_account(self.scope, one.email, proven=True)
                self.ground.accounts[one.key] = account
                for role in one.roles:
                    people.grant_role(self.scope, account, role)
            person = self._person(one)
            self.scope.db.add(person)
            self.scope.db.flush()
            people.choose_room(self.scope, person, one.shows, one.contact_by)

    def _person(self, one: Someone) -> Person:
        return Person(
            id=self.ground.person(one.key), account_id=self.ground.accounts.get(one.key), name=one.name,
            email=one.email or None, phone=one.phone or None, job=one.job, organisation=one.organisation,
            team=one.team or None, locale=one.locale, time_zone=one.time_zone, access_needs=one.access or None,
            about=one.about or None, asks=one.asks or None, offers=one.offers or None,
        )  # fmt: skip

    # --- cohorts ---

    def _first(self, story: CohortStory) -> date:
        """The day of the first session."""
        today = self.ground.clock.today()
        if story.circle_in is None:
            return today + timedelta(days=story.first)
        circle = datetime.combine(today + timedelta(days=story.circle_in), time(story.hour), tzinfo=ZONE)
        return months_after(circle, -12).date() - timedelta(days=story.apart * (story.sessions - 1))

    def _cohort(self, story: CohortStory) -> None:
        first = self._first(story)
        start = (first - self.ground.clock.today()).days
        self.ground.clock.at(start - 90)
        types = [kind for _, kind in self.scope.hooks.offer_cohort_types(self.scope.partner) if kind.form == story.form]
        cohort = Cohort(
            id=self.ground.ids.of("cohort", story.key), name=story.name, form=story.form, state=story.state,
            place=story.place or None, host_organisation=story.host_organisation or None, purpose=story.purpose or None,
            criteria=story.criteria or None, target_places=story.target, starts_on=first, time_zone="Europe/London",
            ends_on=first + timedelta(days=story.apart * (story.sessions - 1)), locale="en_GB",
            local_name=story.local_name or None, local_mark=story.local_mark or None, co_host=story.co_host or None,
            safeguarding_name=story.lead[0], safeguarding_contact=story.lead[1],
            extra=dict(story.extra) if types else {},
        )  # fmt: skip
        self.scope.db.add(cohort)
        self.scope.db.flush()
        record(self.ground.by(story.facilitators[0]), "cohort.made", kind="cohort", id=cohort.id)
        parts = self._parts(cohort, story, start)
        # A kind of cohort brings its variants with it; where the story names its own, they are put in one by one.
        of_type = types and story.state == "running" and not story.variants
        cohort.type_key = types[0].key if of_type else None
        self._plan(cohort, story)
        cohort.type_key = types[0].key if types else None
        meeting = Meeting(self.ground, cohort, story, parts)
        made = meeting.hold(datetime.combine(first, time(story.hour), tzinfo=ZONE))
        self.sessions |= {(story.key, session.number): session.id for session in made}
        self._live(cohort, story, start, made)

    def _parts(self, cohort: Cohort, story: CohortStory, start: int) -> dict[str, CohortPerson]:
        confirmed, parts = self.ground.clock.at(start - 30), {}
        for one in story.people:
            left = Missed.said(one.away).left_after
            parts[one.key] = CohortPerson(
                cohort_id=cohort.id, person_id=self.ground.person(one.key), part="participant",
                state="left" if left else "confirmed", confirmed_at=confirmed, front_line_share=one.share,
                left_at=self.ground.clock.at(start + story.apart * left) if left else None,
                question=one.question or None,
                manager_id=self.ground.person(one.manager) if one.manager else None,
                learning_partner_id=self.ground.person(one.companion) if one.companion else None,
                learning_partner_since=confirmed if one.companion else None,
            )  # fmt: skip
        companions = dict.fromkeys(one.companion for one in story.people if one.companion)
        others = [(key, "facilitator") for key in story.facilitators]
        others += [(key, "learning_partner") for key in companions]
        self.ground.clock.at(start - 60)
        self.scope.db.add_all(
            CohortPerson(cohort_id=cohort.id, person_id=self.ground.person(key), part=part, state="confirmed",
                         confirmed_at=confirmed)
            for key, part in others
        )  # fmt: skip
        self.scope.db.add_all(parts.values())
        self.scope.db.flush()
        return parts

    def _plan(self, cohort: Cohort, story: CohortStory) -> None:
        acting = self.ground.by(story.facilitators[0])
        wanted = {
            module.canonical_identity: module
            for module in self.offered
            if module.origin == "variant" and module.identity.partition(":")[2] in story.variants
        }
        for line in list(cohorts.make_plan(acting, cohort.id)):
            variant = wanted.get(line.canonical_identity)
            if variant is not None and line.identity != variant.identity:
                cohorts.swap_module(acting, cohort.id, line.id, "variant", variant.hash)

    def _live(self, cohort: Cohort, story: CohortStory, start: int, made: list[CohortSession]) -> None:
        """Each step the cohort has taken, with its moment and its line in the audit."""
        acting, clock = self.ground.by(story.facilitators[0]), self.ground.clock
        length = story.apart * (story.sessions - 1)
        last = made[-1].starts_at
        closing = (last.astimezone(ZONE).date() - clock.today()).days if last else start + length
        reached = (start - 60, start - 14, start, start + length, start + length + 1, closing + 7)
        days = dict(zip(LIFE, reached, strict=True))
        for state in LIFE[: LIFE.index(story.state) + 1]:
            moment = clock.at(days[state], 16)
            record(acting, EVENTS[state].removesuffix(".v1"), kind="cohort", id=cohort.id, changed=["state"])
            if state == "recruiting":
                cohort.opened_at = moment
            elif state == "closed":
                cohort.closed_at = moment
        self.scope.db.flush()

    # --- what plugins keep ---

    def _plugin_row(self, row: PluginRow) -> None:
        table = Base.metadata.tables.get(row.table)
        if table is None or self.story.plugin not in self.scope.partner.plugins:
            return
        about: dict[str, object] = {}
        if row.trial:
            about["experiment_id"] = self.ground.ids.of("experiment", row.trial)
        elif row.number is not None:
            about["session_id"] = self.sessions[row.cohort, row.number]
        else:
            about["cohort_id"] = self.ground.ids.of("cohort", row.cohort)
        if row.decided is not None:
            about["decided_at"] = self.ground.clock.at(row.decided, 11)
        now = self.ground.clock.now()
        fixed = {"partner_id": self.scope.partner.id, "id": self.ground.ids.of(row.table, *map(str, about.values()))}
        stamped = {"version": 1, "created_at": now, "updated_at": now, "extra": {}}
        self.scope.db.execute(sa.insert(table).values({**fixed, **stamped, **about, **row.values}))
