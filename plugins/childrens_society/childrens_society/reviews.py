"""Reads and writes safeguarding reviews. Whoever asks cannot decide, and a changed answer asks anew.

What an author writes here is told to the safeguarding lead on purpose; the experiment stays as private as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from childrens_society.models import SafeguardingReview
from systems_changers.toolkit import N_, Conflict, NotFound, PageRequest, Refused, Scope, Slice, msg, record

STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Waits for an answer"), "wait"),
    "held": (N_("Held"), "stop"),
    "cleared": (N_("Cleared"), "good"),
    "not_needed": (N_("No young people in it"), "quiet"),
}
ANSWERS = ("young_people", "what", "who", "keep_safe")
KIND = "childrens_society_safeguarding_review"
ASKED_BY = "asked_by"


@dataclass(frozen=True, slots=True)
class About:
    """What a review is about: exactly one of the two."""

    experiment_id: UUID | None = None
    session_id: UUID | None = None

    def condition(self) -> sa.ColumnElement[bool]:
        row = SafeguardingReview
        one = row.experiment_id == self.experiment_id if self.experiment_id else row.session_id == self.session_id
        return sa.and_(one, row.deleted_at.is_(None))


@dataclass(frozen=True, slots=True)
class Review:
    """A review as pages and rules read it."""

    id: UUID
    version: int
    about: About
    young_people: bool | None = None
    what: str = ""
    who: str = ""
    keep_safe: str = ""
    decision: str = "waiting"
    reason: str = ""
    decided_as: str = ""
    decided_at: datetime | None = None

    @property
    def state(self) -> str:
        """The decision, or not_needed where nobody decided and no young people are in it."""
        return "not_needed" if self.decision == "waiting" and self.young_people is False else self.decision

    @property
    def label(self) -> str:
        return STATES[self.state][0]

    @property
    def tone(self) -> str:
        return STATES[self.state][1]


def review_about(scope: Scope, about: About) -> Review | None:
    """The review of an experiment or a session, or None. One statement."""
    row = scope.db.scalar(sa.select(SafeguardingReview).where(about.condition()))
    return _read(row) if row is not None else None


def review(scope: Scope, review_id: UUID) -> Review:
    """One review; raises NotFound."""
    return _read(_row(scope, review_id))


def reviews(scope: Scope, page: PageRequest) -> Slice[Review]:
    """One page of all reviews: waiting, then held, then the others. One statement, and one more beyond the end."""
    row = SafeguardingReview
    needed = sa.or_(row.young_people.is_(None), row.young_people.is_(True))
    first = sa.case((sa.and_(row.decision == "waiting", needed), 0), (row.decision == "held", 1), else_=2)
    found = sa.select(row, sa.func.count().over().label("total")).where(row.deleted_at.is_(None))
    rows = scope.db.execute(found.order_by(first, row.created_at, row.id).limit(page.size).offset(page.offset)).all()
    if not rows and page.number > 1:
        total = scope.db.scalar(sa.select(sa.func.count(row.id)).where(row.deleted_at.is_(None)))
        return Slice((), total or 0, *page)
    return Slice([_read(each[0]) for each in rows], rows[0].total if rows else 0, *page)


def counts(scope: Scope) -> dict[str, int]:
    """How many reviews there are by state, and in how many young people take part. One statement."""
    row = SafeguardingReview
    found = sa.select(row.decision, row.young_people, sa.func.count()).where(row.deleted_at.is_(None))
    made = {**dict.fromkeys(STATES, 0), "young_people": 0}
    for decision, young, count in scope.db.execute(found.group_by(row.decision, row.young_people)):
        made["not_needed" if decision == "waiting" and young is False else decision] += count
        made["young_people"] += count if young else 0
    return made


def open_review(scope: Scope, about: About) -> None:
    """Have a review wait; one that is there already stays as it is."""
    if review_about(scope, about) is None:
        scope.db.add(SafeguardingReview(experiment_id=about.experiment_id, session_id=about.session_id))
        scope.db.flush()


def tell(scope: Scope, about: About, answers: Mapping[str, Any], version: int | None) -> None:
    """Keep what the author or facilitator says; an answer that changes anything waits for a decision again.

    Raises Conflict with both texts where somebody else answered or decided in between.
    """
    row = scope.db.scalar(sa.select(SafeguardingReview).where(about.condition()).with_for_update())
    mine = {name: answers.get(name) for name in ANSWERS if name in answers}
    if row is not None:
        theirs = {name: getattr(row, name) for name in mine}
        if theirs == mine:
            return
        if row.version != version:
            raise Conflict(mine=mine, theirs=theirs, version=row.version)
    else:
        row = SafeguardingReview(experiment_id=about.experiment_id, session_id=about.session_id)
        scope.db.add(row)
    for name, value in mine.items():
        setattr(row, name, value)
    row.extra = {**(row.extra or {}), ASKED_BY: str(scope.actor.account_id)}
    row.decision, row.reason, row.decided_as, row.decided_at = "waiting", None, None, None
    scope.db.flush()
    record(scope, "childrens_society.review_asked", kind=KIND, id=row.id, changed=mine)


def decide(scope: Scope, review_id: UUID, answers: Mapping[str, Any], version: int | None) -> None:
    """Hold or clear it, with the reason and the role in which it was decided.

    Raises NotFound, Conflict, Refused (code own_review) where whoever decides gave the answers.
    """
    row = _row(scope, review_id)
    if _asked_by(row) == str(scope.actor.account_id):
        raise Refused(msg("You gave these answers yourself, so somebody else has to decide."), code="own_review")
    mine = {name: answers[name] for name in ("decision", "reason", "decided_as")}
    if row.version != version:
        theirs = {name: getattr(row, name) for name in mine}
        raise Conflict(mine=mine, theirs=theirs, version=row.version)
    row.decision, row.reason, row.decided_as = mine["decision"], mine["reason"], mine["decided_as"]
    row.decided_at = scope.clock.now()
    scope.db.flush()
    record(scope, f"childrens_society.review_{row.decision}", kind=KIND, id=row.id, changed=mine)


def _asked_by(row: SafeguardingReview) -> str | None:
    """The account that answered last; before that was kept, the one that began, if anything was answered."""
    began = str(row.created_by) if row.young_people is not None and row.created_by else None
    return row.extra.get(ASKED_BY, began)


def _row(scope: Scope, review_id: UUID) -> SafeguardingReview:
    row = scope.db.scalar(
        sa.select(SafeguardingReview)
        .where(SafeguardingReview.id == review_id, SafeguardingReview.deleted_at.is_(None))
        .with_for_update()
    )
    if row is None:
        raise NotFound
    return row


def _read(row: SafeguardingReview) -> Review:
    return Review(
        row.id, row.version, About(row.experiment_id, row.session_id), row.young_people, row.what or "", row.who or "",
        row.keep_safe or "", row.decision, row.reason or "", row.decided_as or "", row.decided_at,
    )  # fmt: skip
