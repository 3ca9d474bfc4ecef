"""Alone knows where `migrations/` and `translations/` are: in the checkout first, then inside the package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def _shipped(name: str) -> Path:
    for home in (PACKAGE.parent, PACKAGE / "_shipped"):
        if (home / name).is_dir() and (home / name / ("env.py" if name == "migrations" else "messages.pot")).exists():
            return home / name
    return PACKAGE / "_shipped" / name


def migrations_dir() -> Path:
    """The folder with the one `env.py` and the core's versions."""
    return _shipped("migrations")


def translations_dir() -> Path:
    """The folder with the core's template and catalogues."""
    return _shipped("translations")
