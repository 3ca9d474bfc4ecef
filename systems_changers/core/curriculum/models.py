"""Modules, blocks and translations, known by the hash of their canonical form.

The kit's own are global. What a partner has made or pinned is copied into its own store, keyed (partner_id, hash).
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import Base, OfPartner, plain
from systems_changers.infra.isolation import EVERYBODY, READ_BY


class CanonicalModule(Base):
    """One version of a canonical module. `content` is the whole module; its blocks are kept by hash as well."""

    __tablename__ = "canonical_module"
    __table_args__ = (
        sa.Index("ix_canonical_module_identity", "identity", "loaded_at"),
        {"info": {READ_BY: EVERYBODY}},
    )

    hash: Mapped[str] = plain(sa.String(71), primary_key=True)
    identity: Mapped[str] = plain(sa.String(120))
    number: Mapped[int] = plain()
    label: Mapped[str] = plain(sa.String(20))
    locale: Mapped[str] = plain(sa.String(40), default="en_GB")
    content: Mapped[dict[str, Any]] = plain()
    loaded_at: Mapped[datetime] = plain()
    withdrawn_at: Mapped[datetime | None] = plain()


class CanonicalBlock(Base):
    """One block of a canonical module, by hash."""

    __tablename__ = "canonical_block"
    __table_args__ = ({"info": {READ_BY: EVERYBODY}},)

    hash: Mapped[str] = plain(sa.String(71), primary_key=True)
    content: Mapped[dict[str, Any]] = plain()


class CanonicalTranslation(Base):
    """A block's or a head's text in another language; its hash covers (hash of the block or head, locale, text)."""

    __tablename__ = "canonical_translation"
    __table_args__ = ({"info": {READ_BY: EVERYBODY}},)

    hash: Mapped[str] = plain(sa.String(71), primary_key=True)
    block_hash: Mapped[str] = plain(sa.String(71), index=True)
    locale: Mapped[str] = plain(sa.String(40))
    content: Mapped[dict[str, Any]] = plain()


class _Stored(OfPartner):
    """Keyed by (partner_id, hash): what is pinned never changes, so it needs no version and no identifier."""

    hash: Mapped[str] = plain(sa.String(71), primary_key=True, sort_order=-1)
    created_at: Mapped[datetime] = plain()


class PartnerModule(_Stored, Base):
    """A module version as a partner keeps it: `origin` is canonical, variant or bespoke.

    A variant keeps its base's hash, a copy of the base, its patch, and the patched content.
    """

    __tablename__ = "partner_module"
    __table_args__ = (sa.Index("ix_partner_module_identity", "partner_id", "identity"),)

    origin: Mapped[str] = plain(sa.String(12))
    identity: Mapped[str] = plain(sa.String(120))
    number: Mapped[int | None] = plain()
    label: Mapped[str] = plain(sa.String(20))
    locale: Mapped[str] = plain(sa.String(40), default="en_GB")
    content: Mapped[dict[str, Any]] = plain()
    base_hash: Mapped[str | None] = plain(sa.String(71))
    base_content: Mapped[dict[str, Any] | None] = plain(sa.JSON)
    patch: Mapped[list[Any] | None] = plain(sa.JSON)
    why: Mapped[str | None] = plain(sa.Text)
    plugin: Mapped[str | None] = plain(sa.String(40))


class PartnerTranslation(_Stored, Base):
    """A block's or a module head's translation as a partner pinned or made it."""

    __tablename__ = "partner_translation"
    __table_args__ = (sa.Index("ix_partner_translation_block", "partner_id", "block_hash"),)

    block_hash: Mapped[str] = plain(sa.String(71))
    locale: Mapped[str] = plain(sa.String(40))
    content: Mapped[dict[str, Any]] = plain()
