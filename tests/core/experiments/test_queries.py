"""Lists take a fixed number of statements whatever the rows, and pages hold what they say."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from systems_changers.core.experiments import queries, service
from systems_changers.core.experiments.models import Evidence, Experiment, ExperimentShare
from systems_changers.hooks.scope import Scope
from systems_changers.infra.identifiers import new_id
from tests.core.experiments.conftest import NOW, World

Reading = Callable[[Scope, UUID, UUID], object]
READINGS: dict[str, tuple[Reading, int]] = {
    "own ledger": (lambda scope, _, __: queries.ledger(scope, mine=True, size=300), 1),
    "shared ledger": (lambda scope, _, __: queries.ledger(scope, mine=False, size=300), 1),
    "search": (lambda scope, _, __: queries.search(scope, "idea", size=300), 1),
    "api": (lambda scope, _, __: queries.experiments(scope, size=300), 1),
    "export": (lambda scope, _, __: service.export_mine(scope), 3),
    "page": (lambda scope, _, id_: _page(scope, id_), 3),
}


def _page(scope: Scope, id_: UUID) -> None:
    view = queries.experiment(scope, id_)
    queries.trail(scope, view)
    queries.readers(scope, view)


def fill(world: World, count: int) -> UUID:
    """This many experiments of the author, each shared in two ways, with evidence; the first one's id."""
    ids = [new_id() for _ in range(count)]
    with world.scope("author", write=True) as scope:
        author = world.people["author"]
        scope.db.add_all(
            Experiment(id=id_, author_id=author, cohort_id=world.cohort, title=f"idea {number}", scaling=[])
            for number, id_ in enumerate(ids)
        )
        scope.db.flush()
        for id_ in ids:
            scope.db.add(Evidence(experiment_id=id_, text="seen"))
            scope.db.add(ExperimentShare(experiment_id=id_, audience="cohort", granted_at=NOW))
            scope.db.add(
                ExperimentShare(
                    experiment_id=id_,
                    audience="person",
                    person_id=world.people["manager"],
                    fields=["learning"],
                    granted_at=NOW,
                )
            )
    return ids[0]


@pytest.fixture(params=[1, 30, 300])
def filled(world: World, request: pytest.FixtureRequest) -> tuple[World, int, UUID]:
    count: int = request.param
    return world, count, fill(world, count)


def test_statements_do_not_grow_with_rows(filled: tuple[World, int, UUID]) -> None:
    world, _, first = filled
    for who in ("author", "member", "manager", "administrator"):
        for name, (reading, most) in READINGS.items():
            if name == "page" and who == "administrator":
                continue
            with world.scope(who) as scope, world.counted() as sent:
                reading(scope, world.cohort, first)
            assert len(sent) <= most, (who, name, sent)


def test_lists_hold_every_row(filled: tuple[World, int, UUID]) -> None:
    world, count, _ = filled
    with world.scope("author") as scope:
        assert queries.ledger(scope, mine=True).total == count
        assert queries.ledger(scope, mine=False).total == 0
    with world.scope("manager") as scope:
        assert queries.ledger(scope, mine=False).total == count
        assert {frozenset(view.answers) for view in queries.experiments(scope, size=300).rows} == {
            frozenset({"title", "state", "author", "learning"})
        }


def test_pages_of_a_ledger(world: World) -> None:
    fill(world, 5)
    with world.scope("author") as scope:
        pages = [queries.ledger(scope, mine=True, number=number, size=2) for number in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [2, 2, 1, 0]
    assert [page.total for page in pages[:3]] == [5, 5, 5]
    assert len({line.id for page in pages for line in page.rows}) == 5
    assert {(line.state, line.author, line.mine) for line in pages[0].rows} == {("noticing", "Author", True)}
