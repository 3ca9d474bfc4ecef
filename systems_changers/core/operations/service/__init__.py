"""What operations do: audit, files, one-time tokens, rate limits, what is known of plugins, the instance itself."""

from systems_changers.core.operations.service.audit import record
from systems_changers.core.operations.service.chains import (
    ChainReport,
    inspect_newest,
    name_of,
    seal_all,
    verify_chain,
    waits_since,
)
from systems_changers.core.operations.service.files import (
    clear_unnamed,
    drop_file,
    keep_file,
    open_file,
    restore_file,
    sweep_files,
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
from systems_changers.core.operations.service.requests import (
    answer_request,
    answer_requests_of,
    extend_request,
    receive_request,
    today_at,
)
from systems_changers.core.operations.service.sent import forget_sent, keep_sent, sent_before
from systems_changers.core.operations.service.tokens import (
    Ticket,
    TokenFacts,
    issue_token,
    peek_token,
    redeem_token,
    void_tokens,
    void_tokens_of,
)
from systems_changers.core.operations.service.tombstones import (
    Buried,
    bring,
    buried,
    bury,
    carry,
    lift,
    reach,
    unreached,
)

__all__ = [
    "Buried",
    "ChainReport",
    "FaultBook",
    "RateLimits",
    "Ticket",
    "TokenFacts",
    "answer_request",
    "answer_requests_of",
    "begin_anew",
    "bring",
    "buried",
    "bury",
    "carry",
    "clear_unnamed",
    "drop_file",
    "extend_request",
    "forget_faults",
    "forget_sent",
    "inspect_newest",
    "issue_token",
    "keep_file",
    "keep_plugin_settings",
    "keep_sent",
    "lift",
    "make_instance",
    "name_of",
    "open_file",
    "peek_token",
    "reach",
    "receive_request",
    "record",
    "redeem_token",
    "refuse_unready",
    "remember_plugins",
    "restore_file",
    "seal_all",
    "sent_before",
    "sweep_files",
    "tidy",
    "today_at",
    "try_again",
    "unreached",
    "verify_chain",
    "void_tokens",
    "void_tokens_of",
    "waits_since",
]
