"""The router finds pages, and could still make their addresses."""

from typing import Any

import pytest
from werkzeug.routing import Map
from werkzeug.routing import Rule as WerkzeugRule

from systems_changers.infra.identifiers import new_id
from systems_changers.web.routing import Rule


def test_the_router_makes_an_address_when_it_is_asked_for_one() -> None:
    router = Map([Rule("/cohorts/<uuid:cohort_id>/", endpoint="cohorts.show")]).bind("example.org")
    id_ = new_id()
    assert router.match(f"/cohorts/{id_}/") == ("cohorts.show", {"cohort_id": id_})
    assert router.build("cohorts.show", {"cohort_id": id_, "page": 2}) == f"/cohorts/{id_}/?page=2"
    assert router.build("cohorts.show", {"cohort_id": id_, "page": 2}, append_unknown=False) == f"/cohorts/{id_}/"


def test_what_makes_an_address_is_compiled_once_and_only_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[bool] = []
    compile_ = WerkzeugRule._compile_builder

    def counted(rule: WerkzeugRule, append_unknown: bool = True) -> Any:
        compiled.append(append_unknown)
        return compile_(rule, append_unknown)

    monkeypatch.setattr(WerkzeugRule, "_compile_builder", counted)
    router = Map([Rule("/cohorts/<int:number>/", endpoint="cohorts.show")]).bind("example.org")
    router.match("/cohorts/7/")
    assert compiled == []
    assert [router.build("cohorts.show", {"number": number}) for number in (1, 2)] == ["/cohorts/1/", "/cohorts/2/"]
    assert len(compiled) == 1
