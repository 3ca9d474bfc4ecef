"""Says which distributions' migrations wait, without loading Alembic: the web process asks this when it starts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from systems_changers.infra.paths import migrations_dir

_REVISION = re.compile(r'^revision(?:: str)? = ["\']([^"\']+)["\']', re.MULTILINE)
_DOWN = re.compile(r'^down_revision(?:: [^=]+)? = ["\']([^"\']+)["\']', re.MULTILINE)


def head(versions: Path) -> str | None:
    """The newest revision in a folder: the one that no other follows; None where there is none."""
    texts = [file.read_text("utf-8") for file in sorted(versions.glob("*.py"))]
    own = [found[1] for text in texts if (found := _REVISION.search(text))]
    followed = {found[1] for text in texts if (found := _DOWN.search(text))}
    return next((revision for revision in own if revision not in followed), None)


def version_table(slug: str) -> str:
    """Where the database keeps the revision of one distribution."""
    return f"sc_version_{slug.replace('-', '_')}"


def waiting(engine: sa.Engine, plugins: Iterable[tuple[str, Path]]) -> list[str]:
    """Slugs (core among them) whose newest revision the database hasn't reached."""
    units = [("core", migrations_dir() / "versions"), *(each for each in plugins if each[1].is_dir())]
    with engine.connect() as connection:
        return [slug for slug, versions in units if _present(connection, slug) != head(versions)]


def _present(connection: sa.Connection, slug: str) -> str | None:
    table = sa.table(version_table(slug), sa.column("version_num"))
    try:
        with connection.begin_nested():
            return connection.scalar(sa.select(table.c.version_num))
    except (sa.exc.OperationalError, sa.exc.ProgrammingError):
        return None
