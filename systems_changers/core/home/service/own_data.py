"""Takes out and erases people's data for commands, and erases again whoever came back with a restore or an import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.home.service import data_subjects, erasing, holdings
from systems_changers.core.home.service.archive import pack
from systems_changers.core.home.service.erasing import Plan
from systems_changers.core.home.service.holdings import Holdings
from systems_changers.core.partners import queries as partners
from systems_changers.core.people.models import Person
from systems_changers.core.privacy import service as privacy
from systems_changers.core.privacy.rules import Key, keys_of
from systems_changers.core.privacy.service import Buried
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import Scope, no_links
from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.errors import KitError, Refused
from systems_changers.infra.log import log
from systems_changers.infra.mail import Mailbox
from systems_changers.infra.text import msg
from systems_changers.web.standalone import Render

Carried = Mapping[UUID, Sequence[Buried]]
"""Tombstones by partner."""


def export_person(kit: Kit, slug: str, email: str, file: Path, render: Render) -> Holdings:
    """Write everything that is held about a person to a new file that only its owner reads.

    Raises NotFound (unknown_partner, unknown_person), and OSError where the file can't be written or is there already.
    """
    partner = partners.partner_here(kit.engine, slug)
    with kit.scope(partner, ANYONE, links=no_links, write=True) as scope:
        found = holdings.hand_out(scope, data_subjects.person_with(scope, email), account=True)
        packed = pack(scope, found, words_of(scope, kit), render)
        file.touch(mode=0o600, exist_ok=False)
        file.write_bytes(packed)
        scope.db.commit()
    return found


def words_of(scope: Scope, kit: Kit) -> Catalogue:
    """The words of the partner and its plugins in its first language."""
    partner = scope.partner

    def terms(code: str) -> Mapping[str, str]:
        return scope.hooks.refine_terms(partner, code, dict(partner.terms.get(code, {})))

    return kit.catalogues.catalogue(partner.locales[0], scope.hooks.view.plugins, terms, ("archive", partner.id))


def plan_for(kit: Kit, slug: str, email: str) -> Plan:
    """What erasing a person would do. Raises as export_person does, and as erasing.plan_erasure."""
    with kit.scope(partners.partner_here(kit.engine, slug), ANYONE, links=no_links) as scope:
        return erasing.plan_erasure(scope, data_subjects.person_with(scope, email))


def erase_person(kit: Kit, slug: str, email: str) -> Plan:
    """Erase a person at one partner; raises as plan_for does."""
    with kit.scope(partners.partner_here(kit.engine, slug), ANYONE, links=no_links, write=True) as scope:
        known = data_subjects.person_with(scope, email)
        done = erasing.erase(scope, known)
        scope.db.commit()
    Mailbox(kit.settings.data / "mailbox").forget(known.subject.partner_id, known.subject.emails)
    return done


def carry_tombstones(kit: Kit) -> Carried:
    """Every partner's tombstones, to be given to `reerase` once an older database stands in this one's place."""
    return {scope.partner.id: privacy.carry(scope) for scope in _everywhere(kit)}


def reerase(kit: Kit, carried: Carried | None = None) -> dict[str, int]:
    """Erase whoever has a tombstone and is here all the same; answers how many by partner. Twice does no harm.

    `carried` are tombstones from elsewhere, such as the database that was restored over: they are kept first, at every
    partner, and then each person is erased in a transaction of their own. Raises Refused (not_erased) at the end where
    somebody could not be, after all the others were.
    """
    for scope in _everywhere(kit, write=True):
        privacy.bring(scope, (carried or {}).get(scope.partner.id, ()))
        scope.db.commit()
    again: dict[str, int] = {}
    left: list[str] = []
    for partner in partners.hosting_partners(kit.engine):
        with kit.scope(partner, ANYONE, links=no_links) as scope:
            back = who_is_back(scope)
        done = [_erased_again(kit, partner, person_id) for person_id in back]
        again |= {partner.slug: sum(done)} if any(done) else {}
        left += [] if all(done) else [partner.slug]
    if left:
        raise Refused(
            msg("Somebody who was erased is back at %(names)s, and could not be erased again. The log says why; erase"
                " them by hand: `systems-changers person erase`.", names=", ".join(left)), code="not_erased",
        )  # fmt: skip
    return again


def _erased_again(kit: Kit, partner: PartnerFacts, person_id: UUID) -> bool:
    try:
        with kit.scope(partner, ANYONE, links=no_links, write=True) as scope:
            erasing.erase(scope, data_subjects.subject_of(scope, person_id), again=True)
            scope.db.commit()
    except KitError as error:
        log.error("somebody could not be erased again", partner=partner.slug, exc_info=error)
        return False
    return True


def who_is_back(scope: Scope, *, emptied: bool = False) -> list[UUID]:
    """The people who are here though one of their keys has a tombstone.

    With `emptied` also those whose own row is empty already, as rows of theirs may have come in with an import.
    """
    columns = (Person.id, Person.email, Person.source, Person.source_key, Person.account_id, Person.deleted_at)
    keys: dict[Key, UUID] = {}
    for row in scope.db.execute(sa.select(*columns)):
        empty = row.email is None and row.account_id is None and row.deleted_at is not None
        source = (row.source, row.source_key) if row.source and row.source_key else None
        for key in () if empty and not emptied else keys_of(row.id, [row.email.lower()] if row.email else [], source):
            keys[key] = row.id
    return sorted({keys[key] for key in privacy.buried(scope, keys)})


def _everywhere(kit: Kit, *, write: bool = False) -> Iterator[Scope]:
    for partner in partners.hosting_partners(kit.engine):
        with kit.scope(partner, ANYONE, links=no_links, write=write) as scope:
            yield scope
