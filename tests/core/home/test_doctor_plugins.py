"""What plugins tell the doctor stands by partner, keeps nobody from looking on, and leaves the house without names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from systems_changers.core.home.service import doctor_plugins
from systems_changers.core.home.service.doctor import Looked, _told_by_plugins, support_file
from systems_changers.core.home.service.doctor_plugins import told_by_plugins, without_names
from systems_changers.core.home.service.doctor_working import Patient
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.checks import CheckResult
from systems_changers.infra.findings import Finding
from systems_changers.infra.text import msg, nmsg
from systems_changers.testing.instance import Instance


def test_each_partner_is_told_of_where_the_plugin_is_on(instance: Instance) -> None:
    instance.add_partner("Harbour", slug="harbour", plugins=("childrens-society",))
    instance.add_partner("Rowan", slug="rowan", plugins=("childrens-society",))
    instance.add_partner("Cairn", slug="cairn")
    asked, *found = _told_by_plugins(Patient(instance.kit))
    assert (asked.id, asked.finding.status) == ("plugin-checks", "ok")
    assert [(each.id, each.partner, each.finding.status) for each in found] == [
        ("childrens-society.reviews-late", "harbour", "ok"), ("childrens-society.reviews-late", "rowan", "ok"),
    ]  # fmt: skip
    assert found[0].as_json() == {
        "id": "childrens-society.reviews-late", "status": "ok", "fix": None, "fixable": False, "fixed": False,
        "message": "harbour: No review has waited for over 5 working days.", "partner": "harbour",
    }  # fmt: skip


def test_one_that_cannot_look_is_a_finding(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    instance.add_partner("Harbour", slug="harbour", plugins=("childrens-society",))
    monkeypatch.setattr(Calls, "offer_checks", lambda *_: ([], ["childrens-society"]))
    (told,) = told_by_plugins(Patient(instance.kit))
    assert (told.id, told.finding.status) == ("childrens-society.checks", "warning")
    assert told.finding.fix is not None

    def away(*_given: object) -> Any:
        raise OSError("the database is away")

    monkeypatch.setattr(Calls, "offer_checks", away)
    (looked,) = _told_by_plugins(Patient(instance.kit))
    assert (looked.id, looked.finding.status) == ("plugin-checks", "error")


def test_names_stay_in_the_house(instance: Instance, tmp_path: Path) -> None:
    said = nmsg("%(count)s review of %(who)s waits.", "%(count)s reviews of %(who)s wait.", 2, who="Ines Moreau")
    assert str(without_names(said)) == "2 reviews of … wait."
    result = CheckResult("late", "warning", said, msg("Ask %(who)s.", who="Ines Moreau"))
    finding: Finding = doctor_plugins._finding(result)
    looked = Looked("harbour.late", finding, partner="harbour")
    assert looked.message == "harbour: 2 reviews of Ines Moreau wait."
    support_file(instance.kit.settings, [looked], tmp_path / "told.json")
    (check,) = json.loads((tmp_path / "told.json").read_text("utf-8"))["checks"]
    assert (check["message"], check["fix"]) == ("harbour: 2 reviews of … wait.", "Ask ….")
