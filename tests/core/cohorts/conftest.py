"""The shared ground of the programme's tests."""

from tests.core.programme import engine, world

__all__ = ["engine", "world"]
