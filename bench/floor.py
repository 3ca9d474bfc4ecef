"""The floor: each page as Flask, SQLAlchemy and Jinja would have it with no kit around them.

Every figure is a ratio to these pages, so they stay what a careful person writes by hand: indexed queries of the
columns that are shown, one connection a request, signed cookies, autoescaped templates, no partner and no plugin. It
loads what a page in several languages with plugins would, Babel and pluggy, so that starts and memory compare.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

import pluggy
import sqlalchemy as sa
from flask import Flask, Response, abort, render_template, request, session
from flask_babel import Babel
from marshmallow import Schema, fields
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

ROWS = 30
READER = 7
STATES = ("planned", "recruiting", "running", "closed")
ABOUT = "People who work with the same families meet each month, draw what they see and try one small thing. " * 2


class Base(DeclarativeBase):
    pass


class Partner(Base):
    __tablename__ = "partner"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))


class User(Base):
    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("partner.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))


class Cohort(Base):
    __tablename__ = "cohort"

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("partner.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    place: Mapped[str] = mapped_column(sa.String(80))
    starts: Mapped[str] = mapped_column(sa.String(10))
    places: Mapped[int]
    people: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    about: Mapped[str] = mapped_column(sa.Text)


class Note(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    body: Mapped[str] = mapped_column(sa.Text)


class CohortSchema(Schema):
    id = fields.Integer()
    name = fields.String()
    place = fields.String()
    starts = fields.String()
    places = fields.Integer()
    people = fields.Integer()
    state = fields.String()
    about = fields.String()


COLUMNS = (
    Cohort.id, Cohort.name, Cohort.place, Cohort.starts, Cohort.places, Cohort.people, Cohort.state, Cohort.about,
)  # fmt: skip
FIRST = sa.select(*COLUMNS).where(Cohort.partner_id == 1).order_by(Cohort.id).limit(ROWS)


def open_floor(url: str) -> sa.Engine:
    """The floor's database, with the settings that SQLite needs to serve several threads."""
    engine = sa.create_engine(url, pool_size=8)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settings)
    return engine


def _settings(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def fill(engine: sa.Engine, partners: int = 50, cohorts: int = 60) -> None:
    """Make the tables and their rows; the same ones every time."""
    Base.metadata.create_all(engine)
    with engine.begin() as db:
        db.execute(sa.insert(Partner), [{"name": f"Partner {number}"} for number in range(1, partners + 1)])
        people = [{"partner_id": 1 + number % partners, "name": f"Person {number}"} for number in range(500)]
        db.execute(sa.insert(User), people)
        db.execute(sa.insert(Cohort), [_cohort(1 + at // cohorts, at % cohorts) for at in range(partners * cohorts)])


def _cohort(partner: int, number: int) -> dict[str, object]:
    return {
        "partner_id": partner, "name": f"Cohort {number} & neighbours", "place": "Portlaggan <harbour>",
        "starts": f"2026-{1 + number % 12:02d}-15", "places": 18, "people": number % 19,
        "state": STATES[number % len(STATES)], "about": ABOUT,
    }  # fmt: skip


def cohorts_of(db: sa.Connection, partner_id: int) -> tuple[Sequence[Any], int]:
    """The first rows of a partner's cohorts, and how many there are; statements are written where they are used."""
    mine = Cohort.partner_id == partner_id
    rows: Sequence[Any] = db.execute(sa.select(*COLUMNS).where(mine).order_by(Cohort.id).limit(ROWS)).all()
    return rows, db.scalar(sa.select(sa.func.count()).select_from(Cohort).where(mine)) or 0


def signed_in(db: sa.Connection) -> Any:
    """The user of the session, or 401."""
    user_id = session.get("user") or abort(401)
    found = sa.select(User.id, User.name, User.partner_id, Partner.name.label("partner")).join(
        Partner, Partner.id == User.partner_id
    )
    return db.execute(found.where(User.id == user_id)).one()


def make_floor(url: str) -> Flask:
    """The floor's pages over the database at `url`."""
    app = Flask("bench.floor", template_folder="templates")
    app.config.update(SECRET_KEY="bench", SESSION_COOKIE_SAMESITE="Lax", TEMPLATES_AUTO_RELOAD=False)
    Babel(app)
    app.extensions["floor_plugins"] = pluggy.PluginManager("floor")
    engine = open_floor(url)
    _read(app, engine)
    _write(app, engine)
    return app


def _read(app: Flask, engine: sa.Engine) -> None:
    schema = CohortSchema(many=True)

    @app.get("/list")
    def list_page() -> str:
        with engine.connect() as db:
            return render_template("floor.html", rows=db.execute(FIRST).all(), user=None, total=None)

    @app.get("/dashboard")
    def dashboard() -> str:
        with engine.connect() as db:
            user = signed_in(db)
            rows, total = cohorts_of(db, user.partner_id)
        return render_template("floor.html", rows=rows, user=user, total=total)

    @app.get("/api/marshmallow")
    def api() -> Response:
        with engine.connect() as db:
            rows = db.execute(FIRST).all()
        return Response(json.dumps(schema.dump(rows)), mimetype="application/json")


def _write(app: Flask, engine: sa.Engine) -> None:
    @app.get("/login/<int:user_id>")
    def login(user_id: int) -> Response:
        session.update(user=user_id, csrf=secrets.token_urlsafe(24))
        return Response(session["csrf"], mimetype="text/plain")

    @app.post("/note")
    def note() -> tuple[str, int, dict[str, str]]:
        if not secrets.compare_digest(request.form.get("csrf", ""), session.get("csrf", "-")):
            abort(400)
        with Session(engine) as db:
            user = signed_in(db.connection())
            db.add(Note(user_id=user.id, body=request.form["body"]))
            db.commit()
        return "", 303, {"Location": "/dashboard"}
