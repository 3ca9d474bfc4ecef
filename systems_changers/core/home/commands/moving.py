"""Take a partner out into a file, bring it into another instance, and let it leave with an exit kit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from systems_changers.core.home.service import instance, leaving, moving_in, moving_out
from systems_changers.core.home.service.moving_in import Brought
from systems_changers.core.home.service.moving_told import PartnerFile
from systems_changers.infra.errors import Invalid
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg
from systems_changers.web.standalone import render_standalone

SHOWN = ("person", "cohort", "cohort_session", "experiment")
WITHOUT = click.option("--without", multiple=True, metavar="PLUGIN", help="Leave a plugin's rows out; may be repeated.")


@command("export")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@WITHOUT
def export(terminal: Terminal, slug: str, file: Path, *, without: tuple[str, ...]) -> None:
    """Write one partner to FILE, with its people, plugins' data and files, to bring it into another instance."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        taken = moving_out.take_out(kit, slug, file, without)
    lines = [f"{file} holds {taken.name}: {sum(taken.rows.values()):,} rows and {taken.files:,} files.",
             "Bring it in elsewhere with `systems-changers partner import`. How people sign in is not in it.",
             "It holds personal data: keep it where only you can read it."]  # fmt: skip
    if taken.missing:
        lines.append(f"{taken.missing:,} files that rows name are missing here, and so in it.")
    terminal.answer({"file": str(file), "rows": taken.rows, "files": taken.files, "missing": taken.missing}, *lines)


@command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--slug", help="Its place in addresses here, where its own is taken.")
@WITHOUT
@click.option("--foundation", is_flag=True, help="Let a partner that compares others' figures do so here.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--yes", is_flag=True, help="Bring it in without asking.")
def import_partner(terminal: Terminal, file: Path, *, dry_run: bool, yes: bool, **given: Any) -> None:
    """Bring the partner of FILE into this instance: say what that would do, ask, then do it; twice does no harm."""
    if not (dry_run or yes or terminal.interactive):
        raise Invalid(msg("Nobody is here to ask: give --yes to bring it in, or --dry-run to look first."))
    wanted = moving_in.ImportChoices(given["slug"], frozenset(given["without"]), given["foundation"])
    told = moving_in.preview(file)
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        done = moving_in.bring_in(kit, file, wanted, dry_run=True)
        terminal.say(*_previewed(told), *_told(done, would=True))
        really = done.changes and not dry_run and (yes or click.confirm("Bring it in?", default=False))
        if really:
            done = moving_in.bring_in(kit, file, wanted)
    terminal.answer(_values(done, done_=really), *(_told(done, would=False) if really else ["Nothing was changed."]))


def _previewed(told: PartnerFile) -> Iterator[str]:
    counted = ", ".join(f"{told.rows[name]:,} in {name}" for name in SHOWN if name in told.rows)
    yield f"{told.name}, exported from {told.instance} at {told.made_at[:16].replace('T', ' ')} UTC."
    yield f"It holds {sum(told.rows.values()):,} rows ({counted}) and {told.files:,} files."


def _told(done: Brought, *, would: bool) -> Iterator[str]:
    rows, may = done.rows, "would be" if would else "were"
    if not done.changes:
        yield f"All of it is at /p/{done.slug}/ here already."
    else:
        yield (f"{rows.new:,} rows {may} made, {rows.changed:,} changed, {rows.same:,} are the same already; "
               f"{done.files:,} files are new. It is at /p/{done.slug}/.")  # fmt: skip
    if done.left:
        yield f"{done.left:,} rows stay in the file."
    if done.erased:
        yield f"{done.erased:,} people who were erased are erased again."
    yield from map(str, done.notes)
    if done.unlinked:
        yield "These people have another account here, or none that is theirs for certain. Invite them under People:"
        yield from (f"  {email}: {', '.join(sorted(roles))}" for email, roles in sorted(done.unlinked.items()))
    if not would and not done.there:
        yield "The others sign in with a link by mail; without a mail server: systems-changers account link EMAIL"


def _values(done: Brought, *, done_: bool) -> dict[str, Any]:
    rows = done.rows
    return {
        "imported": done_, "slug": done.slug, "was_here": done.there, "new": rows.new, "changed": rows.changed,
        "same": rows.same, "kept": rows.kept, "left": done.left, "files": done.files, "erased_again": done.erased,
        "invite": {email: sorted(roles) for email, roles in done.unlinked.items()}, "notes": [*map(str, done.notes)],
    }  # fmt: skip


@command("exit-kit")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def exit_kit(terminal: Terminal, slug: str, file: Path) -> None:
    """Write what a partner leaves with to the zip FILE: tables, JSON, Markdown, files, pages to read, and a report."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        left = leaving.make_exit_kit(kit, slug, file, render_standalone)
    private = sum(left.private.values())
    lines = [f"{file} holds {sum(left.rows.values()):,} rows and {left.files:,} files of {left.name}.",
             "Unpack it, and open site/index.html; REPORT.md says what is in it and what is not.",
             f"{private:,} rows stay out that were not shown to administrators."]  # fmt: skip
    terminal.answer({"file": str(file), "rows": left.rows, "files": left.files, "private": left.private,
                     "missing": left.missing}, *lines)  # fmt: skip
