"""The only place that calls plugins: one typed method a hook, and one failure policy a verb.

offer: a failing plugin's share is left out. choose: the next answers. check: a failure counts as a refusal.
refine: the value before is kept. on: told from the outbox, retried there. In a write scope every call has a savepoint.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from systems_changers.hooks.checks import CheckResult
from systems_changers.hooks.facts import (
    Brand,
    CohortFacts,
    CohortType,
    Endpoint,
    Event,
    ExperimentFacts,
    NavItem,
    Panel,
    PartnerFacts,
    Refusal,
    ReportOffer,
    ReportSection,
    Route,
    SessionFacts,
    VariantOffer,
)
from systems_changers.hooks.personal import Erasure, HeldData, SubjectFacts
from systems_changers.hooks.view import SLOW_SECONDS, Implementation, PartnerView, Views
from systems_changers.infra.blame import explained
from systems_changers.infra.catalogues import fits
from systems_changers.infra.errors import KitError, PluginFailed
from systems_changers.infra.log import log
from systems_changers.infra.text import Message, msg

if TYPE_CHECKING:
    from systems_changers.hooks.scope import Scope

T = TypeVar("T")
Judge = Callable[[T], Sequence[Message]]


def nothing_wrong(_answer: object) -> Sequence[Message]:
    """Nothing is wrong with any answer."""
    return ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What a plugin did wrong in one hook; kept for the operator's page and the log."""

    plugin: str
    hook: str
    why: str


@dataclass(slots=True)
class Calls:
    """The hooks of one partner. `faults` gathers what went wrong, for the edge to record after the response."""

    views: Views
    view: PartnerView
    partner: PartnerFacts
    faults: list[Fault] = field(default_factory=list)

    # --- look and words ---

    def choose_brand(self, partner: PartnerFacts, wrong: Judge[Brand] = nothing_wrong) -> tuple[str, Brand] | None:
        """The first plugin's brand with that plugin's slug, or None; what `wrong` finds fault with is passed over."""
        return self._choose("sc_choose_brand", Brand, wrong, partner=partner)

    def refine_terms(self, partner: PartnerFacts, locale: str, terms: Mapping[str, str]) -> Mapping[str, str]:
        """The partner's terms in one locale after every plugin has amended them."""
        for impl in self._live("sc_refine_terms"):
            done, answer = self._call("sc_refine_terms", impl, None, partner=partner, locale=locale, terms=dict(terms))
            if done and self._right("sc_refine_terms", impl, answer, Mapping):
                terms = self._fitting(impl.plugin, terms, answer)
        return terms

    def _fitting(self, plugin: str, before: Mapping[str, str], after: Mapping[Any, Any]) -> Mapping[str, str]:
        """The plugin's words; one that can't stand for its text is left out by itself, and the word before is kept."""
        bad = [
            msgid for msgid, word in after.items()
            if not isinstance(msgid, str) or not isinstance(word, str)
            or (before.get(msgid) != word and not fits(msgid, word))
        ]  # fmt: skip
        if bad:
            why = "these are not text, or have other places or markup than what they stand for: "
            self.report(plugin, "sc_refine_terms", why + ", ".join(f"{each!r}: {after[each]!r}" for each in bad))
        good = {msgid: word for msgid, word in after.items() if msgid not in bad}
        return {**good, **{msgid: before[msgid] for msgid in bad if msgid in before}} if good else before

    # --- places in the kit ---

    def offer_routes(self) -> list[tuple[str, Route]]:
        """Every page on offer with its plugin's slug."""
        return self._offer("sc_offer_routes", Route, None)

    def offer_endpoints(self) -> list[tuple[str, Endpoint]]:
        """Every JSON answer on offer with its plugin's slug."""
        return self._offer("sc_offer_endpoints", Endpoint, None)

    def offer_nav(self, scope: Scope) -> list[tuple[str, NavItem]]:
        """Navigation entries with their plugin's slug."""
        return self._offer("sc_offer_nav", NavItem, scope, scope=scope)

    def offer_slot(self, scope: Scope, place: str, cohort: CohortFacts | None = None) -> list[tuple[str, Panel]]:
        """Panels for a named place, in order."""
        panels = self._offer("sc_offer_slot", Panel, scope, scope=scope, place=place, cohort=cohort)
        return sorted(panels, key=lambda pair: pair[1].order)

    # --- curriculum ---

    def offer_variants(self) -> list[tuple[str, VariantOffer]]:
        """Variants on offer; an identity offered twice counts once, the second is reported."""
        return self._unique("sc_offer_variants", self._offer("sc_offer_variants", VariantOffer, None), "identity")

    # --- cohorts, sessions, experiments ---

    def offer_cohort_types(self, partner: PartnerFacts) -> list[tuple[str, CohortType]]:
        """Kinds of cohort on offer."""
        offers = self._offer("sc_offer_cohort_types", CohortType, None, partner=partner)
        return self._unique("sc_offer_cohort_types", offers, "key")

    def check_cohort_transition(self, scope: Scope, cohort: CohortFacts, to: str) -> list[Refusal]:
        """What stands against it; empty when nothing does."""
        return self._check("sc_check_cohort_transition", scope, cohort=cohort, to=to)

    def check_session_transition(self, scope: Scope, session: SessionFacts, to: str) -> list[Refusal]:
        """What stands against it; empty when nothing does."""
        return self._check("sc_check_session_transition", scope, session=session, to=to)

    def check_experiment_transition(self, scope: Scope, experiment: ExperimentFacts, to: str) -> list[Refusal]:
        """What stands against it; empty when nothing does."""
        return self._check("sc_check_experiment_transition", scope, experiment=experiment, to=to)

    # --- telling ---

    def listeners(self) -> tuple[str, ...]:
        """The plugins that want to hear events."""
        return tuple(impl.plugin for impl in self.view.implementations["sc_on_event"])

    def on_event(self, plugin: str, scope: Scope, event: Event) -> None:
        """Tell one plugin of one event; reports and raises whatever it raises, for the outbox to retry."""
        for impl in self.view.implementations["sc_on_event"]:
            if impl.plugin == plugin:
                try:
                    _invoke(impl, {"scope": scope, "event": event})
                except (Exception, SystemExit) as error:
                    self.report_error(plugin, "sc_on_event", error, event.name)
                    raise

    def offer_reports(self, partner: PartnerFacts) -> list[tuple[str, ReportOffer]]:
        """Reports on offer."""
        offers = self._offer("sc_offer_reports", ReportOffer, None, partner=partner)
        return self._unique("sc_offer_reports", offers, "key")

    def build_report(self, plugin: str, offer: ReportOffer, scope: Scope, cohort: CohortFacts) -> list[ReportSection]:
        """A report's sections; raises PluginFailed, with a sentence for the reader, where the plugin can't make it."""
        try:
            with _contained(scope):
                sections = list(offer.build(scope, cohort))
        except KitError:
            raise
        except (Exception, SystemExit) as error:  # whatever a plugin raises, the reader is told in plain words
            self.report_error(plugin, "sc_offer_reports", error, offer.key)
            raise _unmade(offer) from error
        if not all(isinstance(each, ReportSection) for each in sections):
            self.report(plugin, "sc_offer_reports", f"{offer.key}: answered something that is not a ReportSection")
            raise _unmade(offer)
        return sections

    # --- people's own data ---

    def offer_personal_data(self, scope: Scope, subject: SubjectFacts) -> tuple[list[tuple[str, HeldData]], list[str]]:
        """What plugins hold of a person, and the plugins that could not say."""
        hook = "sc_offer_personal_data"
        offers = self._offer(hook, HeldData, scope, scope=scope, subject=subject)
        return self._unique(hook, offers, "key"), self._silent(hook)

    def offer_erasures(self, scope: Scope, subject: SubjectFacts) -> list[tuple[str, Erasure]]:
        """What plugins erase by themselves; raises PluginFailed where one can't say, lest something stay behind."""
        hook = "sc_offer_erasures"
        offers = self._unique(hook, self._offer(hook, Erasure, scope, scope=scope, subject=subject), "key")
        for plugin in self._silent(hook):
            raise _unerased(plugin)
        return offers

    def erase(self, plugin: str, offer: Erasure, scope: Scope) -> None:
        """Have a plugin erase; raises PluginFailed where it fails, so that the whole is taken back."""
        try:
            with _contained(scope):
                offer.erase(scope)
        except (Exception, SystemExit) as error:  # whatever a plugin raises, nothing may be half erased
            self.report_error(plugin, "sc_offer_erasures", error, offer.key)
            raise _unerased(plugin) from error

    # --- watching ---

    def offer_checks(self, scope: Scope) -> tuple[list[tuple[str, CheckResult]], list[str]]:
        """What plugins say of their own part here, ids unique in each plugin, and the plugins that could not say."""
        hook, kept = "sc_offer_checks", dict[tuple[str, str], tuple[str, CheckResult]]()
        for plugin, found in self._offer(hook, CheckResult, scope, scope=scope):
            if (plugin, found.id) in kept:
                self.report(plugin, hook, f"{found.id} is offered twice")
            kept.setdefault((plugin, found.id), (plugin, found))
        return list(kept.values()), self._silent(hook)

    def _silent(self, hook: str) -> list[str]:
        """The plugins that should have answered and didn't: those at fault, and those that rest."""
        faulty = {fault.plugin for fault in self.faults if fault.hook == hook}
        asked = [impl.plugin for impl in self.view.implementations[hook]]
        return [slug for slug in asked if slug in faulty or self.views.resting(self.partner.id, slug)]

    # --- the five policies ---

    def _offer(self, hook: str, kind: type[T], within: Scope | None, /, **given: Any) -> list[tuple[str, T]]:
        offers: list[tuple[str, T]] = []
        for impl in self._live(hook):
            done, answer = self._call(hook, impl, within, **given)
            if done and answer is not None and self._right(hook, impl, answer, Sequence):
                if all(isinstance(each, kind) for each in answer):
                    offers += [(impl.plugin, each) for each in answer]
                else:
                    self.report(impl.plugin, hook, f"answered something that is not a {kind.__name__}")
        return offers

    def _choose(self, hook: str, kind: type[T], wrong: Judge[T], /, **given: Any) -> tuple[str, T] | None:
        for impl in self._live(hook):
            done, answer = self._call(hook, impl, None, **given)
            if done and answer is not None and self._right(hook, impl, answer, kind):
                found = wrong(answer)
                if not found:
                    return impl.plugin, answer
                self.report(impl.plugin, hook, " ".join(str(each) for each in found))
        return None

    def _check(self, hook: str, within: Scope, /, **given: Any) -> list[Refusal]:
        refusals: list[Refusal] = []
        for impl in self.view.implementations[hook]:
            if self.views.resting(self.partner.id, impl.plugin):
                refusals.append(_unanswered(impl.plugin))
                continue
            done, answer = self._call(hook, impl, within, scope=within, **given)
            answers = answer if done and isinstance(answer, Sequence) else () if done and answer is None else None
            if answers is None or not all(isinstance(each, Refusal) for each in answers):
                if done:
                    self.report(impl.plugin, hook, "answered something that is not a list of refusals")
                refusals.append(_unanswered(impl.plugin))
            else:
                refusals += [self._followed(hook, impl.plugin, within, each) for each in answers]
        return refusals

    def _followed(self, hook: str, plugin: str, within: Scope, refusal: Refusal) -> Refusal:
        """The refusal; without its link where that leads nowhere, which is reported."""
        try:
            if refusal.endpoint is not None:
                within.links(refusal.endpoint, **refusal.values)
        except (KeyError, TypeError) as error:
            self.report(
                plugin, hook, f"a refusal leads to {refusal.endpoint}, which can't be found for want of {error}"
            )
            return replace(refusal, endpoint=None, values={})
        except LookupError:
            pass  # this scope makes no addresses
        return refusal

    def _unique(self, hook: str, offers: list[tuple[str, T]], key: str) -> list[tuple[str, T]]:
        seen: dict[Any, tuple[str, T]] = {}
        for plugin, offer in offers:
            name = getattr(offer, key)
            if name in seen:
                self.report(plugin, hook, f"{name} is already offered by {seen[name][0]}")
            else:
                seen[name] = (plugin, offer)
        return list(seen.values())

    def _live(self, hook: str) -> Iterator[Implementation]:
        for impl in self.view.implementations[hook]:
            if not self.views.resting(self.partner.id, impl.plugin):
                yield impl

    def _call(self, hook: str, impl: Implementation, within: Scope | None, /, **given: Any) -> tuple[bool, Any]:
        began, failed, answer = time.monotonic(), None, None
        try:
            with _contained(within):
                answer = _invoke(impl, given)
        except (Exception, SystemExit) as error:  # whatever a plugin raises, the page goes on
            failed = error
        took = time.monotonic() - began  # without the telling of it, which is the log's
        if failed is not None:
            self.report_error(impl.plugin, hook, failed)
        if took > SLOW_SECONDS:
            self.views.rest(self.partner.id, impl.plugin)
            self.report(impl.plugin, hook, "took too long, and is being rested")
        return failed is None, answer

    def _right(self, hook: str, impl: Implementation, answer: Any, kind: type) -> bool:
        if isinstance(answer, kind) and not isinstance(answer, str):
            return True
        self.report(impl.plugin, hook, f"answered {type(answer).__name__} instead of {kind.__name__}")
        return False

    def report_error(self, plugin: str, hook: str, error: BaseException, what: str = "") -> None:
        """Note what a plugin raised, with the line of its own that it came through; `what` says where it was asked."""
        manifest = self.views.registry.manifests.get(plugin)
        why = explained(error, manifest.folder if manifest else None)
        self._note(plugin, hook, f"{what}: {why}" if what else why)
        log.warning("plugin fault", plugin=plugin, hook=hook, partner=self.partner.slug, exc_info=error)

    def report(self, plugin: str, hook: str, why: str) -> None:
        """Note what a plugin did wrong, for the operator's page and the log."""
        self._note(plugin, hook, why)
        log.warning("plugin fault", plugin=plugin, hook=hook, partner=self.partner.slug)

    def _note(self, plugin: str, hook: str, why: str) -> None:
        """Of the reason only the first line is kept: a database's error tells the row's values in the next ones."""
        self.faults.append(Fault(plugin, hook, why.partition("\n")[0][:500]))


def _invoke(impl: Implementation, given: Mapping[str, Any]) -> Any:
    return impl.function(**{name: given[name] for name in impl.wants})


def _unanswered(plugin: str) -> Refusal:
    return Refusal(msg("The plugin %(plugin)s could not say whether this is all right, so it can't happen yet.",
                       plugin=plugin))  # fmt: skip


def _unmade(offer: ReportOffer) -> PluginFailed:
    return PluginFailed(msg("The report “%(title)s” could not be made. The operator has been told.", title=offer.title))


def _unerased(plugin: str) -> PluginFailed:
    return PluginFailed(msg("The plugin %(plugin)s could not erase its share, so nothing was erased. The operator has"
                            " been told.", plugin=plugin))  # fmt: skip


@contextmanager
def _contained(scope: Scope | None) -> Iterator[None]:
    """A savepoint in a write scope; in a read scope a failure rolls the empty transaction back."""
    if scope is None:
        yield
    elif scope.db.info["write"]:
        with scope.db.begin_nested():
            yield
    else:
        try:
            yield
        except Exception:
            scope.db.rollback()
            raise
