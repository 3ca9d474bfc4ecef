"""Agreeing to share summaries with the foundation, and ending it; its rows follow with the next gathering."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.summaries.models import SharingAgreement
from systems_changers.core.summaries.queries.figures import agreement_of
from systems_changers.core.summaries.rules.disclosure import policy
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.text import msg


def agree_sharing(scope: Scope, chosen: Sequence[str]) -> SharingAgreement:
    """Share the chosen indicators with the foundation from today on, under the present policy.

    Raises NotFound where the instance has no foundation or this partner is one, Invalid (field indicators) for an
    empty or unknown choice, Refused (code already_agreed) while an agreement is in force. Announces
    sharing.agreed.v1.
    """
    present = agreement_of(scope)
    if present is None or scope.partner.kind == "foundation":
        raise NotFound
    if present.id is not None and present.policy_hash == policy().hash:
        raise Refused(msg("You share your figures already."), code="already_agreed")
    if not chosen or not set(chosen) <= indicators().keys():
        raise Invalid(fields={"indicators": [msg("Choose at least one of the figures listed.")]})
    if present.id is not None:
        end_sharing(scope, present.id)  # it was made under an earlier policy, which covers nothing any more
    agreement = SharingAgreement(
        with_partner=present.foundation_id,
        policy=policy().id,
        policy_hash=policy().hash,
        indicators=[name for name in indicators() if name in chosen],
        agreed_on=scope.clock.now().date(),
    )
    scope.db.add(agreement)
    scope.db.flush()
    operations.record(scope, "sharing.agreed", kind="sharing_agreement", id=agreement.id, changed=["indicators"])
    scope.announce("sharing.agreed.v1", agreement_id=agreement.id)
    return agreement


def end_sharing(scope: Scope, agreement_id: UUID) -> None:
    """End an agreement from today on; raises NotFound for one that isn't in force. Announces sharing.ended.v1."""
    agreement = scope.db.scalar(
        sa.select(SharingAgreement).where(
            SharingAgreement.id == agreement_id,
            SharingAgreement.ended_on.is_(None),
            SharingAgreement.deleted_at.is_(None),
        )
    )
    if agreement is None:
        raise NotFound
    agreement.ended_on = scope.clock.now().date()
    operations.record(scope, "sharing.ended", kind="sharing_agreement", id=agreement.id, changed=["ended_on"])
    scope.announce("sharing.ended.v1", agreement_id=agreement.id)
