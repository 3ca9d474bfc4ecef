"""A partner's view is an allow list in its own order, and a slow plugin rests at one partner only."""

from types import SimpleNamespace

import pytest

from systems_changers.hooks.registry import register
from systems_changers.hooks.specs import hookimpl
from systems_changers.hooks.view import Views
from systems_changers.infra.identifiers import new_id
from tests.plugins.house import made_up, registry_of


def nothing() -> list[object]:
    return []


def test_only_what_is_enabled_in_the_partners_order() -> None:
    views = Views(registry_of(a={"sc_offer_routes": nothing}, b={"sc_offer_routes": nothing}, c={}))
    seen = views.of(("c", "b", "a", "gone")).implementations["sc_offer_routes"]
    assert [each.plugin for each in seen] == ["b", "a"]
    assert views.of(()).implementations["sc_offer_routes"] == ()
    assert views.of(("a",)) is views.of(("a",))


def test_a_plugin_that_comes_later_slips_into_no_view() -> None:
    views = Views(registry_of(a={"sc_offer_routes": nothing}))
    before = views.of(("a", "late"))

    class Late:
        sc_offer_routes = staticmethod(hookimpl(nothing))

    register(views.registry, made_up("late"), Late())
    assert before.plugins == views.of(("a", "late")).plugins == ("a",)


def test_a_rest_ends_and_is_one_partners(monkeypatch: pytest.MonkeyPatch) -> None:
    views, here, there = Views(registry_of(a={})), new_id(), new_id()
    views.rest(here, "a")
    assert views.resting(here, "a")
    assert not views.resting(there, "a")
    later = SimpleNamespace(monotonic=lambda: views._resting[here, "a"] + 1)
    monkeypatch.setattr("systems_changers.hooks.view.time", later)
    assert not views.resting(here, "a")
