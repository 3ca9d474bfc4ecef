"""The update and the gate on made facts, without a database; a real host tries them in the kit's own tests."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corra_scotland import community, plugin, update
from corra_scotland.profiles import THEMES, Profile
from systems_changers.testing.strings import extract, missing, template_ids
from systems_changers.toolkit import CohortCounts, CohortFacts, Departed, Scope, new_id

HERE = Path(plugin.__file__).parent
COHORT = CohortFacts(
    new_id(), "Portlaggan", "place", "recruiting", type_key="corra-community", extra={"residents": "4"}
)
COUNTS = CohortCounts(people=11, organisations=6, sessions=9, held=4, expected=44, came=39)
SCOPE: Any = SimpleNamespace(partner=SimpleNamespace(settings={}))
WRITTEN = Profile(2, people_heard=64, read_back=True, listening="The bus.", assets="A hall.")


def told(monkeypatch: pytest.MonkeyPatch, counts: CohortCounts, profile: Profile | None) -> dict[str, list[str]]:
    """The update's sentences by heading."""
    monkeypatch.setattr(update, "count_cohort", lambda *_: counts)
    monkeypatch.setattr(update, "profile_of", lambda *_: profile)
    return {str(each.title): [str(one) for one in each.sentences] for each in update.build(SCOPE, COHORT)}


def test_the_five_themes_are_always_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said = told(monkeypatch, COUNTS, None)
    assert list(said) == ["The place", *THEMES.values()]
    assert said["Space"] == ["Sessions held: 4 of 9.", "Places taken at them: 39 of 44."]


def test_a_zero_is_a_zero_and_a_blank_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    none = told(monkeypatch, COUNTS, Profile(1, listening="The bus."))["Voice"]
    assert none == ["How many people were listened to has not been recorded."]
    zero = told(monkeypatch, COUNTS, Profile(1, people_heard=0))["Voice"]
    assert zero == ["People listened to before the cohort began: 0."]


def test_departures_come_with_their_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = CohortCounts(1, 1, 1, 1, 1, 1, departures=(Departed(3, "The walk", "skipped", None),))
    monkeypatch.setattr(update, "count_cohort", lambda *_: counts)
    monkeypatch.setattr(update, "profile_of", lambda *_: None)
    assert update.build(SCOPE, COHORT)[-1].rows == (("3", "The walk", "Left out", ""),)


@pytest.mark.parametrize(
    ("profile", "extra", "refused"),
    [
        (None, {"residents": 4}, 1),
        (Profile(1, listening="The bus."), {"residents": 4}, 1),
        (Profile(1, listening="The bus.", assets="A hall."), {"residents": 4}, 2),
        (WRITTEN, {"residents": 4}, 0),
        (WRITTEN, {"residents": 0}, 1),
        (WRITTEN, {}, 1),
    ],
)
def test_what_a_community_cohort_needs(
    monkeypatch: pytest.MonkeyPatch, profile: Profile | None, extra: dict[str, Any], refused: int
) -> None:
    monkeypatch.setattr(community, "profile_of", lambda *_: profile)
    cohort = CohortFacts(new_id(), "P", "place", "recruiting", type_key="corra-community", extra=extra)
    scope: Scope = SCOPE
    assert len(community.stands_against(scope, cohort, "confirmed")) == refused


def test_the_partners_own_words_stay() -> None:
    terms = plugin.sc_refine_terms("en_GB", {"Participant": "Walker"})
    assert (terms["Participant"], terms["Experiment"]) == ("Walker", "Try-out")
    assert plugin.sc_refine_terms("ur", {}) == {}


@pytest.mark.parametrize("code", ["gd", "en_GB@scots"])
def test_languages_are_complete(code: str) -> None:
    wanted = extract(HERE)
    assert missing(HERE / "translations", code, wanted) == []
    assert len(template_ids(HERE / "translations")) == len([each for each in wanted if each.id])


def test_four_variants_are_pinned() -> None:
    offers = plugin.sc_offer_variants()
    assert [offer.base.partition(":")[2] for offer in offers] == list(community.COMMUNITY.variants)
    assert all(offer.base_hash.startswith("sha256:") for offer in offers)
