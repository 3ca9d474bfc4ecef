"""The doctor names what is wrong with the way out, mends what mends itself, and looks on where a check fails."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from systems_changers.cli import main
from systems_changers.core.home.service.doctor import ASKED, look_over, support_file
from systems_changers.core.home.service.doctor_kept import KEPT
from systems_changers.core.home.service.doctor_working import WORKING, Patient
from systems_changers.core.operations.models import OperatorAudit, PluginFault
from systems_changers.core.people.models import Account
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.registry import Quarantined
from systems_changers.hooks.scope import no_links
from systems_changers.infra.checks_database import DATABASE
from systems_changers.infra.checks_machine import MACHINE
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.findings import Finding
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import JobRow, OutboxRow
from systems_changers.infra.settings import load_settings
from systems_changers.infra.text import msg
from systems_changers.testing.instance import Instance

EMAIL = "ines@harbour.example"
CHECKS = [each.id for each in (*MACHINE, *DATABASE, *WORKING, *KEPT)] + [ASKED]


class Place:
    """A real instance in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "instance"
        made = self.run("init", "--yes", "--partner", "Harbour Trust", "--name", "Ines Moreau", "--email", EMAIL)
        assert made.exit_code == 0, made.output
        self.data.chmod(0o700)

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--data", str(self.data)])

    def checks(self, *words: str) -> dict[str, dict[str, Any]]:
        done = self.run("doctor", "--json", *words)
        return {each["id"]: each for each in json.loads(done.output)["checks"]}

    def say(self, *statements: str) -> None:
        """As somebody with the owner's rights."""
        engine = open_owner_engine(f"sqlite:///{self.data / 'systems-changers.db'}")
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_new_instance_is_well(place: Place) -> None:
    done = place.run("doctor")
    assert done.exit_code == 0, done.output
    found = place.checks()
    assert list(found) == CHECKS
    assert len(CHECKS) == len(set(CHECKS)) >= 20
    unwell = {name for name, each in found.items() if each["status"] != "ok"}
    assert unwell - {"database-version"} == {"mail-server", "operator", "administrators", "backup", "backup-keys"}
    assert all({"id", "status", "message", "fix"} <= each.keys() for each in found.values())
    assert all(each["fix"] for each in found.values() if each["status"] != "ok")
    lines = done.output.splitlines()
    assert "LOOK   There is no mail server: mail is kept in the operator's mailbox." in lines
    assert lines[-1].startswith("ok     ")


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
@pytest.mark.parametrize(("name", "file", "status"), [
    ("data-folder", "", "warning"), ("secret-key", "secret.key", "error"),
    ("database-file", "systems-changers.db", "error"),
])  # fmt: skip
def test_what_others_could_read_is_closed(place: Place, name: str, file: str, status: str) -> None:
    target = place.data / file
    target.chmod(0o777)
    found = place.checks()[name]
    assert (found["status"], found["fixable"], found["fixed"]) == (status, True, False)
    assert place.run("doctor").exit_code == (status == "error")
    assert "`systems-changers doctor --fix` does it." in place.run("doctor").output
    mended = place.checks("--fix")[name]
    assert (mended["status"], mended["fixed"]) == ("ok", True)
    assert target.stat().st_mode & 0o077 == 0


def test_a_mend_that_fails_says_why(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise PermissionError("not yours")

    (place.data / "secret.key").chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    found = place.checks("--fix")["secret-key"]
    assert (found["status"], found["fixed"]) == ("error", False)
    assert found["message"] == "This could not be mended: PermissionError: not yours"


def test_a_guard_that_is_gone_is_put_back(place: Place) -> None:
    place.say("DROP TRIGGER partner_guard_insert_account", "DROP TRIGGER partner_guard_update_account",
              "DROP TRIGGER partner_guard_delete_account")  # fmt: skip
    assert place.checks()["partners-apart"]["message"] == "These tables are not guarded: account."
    assert place.checks("--fix")["partners-apart"]["fixed"]
    assert place.checks()["partners-apart"]["status"] == "ok"


def test_a_reference_to_nothing_is_found(place: Place) -> None:
    place.say("PRAGMA foreign_keys=OFF",
              f"INSERT INTO partner_domain (host, partner_ref) VALUES ('lost.example', X'{new_id().hex}')")  # fmt: skip
    assert "Rows of partner_domain refer" in place.checks()["database-integrity"]["message"]


def test_an_older_database_and_a_plugin_in_trouble_are_named(place: Place) -> None:
    place.say("UPDATE sc_version_core SET version_num = '0001'")
    found = place.checks()["migrations"]
    assert found["message"].startswith("core: The database waits for an upgrade")
    assert "systems-changers upgrade" in found["fix"]


def test_a_database_that_is_none_is_told_by_every_check_that_needs_it(place: Place) -> None:
    (place.data / "systems-changers.db").write_text("this is no database at all, whatever it is called" * 50)
    found = place.checks()
    assert list(found) == CHECKS
    assert found["data-folder"]["status"] == "ok"
    assert found["modules"]["status"] == "error"
    assert found["modules"]["message"].startswith("This could not be looked at: ")


def test_the_support_file_tells_no_secret_and_nobody(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "for-support.json"
    assert place.run("doctor", "--support-file", str(file)).exit_code == 0
    text = file.read_text("utf-8")
    told = json.loads(text)
    assert [each["id"] for each in told["checks"]] == CHECKS
    assert (told["settings"]["secret_key"], told["settings"]["threads"]) == ("set", 8)
    assert load_settings(place.data).secret_key not in text
    for personal in (EMAIL, "Ines", str(place.data), str(Path.home())):
        assert personal not in text


# --- each check ---


def looked(instance: Instance, name: str) -> Finding:
    (check,) = (check for check in WORKING if check.id == name)
    return check.look(Patient(instance.kit))


def put(instance: Instance, *rows: object) -> None:
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add_all(rows)
        scope.db.commit()


def row(now: Any, **values: Any) -> OutboxRow:
    return OutboxRow(kind="event", name="cohort.opened.v1", at=now, due_at=now, **values)


def test_what_ails_its_working_is_named(instance: Instance) -> None:
    now = instance.kit.clock.now()
    instance.add_partner("Rowan", slug="rowan", time_zone="Europe/London", locales=("en_GB", "fr_FR"))
    assert looked(instance, "administrators").fix is not None
    assert "rowan" in str(looked(instance, "administrators").message)
    assert "fr_FR" in str(looked(instance, "languages").message)
    assert looked(instance, "time-zones").status == "ok"
    assert looked(instance, "jobs").status == "ok"
    for name, rows, said in (
        ("outbox-given-up", [row(now, state="parked")], "1 thing could not be sent"),
        ("outbox-waiting", [row(now - timedelta(minutes=16))], "1 thing has waited"),
        ("plugin-faults", [PluginFault(plugin="tea", hook="sc_offer_nav", why="spilt", times=3, last_at=now)],
         "The plugin tea failed in sc_offer_nav."),
        ("clock", [OperatorAudit(at=now + timedelta(days=2), name="partner.made", changed=[])], "the clock was wrong"),
        ("jobs", [JobRow(name="count", last_started_at=now - timedelta(hours=3))], "began and has not ended"),
    ):  # fmt: skip
        assert looked(instance, name).status == "ok", name
        put(instance, *rows)
        assert said in str(looked(instance, name).message)


@pytest.mark.parametrize(("ended", "trouble", "said"), [
    (timedelta(days=3), None, "has not run for days"),
    (timedelta(days=3), "ValueError: Ines Moreau", "failed: ValueError"),
])  # fmt: skip
def test_timed_work_that_does_not_run_or_fails(
    instance: Instance, ended: timedelta, trouble: str | None, said: str
) -> None:
    now = instance.kit.clock.now()
    put(instance, JobRow(name="count", last_started_at=now - ended, last_finished_at=now - ended, trouble=trouble))
    assert str(looked(instance, "jobs").message).endswith(f"{said}.") or str(looked(instance, "jobs").message).endswith(
        said
    )


def test_people_and_plugins_are_looked_for(instance: Instance) -> None:
    ines = instance.add_partner("Rowan", slug="rowan")
    instance.add_person("rowan", "Ines", "administrator")
    assert looked(instance, "administrators").status == "ok"
    assert looked(instance, "operator").status == "warning"
    put(instance, Account(email="op@rowan.example", is_operator=True))
    assert looked(instance, "operator").status == "ok"
    assert looked(instance, "plugins-gone").status == "ok"
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.execute(sa.text("UPDATE partner SET plugins = '[\"left-long-ago\"]'"))
        scope.db.commit()
    assert ines.plugins == ()
    assert "left-long-ago" in str(looked(instance, "plugins-gone").message)
    assert looked(instance, "plugins-kept-out").status == "ok"
    instance.kit.registry.quarantined.append(Quarantined("tea", msg("it is cold")))
    try:
        assert str(looked(instance, "plugins-kept-out").message) == "The plugin tea is kept out: it is cold"
    finally:
        instance.kit.registry.quarantined.pop()


def test_it_is_looked_over_from_the_settings_alone(place: Place, tmp_path: Path) -> None:
    settings = load_settings(place.data)
    found = look_over(settings)
    support_file(settings, found, tmp_path / "told.json")
    assert [each.id for each in found] == CHECKS
