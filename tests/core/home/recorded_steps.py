"""A day at a partner on which every form there is gets sent once, by whoever may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.curriculum.queries import modules_on_offer
from systems_changers.core.experiments.models import Evidence
from systems_changers.core.operations.models import PluginFault
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.summaries.models import SharingAgreement
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import OutboxRow
from systems_changers.testing.instance import NOW, Browser, no_links
from tests.core.home.recorded_people import the_people
from tests.core.home.recorded_privacy import their_own_data
from tests.core.home.recording import SLUG, Recorder, made, newest

REVIEWS = re.compile(r"/reviews/([0-9a-f-]{36})")


@dataclass(frozen=True)
class Cast:
    """The browsers of those who do something; the operator's is outside any partner, Fay's at the foundation."""

    ada: Browser
    morag: Browser
    aileen: Browser
    operator: Browser
    fay: Browser


def the_day(recorder: Recorder, cast: Cast, people: Mapping[str, ActorFacts]) -> None:
    """All of it, in an order in which it can be done."""
    aileen, rory = (people[name].person_id for name in ("aileen", "rory"))
    assert aileen is not None
    assert rory is not None
    cohort = a_cohort(recorder, cast.morag, rory)
    with recorder.instance.scope(SLUG, write=True) as scope:
        scope.db.add(CohortPerson(cohort_id=UUID(cohort), person_id=aileen, state="confirmed"))
    session = the_sessions(recorder, cast.morag, cohort)
    the_plugins(recorder, cast.morag, cohort, session)
    an_experiment(recorder, cast.aileen, cast.ada, rory)
    the_figures(recorder, cast.ada)
    outside(recorder, cast.operator, cast.fay)
    ruth = the_people(recorder, cast.ada)
    their_own_data(recorder, cast.ada, ruth)
    the_partner(recorder, cast.ada)


def a_cohort(recorder: Recorder, morag: Browser, somebody: UUID) -> str:
    """Made, filled, planned and begun; answers its id."""
    cohort = made(recorder.send(morag, "/cohorts/new?kind=place", name="Portlaggan", safeguarding_name="Ailsa",
                                safeguarding_contact="ailsa@safe.example", starts_on="2026-03-26"))  # fmt: skip
    here = f"/cohorts/{cohort}"
    recorder.send(morag, f"{here}/change", local_name="Shore Circle")
    recorder.send(morag, f"{here}/plan/", seen_at=f"{here}/plan/")
    recorder.send(morag, f"{here}/people/add", name="Calum", email="calum@corra.example")
    text = "Name,E-mail\nPriya,priya@corra.example\n"
    recorder.send(morag, f"{here}/people/list", text=text)
    columns = {"column-name": "Name", "column-email": "E-mail"}
    recorder.send(morag, f"{here}/people/list/add", seen_at=f"{here}/people/list", text=text, **columns)
    part = newest(recorder, CohortPerson, part="participant").id
    for step in ("confirm", "leave", "rejoin"):
        recorder.send(morag, f"{here}/people/{part}/{step}", seen_at=f"{here}/people/")
    recorder.send(morag, f"{here}/people/{part}/confirm", seen_at=f"{here}/people/")
    recorder.send(morag, f"{here}/people/{part}/support", manager_email="boss@corra.example", manager_name="Boss")
    for kind in ("learning_partner", "facilitator"):
        recorder.send(morag, f"{here}/facilitators", seen_at="-", person=str(somebody), part=kind)
    the_plan(recorder, morag, here)
    recorder.send(morag, f"{here}/step", seen_at=f"{here}/", to="recruiting")
    with recorder.instance.scope(SLUG, write=True) as scope:
        scope.db.get_one(Cohort, (scope.partner.id, UUID(cohort))).state = "running"
    return cohort


def the_plan(recorder: Recorder, morag: Browser, here: str) -> None:
    """Lines of the plan move, go, come back, and take another form."""
    line = newest(recorder, PlannedModule).id
    recorder.send(morag, f"{here}/plan/{line}/move", seen_at=f"{here}/plan/", way="up")
    for step in ("drop", "restore"):
        recorder.send(morag, f"{here}/plan/{line}/{step}", seen_at="-")
    with recorder.instance.scope(SLUG) as scope:
        lines = list(scope.db.scalars(sa.select(PlannedModule).where(PlannedModule.deleted_at.is_(None))))
        known = {each.hash for each in lines}
        other = next(each for each in modules_on_offer(scope) if each.hash not in known and each.canonical_identity)
        old = next(each for each in lines if each.canonical_identity == other.canonical_identity)
    recorder.send(morag, f"{here}/plan/{old.id}", seen_at="-", origin=other.origin, hash=other.hash)


def the_sessions(recorder: Recorder, morag: Browser, cohort: str) -> UUID:
    """Planned, changed, cancelled, delivered, written up, corrected; answers one that is still open."""
    here = f"/cohorts/{cohort}/sessions"
    recorder.send(morag, f"{here}/plan", day="2026-03-26", time="09:00", sessions="2", days_apart="14")
    with recorder.instance.scope(SLUG) as scope:
        session = scope.db.scalars(sa.select(CohortSession).order_by(CohortSession.starts_at)).first()
        assert session is not None
    one = f"/sessions/{session.id}"
    recorder.send(morag, f"{one}/change", place="Village hall")
    for step in ("confirm", "cancel", "put-back", "renew"):
        recorder.send(morag, f"{one}/{step}", seen_at="-")
    for step in ("deliver", "reopen", "deliver"):
        if step == "reopen":
            recorder.send(morag, f"{one}/reopen", seen_at="-")
        else:
            recorder.send(morag, f"{one}/register", what="deliver", **everybody(recorder))
    recorder.send(morag, f"{one}/write-up", notes="")
    recorder.send(morag, f"{one}/correct", what="head_count", head_count="7", why="Two came late.")
    return UUID(made(recorder.send(morag, f"{here}/new", title="A walk", day="2026-05-01", time="10:00")))


def the_plugins(recorder: Recorder, morag: Browser, cohort: str, session: UUID) -> None:
    """What a facilitator tells the two plugins."""
    told = {"listening": "The ferry decides the week.", "assets": "A hall with a kettle.", "people_heard": "14"}
    recorder.send(morag, f"/x/corra-scotland/cohorts/{cohort}/profile/edit", **told)
    asked = {"what": "A drop-in for carers", "who": "Carers of 16 and over", "keep_safe": "Two of us are there."}
    recorder.send(morag, f"/x/childrens-society/sessions/{session}/safeguarding", **asked)


def everybody(recorder: Recorder) -> dict[str, str]:
    """Everybody in the register was there."""
    with recorder.instance.scope(SLUG) as scope:
        ids = scope.db.scalars(sa.select(CohortPerson.id).where(CohortPerson.part == "participant"))
        return {f"here-{id_}": "present" for id_ in ids}


def an_experiment(recorder: Recorder, aileen: Browser, ada: Browser, other: UUID) -> None:
    """Noted, written, let through by the safeguarding lead, tried, decided, shared, deleted and restored."""
    one = f"/experiments/{made(recorder.send(aileen, '/experiments/', title='Ring before we write'))}"
    for part, answers in WRITTEN.items():
        recorder.send(aileen, f"{one}/write/{part}", **answers)
    safe = f"/x/childrens-society{one}/safeguarding"
    recorder.send(aileen, safe, young_people="yes", what="Calls", who="Tenants", keep_safe="Two of us are there.")
    verdict = {"decision": "cleared", "decided_as": "Lead", "reason": "Fine."}
    for review in set(REVIEWS.findall(ada.get("/x/childrens-society/safeguarding/").text)):
        recorder.send(ada, f"/x/childrens-society/reviews/{review}", **verdict)
    for to in ("framed", "ready", "running"):
        recorder.send(aileen, f"{one}/move", seen_at=f"{one}/", to=to)
    recorder.send(aileen, f"{one}/evidence", text="The phone was answered.", seen_on="2026-03-20")
    evidence = newest(recorder, Evidence).id
    for step in ("remove", "restore"):
        recorder.send(aileen, f"{one}/evidence/{evidence}/{step}", seen_at="-")
    recorder.send(aileen, f"{one}/move", seen_at=f"{one}/", to="reviewing")
    recorder.send(aileen, f"{one}/decide", learning="Ringing first works.", to="adapt", why="It needs a script.")
    recorder.send(aileen, f"{one}/sharing", audiences=["facilitators"])
    recorder.send(aileen, f"{one}/sharing/person", seen_at=f"{one}/sharing", person=str(other), shown=["learning"])
    recorder.send(aileen, f"{one}/sharing/{other}/stop", seen_at="-")
    recorder.send(aileen, f"{one}/owners", seen_at=f"{one}/sharing", person=str(other))
    recorder.send(aileen, f"{one}/owners/{other}/remove", seen_at="-")
    for step in ("delete", "restore"):
        recorder.send(aileen, f"{one}/{step}", seen_at="-")


WRITTEN = {
    "frame": {"title": "Ring before we write", "insight": "Letters frighten.", "hypothesis": "A call is kinder.",
              "prediction": "Six of ten answer."},
    "plan": {"smallest_test": "Ring ten people.", "signal_grow": "Six answer.", "signal_stop": "Two complain."},
    "harm": {"harm_check": "Nobody is rung twice."},
    "permission": {"permission_holder": "Head of income"},
}  # fmt: skip


def the_partner(recorder: Recorder, ada: Browser) -> None:
    """Details, look, words and plugins."""
    recorder.send(ada, "/settings/", name="Corra Trust")
    recorder.send(ada, "/settings/look")
    recorder.send(ada, "/settings/look/drop", seen_at="/settings/look")
    for step in ("languages", "mail", "hide", "show"):
        recorder.send(ada, f"/get-started/{step}", seen_at="/get-started")
    word = {"locale": "en_GB", "msgid": "Cohort", "text": "Circle"}
    recorder.send(ada, "/settings/words", **word)
    recorder.send(ada, "/settings/words/drop", seen_at="/settings/words", **word)
    for step in ("off", "on"):
        recorder.send(ada, f"/settings/plugins/childrens-society/{step}", seen_at="/settings/plugins")
    recorder.send(ada, "/settings/plugins/childrens-society/move", seen_at="/settings/plugins", up="1")
    recorder.send(ada, "/settings/plugins/corra-scotland/")


def outside(recorder: Recorder, operator: Browser, fay: Browser) -> None:
    """What the operator does, and the foundation; at a partner, what its figures ask for."""
    rows = OutboxRow(id=new_id(), kind="mail", name="lost", at=NOW, due_at=NOW, state="parked")
    fault = PluginFault(plugin="corra-scotland", hook="sc_offer_reports", why="ill", last_at=NOW)
    with recorder.instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add_all([rows, fault])
        scope.db.commit()
    recorder.send(operator, f"/operator/outbox/{rows.id}/again", seen_at="-")
    recorder.send(operator, "/operator/plugins/corra-scotland/forget", seen_at="-")
    recorder.send(fay, "/compare/gather", seen_at="-")


def the_figures(recorder: Recorder, ada: Browser) -> None:
    """Counted, shared, and shared no more."""
    recorder.send(ada, "/figures/count", seen_at="-")
    recorder.send(ada, "/figures/sharing", seen_at="-", indicators=list(indicators()))
    agreement = newest(recorder, SharingAgreement).id
    recorder.send(ada, f"/figures/sharing/{agreement}/end", seen_at="-")
