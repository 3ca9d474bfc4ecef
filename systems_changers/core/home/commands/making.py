"""Make an instance, and bring it up to date."""

from __future__ import annotations

import click

from systems_changers.core.home.service import instance
from systems_changers.core.home.service import upgrade as upgrading
from systems_changers.core.home.service.instance import FirstAnswers
from systems_changers.core.people.rules import name_from
from systems_changers.infra.errors import Invalid
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
@click.option("--check", is_flag=True, help="Say what it would do, and what stands in the way; change nothing.")
@click.option("--anyway", is_flag=True, help="Go on although something stands in the way.")
def upgrade(terminal: Terminal, *, check: bool, anyway: bool) -> None:
    """Bring the database up to date with the kit and its plugins; a backup is taken first, and back if it fails."""
    settings = instance.check_existing(terminal.data)
    if check:
        _look_ahead(terminal, upgrading.look_ahead(settings))
        return
    changed, failed = upgrading.upgrade(settings, anyway=anyway)
    lines = [f"Brought up to date: {', '.join(changed)}."] if changed else []
    usual = [] if failed else ["Everything is up to date already."]
    terminal.answer({"changed": changed, "failed": {slug: str(why) for slug, why in failed.items()}}, *(lines or usual))
    if failed:
        raise click.ClickException(" ".join(map(str, failed.values())))


def _look_ahead(terminal: Terminal, seen: upgrading.Outlook) -> None:
    lines = [f"{slug} waits to be brought up to date." for slug in seen.waiting]
    lines += [f"In the way: {each}" for each in seen.hindrances]
    told = {"waiting": list(seen.waiting), "hindrances": [str(each) for each in seen.hindrances]}
    terminal.answer(told, *(lines or ["Everything is up to date already."]))
    if seen.hindrances:
        raise SystemExit(1)
