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
from systems_changers.core.operations.service.requests import (
    answer_request,
    answer_requests_of,
    extend_request,
    receive_request,
    today_at,
)
from systems_changers.core.operations.service.tokens import (
    Ticket,
    TokenFacts,
    issue_token,
    peek_token,
    redeem_token,
    void_tokens,
)
from systems_changers.core.operations.service.tombstones import (
    Buried,
    bring,
    buried,
    bury,
    carry,
    lift,
)

__all__ = [
    "Buried",
    "FaultBook",
    "RateLimits",
    "Ticket",
    "TokenFacts",
    "answer_request",
    "answer_requests_of",
    "bring",
    "buried",
    "bury",
    "carry",
    "extend_request",
    "forget_faults",
    "issue_token",
    "keep_plugin_settings",
    "lift",
    "make_instance",
    "peek_token",
    "receive_request",
    "record",
    "redeem_token",
    "refuse_unready",
    "remember_plugins",
    "tidy",
    "today_at",
    "try_again",
    "void_tokens",
]
