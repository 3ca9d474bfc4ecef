"""A request about one's own data has its clock: a month, three where it is complex, never ending on a day off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from systems_changers.core.people.models import Person
from systems_changers.core.privacy import queries, service
from systems_changers.core.privacy.models import SubjectRequest, Tombstone
from systems_changers.core.privacy.rules import answer_by, keys_of
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.identifiers import new_id
from tests.core.instance import Instance

DAYS = st.dates(date(2000, 1, 1), date(2080, 1, 1))


@pytest.mark.parametrize(
    ("received", "month", "three"),
    [
        ("2026-01-31", "2026-03-02", "2026-04-30"),  # 28 February is a Saturday
        ("2028-01-31", "2028-02-29", "2028-05-02"),  # 30 April is a Sunday, and 1 May a bank holiday
        ("2026-09-03", "2026-10-05", "2026-12-03"),
        ("2026-11-25", "2026-12-29", "2027-02-25"),  # Christmas, the weekend, and Boxing Day's Monday
        ("2026-03-03", "2026-04-06", "2026-06-03"),  # Good Friday; Easter Monday is a working day in Scotland
    ],
)
def test_the_last_day_for_an_answer(received: str, month: str, three: str) -> None:
    day = date.fromisoformat(received)
    assert answer_by(day).isoformat() == month
    assert answer_by(day, extended=True).isoformat() == three


@given(day=DAYS)
def test_a_month_is_never_shorter_than_the_calendars(day: date) -> None:
    due, longer = answer_by(day), answer_by(day, extended=True)
    assert timedelta(days=28) <= due - day <= timedelta(days=36)
    assert timedelta(days=89) <= longer - day <= timedelta(days=97)
    assert max(due.weekday(), longer.weekday()) < 5
    assert answer_by(day + timedelta(days=1)) >= due


@pytest.fixture
def person(pair: Instance) -> UUID:
    with pair.scope(write=True) as scope:
        row = Person(name="Morag")
        scope.db.add(row)
        scope.db.flush()
        return row.id


def lines(pair: Instance) -> list[queries.RequestLine]:
    return list(pair.see(queries.requests_listed).rows)


def test_a_request_runs_from_today_and_the_same_one_runs_on(pair: Instance, person: UUID) -> None:
    pair.do(service.receive_request, person, "erasure")
    pair.later(days=3)
    pair.do(service.receive_request, person, "erasure", date(2026, 3, 1))
    (line,) = lines(pair)
    assert (line.kind, line.person_id, line.received_on, line.due_on, line.extended, line.answered_at, line.note) == (
        "erasure", person, date(2026, 3, 12), date(2026, 4, 13), False, None, None,
    )  # fmt: skip
    assert pair.audit()[-1:] == ["subject_request.received"]


def test_the_day_is_the_partners(pair: Instance, person: UUID) -> None:
    pair.clock = FixedClock(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    pair.do(service.receive_request, person, "access")
    assert lines(pair)[0].received_on == date(2026, 7, 1)


def test_a_day_to_come_is_refused(pair: Instance, person: UUID) -> None:
    with pytest.raises(Invalid) as refused:
        pair.do(service.receive_request, person, "access", date(2026, 3, 13))
    assert list(refused.value.fields) == ["received_on"]
    with pytest.raises(ValueError, match="cake"):
        pair.do(service.receive_request, person, "cake")


def test_two_months_more_need_a_reason(pair: Instance, person: UUID) -> None:
    id_ = pair.do(lambda scope: service.receive_request(scope, person, "access").id)
    for note, wrong in (("  ", "Say why"), ("x" * 501, "500 characters")):
        with pytest.raises(Invalid) as refused:
            pair.do(service.extend_request, id_, note)
        assert wrong in str(refused.value.fields["note"][0])
    pair.do(service.extend_request, id_, " Many papers ")
    assert [(line.extended, line.due_on, line.note) for line in lines(pair)] == [
        (True, date(2026, 6, 12), "Many papers")
    ]
    assert pair.audit()[-1] == "subject_request.extended"


def test_an_answer_is_given_once(pair: Instance, person: UUID) -> None:
    id_ = pair.do(lambda scope: service.receive_request(scope, person, "access").id)
    pair.do(service.answer_request, id_, "Handed over")
    at = lines(pair)[0].answered_at
    pair.later(days=1)
    pair.do(service.answer_request, id_, "Again")
    assert [(line.answered_at, line.note) for line in lines(pair)] == [(at, "Handed over")]
    assert pair.audit().count("subject_request.answered") == 1
    with pytest.raises(NotFound):
        pair.do(service.answer_request, new_id())
    pair.do(service.receive_request, person, "access")
    assert len(lines(pair)) == 2


def test_what_a_person_asked_for_is_answered_by_its_kind(pair: Instance, person: UUID) -> None:
    for kind in ("access", "erasure"):
        pair.do(service.receive_request, person, kind)
    pair.do(service.answer_requests_of, person, "erasure")
    assert {line.kind: line.answered_at is not None for line in pair.see(queries.requests_of, person)} == {
        "access": False, "erasure": True,
    }  # fmt: skip
    assert pair.see(queries.requests_of, None) == []
    assert pair.see(queries.requests_of, new_id()) == []


def test_what_waits_comes_first_the_most_pressing_on_top(pair: Instance, person: UUID) -> None:
    with pair.scope(write=True) as scope:
        for day, answered in ((3, None), (1, None), (2, scope.clock.now())):
            scope.db.add(SubjectRequest(kind="access", person_id=person, received_on=date(2026, 2, day),
                                        due_on=date(2026, 3, day), answered_at=answered))  # fmt: skip
    assert [line.due_on.day for line in lines(pair)] == [1, 3, 2]
    assert [line.due_on.day for line in pair.see(queries.requests_listed, number=2, size=2).rows] == [2]


# --- tombstones ---


def salts(pair: Instance) -> set[str]:
    return {each.salt for each in pair.see(service.carry)}


def test_a_tombstone_knows_its_keys_and_names_nobody(pair: Instance) -> None:
    keys = keys_of(new_id(), ["b@x.example", "a@x.example"], ("sheet", "7"))
    assert [kind for kind, _ in keys] == ["person", "email", "email", "source"]
    pair.do(service.bury, keys)
    assert pair.see(service.buried, [*keys, ("email", "c@x.example"), ("person", "a@x.example")]) == set(keys)
    assert not any("x.example" in str(each) for each in pair.see(service.carry))


def test_a_partner_has_one_salt_and_no_other_has_it(pair: Instance) -> None:
    for at in (pair.partner, pair.other):
        pair.do(service.bury, [("email", "a@x.example")], at=at)
    pair.do(service.bury, [("email", "b@x.example"), ("email", "a@x.example")])
    here, there = pair.see(service.carry), pair.see(service.carry, at=pair.other)
    assert (len(here), len(there), len(salts(pair))) == (2, 1, 1)
    assert [len(bytes.fromhex(salt)) for salt in salts(pair)] == [16]
    assert not {each.digest for each in here} & {each.digest for each in there}


def test_nobody_is_buried_where_nobody_was_erased(pair: Instance) -> None:
    assert pair.see(service.buried, [("email", "a@x.example")]) == set()
    pair.do(service.bury, [("email", "b@x.example")])
    assert pair.see(service.buried, [("email", "a@x.example")]) == set()
    assert keys_of(None, []) == []


def test_who_was_let_in_again_may_be_erased_again(pair: Instance) -> None:
    key = ("email", "a@x.example")
    for undo, gone in ((False, True), (True, False), (False, True), (True, False)):
        pair.do(service.lift if undo else service.bury, [key])
        assert (key in pair.see(service.buried, [key])) == gone
        pair.later(seconds=1)
    pair.do(service.lift, [("email", "never@x.example")])
    assert len(pair.see(service.carry)) == 4


def test_tombstones_are_carried_to_another_database(pair: Instance) -> None:
    key = ("email", "a@x.example")
    pair.do(service.bury, [key])
    carried = pair.see(service.carry)
    pair.do(service.bury, [("email", "other@x.example")], at=pair.other)
    for _ in range(2):
        pair.do(service.bring, carried, at=pair.other)
    assert len(pair.see(service.carry, at=pair.other)) == 2
    assert pair.see(service.buried, [key], at=pair.other) == {key}


def test_a_tombstone_is_never_changed(pair: Instance) -> None:
    pair.do(service.bury, [("email", "a@x.example")])
    with pytest.raises(Exception, match=r"partner|permission"), pair.scope(write=True) as scope:
        scope.db.execute(sa.delete(Tombstone))
    assert len(pair.see(service.carry)) == 1
