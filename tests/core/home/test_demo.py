"""The demo: the same people, texts and figures every time, whole or not there at all, and nowhere but in a demo."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.experiments.models import Evidence, Experiment, ExperimentOwner
from systems_changers.core.home.service import demo, demo_people
from systems_changers.core.home.service.demo_ground import StoryClock
from systems_changers.core.home.service.instance import FirstAnswers, make_real
from systems_changers.core.operations.service import FaultBook
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Account, Person, SignInSession
from systems_changers.core.people.queries import hash_secret
from systems_changers.core.sessions.models import CohortSession, RecordCorrection, SessionBlock, SessionRecord
from systems_changers.core.sessions.rules import chain_holds
from systems_changers.core.summaries.models import ReceivedSummary, SharingAgreement, SummaryFact
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import open_kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import OperatorScope
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.settings import Settings
from tests.instance import KEY, Instance, Template, no_links

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
LATER = datetime(2027, 11, 2, 23, 30, tzinfo=UTC)
STAMPS = {"created_at", "updated_at", "received_at", "loaded_at"}
CHANCE = {"received_summary": {"id"}}  # its rows are written in bulk with identifiers of their own
Rows = dict[str, list[dict[str, Any]]]
Tell = Callable[[datetime], "Told"]


@dataclass(frozen=True)
class Told:
    """A database in which the story has been told."""

    settings: Settings
    engine: sa.Engine

    def rows(self, found: sa.Select[Any]) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(found))

    def dump(self) -> Rows:
        """Every row of every table but for what depends on the moment of making."""
        made: Rows = {}
        for table in Base.metadata.sorted_tables:
            left_out = STAMPS | CHANCE.get(table.name, set())
            kept = [column for column in table.columns if column.name not in left_out]
            made[table.name] = sorted((dict(row._mapping) for row in self.rows(sa.select(*kept))), key=repr)
        return made


@pytest.fixture(scope="module")
def tell(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tell]:
    """Tells the story in a database of its own at a given moment."""
    engines: list[sa.Engine] = []

    def told(moment: datetime) -> Told:
        folder = tmp_path_factory.mktemp("demo")
        app, owner = template.copy(folder)
        settings = Settings(data=folder, database=app, owner_database=owner, secret_key=KEY, demo=True)
        demo.furnish(settings, registry, StoryClock(moment, moment), lambda _line: None)
        engines.append(open_owner_engine(owner))
        return Told(settings, engines[-1])

    yield told
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="module")
def story(tell: Tell) -> Told:
    """The story told once, for tests that only read."""
    return tell(NOW)


def partner_ids(told: Told) -> dict[str, UUID]:
    return {slug: id_ for slug, id_ in told.rows(sa.select(Partner.slug, Partner.id))}


def people_in(told: Told, *states: str) -> dict[str, list[int]]:
    """Participants of each cohort in these states, by partner."""
    found = (
        sa.select(Partner.slug, sa.func.count())
        .select_from(CohortPerson)
        .join(Cohort, sa.and_(Cohort.partner_id == CohortPerson.partner_id, Cohort.id == CohortPerson.cohort_id))
        .join(Partner, Partner.id == Cohort.partner_id)
        .where(CohortPerson.part == "participant", Cohort.state.in_(states))
        .group_by(Partner.slug, Cohort.id)
    )
    counted: dict[str, list[int]] = {}
    for slug, count in told.rows(found):
        counted.setdefault(slug, []).append(count)
    return {slug: sorted(counts) for slug, counts in counted.items()}


# --- the same every time ---


def test_two_are_identical(story: Told, tell: Tell) -> None:
    first, second = story.dump(), tell(NOW).dump()
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first["session_block"]) > 900


def test_another_day_moves_the_dates_and_nothing_else(story: Told, tell: Tell) -> None:
    later = tell(LATER)
    for column in (Experiment.title, Experiment.learning, Person.name, Cohort.name, SessionBlock.reason):
        assert sorted(story.rows(sa.select(column)), key=repr) == sorted(later.rows(sa.select(column)), key=repr)
    figures = sa.select(
        ReceivedSummary.about_name, ReceivedSummary.indicator, ReceivedSummary.numerator, ReceivedSummary.denominator
    )
    assert sorted(story.rows(figures)) == sorted(later.rows(figures))
    days = {told: next_sessions(told) for told in (story, later)}
    assert {name: when - date(2026, 3, 12) for name, when in days[story].items()} == {
        name: when - date(2027, 11, 2) for name, when in days[later].items()
    }


def next_sessions(told: Told) -> dict[str, date]:
    """The day of each cohort's confirmed session."""
    found = sa.select(Cohort.name, CohortSession.starts_at).join(
        Cohort, sa.and_(Cohort.partner_id == CohortSession.partner_id, Cohort.id == CohortSession.cohort_id)
    )
    return {name: starts_at.date() for name, starts_at in told.rows(found.where(CohortSession.state == "confirmed"))}


# --- the story ---


def test_the_people_are_as_many_as_the_story_says(story: Told) -> None:
    assert people_in(story, "running", "follow_up") == {
        "corra-scotland": [11], "childrens-society": [12], "south-east": [11],
    }  # fmt: skip
    assert people_in(story, "closed", "follow_up") == {
        "corra-scotland": [11, 12, 13], "childrens-society": [12, 12, 12], "south-east": [11, 12, 13],
    }  # fmt: skip


def test_where_the_three_cohorts_stand(story: Told) -> None:
    found = (
        sa.select(Cohort.name, CohortSession.number, CohortSession.starts_at, CohortSession.kind)
        .join(Cohort, sa.and_(Cohort.partner_id == CohortSession.partner_id, Cohort.id == CohortSession.cohort_id))
        .where(CohortSession.state == "confirmed")
    )
    days = {name: (number, (when.date() - NOW.date()).days, kind) for name, number, when, kind in story.rows(found)}
    assert days == {
        "Portlaggan, third time round": (5, 3, "led"),
        "Four teams, ninety minutes": (7, 6, "led"),
        "Wealdham, Saltmarsh and Oakhythe": (12, 5, "follow_up"),
    }
    led = sa.select(sa.func.count()).select_from(CohortSession).join(
        Cohort, sa.and_(Cohort.partner_id == CohortSession.partner_id, Cohort.id == CohortSession.cohort_id)
    ).where(Cohort.name == "Portlaggan, third time round", CohortSession.kind == "led")  # fmt: skip
    assert story.rows(led)[0][0] == 9


def test_the_rehearsal_became_a_walk_three_times(story: Told) -> None:
    swapped = (
        sa.select(Cohort.name, SessionBlock.outcome, SessionBlock.reason, SessionBlock.effect)
        .join(CohortSession, CohortSession.id == SessionBlock.session_id)
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(SessionBlock.block_key == "rehearsal", Cohort.place == "Portlaggan")
        .order_by(Cohort.starts_on)
    )
    first, second, third = story.rows(swapped)
    assert (first[1], second[1]) == ("replaced", "replaced")
    assert first[2] == second[2]
    assert first[2].startswith("In a place this small")
    assert (first[3], second[3]) == ("keeps", "keeps")
    assert third[1] == "as_planned"
    planned = (
        sa.select(PlannedModule.identity)
        .join(Cohort, Cohort.id == PlannedModule.cohort_id)
        .where(Cohort.place == "Portlaggan", PlannedModule.number == 7, PlannedModule.deleted_at.is_(None))
        .order_by(Cohort.starts_on)
    )
    assert [row[0] for row in story.rows(planned)] == [
        "core:power-and-permission", "core:power-and-permission", "corra-scotland:local-democracy",
    ]  # fmt: skip


def test_the_bus_was_cancelled(story: Told) -> None:
    skipped = sa.select(SessionBlock.title, SessionBlock.reason, SessionBlock.adaptation).where(
        SessionBlock.reason.contains("bus was cancelled")
    )
    ((title, _reason, adaptation),) = story.rows(skipped)
    assert title == "Two listening talks where nobody wants anything"
    assert adaptation["decided_by"] == "circumstances"


def test_the_three_experiments_that_the_story_is_known_by(story: Told) -> None:
    texts = sa.select(Experiment.id, Experiment.state, Experiment.learning, Experiment.scaling)
    ((letter, state, learning, scaling),) = story.rows(texts.where(Experiment.title.startswith("An arrears letter")))
    assert (state, scaling) == ("embedded", ["up"])
    assert learning.startswith("2 of 14 rang back after the old letter, 9 of 15 after the new one.")
    seen = [text for (text,) in story.rows(sa.select(Evidence.text).where(Evidence.experiment_id == letter))]
    assert sum("14 sent, 2 people" in text or "15 sent, 9 people" in text for text in seen) == 2
    ((_, state, learning, _),) = story.rows(texts.where(Experiment.title.startswith("An evening drop-in")))
    assert state == "stop"
    assert "It was never about our door: it is about the bus." in learning
    ((visit, state, _, _),) = story.rows(texts.where(Experiment.title.startswith("One first visit")))
    assert state == "running"
    owners = (
        sa.select(Person.organisation)
        .join(ExperimentOwner, ExperimentOwner.person_id == Person.id)
        .where(ExperimentOwner.experiment_id == visit)
    )
    author = sa.select(Person.organisation).join(Experiment, Experiment.author_id == Person.id).where(Experiment.id == visit)
    assert {row[0] for row in (*story.rows(owners), *story.rows(author))} == {"Laggan Homes", "Portlaggan Health Centre"}


def test_the_gate_holds_one_experiment(story: Told) -> None:
    review = Base.metadata.tables["childrens_society_safeguarding_review"]
    held = sa.select(Experiment.title, Experiment.state).join(review, review.c.experiment_id == Experiment.id)
    assert story.rows(held.where(review.c.decision == "held")) == [("Young carers choose the first question", "framed")]


def test_people_differ(story: Told) -> None:
    found = story.rows(sa.select(Person.account_id, Person.locale, Person.time_zone, Person.shows, Person.access_needs))
    assert {"gd", "cy", "en_GB@easyread"} <= {row.locale for row in found}
    assert {"America/Halifax", "Africa/Nairobi"} <= {row.time_zone for row in found}
    assert sum(row.account_id is None for row in found) > 100
    assert sum(row.access_needs is not None for row in found) >= 5
    assert len({tuple(row.shows) for row in found}) >= 4


# --- figures, by hand ---


def test_figures_agree_with_what_is_counted_by_hand(story: Told) -> None:
    """Places: 11+12+13 of 12+12+14; 12+12+12 of 14+14+12; 11+12+13 of 12+13+14.

    Completion is everybody but those who left early or missed a quarter: at Corra billy and leila, stuart and kenny,
    paul, blessing and shona; at the Children's Society siobhan, tariq, joel, nadine and amrit, karen and pete, callie,
    otis and faisal; in the South East terry and kit, colin, gemma and marek, keith, samir and hazel.
    """
    ids = partner_ids(story)
    columns = (ReceivedSummary.about_partner, ReceivedSummary.numerator, ReceivedSummary.denominator)
    found = {
        indicator: {row[0]: tuple(row[1:]) for row in story.rows(
            sa.select(*columns).where(ReceivedSummary.indicator == indicator, ReceivedSummary.confidentiality == "free")
        )}
        for indicator in ("core:I1", "core:I7")
    }  # fmt: skip
    assert found["core:I1"] == {
        ids["corra-scotland"]: (36, 38), ids["childrens-society"]: (36, 40), ids["south-east"]: (36, 39),
    }  # fmt: skip
    assert found["core:I7"] == {
        ids["corra-scotland"]: (29, 36), ids["childrens-society"]: (26, 36), ids["south-east"]: (28, 36),
    }  # fmt: skip


def test_every_figure_shows_and_is_shared(story: Told) -> None:
    shown = story.rows(sa.select(ReceivedSummary.status, ReceivedSummary.confidentiality))
    assert [tuple(row) for row in shown] == [("reported", "free")] * 18
    assert story.rows(sa.select(sa.func.count()).select_from(SharingAgreement).where(SharingAgreement.policy == "sck-1"))[0][0] == 3
    assert story.rows(sa.select(sa.func.count()).select_from(SummaryFact))[0][0] == 11 * 6


# --- as the services would have made it ---


def test_every_sealed_record_holds(story: Told) -> None:
    records = story.rows(sa.select(SessionRecord.id, SessionRecord.hash, SessionRecord.content))
    chain = sa.select(
        RecordCorrection.record_id, RecordCorrection.follows, RecordCorrection.hash, RecordCorrection.number,
        RecordCorrection.content,
    )  # fmt: skip
    links = {row[0]: [tuple(row[1:])] for row in story.rows(chain)}
    assert len(records) == (4 + 36) + (5 + 46) + 35
    assert len(links) == 1
    assert all(chain_holds(hash_, content, links.get(id_, [])) for id_, hash_, content in records)


def test_nobody_is_told_of_what_was_before(story: Told) -> None:
    assert story.rows(sa.select(OutboxRow.id)) == []


# --- a folder of its own ---


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    folder, said = tmp_path / "demo", []
    assert demo.ensure_demo(folder, said.append, clock=FixedClock(NOW))
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert set(before) == {"DEMO", "secret.key", "systems-changers.db"}
    assert not demo.ensure_demo(folder, said.append)
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    assert len(said) == 4


def test_another_edition_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, said = tmp_path / "demo", []
    folder.mkdir()
    (folder / "DEMO").write_text("of long ago", "utf-8")
    (folder / "secret.key").write_text("k" * 60, "utf-8")
    monkeypatch.setattr(demo, "furnish", lambda *_: None)
    assert demo.ensure_demo(folder, said.append)
    assert "another edition" in said[0]
    assert not demo.ensure_demo(folder, said.append)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["demo"]


def test_killed_in_the_middle_nothing_is_left(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from systems_changers.core.home.service import demo\n"
        "def say(line):\n"
        "    if line.startswith('  Corra'): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"demo.ensure_demo(Path({str(tmp_path / 'demo')!r}), say)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "demo").exists()
    assert (tmp_path / "demo.making").is_dir()
    assert demo.ensure_demo(tmp_path / "demo", lambda _line: None)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["demo"]


def test_a_demo_never_becomes_real_nor_a_real_one_a_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = FirstAnswers("Ours", "Ada", "ada@example.org")
    monkeypatch.setattr(demo, "furnish", lambda *_: None)
    demo.ensure_demo(tmp_path / "demo", lambda _line: None)
    with pytest.raises(Refused) as refused:
        make_real(tmp_path / "demo", answers, {})
    assert refused.value.code == "demo_folder"
    make_real(tmp_path / "real", answers, {})
    before = (tmp_path / "real" / "secret.key").read_bytes()
    with pytest.raises(Refused) as refused:
        demo.ensure_demo(tmp_path / "real", lambda _line: None)
    assert refused.value.code == "instance_exists"
    assert (tmp_path / "real" / "secret.key").read_bytes() == before


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(Refused) as refused:
        demo.ensure_demo(tmp_path, lambda _line: None)
    assert refused.value.code == "folder_in_use"
    assert (tmp_path / "letter.txt").read_text("utf-8") == "mine"


def test_a_demo_keeps_its_data_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMS_CHANGERS_DATABASE", "postgresql://somewhere/else")
    with pytest.raises(Refused) as refused:
        demo.ensure_demo(tmp_path / "demo", lambda _line: None)
    assert refused.value.code == "demo_database"
    assert not (tmp_path / "demo").exists()


# --- coming in ---


@pytest.mark.parametrize("card", demo_people.PEOPLE, ids=lambda card: card.key)
def test_every_card_comes_in(story: Told, registry: Registry, card: demo_people.DemoCard) -> None:
    with opened(story, registry) as scope:
        secret, path = demo.come_in(scope, card.key, host="127.0.0.1:8765")
        session = scope.db.scalar(sa.select(SignInSession).where(SignInSession.secret_hash == hash_secret(secret)))
        assert session is not None
        assert session.host == "127.0.0.1"
        account = scope.db.get_one(Account, session.account_id)
        assert account.email == card.email
        assert account.is_operator is (card.key == "gwen")
        assert account.password_hash is None
    assert path == f"/p/{card.partner}{card.path}"


def test_nobody_else_comes_in(story: Told, registry: Registry) -> None:
    with opened(story, registry) as scope, pytest.raises(NotFound):
        demo.come_in(scope, "somebody", host="127.0.0.1")


def test_nobody_comes_into_a_real_instance(instance: Instance) -> None:
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(Account(email="morag.macaskill@corra.example"))
        scope.db.flush()
        assert not demo.is_demo(scope)
        with pytest.raises(NotFound):
            demo.come_in(scope, "morag", host="127.0.0.1")


def test_the_brands_stand_side_by_side(story: Told, registry: Registry) -> None:
    with opened(story, registry) as scope:
        assert demo.is_demo(scope)
        shown = demo.brands(scope)
    assert [each.slug for each in shown] == ["corra-scotland", "childrens-society", "south-east"]
    assert all(each.css.startswith(f"#brand-{each.slug} {{ --brand-main:") for each in shown)
    assert ":root" not in "".join(each.css for each in shown)
    assert len({each.brand.light.main for each in shown}) == 3


@contextmanager
def opened(told: Told, registry: Registry) -> Iterator[OperatorScope]:
    """A write scope outside any partner that is rolled back at the end."""
    kit = open_kit(told.settings, FaultBook(), clock=FixedClock(NOW), registry=registry)
    try:
        with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            yield scope
    finally:
        kit.engine.dispose()
