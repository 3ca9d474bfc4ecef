"""`python3 start.py` sets a bare machine up once, and says plainly what stands in the way."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.tree import imported_modules
from tests.start.conftest import ROOT, Checkout


@pytest.fixture
def start() -> ModuleType:
    """start.py as a module."""
    spec = importlib.util.spec_from_file_location("start_under_test", ROOT / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_machine_without_ensurepip_is_set_up_once(checkout: Checkout) -> None:
    first = checkout.start(env=checkout.without("ensurepip"))
    assert first.stdout == "kit: demo\n", first.stderr
    assert "once" in first.stderr
    installed = checkout.log.stat().st_mtime_ns

    again = checkout.start("partner", "list", "--json")
    assert (again.stdout, again.stderr) == ("kit: partner list --json\n", "")
    assert checkout.log.stat().st_mtime_ns == installed

    code = "import plugin_one, plugin_two, echo_kit; print(echo_kit.__file__)"
    python = checkout.folder / ".venv" / "bin" / "python"
    where = subprocess.run([python, "-c", code], cwd="/", capture_output=True, text=True, check=True).stdout
    assert Path(where.strip()).parent == checkout.folder


def test_a_changed_plugin_is_installed_again(checkout: Checkout) -> None:
    checkout.start()
    plugin = checkout.folder / "plugins" / "two" / "pyproject.toml"
    plugin.write_text(plugin.read_text().replace('version = "1"', 'version = "2"'))
    assert "Setting up" in checkout.start("x").stderr
    assert checkout.start("x").stderr == ""


def test_a_moved_checkout_mends_itself(checkout: Checkout) -> None:
    checkout.start()
    moved = Checkout(checkout.folder.rename(checkout.folder.with_name("moved")), checkout.wheels)
    assert moved.start("here").stdout == "kit: here\n"


def test_test_goes_to_tox_with_its_words(checkout: Checkout) -> None:
    said = checkout.start("test", "-e", "unit", "--", "-k", "cohort")
    folder = checkout.folder
    assert said.stdout == f"tox: --root {folder} -c {folder / 'tox.ini'} -e unit -- -k cohort\n", said.stderr


def test_a_failed_install_is_a_sentence_and_is_tried_again(checkout: Checkout) -> None:
    failed = checkout.start(env={"PIP_FIND_LINKS": str(checkout.folder / "nowhere")})
    assert failed.returncode == 1
    assert "Installing failed" in failed.stderr
    assert str(checkout.log) in failed.stderr
    assert "Traceback" not in failed.stderr
    assert checkout.start("x").stdout == "kit: x\n"


def test_no_network_is_a_sentence(checkout: Checkout) -> None:
    closed = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    failed = checkout.start(env=closed)
    assert failed.returncode == 1
    assert "seems to be offline" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_no_pip_is_a_sentence_that_says_what_to_install(checkout: Checkout) -> None:
    failed = checkout.start(env=checkout.without("pip", "ensurepip"))
    assert failed.returncode == 1
    assert "apt install python3-pip" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_an_old_python_is_a_sentence(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "OLDEST", (99, 0))
    assert start.main([]) == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_a_sentence(checkout: Checkout) -> None:
    (checkout.folder / ".venv").write_text("in the way")
    failed = checkout.start()
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("Could not set up in ")


def test_only_the_standard_library_is_needed() -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse((ROOT / "start.py").read_text(encoding="utf-8")))
        for name in imported_modules(node)
    }
    assert imported <= sys.stdlib_module_names


def test_an_old_python_can_read_as_far_as_its_sentence() -> None:
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 7))
