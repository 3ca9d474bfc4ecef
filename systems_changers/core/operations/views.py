"""The operator's pages, outside any partner."""

from __future__ import annotations

from uuid import UUID

from flask import Request, g

from systems_changers.core.operations import queries, service
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import OperatorScope
from systems_changers.infra.mail import Mailbox
from systems_changers.infra.text import msg
from systems_changers.web.edge import Pages
from systems_changers.web.pages import Visit
from systems_changers.web.pagination import page_of, pager

pages = Pages("operations")


def _kit() -> Kit:
    visit: Visit = g.visit
    return visit.house.kit


def _mailbox() -> Mailbox:
    return Mailbox(_kit().settings.data / "mailbox")


@pages.get("/operator/plugins", where="instance")
def plugins(scope: OperatorScope, _request: Request) -> Page:
    """Every plugin, what keeps one out, and what went wrong."""
    return Page("operations/plugins.html", {"plugins": queries.plugin_lines(scope, _kit().registry)})


@pages.post("/operator/plugins/<slug>/forget", where="instance")
def forget_faults(scope: OperatorScope, _request: Request, slug: str) -> Redirect:
    """Take a plugin's faults off the page once they are put right."""
    service.forget_faults(scope, [slug])
    return Redirect("operations.plugins", notice=msg("What is still wrong will be told anew."))


@pages.get("/operator/outbox", where="instance")
def outbox(scope: OperatorScope, request: Request) -> Page:
    """What could not be told or sent after the last try."""
    asked = page_of(request.args)
    rows = queries.parked(scope, number=asked.number, size=asked.size)
    return Page("operations/outbox.html", {"rows": rows, "page": pager(rows, request.args)})


@pages.post("/operator/outbox/<uuid:row_id>/again", where="instance")
def try_again(scope: OperatorScope, _request: Request, row_id: UUID) -> Redirect:
    """Put one back in line."""
    service.try_again(scope, row_id)
    return Redirect("operations.outbox", notice=msg("It is tried again now."))


@pages.get("/operator/mailbox", where="instance")
def mailbox(_scope: OperatorScope, request: Request) -> Page:
    """Mails that were kept because there is no mail server."""
    asked = page_of(request.args)
    rows = _mailbox().list(number=asked.number, size=asked.size)
    values = {"rows": rows, "page": pager(rows, request.args), "server": _kit().settings.mail_host}
    return Page("operations/mailbox.html", values)


@pages.get("/operator/mailbox/<key>", where="instance")
def mail(_scope: OperatorScope, _request: Request, key: str) -> Page:
    """One mail; links that would sign in to an account that exists are cut out of it."""
    return Page("operations/mail.html", {"mail": _mailbox().read(key)})
