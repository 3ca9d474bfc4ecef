"""Commands about one person: take out everything that is held, and erase it; `cli.asking` adds what they can see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from systems_changers.core.home.service import erasing, instance, own_data
from systems_changers.infra.errors import Invalid
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg
from systems_changers.web.standalone import render_standalone


@click.group()
def person() -> None:
    """Take out or erase what is held about somebody; say what they can see, and why."""


@command("export")
@click.argument("slug", metavar="PARTNER")
@click.argument("email")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(terminal: Terminal, slug: str, email: str, file: Path) -> None:
    """Write everything that a partner holds about a person to a zip: a page to read, JSON and CSV."""
    if file.exists():
        raise Invalid(msg("%(file)s is there already: choose another name.", file=str(file)))
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        found = own_data.export_person(kit, slug, email, file, render_standalone)
    rows = {section.key: len(section.rows) for section in found.sections}
    lines = (f"Everything that {found.partner} holds about {found.name} is in {file}; index.html in it is to be read.",
             "Give it to nobody else.")  # fmt: skip
    notes = [str(note) for note in found.notes]
    terminal.answer({"file": str(file), "rows": rows, "notes": notes}, *lines, *notes)


@command("erase")
@click.argument("slug", metavar="PARTNER")
@click.argument("email")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and erase nothing.")
@click.option("--yes", is_flag=True, help="Erase without asking.")
def erase(terminal: Terminal, slug: str, email: str, *, dry_run: bool, yes: bool) -> None:
    """Erase a person at a partner: say what goes, what is kept without them and what stays, ask, then do it."""
    if not (dry_run or yes or terminal.interactive):
        raise Invalid(msg("Nobody is here to ask: give --yes to erase, or --dry-run to look first."))
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        plan = own_data.plan_for(kit, slug, email)
        terminal.say(*_told(plan))
        done = not dry_run and (yes or click.confirm(f"Erase {plan.name}? This can't be undone.", default=False))
        if done:
            plan = own_data.erase_person(kit, slug, email)
    away = [each.slug for each in plan.away]
    terminal.answer({"erased": done, "rows": _counts(plan), "unreached": away}, *_result(plan, done=done))


def _told(plan: erasing.Plan) -> Iterator[str]:
    for does, lines in plan.groups:
        yield f"{erasing.DOES[does]}:"
        for line in lines:
            yield f"  {line.count:5}  {line.title}" + (f" ({line.why})" if line.why else "")

    yield str(erasing.OTHERS_OWN)
    if plan.unreached:
        yield f"Not everything can be erased now. {plan.unreached}"


def _result(plan: erasing.Plan, *, done: bool) -> Iterator[str]:
    if not done:
        yield "Nothing was erased."
    elif plan.unreached:
        yield f"{plan.name} is erased, but not everywhere. {plan.unreached}"
    else:
        yield f"{plan.name} is erased."


def _counts(plan: erasing.Plan) -> dict[str, dict[str, int]]:
    return {does: {str(line.title): line.count for line in lines} for does, lines in plan.groups}


for each in (export, erase):
    person.add_command(each)
