"""What is done for privacy: retention, consents, complaints, requests, and tombstones of those who were erased."""

from systems_changers.core.privacy.service.complaints import acknowledge_complaint, close_complaint, make_complaint
from systems_changers.core.privacy.service.consents import settle, withdraw
from systems_changers.core.privacy.service.requests import (
    answer_request,
    answer_requests_of,
    extend_request,
    receive_request,
    today_at,
)
from systems_changers.core.privacy.service.retention import let_go
from systems_changers.core.privacy.service.tombstones import (
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
    "acknowledge_complaint",
    "answer_request",
    "answer_requests_of",
    "bring",
    "buried",
    "bury",
    "carry",
    "close_complaint",
    "extend_request",
    "let_go",
    "lift",
    "make_complaint",
    "reach",
    "receive_request",
    "settle",
    "today_at",
    "unreached",
    "withdraw",
]
