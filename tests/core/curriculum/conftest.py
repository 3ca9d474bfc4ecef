"""The shared ground of the programme's tests, and the doors to it."""

from tests.core.doors import app, doors, ground
from tests.core.programme import engine, world

__all__ = ["app", "doors", "engine", "ground", "world"]
