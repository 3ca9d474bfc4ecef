"""Text is marked where it is written and stays readable without a translation."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from systems_changers.infra import paths
from systems_changers.infra.clock import FixedClock, SystemClock
from systems_changers.infra.errors import Conflict, Invalid, KitError, NotFound, OtherPartner, Refused
from systems_changers.infra.paths import migrations_dir, translations_dir
from systems_changers.infra.text import N_, Message, msg, nmsg


def test_a_message_reads_with_its_values() -> None:
    assert str(msg("%(n)s of %(all)s came.", n=9, all=11)) == "9 of 11 came."
    assert str(Message("100 % of it")) == "100 % of it"
    assert N_("Cohort") == "Cohort"


def test_a_message_about_one_thing_says_so() -> None:
    said = [str(nmsg("%(count)s session of %(all)s.", "%(count)s sessions of %(all)s.", n, all=9)) for n in (0, 1, 2)]
    assert said == ["0 sessions of 9.", "1 session of 9.", "2 sessions of 9."]


def test_a_day_in_a_message_is_said_in_words() -> None:
    assert str(msg("By %(day)s.", day=date(2026, 4, 1))) == "By 1 April 2026."
    late = datetime(2026, 4, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert str(msg("Since %(at)s.", at=late)) == "Since 31 March 2026, 23:30 UTC."


def test_each_error_has_a_stable_code() -> None:
    assert [kind(msg("No.")).code for kind in (NotFound, Refused, Invalid, Conflict, KitError)] == [
        "not_found", "refused", "invalid", "conflict", "error",
    ]  # fmt: skip
    assert Refused(msg("No."), code="csrf").code == "csrf"
    assert "person" in str(OtherPartner("person"))


def test_a_clock_can_stand_still() -> None:
    moment = SystemClock().now()
    assert FixedClock(moment).now() == moment
    assert moment.tzinfo is not None


def test_the_shipped_folders_are_found() -> None:
    assert (migrations_dir() / "env.py").is_file()
    assert (translations_dir() / "messages.pot").is_file()


def test_an_installed_kit_reads_what_it_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside an installed package may lie folders of these names that are others'."""
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "systems_changers")
    (tmp_path / "migrations").mkdir()
    assert migrations_dir() == tmp_path / "systems_changers" / "_shipped" / "migrations"
    assert translations_dir() == tmp_path / "systems_changers" / "_shipped" / "translations"
