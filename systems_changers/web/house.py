"""What the edge needs from above it, handed over by the application: the edge itself imports nothing of the core."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Request

from systems_changers.hooks.facts import ActorFacts, NavItem, Page, PartnerFacts, Redirect
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.db import PartnerSession
from systems_changers.web.addresses import Place
from systems_changers.web.arrival import AccountFacts, Arrival
from systems_changers.web.cookies import Cookies
from systems_changers.web.layers import Templates
from systems_changers.web.links import Paths


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo whom a visitor may be."""

    key: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo's pages show on top: its people, and where to become one of them."""

    people: tuple[DemoPerson, ...]


@dataclass(slots=True)
class House:
    """The kit, its templates and addresses, and the core's answers to who, whether and where.

    `in_use` answers the plugins that any partner has on. `held_back` answers who somebody is until they have the second
    factor, and came in with the sign-on, that is asked of them; `owes_sign_on` whether it is the latter. `confirm` is
    what to answer first, where an act waits until the session is confirmed. A demo asks for none of it. `sent_before`
    answers where a form led that was taken before; `keep_sent` remembers one. `plugin_maps` are the plugins' routers:
    "x" for pages, "api.x" for JSON.
    """

    kit: Kit
    templates: Templates
    cookies: Cookies
    arrive: Callable[[sa.Connection, Place, str | None], Arrival]
    who_is: Callable[[PartnerSession, PartnerFacts, AccountFacts], ActorFacts]
    permissions: Mapping[str, frozenset[str]]
    navigation: Sequence[NavItem]
    wake: Callable[[], None]
    mark_seen: Callable[[UUID], None] = lambda _session_id: None
    in_use: Callable[[], Collection[str]] = tuple
    sent_before: Callable[[AnyScope, str], str | None] = lambda _scope, _key: None
    keep_sent: Callable[[AnyScope, str, str], None] = lambda _scope, _key, _path: None
    demo: Demo | None = None
    held_back: Callable[[ActorFacts, Arrival], ActorFacts] | None = None
    owes_sign_on: Callable[[ActorFacts, Arrival], bool] = lambda _actor, _arrival: False
    confirm: Callable[[AnyScope, Request, str], Page | Redirect | None] | None = None
    plugin_maps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: Paths = field(default_factory=Paths)
    looks: dict[Any, Any] = field(default_factory=dict)
    pieces: dict[Any, Any] = field(default_factory=dict)
