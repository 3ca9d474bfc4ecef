"""Figures about the server are told to whoever may have them, name nobody, and cost nothing where they are off."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from systems_changers.app import create_app
from systems_changers.infra.settings import Settings
from systems_changers.testing.instance import Instance
from systems_changers.web.metrics import Measure, Metrics
from systems_changers.web.probes import Probes

TOKEN = "t" * 16
HERE = {"REMOTE_ADDR": "127.0.0.1"}


def client_of(instance: Instance, **settings: Any) -> Any:
    instance.kit.settings = replace(instance.kit.settings, **settings)
    return create_app(instance.kit.settings, kit=instance.kit).test_client()


def samples(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_there_are_none_unless_they_are_wanted(instance: Instance) -> None:
    assert instance.app.test_client().get("/metrics", base_url="http://127.0.0.1").status_code == 404
    code = ("import systems_changers.app, systems_changers.cli.serving, sys;"
            "print('prometheus_client' in sys.modules)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_requests_are_counted_by_kind_and_never_by_what_was_asked(instance: Instance) -> None:
    instance.add_partner("Harbour Trust", slug="harbour")
    client = client_of(instance, metrics=True)
    for path in ("/p/harbour/", "/p/harbour/", "/p/harbour/sign-in", "/p/harbour/people/?q=Ines", "/ines-moreau"):
        client.get(path, base_url="http://127.0.0.1")
    answer = client.get("/metrics", base_url="http://any.example")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Content-Type"].startswith("text/plain")
    found = samples(answer.text)

    def requests(method: str, group: str, status: str) -> float:
        return found[f'systems_changers_requests_total{{group="{group}",method="{method}",status="{status}"}}']

    assert requests("GET", "home", "2xx") == 2
    assert requests("GET", "people", "2xx") == 1
    assert requests("GET", "people", "3xx") == 1
    assert requests("GET", "none", "4xx") == 1
    assert found['systems_changers_request_seconds_count{group="people"}'] == 2
    assert found['systems_changers_request_seconds_bucket{group="home",le="+Inf"}'] == 2
    assert [word for word in ("harbour", "ines", "Ines", "Harbour") if word in answer.text] == []


def test_the_figures_of_the_moment_are_told(instance: Instance) -> None:
    found = samples(client_of(instance, metrics=True).get("/metrics").text)
    kind = instance.kit.engine.dialect.name
    assert found['systems_changers_outbox{state="parked"}'] == 0
    assert found["systems_changers_database_bytes"] > 10_000
    assert found["systems_changers_figures_read"] == 1
    assert any(name.startswith("systems_changers_info{") and f'database="{kind}"' in name for name in found)


@pytest.mark.parametrize(("settings", "asked", "status"), [
    ({}, HERE, 200),
    ({}, {"REMOTE_ADDR": "::1"}, 200),
    ({}, {"REMOTE_ADDR": "10.0.0.7"}, 403),
    ({}, {"REMOTE_ADDR": ""}, 403),
    ({}, HERE | {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
    ({}, HERE | {"HTTP_FORWARDED": "for=127.0.0.1"}, 403),
    ({"metrics_token": TOKEN}, HERE, 403),
    ({"metrics_token": TOKEN}, {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
    ({"metrics_token": TOKEN}, {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"}, 403),
    ({"metrics_token": TOKEN}, {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer \xe9"}, 403),
])  # fmt: skip
def test_who_may_read_them(settings: dict[str, Any], asked: dict[str, Any], status: int) -> None:
    metrics = Metrics(replace(Settings(data=Path()), metrics=True, **settings), list)
    client = Client(Probes(lambda *_: [], ready=lambda: None, metrics=metrics))
    assert client.get("/metrics", environ_overrides=asked).status_code == status


def test_only_reading(instance: Instance) -> None:
    client = client_of(instance, metrics=True)
    assert client.post("/metrics").status_code == 405
    assert client.head("/metrics").data == b""


def test_what_was_counted_is_told_while_the_database_is_away() -> None:
    def away() -> list[Measure]:
        raise OSError("away")

    metrics = Metrics(replace(Settings(data=Path()), metrics=True), away)
    metrics.count("GET", "home.front", "200", 0.03)
    found = samples(metrics.page()[1].decode())
    assert found["systems_changers_figures_read"] == 0
    assert found['systems_changers_requests_total{group="home",method="GET",status="2xx"}'] == 1
    assert found['systems_changers_request_seconds_bucket{group="home",le="0.025"}'] == 0
    assert found['systems_changers_request_seconds_bucket{group="home",le="0.05"}'] == 1


COUNTING = """
import sys
from pathlib import Path
from systems_changers.infra.settings import Settings
from systems_changers.web.metrics import Metrics
metrics = Metrics(Settings(data=Path(), metrics=True), list)
metrics.count("GET", "home.front", "200", 0.01)
sys.stdout.write(metrics.page()[1].decode())
"""


@pytest.mark.parametrize(("shared", "told"), [(True, 2.0), (False, 1.0)])
def test_several_processes_count_together_where_they_share_a_folder(tmp_path: Path, shared: bool, told: float) -> None:
    environment = {**os.environ, **({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)} if shared else {})}
    for _process in range(2):
        done = subprocess.run([sys.executable, "-c", COUNTING], check=True, capture_output=True, text=True,
                              env=environment)  # fmt: skip
    found = {re.sub(r"[{].*", "", name): value for name, value in samples(done.stdout).items() if "requests" in name}
    assert found["systems_changers_requests_total"] == told
