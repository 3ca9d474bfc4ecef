"""Does what waits in the outbox, one row a transaction, in a scope of its own: tells plugins, renders and sends mail.

At least once: a row is marked done in the transaction that did it, or tried again with growing pauses, then parked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa

from systems_changers.hooks.facts import ANYONE, Event, PartnerFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.days import in_words
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import (
    INVITING,
    SECRET,
    JobRow,
    MailRow,
    OutboxRow,
    due,
    mail_values,
    mark_done,
    put_off,
)
from systems_changers.infra.log import log
from systems_changers.infra.mail import PARTNER_HEADER
from systems_changers.web.house import House
from systems_changers.web.links import WebLinks, public_links
from systems_changers.web.pages import look_of, render_standing, words

PAUSE_SECONDS = 5.0


class Send(Protocol):
    """Hands a finished mail to the mail server or the mailbox; `secret` mails show no link to anyone but the reader."""

    def __call__(self, message: EmailMessage, *, secret: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Timed:
    """Work for every partner at intervals, such as the reminders to write up."""

    name: str
    every: timedelta
    work: Callable[[Scope], object]


@dataclass(frozen=True, slots=True)
class Whole:
    """Work for the instance as a whole at intervals, such as gathering for the foundation; opens its own scopes."""

    name: str
    every: timedelta
    work: Callable[[], object]


@dataclass(slots=True)
class Dispatcher:
    """The job edge. `partners` answers every hosting partner, `partner` one by id.

    `has_account` says of an address whether it signs in here: no mailbox shows a link that lets somebody come in as it.
    """

    house: House
    send: Send
    partner: Callable[[UUID], PartnerFacts | None]
    partners: Callable[[], Sequence[PartnerFacts]]
    timed: Sequence[Timed] = ()
    whole: Sequence[Whole] = ()
    has_account: Callable[[str], bool] = bool
    woken: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def links(self, partner: PartnerFacts) -> WebLinks:
        """Absolute addresses for mails and jobs, at the instance's public address."""
        return public_links(self.house.paths, self.house.kit.settings.public_url, partner.slug)

    def run_due(self) -> int:
        """Do everything that is due; answers how many rows were done."""
        done = 0
        while True:
            with self.house.kit.operator_scope(ANYONE, links=_nowhere) as scope:
                ids = due(scope.db, self.house.kit.clock.now())
            if not ids:
                return done
            done += sum(self._one(each) for each in ids)

    def run_timed(self) -> list[str]:
        """Start the timed work whose interval has passed; a job's row makes sure that one process does it."""
        started: list[str] = []
        jobs: tuple[Timed | Whole, ...] = (*self.timed, *self.whole)
        for job in jobs:
            if self._claim(job):
                started.append(job.name)
                trouble = self._for_each(job) if isinstance(job, Timed) else _tried(job.name, job.work)
                self._finish(job, trouble)
        return started

    def _for_each(self, job: Timed) -> str | None:
        trouble = None
        for partner in self.partners():
            trouble = _tried(job.name, partial(self._for_one, job, partner)) or trouble
        return trouble

    def _for_one(self, job: Timed, partner: PartnerFacts) -> None:
        with self.house.kit.scope(partner, ANYONE, links=self.links(partner), write=True) as scope:
            job.work(scope)
            scope.db.commit()

    def loop(self) -> None:
        """Run until stopped: at once when woken, and every few seconds besides."""
        while not self.stopped.is_set():
            try:
                self.run_timed()
                self.run_due()
            except Exception as error:  # noqa: BLE001 - the loop outlives a database that is away for a while
                log.error("dispatcher", exc_info=error)
            self.woken.wait(PAUSE_SECONDS)
            self.woken.clear()

    def _one(self, row_id: UUID) -> bool:
        kit, row = self.house.kit, None
        try:
            with kit.operator_scope(ANYONE, links=_nowhere) as scope:
                row = scope.db.get(OutboxRow, row_id)
                mail = scope.db.scalar(sa.select(MailRow).where(MailRow.outbox_id == row_id)) if row else None
            if row is not None:
                self._do(row, mail)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever went wrong, the row is kept and tried again
            log.warning("outbox", id=str(row_id), name=row and row.name, listener=row and row.listener, exc_info=error)
            with kit.operator_scope(ANYONE, links=_nowhere, write=True) as scope:
                put_off(scope.db, row_id, kit.clock.now(), f"{type(error).__name__}: {error}")
                scope.db.commit()
            return False
        return row is not None

    def _do(self, row: OutboxRow, mail: MailRow | None) -> None:
        partner = self.partner(row.partner_ref) if row.partner_ref else None
        if row.kind == "mail" and mail is not None:
            self._mail(row, mail, partner)
        elif row.kind == "event" and partner is not None:
            self._fan_out(row, partner)
        elif row.kind == "notice" and partner is not None:
            self._tell(row, partner)
        if row.kind != "notice" or partner is None:
            with self.house.kit.operator_scope(ANYONE, links=_nowhere, write=True) as scope:
                scope.db.execute(sa.delete(MailRow).where(MailRow.outbox_id == row.id))
                mark_done(scope.db, row.id)
                scope.db.commit()

    def _fan_out(self, row: OutboxRow, partner: PartnerFacts) -> None:
        listeners = self.house.kit.calls(partner).listeners()
        with self.house.kit.operator_scope(ANYONE, links=_nowhere, write=True) as scope:
            for listener in listeners:
                scope.db.add(
                    OutboxRow(id=new_id(), kind="notice", partner_ref=partner.id, name=row.name, listener=listener,
                              at=row.at, due_at=self.house.kit.clock.now(), data={**row.data, "event": str(row.id)})
                )  # fmt: skip
            mark_done(scope.db, row.id)
            scope.db.commit()

    def _tell(self, row: OutboxRow, partner: PartnerFacts) -> None:
        data = {key: value for key, value in row.data.items() if key != "event"}
        event = Event(UUID(str(row.data["event"])), row.name, row.at, data)
        with self.house.kit.scope(partner, ANYONE, links=self.links(partner), write=True) as scope:
            scope.hooks.on_event(str(row.listener), scope, event)
            mark_done(scope.db, row.id)
            scope.db.commit()

    def _mail(self, row: OutboxRow, mail: MailRow, partner: PartnerFacts | None) -> None:
        message = compose(self.house, row.name, mail, partner)
        self.send(message, secret=row.name in SECRET or (row.name in INVITING and self.has_account(mail.address)))

    def _claim(self, job: Timed | Whole) -> bool:
        now = self.house.kit.clock.now()
        with self.house.kit.operator_scope(ANYONE, links=_nowhere, write=True) as scope:
            row = scope.db.get(JobRow, job.name) or JobRow(name=job.name)
            if row.last_started_at is not None and row.last_started_at <= now < row.last_started_at + job.every:
                return False
            row.last_started_at = now
            scope.db.add(row)
            scope.db.commit()
        return True

    def _finish(self, job: Timed | Whole, trouble: str | None) -> None:
        with self.house.kit.operator_scope(ANYONE, links=_nowhere, write=True) as scope:
            row = scope.db.get(JobRow, job.name)
            if row is not None:
                row.last_finished_at, row.trouble = self.house.kit.clock.now(), trouble and trouble[:500]
            scope.db.commit()


def _tried(name: str, work: Callable[[], object]) -> str | None:
    """Do the work; one partner's trouble leaves the others' alone."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the next interval tries again
        log.error("timed work failed", job=name, exc_info=error)
        return f"{type(error).__name__}: {error}"
    return None


def compose(house: House, template: str, mail: MailRow, partner: PartnerFacts | None) -> EmailMessage:
    """The mail in the reader's language and the partner's brand, as text and HTML."""
    import css_inline  # slow: only where a mail is made

    calls = house.kit.calls(partner) if partner else None
    catalogue, look = words(house, partner, calls, mail.locale), look_of(house, partner, calls)
    values: dict[str, Any] = {
        "_": catalogue.translate, "gettext": catalogue.gettext, "ngettext": catalogue.ngettext,
        "translate": catalogue.translate, "brand": look.brand, "partner": partner, "language": catalogue.language,
        "demo": house.demo, **_said(catalogue, mail_values(mail.values)),
    }  # fmt: skip
    text = render_standing(house, calls, f"{template}.txt", values)
    html = render_standing(house, calls, f"{template}.html", values)
    if calls is not None and calls.faults:
        house.kit.tell_faults(house.kit.engine, calls.faults, house.kit.clock)
    subject, _, body = text.partition("\n")
    message = EmailMessage()
    message["Subject"] = subject.removeprefix("Subject:").strip()
    message["From"] = house.kit.settings.mail_from
    message["To"] = mail.address
    if partner is not None:
        message[PARTNER_HEADER] = str(partner.id)
    message.set_content(body.lstrip("\n"))
    message.add_alternative(css_inline.inline(html, load_remote_stylesheets=False), subtype="html")
    return message


def _said(catalogue: Catalogue, values: Mapping[str, Any]) -> dict[str, Any]:
    """A mail's values, its days in the reader's words."""
    return {name: in_words(catalogue.language.formats, value) if isinstance(value, date) else value
            for name, value in values.items()}  # fmt: skip


def _nowhere(endpoint: str, /, **_values: object) -> str:
    message = f"the outbox has no address for {endpoint}"
    raise LookupError(message)
