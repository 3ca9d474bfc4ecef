"""What is stored of a partner. Its row is the kit's: read before any partner's scope is open, changed by services."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import Base, Recorded, plain
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.isolation import READ_BY, ROLLUP


class Partner(Recorded, Base):
    """An organisation. `kind`: hosting (runs cohorts), listed (known from a register), foundation (compares).

    `revision` counts changes to what pages are made of (brand, terms, languages, plugins), so caches notice.
    """

    __tablename__ = "partner"
    __table_args__ = ({"info": {READ_BY: "id", ROLLUP: True}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    slug: Mapped[str] = plain(sa.String(60), unique=True)
    name: Mapped[str] = plain(sa.String(200), index=True)
    kind: Mapped[str] = plain(sa.String(12), default="hosting")
    locales: Mapped[list[str]] = plain(default=lambda: ["en_GB"])
    time_zone: Mapped[str] = plain(sa.String(60), default="Europe/London")
    brand: Mapped[dict[str, Any]] = plain(default=dict)
    terms: Mapped[dict[str, Any]] = plain(default=dict)
    plugins: Mapped[list[str]] = plain(default=list)
    settings: Mapped[dict[str, Any]] = plain(default=dict)
    revision: Mapped[int] = plain(default=1)
    source: Mapped[str | None] = plain(sa.String(40))
    source_key: Mapped[str | None] = plain(sa.String(200), unique=True)


class PartnerDomain(Base):
    """A host name that is a partner's own; one address belongs to one partner."""

    __tablename__ = "partner_domain"
    __table_args__ = ({"info": {READ_BY: "partner_ref"}},)

    host: Mapped[str] = plain(sa.String(253), primary_key=True)
    partner_ref: Mapped[UUID] = plain(sa.ForeignKey("partner.id", ondelete="CASCADE"), index=True)
