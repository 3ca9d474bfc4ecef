"""The rules alone: which steps there are, what each needs, and what may be written."""

import pytest

from systems_changers.core.experiments import rules

FULL = {name: f"{name} in a sentence" for name in rules.TEXTS}


def said(state: str, to: str, standing: rules.Standing) -> list[str | None]:
    return [refusal.values.get("part") for refusal in rules.stands_against(state, to, standing, {"experiment_id": 1})]


def without(*names: str, evidence: int = 0, scaling: tuple[str, ...] = ("out",)) -> rules.Standing:
    return rules.Standing({name: text for name, text in FULL.items() if name not in names}, scaling, evidence)


def test_every_step_there_is_can_be_taken_when_everything_is_written() -> None:
    for state, nexts in rules.MOVES.items():
        for to in nexts:
            assert said(state, to, without()) == []


def test_no_other_step_can_be_taken() -> None:
    for state in rules.STATES:
        for to in {*rules.STATES, "nonsense"} - set(rules.MOVES[state]):
            assert len(rules.stands_against(state, to, without(), {})) == 1


@pytest.mark.parametrize(
    ("state", "to", "missing", "parts"),
    [
        ("noticing", "framed", ("hypothesis", "prediction"), ["frame", "frame"]),
        ("framed", "ready", ("harm_check", "permission_holder"), ["harm", "permission"]),
        ("framed", "ready", ("prediction",), ["frame"]),
        ("ready", "running", ("harm_check",), ["harm"]),
        ("adapt", "running", ("permission_holder",), ["permission"]),
        ("running", "reviewing", ("learning",), ["learning"]),
        ("reviewing", "grow", ("learning",), ["learning"]),
        ("reviewing", "pause", ("learning",), ["learning"]),
        ("reviewing", "adapt", ("learning", "harm_check"), ["learning"]),
        ("scaling", "embedded", ("embedded_in",), ["travel"]),
    ],
)
def test_what_is_missing_is_named_with_its_page(
    state: str, to: str, missing: tuple[str, ...], parts: list[str]
) -> None:
    assert said(state, to, without(*missing)) == parts


def test_evidence_is_as_good_as_learning_but_not_for_stopping() -> None:
    assert said("running", "reviewing", without("learning", evidence=1)) == []
    assert said("reviewing", "stop", without("learning", evidence=5)) == ["learning"]


@pytest.mark.parametrize(
    ("text", "enough"), [("", False), ("  ", False), ("No use", False), ("Nobody came twice.", True)]
)
def test_stopping_needs_a_sentence(text: str, enough: bool) -> None:
    standing = rules.Standing({"learning": text})
    assert (said("reviewing", "stop", standing) == []) is enough
    assert (said("pause", "stop", standing) == []) is enough


def test_stopping_needs_nothing_but_learning() -> None:
    assert said("reviewing", "stop", rules.Standing({"learning": "The bus was too rare."})) == []


def test_scaling_needs_a_way() -> None:
    assert said("grow", "scaling", without(scaling=())) == ["travel"]


def test_a_person_sees_what_was_chosen_and_never_everything() -> None:
    assert rules.fields_readable(whole=False, chosen=["learning", "cohort", "made up"]) == {
        "title", "state", "author", "learning",
    }  # fmt: skip
    assert rules.fields_readable(whole=False, chosen=[]) == {"title", "state", "author"}
    assert rules.fields_readable(whole=False, chosen=None) == {"title", "state", "author"}
    assert rules.fields_readable(whole=True, chosen=["learning"]) == rules.EVERYTHING


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"title": "x" * 200, "insight": None, "learning": "x" * 5_000}, set()),
        ({"learning": "x" * 5_001, "permission_holder": "x" * 201}, {"learning", "permission_holder"}),
        ({"condition": "policies"}, set()),
        ({"condition": "weather"}, {"condition"}),
        ({"scaling": ["out", "deep"]}, set()),
        ({"scaling": ["sideways"]}, {"scaling"}),
    ],
)
def test_what_may_be_written(answers: dict[str, object], wrong: set[str]) -> None:
    assert set(rules.wrong_in(answers)) == wrong


@pytest.mark.parametrize(
    ("link", "good"),
    [
        ("https://example.org/a?b=c", True),
        ("http://example.org", True),
        ("HTTPS://EXAMPLE.ORG", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https://", False),
        ("https://[", False),
        ("https://exa mple.org", False),
        ("ftp://example.org", False),
        ("", False),
    ],
)
def test_addresses(link: str, good: bool) -> None:
    assert rules.is_web_address(link) is good


def test_the_way_goes_on_or_turns_off() -> None:
    assert rules.way("running") == (
        "noticing",
        "framed",
        "ready",
        "running",
        "reviewing",
        "grow",
        "scaling",
        "embedded",
    )
    assert rules.way("stop")[-2:] == ("reviewing", "stop")
    assert all(state in rules.way(state) for state in rules.STATES)


def test_what_there_is_to_write() -> None:
    assert rules.parts_for("noticing") == ("frame", "plan", "harm", "permission")
    assert rules.parts_for("stop") == ("frame", "plan", "harm", "permission", "learning")
    assert rules.parts_for("scaling") == tuple(rules.PARTS)
    assert rules.is_written("frame", {"hypothesis": "if", "prediction": "then"})
    assert not rules.is_written("frame", {"hypothesis": "if", "prediction": None})
    assert not rules.is_written("travel", {"scaling": [], "embedded_in": "here"})


def test_both_texts_lose_nothing() -> None:
    mine = {
        "title": "A",
        "learning": "One",
        "insight": None,
        "scaling": ["out"],
        "condition": "power",
        "prediction": "P",
    }
    theirs = {
        "title": "B", "learning": "Two", "insight": "Seen", "scaling": ["deep", "out"], "condition": "beliefs",
        "prediction": "P",
    }  # fmt: skip
    assert rules.both_texts(mine, theirs) == {
        "title": "A / B", "learning": "One\n\nTwo", "insight": "Seen", "scaling": ["out", "deep"], "condition": "power",
        "prediction": "P",
    }  # fmt: skip


def test_the_steps_there_are() -> None:
    assert {state: set(nexts) for state, nexts in rules.MOVES.items()} == {
        "noticing": {"framed"},
        "framed": {"ready"},
        "ready": {"running"},
        "running": {"reviewing"},
        "reviewing": {"grow", "adapt", "pause", "stop"},
        "adapt": {"framed", "running"},
        "pause": {"running", "stop"},
        "stop": set(),
        "grow": {"scaling"},
        "scaling": {"embedded"},
        "embedded": set(),
    }
