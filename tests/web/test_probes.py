"""Whoever watches the server learns whether it is alive and can serve, by any name of the host, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug import Response
from werkzeug.test import Client

from systems_changers.testing.instance import Instance
from systems_changers.web.probes import Probes

ANY_HOST = "http://10.0.0.7:8765"


def ask(instance: Instance, path: str, method: str = "GET") -> Any:
    return instance.app.test_client().open(path, method=method, base_url=ANY_HOST)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_server_that_is_well_says_so(instance: Instance, path: str) -> None:
    answer = ask(instance, path)
    assert (answer.status_code, answer.text, answer.headers["Cache-Control"]) == (200, "yes\n", "no-store")
    assert ask(instance, path, "HEAD").data == b""
    assert ask(instance, path, "POST").status_code >= 400


def test_a_database_that_is_away_makes_it_alive_and_not_ready(instance: Instance) -> None:
    def away(*_given: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("gone for a while"))

    sa.event.listen(instance.kit.engine, "before_cursor_execute", away)
    assert ask(instance, "/healthz").status_code == 200
    answer = ask(instance, "/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "gone" not in answer.text
    sa.event.remove(instance.kit.engine, "before_cursor_execute", away)
    assert ask(instance, "/readyz").status_code == 200


def test_other_paths_are_the_applications() -> None:
    probes = Client(Probes(Response("the application's"), ready=lambda: None))
    assert [probes.get(path).text for path in ("/healthz", "/healthz/more")] == ["yes\n", "the application's"]
