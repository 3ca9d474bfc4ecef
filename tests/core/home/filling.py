"""Makes any number of rows of whatever a list shows; a test then counts what the list asks of the database.

Every row that a page shows is called `Row 0001` and so on, so that a test sees that it was really shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.curriculum.models import CanonicalModule, PartnerModule
from systems_changers.core.experiments.models import Evidence, Experiment, ExperimentShare, ExperimentStep
from systems_changers.core.operations.models import (
    AuditEvent,
    KnownPlugin,
    OperatorAudit,
    PluginFault,
    StoredFile,
    Token,
)
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Account, Membership, Passkey, Person, SignInSession
from systems_changers.core.privacy.models import Complaint, Consent, ConsentWording, SubjectRequest
from systems_changers.core.sessions.models import (
    Attendance,
    CohortSession,
    RecordCorrection,
    SessionBlock,
    SessionRecord,
)
from systems_changers.core.summaries.models import ReceivedSummary, SummaryFact
from systems_changers.core.summaries.queries.received import REGISTER_ROW
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.db import Base
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.mail import Mailbox
from systems_changers.testing.instance import NOW, Browser, Instance, no_links
from tests.statements import statements

ROLES = ("administrator", "facilitator", "participant", "line_manager", "analyst")
PLUGIN = "corra-scotland"
_houses = count(1)


@dataclass
class House:
    """A partner of an instance, one person in each role, a running cohort, and short ways to fill them with rows."""

    instance: Instance
    slug: str
    actors: Mapping[str, ActorFacts]
    cohort: UUID

    def come_in(self, role: str) -> Browser:
        """A browser of the person in this role; the operator's and a visitor's are outside any partner."""
        if role in {"operator", "visitor"}:
            return self.instance.client(None, self.actors["administrator"] if role == "operator" else None)
        return self.instance.client(self.slug, self.actors.get(role))

    def person(self, role: str) -> UUID:
        """The person in this role."""
        id_ = self.actors[role].person_id
        assert id_ is not None
        return id_

    def add(self, model: type[Base], *rows: Mapping[str, Any]) -> None:
        """Rows at the partner."""
        with self.instance.scope(self.slug, write=True) as scope:
            insert_rows(scope.db, model, rows)

    def add_outside(self, model: type[Base], *rows: Mapping[str, Any]) -> None:
        """Rows outside any partner."""
        with self.instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            insert_rows(scope.db, model, rows)
            scope.db.commit()

    def counted(self) -> AbstractContextManager[list[str]]:
        """The statements sent meanwhile, without BEGIN and COMMIT."""
        return statements(self.instance.kit.engine)


def make_house(instance: Instance, kind: str = "hosting") -> House:
    """A fresh partner; whoever administers it also operates the instance."""
    slug = f"house-{next(_houses)}"
    plugins = (PLUGIN,) if PLUGIN in instance.kit.registry.manifests else ()
    instance.add_partner(slug, slug=slug, kind=kind, plugins=plugins)
    actors = {role: instance.add_person(slug, f"{role.title()} Somebody", role) for role in ROLES}
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.get_one(Account, actors["administrator"].account_id).is_operator = True
        scope.db.commit()
    cohort = instance.add_cohort(slug, actors["facilitator"], "Portlaggan", target_places=12).id
    house = House(instance, slug, actors, cohort)
    with instance.scope(slug, write=True) as scope:
        scope.db.get_one(Cohort, (scope.partner.id, cohort)).state = "running"
    house.add(CohortPerson, {"cohort_id": cohort, "person_id": house.person("participant"), "state": "confirmed"})
    return house


def named(number: int) -> str:
    """What row number so and so is called."""
    return f"Row {number:04}"


def people(house: House, numbers: range) -> list[UUID]:
    """People with an account and a role each, and something to take part with."""
    accounts, ids = [new_id() for _ in numbers], [new_id() for _ in numbers]
    house.add_outside(Account, *({"id": id_, "email": f"row.{id_}@example.org"} for id_ in accounts))
    rows = zip(ids, accounts, numbers, strict=True)
    house.add(Person, *({"id": id_, "account_id": account, "name": named(number), "email": f"row.{account}@example.org",
                         "organisation": "Council", "access_needs": "A ramp"}
                        for id_, account, number in rows))  # fmt: skip
    house.add(Membership, *({"account_id": account, "role": "participant"} for account in accounts))
    return ids


def participants(house: House, numbers: range) -> list[UUID]:
    """Participants of the cohort, each with a manager, a learning partner and an open invitation."""
    ids, parts = people(house, numbers), [new_id() for _ in numbers]
    with_them = {"manager_id": house.person("line_manager"), "learning_partner_id": house.person("facilitator")}
    house.add(CohortPerson, *({"id": part, "cohort_id": house.cohort, "person_id": id_, "state": "confirmed"}
                              | with_them for part, id_ in zip(parts, ids, strict=True)))  # fmt: skip
    invited = {"purpose": "invitation", "partner_ref": house.instance.partners[house.slug].id, "created_at": NOW}
    house.add_outside(Token, *({"hash": str(new_id()), "subject_ref": id_, "expires_at": NOW + timedelta(days=9)}
                               | invited for id_ in ids))  # fmt: skip
    return parts


def requests(house: House, numbers: range) -> None:
    """People who asked for what is held about them."""
    day = NOW.date()
    house.add(SubjectRequest, *({"kind": "access", "person_id": id_, "received_on": day, "due_on": day}
                                for id_ in people(house, numbers)))  # fmt: skip


def learning_partners(house: House, numbers: range) -> None:
    """Those who are with the cohort, beside the participants."""
    rows = ({"cohort_id": house.cohort, "person_id": id_, "part": "learning_partner", "state": "confirmed"}
            for id_ in people(house, numbers))  # fmt: skip
    house.add(CohortPerson, *rows)


def cohorts(house: House, numbers: range, **values: Any) -> list[UUID]:
    """Cohorts with a session next week each, in which the participant takes part and has that line manager."""
    ids = [new_id() for _ in numbers]
    made = {"state": "running", "starts_on": NOW.date(), "target_places": 12} | values
    rows = zip(ids, numbers, strict=True)
    house.add(Cohort, *({"id": id_, "name": named(number)} | made for id_, number in rows))
    part = {"person_id": house.person("participant"), "manager_id": house.person("line_manager"), "state": "confirmed"}
    house.add(CohortPerson, *({"cohort_id": id_} | part for id_ in ids))
    house.add(CohortSession, *({"cohort_id": id_, "number": 1, "title": "One", "starts_at": NOW + timedelta(days=7)}
                               for id_ in ids))  # fmt: skip
    return ids


def recruiting(house: House, numbers: range) -> None:
    """Cohorts that look for people."""
    cohorts(house, numbers, state="recruiting")


def counted_cohorts(house: House, numbers: range) -> None:
    """Cohorts that have ended, with every indicator counted."""
    ended = NOW.date() - timedelta(days=60)
    ids = cohorts(house, numbers, state="closed", ends_on=ended)
    house.add(SummaryFact, *({"cohort_id": id_, "indicator": each.id, "definition_hash": each.hash,
                              "status": "reported", "numerator": 6, "denominator": 11, "people": 11,
                              "period_ends_on": ended, "counted_at": NOW}
                             for id_ in ids for each in indicators().values()))  # fmt: skip


def sessions(house: House, numbers: range) -> None:
    """Sessions of the cohort with a block each."""
    rows = [(new_id(), number) for number in numbers]
    house.add(CohortSession, *({"id": id_, "cohort_id": house.cohort, "number": number, "title": named(number),
                                "starts_at": NOW + timedelta(days=number)} for id_, number in rows))  # fmt: skip
    house.add(SessionBlock, *({"session_id": id_, "position": 1, "block_key": "a", "title": "A"} for id_, _ in rows))


def planned_modules(house: House, numbers: range) -> list[UUID]:
    """Lines of the cohort's plan, each with a version of a module that only it follows."""
    base, ids = canonical(house), [new_id() for _ in numbers]
    kept = {"origin": "canonical", "label": "1.0", "created_at": NOW}
    house.add(PartnerModule, *({"hash": f"h-{number}", "number": number, "identity": f"core:{number}",
                                "content": {**base, "title": named(number)}} | kept for number in numbers))  # fmt: skip
    line = {"cohort_id": house.cohort, "origin": "canonical", "minutes": 60}
    rows = zip(ids, numbers, strict=True)
    house.add(PlannedModule, *({"id": id_, "position": number, "number": number, "title": named(number),
                                "hash": f"h-{number}", "identity": f"core:{number}"} | line
                               for id_, number in rows))  # fmt: skip
    return ids


def canonical(house: House) -> dict[str, Any]:
    """The first canonical module's content."""
    with house.instance.scope(house.slug) as scope:
        module = scope.db.scalars(sa.select(CanonicalModule).where(CanonicalModule.number == 1)).first()
    assert module is not None
    return dict(module.content)


def one_session(house: House, state: str = "confirmed") -> UUID:
    """A session of this morning."""
    id_ = new_id()
    values = {"title": "This morning", "starts_at": NOW - timedelta(hours=2), "minutes": 60, "state": state}
    house.add(CohortSession, {"id": id_, "cohort_id": house.cohort, "number": 1} | values)
    return id_


def blocks_of(house: House, numbers: range, session: UUID) -> None:
    """Blocks of a session, each from a line of the plan of its own."""
    planned = zip(planned_modules(house, numbers), numbers, strict=True)
    block = {"session_id": session, "planned_minutes": 9, "keeps": ["map"], "outcome": "shortened"}
    house.add(SessionBlock, *({"planned_module_id": id_, "position": number, "block_key": f"b{number}",
                               "title": named(number)} | block for id_, number in planned))  # fmt: skip


def register_of(house: House, numbers: range, session: UUID) -> None:
    """Participants who came to a session."""
    parts = participants(house, numbers)
    house.add(Attendance, *({"session_id": session, "cohort_person_id": part, "state": "present"} for part in parts))


def corrections_of(house: House, numbers: range, session: UUID) -> None:
    """Corrections of a session's record."""
    with house.instance.scope(house.slug, write=True) as scope:
        record = scope.db.scalar(sa.select(SessionRecord).where(SessionRecord.session_id == session))
        if record is None:
            content = {"blocks": [], "head_count": 9, "minutes": 60}
            record = SessionRecord(session_id=session, hash="h", content=content, sealed_at=NOW, sealed_by="kit")
            scope.db.add(record)
            scope.db.flush()
        id_ = record.id
    house.add(RecordCorrection, *({"record_id": id_, "number": number, "follows": "h", "hash": "h",
                                   "content": {"head_count": 8}, "why": named(number), "made_at": NOW}
                                  for number in numbers))  # fmt: skip


def experiments(house: House, numbers: range) -> list[UUID]:
    """Experiments of the participant that the cohort and the line manager may read."""
    ids, author = [new_id() for _ in numbers], house.person("participant")
    rows = zip(ids, numbers, strict=True)
    house.add(Experiment, *({"id": id_, "author_id": author, "cohort_id": house.cohort, "title": named(number)}
                            for id_, number in rows))  # fmt: skip
    house.add(Evidence, *({"experiment_id": id_, "text": "seen"} for id_ in ids))
    everything: dict[str, Any] = {"audience": "facilitators", "person_id": None, "fields": [], "granted_at": NOW}
    one = everything | {"audience": "person", "person_id": house.person("line_manager"), "fields": ["learning"]}
    house.add(ExperimentShare, *({"experiment_id": id_} | share for id_ in ids for share in (everything, one)))
    return ids


def evidence_of(house: House, numbers: range, experiment: UUID) -> None:
    """What was seen in an experiment, a file each, and its steps."""
    author, files = house.person("participant"), [new_id() for _ in numbers]
    kept = {"sha256": "0" * 64, "size": 1, "media_type": "application/pdf", "name": "seen.pdf"}
    house.add(StoredFile, *({"id": file, **kept} for file in files))
    house.add(Evidence, *({"experiment_id": experiment, "person_id": author, "text": named(number), "file_id": file}
                          for number, file in zip(numbers, files, strict=True)))  # fmt: skip
    house.add(ExperimentStep, *({"experiment_id": experiment, "from_state": "noticing", "to_state": "framed", "at": NOW}
                                for _ in numbers))  # fmt: skip


def readers_of(house: House, numbers: range, experiment: UUID) -> None:
    """People with whom an experiment is shared."""
    house.add(ExperimentShare, *({"experiment_id": experiment, "audience": "person", "person_id": id_,
                                  "fields": ["learning"], "granted_at": NOW}
                                 for id_ in people(house, numbers)))  # fmt: skip


def partners(house: House, numbers: range, kind: str = "hosting") -> list[UUID]:
    """Partners of a kind."""
    ids = [new_id() for _ in numbers]
    names = [f"{named(number)} of {house.slug}." for number in numbers]
    rows = zip(ids, names, strict=True)
    house.add_outside(Partner, *({"id": id_, "slug": f"row-{id_}", "name": name, "kind": kind} for id_, name in rows))
    return ids


def memberships(house: House, numbers: range) -> None:
    """Partners at which the operator has a role."""
    analyst = {"account_id": house.actors["administrator"].account_id, "role": "analyst"}
    for id_, number in zip(partners(house, numbers), numbers, strict=True):
        there = PartnerFacts(id_, f"row-{id_}", named(number))
        with house.instance.kit.scope(there, ANYONE, links=no_links, write=True) as scope:
            insert_rows(scope.db, Membership, [analyst])
            scope.db.commit()


def received(house: House, numbers: range, kind: str = "hosting") -> None:
    """What the foundation has received of partners."""
    known = [(each.id, each.hash) for each in indicators().values()] if kind == "hosting" else [(REGISTER_ROW, "-")]
    register = {"deliveries": 3, "recorded": 3, "heads": 40}
    counts: dict[str, Any] = {"status": "reported", "numerator": 6, "denominator": 11, "people": 11, "cohorts": 1}
    counts |= {"received_at": NOW, "from_on": NOW.date(), "to_on": NOW.date()}
    rows = zip(partners(house, numbers, kind), numbers, strict=True)
    house.add(ReceivedSummary, *({"about_partner": id_, "about_name": named(number), "about_kind": kind,
                                  "about_order": named(number).lower(), "indicator": indicator,
                                  "definition_hash": digest, "parts": {} if kind == "hosting" else register} | counts
                                 for id_, number in rows for indicator, digest in known))  # fmt: skip


def mails(house: House, numbers: range) -> None:
    """Mails in the mailbox."""
    mailbox = Mailbox(house.instance.kit.settings.data / "mailbox")
    for number in numbers:
        message = EmailMessage()
        message["To"], message["Subject"] = "row@example.org", named(number)
        message.set_content("Words")
        mailbox.keep(message)


def given_up(house: House, numbers: range) -> None:
    """Mails that never got through."""
    rows = ({"kind": "mail", "name": named(number), "at": NOW, "due_at": NOW, "state": "parked"} for number in numbers)
    house.add_outside(OutboxRow, *rows)


def faults(house: House, numbers: range) -> None:
    """Plugins that are gone and did something wrong."""
    rows = [(f"row-{number:04}", named(number)) for number in numbers]
    house.add_outside(KnownPlugin, *({"slug": slug, "title": title, "release": "1"} for slug, title in rows))
    house.add_outside(PluginFault, *({"plugin": slug, "hook": "sc_offer_terms", "why": title, "last_at": NOW}
                                     for slug, title in rows))  # fmt: skip


def changes(house: House, numbers: range) -> None:
    """What the administrator did, each to another person."""
    ids = people(house, numbers)
    actor = house.actors["administrator"].account_id
    house.add(AuditEvent, *({"at": NOW, "name": "person.changed", "actor_account_id": actor, "object_kind": "person",
                             "object_id": id_, "changed": ["name"]} for id_ in ids))  # fmt: skip


def operator_changes(house: House, numbers: range) -> None:
    """What the operator did, each to another account."""
    ids = [new_id() for _ in numbers]
    rows = zip(ids, numbers, strict=True)
    house.add_outside(Account, *({"id": id_, "email": f"{named(number)}.{id_}@example.org"} for id_, number in rows))
    done = {"name": "account.changed", "object_kind": "account", "at": NOW + timedelta(hours=1)}
    actor = house.actors["administrator"].account_id
    house.add_outside(OperatorAudit, *({"actor_account_id": actor, "object_id": id_} | done for id_ in ids))


def devices(house: House, numbers: range) -> None:
    """Browsers in which the administrator is signed in."""
    account = house.actors["administrator"].account_id
    house.add_outside(SignInSession, *({"secret_hash": str(new_id()), "account_id": account, "host": "127.0.0.1",
                                        "device": named(number), "created_at": NOW, "seen_at": NOW,
                                        "expires_at": NOW + timedelta(days=9)} for number in numbers))  # fmt: skip


def consents(house: House, numbers: range) -> None:
    """What the participant agreed to, each in words of its own."""
    ids, person = [new_id() for _ in numbers], house.actors["participant"].person_id
    house.add(ConsentWording, *({"id": id_, "purpose": "show.job", "locale": "en_GB", "number": number,
                                 "hash": f"sha256:{id_.hex}", "text": named(number)}
                                for id_, number in zip(ids, numbers, strict=True)))  # fmt: skip
    house.add(Consent, *({"person_id": person, "purpose": "show.job", "channel": "cohort", "organisation": "Corra",
                          "wording_id": id_, "given_at": NOW} for id_ in ids))  # fmt: skip


def complaints(house: House, numbers: range) -> None:
    """Complaints that wait."""
    house.add(Complaint, *({"name": named(number), "contact": "a@b.example", "words": "Stop", "received_at": NOW}
                           for number in numbers))  # fmt: skip


def passkeys(house: House, numbers: range) -> None:
    """Passkeys of the facilitator."""
    account = house.actors["facilitator"].account_id
    house.add_outside(Passkey, *({"account_id": account, "host": "127.0.0.1", "name": named(number), "sign_count": 0,
                                  "credential": new_id().hex, "public_key": "", "created_at": NOW}
                                 for number in numbers))  # fmt: skip


def library(house: House, numbers: range) -> None:
    """Canonical modules, in force."""
    base = canonical(house)
    house.add_outside(CanonicalModule, *({"hash": f"sha256:{new_id().hex}{number:032}", "identity": f"core:{new_id()}",
                                          "number": number, "label": "1.0", "loaded_at": NOW,
                                          "content": {**base, "title": named(number)}}
                                         for number in numbers))  # fmt: skip
