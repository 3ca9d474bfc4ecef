"""Puts a made-up migration after the newest of the core's, so that a test sees what a coming release might do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from systems_changers.infra import migrations
from systems_changers.infra.paths import migrations_dir

MADE_UP = "9999"
LOOKED_UP = ("infra.migrations", "infra.revisions", "core.home.service.restore")
"""Who asks where the migrations are."""


def add_newest(patch: pytest.MonkeyPatch, folder: Path, *statements: str) -> None:
    """Until the patch is undone, the newest revision is MADE_UP, and does these statements."""
    (core,) = migrations.units_of(())
    said = [f'revision = "{MADE_UP}"', f'down_revision = "{core.head()}"', "def upgrade():",
            *(f"    op.execute({each!r})" for each in statements)]  # fmt: skip
    newer = folder / "newer"
    shutil.copytree(migrations_dir(), newer)
    (newer / "versions" / f"{MADE_UP}_made_up.py").write_text("\n".join(["from alembic import op", *said, ""]), "utf-8")
    for module in LOOKED_UP:
        patch.setattr(f"systems_changers.{module}.migrations_dir", lambda: newer)
