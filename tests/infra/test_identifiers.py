"""Identifiers are UUIDs of version 7 that sort as they were made."""

from __future__ import annotations

import time
from uuid import RFC_4122

import pytest

from systems_changers.infra.identifiers import new_id, parse_id


def test_it_is_a_version_7_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


def test_a_fraction_of_the_millisecond_tells_two_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([1_700_000_000_000_000_000, 1_700_000_000_000_000_300, 1_700_000_000_000_999_999])
    monkeypatch.setattr("systems_changers.infra.identifiers.time.time_ns", lambda: next(moments))
    first, second, last = new_id(), new_id(), new_id()
    assert {each.int >> 80 for each in (first, second, last)} == {1_700_000_000_000}
    assert [(each.int >> 64) & 0xFFF for each in (first, second, last)] == [0, 1, 4095]
    assert first < second < last


def test_the_rest_is_chance() -> None:
    assert len({new_id().int & ((1 << 62) - 1) for _ in range(100)}) == 100


def test_only_an_identifier_is_parsed() -> None:
    made = new_id()
    assert parse_id(str(made)) == parse_id(made.hex) == made
    assert parse_id("cohort") is None
