"""The log is one JSON line an event on standard error, and quiet about what is usual."""

import json

import pytest

from systems_changers.infra.log import log, set_up_log


def test_warnings_are_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_log(quiet=True)
    log.info("usual", partner="corra")
    log.warning("plugin fault", plugin="corra-scotland", hook="sc_offer_nav")
    told = capsys.readouterr()
    assert told.out == ""
    line = json.loads(told.err)
    assert (line["event"], line["level"], line["plugin"]) == ("plugin fault", "warning", "corra-scotland")
