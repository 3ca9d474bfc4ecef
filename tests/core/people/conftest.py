"""The instance that these tests stand on, and the pages over it."""

from tests.core.instance import database, instance
from tests.core.people.organisation import charity, nobody, rogue
from tests.core.site import site

__all__ = ["charity", "database", "instance", "nobody", "rogue", "site"]
