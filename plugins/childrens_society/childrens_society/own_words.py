"""What a person answered in safeguarding reviews that nothing but this plugin knows to be theirs.

A review of an experiment is found by its author; one of a session only by who answered last, which stands in `extra`.
"""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from childrens_society.models import SafeguardingReview
from childrens_society.reviews import ASKED_BY
from systems_changers.toolkit import N_, Erasure, HeldData, Scope, SubjectFacts, msg

WORDS = ("what", "who", "keep_safe")


def held(scope: Scope, subject: SubjectFacts) -> list[HeldData]:
    """The answers that the person gave about sessions."""
    rows = tuple(tuple(getattr(row, name) or "" for name in WORDS) for row in _answered(scope, subject, sessions=True))
    if not rows:
        return []
    heads = (N_("What happens"), N_("Who takes part"), N_("How everybody is kept safe"))
    return [
        HeldData(
            "childrens-society-reviews",
            N_("What you told the safeguarding lead about sessions"),
            N_("keep young people safe"),
            N_("6 years after the decision"),
            heads,
            rows,
        )
    ]


def erasures(scope: Scope, subject: SubjectFacts) -> list[Erasure]:
    """One for all reviews that the person answered."""
    rows = _answered(scope, subject)
    if not rows:
        return []
    kept = msg("That a session was looked at, and what was decided, stays without the answers.")
    return [
        Erasure(
            "childrens-society-reviews",
            N_("Answers to the safeguarding lead"),
            len(rows),
            partial(_forget, subject=subject),
            kept,
        )
    ]


def _answered(scope: Scope, subject: SubjectFacts, *, sessions: bool = False) -> list[SafeguardingReview]:
    if subject.account_id is None:
        return []
    row = SafeguardingReview
    found = sa.select(row).where(row.session_id.is_not(None)) if sessions else sa.select(row)
    return [each for each in scope.db.scalars(found.order_by(row.id)) if _by(each) == str(subject.account_id)]


def _by(row: SafeguardingReview) -> str | None:
    answered: str | None = (row.extra or {}).get(ASKED_BY)
    return answered


def _forget(scope: Scope, subject: SubjectFacts) -> None:
    for row in _answered(scope, subject):
        if row.session_id is not None:
            row.what = row.who = row.keep_safe = None
        row.extra = {key: value for key, value in row.extra.items() if key != ASKED_BY}
    scope.db.flush()
