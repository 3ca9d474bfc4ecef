"""Who sees which field of an experiment, whichever way they come: page, lists, cohort page, search, export, API."""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.cohorts.rules import Support
from systems_changers.core.experiments import queries, rules, service
from systems_changers.core.experiments.models import ExperimentShare
from systems_changers.hooks.scope import Scope
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.sheets import csv_text
from tests.core.experiments.conftest import BEFORE, NOW, ROLES, TEXTS, World

EVERYBODY = (*ROLES, "nobody", "stranger")
OWNERS = {"author", "co_owner"}
CHOSEN = ("permission_holder", "evidence")
AUDIENCES: dict[str, set[str]] = {
    "nobody": set(),
    "learning_partner": {"learning_partner"},
    "facilitators": {"facilitator"},
    "cohort": {"author", "member"},
    "partner": {"facilitator", "other_facilitator", "administrator"},
}
NOTHING: frozenset[str] = frozenset()


def shared(world: World, *audiences: str, **persons: Iterable[str]) -> UUID:
    """An experiment shared with these audiences, and with these people field by field."""
    id_ = world.experiment()
    with world.scope("author", write=True) as scope:
        for audience in audiences:
            scope.db.add(ExperimentShare(experiment_id=id_, audience=audience, granted_at=NOW))
        for who, fields in persons.items():
            scope.db.add(
                ExperimentShare(
                    experiment_id=id_,
                    audience="person",
                    person_id=world.people[who],
                    fields=list(fields),
                    granted_at=NOW,
                )
            )
    return id_


def fields_on_page(world: World, who: str, id_: UUID) -> frozenset[str]:
    """What the page's query gives, evidence and steps included."""
    with world.scope(who) as scope:
        try:
            view = queries.experiment(scope, id_)
        except NotFound:
            return NOTHING
        seen, steps = queries.trail(scope, view)
        given = set(view.answers) | ({"evidence"} if seen else set()) | ({"history"} if steps else set())
        assert given == view.fields
        assert (view.cohort_id is not None) is ("cohort" in given)
        for name in given & set(TEXTS):
            assert view.answers[name] == TEXTS[name]
        return frozenset(given)


def fields_in_api(world: World, who: str, id_: UUID) -> frozenset[str]:
    with world.scope(who) as scope:
        found = [view for view in queries.experiments(scope).rows if view.id == id_]
    return frozenset(found[0].answers) if found else NOTHING


def fields_found(world: World, who: str, id_: UUID) -> frozenset[str]:
    """Fields whose text finds the experiment in a search."""
    words = {**TEXTS, "evidence": "saw-evidence"}
    with world.scope(who) as scope:
        return frozenset(
            name for name, text in words.items() if id_ in {line.id for line in queries.search(scope, text).rows}
        )


def in_lists(world: World, who: str, id_: UUID) -> dict[str, bool]:
    with world.scope(who) as scope:
        lists = {
            "mine": queries.ledger(scope, mine=True),
            "shared": queries.ledger(scope, mine=False),
        }
        return {name: id_ in {line.id for line in found.rows} for name, found in lists.items()}


def exported(world: World, who: str) -> list[dict[str, str]]:
    with world.scope(who) as scope:
        return list(csv.DictReader(io.StringIO(csv_text(service.export_mine(scope)))))


SEARCHABLE = frozenset({*TEXTS, "evidence"})
SILENT = {"evidence", "history"}  # beside the answers


def check_door(world: World, who: str, id_: UUID, fields: frozenset[str]) -> None:
    """Every way in gives exactly these fields."""
    assert fields_on_page(world, who, id_) == fields
    assert fields_in_api(world, who, id_) == fields - SILENT
    assert fields_found(world, who, id_) == fields & SEARCHABLE
    mine = who in OWNERS
    assert in_lists(world, who, id_) == {"mine": mine, "shared": bool(fields) and not mine}
    assert [row["title"] for row in exported(world, who)] == ([TEXTS["title"]] if mine else [])


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("who", EVERYBODY)
def test_audiences_see_all_and_others_nothing(world: World, who: str, audience: str) -> None:
    id_ = shared(world, *([] if audience == "nobody" else [audience]))
    whole = who in OWNERS | AUDIENCES[audience]
    check_door(world, who, id_, rules.EVERYTHING if whole else NOTHING)


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_person_sees_the_chosen_fields_only(world: World, who: str) -> None:
    id_ = shared(world, manager=CHOSEN)
    if who in OWNERS:
        check_door(world, who, id_, rules.EVERYTHING)
    elif who == "manager":
        check_door(world, who, id_, frozenset({"title", "state", "author", *CHOSEN}))
    else:
        check_door(world, who, id_, NOTHING)


def test_an_empty_choice_shows_no_more_than_the_title(world: World) -> None:
    id_ = shared(world, manager=())
    check_door(world, "manager", id_, frozenset({"title", "state", "author"}))


def test_a_choice_that_names_more_than_may_be_chosen_gives_no_more(world: World) -> None:
    id_ = shared(world, manager=("cohort", "everything"))
    check_door(world, "manager", id_, frozenset({"title", "state", "author"}))


def test_an_audience_is_more_than_a_choice(world: World) -> None:
    id_ = shared(world, "cohort", member=("learning",))
    check_door(world, "member", id_, rules.EVERYTHING)


def test_sharing_one_shares_no_other(world: World) -> None:
    shared(world, "facilitators", "cohort", "partner", "learning_partner", manager=CHOSEN)
    private = world.experiment()
    for who in set(EVERYBODY) - OWNERS:
        check_door(world, who, private, NOTHING)


@pytest.mark.parametrize("left", ["member", "facilitator"])
def test_who_left_the_cohort_sees_no_more(world: World, left: str) -> None:
    id_ = shared(world, "facilitators", "cohort")
    with world.scope("author", write=True) as scope:
        part = scope.db.scalars(sa.select(CohortPerson).where(CohortPerson.person_id == world.people[left])).one()
        part.state = "left"
    assert fields_on_page(world, left, id_) == NOTHING


def test_a_learning_partner_is_the_one_assigned_to_the_author(world: World) -> None:
    id_ = world.experiment(author="member")
    with world.scope("member", write=True) as scope:
        scope.db.add(ExperimentShare(experiment_id=id_, audience="learning_partner", granted_at=NOW))
    assert fields_on_page(world, "learning_partner", id_) == NOTHING


LATER = NOW + timedelta(minutes=1)


@pytest.mark.parametrize(("who", "part"), [("other_facilitator", "facilitator"), ("other_participant", "participant")])
def test_who_joins_later_sees_nothing_that_was_shared_before(world: World, who: str, part: str) -> None:
    id_ = shared(world, "facilitators", "cohort")
    with world.scope("author", write=True) as scope:
        scope.db.add(
            CohortPerson(cohort_id=world.cohort, person_id=world.people[who], part=part, state="confirmed",
                         confirmed_at=LATER, created_at=BEFORE)
        )  # fmt: skip
    assert fields_on_page(world, who, id_) == NOTHING
    world.clock = FixedClock(LATER)
    with world.scope("author", write=True) as scope:
        service.share_with_audiences(scope, id_, set())
        service.share_with_audiences(scope, id_, {"facilitators", "cohort"})
    assert fields_on_page(world, who, id_) == rules.EVERYTHING


def test_a_facilitator_does_not_become_the_learning_partner_of_what_was_shared(world: World) -> None:
    id_ = shared(world, "learning_partner")
    me, mine = world.people["facilitator"], CohortPerson.person_id == world.people["author"]
    world.clock = FixedClock(LATER)
    with world.scope("facilitator", write=True) as scope:
        part = scope.db.scalars(sa.select(CohortPerson).where(mine)).one()
        cohorts.assign(scope, world.cohort, part.id, Support(learning_partner_id=me), part.version)
    for who in ("facilitator", "learning_partner"):
        assert fields_on_page(world, who, id_) == NOTHING


def test_an_account_without_a_person_owns_nothing(world: World) -> None:
    world.experiment()
    with world.scope("nobody") as scope:
        assert queries.ledger(scope, mine=True).total == 0
        assert queries.experiments(scope).total == 0
    with world.scope("nobody", write=True) as scope, pytest.raises(Refused):
        service.note(scope, "An idea")


def test_what_was_taken_back_is_gone(world: World) -> None:
    id_ = world.experiment()
    with world.scope("author", write=True) as scope:
        service.share_with_audiences(scope, id_, {"facilitators", "cohort"})
        service.share_with_person(scope, id_, world.people["manager"], ["learning"])
    with world.scope("author", write=True) as scope:
        service.share_with_audiences(scope, id_, {"cohort"})
        service.stop_sharing_with_person(scope, id_, world.people["manager"])
    assert fields_on_page(world, "member", id_) == rules.EVERYTHING
    for who in ("facilitator", "manager"):
        check_door(world, who, id_, NOTHING)


def test_nobody_sees_what_was_deleted_until_its_author_brings_it_back(world: World) -> None:
    id_ = shared(world, "cohort")
    with world.scope("author", write=True) as scope:
        service.delete(scope, id_)
    for who in ("author", "co_owner", "member"):
        assert fields_on_page(world, who, id_) == NOTHING
        assert exported(world, who) == []
    for who in ("co_owner", "member", "administrator", "nobody", "stranger"):
        with world.scope(who, write=True) as scope, pytest.raises(NotFound):
            service.restore(scope, id_)
    with world.scope("author", write=True) as scope:
        service.restore(scope, id_)
    assert fields_on_page(world, "member", id_) == rules.EVERYTHING


def test_evidence_that_was_removed_is_found_by_nobody(world: World) -> None:
    id_ = shared(world, "cohort")
    with world.scope("co_owner", write=True) as scope:
        piece = service.add_evidence(scope, id_, service.Observation("A second sight", "https://example.org"))
        service.remove_evidence(scope, id_, piece)
        assert queries.search(scope, "second sight").total == 0
        service.restore_evidence(scope, id_, piece)
        assert queries.search(scope, "second sight").total == 1


def test_search_takes_signs_as_they_are(world: World) -> None:
    world.experiment(insight="50% of_letters")
    with world.scope("author") as scope:
        found = {text: queries.search(scope, text).total for text in ("50% of_l", "%", "5_%", "  ", "OF_LETTERS")}
    assert found == {"50% of_l": 1, "%": 1, "5_%": 0, "  ": 0, "OF_LETTERS": 1}


# --- who may write ---


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_owners_write(world: World, who: str) -> None:
    id_ = shared(world, "facilitators", "cohort", "partner", "learning_partner", manager=CHOSEN)
    reads = fields_on_page(world, who, id_) != NOTHING
    attempts: tuple[Callable[[Scope], object], ...] = (
        lambda scope: service.save(scope, id_, service.Edit(1, {"learning": "Mine now, all of it"})),
        lambda scope: service.move(scope, id_, "reviewing"),
        lambda scope: service.add_evidence(scope, id_, service.Observation("I was here")),
    )
    for attempt in attempts:
        with world.scope(who, write=True) as scope:
            if who in OWNERS:
                attempt(scope)
            else:
                with pytest.raises(Refused if reads else NotFound):
                    attempt(scope)
    with world.scope("author") as scope:
        view = queries.experiment(scope, id_)
        assert view.state == ("reviewing" if who in OWNERS else "running")
        assert view.answers["learning"] == ("Mine now, all of it" if who in OWNERS else TEXTS["learning"])


@pytest.mark.parametrize("who", sorted(set(EVERYBODY) - {"author"}))
def test_only_the_author_shares_and_deletes(world: World, who: str) -> None:
    id_ = shared(world, "cohort")
    me = world.people["manager"]
    attempts: tuple[Callable[[Scope], object], ...] = (
        lambda scope: service.share_with_audiences(scope, id_, {"partner"}),
        lambda scope: service.share_with_person(scope, id_, me, ["learning"]),
        lambda scope: service.add_owner(scope, id_, me),
        lambda scope: service.delete(scope, id_),
    )
    for attempt in attempts:
        with (
            world.scope(who, write=True) as scope,
            pytest.raises(Refused if who in {"co_owner", "member"} else NotFound),
        ):
            attempt(scope)


def test_whom_an_author_may_pick(world: World) -> None:
    with world.scope("author") as scope:
        around = {
            one.name: (set(one.parts), one.in_cohort) for one in queries.people_around(scope, world.people["author"])
        }
    assert around == {
        "Facilitator": ({"facilitator"}, True),
        "Learning Partner": ({"learning_partner"}, True),
        "Manager": ({"manager"}, False),
        "Member": ({"participant"}, True),
    }


def test_co_owners_come_from_the_cohorts_and_may_leave(world: World) -> None:
    id_ = world.experiment()
    for who in ("manager", "other_participant", "invited", "administrator", "author"):
        with world.scope("author", write=True) as scope, pytest.raises(Invalid):
            service.add_owner(scope, id_, world.people[who])
    for _ in range(2):
        with world.scope("author", write=True) as scope:
            service.add_owner(scope, id_, world.people["member"])
    with world.scope("member", write=True) as scope:
        assert queries.experiment(scope, id_).mine
        with pytest.raises(Refused):
            service.remove_owner(scope, id_, world.people["co_owner"])
        service.remove_owner(scope, id_, world.people["member"])
    assert fields_on_page(world, "member", id_) == NOTHING
    with world.scope("author") as scope:
        readers = queries.readers(scope, queries.experiment(scope, id_))
    assert [(one.audience, one.name) for one in readers] == [("owner", "Co Owner")]


def test_what_cannot_be_shared(world: World) -> None:
    id_ = world.experiment()
    with world.scope("author", write=True) as scope:
        for fields in ([], ["made_up"], ["cohort"], ["title"]):
            with pytest.raises(Invalid):
                service.share_with_person(scope, id_, world.people["manager"], fields)
        with pytest.raises(Invalid):
            service.share_with_person(scope, id_, world.people["administrator"], ["learning"])
        with pytest.raises(Invalid):
            service.share_with_audiences(scope, id_, {"everyone"})
        with pytest.raises(Invalid):
            service.share_with_audiences(scope, id_, {"person"})
    with world.scope("manager", write=True) as scope:
        alone = service.note(scope, "An idea of a manager, in no cohort")
        with pytest.raises(Invalid):
            service.share_with_audiences(scope, alone, {"cohort"})
        service.share_with_audiences(scope, alone, {"partner"})
    with world.scope("administrator") as scope:
        assert queries.experiment(scope, alone).fields == rules.EVERYTHING


def test_readers_are_listed_to_owners_only(world: World) -> None:
    id_ = shared(world, "cohort", manager=("learning", "evidence"))
    with world.scope("co_owner") as scope:
        readers = queries.readers(scope, queries.experiment(scope, id_))
    assert [(one.audience, one.name, one.fields) for one in readers] == [
        ("cohort", "", ()),
        ("owner", "Co Owner", ()),
        ("person", "Manager", ("learning", "evidence")),
    ]
    for who in ("member", "manager"):
        with world.scope(who) as scope:
            assert queries.readers(scope, queries.experiment(scope, id_)) == []
