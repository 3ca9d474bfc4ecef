"""What the law's words mean in plain ones, what anybody may ask for, and where they can complain of us."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from systems_changers.infra.text import N_

BECAUSE: Mapping[str, str] = MappingProxyType({
    "consent": N_("Because you agreed to it. You can take that back at any time, and need not say why."),
    "contract": N_("Because you asked to take part, and it can't be done without."),
    "legal obligation": N_("Because the law asks it of us."),
    "vital interests": N_("Because somebody's life may depend on it."),
    "public task": N_("Because it is part of a task in the public interest that we have been given."),
    "legitimate interests": N_(
        "Because running the programme well needs it, and we weighed that against what it means to you. You can object."
    ),
})  # fmt: skip
"""Why something is held, said to the person it is about."""
RIGHTS = (
    N_("Ask what we hold about you, and get a copy of it."),
    N_("Have what is wrong put right."),
    N_("Have it deleted, or have us hold it without using it."),
    N_("Object to what we do because we think that running the programme needs it."),
    N_("Take what you gave us with you, in a form that other programs can read."),
    N_("Take back whatever you agreed to. What was done before stays right."),
)
REGULATOR = "https://ico.org.uk/make-a-complaint/"
"""Where anybody in the United Kingdom can complain; every notice must say so (UK GDPR article 13(2)(d))."""
