"""A redirect leads nowhere but to a path of this host."""

import pytest

from systems_changers.core.home.rules import path_on_this_host


@pytest.mark.parametrize("path", ["/", "/cohorts/", "/cohorts/?page=2", "/x/a%2Fb"])
def test_a_path_of_this_host_is_kept(path: str) -> None:
    assert path_on_this_host(path) == path


@pytest.mark.parametrize(
    "text",
    ["", "cohorts", "//evil.example", "/\\evil.example", "\t//evil.example", "https://evil.example/", "javascript:x",
     "/\n/evil", "///evil.example", "/cohorts\0", "//[", "http://["],
)  # fmt: skip
def test_anything_else_is_not(text: str) -> None:
    assert path_on_this_host(text) is None
