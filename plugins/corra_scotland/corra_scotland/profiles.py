"""Reads and writes community profiles; what two people write at once is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from corra_scotland.models import CommunityProfile
from systems_changers.toolkit import N_, Conflict, Scope, record

THEMES: Mapping[str, str] = MappingProxyType(
    {
        "voice": N_("Voice"),
        "space": N_("Space"),
        "participation": N_("Participation"),
        "investment": N_("Investment"),
        "learning": N_("Learning and development"),
    }
)
TEXTS = ("listening", "assets", "hopes", "area_context")
WRITTEN = (*TEXTS, "people_heard", "read_back")


@dataclass(frozen=True, slots=True)
class Profile:
    """A community profile as pages and the report read it."""

    version: int
    people_heard: int | None = None
    read_back: bool = False
    listening: str = ""
    assets: str = ""
    hopes: str = ""
    area_context: str = ""
    themes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def answers(self) -> dict[str, Any]:
        """What the form holds, theme by theme."""
        return {**{name: getattr(self, name) for name in WRITTEN}, **{key: self.themes.get(key, "") for key in THEMES}}


def profile_of(scope: Scope, cohort_id: UUID) -> Profile | None:
    """The cohort's community profile, or None before there is one. One statement."""
    row = scope.db.scalar(_of(cohort_id))
    return _read(row) if row is not None else None


def save_profile(scope: Scope, cohort_id: UUID, answers: Mapping[str, Any], version: int | None) -> None:
    """Keep the answers; `version` is that of the form, None where no profile had been written yet.

    Raises Conflict with both texts where somebody else saved in between. Answers that change nothing are no conflict.
    """
    row = scope.db.scalar(_of(cohort_id).with_for_update())
    standing = _read(row) if row is not None else None
    mine = {name: answers.get(name) or _nothing(name) for name in (*WRITTEN, *THEMES)}
    if standing is not None:
        theirs = standing.answers()
        if theirs == mine:
            return
        if standing.version != version:
            raise Conflict(mine=mine, theirs=theirs, version=standing.version)
    if row is None:
        row = CommunityProfile(cohort_id=cohort_id)
        scope.db.add(row)
    for name in WRITTEN:
        setattr(row, name, mine[name] if name in ("people_heard", "read_back") else mine[name] or None)
    row.themes = {key: mine[key] for key in THEMES if mine[key]}
    scope.db.flush()
    record(scope, "corra_scotland.profile_saved", kind="corra_scotland_community_profile", id=row.id, changed=mine)


def _of(cohort_id: UUID) -> sa.Select[CommunityProfile]:
    return sa.select(CommunityProfile).where(
        CommunityProfile.cohort_id == cohort_id, CommunityProfile.deleted_at.is_(None)
    )


def _nothing(name: str) -> Any:
    return {"people_heard": None, "read_back": False}.get(name, "")


def _read(row: CommunityProfile) -> Profile:
    texts = {name: getattr(row, name) or "" for name in TEXTS}
    return Profile(row.version, row.people_heard, row.read_back, themes=MappingProxyType(dict(row.themes)), **texts)
