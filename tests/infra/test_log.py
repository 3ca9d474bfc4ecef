"""The log is one JSON line an event on standard error, and quiet about what is usual."""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from systems_changers.infra.log import log, set_up_log


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
