"""Home's commands: make an instance, bring it up to date, bring in registers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from systems_changers.core.home.forms import RegisterScreen
from systems_changers.core.home.service import doctor as look
from systems_changers.core.home.service import instance, plugins, register
from systems_changers.core.home.service.instance import FirstAnswers
from systems_changers.core.home.service.register import RegisterOptions
from systems_changers.core.people.rules import name_from
from systems_changers.infra import hosting
from systems_changers.infra.errors import Invalid
from systems_changers.infra.settings import explain_settings
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg

QUESTIONS = {
    "partner": ("Which organisation is it for?", "Our organisation"),
    "email": ("The e-mail address of whoever will look after it?", "admin@example.org"),
    "languages": ("Languages, the first one first", "en_GB"),
    "time_zone": ("Time zone", "Europe/London"),
}


@command()
@click.option("--partner", help="The organisation that the instance is for.")
@click.option("--name", help="The administrator's name; made from the address without it.")
@click.option("--email", help="The administrator's e-mail address.")
@click.option("--languages", help="Languages separated by commas, the first one first: en_GB,gd,cy.")
@click.option("--time-zone", help="The organisation's time zone, such as Europe/London.")
@click.option("--public-url", help="The address that people will use.")
@click.option("--database", help="PostgreSQL address for the application's role (sc_app); SQLite without it.")
@click.option("--owner-database", help="PostgreSQL address for the owner's role, used for migrations.")
@click.option("--yes", is_flag=True, help="Take the usual answer to everything that isn't given.")
def init(terminal: Terminal, *, yes: bool, **given: str | None) -> None:
    """Make a real instance and print its one-time set-up link."""
    answers = {name: given.get(name) or _ask(terminal, name, yes=yes) for name in QUESTIONS}
    named = name_from(answers["email"])
    if not given["name"] and terminal.interactive and not yes:
        named = click.prompt("Their name?", default=named)
    first = FirstAnswers(
        partner=answers["partner"],
        name=given["name"] or named,
        email=answers["email"],
        locales=tuple(code.strip() for code in answers["languages"].split(",") if code.strip()),
        time_zone=answers["time_zone"],
    )
    kept = {name: given[name] for name in ("public_url", "database", "owner_database")}
    settings, path, kept_out = instance.make_real(terminal.data, first, kept)
    link = settings.public_url.rstrip("/") + path
    terminal.answer(
        {
            "data": str(terminal.data),
            "partner": first.partner,
            "set_up_link": link,
            "kept_out": {each.slug: str(each.why) for each in kept_out},
        },
        *(f"The plugin {each.slug} is kept out. {each.why}" for each in kept_out),
        f"The instance for {first.partner} is in {terminal.data}.",
        "Start it with `systems-changers serve`, then open this link once, within a week:",
        link,
    )


def _ask(terminal: Terminal, name: str, *, yes: bool) -> str:
    question, usual = QUESTIONS[name]
    if yes:
        return usual
    if not terminal.interactive:
        option = "--" + name.replace("_", "-")
        raise Invalid(msg("Nobody is here to ask: give %(option)s, or --yes for the usual answers.", option=option))
    answer: str = click.prompt(question, default=usual)
    return answer


@command()
def upgrade(terminal: Terminal) -> None:
    """Bring the database up to date with the kit and its plugins."""
    settings = instance.check_existing(terminal.data)
    changed, failed = instance.upgrade(settings)
    lines = [f"Brought up to date: {', '.join(changed)}."] if changed else []
    usual = [] if failed else ["Everything is up to date already."]
    terminal.answer({"changed": changed, "failed": {slug: str(why) for slug, why in failed.items()}}, *(lines or usual))
    if failed:
        raise click.ClickException(" ".join(map(str, failed.values())))


@command()
@click.option("--fix", is_flag=True, help="Mend what mends itself.")
@click.option("--support-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write what somebody who helps needs to know, without personal data.")  # fmt: skip
def doctor(terminal: Terminal, *, fix: bool, support_file: Path | None) -> None:
    """Look the instance over: what is wrong, and the way out."""
    settings = instance.check_existing(terminal.data)
    looked = look.look_over(settings, fix=fix)
    if support_file is not None:
        look.support_file(settings, looked, support_file)
    terminal.answer({"checks": [each.as_json() for each in looked]}, *_examined(looked))
    if look.worst(looked):
        raise SystemExit(1)


def _examined(looked: list[look.Looked]) -> Iterator[str]:
    """What is wrong first, each with its fix; what is well after it, a line each."""
    signs = {"error": "WRONG", "warning": "LOOK", "ok": "ok"}
    for status, sign in signs.items():
        for each in looked:
            if each.finding.status == status:
                said = f"{sign:6} {each.finding.message}"
                yield f"{said} (mended just now)" if each.mended else said
                if each.finding.fix is not None:
                    by_itself = " `systems-changers doctor --fix` does it." if each.finding.mend else ""
                    yield f"       {each.finding.fix}{by_itself}"


@click.group()
def config() -> None:
    """Settings: what is in force, and why."""


@command()
def explain(terminal: Terminal) -> None:
    """Say every setting, its value, where that came from, and what it is for; secrets are not shown."""
    found = explain_settings(instance.check_existing(terminal.data).data)
    lines = [f"{each.name} = {_shown(each.value)}\n    {each.source}. {each.meaning}" for each in found]
    terminal.answer({"settings": [asdict(each) for each in found]}, *lines)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "(none)"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or "(empty)"


@command()
@click.option("--user", default="systems-changers", help="The system's user that runs the server.")
def systemd(terminal: Terminal, *, user: str) -> None:
    """Print a systemd unit that serves this instance."""
    text = hosting.systemd_unit(instance.check_existing(terminal.data), user)
    terminal.answer({"unit": text}, text.rstrip())


@command()
def caddy(terminal: Terminal) -> None:
    """Print a Caddyfile for the reverse proxy in front, with partners' own domains."""
    settings = instance.check_existing(terminal.data)
    with instance.opened(settings) as kit:
        text = hosting.caddyfile(settings, instance.own_domains(kit))
    terminal.answer({"caddyfile": text}, text.rstrip())


for each in (explain, systemd, caddy):
    config.add_command(each)


@click.group("import")
def import_() -> None:
    """Bring in records kept elsewhere."""


@command("register")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="What a column holds; may be repeated.")
@click.option("--date-format", help="How dates are written, such as %d/%m/%Y; day first without it.")
@click.option("--create-partners", is_flag=True, help="Make a listed partner of every host that is new.")
@click.option(
    "--errors", "errors_file", type=click.Path(path_type=Path, dir_okay=False), help="Save rows in error here."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def import_register(terminal: Terminal, file: Path, *, yes: bool, **given: Any) -> None:
    """Bring in past deliveries from a CSV or XLSX file, one row a delivery."""
    if not (yes or given["dry_run"] or terminal.interactive):
        raise Invalid(msg("Nobody is here to ask: give --yes to write, or --dry-run to look first."))
    shown = RegisterScreen(terminal, ask=not yes)
    mapping = dict(_pair(pair) for pair in given.pop("pairs"))
    options = RegisterOptions(mapping=mapping, confirm=shown.confirm, ask_hosts=shown.ask_hosts, **given)
    with instance.opened(instance.check_existing(terminal.data)) as kit, shown:
        result = register.import_register(kit, file, options, shown.progress)
    terminal.answer(result.as_json(), *shown.said(result))


def _pair(text: str) -> tuple[str, str]:
    column, sign, field = text.rpartition("=")
    if not sign or not column.strip() or not field.strip():
        raise Invalid(msg("--map wants COLUMN=FIELD, not %(text)s.", text=text))
    return column.strip(), field.strip()


import_.add_command(import_register)


@click.group()
def partner() -> None:
    """Make and list partners."""


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


partner.add_command(create_partner)
partner.add_command(administrator)
partner.add_command(list_partners)


@click.group()
def account() -> None:
    """Let somebody in again."""


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


@click.group()
def plugin() -> None:
    """List plugins, and switch them on and off at a partner."""


@command("list")
def list_plugins(terminal: Terminal) -> None:
    """List the plugins: where each is on, what keeps one out, and what went wrong."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        found = plugins.plugin_lines(kit)
    lines: list[str] = []
    for each in found:
        lines += [f"{each['slug']:28} {each['state']:12} {', '.join(each['partners']) or 'off everywhere'}"]
        lines += [f"    {each['why']}"] if each["why"] else []
        lines += [f"    {fault['hook']}, {fault['times']} times: {fault['why']}" for fault in each["faults"]]
    terminal.answer({"plugins": found}, *(lines or ["No plugin is installed."]))


@command("enable")
@click.argument("slug")
@click.option("--partner", "at", required=True, help="The partner's slug.")
def enable_plugin(terminal: Terminal, slug: str, at: str) -> None:
    """Switch a plugin on at a partner."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        enabled = plugins.switch(kit, slug, at, on=True)
    terminal.answer({"partner": at, "plugins": enabled}, f"{slug} is on at {at}.")


@command("disable")
@click.argument("slug")
@click.option("--partner", "at", required=True, help="The partner's slug.")
def disable_plugin(terminal: Terminal, slug: str, at: str) -> None:
    """Switch a plugin off at a partner; its data is kept."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        enabled = plugins.switch(kit, slug, at, on=False)
    terminal.answer({"partner": at, "plugins": enabled}, f"{slug} is off at {at}; what it stored is kept.")


for each in (list_plugins, enable_plugin, disable_plugin):
    plugin.add_command(each)
