"""Who agreed to what, and whether something may be used now: asked anew each time, so a withdrawal holds at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.privacy.models import Consent, ConsentWording
from systems_changers.hooks.scope import Scope

LIVE = (Consent.withdrawn_at.is_(None), Consent.deleted_at.is_(None))


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One consent with the words that were agreed to, as they were shown."""

    id: UUID
    purpose: str
    channel: str
    organisation: str
    text: str
    number: int
    locale: str
    given_at: datetime
    withdrawn_at: datetime | None


def consents_of(scope: Scope, person_id: UUID) -> list[ConsentLine]:
    """Everything a person ever agreed to here, the latest first. One statement."""
    found = (
        sa.select(
            Consent.id, Consent.purpose, Consent.channel, Consent.organisation, ConsentWording.text,
            ConsentWording.number, ConsentWording.locale, Consent.given_at, Consent.withdrawn_at,
        )
        .join(ConsentWording, ConsentWording.id == Consent.wording_id)
        .where(Consent.person_id == person_id, Consent.deleted_at.is_(None))
        .order_by(Consent.given_at.desc(), Consent.purpose)
    )  # fmt: skip
    return [ConsentLine(*row) for row in scope.db.execute(found)]


def live_consents(scope: Scope, person_id: UUID, channel: str) -> dict[str, Consent]:
    """The consents in force for a channel, by purpose. One statement."""
    found = sa.select(Consent).where(Consent.person_id == person_id, Consent.channel == channel, *LIVE)
    return {row.purpose: row for row in scope.db.scalars(found)}


def may_use(scope: Scope, person_id: UUID, purpose: str, channel: str) -> bool:
    """Whether the person agrees to this now. One statement."""
    given = sa.exists().where(
        Consent.person_id == person_id, Consent.purpose == purpose, Consent.channel == channel, *LIVE
    )
    return bool(scope.db.scalar(sa.select(given)))


def agreed_to(person_id: Any, channel: str) -> sa.ScalarSelect[str | None]:
    """For a statement that lists persons: the purposes each agrees to now, as one text; see `purposes_in`."""
    told = sa.select(sa.func.aggregate_strings(Consent.purpose, ","))
    return told.where(Consent.person_id == person_id, Consent.channel == channel, *LIVE).scalar_subquery()


def purposes_in(told: str | None) -> frozenset[str]:
    """The purposes of `agreed_to`."""
    return frozenset((told or "").split(",")) - {""}
