"""Everything a plugin may import, and the only module of the kit that it may.

Names load when they are first used, so a plugin that only brings words costs no database import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "systems_changers.hooks.specs": ("hookimpl",),
    "systems_changers.hooks.facts": (
        "ActorFacts", "Brand", "Care", "Choice", "CohortCounts", "CohortFacts", "CohortType", "Colours", "Departed",
        "Download", "Endpoint", "Event", "ExperimentFacts", "FieldSpec", "NavItem", "Page", "Panel", "PartnerFacts",
        "Redirect", "Refusal", "ReportOffer", "ReportSection", "RequestFacts", "Route", "SessionFacts",
        "VariantOffer",
    ),
    "systems_changers.hooks.checks": ("CheckResult",),
    "systems_changers.hooks.scope": ("Scope",),
    "systems_changers.infra.db": (
        "ON_ERASURE", "STAYS", "SUBJECT", "TITLE", "Base", "Id", "Moment", "Nobody", "PartnerOwned", "owned_by",
        "personal", "plain", "unique_live",
    ),
    "systems_changers.hooks.personal": ("Erasure", "HeldData", "SubjectFacts"),
    "systems_changers.infra.errors": ("Conflict", "Invalid", "KitError", "NotFound", "Refused"),
    "systems_changers.infra.identifiers": ("new_id", "parse_id"),
    "systems_changers.infra.personal": ("Keep",),
    "systems_changers.infra.slices": ("PageRequest", "Slice"),
    "systems_changers.infra.text": ("Message", "N_", "msg", "nmsg"),
    "systems_changers.hooks.offers": ("read_variants",),
    "systems_changers.web.forms": ("Form",),
    "systems_changers.web.pagination": ("page_of", "pager"),
    "systems_changers.core.operations.service": ("record",),
    "systems_changers.core.sessions.rules": ("OUTCOMES",),
    "systems_changers.core.experiments.rules": ("CONDITIONS",),
    "systems_changers.core.home.service.programme": (
        "Reading", "count_cohort", "read_cohort", "read_experiment", "read_session", "read_titles",
    ),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = [
    "CONDITIONS",
    "N_",
    "ON_ERASURE",
    "OUTCOMES",
    "STAYS",
    "SUBJECT",
    "TITLE",
    "ActorFacts",
    "Base",
    "Brand",
    "Care",
    "CheckResult",
    "Choice",
    "CohortCounts",
    "CohortFacts",
    "CohortType",
    "Colours",
    "Conflict",
    "Departed",
    "Download",
    "Endpoint",
    "Erasure",
    "Event",
    "ExperimentFacts",
    "FieldSpec",
    "Form",
    "HeldData",
    "Id",
    "Invalid",
    "Keep",
    "KitError",
    "Message",
    "Moment",
    "NavItem",
    "Nobody",
    "NotFound",
    "Page",
    "PageRequest",
    "Panel",
    "PartnerFacts",
    "PartnerOwned",
    "Reading",
    "Redirect",
    "Refusal",
    "Refused",
    "ReportOffer",
    "ReportSection",
    "RequestFacts",
    "Route",
    "Scope",
    "SessionFacts",
    "Slice",
    "SubjectFacts",
    "VariantOffer",
    "count_cohort",
    "hookimpl",
    "msg",
    "new_id",
    "nmsg",
    "owned_by",
    "page_of",
    "pager",
    "parse_id",
    "personal",
    "plain",
    "read_cohort",
    "read_experiment",
    "read_session",
    "read_titles",
    "read_variants",
    "record",
    "unique_live",
]  # fmt: skip


if TYPE_CHECKING:
    from systems_changers.core.experiments.rules import CONDITIONS
    from systems_changers.core.home.service.programme import (
        Reading,
        count_cohort,
        read_cohort,
        read_experiment,
        read_session,
        read_titles,
    )  # fmt: skip
    from systems_changers.core.operations.service import record
    from systems_changers.core.sessions.rules import OUTCOMES
    from systems_changers.hooks.checks import CheckResult
    from systems_changers.hooks.facts import (
        ActorFacts,
        Brand,
        Care,
        Choice,
        CohortCounts,
        CohortFacts,
        CohortType,
        Colours,
        Departed,
        Download,
        Endpoint,
        Event,
        ExperimentFacts,
        FieldSpec,
        NavItem,
        Page,
        Panel,
        PartnerFacts,
        Redirect,
        Refusal,
        ReportOffer,
        ReportSection,
        RequestFacts,
        Route,
        SessionFacts,
        VariantOffer,
    )  # fmt: skip
    from systems_changers.hooks.offers import read_variants
    from systems_changers.hooks.personal import Erasure, HeldData, SubjectFacts
    from systems_changers.hooks.scope import Scope
    from systems_changers.hooks.specs import hookimpl
    from systems_changers.infra.db import (
        ON_ERASURE,
        STAYS,
        SUBJECT,
        TITLE,
        Base,
        Id,
        Moment,
        Nobody,
        PartnerOwned,
        owned_by,
        personal,
        plain,
        unique_live,
    )  # fmt: skip
    from systems_changers.infra.errors import Conflict, Invalid, KitError, NotFound, Refused
    from systems_changers.infra.identifiers import new_id, parse_id
    from systems_changers.infra.personal import Keep
    from systems_changers.infra.slices import PageRequest, Slice
    from systems_changers.infra.text import N_, Message, msg, nmsg
    from systems_changers.web.forms import Form
    from systems_changers.web.pagination import page_of, pager


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        message = f"the toolkit has no {name}"
        raise AttributeError(message)
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return list(__all__)
