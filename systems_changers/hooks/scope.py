"""The one argument every service takes first: whose data, who acts, which plugins, what time it is.

Frozen; a scope lives as long as its database session, and both serve one partner only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from systems_changers.hooks.facts import ActorFacts, Event, PartnerFacts
from systems_changers.infra.clock import Clock
from systems_changers.infra.db import PartnerSession
from systems_changers.infra.files import NO_FILES, Shelf
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import enqueue_event, enqueue_mail

if TYPE_CHECKING:
    from systems_changers.hooks.calls import Calls


class Links(Protocol):
    """Makes absolute addresses; the web edge knows the partner's host or prefix, the job edge its public address."""

    def __call__(self, endpoint: str, /, **values: object) -> str: ...


def no_links(endpoint: str, /, **_values: object) -> str:
    """The links of work that makes no addresses: raises LookupError."""
    raise LookupError(endpoint)


@dataclass(frozen=True, slots=True)
class Scope:
    """A partner, an actor, an open session, and the partner's files by their content.

    Services never commit: the edge that opened the scope does, once.
    """

    db: PartnerSession
    partner: PartnerFacts
    actor: ActorFacts
    hooks: Calls
    clock: Clock
    links: Links
    files: Shelf = NO_FILES

    def announce(self, name: str, **data: Any) -> Event:
        """Tell plugins and the kit after the commit. `data` holds ids and plain words only, never a person's text."""
        event = Event(new_id(), name, self.clock.now(), data)
        enqueue_event(self.db, event.id, self.partner.id, name, event.at, data)
        return event

    def mail(self, template: str, to: str, locale: str, values: Mapping[str, Any]) -> None:
        """Send a mail after the commit: template and values now, rendering and sending at the job edge."""
        enqueue_mail(self.db, self.partner.id, template, to, locale, values, self.clock.now())


@dataclass(frozen=True, slots=True)
class OperatorScope:
    """The operator's scope: what is the kit's own, and no partner's rows."""

    db: PartnerSession
    actor: ActorFacts
    clock: Clock
    links: Links


AnyScope = Scope | OperatorScope
"""For what is done at a partner and outside any in the same way."""
