"""Find a browser to test with; where none is to be had, say so in one sentence."""

import os
import shutil
from pathlib import Path

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
MISSING = "No browser was found. On Debian: apt install chromium-headless-shell; elsewhere name one in SC_BROWSER."


def find_browser() -> Path | None:
    """The program in $SC_BROWSER, else the system's Chromium, else Playwright's own, else None."""
    named = os.environ.get("SC_BROWSER")
    if named:
        return Path(named) if Path(named).is_file() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    own = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    return next(iter(sorted(own.glob("chromium*/chrome-*/*shell"), reverse=True)), None)


def launch_arguments() -> list[str]:
    """Options that a browser needs on a machine with no screen and a closed network."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
    ]
    # Chromium's sandbox refuses to start as root, and containers often have no other user.
    return [*quiet, "--no-sandbox"] if os.geteuid() == 0 else quiet


def required() -> bool:
    """In CI a missing browser is a failure, elsewhere a reason to skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}
