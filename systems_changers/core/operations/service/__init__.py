"""What operations do: audit, one-time tokens, rate limits, what is known of plugins, the instance itself."""

from systems_changers.core.operations.service.audit import record
from systems_changers.core.operations.service.chains import (
    ChainReport,
    inspect_newest,
    name_of,
    seal_all,
    verify_chain,
    waits_since,
)
from systems_changers.core.operations.service.instance import (
    begin_anew,
    make_instance,
    refuse_unready,
    tidy,
    try_again,
)
from systems_changers.core.operations.service.limits import RateLimits
from systems_changers.core.operations.service.plugins import (
    FaultBook,
    forget_faults,
    keep_plugin_settings,
    remember_plugins,
)
from systems_changers.core.operations.service.tokens import (
    Ticket,
    TokenFacts,
    issue_token,
    peek_token,
    redeem_token,
    void_tokens,
)

__all__ = [
    "ChainReport",
    "FaultBook",
    "RateLimits",
    "Ticket",
    "TokenFacts",
    "begin_anew",
    "forget_faults",
    "inspect_newest",
    "issue_token",
    "keep_plugin_settings",
    "make_instance",
    "name_of",
    "peek_token",
    "record",
    "redeem_token",
    "refuse_unready",
    "remember_plugins",
    "seal_all",
    "tidy",
    "try_again",
    "verify_chain",
    "void_tokens",
    "waits_since",
]
