"""The instance that these tests stand on, and the pages over it."""

from tests.core.instance import database, instance
from tests.core.site import site

__all__ = ["database", "instance", "site"]
