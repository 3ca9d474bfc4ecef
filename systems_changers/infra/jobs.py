"""The outbox: what must happen after a commit, written in the same transaction as the change that asks for it.

`outbox` and `job` are the kit's own: the partner's id is data there, and rows hold ids and plain words, no personal
text. Mail is the exception that personal columns declare: no partner's session reads it, and it is deleted once sent.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session

from systems_changers.infra.db import SUBJECT, TITLE, Base, personal, plain
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.isolation import ADDED_BY, READ_BY, as_the_kit
from systems_changers.infra.personal import Keep
from systems_changers.infra.text import N_

MAIL: dict[str, Any] = {
    "purpose": N_("Sending mail"),
    "basis": "legitimate interests",
    "keep": Keep.until_sent(),
}
SECRET = frozenset({"people/mail_sign_in", "people/mail_address"})
"""Mails with a link that lets its reader come in: nobody else sees it."""
INVITING = frozenset({"people/mail_invitation"})
"""Mails with a link that lets in whoever has an account already, or makes one."""
OF_ACCOUNTS = SECRET | INVITING | {
    "people/mail_address_asked", "people/mail_address_changed", "people/mail_address_taken",
}  # fmt: skip
"""Mails that tell of an address that it has an account, by being there at all."""
DAY = "day in words"
"""The one key of what stands for a day among a mail's values."""
MOST_TRIES = 8
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = FIRST_PAUSE * 2 ** (MOST_TRIES - 1)


class OutboxRow(Base):
    """One thing to tell or send. `kind` is event (for everyone), notice (for one plugin) or mail."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_due", "state", "due_at"),
        {"info": {READ_BY: "partner_ref", ADDED_BY: "partner_ref"}},
    )

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    kind: Mapped[str] = plain(sa.String(20))
    partner_ref: Mapped[UUID | None] = plain()
    name: Mapped[str] = plain(sa.String(120))
    listener: Mapped[str | None] = plain(sa.String(40))
    at: Mapped[datetime] = plain()
    due_at: Mapped[datetime] = plain()
    state: Mapped[str] = plain(sa.String(10), default="waiting")
    tries: Mapped[int] = plain(default=0)
    trouble: Mapped[str | None] = plain(sa.String(500))
    data: Mapped[dict[str, Any]] = plain(default=dict)


class MailRow(Base):
    """A mail waiting to be rendered and sent; gone once it has been."""

    __tablename__ = "outbox_mail"
    __table_args__ = ({"info": {SUBJECT: "address", TITLE: N_("Mail that waits")}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    outbox_id: Mapped[UUID] = plain(sa.ForeignKey("outbox.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = personal(sa.String(320), label=N_("E-mail address"), **MAIL)
    locale: Mapped[str] = plain(sa.String(40))
    values: Mapped[dict[str, Any]] = personal(label=N_("What a mail says"), **MAIL)


class JobRow(Base):
    """A piece of work that runs at intervals; `name` is unique so that two processes don't both start it."""

    __tablename__ = "job"

    name: Mapped[str] = plain(sa.String(120), primary_key=True)
    last_started_at: Mapped[datetime | None] = plain()
    last_finished_at: Mapped[datetime | None] = plain()
    trouble: Mapped[str | None] = plain(sa.String(500))


def enqueue_event(  # noqa: PLR0913, PLR0917 - as many as the row has columns
    db: Session, event_id: UUID, partner_id: UUID, name: str, at: datetime, data: Mapping[str, Any]
) -> None:
    """Write an event to the outbox, in the caller's transaction."""
    values = {key: str(value) if isinstance(value, UUID) else value for key, value in data.items()}
    db.add(OutboxRow(id=event_id, kind="event", partner_ref=partner_id, name=name, at=at, due_at=at, data=values))


def enqueue_mail(  # noqa: PLR0913, PLR0917 - as many as a mail has parts
    db: Session,
    partner_id: UUID | None,
    template: str,
    to: str,
    locale: str,
    values: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write a mail to the outbox, in the caller's transaction; `values` is plain data, as JSON has it, and days."""
    # before the kit writes: what is given could run while it does
    plain_values = json.loads(json.dumps(dict(values), default=_day_kept))
    row = OutboxRow(id=new_id(), kind="mail", partner_ref=partner_id, name=str(template), at=now, due_at=now)
    mail = MailRow(outbox_id=row.id, address=str(to), locale=str(locale), values=plain_values)
    with as_the_kit(db):
        db.add(row)
        db.flush()
        db.add(mail)
        db.flush()


def _day_kept(value: object) -> dict[str, str]:
    if isinstance(value, date) and not isinstance(value, datetime):
        return {DAY: value.isoformat()}
    message = f"a mail's values are plain data and days, not {type(value).__name__}"
    raise TypeError(message)


def mail_values(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a mail as they were given, days as dates again."""
    return {name: date.fromisoformat(value[DAY]) if isinstance(value, dict) and value.keys() == {DAY} else value
            for name, value in kept.items()}  # fmt: skip


def due(db: Session, now: datetime, *, most: int = 50) -> list[UUID]:
    """Ids of what is due, oldest first: also what is put off for longer than anything is, by a clock that was wrong."""
    in_time = sa.or_(OutboxRow.due_at <= now, OutboxRow.due_at > now + LONGEST_PAUSE)
    found = sa.select(OutboxRow.id).where(OutboxRow.state == "waiting", in_time)
    return list(db.scalars(found.order_by(OutboxRow.due_at, OutboxRow.id).limit(most)))


def mark_done(db: Session, row_id: UUID) -> None:
    """Say in the transaction that did it that this is done, whoever's session did it."""
    with as_the_kit(db):
        db.execute(sa.update(OutboxRow).where(OutboxRow.id == row_id).values(state="done"))


def put_off(db: Session, row_id: UUID, now: datetime, trouble: str) -> None:
    """Try again later with a growing pause; parked after the last try. Of the row only the tries are read.

    A row that can't be read as a whole is put off like any other, and the others go on.
    """
    this = sa.update(OutboxRow).where(OutboxRow.id == row_id).execution_options(synchronize_session=False)
    counted = this.values(tries=OutboxRow.tries + 1, trouble=trouble[:500]).returning(OutboxRow.tries)
    tries = db.scalar(counted)
    if tries is None:
        return
    times = min(max(tries, 1), MOST_TRIES)
    db.execute(this.values(
        due_at=now + FIRST_PAUSE * 2 ** (times - 1), state="parked" if times == MOST_TRIES else "waiting"
    ))  # fmt: skip
