"""What was recorded is sealed in order, and whatever is done to it afterwards with the owner's rights is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.operations import service
from systems_changers.core.operations.models import AuditEvent, AuditLink, OperatorAuditLink
from systems_changers.core.operations.rules import OUT_OF_ORDER, Recorded, genesis, link_hash
from systems_changers.core.operations.service import chains, seals
from systems_changers.core.operations.service.chains import inspect_newest, seal_all, verify_chain, waits_since
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.registry import Registry
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import NOW, Instance, no_links, open_instance
from tests.instance import Template

EVENT, LINK = (Base.metadata.tables[each.__tablename__] for each in (AuditEvent, AuditLink))


@dataclass
class Ground:
    """Two partners, and somebody who has the owner's rights in the database."""

    instance: Instance
    corra: PartnerFacts
    alder: PartnerFacts

    def at(self, minutes: float) -> None:
        """Move the time to so many minutes after NOW."""
        self.instance.kit.clock = FixedClock(NOW + timedelta(minutes=minutes))

    def record(self, *names: str, slug: str = "corra") -> None:
        """One event a name."""
        with self.instance.scope(slug, write=True) as scope:
            for name in names:
                service.record(scope, name, kind="cohort", id=new_id(), changed=["title", "place"])

    def day(self, count: int = 12) -> list[UUID]:
        """Events a minute apart, sealed as they come; their ids in the order of their seals."""
        for minute in range(count):
            self.at(minute)
            self.record("cohort.changed")
            if minute % 3 == 0:
                self.seal()
        self.seal()
        return self.sealed()

    def seal(self) -> int:
        return seal_all(self.instance.kit, [self.corra, self.alder])

    def sealed(self) -> list[UUID]:
        found = sa.select(LINK.c.id).where(LINK.c.partner_id == self.corra.id).order_by(LINK.c.number)
        return [row.id for row in self.rows(found)]

    def rows(self, statement: sa.Select[Any]) -> list[Any]:
        engine = open_owner_engine(self.instance.kit.settings.owner_url)
        with engine.connect() as connection:
            return list(connection.execute(statement))

    def tamper(self, *statements: sa.Executable) -> None:
        engine = open_owner_engine(self.instance.kit.settings.owner_url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)
        engine.dispose()

    def verify(self, **heads: str) -> str | None:
        """What is wrong with the first partner's chain, in words."""
        kept = {int(name.removeprefix("at_")): {value} for name, value in heads.items()}
        found = verify_chain(self.instance.kit, self.corra, kept).wrong
        return None if found is None else str(found)


@pytest.fixture
def ground(template: Template, tmp_path: Path, registry: Registry) -> Iterator[Ground]:
    made = open_instance(template.copy(tmp_path), tmp_path, registry)
    partners = [made.add_partner(name.title(), slug=name) for name in ("corra", "alder")]
    yield Ground(made, *partners)
    made.kit.engine.dispose()


def test_a_hash_is_always_the_same() -> None:
    partner = UUID("0197a5f0-0000-7000-8000-000000000001")
    event = Recorded("0197a5f0000070008000000000000002", "2026-03-27 09:30:00.000000", "cohort.changed", None, "cohort",
                     "0197a5f0000070008000000000000003", '["title", "place"]')  # fmt: skip
    assert genesis(partner) == "aa0465c22367d00395b8e58c0d65b8fae95e8d45e238f621b4ba0e1d241ab296"
    assert genesis(None) != genesis(partner)
    assert link_hash("0" * 64, event) == "3290f36a96996f4d3132956366fe7e10f9704cad2a95202eca28f4a80c375e83"


def test_every_part_counts_and_space_in_a_list_does_not() -> None:
    event = Recorded("a" * 32, "2026-03-27 09:30:00.000000", "a.b", "b" * 32, "cohort", "c" * 32, '["x", "y"]')
    changed = [
        event._replace(id="d" * 32), event._replace(at="2026-03-27 09:30:00.000001"), event._replace(name="a.c"),
        event._replace(actor=None), event._replace(kind=None), event._replace(object_id=None),
        event._replace(changed='["x"]'), event._replace(changed='["y", "x"]'), event._replace(changed="no list"),
        event._replace(at='2026","changed":["x'), event._replace(name='a.b","object":"'),
    ]  # fmt: skip
    hashes = {link_hash("0" * 64, each) for each in (event, *changed)}
    assert len(hashes) == len(changed) + 1
    assert link_hash("0" * 64, event._replace(changed='["x","y"]')) == link_hash("0" * 64, event)
    assert link_hash("1" * 64, event) != link_hash("0" * 64, event)


def test_what_is_recorded_is_sealed_in_order_and_once(ground: Ground) -> None:
    ids = ground.day()
    assert len(ids) == 12
    found = ground.rows(sa.select(EVENT.c.id).where(EVENT.c.partner_id == ground.corra.id).order_by(EVENT.c.at))
    assert ids == [row.id for row in found]
    numbers = ground.rows(sa.select(LINK.c.number).where(LINK.c.partner_id == ground.corra.id).order_by(LINK.c.number))
    assert [row.number for row in numbers] == list(range(1, 13))
    assert ground.seal() == 0
    report = verify_chain(ground.instance.kit, ground.corra)
    assert (report.name, report.number, report.wrong) == ("corra", 12, None)
    outside = verify_chain(ground.instance.kit, None)
    assert (outside.name, outside.number, outside.wrong) == ("operator", 2, None)
    assert verify_chain(ground.instance.kit, ground.alder).number == 0


def test_a_backlog_is_sealed_in_batches(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "BATCH", 4)
    monkeypatch.setattr(seals.seal_waiting, "__kwdefaults__", {"most": 4})
    monkeypatch.setattr(chains, "PAGE", 3)
    ground.record(*["cohort.changed"] * 10)
    assert ground.seal() == 12  # with both partners' making, outside
    assert len(ground.sealed()) == 10
    assert ground.verify() is None


def test_two_who_seal_at_once_do_not_fork_the_chain(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one seals between this one's look and its writing."""
    ground.record("cohort.made", "cohort.changed")
    done: list[bool] = []

    def interrupted(*given: Any) -> None:
        if not done and ground.instance.kit.engine.dialect.name == "postgresql":
            done.append(True)
            seal_all(ground.instance.kit, [ground.corra])
        insert_rows(*given)

    monkeypatch.setattr(seals, "insert_rows", interrupted)
    ground.seal()
    assert len(ground.sealed()) == 2
    assert ground.verify() is None


def test_a_seal_can_be_neither_changed_nor_taken_away(ground: Ground) -> None:
    ground.day(2)
    for change in (sa.update(AuditLink).values(hash="0" * 64), sa.delete(AuditLink)):
        with ground.instance.scope("corra", write=True) as scope, pytest.raises(BeyondPartner):
            scope.db.execute(change)
    outside = ground.instance.kit.operator_scope(ANYONE, links=no_links, write=True)
    with outside as scope, pytest.raises(BeyondPartner):
        scope.db.execute(sa.delete(OperatorAuditLink))
    assert ground.verify() is None


Tamper = Callable[[list[UUID]], list[sa.Executable]]
CHANGES: dict[str, tuple[Tamper, str]] = {
    "a value": (
        lambda ids: [sa.update(EVENT).where(EVENT.c.id == ids[4]).values(changed=["place"])],
        "The entry 5 (cohort.changed, 2026-03-27 09:34:00 UTC, {4}) is not what was sealed.",
    ),
    "who": (
        lambda ids: [sa.update(EVENT).where(EVENT.c.id == ids[0]).values(actor_account_id=new_id())],
        "The entry 1 (cohort.changed, 2026-03-27 09:30:00 UTC, {0}) is not what was sealed.",
    ),
    "the moment of the last": (
        lambda ids: [sa.update(EVENT).where(EVENT.c.id == ids[-1]).values(at=NOW + timedelta(minutes=12))],
        "The entry 12 (cohort.changed, 2026-03-27 09:42:00 UTC, {11}) is not what was sealed.",
    ),
    "one in the middle gone": (
        lambda ids: [sa.delete(EVENT).where(EVENT.c.id == ids[6])],
        "The entry number 7 is gone; its seal is still there.",
    ),
    "the last gone": (
        lambda ids: [sa.delete(EVENT).where(EVENT.c.id == ids[-1])],
        "The entry number 12 is gone; its seal is still there.",
    ),
    "one gone with its seal": (
        lambda ids: [sa.delete(EVENT).where(EVENT.c.id == ids[6]), sa.delete(LINK).where(LINK.c.id == ids[6])],
        "Seal number 7 is missing.",
    ),
    "one gone, and the numbers closed up": (
        lambda ids: [
            sa.delete(EVENT).where(EVENT.c.id == ids[10]), sa.delete(LINK).where(LINK.c.id == ids[10]),
            sa.update(LINK).where(LINK.c.id == ids[11]).values(number=11),
        ],
        "The entry 11 (cohort.changed, 2026-03-27 09:41:00 UTC, {11}) is not what was sealed.",
    ),
    "two seals swapped": (
        lambda ids: [
            sa.update(LINK).where(LINK.c.id == ids[2]).values(number=99),
            sa.update(LINK).where(LINK.c.id == ids[3]).values(number=3),
            sa.update(LINK).where(LINK.c.id == ids[2]).values(number=4),
        ],
        "The entry 3 (cohort.changed, 2026-03-27 09:33:00 UTC, {3}) is not what was sealed.",
    ),
    "two moments swapped": (
        lambda ids: [
            sa.update(EVENT).where(EVENT.c.id == ids[2]).values(at=NOW + timedelta(minutes=3)),
            sa.update(EVENT).where(EVENT.c.id == ids[3]).values(at=NOW + timedelta(minutes=2)),
        ],
        "The entry 3 (cohort.changed, 2026-03-27 09:33:00 UTC, {2}) is not what was sealed.",
    ),
    "a seal's hash": (
        lambda ids: [sa.update(LINK).where(LINK.c.id == ids[8]).values(hash="f" * 64)],
        "The entry 9 (cohort.changed, 2026-03-27 09:38:00 UTC, {8}) is not what was sealed.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", CHANGES)
def test_whatever_is_altered_is_found(ground: Ground, how: str) -> None:
    ids = ground.day()
    tampering, expected = CHANGES[how]
    ground.tamper(*tampering(ids))
    assert ground.verify() == expected.format(*ids)
    assert verify_chain(ground.instance.kit, ground.alder).wrong is None


def found(ground: Ground, **heads: str) -> list[str]:
    """Everything that is wrong with the first partner's chain, in words."""
    kept = {int(name.removeprefix("at_")): {value} for name, value in heads.items()}
    return [str(each) for each in verify_chain(ground.instance.kit, ground.corra, kept).wrongs]


def test_every_entry_that_is_wrong_is_named_and_no_other(ground: Ground) -> None:
    ids = ground.day()
    head = verify_chain(ground.instance.kit, ground.corra).head
    ground.tamper(
        sa.update(EVENT).where(EVENT.c.id == ids[2]).values(changed=["place"]),
        sa.update(LINK).where(LINK.c.id == ids[4]).values(hash="f" * 64),
        sa.delete(EVENT).where(EVENT.c.id == ids[6]),
        *(sa.delete(table).where(table.c.id.in_(ids[8:10])) for table in (EVENT, LINK)),
    )
    strays = [inserted(ground, 0.5), inserted(ground, 0.75)]
    report = verify_chain(ground.instance.kit, ground.corra, {12: {"0" * 64}})
    assert [str(each) for each in report.wrongs] == [
        f"The entry 3 (cohort.changed, 2026-03-27 09:32:00 UTC, {ids[2]}) is not what was sealed.",
        f"The entry 5 (cohort.changed, 2026-03-27 09:34:00 UTC, {ids[4]}) is not what was sealed.",
        "The entry number 7 is gone; its seal is still there.",
        "The seals number 9 to 10 are missing.",
        f"The entry 12 (cohort.changed, 2026-03-27 09:41:00 UTC, {ids[11]}) has another hash than the one kept.",
        (
            f"The entry (role.granted, 2026-03-27 09:30:30 UTC, {strays[0]}) has no seal, though later ones have:"
            " it was added afterwards."
        ),
        (
            f"The entry (role.granted, 2026-03-27 09:30:45 UTC, {strays[1]}) has no seal, though later ones have:"
            " it was added afterwards."
        ),
    ]
    assert (report.number, report.unnamed) == (2, 0), "what holds ends before the first"
    assert found(ground, at_12=head)[3] == "The seals number 9 to 10 are missing."
    assert len(found(ground, at_12=head)) == len(report.wrongs) - 1, "that head is the right one"


def test_of_many_that_are_wrong_the_others_are_counted(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "NAMED", 3)
    ids = ground.day()
    for minute in range(5):
        inserted(ground, 0.1 + minute / 100)
    report = verify_chain(ground.instance.kit, ground.corra)
    assert (len(report.wrongs), report.unnamed, report.number) == (3, 2, 12)
    ground.tamper(sa.update(EVENT).where(EVENT.c.id.in_(ids[:4])).values(name="cohort.made"))
    report = verify_chain(ground.instance.kit, ground.corra)
    assert (len(report.wrongs), report.unnamed, report.number) == (3, 6, 0)


def inserted(ground: Ground, minute: float) -> UUID:
    """Somebody adds an event with the owner's rights, dated as it suits."""
    id_ = new_id()
    made = {"id": id_, "partner_id": ground.corra.id, "at": NOW + timedelta(minutes=minute), "name": "role.granted",
            "changed": [], "created_at": NOW, "updated_at": NOW, "extra": {}, "version": 1}  # fmt: skip
    ground.tamper(sa.insert(EVENT).values(made))
    return id_


def test_what_is_added_afterwards_is_found_and_never_sealed(ground: Ground) -> None:
    ground.day()
    id_ = inserted(ground, 0.5)
    told = (f"The entry (role.granted, 2026-03-27 09:30:30 UTC, {id_}) has no seal, though later ones have:"
            " it was added afterwards.")  # fmt: skip
    assert ground.verify() == told
    ground.at(60)
    ground.record("cohort.changed")
    assert ground.seal() == 1
    assert ground.verify() == told
    ground.tamper(sa.insert(LINK).values(partner_id=ground.corra.id, id=id_, number=14, hash="0" * 64, sealed_at=NOW))
    assert ground.verify() == f"The entry 14 (role.granted, 2026-03-27 09:30:30 UTC, {id_}) is not what was sealed."


def test_an_event_that_was_added_and_sealed_out_of_order_is_found(ground: Ground) -> None:
    ground.day()
    id_, head = inserted(ground, 0.5), verify_chain(ground.instance.kit, ground.corra).head
    event = Recorded(id_.hex, "2026-03-27 09:30:30.000000", "role.granted", None, None, None, "[]")
    ground.tamper(sa.insert(LINK).values(partner_id=ground.corra.id, id=id_, number=13, hash=link_hash(head, event),
                                         sealed_at=NOW))  # fmt: skip
    assert ground.verify() == f"The entry 13 (role.granted, 2026-03-27 09:30:30 UTC, {id_}) was added after later ones."


def test_a_late_commit_is_sealed_all_the_same(ground: Ground) -> None:
    ground.day()
    inserted(ground, 12 - OUT_OF_ORDER / timedelta(minutes=1))
    assert ground.seal() == 1
    assert ground.verify() is None


def test_an_end_that_was_cut_off_is_found_by_a_head_that_was_kept(ground: Ground) -> None:
    ids = ground.day()
    kept = verify_chain(ground.instance.kit, ground.corra)
    assert ground.verify(at_12=kept.head) is None
    ground.tamper(sa.delete(LINK).where(LINK.c.id.in_(ids[10:])), sa.delete(EVENT).where(EVENT.c.id.in_(ids[10:])))
    assert ground.verify() is None, "a shorter chain is a chain"
    assert ground.verify(at_12=kept.head) == "The chain ends at number 10, and number 12 was kept: its end was cut off."
    ground.at(20)
    ground.record("cohort.changed", "cohort.changed")
    assert "has another hash than the one kept." in str(ground.verify(at_12=kept.head))


def test_a_chain_that_was_made_anew_is_found_by_a_head_that_was_kept(ground: Ground) -> None:
    ids = ground.day()
    kept = verify_chain(ground.instance.kit, ground.corra)
    ground.tamper(sa.delete(LINK), sa.update(EVENT).where(EVENT.c.id == ids[3]).values(name="cohort.made"))
    assert ground.verify() is None
    assert "has another hash" in str(ground.verify(at_12=kept.head))


def test_only_the_newest_are_looked_at_where_that_is_asked(ground: Ground) -> None:
    ids = ground.day()
    ground.tamper(sa.update(EVENT).where(EVENT.c.id == ids[3]).values(name="cohort.made"))
    assert inspect_newest(ground.instance.kit, ground.corra, 5) is None
    assert "The entry 4 " in str(inspect_newest(ground.instance.kit, ground.corra, 9))
    assert "The entry 4 " in str(inspect_newest(ground.instance.kit, ground.corra, 100))
    ground.tamper(sa.delete(LINK).where(LINK.c.id == ids[6]))
    assert str(inspect_newest(ground.instance.kit, ground.corra, 5)) == "Seal number 7 is missing."
    assert inspect_newest(ground.instance.kit, ground.alder, 5) is None


def test_what_waits_is_told_by_its_age(ground: Ground) -> None:
    assert waits_since(ground.instance.kit, ground.corra) is None
    ground.record("cohort.made")
    assert waits_since(ground.instance.kit, ground.corra) == NOW
    ground.seal()
    assert waits_since(ground.instance.kit, ground.corra) is None


def test_bytes_that_are_no_moment_are_told_of(ground: Ground) -> None:
    if ground.instance.kit.engine.dialect.name == "postgresql":
        return  # which keeps nothing but moments there
    ids = ground.day()
    engine = open_owner_engine(ground.instance.kit.settings.owner_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_event SET id = 'x' WHERE id = ?", (ids[2].bytes,))
        connection.exec_driver_sql("UPDATE audit_link SET id = 'x' WHERE id = ?", (ids[2].bytes,))
    assert ground.verify() == "The entry after number 0 can't be read."


def test_one_chains_trouble_leaves_the_others_alone(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.record("cohort.made")
    ground.record("cohort.made", slug="alder")
    seal = seals.seal_waiting

    def ill(scope: Any) -> int:
        if scope.db.info["partner_id"] == ground.corra.id:
            raise RuntimeError("ill")
        return seal(scope)

    monkeypatch.setattr(chains, "seal_waiting", ill)
    with pytest.raises(RuntimeError, match="ill"):
        ground.seal()
    monkeypatch.undo()
    assert verify_chain(ground.instance.kit, ground.alder).number == 1
    assert verify_chain(ground.instance.kit, None).number == 2
