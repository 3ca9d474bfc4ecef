"""The kit that summaries are tested on."""

from tests.core.kits import ground

__all__ = ["ground"]
