"""Who arrives where: what the edge learns of a request before any partner's scope is open.

Free of Flask, because the core's queries answer these types.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from systems_changers.hooks.facts import PartnerFacts


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The signed-in account, its session, and the languages it has chosen.

    `has_factor`: it has an authenticator app or a passkey. `confirmed_at`: when the session last showed who it is.
    `signed_on`: the session began with the partner's own sign-on.
    """

    id: UUID
    session_id: UUID
    is_operator: bool = False
    locale: str | None = None
    stale: bool = False
    name: str = ""
    has_factor: bool = False
    confirmed_at: datetime | None = None
    signed_on: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """The partner asked for, if it exists, and the account signed in at this host, if any."""

    partner: PartnerFacts | None = None
    account: AccountFacts | None = None
