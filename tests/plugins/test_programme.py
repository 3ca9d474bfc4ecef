"""What a plugin may read of the programme: no more than the person who acts, in few statements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.experiments.models import ExperimentShare
from systems_changers.hooks.facts import ActorFacts, Care, PartnerFacts
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.toolkit import count_cohort, read_cohort, read_experiment, read_session, read_titles
from tests.plugins.house import NOW, Host


@dataclass
class Room:
    """A cohort with an author, a manager, a facilitator and a stranger; an experiment and a session."""

    host: Host
    partner: PartnerFacts
    cohort: UUID
    experiment: UUID
    session: UUID
    author: ActorFacts
    manager: ActorFacts
    facilitator: ActorFacts
    stranger: ActorFacts


@pytest.fixture
def room(host: Host) -> Room:
    partner = host.partner("p")
    with host.scope(partner, write=True) as scope:
        cohort = host.cohort(scope, safeguarding_name="Ailsa", safeguarding_contact="+44 1234 567")
        author, manager = host.actor(scope, "participant"), host.actor(scope, "line_manager")
        assert author.person_id is not None
        part = CohortPerson(cohort_id=cohort.id, person_id=author.person_id, state="confirmed")
        part.manager_id = manager.person_id
        scope.db.add(part)
        row = host.experiment(scope, author, cohort_id=cohort.id, hypothesis="If", harm_check="Nobody")
        session = host.session(scope, cohort.id)
        share = ExperimentShare(experiment_id=row.id, audience="person", person_id=manager.person_id,
                                fields=["hypothesis"], granted_at=NOW)  # fmt: skip
        scope.db.add(share)
        return Room(host, partner, cohort.id, row.id, session.id, author, manager, host.actor(scope, "facilitator"),
                    host.actor(scope, "participant"))  # fmt: skip


def test_a_cohort_is_read_by_those_who_see_it_whole(room: Room) -> None:
    for who, mine in ((room.facilitator, True), (room.author, False)):
        with room.host.scope(room.partner, who) as scope, room.host.counted() as sent:
            read = read_cohort(scope, room.cohort)
        assert (read.facts.name, read.facts.people, read.mine) == ("Portlaggan", 1, mine)
        assert read.care == Care("Ailsa", "+44 1234 567", "tel:+441234567")
        assert len(sent) == 1
    for who in (room.manager, room.stranger):
        with room.host.scope(room.partner, who) as scope, pytest.raises(NotFound):
            read_cohort(scope, room.cohort)
    with room.host.scope(room.partner, room.facilitator) as scope, pytest.raises(NotFound):
        read_cohort(scope, new_id())


def test_an_experiment_is_cut_to_its_reader(room: Room) -> None:
    with room.host.scope(room.partner, room.author) as scope:
        read = read_experiment(scope, room.experiment)
    assert (read.facts.harm_check, read.mine) == ("Nobody", True)
    with room.host.scope(room.partner, room.manager) as scope:
        read = read_experiment(scope, room.experiment)
    assert (read.facts.hypothesis, read.facts.harm_check, read.mine, read.facts.owner_ids) == ("If", "", False, ())
    for who in (room.facilitator, room.stranger, replace(room.stranger, person_id=None)):
        with room.host.scope(room.partner, who) as scope, pytest.raises(NotFound):
            read_experiment(scope, room.experiment)


def test_a_session_is_read_by_its_cohort(room: Room) -> None:
    with room.host.scope(room.partner, room.facilitator) as scope, room.host.counted() as sent:
        read = read_session(scope, room.session)
    assert (read.facts.title, read.facts.modules, read.mine, len(sent)) == ("In the field", (), True, 2)
    with room.host.scope(room.partner, room.manager) as scope, pytest.raises(NotFound):
        read_session(scope, room.session)


def test_titles_of_what_may_be_seen(room: Room) -> None:
    wanted = {"experiment_ids": [room.experiment, new_id()], "session_ids": [room.session]}
    told = {}
    for name, who in (("author", room.author), ("facilitator", room.facilitator), ("stranger", room.stranger)):
        with room.host.scope(room.partner, who) as scope, room.host.counted() as sent:
            told[name] = sorted(read_titles(scope, **wanted).values())
        assert len(sent) == 1
    assert told == {"author": ["An evening drop-in", "In the field"], "facilitator": ["In the field"], "stranger": []}
    with room.host.scope(room.partner, room.author) as scope:
        assert read_titles(scope) == {}


def test_counts_are_one_cohorts_and_one_partners(room: Room) -> None:
    other = room.host.partner("other")
    with room.host.scope(room.partner, room.facilitator) as scope:
        counts = count_cohort(scope, room.cohort)
        nothing = count_cohort(scope, new_id())
    assert (counts.people, counts.sessions, counts.held, dict(counts.experiments)) == (1, 1, 0, {"framed": 1})
    assert (nothing.people, nothing.sessions, dict(nothing.experiments)) == (0, 0, {})
    with room.host.scope(other) as scope:
        assert count_cohort(scope, room.cohort) == nothing
