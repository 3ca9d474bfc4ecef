"""What is done for privacy: what is due is let go, and what people agree to is kept and taken back, complaints."""

from systems_changers.core.privacy.service.complaints import acknowledge_complaint, close_complaint, make_complaint
from systems_changers.core.privacy.service.consents import settle, withdraw
from systems_changers.core.privacy.service.retention import let_go

__all__ = [
    "acknowledge_complaint",
    "close_complaint",
    "let_go",
    "make_complaint",
    "settle",
    "withdraw",
]
