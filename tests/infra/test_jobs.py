"""What waits in the outbox is due in order, put off with growing pauses, and parked in the end."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.db import Base
from systems_changers.infra.jobs import (
    FIRST_PAUSE,
    MOST_TRIES,
    MailRow,
    OutboxRow,
    due,
    enqueue_event,
    enqueue_mail,
    put_off,
)

NOW = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)


def fresh() -> Session:
    engine = sa.create_engine("sqlite://")
    tables = [Base.metadata.tables[name] for name in ("outbox", "outbox_mail")]
    Base.metadata.create_all(engine, tables=tables)
    return Session(engine, info={"partner_id": None})


def test_events_are_due_in_the_order_they_happened() -> None:
    with fresh() as db:
        later, sooner = uuid4(), uuid4()
        enqueue_event(db, later, uuid4(), "cohort.closed.v1", NOW, {})
        enqueue_event(db, sooner, uuid4(), "cohort.opened.v1", NOW - timedelta(minutes=1), {"cohort_id": uuid4()})
        db.flush()
        assert due(db, NOW) == [sooner, later]
        assert due(db, NOW - timedelta(minutes=2)) == []


def test_identifiers_are_kept_as_text() -> None:
    with fresh() as db:
        cohort = uuid4()
        enqueue_event(db, uuid4(), uuid4(), "cohort.opened.v1", NOW, {"cohort_id": cohort, "people": 11})
        db.flush()
        assert db.scalars(sa.select(OutboxRow.data)).one() == {"cohort_id": str(cohort), "people": 11}


def test_a_mail_keeps_its_words_apart_from_the_outbox() -> None:
    with fresh() as db:
        enqueue_mail(db, None, "people/mail_invitation", "a@example.org", "gd", {"name": "Mòrag"}, NOW)
        db.flush()
        row, mail = db.scalars(sa.select(OutboxRow)).one(), db.scalars(sa.select(MailRow)).one()
        assert (row.kind, row.data, mail.outbox_id) == ("mail", {}, row.id)
        assert (mail.address, mail.locale, mail.values) == ("a@example.org", "gd", {"name": "Mòrag"})


def test_pauses_double_until_it_is_parked() -> None:
    with fresh() as db:
        row = OutboxRow(kind="event", name="x", at=NOW, due_at=NOW)
        db.add(row)
        db.flush()
        pauses = []
        for _ in range(MOST_TRIES):
            put_off(db, row.id, NOW, "away")
            db.refresh(row)
            pauses.append(row.due_at - NOW)
        assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
        assert (row.state, row.tries, row.trouble) == ("parked", MOST_TRIES, "away")


def test_what_is_gone_is_not_put_off() -> None:
    with fresh() as db:
        put_off(db, uuid4(), NOW, "Nobody answers.")
        assert db.scalars(sa.select(OutboxRow)).all() == []
