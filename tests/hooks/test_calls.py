"""One failure policy a verb: what a plugin raises or answers by mistake never reaches the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from systems_changers.hooks.calls import Calls
from systems_changers.hooks.checks import CheckResult
from systems_changers.hooks.facts import (
    CohortFacts,
    CohortType,
    Event,
    PartnerFacts,
    Refusal,
    ReportOffer,
    ReportSection,
    VariantOffer,
)
from systems_changers.hooks.personal import Erasure, HeldData, SubjectFacts
from systems_changers.hooks.scope import no_links
from systems_changers.hooks.view import Views
from systems_changers.infra.errors import PluginFailed, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.text import msg
from tests.plugins.house import NOW, brand, made_up, registry_of

COHORT = CohortFacts(new_id(), "Portlaggan", "place", "recruiting")
WITHIN: Any = SimpleNamespace(db=SimpleNamespace(info={"write": False}, rollback=lambda: None))


def calls_of(**hooks: Mapping[str, Callable[..., Any]]) -> Calls:
    """The calls of a partner that has these plugins on, in this order."""
    slugs = tuple(name.replace("_", "-") for name in hooks)
    partner = PartnerFacts(new_id(), "p", "P", plugins=slugs)
    views = Views(registry_of(**hooks))
    return Calls(views, views.of(slugs), partner)


def broken(**_: Any) -> Any:
    raise ZeroDivisionError("division by zero")


def quits() -> Any:
    raise SystemExit(1)


def kind(key: str) -> CohortType:
    return CohortType(key, key, "place", "")


def answering(value: Any) -> Callable[[], Any]:
    return lambda: value


def faults(calls: Calls) -> list[tuple[str, str]]:
    return [(fault.plugin, fault.why) for fault in calls.faults]


# --- offer: left out ---


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (broken, "ZeroDivisionError: division by zero"),
        (quits, "SystemExit: 1"),
        (answering([kind("b"), "cake"]), "answered something that is not a CohortType"),
        (answering("cake"), "answered str instead of Sequence"),
        (answering(7), "answered int instead of Sequence"),
        (answering(each for each in "ab"), "answered generator instead of Sequence"),
    ],
)
def test_a_bad_offer_is_left_out(bad: Callable[..., Any], why: str) -> None:
    hook = "sc_offer_cohort_types"
    calls = calls_of(good={hook: answering([kind("a")])}, bad={hook: bad}, late={hook: answering((kind("c"),))})
    assert [(slug, each.key) for slug, each in calls.offer_cohort_types(calls.partner)] == [
        ("good", "a"),
        ("late", "c"),
    ]
    assert faults(calls) == [("bad", why)]


def test_nothing_is_no_fault() -> None:
    calls = calls_of(quiet={"sc_offer_reports": answering(None)}, empty={"sc_offer_reports": answering([])})
    assert calls.offer_reports(calls.partner) == []
    assert calls.faults == []


def test_a_key_that_is_taken_is_refused() -> None:
    offer = VariantOffer("one:x", "core:y", "sha256:0", "1.0", "X", "", "en_GB", ())
    calls = calls_of(one={"sc_offer_variants": answering([offer])}, two={"sc_offer_variants": answering([offer])})
    assert [slug for slug, _ in calls.offer_variants()] == ["one"]
    assert faults(calls) == [("two", "one:x is already offered by one")]


# --- choose: the next one answers ---


def test_the_first_that_answers_well_chooses() -> None:
    hook = "sc_choose_brand"
    calls = calls_of(
        bad={hook: broken}, junk={hook: answering("green")}, shy={hook: answering(None)},
        good={hook: answering(brand("Good"))}, late={hook: answering(brand("Late"))},
    )  # fmt: skip
    chosen = calls.choose_brand(calls.partner)
    assert chosen is not None
    assert (chosen[0], chosen[1].name) == ("good", "Good")
    assert faults(calls) == [("bad", "ZeroDivisionError: division by zero"), ("junk", "answered str instead of Brand")]


def test_an_answer_that_the_kit_cannot_use_is_reported_and_the_next_chooses() -> None:
    hook = "sc_choose_brand"
    calls = calls_of(pale={hook: answering(brand("Pale"))}, good={hook: answering(brand("Good"))})
    chosen = calls.choose_brand(calls.partner, lambda each: [msg("Too pale.")] * 2 if each.name == "Pale" else [])
    assert chosen is not None
    assert chosen[1].name == "Good"
    assert faults(calls) == [("pale", "Too pale. Too pale.")]


def test_of_a_reason_the_first_line_is_kept() -> None:
    """A database's error goes on with the row's own values."""
    calls = calls_of()
    calls.report("bad", "sc_offer_slot", "IntegrityError: no\nDETAIL: Failing row contains (Isla Grant)")
    assert faults(calls) == [("bad", "IntegrityError: no")]


def test_nobody_may_answer() -> None:
    calls = calls_of(bad={"sc_choose_brand": broken})
    assert calls.choose_brand(calls.partner) is None


# --- check: fails closed ---

UNSAID = "The plugin bad could not say whether this is all right, so it can't happen yet."


@pytest.mark.parametrize("bad", [broken, answering("no"), answering([True]), answering(0), answering(False)])
def test_a_check_that_fails_is_a_refusal(bad: Callable[..., Any]) -> None:
    hook = "sc_check_cohort_transition"
    calls = calls_of(fine={hook: answering([])}, silent={hook: answering(None)}, bad={hook: bad})
    found = calls.check_cohort_transition(WITHIN, COHORT, "confirmed")
    assert [str(each.message) for each in found] == [UNSAID]
    assert [fault.plugin for fault in calls.faults] == ["bad"]


def test_every_refusal_is_heard() -> None:
    def no(to: str, cohort: CohortFacts) -> list[Refusal]:
        return [Refusal(msg("%(name)s may not be %(to)s.", name=cohort.name, to=to))]

    hook = "sc_check_cohort_transition"
    calls = calls_of(one={hook: no}, two={hook: no})
    found = calls.check_cohort_transition(WITHIN, COHORT, "running")
    assert [str(each.message) for each in found] == ["Portlaggan may not be running."] * 2


def test_a_resting_plugin_refuses_what_it_would_have_checked() -> None:
    calls = calls_of(bad={"sc_check_session_transition": answering([]), "sc_offer_reports": broken})
    calls.views.rest(calls.partner.id, "bad")
    found = calls.check_session_transition(WITHIN, None, "confirmed")  # type: ignore[arg-type]  # not looked at
    assert [str(each.message) for each in found] == [UNSAID]
    assert calls.offer_reports(calls.partner) == []
    assert calls.faults == []


# --- refine: the value before is kept ---


@pytest.mark.parametrize("bad", [broken, answering(["cohort"]), answering({"Cohort": 3}), answering({1: "x"})])
def test_a_bad_refinement_is_passed_over(bad: Callable[..., Any]) -> None:
    hook = "sc_refine_terms"

    def first(terms: Mapping[str, str]) -> Mapping[str, str]:
        return {**terms, "Cohort": "Circle"}

    def last(terms: Mapping[str, str], locale: str) -> Mapping[str, str]:
        return {**terms, "Session": f"{terms['Cohort']} {locale}"}

    calls = calls_of(first={hook: first}, bad={hook: bad}, last={hook: last})
    assert calls.refine_terms(calls.partner, "gd", {"Home": "Dachaigh"}) == {
        "Home": "Dachaigh", "Cohort": "Circle", "Session": "Circle gd",
    }  # fmt: skip
    assert [fault.plugin for fault in calls.faults] == ["bad"]


def test_a_plugin_cannot_spoil_the_value_before_it_fails() -> None:
    def spoils(terms: dict[str, str]) -> Any:
        terms.clear()
        raise ZeroDivisionError

    calls = calls_of(bad={"sc_refine_terms": spoils})
    assert calls.refine_terms(calls.partner, "gd", {"Home": "Dachaigh"}) == {"Home": "Dachaigh"}


# --- on: raised, for the outbox to try again ---


def test_a_listener_that_fails_is_the_outboxs_matter() -> None:
    heard: list[str] = []
    calls = calls_of(bad={"sc_on_event": broken}, good={"sc_on_event": lambda event: heard.append(event.name)})
    event = Event(new_id(), "cohort.opened.v1", NOW)
    assert calls.listeners() == ("bad", "good")
    with pytest.raises(ZeroDivisionError):
        calls.on_event("bad", WITHIN, event)
    calls.on_event("good", WITHIN, event)
    calls.on_event("gone", WITHIN, event)
    assert heard == ["cohort.opened.v1"]


# --- slow ---


def test_a_slow_plugin_answers_once_and_then_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 2.5])
    calls = calls_of(slow={"sc_offer_cohort_types": answering([kind("a")])})
    monkeypatch.setattr("systems_changers.hooks.calls.time", SimpleNamespace(monotonic=lambda: next(times, 3.0)))
    assert [each.key for _, each in calls.offer_cohort_types(calls.partner)] == ["a"]
    assert faults(calls) == [("slow", "took too long, and is being rested")]
    assert calls.offer_cohort_types(calls.partner) == []
    elsewhere = Calls(calls.views, calls.view, PartnerFacts(new_id(), "q", "Q", plugins=("slow",)))
    assert [each.key for _, each in elsewhere.offer_cohort_types(elsewhere.partner)] == ["a"]


# --- where it went wrong ---


def test_a_refusal_that_leads_nowhere_is_said_without_its_link() -> None:
    places = {"cohorts.show": {"cohort_id"}}

    def links(endpoint: str, /, **values: object) -> str:
        return "/".join(str(values[name]) for name in places[endpoint])

    hook = "sc_check_cohort_transition"
    refusals = [
        Refusal(msg("One."), "no.such.endpoint"),
        Refusal(msg("Two."), "cohorts.show"),
        Refusal(msg("Three."), "cohorts.show", {"cohort_id": 3}),
    ]
    calls = calls_of(bad={hook: answering(refusals)})
    within = SimpleNamespace(**vars(WITHIN), links=links)
    found = calls.check_cohort_transition(within, COHORT, "cancelled")  # type: ignore[arg-type]  # enough of a scope
    assert [(str(each.message), each.endpoint) for each in found] == [
        ("One.", None), ("Two.", None), ("Three.", "cohorts.show"),
    ]  # fmt: skip
    assert faults(calls) == [
        ("bad", "a refusal leads to no.such.endpoint, which can't be found for want of 'no.such.endpoint'"),
        ("bad", "a refusal leads to cohorts.show, which can't be found for want of 'cohort_id'"),
    ]


def test_a_bad_word_is_left_out_by_itself() -> None:
    words = {"Cohort": "Circle", "Home": 3, "%(count)s places": "no places", "Session": "<b>Session</b>"}
    calls = calls_of(bad={"sc_refine_terms": lambda terms: {**terms, **words}})
    terms = {"Home": "Dachaigh", "%(count)s people": "the partner's own mistake"}
    assert calls.refine_terms(calls.partner, "gd", terms) == {**terms, "Cohort": "Circle"}
    ((plugin, why),) = faults(calls)
    assert plugin == "bad"
    assert why.endswith("'Home': 3, '%(count)s places': 'no places', 'Session': '<b>Session</b>'")


def test_a_fault_names_the_plugins_own_line(tmp_path: Path) -> None:
    file = tmp_path / "pages.py"
    file.write_text("def brand():\n    return 1 / 0\n", "utf-8")
    made: dict[str, Any] = {}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), made)
    calls = calls_of(bad={"sc_choose_brand": made["brand"]})
    calls.views.registry.manifests["bad"] = made_up("bad", tmp_path)
    assert calls.choose_brand(calls.partner) is None
    assert faults(calls) == [("bad", "pages.py, line 2: ZeroDivisionError: division by zero")]


def test_a_listener_that_fails_is_a_fault_at_once() -> None:
    calls = calls_of(bad={"sc_on_event": broken})
    event = Event(new_id(), "cohort.opened.v1", NOW, {})
    with pytest.raises(ZeroDivisionError):
        calls.on_event("bad", WITHIN, event)
    assert faults(calls) == [("bad", "cohort.opened.v1: ZeroDivisionError: division by zero")]


# --- people's own data: shown without who fails, erased by all or by none ---

SUBJECT = SubjectFacts(new_id(), None, "Ines Moreau", ("ines@harbour.example",))


def held(key: str) -> HeldData:
    return HeldData(key, "T", "p", "k", (), ())


def test_what_is_held_is_shown_and_who_could_not_say_is_named() -> None:
    hook = "sc_offer_personal_data"
    calls = calls_of(good={hook: answering([held("a")])}, bad={hook: broken}, junk={hook: answering(["x"])},
                     shy={hook: answering(None)}, late={hook: answering([held("a")])})  # fmt: skip
    offers, silent = calls.offer_personal_data(WITHIN, SUBJECT)
    assert [(slug, each.key) for slug, each in offers] == [("good", "a")]
    assert silent == ["bad", "junk", "late"]
    assert calls_of(good={hook: answering([])}).offer_personal_data(WITHIN, SUBJECT) == ([], [])


def test_a_plugin_that_rests_is_silent() -> None:
    hook = "sc_offer_personal_data"
    calls = calls_of(good={hook: answering([held("a")])}, slow={hook: answering([held("b")])})
    calls.views.rest(calls.partner.id, "slow")
    offers, silent = calls.offer_personal_data(WITHIN, SUBJECT)
    assert ([slug for slug, _ in offers], silent) == (["good"], ["slow"])


def test_nobody_is_erased_while_a_plugin_cannot_say() -> None:
    hook = "sc_offer_erasures"
    done: list[str] = []
    offer = Erasure("a", "T", 1, lambda _scope: done.append("a"))
    calls = calls_of(good={hook: answering([offer])})
    assert calls.offer_erasures(WITHIN, SUBJECT) == [("good", offer)]
    calls.erase("good", offer, WITHIN)
    assert done == ["a"]
    calls = calls_of(good={hook: answering([offer])}, bad={hook: broken})
    with pytest.raises(PluginFailed, match="The plugin bad could not erase its share, so nothing was erased"):
        calls.offer_erasures(WITHIN, SUBJECT)


def test_a_plugin_that_fails_while_erasing_takes_the_whole_back() -> None:
    calls = calls_of(good={})
    for error in (ZeroDivisionError("division by zero"), SystemExit(1)):

        def fail(_scope: Any, error: BaseException = error) -> None:
            raise error

        with pytest.raises(PluginFailed, match="nothing was erased"):
            calls.erase("good", Erasure("a", "T", 1, fail), WITHIN)
    assert [(fault.hook, fault.why) for fault in calls.faults] == [
        ("sc_offer_erasures", "a: ZeroDivisionError: division by zero"), ("sc_offer_erasures", "a: SystemExit: 1"),
    ]  # fmt: skip


# --- watching ---


def test_checks_are_offered_once_each_and_who_could_not_say_is_named() -> None:
    hook = "sc_offer_checks"
    fine, late = CheckResult("boats", "ok", "Afloat."), CheckResult("boats", "error", msg("Sunk."), "Bail.")
    calls = calls_of(
        good={hook: answering([fine])}, other={hook: answering([late])}, twice={hook: answering([fine] * 2)},
        bad={hook: broken}, junk={hook: answering(["afloat"])}, shy={hook: answering(None)},
    )  # fmt: skip
    found, silent = calls.offer_checks(WITHIN)
    assert found == [("good", fine), ("other", late), ("twice", fine)]
    assert silent == ["twice", "bad", "junk"]
    assert faults(calls) == [
        ("bad", "ZeroDivisionError: division by zero"), ("junk", "answered something that is not a CheckResult"),
        ("twice", "boats is offered twice"),
    ]  # fmt: skip


def report(build: Callable[..., Any]) -> ReportOffer:
    return ReportOffer("ebb", "Ebb and flow", "What came and went.", build)


def test_a_report_that_can_not_be_made_is_told_in_plain_words() -> None:
    calls = calls_of(bad={})
    for build in (broken, lambda *_: ["no section"]):
        with pytest.raises(PluginFailed) as failed:
            calls.build_report("bad", report(build), WITHIN, COHORT)
        assert str(failed.value.message) == ("The report “Ebb and flow” could not be made. The operator has been told.")
    assert faults(calls)[1] == ("bad", "ebb: answered something that is not a ReportSection")
    assert len(calls.faults) == 2


def test_what_a_report_refuses_itself_is_no_fault() -> None:
    def refuses(*_: Any) -> Any:
        raise Refused(msg("Too few people to tell."))

    calls = calls_of(bad={})
    with pytest.raises(Refused, match="Too few"):
        calls.build_report("bad", report(refuses), WITHIN, COHORT)
    section = ReportSection("Ebb", ())
    assert calls.build_report("bad", report(lambda *_: iter([section])), WITHIN, COHORT) == [section]
    assert calls.faults == []


def test_where_no_addresses_are_made_a_refusal_keeps_its_link() -> None:
    hook = "sc_check_cohort_transition"
    calls = calls_of(good={hook: answering([Refusal(msg("One."), "cohorts.show", {"cohort_id": 1})])})
    within = SimpleNamespace(**vars(WITHIN), links=no_links)
    (found,) = calls.check_cohort_transition(within, COHORT, "cancelled")  # type: ignore[arg-type]  # enough of a scope
    assert (found.endpoint, found.values, calls.faults) == ("cohorts.show", {"cohort_id": 1}, [])
