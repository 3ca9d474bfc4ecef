"""Make, list and move partners, and let their people in again."""

from __future__ import annotations

import click

from systems_changers.core.home.commands import moving
from systems_changers.core.home.service import instance
from systems_changers.infra.terminal import Terminal, command


@click.group()
def partner() -> None:
    """Make and list partners, move them, and let them leave."""


@command("create")
@click.argument("name")
@click.option("--slug", help="Its place in addresses; made from the name without it.")
@click.option("--languages", default="en_GB", help="Languages separated by commas, the first one first.")
@click.option("--time-zone", default="Europe/London", help="Its time zone.")
@click.option("--kind", type=click.Choice(["hosting", "foundation"]), default="hosting", help="What it does here.")
@click.option("--administrator", metavar="EMAIL", help="An administrator's address: prints a one-time set-up link.")
def create_partner(terminal: Terminal, name: str, administrator: str | None, **given: str | None) -> None:
    """Make a partner on this instance."""
    locales = tuple(code.strip() for code in (given.pop("languages") or "").split(",") if code.strip())
    settings = instance.check_existing(terminal.data)
    with instance.opened(settings) as kit:
        made = instance.add_partner(kit, name, administrator, {**given, "locales": locales})
    link = settings.public_url.rstrip("/") + made.path if made.path else None
    address = f"{settings.public_url.rstrip('/')}/p/{made.facts.slug}/"
    slug = made.facts.slug
    lines = [f"{made.facts.name} is at {address}; its slug is {slug}."]
    if link:
        lines += ["Give this link to the administrator; it works once, within a week:", link]
    else:
        lines += [f"Nobody looks after it yet: systems-changers partner administrator {slug} name@example.org"]
    terminal.answer({"slug": slug, "name": made.facts.name, "url": address, "invitation": link}, *lines)


@command("administrator")
@click.argument("slug")
@click.argument("email")
@click.option("--name", help="The administrator's name; made from the address without it.")
@click.option("--operator", is_flag=True, help="They look after the whole instance, too.")
def administrator(terminal: Terminal, slug: str, email: str, *, name: str | None, operator: bool) -> None:
    """Print a one-time set-up link for an administrator; an earlier link of theirs ends."""
    settings = instance.check_existing(terminal.data)
    with instance.opened(settings) as kit:
        path = instance.administrator_path(kit, slug, email, name, operator=operator)
    link = settings.public_url.rstrip("/") + path
    lines = (f"Give this link to {email} and to nobody else; it works once, within a week:", link)
    terminal.answer({"partner": slug, "set_up_link": link}, *lines)


@command("list")
def list_partners(terminal: Terminal) -> None:
    """List the partners of this instance."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        found = instance.partner_lines(kit)
    lines = [f"{each['slug']:32} {each['kind']:10} {each['name']}" for each in found]
    terminal.answer({"partners": found}, *(lines or ["There is no partner yet."]))


@click.group("sign-on")
def sign_on() -> None:
    """Help a partner that its own sign-in service locked out."""


@command("off")
@click.argument("slug")
def turn_sign_on_off(terminal: Terminal, slug: str) -> None:
    """Let a partner's people sign in as before: with a password, a link or a passkey.

    Sessions that began with the partner's own accounts end. What was set up is kept, and can be turned on again.
    """
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        was_on = instance.turn_sign_on_off(kit, slug)
    said = "is off now" if was_on else "was not on"
    terminal.answer({"partner": slug, "was_on": was_on}, f"Signing in with its own accounts {said} at {slug}.")


sign_on.add_command(turn_sign_on_off)
partner.add_command(sign_on)
partner.add_command(create_partner)
partner.add_command(administrator)
partner.add_command(list_partners)
partner.add_command(moving.export)
partner.add_command(moving.import_partner)
partner.add_command(moving.exit_kit)


@click.group()
def account() -> None:
    """Let somebody in again, or change their address."""


@command("link")
@click.argument("email")
def sign_in_link(terminal: Terminal, email: str) -> None:
    """Print a link that signs an account in once, within a day, and may set a new password.

    It opens everything of the account, at every partner: make sure of who asks, and give it to nobody else.
    """
    settings = instance.check_existing(terminal.data)
    with instance.opened(settings) as kit:
        path = instance.sign_in_path(kit, email)
    link = settings.public_url.rstrip("/") + path
    lines = (f"Give this link to {email} and to nobody else; it works once, within a day:", link)
    terminal.answer({"email": email, "sign_in_link": link}, *lines)


account.add_command(sign_in_link)


@command("address")
@click.argument("old")
@click.argument("new")
def change_address(terminal: Terminal, old: str, new: str) -> None:
    """Change the e-mail address of an account, where its owner can't, and sign it out everywhere.

    Whoever reads the new address can open everything of the account: make sure of who asks. Both are told by mail.
    """
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        instance.change_address(kit, old, new)
    terminal.answer({"old": old, "new": new}, f"{old} signs in as {new} now, and both are told by mail.")


account.add_command(change_address)


@click.group("second-factor")
def second_factor() -> None:
    """Help somebody who lost their phone, their passkey and their recovery codes."""


@command("reset")
@click.argument("email")
def reset_second_factor(terminal: Terminal, email: str) -> None:
    """Take an account's authenticator app, passkeys and recovery codes away, and sign it out everywhere.

    A password or a link alone then opens the account: make sure of who asks. The person is told by mail.
    """
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        instance.reset_second_factor(kit, email)
    terminal.answer({"email": email}, f"{email} signs in without a second factor now, and is told by mail.")


second_factor.add_command(reset_second_factor)
account.add_command(second_factor)
