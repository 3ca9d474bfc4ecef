"""docs/hooks.md says what the specifications say, in their order, and its examples run as plugins."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from systems_changers.hooks import specs
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import CohortFacts, Event, ExperimentFacts, PartnerFacts, SessionFacts
from systems_changers.hooks.personal import SubjectFacts
from systems_changers.hooks.registry import load, register
from systems_changers.hooks.scope import Scope
from systems_changers.hooks.view import Views
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.paths import PACKAGE
from systems_changers.web.brand import check_brand
from tests.plugins.house import NOW, made_up

PAGE = (PACKAGE.parent / "docs" / "hooks.md").read_text("utf-8")
SECTION = re.compile(r"^## `(sc_\w+)`\n\n`([^`]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SECTIONS = {name: (signature, text) for name, signature, text in SECTION.findall(PAGE)}
HOOKS = [name for name in vars(specs) if name.startswith("sc_")]
PARTNER = PartnerFacts(new_id(), "harbour", "Harbour Trust", plugins=("harbour-trust",))
COHORT = CohortFacts(new_id(), "Crew 3", "mixed", "recruiting", place="")
SESSION = SessionFacts(
    new_id(), COHORT, 4, "Out", "led", "planned", minutes=30, modules=("core:noticing-in-the-field",)
)
SUBJECT = SubjectFacts(new_id(), None, "Ines Moreau", ("ines@harbour.example",))
EXPERIMENT = ExperimentFacts(new_id(), COHORT, "Nets", "ready", harm_check="Nobody, we think.")


class Reader:
    """A scope that reads, as far as a check needs one."""

    class db:  # noqa: N801 - stands in for a session
        info: dict[str, bool] = {"write": False}  # noqa: RUF012 - never changed

        @staticmethod
        def rollback() -> None:
            """Nothing to take back."""

    partner = PARTNER

    @staticmethod
    def links(endpoint: str, /, **_values: object) -> str:
        """An address nobody follows."""
        return endpoint


SCOPE: Scope = Reader()  # type: ignore[assignment]  # hooks without a database
# What each example answers when it is called through the seam.
ANSWERS: dict[str, Any] = {
    "sc_choose_brand": lambda calls: check_brand(calls.choose_brand(PARTNER)[1]) == [],
    "sc_refine_terms": lambda calls: (
        calls.refine_terms(PARTNER, "en_GB", {"Experiment": "Go"}) == {"Experiments": "Try-outs", "Experiment": "Go"}
    ),
    "sc_offer_routes": lambda calls: calls.offer_routes()[0][1].name == "tide",
    "sc_offer_endpoints": lambda calls: calls.offer_endpoints()[0][1].allowed == frozenset({"signed_in"}),
    "sc_offer_nav": lambda calls: calls.offer_nav(SCOPE)[0][1].order == 55,
    "sc_offer_slot": lambda calls: calls.offer_slot(SCOPE, "cohort.aside", COHORT) == [],
    "sc_offer_variants": lambda calls: calls.offer_variants() == [],
    "sc_offer_cohort_types": lambda calls: calls.offer_cohort_types(PARTNER)[0][1].fields[0].key == "boats",
    "sc_check_cohort_transition": lambda calls: len(calls.check_cohort_transition(SCOPE, COHORT, "confirmed")) == 1,
    "sc_check_session_transition": lambda calls: len(calls.check_session_transition(SCOPE, SESSION, "confirmed")) == 1,
    "sc_check_experiment_transition": lambda calls: (
        len(calls.check_experiment_transition(SCOPE, EXPERIMENT, "running")) == 1
    ),
    "sc_on_event": lambda calls: (
        calls.on_event("harbour-trust", SCOPE, Event(new_id(), "cohort.opened.v1", NOW)) is None
    ),
    "sc_offer_reports": lambda calls: calls.offer_reports(PARTNER)[0][1].title == "The year",
    "sc_offer_personal_data": lambda calls: calls.offer_personal_data(SCOPE, SUBJECT)[0][0][1].rows == (("Pier 4",),),
    "sc_offer_erasures": lambda calls: [each.count for _, each in calls.offer_erasures(SCOPE, SUBJECT)] == [1],
    "sc_offer_checks": lambda calls: str(calls.offer_checks(SCOPE)[0][0][1].message) == "2 boats float.",
}


def test_hooks_stand_in_the_order_of_the_specifications() -> None:
    assert list(SECTIONS) == HOOKS == list(ANSWERS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_signature_is_the_specifications(name: str) -> None:
    signature = inspect.signature(getattr(specs, name))
    assert SECTIONS[name][0] == f"{name}{str(signature).replace(chr(39), '')}"


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_when_what_and_what_if(name: str) -> None:
    for word in ("**When:**", "**Returns:**", "**Failure:**"):
        assert " ".join(SECTIONS[name][1].split()).count(word) == 1


@pytest.mark.parametrize("name", HOOKS)
def test_an_example_is_a_plugin(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", SECTIONS[name][1], re.DOTALL)
    module = ModuleType("harbour_trust")
    module.__file__ = str(tmp_path / "plugin.py")
    exec(compile(example, f"{name} in docs/hooks.md", "exec"), module.__dict__)
    registry = load([])
    register(registry, made_up("harbour-trust"), module)
    views = Views(registry)
    calls = Calls(views, views.of(PARTNER.plugins), PARTNER)
    assert [hook for hook, found in calls.view.implementations.items() if found] == [name]
    assert ANSWERS[name](calls) is True
    assert calls.faults == []
