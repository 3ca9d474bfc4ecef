"""What a new partner does first, on the command line: the page's list with addresses and commands, and a test mail."""

from __future__ import annotations

from email.message import EmailMessage

import click

from systems_changers.core.home.service import instance
from systems_changers.core.home.service.first_steps import administrators_secured, first_steps
from systems_changers.core.partners.queries import hosting_partners
from systems_changers.core.people.rules import email_problem
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra.errors import Invalid, KitError, Misconfigured, NotFound
from systems_changers.infra.mail import deliver
from systems_changers.infra.settings import Settings
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg

WHERE = {
    "details": "/settings/", "brand": "/settings/look", "languages": "/get-started", "cohort": "/cohorts/new",
    "second-factor": "/account/second-factor", "mail": "/get-started",
}  # fmt: skip
TRY = "`systems-changers get-started --mail-test ADDRESS` sends one now."


@command("get-started")
@click.option("--partner", metavar="SLUG", help="At this partner alone; at all without it.")
@click.option("--mail-test", metavar="ADDRESS", help="Send a test mail there, and say whether it went.")
def get_started(terminal: Terminal, partner: str | None, mail_test: str | None) -> None:
    """Say what a new instance needs first, and how far that is; as often as you like."""
    settings = instance.check_existing(terminal.data)
    with instance.opened(settings) as kit:
        if mail_test is not None:
            said = send_test(settings, mail_test)
            terminal.answer({"mail": said}, said)
            return
        found = {each.slug: _told(kit, each) for each in _asked(kit, partner)}
    lines = [line for slug, steps in found.items() for line in (f"{slug}:", *map(_line, steps))]
    terminal.answer({"partners": found}, *lines)


def _asked(kit: Kit, slug: str | None) -> list[PartnerFacts]:
    partners = [each for each in hosting_partners(kit.engine) if slug in (None, each.slug)]
    if slug is not None and not partners:
        raise NotFound(msg("There is no partner called %(slug)s.", slug=slug))
    return partners


def _told(kit: Kit, partner: PartnerFacts) -> list[dict[str, object]]:
    with kit.scope(partner, ANYONE, links=no_links) as scope:
        steps = first_steps(scope, second_factor=administrators_secured(scope))
    root = f"{kit.settings.public_url}/p/{partner.slug}"
    return [{"id": step.key, "done": step.done, "label": str(step.label), "hint": str(step.hint),
             "address": root + WHERE[step.key]} for step in steps]  # fmt: skip


def _line(step: dict[str, object]) -> str:
    said = f"  {'done' if step['done'] else 'to do':6} {step['label']}"
    if step["done"]:
        return said
    return f"{said}\n         {step['hint']} {step['address']}" + (f"\n         {TRY}" if step["id"] == "mail" else "")


def send_test(settings: Settings, address: str) -> str:
    """Hand a test mail to the mail server now and say what became of it. Raises Invalid, Misconfigured."""
    if (wrong := email_problem(address)) is not None:
        raise Invalid(wrong)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Mail works", settings.mail_from, address
    message.set_content("Somebody tried out mail with `systems-changers get-started`. It works.\n")
    try:
        deliver(settings, message, secret=False)
    except KitError:
        raise
    except Exception as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise Misconfigured(msg("The mail did not go: %(why)s", why=why)) from error
    if settings.mail_host:
        return f"{settings.mail_host} took the mail to {address}."
    return "There is no mail server (mail_host): the mail is in the mailbox that the operator sees."
