"""Whatever is sent to the JSON API, it keeps the promises of its own description.

In the usual run some requests for each address, in the full one a hundred thousand in all; what they were is counted.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import one_of
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from systems_changers.core.people import service as people
from systems_changers.testing.instance import Instance, no_links
from tests.faults.trial import chances, say, times

FAULT = "anything is asked of the API"
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
MOST = 1000  # at once of one address: what is remembered of them grows
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
BASE = "http://localhost/p/corra-scotland"


@pytest.fixture
def cookie(instance: Instance) -> dict[str, str]:
    """A facilitator's session at a partner with a plugin."""
    instance.add_partner("Corra", slug="corra-scotland", plugins=("corra-scotland",))
    actor = instance.add_person("corra-scotland", "Morag Somebody", "facilitator")
    assert actor.account_id is not None
    with instance.kit.operator_scope(actor, links=no_links, write=True) as scope:
        secret = people.start_session(scope, actor.account_id, people.Browser("localhost"))
        scope.db.commit()
    return {"sc-session": secret}


def operations(instance: Instance) -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/p/corra-scotland/api/v1/openapi.json", instance.app, headers={})
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def test_the_description_names_every_answer(instance: Instance, cookie: dict[str, str]) -> None:
    paths = {operation.path.removeprefix("/p/corra-scotland") for operation in operations(instance)}
    assert paths >= {"/api/v1/cohorts/", "/api/v1/sessions/", "/api/v1/experiments/"}


def test_the_api_keeps_its_promises(instance: Instance, cookie: dict[str, str]) -> None:
    chance, asked, began = chances(FAULT), Counter[int](), time.monotonic()
    offered = operations(instance)
    each = min(MOST, -(-times(FAULT) // len(offered)))
    while asked.total() < times(FAULT):
        for operation in offered:
            asked += ask(operation, cookie, each, chance.getrandbits(64))
    say(f"{asked.total()} requests of {len(offered)} addresses in {time.monotonic() - began:.0f} s: {dict(asked)}")
    assert {200, 404, 422} <= asked.keys()
    assert max(asked) < 500


def ask(operation: Any, cookie: dict[str, str], most: int, chance: int) -> Counter[int]:
    """Ask one address at most so often, rightly and wrongly; answers how often it said what, raises where it broke."""
    asked = Counter[int]()

    @seed(chance)
    @settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=one_of([operation.as_strategy(generation_mode=mode) for mode in MODES]))
    def promised(case: Any) -> None:
        answer = case.call(base_url=BASE, cookies=cookie)
        asked[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    promised()
    return asked


def test_a_program_without_a_session_is_told_to_sign_in(instance: Instance, cookie: dict[str, str]) -> None:
    for path in ("/api/v1/cohorts/", "/api/v1/sessions/", "/api/v1/experiments/"):
        answer = instance.client("corra-scotland").get(path)
        assert (answer.status_code, answer.json["code"]) == (401, "sign_in")
        assert answer.content_type == "application/problem+json"


def test_a_broken_promise_is_noticed(
    instance: Instance, cookie: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("systems_changers.core.cohorts.queries.cohorts_open_to", broken)
    listing = next(each for each in operations(instance) if each.path.endswith("/cohorts/"))
    case = listing.Case(query={})
    answer = case.call(base_url=BASE, cookies=cookie)
    assert answer.status_code == 500
    with pytest.raises(FailureGroup):
        case.validate_response(answer, checks=CHECKS)
