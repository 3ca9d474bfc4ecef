"""The schema's building blocks and the sessions that use them.

Every partner-owned table has the key (partner_id, id), and every column says whether it is about a person.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID, SafeUUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import (
    DeclarativeBase,
    LoaderCriteriaOption,
    Mapped,
    MappedColumn,
    ORMExecuteState,
    Session,
    aliased,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)

from systems_changers.infra.errors import NotFound, OtherPartner
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.personal import Basis, Condition, Keep

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# Marks in a table's `info`; infra/isolation.py says what each lets through.
READ_BY = "read_by"
ADDED_BY = "added_by"
EVERYBODY = "everybody"
BY_ACCOUNT = "by_account"
ROLLUP = "rollup"
APPEND_ONLY = "append_only"
# Marks that say whose rows a table holds and what erasing somebody does to them; infra/subjects.py reads them.
SUBJECT = "subject"
ON_ERASURE = "on_erasure"
TITLE = "title"
STAYS = "stays"
FILTERED = "sc_filtered"
FILTERED_ALONE = object()
WRITES_SOON = "sc_writes_soon"
WROTE = "sc_wrote"


class Nobody(str):
    """The mark of a table with personal columns from which no person is reached; it says why."""

    __slots__ = ()


class Id(sa.types.TypeDecorator[UUID]):
    """A UUID: 16 bytes on SQLite, native on PostgreSQL."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Uuid() if dialect.name == "postgresql" else sa.LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], UUID | None] | None:
        """Nothing between the database's bytes and the UUID: a list of thirty rows makes a hundred of them."""
        return super().result_processor(dialect, coltype) if dialect.name == "postgresql" else _uuid_of

    def process_result_value(self, value: UUID | None, _dialect: sa.Dialect) -> UUID | None:
        return value


_new, _set, _number = object.__new__, object.__setattr__, int.from_bytes


def _uuid_of(value: bytes | None) -> UUID | None:
    """The UUID of 16 bytes, without the checks of its own constructor, which are for other ways to write one."""
    if value is None:
        return None
    made = _new(UUID)
    _set(made, "int", _number(value, "big"))
    _set(made, "is_safe", SafeUUID.unknown)
    return made


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment in UTC; a value that doesn't know its zone is refused rather than guessed."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment needs its time zone"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Everything the kit and its plugins store."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id(),
        datetime: Moment(),
        date: sa.Date(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
        list[str]: sa.JSON(),
        bool: sa.Boolean(name=None),
    }


def plain(*args: Any, **kwargs: Any) -> MappedColumn[Any]:
    """A column that says nothing about a person."""
    return mapped_column(*args, info={"personal": False}, **kwargs)


def personal(
    *args: Any,
    purpose: str,
    basis: Basis,
    keep: Keep,
    special: Condition | None = None,
    label: str = "",
    **kwargs: Any,
) -> MappedColumn[Any]:
    """A column about a person: why it is held, on what lawful basis, and until when.

    `special` is the condition on which it is held where it may be special-category (health, belief and the like).
    `label` says in the privacy notice what it is; `purpose` and `label` are msgids.
    """
    said = {"purpose": purpose, "basis": basis, "keep": keep, "label": label}
    info = {"personal": True, **said, "special": special is not None, "condition": special}
    return mapped_column(*args, info=info, **kwargs)


def _now() -> datetime:
    return datetime.now(UTC)


class Recorded:
    """Who made and changed a row, and when; `version` counts its changes so that none is lost."""

    version: Mapped[int] = plain(default=1)
    created_at: Mapped[datetime] = plain(default=_now)
    created_by: Mapped[UUID | None] = plain()
    updated_at: Mapped[datetime] = plain(default=_now, onupdate=_now)
    updated_by: Mapped[UUID | None] = plain()

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}


class OfPartner:
    """A row of one partner; its key begins with the partner's."""

    @declared_attr
    def partner_id(cls) -> Mapped[UUID]:
        partner = sa.ForeignKey("partner.id", ondelete="CASCADE")
        return mapped_column(partner, primary_key=True, sort_order=-2, info={"personal": False})  # the key's first part


class PartnerOwned(OfPartner, Recorded):
    """Keyed (partner_id, id), erasable, importable, extensible."""

    id: Mapped[UUID] = plain(primary_key=True, sort_order=-1, default=new_id)
    deleted_at: Mapped[datetime | None] = plain()
    source: Mapped[str | None] = plain(sa.String(40))
    source_key: Mapped[str | None] = plain(sa.String(200))
    extra: Mapped[dict[str, Any]] = plain(default=dict)


def owned_by(column: str, table: str, *, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    """A foreign key to another partner-owned table: always (partner_id, column)."""
    return sa.ForeignKeyConstraint(["partner_id", column], [f"{table}.partner_id", f"{table}.id"], ondelete=ondelete)


class LiveIndex(sa.Index):
    """An index of the rows that are not deleted.

    It says so to both databases only when it is asked: an index that is given `sqlite_where` and `postgresql_where`
    loads both databases' dialects to check them, a thirtieth of a server's start and four megabytes.
    """

    inherit_cache = True

    @cached_property
    def dialect_options(self) -> Any:
        """Each dialect's options by its name."""
        options = super().dialect_options
        for dialect in ("sqlite", "postgresql"):
            options[dialect]["where"] = sa.text("deleted_at IS NULL")
        return options


def unique_live(name: str, *columns: str) -> sa.Index:
    """Unique within a partner among the rows that are not deleted."""
    return LiveIndex(name, "partner_id", *columns, unique=True)


def is_partner_table(table: sa.Table) -> bool:
    """Whether its rows belong to partners."""
    return "partner_id" in table.primary_key.columns


def partner_tables(metadata: sa.MetaData) -> list[sa.Table]:
    """The partner-owned tables, the kit's and the loaded plugins', parents first."""
    return [table for table in metadata.sorted_tables if is_partner_table(table)]


class PartnerSession(Session):
    """A session that serves one partner for its whole life; `info` holds partner_id and account_id."""


def for_writing(engine: sa.Engine) -> sa.Engine:
    """The same engine, whose transactions write; made once where many will."""
    if engine.get_execution_options().get(WRITES_SOON):
        return engine
    return engine.execution_options(**{WRITES_SOON: True})


def open_session(
    engine: sa.Engine, partner_id: UUID | None, *, account_id: UUID | None = None, write: bool = False
) -> PartnerSession:
    """A session bound to one partner (None: to no partner's data at all), for reading or for writing."""
    bound = for_writing(engine) if write else engine
    session = PartnerSession(bound, expire_on_commit=False, autoflush=write)
    session.info.update(partner_id=partner_id, account_id=account_id, write=write)
    if partner_id is not None:
        session.info["criteria"] = _rows_of(partner_id)
    return session


Row = TypeVar("Row", bound=PartnerOwned)
Model = TypeVar("Model", bound=Base)


def alias_for_good(model: type[Model]) -> type[Model]:
    """An alias that a module makes once, for every thread.

    SQLAlchemy fills in its columns at their first use; of two threads that are first at once, one may find half of them
    and compare another table's column instead. So they are filled in here, while the module loads.
    """
    made = aliased(model)
    table = model.__table__
    sa.inspect(made).selectable.corresponding_column(next(iter(table.columns)))
    return made


def live_row(db: Session, model: type[Row], id: UUID) -> Row:
    """The session's partner's row with this id; raises NotFound for an unknown, foreign or deleted one."""
    row = db.get(model, (db.info["partner_id"], id))
    if row is None or row.deleted_at is not None:
        raise NotFound
    return row


class _PartnerValue(sa.BindParameter[UUID]):
    """The partner in the session's filter; not annotated, because comparing annotated values costs every statement."""

    inherit_cache = True

    def _annotate(self, values: Any) -> Any:  # noqa: ARG002 - the name is the base's
        return self


@lru_cache(maxsize=1024)
def _rows_of(partner_id: UUID) -> LoaderCriteriaOption:
    owner = _PartnerValue(
        None, partner_id, type_=Id(), unique=True
    )  # inside the lambda, a bare value would lose the column's type
    # Not carried along by each loaded row, which costs every page: a lazy load passes the session's event again.
    return with_loader_criteria(
        OfPartner, lambda cls: cls.partner_id == owner, include_aliases=True, propagate_to_loaders=False
    )


_READER = "sc_reader"
_reader = sa.bindparam(_READER, type_=Id())
_ROWS_OF_READER = with_loader_criteria(
    OfPartner, lambda cls: cls.partner_id == _reader, include_aliases=True, propagate_to_loaders=False
)
_limited: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def _limited_to_reader(statement: Any) -> Any:
    """The statement with the filter; one made once for good is prepared once, whichever partner reads."""
    limited = _limited.get(statement)
    if limited is None:
        limited = _limited[statement] = statement.options(_ROWS_OF_READER)
    return limited


def _limit(state: ORMExecuteState) -> None:
    """Add the filter to a read."""
    given: Any = state.parameters or {}
    state.statement = _limited_to_reader(state.statement)
    state.parameters = {**given, _READER: state.session.info["partner_id"]}


def read_columns(
    session: Session, statement: sa.Select[*tuple[Any, ...]], given: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """All rows of a statement that selects columns alone: what a partner's `session.execute` answers.

    With the same filter, and without the loading of objects, a third of a list's time: an entity comes as its columns.
    Raises RuntimeError outside a partner.
    """
    if session.info["partner_id"] is None:
        raise RuntimeError("columns are read within a partner")
    if session.autoflush:
        session.flush()
    parameters = {**(given or {}), _READER: session.info["partner_id"]}
    return session.connection().execute(_limited_to_reader(statement), parameters).all()


@contextmanager
def using(session: PartnerSession) -> Iterator[PartnerSession]:
    """The session, closed at the end; what was not committed is rolled back."""
    try:
        yield session
    finally:
        session.close()


@event.listens_for(PartnerSession, "do_orm_execute")
def _only_this_partner(state: ORMExecuteState) -> None:
    criteria = state.session.info.get("criteria")
    if criteria is None or state.is_column_load:
        return
    if state.is_select:
        _limit(state)
    elif not (state.is_update or state.is_delete):
        state.statement = state.statement.options(criteria)
    elif not isinstance(state.parameters, list):  # a list changes rows by key, which the database guards
        _filter_change(state)


def _filter_change(state: ORMExecuteState) -> None:
    """Add the partner to a bulk change, and say so: SQLite's guard then lets it compare with any column."""
    change, mapper = state.statement, state.bind_mapper
    table = getattr(change, "table", None)
    if not isinstance(change, sa.Update | sa.Delete) or not isinstance(table, sa.Table) or not is_partner_table(table):
        return
    owner = mapper.class_.partner_id if mapper is not None else table.c.partner_id
    state.statement = change.where(owner == state.session.info["partner_id"])
    state.update_execution_options(**{FILTERED: FILTERED_ALONE})


@event.listens_for(PartnerSession, "before_flush")
def _stamp_and_guard(session: Session, _context: object, _instances: object) -> None:
    partner_id, account_id = session.info["partner_id"], session.info["account_id"]
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, OfPartner):
            if cast("UUID | None", row.partner_id) is None and row in session.new and partner_id is not None:
                row.partner_id = partner_id
            if row.partner_id != partner_id or partner_id is None:
                raise OtherPartner(type(row).__name__)
        if isinstance(row, Recorded) and row not in session.deleted:
            row.updated_by = account_id
            if row in session.new:
                row.created_by = row.created_by or account_id
