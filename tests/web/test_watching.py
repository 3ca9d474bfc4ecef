"""Every request has an id, a line of the log that names nobody, and its share in what is counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug import Response
from werkzeug.test import Client

from systems_changers.app import create_app
from systems_changers.infra.log import log, set_up_log
from systems_changers.testing.instance import Instance
from systems_changers.web.watching import NOWHERE, Watch

PERSONAL = ("Ines Moreau", "Ines", "Moreau", "ines@harbour.example", "harbour.example", "secret-token", "203.0.113.7")
KEYS = {"method", "endpoint", "status", "ms", "partner", "event", "level", "timestamp", "request_id"}


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """The log so far, as lines; it is quiet again afterwards."""
    set_up_log()

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield read
    set_up_log(quiet=True)


def app_of(instance: Instance, **settings: Any) -> Any:
    kit = instance.kit
    kit.settings = replace(kit.settings, **settings)
    return create_app(kit.settings, kit=kit).test_client()


def test_a_request_is_one_line_with_the_id_of_its_answer(instance: Instance, lines: Any) -> None:
    instance.add_partner("Harbour", slug="harbour")
    answer = instance.client("harbour").get("/")
    (line,) = lines()
    assert line.keys() == KEYS
    assert (line["method"], line["endpoint"], line["status"], line["partner"]) == ("GET", "home.front", 200, "harbour")
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{12}", line["request_id"])
    assert 0 < line["ms"] < 60_000
    assert answer.headers["X-Request-ID"] != instance.client("harbour").get("/").headers["X-Request-ID"]


def test_a_page_that_is_not_there_is_named_by_nothing_of_its_address(instance: Instance, lines: Any) -> None:
    instance.client().get("/p/ines-moreau/people/")
    instance.client().get("/ines-moreau")
    instance.client().get("/x/ines-moreau/")
    text = [line for line in lines() if line["event"] == "request"]
    assert [(line["endpoint"], line["partner"], line["status"]) for line in text] == [
        ("people.index", None, 404), (NOWHERE, None, 404), ("x", None, 404),
    ]  # fmt: skip
    assert "moreau" not in json.dumps(text)


def test_an_error_page_and_the_lines_of_its_request_have_its_id(
    instance: Instance, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.add_partner("Harbour", slug="harbour")

    def fail(*_given: object) -> None:
        raise ValueError("Ines Moreau, ines@harbour.example")

    monkeypatch.setattr("systems_changers.core.home.queries.recruiting", fail)
    answer = instance.client("harbour").get("/?who=ines@harbour.example")
    id_ = answer.headers["X-Request-ID"]
    assert answer.status_code == 500
    assert f"unexpected · {id_}" in answer.text
    unexpected, asked = lines()
    assert (unexpected["event"], unexpected["endpoint"], unexpected["request_id"]) == ("unexpected", "home.front", id_)
    assert unexpected["exception"][0] == "ValueError"
    assert any(stage.endswith("fail") for stage in unexpected["exception"])
    assert (asked["status"], asked["request_id"]) == (500, id_)
    assert not any(word in json.dumps([unexpected, asked]) for word in PERSONAL)


def test_nothing_that_people_give_comes_into_the_log(instance: Instance, lines: Any) -> None:
    instance.add_partner("Rowan", slug="rowan")
    ada = instance.add_person("rowan", "Ada", "administrator", email="ada@rowan.example")
    browser = instance.client("rowan", ada)
    given = {"name": "Ines Moreau", "email": "ines@harbour.example", "password": "secret-token", "phone": "01234"}
    for path in ("/people/add", "/people/new", "/settings/", "/sign-in", "/sign-in/link", "/experiments/note"):
        browser.post(path, given, headers={"User-Agent": "Ines Moreau", "X-Forwarded-For": "203.0.113.7"})
    for path in ("/people/?q=Ines+Moreau", "/sign-in?back=/ines@harbour.example", "/set-up/secret-token",
                 "/accept/secret-token", "/x/childrens-society/secret-token",
                 "/api/v1/cohorts/secret-token"):  # fmt: skip
        browser.get(path, headers={"Cookie": "a=Ines", "Referer": "http://127.0.0.1/ines@harbour.example"})
    told = lines()
    assert len([line for line in told if line["event"] == "request"]) >= 12
    text = json.dumps(told)
    assert [word for word in (*PERSONAL, "127.0.0.1", "Ada", "ada@") if word in text] == []


@pytest.mark.parametrize(("proxies", "given", "kept"), [
    (1, "c0ffee-0123_AB", True), (0, "c0ffee-0123_AB", False), (1, "ines@harbour.example", False),
    (1, "short", False), (1, "x" * 65, False), (1, "line\u2028break", False),
])  # fmt: skip
def test_an_id_is_the_proxys_only_where_it_is_one(instance: Instance, proxies: int, given: str, kept: bool) -> None:
    client = app_of(instance, proxies=proxies)
    answer = client.get("/", base_url="http://127.0.0.1", headers={"X-Request-ID": given.encode().decode("latin-1")})
    id_ = answer.headers["X-Request-ID"]
    assert (id_ == given) is kept
    assert kept or re.fullmatch(r"[0-9a-f]{12}", id_)
    assert len(answer.headers.getlist("X-Request-ID")) == 1


def test_a_plugins_page_is_named(instance: Instance, lines: Any) -> None:
    instance.add_partner("Harbour", slug="harbour", plugins=("childrens-society",))
    ada = instance.add_person("harbour", "Ada", "administrator")
    instance.client("harbour", ada).get("/x/childrens-society/safeguarding/")
    assert [line["endpoint"] for line in lines()] == ["x.childrens-society.safeguarding"]


def test_an_application_that_breaks_is_told_as_500(lines: Any) -> None:
    def broken(*_given: object) -> Any:
        log.warning("about to")
        raise RuntimeError("Ines")

    with pytest.raises(RuntimeError):
        Client(Watch(broken)).open("/", method="BREW")
    before, line = lines()
    assert (line["status"], line["method"], line["endpoint"]) == (500, "OTHER", NOWHERE)
    assert before["request_id"] == line["request_id"]
    Client(Watch(Response("ok"))).get("/")
    assert lines()[0]["request_id"] != line["request_id"]


def test_a_quiet_log_has_no_lines_of_requests(lines: Any) -> None:
    set_up_log(quiet=True)
    assert Client(Watch(Response("ok"))).get("/").headers["X-Request-ID"]
    assert lines() == []
