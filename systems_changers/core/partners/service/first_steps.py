"""Keeps how far a partner has come with its first steps: whether they are still shown, and when mail was tried."""

from __future__ import annotations

from typing import Any

from systems_changers.core.operations import service as operations
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.rules import FIRST_STEPS
from systems_changers.hooks.scope import Scope
from systems_changers.infra.isolation import as_the_kit


def hide_first_steps(scope: Scope, *, hidden: bool) -> None:
    """Show the first steps no more on the page of what needs doing, or show them again."""
    if hidden:
        _keep(scope, "partner.first_steps_hidden", hidden=True)
    else:
        _keep(scope, "partner.first_steps_shown", hidden=False)


def mail_tried(scope: Scope) -> None:
    """Note that somebody tries now whether mail goes out."""
    _keep(scope, "partner.mail_tried", mail=scope.clock.now().isoformat())


def _keep(scope: Scope, what: str, **values: Any) -> None:
    row = scope.db.get_one(Partner, scope.partner.id)
    kept = {**row.settings.get(FIRST_STEPS, {}), **values}
    with as_the_kit(scope.db):
        row.settings = {**row.settings, FIRST_STEPS: kept}
        row.revision += 1
    operations.record(scope, what, kind="partner", id=row.id, changed=["settings"])
