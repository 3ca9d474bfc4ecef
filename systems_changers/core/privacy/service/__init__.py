"""What is done for privacy: what is due is let go, and what people agree to is kept and taken back."""

from systems_changers.core.privacy.service.consents import settle, withdraw
from systems_changers.core.privacy.service.retention import let_go

__all__ = ["let_go", "settle", "withdraw"]
