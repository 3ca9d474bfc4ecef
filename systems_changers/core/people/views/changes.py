"""Who did what and when, with people's names: at a partner for its administrators, outside any for the operator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Request

from systems_changers.core.operations import queries as operations
from systems_changers.core.operations.queries import AuditLine, TrailFilter
from systems_changers.core.operations.rules import AREAS, doing
from systems_changers.core.people import queries
from systems_changers.core.people.forms import ChangesFilter, changes_choices
from systems_changers.core.people.rules import ROLES
from systems_changers.core.people.views.request import pages
from systems_changers.hooks.facts import Page
from systems_changers.hooks.scope import AnyScope, OperatorScope, Scope
from systems_changers.infra.slices import Slice
from systems_changers.infra.text import Message, msg
from systems_changers.web.answers import LongSheet, Part
from systems_changers.web.forms import Form
from systems_changers.web.pagination import page_of, pager

KIT = msg("The kit itself")
ELSEWHERE = msg("Somebody who is not among the people here")
VISITOR = msg("Somebody who was not signed in")
ELSEWHERE_ZONE = "Europe/London"
PART = 1000
_TEMPLATES = {
    "people.changes": "people/changes.html",
    "people.operator_changes": "people/operator_changes.html",
}
HEAD = ("at", "who", "done", "name", "about", "whom", "id", "fields", "seal", "hash")


class Change(NamedTuple):
    """One line: who did what, to whom if it was done to a person, which fields."""

    at: datetime
    who: str | Message
    what: Message
    whom: str
    fields: tuple[str | Message, ...]


@pages.get("/settings/changes")
def changes(scope: Scope, request: Request) -> Page:
    """What was changed at this partner, by whom and when; fields' names, never their values."""
    return _page("people.changes", scope, request)


@pages.get("/settings/changes/file")
def changes_file(scope: Scope, request: Request) -> Page | LongSheet:
    """All of it that is wanted, as a table for a spreadsheet."""
    return _file("people.changes", scope, request)


@pages.get("/operator/changes", where="instance")
def operator_changes(scope: OperatorScope, request: Request) -> Page:
    """What was done outside any partner."""
    return _page("people.operator_changes", scope, request)


@pages.get("/operator/changes/file", where="instance")
def operator_changes_file(scope: OperatorScope, request: Request) -> Page | LongSheet:
    """The operator's table."""
    return _file("people.operator_changes", scope, request)


def _page(endpoint: str, scope: AnyScope, request: Request) -> Page:
    form, asked = _form(request), page_of(request.args)
    if not form.ok:
        return _refused(endpoint, form, request)
    found, sealed = operations.audit_trail(scope, _wanted(scope, form), number=asked.number, size=asked.size)
    names = _names(scope, found.rows)
    asked_for = {name: value for name, value in form.values.items() if value}
    values = {"lines": [_change(line, names) for line in found.rows], "page": pager(found, request.args),
              "form": form, "sealed": sealed, "filtered": bool(asked_for),
              "endpoint": endpoint, "asked_for": asked_for}  # fmt: skip
    return Page(_TEMPLATES[endpoint], values)


def _refused(endpoint: str, form: Form, request: Request) -> Page:
    none: Slice[AuditLine] = Slice([], 0)
    values = {
        "lines": [],
        "page": pager(none, request.args),
        "form": form,
        "sealed": None,
        "filtered": True,
        "endpoint": endpoint,
    }
    return Page(_TEMPLATES[endpoint], values, 422)


def _file(endpoint: str, scope: AnyScope, request: Request) -> Page | LongSheet:
    form = _form(request)
    if not form.ok:
        return _refused(endpoint, form, request)
    return LongSheet(HEAD, partial(_part, _wanted(scope, form)), "changes.csv")


def _part(wanted: TrailFilter, scope: AnyScope, last: AuditLine | None) -> Part:
    found = operations.trail_after(scope, wanted, last, PART)
    names = _names(scope, [each.line for each in found])
    rows: list[Sequence[object]] = []
    for line, number, hash_ in found:
        one = _change(line, names)
        rows.append((line.at.astimezone(UTC).isoformat(), one.who, one.what, line.name, line.object_kind, one.whom,
                     line.object_id, " ".join(line.changed), number, hash_))  # fmt: skip
    if len(found) == PART:
        return Part(rows, found[-1].line)
    return Part([*rows, [operations.INVENTED]] if operations.instance_is_demo(scope) else rows, None)


def _form(request: Request) -> Form:
    asked = {name: request.args[name] for name in ChangesFilter().fields if name in request.args}
    return Form.read(ChangesFilter, asked, choices=changes_choices(asked.get("name", "")))


def _wanted(scope: AnyScope, form: Form) -> TrailFilter:
    """Days are those of whoever looks, as on the page."""
    given, inside = form.values, isinstance(scope, Scope)
    here = scope.partner.time_zone if isinstance(scope, Scope) else ELSEWHERE_ZONE
    zone = ZoneInfo(scope.actor.time_zone or here)
    area = AREAS.get(given["area"])
    known = tuple(kind for each in AREAS.values() for kind in each.kinds)
    return TrailFilter(
        since=_begins(given["since"], zone),
        until=_begins(given["until"] and given["until"] + timedelta(days=1), zone),
        accounts=queries.accounts_called(given["who"], at_partner=inside) if given["who"] else None,
        kinds=area.kinds if area else (),
        other_kinds=known if area is not None and not area.kinds else (),
        name=given["name"] or None,
    )


def _begins(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)


def _names(scope: AnyScope, lines: Iterable[AuditLine]) -> Mapping[UUID, str]:
    ids = {id_ for line in lines for id_ in (line.account_id, line.object_id) if id_ is not None}
    return queries.names_of(scope, ids) if isinstance(scope, Scope) else queries.addresses_of(scope, ids)


def _change(line: AuditLine, names: Mapping[UUID, str]) -> Change:
    """Somebody who signs in is nobody yet, so then it is the account itself that acted."""
    who = line.account_id or (line.object_id if line.object_kind == "account" else None)
    whom = names.get(line.object_id, "") if line.object_id is not None and line.object_id != who else ""
    fields = tuple(Message(ROLES[each]) if each in ROLES else each.replace("_", " ") for each in line.changed)
    nobody = VISITOR if line.name == "account.link_asked" else KIT
    told = names.get(who, ELSEWHERE) if who is not None else nobody
    return Change(line.at, told, Message(doing(line.name)), whom, fields)
