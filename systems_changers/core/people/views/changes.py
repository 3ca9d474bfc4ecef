"""Who did what and when, with people's names: at a partner for its administrators, outside any for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from flask import Request

from systems_changers.core.operations import queries as operations
from systems_changers.core.operations.queries import AuditLine
from systems_changers.core.operations.rules import doing
from systems_changers.core.people import queries
from systems_changers.core.people.rules import ROLES
from systems_changers.core.people.views.request import pages
from systems_changers.hooks.facts import Page
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.slices import Slice
from systems_changers.infra.text import Message, msg
from systems_changers.web.pagination import page_of, pager

KIT = msg("The kit itself")
ELSEWHERE = msg("Somebody who is not among the people here")


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
    asked = page_of(request.args)
    found = operations.audit_trail(scope, number=asked.number, size=asked.size)
    return _page("people/changes.html", found, queries.names_of(scope, _ids(found)), request)


@pages.get("/operator/changes", where="instance")
def operator_changes(scope: OperatorScope, request: Request) -> Page:
    """What was done outside any partner."""
    asked = page_of(request.args)
    found = operations.operator_trail(scope, number=asked.number, size=asked.size)
    return _page("people/operator_changes.html", found, queries.addresses_of(scope, _ids(found)), request)


def _ids(found: Slice[AuditLine]) -> set[UUID]:
    return {id_ for line in found.rows for id_ in (line.account_id, line.object_id) if id_ is not None}


def _page(template: str, found: Slice[AuditLine], names: Mapping[UUID, str], request: Request) -> Page:
    lines = [_change(line, names) for line in found.rows]
    return Page(template, {"lines": lines, "page": pager(found, request.args)})


def _change(line: AuditLine, names: Mapping[UUID, str]) -> Change:
    """Somebody who signs in is nobody yet, so then it is the account itself that acted."""
    who = line.account_id or (line.object_id if line.object_kind == "account" else None)
    whom = names.get(line.object_id, "") if line.object_id is not None and line.object_id != who else ""
    fields = tuple(Message(ROLES[each]) if each in ROLES else each.replace("_", " ") for each in line.changed)
    told = names.get(who, ELSEWHERE) if who is not None else KIT
    return Change(line.at, told, Message(doing(line.name)), whom, fields)
