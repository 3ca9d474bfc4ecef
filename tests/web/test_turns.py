"""One request computes at a time; one that takes long is not waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from systems_changers.testing.instance import Instance
from systems_changers.web import turns
from systems_changers.web.turns import Turns

ASKED = 8


class Inner:
    """An application that does something, and notes how many were inside at once."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work, self.inside, self.most, self.counting = work, 0, 0, threading.Lock()

    def __call__(self, _environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        with self.counting:
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            self.work()
            return [b"done"]
        finally:
            with self.counting:
                self.inside -= 1


def ask(app: Turns) -> list[bytes]:
    return list(app({}, lambda *_said: lambda _data: None))


def ask_at_once(app: Turns) -> list[list[bytes]]:
    with ThreadPoolExecutor(ASKED) as pool:
        return [each.result() for each in [pool.submit(ask, app) for _ in range(ASKED)]]


def test_one_request_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 30.0)
    inner = Inner(lambda: time.sleep(0.005))
    assert ask_at_once(Turns(inner)) == [[b"done"]] * ASKED
    assert inner.most == 1


def test_a_slow_request_holds_nobody_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    met = threading.Barrier(ASKED, timeout=30)
    inner = Inner(met.wait)  # nobody is done before everybody is in
    assert ask_at_once(Turns(inner)) == [[b"done"]] * ASKED
    assert inner.most == ASKED


def test_nobody_waits_for_a_turn_that_is_old_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.2)
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        holding.set()
        done.wait(30)

    inner = Inner(hold)
    app = Turns(inner)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, app)
        assert holding.wait(30)
        time.sleep(turns.PATIENCE)
        monkeypatch.setattr(turns, "PATIENCE", 0.1)
        inner.work = lambda: None
        began = time.monotonic()
        for _ in range(ASKED):
            ask(app)
        assert time.monotonic() - began < turns.PATIENCE * ASKED / 2
        done.set()
        assert slow.result() == [b"done"]


def test_a_turn_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 30.0)

    def fails() -> None:
        raise RuntimeError("no")

    failing = Inner(fails)
    app = Turns(failing)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no"):
            ask(app)
    failing.work = lambda: None
    began = time.monotonic()
    assert ask(app) == [b"done"]
    assert time.monotonic() - began < turns.PATIENCE


def test_pages_take_turns_on_sqlite_and_nowhere_else(
    instance: Instance, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, call = [], Turns.__call__

    def counted(self: Turns, environ: Any, start_response: Any) -> Iterable[bytes]:
        taken.append(environ["PATH_INFO"])
        return call(self, environ, start_response)

    monkeypatch.setattr(Turns, "__call__", counted)
    instance.add_partner("Corra", slug="corra")
    instance.app.test_client().get("/p/corra/")
    assert taken == (["/p/corra/"] if database_kind == "sqlite" else [])
