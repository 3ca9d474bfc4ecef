"""Says on the command line what somebody can see, and why; only the whole application knows every page and form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

import click

from systems_changers.core.home.commands.person import person
from systems_changers.core.home.service import instance
from systems_changers.core.home.service.data_subjects import person_with
from systems_changers.core.home.service.why import Explained, Step, explain
from systems_changers.core.partners import queries as partners
from systems_changers.core.people.rules import without_factor
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links
from systems_changers.infra.errors import NotFound
from systems_changers.infra.settings import Settings
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg
from systems_changers.web.who import PageAsked

ANSWERS = {True: "Yes", False: "No", None: "Not told here"}
ASKER = replace(ANYONE, roles=frozenset({"administrator"}))
"""Asked for as by an administrator who owns no experiment."""


@command()
@click.argument("who", metavar="EMAIL_OR_ID")
@click.argument("address")
@click.option("--partner", "slug", required=True, help="The partner whose page it is.")
@click.option("--form", is_flag=True, help="Ask about the form that the address takes, not about the page there.")
def why(terminal: Terminal, who: str, address: str, slug: str, *, form: bool) -> None:
    """Say which rule decides whether somebody sees the page at ADDRESS, or may send the form that it takes."""
    settings = instance.check_existing(terminal.data)
    asked, found = look_up(settings, slug, who, (address, form))
    verdict = "yes" if found.verdict else "that depends" if found.verdict is None else "no"
    values = {
        "page": asked.path, "form": asked.form, "person": found.name, "answer": verdict,
        "steps": [{"question": str(each.question), "answer": each.answer, "why": str(each.words)}
                  for each in found.steps],
    }  # fmt: skip
    terminal.answer(values, *_told(asked, found))


def look_up(settings: Settings, slug: str, who: str, sought: tuple[str, bool]) -> tuple[PageAsked, Explained]:
    """What the address leads to, and who decides; `sought` is an address, and whether only a form there is meant.

    Raises NotFound (unknown_partner, unknown_person, unknown_page).
    """
    from systems_changers.app import create_app, house_of  # slow: only here every page has to be known
    from systems_changers.web.lookup import Ground  # slow: as above

    app = create_app(settings)
    house = house_of(app)
    with house.kit.scope(partners.partner_here(house.kit.engine, slug), ASKER, links=no_links) as scope:
        own = dict.fromkeys(partners.sheet(scope).domains, "")
        hosts = {urlsplit(settings.public_url).netloc: f"/p/{slug}", **own}
        asked = Ground(house, app.url_map, scope.hooks.view.plugins, hosts).find(sought[0], form=sought[1])
        if asked is None:
            raise NotFound(msg("%(address)s is no page and no form of %(partner)s.", address=sought[0],
                               partner=scope.partner.name), code="unknown_page")  # fmt: skip
        person_id = _id(who) or person_with(scope, who).subject.person_id
        return asked, explain(scope, person_id, asked, None if house.held_back is None else without_factor)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _told(asked: PageAsked, found: Explained) -> Iterator[str]:
    does = f"send the form at {asked.path}" if asked.form else f"open {asked.path}"
    if found.verdict is None:
        yield f"That depends: whether {found.name} can {does} is not told here."
    else:
        yield f"Yes: {found.name} can {does}." if found.verdict else f"No: {found.name} can't {does}."
    decided = found.decided
    for number, step in enumerate(found.steps, 1):
        yield _line(number, step, decides=step is decided)


def _line(number: int, step: Step, *, decides: bool) -> str:
    mark = " (this decides)" if decides else ""
    return f"  {number}. {step.question} {ANSWERS[step.answer]}{mark}. {step.words}"


person.add_command(why)
