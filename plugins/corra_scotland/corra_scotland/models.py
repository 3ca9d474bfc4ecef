"""The plugin's own table: what a community said of itself. Notes hold no names; how many were heard is a count."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.toolkit import (
    N_,
    SUBJECT,
    TITLE,
    Base,
    Keep,
    Nobody,
    PartnerOwned,
    owned_by,
    personal,
    plain,
    unique_live,
)

SAID: dict[str, Any] = {
    "purpose": N_("Remembering what a place said of itself"),
    "basis": "legitimate interests",
    "keep": Keep.after_cohort(years=5),
}


class CommunityProfile(PartnerOwned, Base):
    """One a cohort. `themes` maps a theme's key to what has moved there; free text may hold more than it should."""

    __tablename__ = "corra_scotland_community_profile"
    __table_args__ = (
        owned_by("cohort_id", "cohort"),
        unique_live("uq_corra_scotland_community_profile_cohort", "cohort_id"),
        {
            "info": {
                TITLE: N_("Community profiles"),
                SUBJECT: Nobody("a place said it, and who is named in it is found"),
            }
        },
    )

    cohort_id: Mapped[UUID] = plain()
    people_heard: Mapped[int | None] = plain()
    read_back: Mapped[bool] = plain(default=False)
    listening: Mapped[str | None] = personal(sa.Text, label=N_("What people told us"), **SAID)
    assets: Mapped[str | None] = personal(sa.Text, label=N_("What is there already"), **SAID)
    hopes: Mapped[str | None] = personal(sa.Text, label=N_("What people hope for"), **SAID)
    area_context: Mapped[str | None] = plain(sa.Text)
    themes: Mapped[dict[str, Any]] = personal(default=dict, label=N_("What has moved in five themes"), **SAID)
