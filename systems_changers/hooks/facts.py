"""The frozen types that cross the seam between the kit and its plugins.

Imports nothing from the core, not even for typing: database rows never cross, so the schema can change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from systems_changers.infra.text import Message

Nothing: Mapping[str, Any] = MappingProxyType({})
LEAST_DIGITS = 3


# --- who is where ---


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """One partner organisation. `kind` is hosting, listed (known from a register only) or foundation."""

    id: UUID
    slug: str
    name: str
    kind: str = "hosting"
    locales: tuple[str, ...] = ("en_GB",)
    time_zone: str = "Europe/London"
    plugins: tuple[str, ...] = ()
    brand: Mapping[str, Any] = field(default_factory=lambda: Nothing)
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: Nothing)
    settings: Mapping[str, Any] = field(default_factory=lambda: Nothing)
    revision: int = 1


@dataclass(frozen=True, slots=True)
class ActorFacts:
    """Who acts. Roles are those at the present partner; `person_id` is who the account is there."""

    account_id: UUID | None = None
    person_id: UUID | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    is_operator: bool = False
    locale: str | None = None
    time_zone: str | None = None

    @property
    def signed_in(self) -> bool:
        return self.account_id is not None


ANYONE = ActorFacts()


# --- what a partner looks and sounds like ---


@dataclass(frozen=True, slots=True)
class Colours:
    """One scheme (light or dark): six-digit hex, checked for contrast when the brand is loaded."""

    main: str
    on_main: str
    accent: str
    on_accent: str
    paper: str
    ink: str
    soft: str


@dataclass(frozen=True, slots=True)
class Brand:
    """A partner's look. `invented` is True until the named organisation has approved it; pages then say so."""

    name: str
    tagline: str
    mark: str
    light: Colours
    dark: Colours
    head_font: str
    body_font: str
    radius: str = "10px"
    invented: bool = True


# --- the programme's life ---


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """People learning together. `form` is place, organisation or mixed; `type_key` the plugin's cohort type, if any."""

    id: UUID
    name: str
    form: str
    state: str
    place: str = ""
    type_key: str | None = None
    target_places: int | None = None
    starts_on: str | None = None
    people: int = 0
    extra: Mapping[str, Any] = field(default_factory=lambda: Nothing)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session of a cohort. Minutes are whole; moments are UTC."""

    id: UUID
    cohort: CohortFacts
    number: int
    title: str
    kind: str
    state: str
    starts_at: datetime | None = None
    minutes: int = 0
    modules: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=lambda: Nothing)


@dataclass(frozen=True, slots=True)
class ExperimentFacts:
    """One experiment, without its author's name. `owner_ids` are people at this partner."""

    id: UUID
    cohort: CohortFacts | None
    title: str
    state: str
    hypothesis: str = ""
    harm_check: str = ""
    permission_holder: str = ""
    owner_ids: tuple[UUID, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=lambda: Nothing)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step may not be taken yet, in a sentence, and where that can be put right."""

    message: Message
    endpoint: str | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: Nothing)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, told after the commit, at least once. `name` is versioned; `data` holds ids only."""

    id: UUID
    name: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=lambda: Nothing)


@dataclass(frozen=True, slots=True)
class Care:
    """Whom to turn to about anybody's safety; `href` is mailto:, tel:, or empty."""

    lead_name: str
    lead_contact: str
    href: str


def care_of(name: str | None, contact: str | None) -> Care | None:
    """Whom to turn to when somebody may not be safe; the address is a mail, a call, or nothing for anything else."""
    if not name:
        return None
    contact = (contact or "").strip()
    digits = "".join(sign for sign in contact if sign.isdigit())
    call = f"tel:{'+' if contact.startswith('+') else ''}{digits}" if len(digits) >= LEAST_DIGITS else ""
    return Care(name, contact, f"mailto:{contact}" if "@" in contact else call)


# --- what a plugin may offer ---


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers: the value kept and its label (a msgid)."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A typed extra field, kept in the record's `extra`. `kind` is text, long_text, number, date, choice or yes_no."""

    key: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    personal: bool = False


@dataclass(frozen=True, slots=True)
class CohortType:
    """A kind of cohort a partner runs: its form, defaults, rules and extra fields.

    `variants` maps canonical module slugs to the variant identities that a new plan starts with. `local_brand` lets a
    cohort carry its own local name, logo text and co-host.
    """

    key: str
    label: str
    form: str
    description: str
    target_places: int = 12
    sessions: int = 9
    session_minutes: int = 360
    longest_block_minutes: int | None = None
    least_teams: int = 1
    residents_welcome: bool = False
    local_brand: bool = False
    fields: tuple[FieldSpec, ...] = ()
    variants: Mapping[str, str] = field(default_factory=lambda: Nothing)
    follow_up_months: int = 12


@dataclass(frozen=True, slots=True)
class VariantOffer:
    """A partner's prepared form of a canonical module: a patch over a base pinned by hash (see docs/curriculum.md)."""

    identity: str
    base: str
    base_hash: str
    label: str
    title: str
    why: str
    locale: str
    changes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page handler answers: a template with plain values, rendered after the commit.

    With a status of 400 or above what was written is rolled back, unless `keep` says that it stays.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=lambda: Nothing)
    status: int = 200
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go to a page of the same partner, by endpoint; `notice` is said there."""

    endpoint: str
    values: Mapping[str, Any] = field(default_factory=lambda: Nothing)
    notice: Message | None = None
    undo: tuple[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file made in memory; `name` is its suggested file name."""

    body: bytes
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Route:
    """A plugin's page under /x/<plugin>/. `handler(scope, request, **values)` answers Page, Redirect or Download.

    `allowed` holds roles (administrator, facilitator, participant, line_manager, analyst), or "anyone", "signed_in".
    """

    path: str
    name: str
    handler: Callable[..., Page | Redirect | Download]
    allowed: frozenset[str]
    methods: tuple[str, ...] = ("GET",)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A plugin's JSON answer under /api/v1/x/<plugin>/; `handler(scope, **values)` answers plain values."""

    path: str
    name: str
    handler: Callable[..., Mapping[str, Any] | Sequence[Any]]
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the main navigation, shown to `allowed` roles in the order of `order`."""

    label: str
    endpoint: str
    allowed: frozenset[str]
    order: int = 50


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece that a plugin puts into a named place of a page, rendered from its own template."""

    template: str
    values: Mapping[str, Any] = field(default_factory=lambda: Nothing)
    order: int = 50


@dataclass(frozen=True, slots=True)
class ReportSection:
    """One heading of a report with sentences, a table (heads and rows), or both.

    Texts are Messages or msgids, translated where the report is shown; what people wrote stays as it is.
    """

    title: Message | str
    sentences: tuple[Message | str, ...] = ()
    heads: tuple[Message | str, ...] = ()
    rows: tuple[tuple[Message | str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportOffer:
    """A report a partner can open and print; `build(scope, cohort: CohortFacts)` answers its sections."""

    key: str
    title: str
    description: str
    build: Callable[..., Sequence[ReportSection]]
    allowed: frozenset[str] = frozenset({"administrator", "facilitator"})


@dataclass(frozen=True, slots=True)
class Departed:
    """A block that went another way than planned: in which session, what happened (see docs/session.md), and why."""

    session: int
    title: str
    outcome: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class CohortCounts:
    """One cohort in numbers, for its own partner's reports: never a name or an id.

    `people` are confirmed participants; `came` of `expected` places on the registers of the `held` sessions were taken.
    Follow-ups are not among the `sessions`.
    """

    people: int
    organisations: int
    sessions: int
    held: int
    expected: int
    came: int
    experiments: Mapping[str, int] = field(default_factory=lambda: Nothing)
    conditions: Mapping[str, int] = field(default_factory=lambda: Nothing)
    scaling: Mapping[str, int] = field(default_factory=lambda: Nothing)
    departures: tuple[Departed, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a plugin's page handler may know of the request: its method, query and form, as text."""

    method: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    locale: str
