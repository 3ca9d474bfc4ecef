"""Says for a person and a page which rule decides, step by step, by the rules and conditions that decide for real.

Nothing of a record is told, and of an experiment only its owners learn who reads it: of others, of unknown ones and of
another partner's the same general rule is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts import queries as cohorts
from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.cohorts.rules import may_see_all
from systems_changers.core.experiments import queries as experiments
from systems_changers.core.experiments.models import Experiment
from systems_changers.core.home.rules import ADDED_LATER, AT_ITS_TIME, AUTHOR_ONLY, CLOSED_TO_MANAGERS, OWNERS_ONLY
from systems_changers.core.people import service as people
from systems_changers.core.people.rules import CONFIRM_FIRST, FACTOR_ROLES
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.summaries import queries as summaries
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.text import Message, msg
from systems_changers.web.who import PageAsked, allowed, audience, role_words

OF_OWN_SIGN_IN = frozenset({"people.revoke_session"})
"""Forms whose `session_id` is of somebody's own signing in, not of a cohort."""
Held = Callable[[ActorFacts], ActorFacts] | None


@dataclass(frozen=True, slots=True)
class Step:
    """One rule: what it asks, its answer (None where it can't be told here), why, and whether a no keeps one out."""

    question: Message
    answer: bool | None
    words: Message
    closes: bool = True


@dataclass(frozen=True, slots=True)
class Explained:
    """The steps in order; `verdict` is None where it depends on what isn't told here."""

    name: str
    steps: tuple[Step, ...]

    @property
    def decided(self) -> Step | None:
        """The rule that keeps the person out, or the one that leaves it open."""
        shut = next((each for each in self.steps if each.answer is False and each.closes), None)
        return shut or next((each for each in self.steps if each.answer is None), None)

    @property
    def verdict(self) -> bool | None:
        return True if self.decided is None else self.decided.answer


def explain(scope: Scope, person_id: UUID, asked: PageAsked, held_back: Held) -> Explained:
    """Whether a person of this partner may open a page, and why. At most four statements; raises NotFound.

    `held_back` answers who somebody is without a second factor, where one is asked for.
    """
    known = people.standing_of(scope, person_id)
    whole = known.actor if known.can_sign_in else ANYONE
    held = held_back(whole) if held_back is not None and not known.has_factor else whole
    steps = [*_form(asked), *_on(asked), *_standing(known, asked, whole, held, asks=held_back is not None)]
    table = _table(known.name, asked, held)
    steps.append(table)
    if asked.on and table.answer is not False:
        steps += _record(scope, replace(scope, actor=held), asked, known.name)
        if asked.endpoint in CONFIRM_FIRST and held_back is not None:
            steps.append(_confirm(known.name))
    return Explained(known.name, tuple(steps))


def _form(asked: PageAsked) -> Iterator[Step]:
    if asked.form:
        words = msg(
            "It takes the form “%(form)s”, which is sent from a page. Said here is who may send it; what is in it may"
            " still be refused.", form=asked.endpoint.replace(".", ": ").replace("_", " "),
        )  # fmt: skip
        yield Step(msg("Is it a page to be read?"), answer=False, words=words, closes=False)


def _on(asked: PageAsked) -> Iterator[Step]:
    if asked.plugin is not None:
        words = (
            msg("The plugin is switched on at this partner.")
            if asked.on
            else msg("It is switched off at this partner: to everybody its pages look as if they didn't exist.")
        )
        yield Step(msg("Is the plugin “%(plugin)s” on here?", plugin=asked.plugin), asked.on, words)


def _standing(
    known: people.Standing, asked: PageAsked, whole: ActorFacts, held: ActorFacts, *, asks: bool
) -> Iterator[Step]:
    name = known.name
    question = msg("Can %(name)s sign in?", name=name)
    if not known.can_sign_in:
        words = msg(
            "%(name)s has no account to sign in with, so only what is open to everybody can be seen.", name=name
        )
        yield Step(question, answer=False, words=words, closes="anyone" not in asked.who)
        return
    yield Step(question, answer=True, words=msg("%(name)s has an account.", name=name))
    question = msg("Has %(name)s a role here?", name=name)
    if whole.roles:
        said = msg("%(name)s is %(what)s here.", name=name, what=role_words(whole.roles))
    else:
        said = msg("%(name)s has no role here at present.", name=name)
    yield Step(question, bool(whole.roles), said, closes=False)
    if asks and not whole.roles.isdisjoint(FACTOR_ROLES):
        yield _factor(name, has_one=held == whole, shuts=not allowed(held, asked.who) and allowed(whole, asked.who))


def _factor(name: str, *, has_one: bool, shuts: bool) -> Step:
    words = (
        msg("There is an authenticator app or a passkey, as the role of an administrator asks for.")
        if has_one
        else msg(
            "The role of an administrator asks for one, and there is none yet. Until %(name)s sets one up, it counts "
            "as that of a facilitator.",
            name=name,
        )
    )
    return Step(msg("Is there a second factor?"), has_one, words, closes=shuts)


def _table(name: str, asked: PageAsked, held: ActorFacts) -> Step:
    """What the table of permissions says; who operates the instance is not for a partner to know."""
    question, words = msg("Is the page for somebody with this role?"), audience(asked.who)
    answer = allowed(held, asked.who)
    if not answer and "operator" in asked.who and held.signed_in:
        said = msg("%(words)s Whether %(name)s operates it is not told here.", words=words, name=name)
        return Step(question, None, said)
    return Step(question, answer, words)


def _confirm(name: str) -> Step:
    words = msg(
        "Before it opens, %(name)s is asked once more by password, code or passkey, unless that was done in the last "
        "quarter of an hour.",
        name=name,
    )
    return Step(msg("Can it be opened straight away?"), answer=False, words=words, closes=False)


# --- the record's own rule ---


def _record(scope: Scope, theirs: Scope, asked: PageAsked, name: str) -> Iterator[Step]:
    values = asked.values
    if asked.plugin is not None:
        yield Step(
            msg("Has the plugin a rule of its own?"), None, msg("A plugin may hold back what it shows by itself.")
        )
    elif (missing := _missing(scope, asked.endpoint)) is not None:
        yield Step(msg("Is there such a page here?"), answer=False, words=missing)
    elif "experiment_id" in values or "file_id" in values:
        yield _experiment(scope, theirs, asked, name)
    elif asked.endpoint not in OF_OWN_SIGN_IN and ("session_id" in values or "cohort_id" in values):
        yield _cohort(scope, theirs, asked, name)
        if asked.endpoint == "summaries.report":
            yield _report(theirs, str(values["key"]))
    if asked.plugin is None:
        yield from _beyond(asked)


def _missing(scope: Scope, endpoint: str) -> Message | None:
    """Why a page is not there at this partner, for anybody. One statement, or none."""
    at_foundation = scope.partner.kind == "foundation"
    if endpoint.startswith("summaries.compare") and not at_foundation:
        return msg("Partners are compared at the foundation.")
    if endpoint == "summaries.sharing" and (at_foundation or summaries.agreement_of(scope) is None):
        return msg("Figures are shared by partners, where the instance has a foundation.")
    return None


def _cohort(scope: Scope, theirs: Scope, asked: PageAsked, name: str) -> Step:
    """Whether the person sees the cohort, or the session's; the asker must see it too. One statement."""
    whole = "session_id" in asked.values or asked.endpoint in CLOSED_TO_MANAGERS
    sees = cohorts.open_to if whole else cohorts.known_to
    found = sa.select(sees(theirs)).select_from(Cohort).where(Cohort.deleted_at.is_(None), sees(scope))
    if "session_id" in asked.values:
        met = sa.and_(CohortSession.cohort_id == Cohort.id, CohortSession.deleted_at.is_(None))
        found = found.join(CohortSession, met).where(CohortSession.id == asked.values["session_id"])
    else:
        found = found.where(Cohort.id == asked.values["cohort_id"])
    answer = scope.db.execute(found).scalar_one_or_none()
    question = msg("Does %(name)s see this cohort?", name=name)
    if answer is None:
        return Step(question, answer=False, words=msg("There is no such cohort or session here, for anybody."))
    if may_see_all(theirs.actor):
        return Step(question, bool(answer), msg("Administrators and facilitators see every cohort here."))
    return Step(question, bool(answer), _cohort_words(answer=bool(answer), whole=whole))


def _cohort_words(*, answer: bool, whole: bool) -> Message:
    if whole:
        if answer:
            return msg("They take part in it, or accompany somebody in it as learning partner.")
        return msg("Only those who take part in it, or accompany somebody in it as learning partner, see this.")
    if answer:
        return msg("They take part in it, or accompany or manage somebody in it. A line manager sees name and dates.")
    return msg("Only those who take part in it, or accompany or manage somebody in it, see it.")


def _experiment(scope: Scope, theirs: Scope, asked: PageAsked, name: str) -> Step:
    """Decided only where the asker owns it, as she sees then with whom it is shared. One statement, or none."""
    question = msg("Does %(name)s read this experiment?", name=name)
    words = _experiment_words(asked.endpoint)
    if "experiment_id" in asked.values:
        found = sa.select(_sees(theirs, asked.endpoint)).select_from(Experiment).where(
            Experiment.id == asked.values["experiment_id"], Experiment.deleted_at.is_(None),
            experiments.owned_by_actor(scope),
        )  # fmt: skip
        answer = scope.db.execute(found).scalar_one_or_none()
        if answer is not None:
            return Step(question, bool(answer), words)
    said = msg("%(rule)s Whether %(name)s is one of them is theirs to know.", rule=words, name=name)
    return Step(question, None, said)


def _sees(theirs: Scope, endpoint: str) -> sa.ColumnElement[bool]:
    if endpoint in AUTHOR_ONLY:
        me = theirs.actor.person_id
        return sa.false() if me is None else Experiment.author_id == me
    return experiments.owned_by_actor(theirs) if endpoint in OWNERS_ONLY else experiments.readable_by(theirs)


def _experiment_words(endpoint: str) -> Message:
    if endpoint in AUTHOR_ONLY:
        return msg("Only its author decides this about an experiment.")
    if endpoint in OWNERS_ONLY:
        return msg("Only its author and co-owners change an experiment.")
    return msg("Only its author, co-owners and those it is shared with read an experiment and its files.")


def _report(theirs: Scope, key: str) -> Step:
    offered = any(offer.key == key for _, offer in summaries.reports_allowed(theirs))
    words = (
        msg("A plugin offers it to somebody with this role.")
        if offered
        else msg("No plugin that is on here offers such a report to somebody with this role.")
    )
    return Step(msg("Is the report for somebody with this role?"), offered, words)


def _beyond(asked: PageAsked) -> Iterator[Step]:
    """What the address names besides, or when it is there at all."""
    if "secret" in asked.values:
        words = msg("It opens with a link that was sent to one person, for a while.")
        yield Step(msg("Is the link the right one?"), None, words)
    elif asked.endpoint in AT_ITS_TIME:
        words = msg(
            "It is there only at its time: between two steps of signing in, or once a session was held or sealed."
        )
        yield Step(msg("Is it time for this page?"), None, words)
    elif asked.endpoint in OF_OWN_SIGN_IN or any(name in ADDED_LATER for name in asked.values):
        words = msg("If what the address names is here, the rules above decide. If not, nobody sees anything.")
        yield Step(msg("Is there such a thing here?"), None, words)
