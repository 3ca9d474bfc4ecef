"""Keeps what people agree to, in the words they were shown, and that they take it back.

A row is only ever added or marked as withdrawn: what was agreed to before can always be shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.service import record
from systems_changers.core.privacy import queries
from systems_changers.core.privacy.models import Consent, ConsentWording
from systems_changers.core.privacy.rules import Reader, wording_hash
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.text import Message


def settle(scope: Scope, person_id: UUID, channel: str, asked: Mapping[str, Message | None], reader: Reader) -> None:
    """What a person answered to everything a form asks: a wording where they agree, None where they don't.

    What was agreed to before and still is stays as it was given.
    """
    live = queries.live_consents(scope, person_id, channel)
    given = {purpose: wording for purpose, wording in asked.items() if wording is not None and purpose not in live}
    withdrawn = [purpose for purpose, wording in asked.items() if wording is None and purpose in live]
    told = {"organisation": scope.partner.name, "given_by": scope.actor.account_id, "source": reader.place}
    scope.db.add_all(
        Consent(person_id=person_id, channel=channel, purpose=purpose, wording_id=wording_id,
                given_at=scope.clock.now(), extra={}, **told)
        for purpose, wording_id in _wordings(scope, given, reader).items()
    )  # fmt: skip
    for purpose in withdrawn:
        _withdraw(scope, live[purpose])
    scope.db.flush()
    if given:
        record(scope, "consent.given", kind="person", id=person_id, changed=map(_word, given))
    if withdrawn:
        record(scope, "consent.withdrawn", kind="person", id=person_id, changed=map(_word, withdrawn))


def withdraw(scope: Scope, person_id: UUID, consent_id: UUID) -> str:
    """Take one's own consent back; answers its purpose. Raises NotFound for anybody else's and for one taken back."""
    found = scope.db.get(Consent, (scope.partner.id, consent_id))
    if found is None or found.person_id != person_id or found.withdrawn_at is not None or found.deleted_at is not None:
        raise NotFound
    _withdraw(scope, found)
    scope.db.flush()
    record(scope, "consent.withdrawn", kind="person", id=person_id, changed=[_word(found.purpose)])
    return found.purpose


def _word(purpose: str) -> str:
    """A purpose as the audit keeps field names: one word."""
    return re.sub(r"\W", "_", purpose)


def _withdraw(scope: Scope, row: Consent) -> None:
    row.withdrawn_at, row.withdrawn_by = scope.clock.now(), scope.actor.account_id


def _wordings(scope: Scope, given: Mapping[str, Message], reader: Reader) -> dict[str, UUID]:
    """The words as data: the same words for the same thing in the same language are one row, however often given."""
    if not given:
        return {}
    known = sa.select(ConsentWording).where(
        ConsentWording.purpose.in_(given), ConsentWording.locale == reader.locale, ConsentWording.deleted_at.is_(None)
    )
    before, found = list(scope.db.scalars(known)), {}
    for purpose, wording in given.items():
        text = reader.say(wording)
        hash_ = wording_hash(purpose, reader.locale, text)
        same = [row for row in before if row.purpose == purpose]
        row = next((row for row in same if row.hash == hash_), None)
        if row is None:
            row = ConsentWording(id=new_id(), purpose=purpose, locale=reader.locale, number=len(same) + 1, hash=hash_,
                                 text=text, extra={})  # fmt: skip
            scope.db.add(row)
        found[purpose] = row.id
    scope.db.flush()
    return found
