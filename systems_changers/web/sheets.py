"""Sends files: a table of any length part by part, so that neither it nor a transaction is held for its reader.

The first part is read before the answer begins, so that what is wrong with the request is still told as a page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import quote

from flask import Response, make_response

from systems_changers.hooks.facts import Download
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.sheets import csv_text
from systems_changers.infra.text import Message
from systems_changers.web import safety
from systems_changers.web.answers import Content, LongSheet, Part, Sheet
from systems_changers.web.pages import Visit

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""In front of a file it tells spreadsheets that this is UTF-8."""
Opener = Callable[[], AbstractContextManager[AnyScope]]


def send(visit: Visit, answer: Sheet | LongSheet | Download | Content) -> Response:
    """A file for the browser to keep, or to show where it was made anew here."""
    if isinstance(answer, LongSheet):
        return _in_parts(visit, answer)
    if isinstance(answer, Content):
        return _content(answer)
    kept = _as_file(visit, answer) if isinstance(answer, Sheet) else answer
    response = make_response(kept.body)
    response.headers["Content-Type"] = kept.media_type
    _name(response, "attachment", kept.name)
    return response


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


def _name(response: Response, how: str, name: str) -> None:
    """What the browser calls a file: headers hold ASCII, so that other letters are told in a second way (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    whole = {} if plain == name else {"filename*": f"UTF-8''{quote(name, safe='')}"}
    told = f"file{plain}" if plain[:1] in {"", "."} else plain
    response.headers.set("Content-Disposition", how, filename=told, **whole)


def _content(answer: Content) -> Response:
    """A kept file. Wherever a browser opens it, it runs nothing, loads nothing, and is no part of these pages."""
    response = Response(answer.chunks, direct_passthrough=True)
    response.headers["Content-Type"] = answer.media_type
    response.headers["Content-Length"] = str(answer.size)
    _name(response, "inline" if answer.shown else "attachment", answer.name)
    response.headers["Content-Security-Policy"] = safety.ISOLATED
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _as_file(visit: Visit, answer: Sheet) -> Download:
    """The table as CSV, with a mark in front that tells spreadsheets it is UTF-8."""
    body = csv_text(answer.rows, visit.catalogue.translate).encode("utf-8-sig")
    return Download(body, answer.name, "text/csv; charset=utf-8")
