"""The instance itself: what kind it is, said once, and what it may forget."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from systems_changers.core.operations.models import Instance, RateWindow, Token
from systems_changers.hooks.scope import OperatorScope
from systems_changers.infra.errors import Refused
from systems_changers.infra.text import msg

KINDS = ("real", "demo")
KEPT = timedelta(days=30)


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


def tidy(scope: OperatorScope) -> None:
    """Delete what has served its time: tokens a month after their end, windows that are over."""
    now = scope.clock.now()
    for old in (
        sa.delete(Token).where(Token.expires_at < now - KEPT),
        sa.delete(RateWindow).where(RateWindow.ends_at < now.timestamp()),
    ):
        scope.db.execute(old.execution_options(synchronize_session=False))
