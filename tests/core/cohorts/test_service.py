"""Making, changing and moving cohorts, their people and their plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts import service
from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.cohorts.queries import cohort_person_row, cohort_row, cohort_view, plan_of, planned_rows
from systems_changers.core.cohorts.rules import EVENTS, NEXT, CohortDetails, ParticipantEntry, StepRefused, Support
from systems_changers.core.curriculum.queries import modules_on_offer
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import CohortType, FieldSpec, VariantOffer
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from tests.core.programme import World

DETAILS = CohortDetails(
    "Portlaggan", place="Portlaggan", target_places=11, starts_on=date(2026, 4, 1),
    safeguarding_name="Ailsa", safeguarding_contact="01234",
)  # fmt: skip
CIRCLE = CohortType(
    "circle", "Place circle", "place", "People of one place.", target_places=12, local_brand=True,
    fields=(FieldSpec("community", "Which community?", required=True),),
    variants={"mapping-what-is-there": "corra:shore-walk"},
)  # fmt: skip


def make(world: World, details: CohortDetails = DETAILS) -> UUID:
    made: Cohort = world.do(service.make_cohort, details)
    return made.id


def shore_walk(world: World) -> VariantOffer:
    base = next(module for module in world.see(modules_on_offer) if module.number == 3)
    change = {"action": "drop", "block": "who-next", "why": "No time.", "effect": "keeps"}
    return VariantOffer(
        "corra:shore-walk", base.identity, base.hash, "1.0", "Shore walk", "We walk.", "en_GB", (change,)
    )


def test_a_cohort_is_made_with_its_maker_as_facilitator(world: World) -> None:
    view = world.see(cohort_view, make(world))
    assert (view.line.name, view.line.state, view.line.target_places) == ("Portlaggan", "planned", 11)
    assert [(each.name, each.part) for each in view.staff] == [("Morag", "facilitator")]
    assert world.events() == []


def test_a_type_fills_in_what_was_left_open_and_asks_its_own_questions(world: World) -> None:
    world.offers.types = [CIRCLE]
    asked = replace(DETAILS, type_key="circle", form="mixed", target_places=None, local_mark="PL")
    with pytest.raises(Invalid) as caught:
        make(world, asked)
    assert list(caught.value.fields) == ["extra_community"]
    view = world.see(cohort_view, make(world, replace(asked, extra={"community": "Shore"})))
    assert (view.line.form, view.line.target_places, view.line.local_mark) == ("place", 12, "PL")
    assert view.extra == {"community": "Shore"}
    with pytest.raises(Invalid):
        make(world, replace(DETAILS, type_key="unknown"))


def test_a_type_without_local_brand_keeps_none(world: World) -> None:
    world.offers.types = [replace(CIRCLE, local_brand=False, fields=())]
    view = world.see(cohort_view, make(world, replace(DETAILS, type_key="circle", local_mark="PL", co_host="Trust")))
    assert (view.line.local_mark, view.line.co_host) == (None, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": " "}, "name"), ({"form": "club"}, "form"), ({"ends_on": date(2026, 3, 1)}, "ends_on")],
)
def test_bad_answers_name_the_field(world: World, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        make(world, replace(DETAILS, **change))  # type: ignore[arg-type]
    assert list(caught.value.fields) == [field]


def test_changing_writes_which_fields_and_loses_no_text(world: World) -> None:
    id_ = make(world)
    before: Cohort = world.see(cohort_row, id_)
    world.do(service.change_cohort, id_, replace(DETAILS, purpose="Homes"), before.version)
    with pytest.raises(Conflict) as caught:
        world.do(service.change_cohort, id_, replace(DETAILS, purpose="Buses"), before.version)
    assert (caught.value.mine["purpose"], caught.value.theirs["purpose"]) == ("Buses", "Homes")
    assert caught.value.version == before.version + 1
    with world.scope() as scope:
        found = sa.select(AuditEvent.changed).where(AuditEvent.name == "cohort.changed")
        assert scope.db.scalar(found) == ["purpose"]


def test_a_cohort_lives_from_planned_to_closed_and_tells(world: World) -> None:
    id_ = make(world)
    world.do(service.take_step, id_, "recruiting")
    with pytest.raises(StepRefused) as caught:
        world.do(service.take_step, id_, "running")
    assert len(caught.value.refusals) == 1
    world.do(service.take_step, id_, "confirmed")
    with pytest.raises(StepRefused) as caught:
        world.do(service.take_step, id_, "running")
    assert len(caught.value.refusals) == 2
    world.join(id_, "aileen")
    world.do(service.make_plan, id_)
    for to in ("running", "closing", "follow_up", "closed"):
        world.do(service.take_step, id_, to)
    row: Cohort = world.see(cohort_row, id_)
    assert (row.state, row.opened_at, row.closed_at) == ("closed", world.clock.now(), world.clock.now())
    assert world.events() == [
        "cohort.opened.v1", "cohort.confirmed.v1", "cohort.started.v1", "cohort.closing.v1", "cohort.followed_up.v1",
        "cohort.closed.v1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (("recruiting", "planned"), ("opened", "planned")),
        (("cancelled", "planned"), ("cancelled", "planned")),
        (("recruiting", "confirmed", "recruiting"), ("opened", "confirmed", "opened")),
    ],
)
def test_a_step_back_is_told_as_well(world: World, steps: tuple[str, ...], told: tuple[str, ...]) -> None:
    id_ = make(world)
    for to in steps:
        world.do(service.take_step, id_, to)
    assert world.events() == [f"cohort.{each}.v1" for each in told]


def test_there_is_an_event_for_every_state_that_can_be_moved_to() -> None:
    assert set(EVENTS) == {to for targets in NEXT.values() for to in targets}


def test_a_plugin_may_say_no_beside_the_rules(world: World) -> None:
    id_ = make(world, replace(DETAILS, safeguarding_name=None))
    world.do(service.take_step, id_, "recruiting")
    world.offers.against = {"confirmed": "The community council has to agree."}
    with pytest.raises(StepRefused) as caught:
        world.do(service.take_step, id_, "confirmed")
    assert [str(each.message) for each in caught.value.refusals] == [
        "Say who looks after safeguarding, and how to reach them.",
        "The community council has to agree.",
    ]
    assert world.see(cohort_row, id_).state == "recruiting"


def test_teams_are_counted_for_a_type_that_asks(world: World) -> None:
    world.offers.types = [replace(CIRCLE, fields=(), least_teams=2)]
    id_ = make(world, replace(DETAILS, type_key="circle"))
    world.do(service.take_step, id_, "recruiting")
    world.join(id_, "aileen", state="invited")
    with pytest.raises(StepRefused, match="at least 2 teams; so far: 1"):
        world.do(service.take_step, id_, "confirmed")
    world.join(id_, "calum", state="invited")
    assert world.do(service.take_step, id_, "confirmed").state == "confirmed"


# --- people ---


def test_adding_somebody_twice_is_adding_them_once(world: World) -> None:
    id_ = make(world)
    entry = ParticipantEntry("Isla Grant", email="Isla@Council.example", organisation="Council", front_line_share=80)
    first = world.do(service.add_participant, id_, entry)
    again = world.do(service.add_participants, id_, [entry, ParticipantEntry("Tomasz", email="t@advice.example")])
    assert again == service.Added(1, 1)
    people = world.see(cohort_view, id_).participants
    assert [(each.name, each.state, each.front_line_share) for each in people] == [
        ("Isla Grant", "invited", 80),
        ("Tomasz", "invited", None),
    ]
    assert people[0].id == first.id


def test_a_manager_is_found_by_address(world: World) -> None:
    id_ = make(world)
    entry = ParticipantEntry(
        "Isla", email="isla@c.example", manager_name="Ruth", manager_email="RUTH@portlaggan.example"
    )
    part = world.do(service.add_participant, id_, entry)
    assert part.manager_id == world.people["ruth"]


def test_leaving_confirming_and_coming_back(world: World) -> None:
    id_ = make(world)
    part = world.do(service.add_participant, id_, ParticipantEntry("Isla", email="isla@c.example"))
    world.do(service.confirm, id_, part.id)
    world.do(service.leave, id_, part.id)
    assert world.see(cohort_view, id_).participants == []
    assert [each.name for each in world.see(cohort_view, id_).left] == ["Isla"]
    assert world.do(service.rejoin, id_, part.id).state == "confirmed"
    world.do(service.leave, id_, part.id)
    again = world.do(service.add_participant, id_, ParticipantEntry("Isla", email="isla@c.example"))
    assert (again.id, again.state) == (part.id, "invited")


def test_a_closed_cohort_takes_nobody_in(world: World) -> None:
    id_ = make(world)
    with world.scope(write=True) as scope:
        cohort_row(scope, id_).state = "closed"
    with pytest.raises(Refused, match="Closed"):
        world.do(service.add_participant, id_, ParticipantEntry("Isla"))


def test_support_is_assigned_and_conflicts_are_kept(world: World) -> None:
    id_ = make(world)
    part = world.join(id_, "aileen")
    support = Support("Ruth", "ruth@portlaggan.example", world.people["morag"], 75, "Why do letters frighten?")
    row: CohortPerson = world.do(service.assign, id_, part, support, 1)
    assert (row.manager_id, row.learning_partner_id) == (world.people["ruth"], world.people["morag"])
    with pytest.raises(Conflict) as caught:
        world.do(service.assign, id_, part, replace(support, question="Mine"), 1)
    assert caught.value.theirs["question"] == "Why do letters frighten?"
    with pytest.raises(Invalid):
        world.do(service.assign, id_, part, Support(learning_partner_id=world.people["aileen"]), row.version)
    with pytest.raises(NotFound):
        world.do(service.assign, id_, part, Support(learning_partner_id=part), row.version)


def test_a_part_is_found_in_its_own_cohort_only(world: World) -> None:
    first, second = make(world), make(world)
    part = world.join(first, "aileen")
    for call in (service.confirm, service.leave, service.rejoin):
        with pytest.raises(NotFound):
            world.do(call, second, part)
        with pytest.raises(NotFound):
            world.do(call, first, part, who="stranger")


def test_a_second_facilitator(world: World) -> None:
    id_ = make(world)
    world.do(service.add_facilitator, id_, world.people["euan"])
    world.do(service.add_facilitator, id_, world.people["euan"])
    assert [each.name for each in world.see(cohort_view, id_).staff] == ["Euan", "Morag"]


# --- plan ---


def test_a_plan_holds_fourteen_modules_with_the_types_variants(world: World) -> None:
    world.offers.variants = [shore_walk(world)]
    world.offers.types = [replace(CIRCLE, fields=())]
    id_ = make(world, replace(DETAILS, type_key="circle"))
    world.do(service.make_plan, id_)
    plan = world.see(plan_of, id_)
    assert [line.number for line in plan] == list(range(1, 15))
    assert [line.title for line in plan if line.origin == "variant"] == ["Shore walk"]
    assert plan[2].canonical_identity == "core:mapping-what-is-there"
    with pytest.raises(Refused):
        world.do(service.make_plan, id_)


def test_a_swap_leaves_the_old_line_for_the_sessions_made_from_it(world: World) -> None:
    id_ = make(world)
    world.do(service.make_plan, id_)
    old = world.see(plan_of, id_)[2]
    world.offers.variants = [shore_walk(world)]
    variant = next(module for module in world.see(modules_on_offer) if module.origin == "variant")
    new = world.do(service.swap_module, id_, old.id, "variant", variant.hash)
    assert (new.position, new.hash, new.canonical_hash) == (3, variant.hash, old.hash)
    assert [line.title for line in world.see(plan_of, id_)][2] == "Shore walk"
    with world.scope() as scope:
        kept = scope.db.get(PlannedModule, (world.partner.id, old.id))
        assert kept is not None
        assert (kept.hash, kept.deleted_at) == (old.hash, world.clock.now())
    with pytest.raises(Conflict):
        world.do(service.swap_module, id_, old.id, "canonical", old.hash)
    assert world.do(service.swap_module, id_, old.id, "variant", variant.hash).id == new.id, "two want the same"
    other = world.see(plan_of, id_)[0]
    with pytest.raises(Refused, match="same module"):
        world.do(service.swap_module, id_, new.id, "canonical", other.hash)
    back = world.do(service.swap_module, id_, new.id, "canonical", old.hash)
    assert back.hash == old.hash


def test_persons_stay_known_when_the_cohort_forgets_them(world: World) -> None:
    id_ = make(world)
    part = world.do(service.add_participant, id_, ParticipantEntry("Isla", email="isla@c.example"))
    world.do(service.leave, id_, part.id)
    with world.scope() as scope:
        assert scope.db.scalar(sa.select(Person.name).where(Person.id == part.person_id)) == "Isla"


def test_what_is_so_already_is_not_written_again(world: World) -> None:
    id_ = make(world)
    part = world.do(service.add_participant, id_, ParticipantEntry("Isla", email="isla@c.example"))
    support = Support(question="Why?")
    for call in (service.rejoin, service.confirm, service.confirm, service.leave, service.leave):
        world.do(call, id_, part.id)
    row = world.do(service.assign, id_, part.id, support, world.see(cohort_person_row, id_, part.id).version)
    world.do(service.assign, id_, part.id, support, row.version)
    world.do(service.change_cohort, id_, DETAILS, world.see(cohort_row, id_).version)
    with world.scope() as scope:
        said = list(scope.db.scalars(sa.select(AuditEvent.name).order_by(AuditEvent.at, AuditEvent.id)))
    told = [name for name in said if name.startswith(("participant.", "cohort."))]
    assert sorted(told) == [
        "cohort.made", "participant.added", "participant.changed", "participant.confirmed", "participant.left",
    ]  # fmt: skip


def test_a_person_needs_a_name_and_a_plan_its_modules(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = make(world)
    with pytest.raises(Invalid) as unnamed:
        world.do(service.add_participant, id_, ParticipantEntry("  "))
    assert list(unnamed.value.fields) == ["name"]
    monkeypatch.setattr("systems_changers.core.cohorts.service.planning.modules_on_offer", lambda _scope: [])
    with pytest.raises(Refused) as empty:
        world.do(service.make_plan, id_)
    assert empty.value.code == "no_modules"


def test_a_line_is_swapped_in_its_own_cohort_and_for_another_form(world: World) -> None:
    first, second = make(world), make(world)
    world.do(service.make_plan, first)
    line = world.see(plan_of, first)[2]
    with pytest.raises(NotFound):
        world.do(service.swap_module, second, line.id, "canonical", line.hash)
    assert world.do(service.swap_module, first, line.id, "canonical", line.hash).id == line.id
    assert [row.id for row in world.see(planned_rows, first)] == [each.id for each in world.see(plan_of, first)]
