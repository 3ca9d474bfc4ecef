"""Tells the doctor whether people who asked the safeguarding lead hear back in the time that they were promised.

What waits for its author isn't counted: only the lead is late, and only once young people are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil

import sqlalchemy as sa

from childrens_society.models import SafeguardingReview
from systems_changers.toolkit import N_, CheckResult, Scope, nmsg

SLUG = "childrens-society"
ANSWER_DAYS = 5
WEEK, WORKING_WEEK = 7, 5
LATE = N_("Ask whoever decides on safeguarding to open the page Safeguarding.")


def checks(scope: Scope) -> Sequence[CheckResult]:
    """Whether a review has waited longer than the plugin's setting promises. One statement."""
    days = scope.partner.settings.get(SLUG, {}).get("answer_days") or ANSWER_DAYS
    since = scope.clock.now() - timedelta(days=ceil(days * WEEK / WORKING_WEEK))
    row = SafeguardingReview
    waits = (row.decision == "waiting", row.young_people.is_(True), row.deleted_at.is_(None), row.updated_at < since)
    late = scope.db.scalar(sa.select(sa.func.count(row.id)).where(*waits)) or 0
    if not late:
        said = nmsg("No review has waited for over %(count)s working day.",
                    "No review has waited for over %(count)s working days.", days)  # fmt: skip
        return [CheckResult("reviews-late", "ok", said)]
    said = nmsg("%(count)s safeguarding review has waited longer than people were promised (%(days)s working days).",
                "%(count)s safeguarding reviews have waited longer than people were promised (%(days)s working days).",
                late, days=days)  # fmt: skip
    return [CheckResult("reviews-late", "warning", said, LATE)]
