"""The shared ground of the programme's tests, and the doors to it."""

from tests.core.doors import doors
from tests.core.programme import engine, world

__all__ = ["doors", "engine", "world"]
