"""Forgets what the kit keeps of a person outside a partner's own tables: links, waiting mail, sign-ins, the account.

Of mail and links only this partner's are touched. Whether the account is somebody's elsewhere is asked in a session of
its own, with the account's rights alone, and told to nobody.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from systems_changers.core.home.service.data_subjects import DataSubject
from systems_changers.core.operations.models import Token
from systems_changers.core.partners.models import PartnerDomain
from systems_changers.core.people.models import Account, Membership, SignInSession
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import KitError
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import MailRow, OutboxRow
from systems_changers.infra.log import log
from systems_changers.infra.redaction import names, without
from systems_changers.infra.subjects import Subject
from systems_changers.infra.transactions import read_as


def forget_in_passing(scope: Scope, known: DataSubject) -> None:
    """Delete the person's links and waiting mail at this partner, and take their name out of mail to others."""
    with as_the_kit(scope.db):
        _forget_links(scope, known.subject)
        _forget_mail(scope, known.subject, known.wanted)


def _forget_links(scope: Scope, subject: Subject) -> None:
    here = sa.select(Token.hash, Token.subject_ref, Token.account_id, Token.data).where(
        Token.partner_ref == scope.partner.id
    )
    for row in scope.db.execute(here).all():
        own = subject.account_id is not None and row.account_id == subject.account_id
        if own or row.subject_ref == subject.person_id or row.data.get("email") in subject.emails:
            scope.db.execute(_alone(sa.delete(Token).where(Token.hash == row.hash)))


def _forget_mail(scope: Scope, subject: Subject, wanted: re.Pattern[str]) -> None:
    waiting = (
        sa.select(MailRow.id, MailRow.outbox_id, MailRow.address, MailRow.values)
        .join(OutboxRow, OutboxRow.id == MailRow.outbox_id)
        .where(OutboxRow.partner_ref == scope.partner.id)
    )
    for row in scope.db.execute(waiting).all():
        if row.address.lower() in subject.emails:
            scope.db.execute(_alone(sa.delete(OutboxRow).where(OutboxRow.id == row.outbox_id)))
        elif names(row.values, wanted):
            changed = sa.update(MailRow).where(MailRow.id == row.id).values(values=without(row.values, wanted))
            scope.db.execute(_alone(changed))


def forget_account(scope: Scope, known: DataSubject) -> None:
    """End the sign-ins at this partner's own addresses, and delete the account where it is nobody's any more."""
    account_id = known.subject.account_id
    if account_id is None:
        return
    goes = not _is_elsewhere(scope, known.subject)
    with as_the_kit(scope.db):
        account = scope.db.get(Account, account_id)
        if goes and account is not None and not account.is_operator:
            _delete_account(scope, known)
            return
        own = sa.select(PartnerDomain.host).where(PartnerDomain.partner_ref == scope.partner.id)
        hosts = list(scope.db.scalars(own))
        ended = sa.delete(SignInSession).where(SignInSession.account_id == account_id, SignInSession.host.in_(hosts))
        scope.db.execute(_alone(ended))


def _is_elsewhere(scope: Scope, subject: Subject) -> bool:
    """Whether the account ever had a role at another partner, which its own policy alone shows."""
    others = sa.select(Membership.partner_id).where(
        Membership.account_id == subject.account_id, Membership.partner_id != subject.partner_id
    )
    with read_as(scope.db, subject.account_id) as outside:
        return outside.scalar(others.limit(1)) is not None


def _delete_account(scope: Scope, known: DataSubject) -> None:
    """With its sessions, its links, and mail that waits outside any partner; one that is still in use stays."""
    id_, emails = known.subject.account_id, known.subject.emails
    outside = sa.select(OutboxRow.id).join(MailRow, MailRow.outbox_id == OutboxRow.id)
    mails = outside.where(OutboxRow.partner_ref.is_(None), sa.func.lower(MailRow.address).in_(emails))
    try:
        with scope.db.begin_nested():
            waiting = list(scope.db.scalars(mails))
            scope.db.execute(_alone(sa.delete(OutboxRow).where(OutboxRow.id.in_(waiting))))
            scope.db.execute(_alone(sa.delete(Account).where(Account.id == id_)))
    except (KitError, sa.exc.IntegrityError):
        log.warning("an account is still in use, and stays", account=str(id_))


def _alone(change: Any) -> Any:
    """The change, without a look at what the session holds."""
    return change.execution_options(synchronize_session=False)
