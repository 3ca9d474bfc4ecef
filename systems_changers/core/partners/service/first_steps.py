"""Keeps how far a partner has come with its first steps: whether they are shown, mail was tried, languages were chosen.

The languages that a partner was made with are nobody's choice until somebody keeps or changes them.
"""

from __future__ import annotations

from typing import Any

from systems_changers.core.operations import service as operations
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.rules import FIRST_STEPS, LANGUAGES_CHOSEN
from systems_changers.hooks.scope import Scope
from systems_changers.infra.isolation import as_the_kit


def hide_first_steps(scope: Scope, *, hidden: bool) -> None:
    """Show the first steps no more on the page of what needs doing, or show them again."""
    if hidden:
        _keep(scope, "partner.first_steps_hidden", hidden=True)
    else:
        _keep(scope, "partner.first_steps_shown", hidden=False)


def keep_languages(scope: Scope) -> None:
    """Note that somebody looked at the languages and keeps them as they are."""
    _keep(scope, "partner.languages_kept", **{LANGUAGES_CHOSEN: True})


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
