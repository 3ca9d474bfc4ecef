"""The log is one JSON line an event on standard error, and quiet about what is usual."""

import importlib
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from structlog.testing import capture_logs

from systems_changers.infra.log import REQUEST, log, request_line, set_up_log, set_up_served_log
from systems_changers.infra.settings import Settings


def test_warnings_are_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log(quiet=True)
    log.info("usual", partner="corra")
    log.warning("plugin fault", plugin="corra-scotland", hook="sc_offer_nav")
    told = capsys.readouterr()
    assert told.out == ""
    line = json.loads(told.err)
    assert (line["event"], line["level"], line["plugin"]) == ("plugin fault", "warning", "corra-scotland")


def test_the_first_lines_of_several_threads_are_all_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log()
    ready = threading.Barrier(8)

    def tell(number: int) -> None:
        ready.wait()
        log.warning("first", number=number)

    before, log_ = sys.modules.get("rich"), vars(sys.modules["systems_changers.infra.log"])["_log"]
    log_._lines = None
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(tell, range(8)))
    told = [json.loads(line)["number"] for line in capsys.readouterr().err.splitlines()]
    assert sorted(told) == list(range(8))
    assert sys.modules.get("rich") is before


def test_whoever_listens_in_after_setting_up_hears_the_lines() -> None:
    set_up_log()
    with capture_logs() as lines:
        log.info("heard")
    assert [line["event"] for line in lines] == ["heard"]


def test_of_an_error_its_kind_and_lines_are_told_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log()

    def fail() -> None:
        try:
            int("Ines Moreau")
        except ValueError as error:
            raise OSError(28, "No space left", "/srv/ines/x") from error

    try:
        fail()
    except OSError as error:
        log.error("bad", exc_info=error)
        log.error("bad", exc_info=True)
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["exception"] == second["exception"]
    told = [each for each in first["exception"] if not each.startswith(" ")]
    assert told == ["OSError: No space left", "ValueError"]
    assert not {"Ines", "ines/x"} & set(json.dumps(first).replace(chr(34), " ").split())
    assert "Moreau" not in json.dumps(first)
    assert any(each.startswith("  tests/infra/test_log.py:") and each.endswith(" fail") for each in first["exception"])


def test_a_served_instance_logs_as_its_settings_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data=tmp_path)
    for given, levels in (({}, ["info", "warning"]), ({"demo": True}, ["warning"]), ({"log": "error"}, []),
                          ({"demo": True, "log": "debug"}, ["debug", "info", "warning"])):  # fmt: skip
        set_up_served_log(replace(settings, **given))
        log.debug("a")
        log.info("b")
        log.warning("c")
        assert [json.loads(line)["level"] for line in capsys.readouterr().err.splitlines()] == levels
    set_up_served_log(replace(settings, log_file="kit.log"))
    log.info("kept")
    request_line("GET", "home.front", 200, 0.0123, "harbour", "abc")
    (file,) = tmp_path.glob("kit-*.log")
    kept, asked = (json.loads(line) for line in file.read_text().splitlines())
    assert (kept["event"], asked["event"], asked["ms"]) == ("kept", "request", 12.3)
    assert capsys.readouterr().err == ""
    set_up_log(quiet=True)


def test_a_line_within_a_request_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log()
    here = REQUEST.set("abc")
    try:
        log.warning("within")
    finally:
        REQUEST.reset(here)
    log.warning("without")
    within, without = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert within["request_id"] == "abc"
    assert "request_id" not in without


def test_setting_up_loads_nothing_before_the_first_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log_ = type(vars(sys.modules["systems_changers.infra.log"])["_log"])()
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "structlog")
        log_.set_up(30)
        assert log_._lines is None
        assert "structlog" not in sys.modules
    log_.warning("first")
    assert json.loads(capsys.readouterr().err)["event"] == "first"


def test_a_library_that_is_hidden_is_there_again_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = vars(sys.modules["systems_changers.infra.log"])["_without"]
    shown = ModuleType("rich")
    for before in (shown, None):
        if before is None:
            monkeypatch.delitem(sys.modules, "rich")
        else:
            monkeypatch.setitem(sys.modules, "rich", before)
        with hidden("rich"), pytest.raises(ImportError):
            importlib.import_module("rich")
        assert sys.modules.get("rich") is before
