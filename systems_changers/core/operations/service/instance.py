"""The instance itself: what kind it is, said once, and what it may forget."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import Instance, RateWindow, Token
from systems_changers.core.operations.rules import FORM
from systems_changers.core.operations.service.audit import record
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import OperatorScope
from systems_changers.infra.errors import Misconfigured, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.text import msg

KINDS = ("real", "demo")
KEPT = timedelta(days=30)
RESTORED = "restored from a backup: it may have been sent already"


def make_instance(scope: OperatorScope, kind: str, name: str) -> Instance:
    """Say what this installation is, once and for good; `kind` is real or demo.

    Raises Refused (code instance_exists) where it was said before.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    if scope.db.scalar(sa.select(Instance.kind).limit(1)) is not None:
        raise Refused(msg("This data folder already holds an instance."), code="instance_exists")
    instance = Instance(kind=kind, name=name)
    scope.db.add(instance)
    scope.db.flush()
    return instance


class Readiness:
    """Asked once, before an application answers anybody."""

    def __call__(self, kit: Kit) -> None:
        """Raise Misconfigured where the database holds no instance, or a demo's where a real one is meant."""
        try:
            with kit.engine.connect() as connection:
                kind = connection.scalar(sa.select(Instance.kind).limit(1))
        except sa.exc.DatabaseError:
            raise Misconfigured(msg("The database is not ready: run `systems-changers upgrade`.")) from None
        if kind is None:
            raise Misconfigured(msg("There is no instance here yet: run `systems-changers init`."))
        if (kind == "demo") != kit.settings.demo:
            raise Misconfigured(msg("This database belongs to another kind of instance than its folder says."))


refuse_unready = Readiness()


def begin_anew(scope: OperatorScope) -> None:
    """Let a restored instance be another one than the one that was copied, with an id of its own.

    Links that were sent before are void. What waited to be sent may have been sent since the copy was made: it is
    parked, for the operator to try again.
    """
    was = scope.db.scalar(sa.select(Instance.id).limit(1))
    for change in (
        sa.update(Instance).values(id=new_id()),
        sa.delete(Token),
        sa.update(OutboxRow).where(OutboxRow.state == "waiting").values(state="parked", trouble=RESTORED),
    ):
        scope.db.execute(change.execution_options(synchronize_session=False))
    record(scope, "instance.restored", kind="instance", id=was)


def try_again(scope: OperatorScope, row_id: UUID) -> None:
    """Put something that the outbox gave up on back in line. Raises NotFound for what isn't parked."""
    row = scope.db.get(OutboxRow, row_id)
    if row is None or row.state != "parked":
        raise NotFound
    row.state, row.tries, row.due_at = "waiting", 0, scope.clock.now()
    record(scope, "outbox.tried_again", kind="outbox", id=row_id)


def tidy(scope: OperatorScope) -> None:
    """Delete what has served its time: tokens and done outbox rows after a month, windows and forms that are over."""
    now = scope.clock.now()
    for old in (
        sa.delete(Token).where(Token.expires_at < now - KEPT),
        sa.delete(Token).where(Token.expires_at < now, Token.purpose == FORM),
        sa.delete(RateWindow).where(RateWindow.ends_at < now.timestamp()),
        sa.delete(OutboxRow).where(OutboxRow.state == "done", OutboxRow.due_at < now - KEPT),
    ):
        scope.db.execute(old.execution_options(synchronize_session=False))
