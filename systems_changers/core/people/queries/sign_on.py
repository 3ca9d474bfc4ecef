"""Reads how a partner's people sign in with their organisation's own accounts, and who is connected."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.partners.models import PartnerDomain
from systems_changers.core.people.models import SignOnIdentity, SignOnProvider
from systems_changers.hooks.scope import Scope
from systems_changers.infra.isolation import as_the_kit

OFF, OFFERED, REQUIRED = "off", "offered", "required"


@dataclass(frozen=True, slots=True)
class SignOn:
    """A partner's sign-in service; `secret` is sealed. `boundary` is Entra's tenant or Google's hosted domain."""

    id: UUID
    kind: str
    name: str
    issuer: str
    boundary: str
    client_id: str
    secret: str = field(repr=False)
    domains: tuple[str, ...]
    mode: str
    version: int

    @property
    def on(self) -> bool:
        """Whether people may come in with it."""
        return self.mode != OFF


def sign_on_at(scope: Scope) -> SignOn | None:
    """This partner's sign-in service, whether it is on or off; one statement."""
    row = scope.db.scalar(
        sa.select(SignOnProvider).where(SignOnProvider.deleted_at.is_(None)).order_by(SignOnProvider.created_at)
    )
    if row is None:
        return None
    return SignOn(
        row.id, row.kind, row.name, row.issuer, row.boundary, row.client_id, row.secret, tuple(row.domains), row.mode,
        row.version,
    )  # fmt: skip


def domains_of(scope: Scope) -> list[str]:
    """The partner's own host names; one statement."""
    mine = sa.select(PartnerDomain.host).where(PartnerDomain.partner_ref == scope.partner.id)
    return list(scope.db.scalars(mine.order_by(PartnerDomain.host)))


def identity_here(scope: Scope, account_id: UUID | None, issuer: str) -> UUID | None:
    """The account's connection with a service, made by its owner; None where there is none."""
    mine = sa.select(SignOnIdentity.id).where(
        SignOnIdentity.account_id == account_id, SignOnIdentity.issuer == issuer, SignOnIdentity.by_owner.is_(True)
    )
    with as_the_kit(scope.db):
        found: UUID | None = scope.db.scalar(mine.limit(1))
    return found
