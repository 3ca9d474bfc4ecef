"""The safeguarding gate on made facts, without a database; a real host tries it in the kit's own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from childrens_society import forms, gate, plugin
from childrens_society.organisation import ORGANISATION
from childrens_society.reviews import About, Review
from systems_changers.testing.strings import extract, missing, template_ids
from systems_changers.toolkit import CohortFacts, ExperimentFacts, Form, Invalid, SessionFacts, new_id

HERE = Path(plugin.__file__).parent
EXPERIMENT = ExperimentFacts(new_id(), None, "A drop-in", "framed")
COHORT = CohortFacts(new_id(), "Teams", "organisation", "running")
SCOPE: Any = None


def review(young_people: bool | None, decision: str = "waiting") -> Review:
    return Review(new_id(), 1, About(experiment_id=EXPERIMENT.id), young_people=young_people, decision=decision)


@pytest.mark.parametrize(
    ("found", "ready", "scaling", "stop"),
    [
        (None, 1, 0, 0),
        (review(None), 1, 0, 0),
        (review(young_people=False), 0, 0, 0),
        (review(young_people=True), 1, 0, 0),
        (review(young_people=True, decision="cleared"), 0, 0, 0),
        (review(young_people=False, decision="held"), 1, 1, 0),
        (review(young_people=True, decision="held"), 1, 1, 0),
    ],
)
def test_what_the_gate_lets_through(
    monkeypatch: pytest.MonkeyPatch, found: Review | None, ready: int, scaling: int, stop: int
) -> None:
    monkeypatch.setattr(gate, "review_about", lambda *_: found)
    counts = [len(gate.experiment_refusals(SCOPE, EXPERIMENT, to)) for to in ("ready", "running", "scaling", "stop")]
    assert counts == [ready, ready, scaling, stop]


@pytest.mark.parametrize(("decision", "refused"), [(None, 1), ("waiting", 1), ("held", 1), ("cleared", 0)])
def test_fieldwork(monkeypatch: pytest.MonkeyPatch, decision: str | None, refused: int) -> None:
    monkeypatch.setattr(gate, "review_about", lambda *_: decision and review(None, decision))
    session = SessionFacts(new_id(), COHORT, 4, "Out", "led", "planned", modules=(gate.FIELDWORK,))
    assert len(gate.session_refusals(SCOPE, session, "confirmed")) == refused
    assert gate.session_refusals(SCOPE, session, "moved") == []


@pytest.mark.parametrize(("young", "who", "wrong"), [("yes", "", {"who"}), ("yes", "Carers", set()), ("no", "", set())])
def test_who_says_yes_says_how(young: str, who: str, wrong: set[str]) -> None:
    answers = {"young_people": young, "what": "A drop-in", "who": who, "keep_safe": "Two of us."}
    form = Form.read(forms.ExperimentSchema, answers)
    assert form.ok
    try:
        assert forms.told(form)["young_people"] is (young == "yes")
        found: set[str] = set()
    except Invalid as invalid:
        found = set(invalid.fields)
    assert found == wrong


@pytest.mark.parametrize("code", ["cy", "en_GB@easyread"])
def test_languages_are_complete(code: str) -> None:
    wanted = extract(HERE)
    assert missing(HERE / "translations", code, wanted) == []
    assert len(template_ids(HERE / "translations")) == len([each for each in wanted if each.id])


def test_every_picture_slot_has_its_picture() -> None:
    folder = HERE / "templates" / "childrens_society"
    pictures = {file.stem for file in (folder / "pictures").glob("*.html")}
    asked = {
        word.split('"')[1]
        for file in (folder / "easyread").glob("*.html")
        for word in file.read_text("utf-8").split("easy.line(")[1:]
    }
    assert asked <= pictures
    assert all("<image" not in (folder / "pictures" / f"{name}.html").read_text("utf-8") for name in pictures)


def test_four_variants_are_pinned_and_used() -> None:
    offers = plugin.sc_offer_variants()
    assert [offer.base.partition(":")[2] for offer in offers] == list(ORGANISATION.variants)
    assert [offer.identity for offer in offers] == list(ORGANISATION.variants.values())
