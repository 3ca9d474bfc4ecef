"""The real tree, and a way to plant a wrong one, because a rule that cannot fail protects nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.house.tree import Tree

Plant = Callable[[Mapping[str, str]], Tree]


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The checkout that these tests stand in."""
    return Tree(Path(__file__).parents[2])


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Write files into an empty folder and look at it as a tree."""

    def write(files: Mapping[str, str]) -> Tree:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Tree(tmp_path)

    return write
