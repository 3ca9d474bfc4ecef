"""What operations do: audit, one-time tokens, rate limits, what is known of plugins, the instance itself."""

from systems_changers.core.operations.service.audit import record
from systems_changers.core.operations.service.instance import make_instance, refuse_unready, tidy, try_again
from systems_changers.core.operations.service.limits import RateLimits
from systems_changers.core.operations.service.plugins import (
    FaultBook,
    forget_faults,
    keep_plugin_settings,
    remember_plugins,
)
from systems_changers.core.operations.service.sent import keep_sent, sent_before
from systems_changers.core.operations.service.tokens import (
    Ticket,
    TokenFacts,
    issue_token,
    peek_token,
    redeem_token,
    void_tokens,
)

__all__ = [
    "FaultBook",
    "RateLimits",
    "Ticket",
    "TokenFacts",
    "forget_faults",
    "issue_token",
    "keep_plugin_settings",
    "keep_sent",
    "make_instance",
    "peek_token",
    "record",
    "redeem_token",
    "refuse_unready",
    "remember_plugins",
    "sent_before",
    "tidy",
    "try_again",
    "void_tokens",
]
