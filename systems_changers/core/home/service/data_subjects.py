"""Who somebody is at a partner, for showing and erasing everything that is held about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people.models import Account, Person
from systems_changers.core.people.rules import plain_email
from systems_changers.hooks.personal import SubjectFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import Base
from systems_changers.infra.errors import NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.redaction import sought
from systems_changers.infra.subjects import Subject
from systems_changers.infra.text import msg

SAFEGUARDING = tuple(
    Base.metadata.tables[Cohort.__tablename__].c[name] for name in ("safeguarding_name", "safeguarding_contact")
)
"""Where a cohort says whom to turn to about safeguarding, and how."""


@dataclass(frozen=True, slots=True)
class DataSubject:
    """A person as their data is found: ids and addresses, and the words by which others may have written of them."""

    subject: Subject
    name: str
    phone: str | None = None
    source: tuple[str, str] | None = None
    by_name: bool = True
    by_phone: bool = True

    @property
    def facts(self) -> SubjectFacts:
        """The same for plugins."""
        return SubjectFacts(self.subject.person_id, self.subject.account_id, self.name, self.subject.emails)

    @property
    def wanted(self) -> re.Pattern[str]:
        """What to look for in others' words: the addresses always."""
        return sought(self.name if self.by_name else "", self.subject.emails, self.phone if self.by_phone else None)


def subject_of(scope: Scope, person_id: UUID) -> DataSubject:
    """One of this partner's people, also one that was deleted; raises NotFound. Two statements."""
    columns = (Person.account_id, Person.name, Person.email, Person.phone, Person.source, Person.source_key)
    row = scope.db.execute(sa.select(*columns).where(Person.id == person_id)).one_or_none()
    if row is None:
        raise NotFound
    signs_in = None
    if row.account_id is not None:
        with as_the_kit(scope.db):
            signs_in = scope.db.scalar(sa.select(Account.email).where(Account.id == row.account_id))
    emails = tuple(sorted({plain_email(each) for each in (row.email, signs_in) if each}))
    source = (row.source, row.source_key) if row.source and row.source_key else None
    return DataSubject(Subject(scope.partner.id, person_id, row.account_id, emails), row.name, row.phone, source)


def as_staff_know(scope: Scope, known: DataSubject) -> DataSubject:
    """The same without what the person may have chosen for themselves: a phone, and a name that they gave last.

    Whoever chooses the words that are looked for could otherwise ask what stands in others' words.
    """
    given = sa.select(AuditEvent.actor_account_id, AuditEvent.changed).where(
        AuditEvent.object_kind == "person", AuditEvent.object_id == known.subject.person_id,
        AuditEvent.name.in_(("person.profile_saved", "person.changed")),
    )  # fmt: skip
    rows = scope.db.execute(given.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())).all()
    by = next((row.actor_account_id for row in rows if "name" in row.changed), None)
    return replace(known, by_phone=False, by_name=by is None or by != known.subject.account_id)


def alone_called(scope: Scope, known: DataSubject) -> DataSubject:
    """The same without a name or a phone that is somebody else's too, or stands where safeguarding is looked after.

    It is not theirs alone to take out of others' words.
    """
    live = (Person.deleted_at.is_(None), Person.id != known.subject.person_id)
    others = scope.db.execute(sa.select(Person.name, Person.phone).where(*live)).all()
    guards = [text for row in scope.db.execute(sa.select(*SAFEGUARDING)) for text in row if text]
    name, phone = sought(known.name, ()), sought("", (), known.phone)
    return replace(
        known,
        by_name=not any(name.search(text) for text in [*(row.name for row in others), *guards]),
        by_phone=not any(phone.search(text) for text in [*(row.phone for row in others if row.phone), *guards]),
    )


def person_with(scope: Scope, email: str) -> DataSubject:
    """The partner's person with this address; raises NotFound (code unknown_person)."""
    found = sa.select(Person.id).where(sa.func.lower(Person.email) == plain_email(email))
    person_id = scope.db.scalar(found.order_by(Person.deleted_at.is_not(None), Person.created_at).limit(1))
    if person_id is None:
        raise NotFound(msg("Nobody at %(partner)s has the address %(email)s.", partner=scope.partner.name,
                           email=plain_email(email)), code="unknown_person")  # fmt: skip
    return subject_of(scope, person_id)
