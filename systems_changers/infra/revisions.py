"""Says which distributions' tables don't fit what is installed, without loading Alembic: the web process asks it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.text import Message, msg

_REVISION = re.compile(r'^revision(?:: str)? = ["\']([^"\']+)["\']', re.MULTILINE)
_DOWN = re.compile(r'^down_revision(?:: [^=]+)? = ["\']([^"\']+)["\']', re.MULTILINE)

VERSIONS = "sc_version_"
"""What the table of a distribution's revision begins with."""
CORE_WAITS = msg("The database waits for an upgrade: run `systems-changers upgrade` first.")
PLUGIN_WAITS = msg("Its tables wait for an upgrade: run `systems-changers upgrade`.")


def revision_of(file: Path) -> str | None:
    """The revision that a migration's file says it is."""
    found = _REVISION.search(file.read_text("utf-8"))
    return found[1] if found else None


def known(versions: Path) -> set[str]:
    """Every revision in a folder."""
    return {revision for file in versions.glob("*.py") if (revision := revision_of(file))}


def head(versions: Path) -> str | None:
    """The newest revision in a folder: the one that no other follows; None where there is none."""
    texts = [file.read_text("utf-8") for file in versions.glob("*.py")]
    followed = {found[1] for text in texts if (found := _DOWN.search(text))}
    return next((revision for revision in sorted(known(versions)) if revision not in followed), None)


def version_table(slug: str) -> str:
    """Where the database keeps the revision of one distribution."""
    return f"{VERSIONS}{slug.replace('-', '_')}"


def waiting(engine: sa.Engine, plugins: Iterable[tuple[str, Path]]) -> dict[str, Message]:
    """What to do about each distribution (core among them) whose tables aren't those of its installed version."""
    units = [("core", migrations_dir() / "versions"), *(each for each in plugins if each[1].is_dir())]
    told: dict[str, Message] = {}
    with engine.connect() as connection:
        for slug, versions in units:
            at = _present(connection, slug)
            if at is not None and at not in known(versions):
                told[slug] = newer_than_installed(slug)
            elif at != head(versions):
                told[slug] = CORE_WAITS if slug == "core" else PLUGIN_WAITS
    return told


def newer_than_installed(slug: str) -> Message:
    """The sentence for tables that a newer version made."""
    return msg(
        "The tables of %(name)s were made by a newer version than is installed here: install that version again, or"
        " bring back a copy of the data from before it.",
        name=slug,
    )


def _present(connection: sa.Connection, slug: str) -> str | None:
    table = sa.table(version_table(slug), sa.column("version_num"))
    try:
        with connection.begin_nested():
            return connection.scalar(sa.select(table.c.version_num))
    except (
        sa.exc.OperationalError,
        sa.exc.ProgrammingError,
        BeyondPartner,
    ):  # not made, or not opened yet by an upgrade
        return None


def present(connection: sa.Connection, slugs: Iterable[str]) -> dict[str, str]:
    """The revision at which the tables of each distribution are; those that have none are left out."""
    found = {slug: _present(connection, slug) for slug in slugs}
    return {slug: at for slug, at in found.items() if at is not None}
