"""Sends files: a table of any length part by part, so that neither it nor a transaction is held for its reader.

The first part is read before the answer begins, so that what is wrong with the request is still told as a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from flask import Response

from systems_changers.hooks.facts import Download
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.sheets import csv_text
from systems_changers.infra.text import Message
from systems_changers.web.answers import LongSheet, Part, Sheet
from systems_changers.web.pages import Visit, as_file, download

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""In front of a file it tells spreadsheets that this is UTF-8."""
Opener = Callable[[], AbstractContextManager[Scope | OperatorScope]]


def send(visit: Visit, answer: Sheet | LongSheet | Download) -> Response:
    """What was answered, as a file for the browser to keep."""
    if isinstance(answer, LongSheet):
        return _in_parts(visit, answer)
    return download(as_file(visit, answer) if isinstance(answer, Sheet) else answer)


def _in_parts(visit: Visit, answer: LongSheet) -> Response:
    first = answer.read(visit.scope, None)
    say = visit.catalogue.translate  # known only while the request lasts
    response = Response(_parts(answer, first, say, _opener(visit)), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=answer.name)
    return response


def _parts(answer: LongSheet, part: Part, say: Callable[[Message], str], opened: Opener) -> Iterator[bytes]:
    yield (MARK + csv_text([answer.head, *part.rows], say)).encode()
    while part.last is not None:
        with opened() as scope:
            part = answer.read(scope, part.last)
        yield csv_text(part.rows, say).encode()


def _opener(visit: Visit) -> Opener:
    """Opens further scopes for the same person at the same place, for reading."""
    kit, actor, links, partner = visit.house.kit, visit.scope.actor, visit.links, visit.partner
    if partner is None:
        return lambda: kit.operator_scope(actor, links=links)
    return lambda: kit.scope(partner, actor, links=links)
