"""Brings complaints to whoever answers for people's data: the mail says that there is one, never what it says."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.people.models import Membership, Person
from systems_changers.core.people.rules import email_problem, plain_email
from systems_changers.core.privacy import queries, service
from systems_changers.core.privacy.rules import ENGLISH, NewComplaint, Reader, acknowledge_by
from systems_changers.hooks.scope import Scope


def complain(scope: Scope, told: NewComplaint, address: str) -> None:
    """Take a complaint from anybody at `address`, the network's, and mail the administrators that it is there.

    Raises Invalid (words), Refused (too_many).
    """
    here = str(scope.partner.id)
    operations.RateLimits(scope).hit_all(
        ("complaint_address", address), ("complaint_daily", here, address), ("complaint_partner", here)
    )
    complaint_id = service.make_complaint(scope, told)
    values = {
        "partner_name": scope.partner.name,
        "day": acknowledge_by(scope.clock.now()).date(),
        "link": scope.links("people.complaint", complaint_id=complaint_id),
    }
    for name, email, locale in scope.db.execute(_administrators()):
        scope.mail("people/mail_complaint", email or "", locale or scope.partner.locales[0], {**values, "name": name})


def _administrators() -> sa.Select[*tuple[str, str | None, str | None]]:
    return (
        sa.select(Person.name, Person.email, Person.locale)
        .join(Membership, Membership.account_id == Person.account_id)
        .where(
            Membership.role == "administrator", Membership.deleted_at.is_(None), Person.deleted_at.is_(None),
            Person.email.is_not(None),
        )
        .order_by(Person.name)
    )  # fmt: skip


def acknowledge(scope: Scope, complaint_id: UUID, reader: Reader = ENGLISH) -> bool:
    """Note that a complaint was acknowledged, and mail that it arrived; answers whether a mail goes out.

    Without a mail address whoever complained is written to by hand. Raises NotFound.
    """
    found = queries.complaint(scope, complaint_id)
    new = service.acknowledge_complaint(scope, complaint_id)
    email = plain_email(found.contact)
    if not new or email_problem(email) is not None:
        return False
    values = {"name": found.name, "partner_name": scope.partner.name, "day": found.received_at.date()}
    scope.mail("people/mail_complaint_arrived", email, reader.locale, values)
    return True
