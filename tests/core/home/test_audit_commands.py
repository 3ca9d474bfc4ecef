"""`audit verify` proves every chain, compares heads that were kept, and names every entry that is wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from systems_changers.app import house_of, make_dispatcher
from systems_changers.cli import main
from systems_changers.core.home.service import doctor_working
from systems_changers.core.home.service.chains import KeptHead, verify
from systems_changers.core.home.service.doctor_working import LATE, Patient, audit_chain
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import chains
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import NotFound
from systems_changers.testing.instance import NOW, Instance


class Place:
    """A real instance in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "instance"
        made = self.run("init", "--yes", "--partner", "Harbour Trust", "--email", "ines@harbour.example")
        assert made.exit_code == 0, made.output

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--data", str(self.data)])

    def chains(self, *words: str) -> dict[str, dict[str, Any]]:
        done = json.loads(self.run("audit", "verify", "--json", *words).output.splitlines()[0])
        return {each["chain"]: each for each in done["chains"]} | {"": {"intact": done["intact"]}}

    def tamper(self, statement: str) -> None:
        engine = open_owner_engine(f"sqlite:///{self.data / 'systems-changers.db'}")
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_new_instance_is_sealed_and_proven(place: Place) -> None:
    done = place.run("audit", "verify")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "operator: 1 entry is as sealed."
    assert lines[1].startswith("    head operator:1:")
    assert lines[2].startswith("harbour-trust: ")
    assert lines[-1].startswith("Keep these heads elsewhere")
    found = place.chains()
    assert found[""] == {"intact": True}
    assert found["operator"]["wrong"] is None
    assert lines[1].split()[1] == found["operator"]["head"]
    assert set(place.chains("--partner", "harbour-trust")) == {"harbour-trust", ""}


def test_an_altered_entry_ends_it_with_a_sentence(place: Place) -> None:
    kept = place.chains()["operator"]["head"]
    assert place.run("audit", "verify", "--head", kept).exit_code == 0
    place.tamper("UPDATE operator_audit SET name = 'partner.changed'")
    done = place.run("audit", "verify")
    assert done.exit_code == 1
    assert "Error: operator: The entry 1 (partner.changed, 20" in done.output
    assert "is not what was sealed." in done.output
    assert place.chains()["operator"]["wrong"] is not None
    assert place.run("audit", "verify", "--partner", "harbour-trust").exit_code == 0


def test_every_entry_that_is_wrong_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    first = place.run("partner", "create", "Alder")
    assert first.exit_code == 0, first.output
    place.run("audit", "verify")
    place.tamper("UPDATE operator_audit SET object_kind = 'nothing'")
    done = place.run("audit", "verify")
    named = [line for line in done.output.splitlines() if "is not what was sealed." in line]
    assert [line.removeprefix("Error: ").partition("(")[0] for line in named] == [
        "operator: The entry 1 ", "operator: The entry 2 ",
    ]  # fmt: skip
    found = place.chains()["operator"]
    assert (len(found["wrongs"]), found["more"], found["wrong"]) == (2, 0, found["wrongs"][0])
    monkeypatch.setattr(chains, "NAMED", 1)
    assert "operator: and 1 more." in place.run("audit", "verify").output


def test_a_chain_that_was_cut_off_or_made_anew_is_found_by_its_head(place: Place) -> None:
    kept = place.chains()["operator"]["head"]
    place.tamper("DELETE FROM operator_audit")
    place.tamper("DELETE FROM operator_audit_link")
    assert place.run("audit", "verify").exit_code == 0
    done = place.run("audit", "verify", "--partner", "harbour-trust", "--head", kept)
    assert done.exit_code == 1
    assert "operator: The chain ends at number 0, and number 1 was kept: its end was cut off." in done.output


def test_what_is_no_head_or_no_partner_is_said(place: Place) -> None:
    for head in ("operator:1", "operator:0:" + "a" * 64, "operator:1:" + "A" * 64, ""):
        done = place.run("audit", "verify", "--head", head)
        assert (done.exit_code, "--head wants PARTNER:NUMBER:HASH" in done.output) == (1, True)
    assert "No partner nowhere is here." in place.run("audit", "verify", "--partner", "nowhere").output
    assert "No partner nowhere is here." in place.run("audit", "verify", "--head", f"nowhere:1:{'a' * 64}").output


def test_the_dispatcher_seals(instance: Instance) -> None:
    instance.add_partner("Corra", slug="corra")
    instance.add_partner("Far Away", slug="far-away", kind="listed")
    for slug in ("corra", "far-away"):
        with instance.scope(slug, write=True) as scope:
            operations.record(scope, "register.imported")
    assert {"seal", "seal everybody's"} <= set(make_dispatcher(house_of(instance.app)).run_timed())
    assert [each.number for each in verify(instance.kit, None, [])] == [2, 1, 1]
    with pytest.raises(NotFound, match="No partner elsewhere"):
        verify(instance.kit, None, [KeptHead("elsewhere", 1, "a" * 64)])


def test_two_heads_of_one_number_cannot_both_be_true(instance: Instance) -> None:
    instance.add_partner("Corra", slug="corra")
    head = verify(instance.kit, None, [])[0]
    kept = KeptHead("operator", head.number, head.head)
    assert verify(instance.kit, "operator", [kept, kept])[0].wrong is None
    assert verify(instance.kit, "operator", [kept, kept._replace(hash="a" * 64)])[0].wrong is not None


def test_the_doctor_sees_what_waits_and_what_was_altered(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    instance.add_partner("Corra", slug="corra")
    assert audit_chain(Patient(instance.kit)).status == "ok"
    instance.kit.clock = FixedClock(NOW + LATE + timedelta(minutes=1))
    waits = audit_chain(Patient(instance.kit))
    assert (waits.status, str(waits.message)) == (
        "warning", "What was recorded at operator has waited to be sealed since 27 March 2026, 09:30 UTC.",
    )  # fmt: skip
    assert waits.mend is not None
    waits.mend()
    assert audit_chain(Patient(instance.kit)).status == "ok"
    monkeypatch.setattr(doctor_working, "SEALS", 1)
    engine = open_owner_engine(instance.kit.settings.owner_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE operator_audit_link SET hash = 'x'")
    altered = audit_chain(Patient(instance.kit))
    assert altered.status == "error"
    assert str(altered.message).startswith("The audit of operator was altered. The entry 1 (partner.made")
