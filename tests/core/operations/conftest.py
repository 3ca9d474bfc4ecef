"""The instance that these tests stand on."""

from tests.core.instance import database, instance

__all__ = ["database", "instance"]
