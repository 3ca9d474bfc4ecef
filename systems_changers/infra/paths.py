"""Alone knows where `migrations/` and `translations/` are: in the checkout first, then inside the package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def _shipped(name: str, sign: str) -> Path:
    checkout = PACKAGE.parent / name
    return checkout if (checkout / sign).exists() else PACKAGE / "_shipped" / name


def migrations_dir() -> Path:
    """The folder with the one `env.py` and the core's versions."""
    return _shipped("migrations", "env.py")


def translations_dir() -> Path:
    """The folder with the core's template and catalogues."""
    return _shipped("translations", "messages.pot")
