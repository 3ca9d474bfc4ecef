"""The browser that tests use is the one named, else the system's; a missing one fails in CI, never silently."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browsers import MISSING, find_browser, launch_arguments
from tests.start.conftest import ROOT

ASKS = "def test_asks(browser_path):\n    assert browser_path.exists()\n"


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without one."""
    monkeypatch.delenv("SC_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    return tmp_path


def test_the_named_one_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SC_BROWSER", sys.executable)
    assert find_browser() == Path(sys.executable)


def test_a_name_that_leads_nowhere_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SC_BROWSER", "/nowhere/chromium")
    assert find_browser() is None


def test_the_systems_own_is_found(no_browser: Path) -> None:
    assert find_browser() is None
    program = no_browser / "chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_browser() == program


def test_root_needs_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "--no-sandbox" in launch_arguments()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--no-sandbox" not in launch_arguments()


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 error"), ("", "1 skipped")])
def test_missing_fails_in_ci_and_skips_with_a_reason_elsewhere(
    no_browser: Path, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str
) -> None:
    monkeypatch.setenv("CI", ci)
    (no_browser / "conftest.py").write_text("from tests.conftest import browser_path as browser_path\n")
    (no_browser / "test_asks.py").write_text(ASKS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", "--rootdir", ".", "test_asks.py"],
        cwd=no_browser,
        env={"PATH": str(no_browser), "PYTHONPATH": str(ROOT), "CI": ci, "HOME": str(no_browser)}
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout
    assert MISSING[:25] in done.stdout
