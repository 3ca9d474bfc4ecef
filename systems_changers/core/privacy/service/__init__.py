"""What is done for privacy: what is due is let go."""

from systems_changers.core.privacy.service.retention import let_go

__all__ = ["let_go"]
