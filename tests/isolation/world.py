"""A small world in which partners could leak into each other: core tables, and a plugin's beside them.

Its own metadata, so that the kit's schema never meets it; the same building blocks, so that what holds here holds
there.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship

from systems_changers.infra.db import (
    NAMING,
    Id,
    Moment,
    OfPartner,
    PartnerOwned,
    owned_by,
    personal,
    plain,
    unique_live,
)
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.isolation import ADDED_BY, APPEND_ONLY, BY_ACCOUNT, EVERYBODY, READ_BY, ROLLUP
from systems_changers.infra.keyholes import Keyhole
from systems_changers.infra.personal import Keep


class World(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id(),
        datetime: Moment(),
        date: sa.Date(),
        dict[str, Any]: sa.JSON(),
    }


class Partner(World):
    __tablename__ = "partner"
    __table_args__ = ({"info": {ROLLUP: True, READ_BY: "id"}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    name: Mapped[str] = plain(sa.String(60))


class Domain(World):
    """Read by all, added by the partner in the row."""

    __tablename__ = "domain"
    __table_args__ = ({"info": {READ_BY: EVERYBODY, ADDED_BY: "partner_ref"}},)

    host: Mapped[str] = plain(sa.String(80), primary_key=True)
    partner_ref: Mapped[UUID | None] = plain(sa.ForeignKey("partner.id", ondelete="CASCADE"))


class Installed(World):
    """Read by all, written by the kit alone."""

    __tablename__ = "installed"
    __table_args__ = ({"info": {READ_BY: EVERYBODY}},)

    slug: Mapped[str] = plain(sa.String(80), primary_key=True)
    title: Mapped[str] = plain(sa.String(80))


class Ledger(World):
    """The kit's alone, and never changed."""

    __tablename__ = "ledger"
    __table_args__ = ({"info": {APPEND_ONLY: True}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    said: Mapped[str] = plain(sa.String(80))


class Queued(World):
    """Read and added by the partner in the row."""

    __tablename__ = "queued"
    __table_args__ = ({"info": {READ_BY: "partner_ref", ADDED_BY: "partner_ref"}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    partner_ref: Mapped[UUID | None] = plain()
    name: Mapped[str] = plain(sa.String(80))


class Letter(World):
    """The kit's alone."""

    __tablename__ = "letter"

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    queued_id: Mapped[UUID] = plain(sa.ForeignKey("queued.id", ondelete="CASCADE"))
    address: Mapped[str] = personal(sa.String(80), purpose="be reached", basis="contract", keep=Keep.until_sent())


LETTER_TO = Keyhole(
    "letter_to",
    sa.select(Letter.id, Queued.name)
    .join(Queued, Queued.id == Letter.queued_id)
    .where(Letter.address == sa.bindparam("address")),
    World.metadata,
)


FIRST_LETTER = Keyhole(
    "first_letter",
    sa.select(Letter.address).order_by(Letter.address).limit(sa.literal(1, literal_execute=True)),
    World.metadata,
)


class Account(World):
    __tablename__ = "account"

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    email: Mapped[str] = personal(
        sa.String(120), unique=True, purpose="sign in", basis="contract", keep=Keep.while_account()
    )


class Membership(PartnerOwned, World):
    __tablename__ = "membership"
    __table_args__ = (unique_live("uq_membership_role", "account_id", "role"), {"info": {BY_ACCOUNT: True}})

    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"))
    role: Mapped[str] = plain(sa.String(80))


person_tag = sa.Table(
    "person_tag",
    World.metadata,
    sa.Column("partner_id", Id(), primary_key=True, info={"personal": False}),
    sa.Column("person_id", Id(), primary_key=True, info={"personal": False}),
    sa.Column("tag_id", Id(), primary_key=True, info={"personal": False}),
    owned_by("person_id", "person"),
    owned_by("tag_id", "tag"),
)


class Tag(PartnerOwned, World):
    __tablename__ = "tag"

    label: Mapped[str] = plain(sa.String(80))


class Cohort(PartnerOwned, World):
    __tablename__ = "cohort"
    __table_args__ = (unique_live("uq_cohort_name", "name"), {"info": {ROLLUP: True}})

    name: Mapped[str] = plain(sa.String(80))
    people: Mapped[list["Person"]] = relationship(back_populates="cohort", order_by="Person.id", passive_deletes=True)
    names: AssociationProxy[list[str]] = association_proxy("people", "name")


class Person(PartnerOwned, World):
    __tablename__ = "person"
    __table_args__ = (owned_by("cohort_id", "cohort"), sa.Index("ix_person_cohort", "partner_id", "cohort_id"))

    account_id: Mapped[UUID | None] = plain(sa.ForeignKey("account.id", ondelete="SET NULL"))
    name: Mapped[str] = personal(sa.String(80), purpose="be greeted", basis="consent", keep=Keep.after("made", years=2))
    cohort_id: Mapped[UUID] = plain()
    cohort: Mapped[Cohort] = relationship(back_populates="people")
    tags: Mapped[list[Tag]] = relationship(secondary=person_tag)
    labels: AssociationProxy[list[str]] = association_proxy("tags", "label")


class LeafNote(PartnerOwned, World):
    """A plugin's table, with a key to the core."""

    __tablename__ = "leaf_note"
    __table_args__ = (owned_by("cohort_id", "cohort"),)

    text: Mapped[str] = plain(sa.String(80))
    cohort_id: Mapped[UUID] = plain()
    cohort: Mapped[Cohort] = relationship()


class LeafPage(OfPartner, World):
    """A plugin's store of pinned content, keyed by hash."""

    __tablename__ = "leaf_page"

    hash: Mapped[str] = mapped_column(sa.String(80), primary_key=True, info={"personal": False})
    content: Mapped[dict[str, Any]] = plain()


Cohort.size = column_property(
    sa.select(sa.func.count(Person.id))
    .where(Person.cohort_id == Cohort.id, Person.partner_id == Cohort.partner_id)
    .correlate_except(Person)
    .scalar_subquery(),
    deferred=True,
)
