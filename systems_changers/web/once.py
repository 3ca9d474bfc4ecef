"""Takes a form once, however often it is sent: by a second tap, or by a browser whose connection broke.

The same form is the same answers to the same address from the same page, whose token no other page has (csrf.py). Only
one that was answered with a redirect is remembered, in the transaction that did what it asked.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from functools import partial
from typing import IO

from flask import Response, request
from sqlalchemy.exc import DBAPIError

from systems_changers.hooks.facts import Redirect
from systems_changers.infra.text import msg
from systems_changers.web import csrf, pages

PIECE = 65_536
TWICE = msg("You sent this twice; it was taken once.")


def met_before(visit: pages.Visit) -> Response | None:
    """Where this form led when it was taken before; None for a form that is new."""
    path = visit.house.sent_before(visit.scope, _key())
    return None if path is None else pages.say_next(visit, pages.see_other(path), TWICE)


def met_meanwhile(visit: pages.Visit) -> Response | None:
    """The same after something went wrong: two that were sent at one moment get in each other's way."""
    with suppress(DBAPIError):
        visit.scope.db.rollback()
        return met_before(visit)
    return None


def remember(visit: pages.Visit, answer: Redirect) -> None:
    """Keep where this form leads, with what it changed; fails with it where another has just been taken."""
    visit.house.keep_sent(visit.scope, _key(), visit.links.path(answer.endpoint, **answer.values))


def _key() -> str:
    """What makes two forms the same one, as a hash: nothing of the answers is kept."""
    files = [(name, file.filename, _digest(file.stream)) for name, file in request.files.items(multi=True)]
    sent = [csrf.sent_token(request), request.method, request.script_root + request.full_path]
    told = json.dumps([sent, list(request.form.items(multi=True)), files])
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _digest(stream: IO[bytes]) -> str:
    made = hashlib.sha256()
    for piece in iter(partial(stream.read, PIECE), b""):
        made.update(piece)
    stream.seek(0)
    return made.hexdigest()
