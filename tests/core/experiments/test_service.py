"""Writing, moving on, evidence and undoing: what is kept, what is refused, what is told."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.rules import StepRefused
from systems_changers.core.experiments import queries, rules, service
from systems_changers.core.experiments.models import Experiment, ExperimentStep
from systems_changers.core.experiments.service.moving import EVENTS, STARTED
from systems_changers.core.operations.models import AuditEvent, Instance
from systems_changers.core.operations.queries import INVENTED
from systems_changers.hooks.facts import ExperimentFacts, Refusal
from systems_changers.hooks.view import Implementation
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import open_session
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.sheets import csv_text
from systems_changers.infra.text import msg
from tests.core.experiments.conftest import TEXTS, World

WHOLE_WAY = ("framed", "ready", "running", "reviewing", "grow", "scaling", "embedded")


def row_of(world: World, id_: UUID) -> Experiment:
    with world.scope("author") as scope:
        return scope.db.scalars(sa.select(Experiment).where(Experiment.id == id_)).one()


def events(world: World) -> list[tuple[str, Any]]:
    """What was announced, in order."""
    with world.scope("author") as scope:
        rows = scope.db.scalars(
            sa.select(OutboxRow).where(OutboxRow.partner_ref == world.partner.id).order_by(OutboxRow.id)
        )
        return [(row.name, row.data) for row in rows.all()]


def audited(world: World) -> list[tuple[str, list[str]]]:
    with world.scope("author") as scope:
        rows = scope.db.scalars(sa.select(AuditEvent).order_by(AuditEvent.at, AuditEvent.id))
        return [(row.name, row.changed) for row in rows.all()]


def step(world: World, id_: UUID, to: str, why: str = "", who: str = "author") -> None:
    with world.scope(who, write=True) as scope:
        service.move(scope, id_, to, why)


def test_an_idea_is_one_field_private_and_in_the_authors_cohort(world: World) -> None:
    with world.scope("author", write=True) as scope:
        id_ = service.note(scope, "  The arrears\n letter  ")
    row = row_of(world, id_)
    assert (row.title, row.state, row.cohort_id, row.version) == ("The arrears letter", "noticing", world.cohort, 1)
    for who in ("facilitator", "administrator", "member", "manager", "learning_partner"):
        with world.scope(who) as scope, pytest.raises(NotFound):
            queries.experiment(scope, id_)


@pytest.mark.parametrize("title", ["", "   ", "\u202e", "x" * 201])
def test_an_idea_needs_a_line(world: World, title: str) -> None:
    with world.scope("author", write=True) as scope:
        with pytest.raises(Invalid) as wrong:
            service.note(scope, title)
        assert set(wrong.value.fields) == {"title"}
        assert queries.ledger(scope, mine=True).total == 0


def test_someone_in_no_cohort_can_note_an_idea(world: World) -> None:
    with world.scope("invited", write=True) as scope:
        assert row_id(scope.db, service.note(scope, "An idea")) is None


def row_id(db: sa.orm.Session, id_: UUID) -> UUID | None:
    return db.scalars(sa.select(Experiment.cohort_id).where(Experiment.id == id_)).one()


# --- two people write at once ---


def test_a_conflict_keeps_both_texts(world: World) -> None:
    id_ = world.experiment()
    mine: dict[str, object] = {"learning": "Ringing first helped most", "condition": "practices"}
    with world.scope("co_owner", write=True) as scope:
        service.save(scope, id_, service.Edit(1, {"learning": "The first line counts", "condition": "policies"}))
    with world.scope("author", write=True) as scope, pytest.raises(Conflict) as both:
        service.save(scope, id_, service.Edit(1, mine))
    assert both.value.mine == mine
    assert both.value.theirs == {"learning": "The first line counts", "condition": "policies"}
    assert both.value.version == 2
    assert row_of(world, id_).learning == "The first line counts"
    with world.scope("author", write=True) as scope:
        service.save(scope, id_, service.Edit(2, {"learning": "The first line counts. Ringing first, too."}))
    assert row_of(world, id_).learning == "The first line counts. Ringing first, too."


def test_the_same_answers_are_no_conflict_and_no_change(world: World) -> None:
    id_ = world.experiment()
    with world.scope("co_owner", write=True) as scope:
        service.save(scope, id_, service.Edit(1, {"learning": "One line"}))
    with world.scope("author", write=True) as scope:
        service.save(scope, id_, service.Edit(1, {"learning": " One line\r\n"}))
        service.save(scope, id_, service.Edit(0, {}))
    assert row_of(world, id_).version == 2
    assert audited(world) == [("experiment.changed", ["learning"])]


def test_wrong_answers_change_nothing(world: World) -> None:
    id_ = world.experiment()
    with world.scope("author", write=True) as scope, pytest.raises(Invalid) as wrong:
        service.save(scope, id_, service.Edit(1, {"insight": "New", "learning": "x" * 5_001, "scaling": ["sideways"]}))
    assert set(wrong.value.fields) == {"learning", "scaling"}
    assert row_of(world, id_).insight == TEXTS["insight"]
    with world.scope("author", write=True) as scope, pytest.raises(ValueError):
        service.save(scope, id_, service.Edit(1, {"state": "embedded"}))


def test_scaling_is_kept_in_one_order(world: World) -> None:
    id_ = world.experiment()
    with world.scope("author", write=True) as scope:
        service.save(scope, id_, service.Edit(1, {"scaling": ["deep", "out", "deep"]}))
    assert row_of(world, id_).scaling == ["out", "deep"]


# --- moving on ---


def test_the_whole_way(world: World) -> None:
    id_ = world.experiment(state="noticing")
    with world.scope("author", write=True) as scope:
        scope.db.scalars(sa.select(Experiment).where(Experiment.id == id_)).one().started_on = None
    for to in WHOLE_WAY:
        step(world, id_, to, f"because {to}")
    row = row_of(world, id_)
    assert (row.state, row.started_on, row.ended_on) == ("embedded", date(2026, 3, 12), date(2026, 3, 12))
    ids = {"experiment_id": str(id_), "cohort_id": str(world.cohort)}
    told = ("framed", "ready", "started", "reviewing", "growing", "scaled", "embedded")
    assert events(world) == [(f"experiment.{each}.v1", ids) for each in told]
    assert [name for name, _ in audited(world)] == [f"experiment.{to}" for to in WHOLE_WAY]
    with world.scope("author") as scope:
        steps = scope.db.scalars(sa.select(ExperimentStep).where(ExperimentStep.experiment_id == id_)).all()
        taken = [(each.from_state, each.to_state, each.why, each.data) for each in steps if each.why != "saw-why"]
    assert taken[0] == ("noticing", "framed", "because framed", {})
    assert taken[-2] == ("grow", "scaling", "because scaling", {"scaling": ["up"]})


def test_adapting_starts_once_and_pausing_ends_nothing(world: World) -> None:
    id_ = world.experiment()
    world.clock = FixedClock(datetime(2026, 5, 1, 9, tzinfo=UTC))
    for to in ("reviewing", "adapt", "running", "reviewing", "pause", "running", "reviewing", "adapt", "framed"):
        step(world, id_, to)
    row = row_of(world, id_)
    assert (row.state, row.started_on, row.ended_on) == ("framed", date(2026, 2, 3), None)
    told = ("reviewing", "adapting", "resumed", "reviewing", "paused", "resumed", "reviewing", "adapting", "framed")
    assert [name for name, _ in events(world)] == [f"experiment.{each}.v1" for each in told]


def test_there_is_an_event_for_every_state_that_can_be_moved_to() -> None:
    assert set(EVENTS) == {to for targets in rules.MOVES.values() for to in targets}
    assert len({*EVENTS.values(), STARTED}) == len(EVENTS) + 1


def test_stopping_without_learning_is_refused(world: World) -> None:
    id_ = world.experiment(state="reviewing", learning="No use")
    with pytest.raises(StepRefused) as refused:
        step(world, id_, "stop")
    assert [refusal.values["part"] for refusal in refused.value.refusals] == ["learning"]
    assert (row_of(world, id_).state, events(world), audited(world)) == ("reviewing", [], [])


def test_stopping_with_learning_is_a_full_result(world: World) -> None:
    id_ = world.experiment(state="reviewing", learning=None, harm_check=None, hypothesis=None)
    with world.scope("author", write=True) as scope:
        edit = service.Edit(1, {"learning": "An evening is when people are with their children."})
        service.save_and_move(scope, id_, edit, "stop", "The bus stops at six.")
    row = row_of(world, id_)
    assert (row.state, row.ended_on) == ("stop", date(2026, 3, 12))
    assert row.state in rules.COMPLETE
    assert [name for name, _ in events(world)] == ["experiment.stopped.v1"]


def test_what_was_written_stands_when_the_step_is_refused(world: World) -> None:
    id_ = world.experiment(state="reviewing", learning=None)
    with world.scope("author", write=True) as scope, pytest.raises(StepRefused):
        service.save_and_move(scope, id_, service.Edit(1, {"learning": "Too short"}), "stop")
    assert (row_of(world, id_).learning, row_of(world, id_).state) == ("Too short", "reviewing")


def test_every_reason_is_told_with_its_page(world: World) -> None:
    id_ = world.experiment(state="framed", harm_check=" ", permission_holder=None, prediction="")
    world.checks = (Implementation("gate", _refuse, ("to",)), Implementation("broken", _break, ()))
    with pytest.raises(StepRefused) as refused:
        step(world, id_, "ready")
    told = [(refusal.endpoint, refusal.values.get("part")) for refusal in refused.value.refusals]
    edit = "experiments.edit"
    assert told == [(edit, "frame"), (edit, "harm"), (edit, "permission"), (None, None), (None, None)]
    assert str(refused.value.refusals[3].message) == "Not before ready is agreed."
    assert refused.value.code == "experiment_not_ready"
    assert row_of(world, id_).state == "framed"


def test_plugins_are_told_facts_without_the_author_and_may_agree(world: World) -> None:
    id_ = world.experiment(state="framed")
    heard: list[tuple[ExperimentFacts, str]] = []
    world.checks = (
        Implementation("gate", lambda experiment, to: heard.append((experiment, to)), ("experiment", "to")),
    )
    step(world, id_, "ready")
    [(facts, to)] = heard
    assert (to, facts.id, facts.state, facts.title) == ("ready", id_, "framed", "Arrears letter")
    assert (facts.hypothesis, facts.harm_check, facts.permission_holder) == (
        "saw-hypothesis", "saw-harm", "saw-permission",
    )  # fmt: skip
    assert facts.owner_ids == (world.people["author"], world.people["co_owner"])
    assert facts.cohort is not None
    assert (facts.cohort.id, facts.cohort.name) == (world.cohort, "Portlaggan")


def test_plugins_are_not_asked_about_a_step_there_is_not(world: World) -> None:
    id_ = world.experiment(state="stop")
    world.checks = (Implementation("gate", _refuse, ("to",)),)
    with pytest.raises(StepRefused) as refused:
        step(world, id_, "running")
    assert len(refused.value.refusals) == 1


def test_a_step_taken_twice_is_one_step(world: World) -> None:
    id_ = world.experiment()
    step(world, id_, "reviewing")
    step(world, id_, "reviewing", who="co_owner")
    assert [name for name, _ in audited(world)] == ["experiment.reviewing"]


def _refuse(to: str) -> list[Refusal]:
    return [Refusal(msg("Not before %(to)s is agreed.", to=to))]


def _break() -> None:
    raise RuntimeError("broken")


# --- evidence ---


def test_evidence_is_kept_as_given(world: World) -> None:
    id_ = world.experiment()
    with world.scope("co_owner", write=True) as scope:
        service.add_evidence(scope, id_, service.Observation("9 of 15 rang back", "", "grow", date(2026, 3, 10)))
        service.add_evidence(scope, id_, service.Observation("", " https://example.org/letter ", "neither"))
    with world.scope("author") as scope:
        seen, _ = queries.trail(scope, queries.experiment(scope, id_))
    assert [(it.text, it.link, it.tells, it.seen_on) for it in seen] == [
        ("saw-evidence", None, "grow", date(2026, 3, 1)),
        ("9 of 15 rang back", None, "grow", date(2026, 3, 10)),
        ("", "https://example.org/letter", "neither", date(2026, 3, 12)),
    ]


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        (service.Observation(), "text"),
        (service.Observation("x" * 5_001), "text"),
        (service.Observation("Seen", "javascript:alert(1)"), "link"),
        (service.Observation("Seen", "https://example.org/" + "x" * 500), "link"),
        (service.Observation("Seen", tells="maybe"), "tells"),
        (service.Observation("Seen", seen_on=date(2026, 3, 14)), "seen_on"),
    ],
)
def test_evidence_that_is_refused(world: World, seen: service.Observation, wrong: str) -> None:
    id_ = world.experiment()
    with world.scope("author", write=True) as scope, pytest.raises(Invalid) as told:
        service.add_evidence(scope, id_, seen)
    assert set(told.value.fields) == {wrong}


def test_evidence_of_another_experiment_is_not_found(world: World) -> None:
    id_, other = world.experiment(), world.experiment(author="member")
    with world.scope("member", write=True) as scope:
        piece = service.add_evidence(scope, other, service.Observation("Mine"))
    with world.scope("author", write=True) as scope, pytest.raises(NotFound):
        service.remove_evidence(scope, id_, piece)


# --- taking it along ---


def test_an_export_cannot_run_as_a_formula(world: World) -> None:
    nasty = "=HYPERLINK(1)"
    id_ = world.experiment(title="+1 idea", insight=nasty, learning="-2 visits", prediction="@home")
    with world.scope("author", write=True) as scope:
        service.add_evidence(scope, id_, service.Observation("Letter, with “quotes”\nand lines", "https://example.org"))
        body = csv_text(service.export_mine(scope))
    [row] = csv.DictReader(io.StringIO(body))
    assert (row["title"], row["insight"], row["learning"], row["prediction"]) == (
        "'+1 idea", f"'{nasty}", "'-2 visits", "'@home",
    )  # fmt: skip
    assert (row["state"], row["cohort"], row["author"], row["scaling"]) == ("running", "Portlaggan", "Author", "up")
    assert (row["started_on"], row["ended_on"]) == ("2026-02-03", "")
    assert row["evidence"].endswith("2026-03-12 Letter, with “quotes”\nand lines https://example.org")


def test_a_demos_export_says_that_it_is_invented(world: World) -> None:
    world.experiment(title="A kinder letter")
    with open_session(world.engine, None, write=True) as outside:
        outside.add(Instance(kind="demo", name="A demo"))
        outside.commit()
    with world.scope("author") as scope:
        heads, *_rows, last = service.export_mine(scope)
    assert (last, heads[0]) == ([INVENTED], "state")
