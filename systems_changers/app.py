"""Puts an application together: the only file that knows every slice, every edge and every plugin."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from systems_changers import __version__
from systems_changers.core.cohorts import api as cohorts_api
from systems_changers.core.cohorts import views as cohorts
from systems_changers.core.curriculum import views as curriculum
from systems_changers.core.experiments import api as experiments_api
from systems_changers.core.experiments import views as experiments
from systems_changers.core.home import views as home
from systems_changers.core.home.service.coming_back import erase_what_came_back
from systems_changers.core.home.service.demo_people import PEOPLE
from systems_changers.core.operations import service as operations_service
from systems_changers.core.operations import views as operations
from systems_changers.core.partners import queries as partners_queries
from systems_changers.core.partners import views as partners
from systems_changers.core.people import queries as people_queries
from systems_changers.core.people import rules as people_rules
from systems_changers.core.people import service as people_service
from systems_changers.core.people import views as people
from systems_changers.core.privacy import queries as privacy_queries
from systems_changers.core.privacy import service as privacy_service
from systems_changers.core.privacy import views as privacy
from systems_changers.core.sessions import api as sessions_api
from systems_changers.core.sessions import service as sessions_service
from systems_changers.core.sessions import views as sessions
from systems_changers.core.summaries import service as summaries_service
from systems_changers.core.summaries import views as summaries
from systems_changers.hooks.facts import ANYONE, NavItem, PartnerFacts
from systems_changers.hooks.kit import Kit, keep_out_unready, open_kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra.clock import Clock
from systems_changers.infra.mail import deliver
from systems_changers.infra.paths import PACKAGE
from systems_changers.infra.scrubbing import empty_waiting_log
from systems_changers.infra.settings import Settings, refuse_unsafe
from systems_changers.infra.text import N_
from systems_changers.web import api_edge, edge, errors, extensions, i18n
from systems_changers.web.addresses import Addresses
from systems_changers.web.assets import STATIC
from systems_changers.web.cookies import Cookies, NoFlaskSessions
from systems_changers.web.dispatch import Dispatcher, Timed, Whole
from systems_changers.web.house import Demo, DemoPerson, House
from systems_changers.web.layers import Templates, core_template_dirs
from systems_changers.web.probes import Probes
from systems_changers.web.routing import Rule
from systems_changers.web.safety import Headers
from systems_changers.web.turns import Turns
from systems_changers.web.watching import Watch

if TYPE_CHECKING:
    from systems_changers.web.metrics import Metrics

SLICES = (home, operations, partners, privacy, people, curriculum, cohorts, sessions, experiments, summaries)
ANSWERS = (cohorts_api, sessions_api, experiments_api)
STAFF = frozenset({"administrator", "facilitator"})
EVERYONE = STAFF | {"participant", "line_manager", "analyst"}
NAVIGATION = (
    NavItem(N_("Home"), "home.dashboard", EVERYONE, order=10),
    NavItem(N_("Cohorts"), "cohorts.index", STAFF | {"participant", "line_manager"}, order=20),
    NavItem(N_("Experiments"), "experiments.index", STAFF | {"participant", "line_manager"}, order=30),
    NavItem(N_("Modules"), "curriculum.index", STAFF, order=40),
    NavItem(N_("People"), "people.index", STAFF, order=50),
    NavItem(N_("Figures"), "summaries.figures", STAFF, order=60),
    NavItem(N_("Compare"), "summaries.compare", frozenset({"analyst"}), order=60),
    NavItem(N_("Settings"), "partners.settings", frozenset({"administrator"}), order=90),
)


def open_house(kit: Kit) -> House:
    """The house of a kit: its templates, cookies, permissions and navigation."""
    plugin_folders = {slug: manifest.templates for slug, manifest in kit.registry.manifests.items()}
    demo = None
    if kit.settings.demo:
        demo = Demo(tuple(DemoPerson(each.key, each.name, each.role) for each in PEOPLE))
    return House(
        kit=kit,
        templates=Templates(core_template_dirs(PACKAGE), plugin_folders, compiled=_compiled(kit.settings.data)),
        cookies=Cookies(kit.settings.secure, kit.settings.secret_key),
        arrive=partial(people_queries.arrive, now=kit.clock.now),
        who_is=people_queries.who_is,
        permissions=dict(people_rules.ROUTE_PERMISSIONS),
        navigation=NAVIGATION,
        wake=lambda: None,
        mark_seen=partial(_mark_seen, kit),
        in_use=partial(partners_queries.plugins_in_use, kit.engine),
        sent_before=operations_service.sent_before,
        keep_sent=operations_service.keep_sent,
        demo=demo,
        held_back=None if demo else people_queries.held_back,
        owes_sign_on=people_queries.owes_sign_on,
        confirm=None if demo else people.ask_to_confirm,
    )


def _compiled(data: Path) -> Path | None:
    """A folder for compiled templates that is this user's alone, because what lies in it is run; None without one."""
    folder = data / "compiled"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.stat()
    except OSError:
        return None
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return folder if mine and not found.st_mode & 0o022 else None


def create_app(settings: Settings, *, clock: Clock | None = None, kit: Kit | None = None) -> Flask:
    """The WSGI application of the instance in `settings`; raises Misconfigured when it would not be safe to start."""
    refuse_unsafe(settings)
    kit = kit or open_kit(settings, operations_service.FaultBook(), clock=clock)
    keep_out_unready(kit)
    operations_service.refuse_unready(kit)
    app = Flask("systems_changers", static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.most_body,
        MAX_FORM_MEMORY_SIZE=min(settings.most_body, edge.MOST_TYPED),
        MAX_FORM_PARTS=edge.MOST_FIELDS,
        DEBUG=settings.debug,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.session_interface, app.url_rule_class = NoFlaskSessions(), Rule
    house = open_house(kit)
    app.extensions["systems_changers"] = house
    i18n.install(app)
    edge.install(app, house, [slice_.pages for slice_ in SLICES])
    api_edge.install(app, house, [slice_.answers for slice_ in ANSWERS], __version__)
    extensions.install(app, house)
    errors.install(app, house)
    _wrap(app, kit)
    return app


def _wrap(app: Flask, kit: Kit) -> None:
    from whitenoise import WhiteNoise  # slow: commands don't serve files

    settings = kit.settings
    inner: Any = Headers(Addresses(app.wsgi_app, settings.hosts), secure=settings.secure)
    if kit.engine.dialect.name == "sqlite":
        inner = Turns(inner)
    metrics = _metrics(kit)
    inner = Watch(inner, metrics, believes=bool(settings.proxies))
    if settings.proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix  # optional: only behind a proxy

        count = settings.proxies
        inner = ProxyFix(inner, x_for=count, x_proto=count, x_host=count)
    inner = Probes(inner, partial(operations_service.refuse_unready, kit), metrics)
    files = WhiteNoise(inner, root=STATIC, prefix="static/", max_age=31_536_000, autorefresh=settings.debug)
    app.wsgi_app = files  # type: ignore[method-assign]  # Flask's own way to add WSGI layers


def _metrics(kit: Kit) -> Metrics | None:
    if not kit.settings.metrics:
        return None
    from systems_changers.core.home.service.measures import measures  # optional: only where metrics are on
    from systems_changers.web.metrics import Metrics  # optional: only where metrics are on

    return Metrics(kit.settings, partial(measures, kit))


def house_of(app: Flask) -> House:
    """The house behind an application."""
    house: House = app.extensions["systems_changers"]
    return house


def _tidy(kit: Kit) -> None:
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        operations_service.tidy(scope)
        people_service.forget_sessions(scope)
        scope.db.commit()


def _backups(settings: Settings) -> tuple[Whole, ...]:
    """Timed backups, but of a demo: it is made anew in no time."""
    if settings.demo or not settings.backup_hours:
        return ()
    return (Whole("backup", timedelta(hours=settings.backup_hours), partial(_back_up, settings)),)


def _logs(engine: sa.Engine) -> tuple[Whole, ...]:
    """SQLite's log is emptied after an erasure, as soon as nobody's reading is in the way."""
    if engine.dialect.name != "sqlite":
        return ()
    return (Whole("empty log", timedelta(minutes=1), partial(empty_waiting_log, engine)),)


def _back_up(settings: Settings) -> None:
    from systems_changers.core.home.service import backup  # slow: needed once a day

    backup.keep_backup(settings, backup.TIMED)


def _seal(kit: Kit, partners: Callable[[sa.Engine], list[PartnerFacts]]) -> None:
    """What is recorded at partners that are listed only comes from imports, which seldom happen."""
    operations_service.seal_all(kit, partners(kit.engine))


def _mark_seen(kit: Kit, session_id: UUID) -> None:
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        people_service.mark_seen(scope, session_id)
        scope.db.commit()


def make_dispatcher(house: House) -> Dispatcher:
    """The job edge of an application: outbox, reminders, automatic write-ups and roll-up."""
    kit = house.kit
    dispatcher = Dispatcher(
        house,
        send=partial(deliver, kit.settings),
        partner=partial(partners_queries.partner_by_id, kit.engine),
        partners=partial(partners_queries.hosting_partners, kit.engine),
        has_account=partial(people_queries.has_account, kit.engine),
        timed=(
            Timed("write up", timedelta(hours=6), sessions_service.remind_and_seal),
            Timed("forget forms", timedelta(days=1), operations_service.forget_sent),
            Timed("follow addresses", timedelta(hours=1), people_service.follow_addresses),
            Timed("erase what came back", timedelta(minutes=10), erase_what_came_back),
            Timed("clear files", timedelta(days=1), operations_service.sweep_files),
            Timed(privacy_queries.JOB, timedelta(days=1), privacy_service.let_go),
            Timed("count", timedelta(minutes=10), summaries_service.roll_up),
        ),
        whole=(
            Whole("seal", timedelta(minutes=1), partial(_seal, kit, partners_queries.hosting_partners)),
            Whole("seal everybody's", timedelta(days=1), partial(_seal, kit, partners_queries.every_partner)),
            Whole("tidy", timedelta(days=1), partial(_tidy, kit)),
            Whole("gather", timedelta(minutes=10), partial(summaries_service.gather_all, kit)),
            *_backups(kit.settings),
            *_logs(kit.engine),
        ),
    )
    house.wake = dispatcher.woken.set
    return dispatcher
