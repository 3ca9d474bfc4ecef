"""A plugin's own pytest fixtures: `from systems_changers.testing.fixtures import instance` in its conftest.py.

The one module of the kit that imports pytest; nothing else imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from systems_changers.testing.instance import Instance, try_out


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """A whole instance with every installed plugin and no partner yet (see docs/testing.md)."""
    with try_out(tmp_path) as made:
        yield made
