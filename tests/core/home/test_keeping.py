"""`privacy retention` says what would go, lets it go, and says what went."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from systems_changers.cli import main
from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.home.service import instance, keeping
from systems_changers.core.partners import queries as partners
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links
from systems_changers.infra.errors import NotFound

FIRST = instance.FirstAnswers(partner="Corra", name="Ines", email="ines@corra.example")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An instance with a cohort that closed yesterday."""
    made = instance.make_real(tmp_path / "data", FIRST, {}).settings
    with instance.opened(made) as kit:
        (corra,) = partners.hosting_partners(kit.engine)
        closed = kit.clock.now() - timedelta(days=1)
        with kit.scope(corra, ANYONE, links=no_links, write=True) as scope:
            scope.db.add(Cohort(name="Old", state="closed", closed_at=closed, safeguarding_name="Eilidh", extra={}))
            scope.db.commit()
    return made.data


def run(place: Path, *words: str) -> Any:
    done = CliRunner().invoke(main, ["privacy", "retention", *words, "--data", str(place)])
    assert done.exit_code == 0, done.output
    return json.loads(done.output) if "--json" in words else done.output


def leads(place: Path) -> list[str | None]:
    with instance.opened(instance.check_existing(place)) as kit:
        (corra,) = partners.hosting_partners(kit.engine)
        with kit.scope(corra, ANYONE, links=no_links) as scope:
            return list(scope.db.scalars(sa.select(Cohort.safeguarding_name)))


def test_a_dry_run_says_what_would_go_and_lets_nothing_go(place: Path) -> None:
    told = run(place, "--dry-run", "--json")
    line = {"partner": "corra", "table": "cohort", "columns": ["safeguarding_name", "safeguarding_contact"],
            "kept": "Until the cohort has ended", "rows": 1, "deleted": False}  # fmt: skip
    assert told == {"dry_run": True, "let_go": [line]}
    assert "1 of cohort would be emptied: safeguarding_name, safeguarding_contact" in run(place, "--dry-run")
    assert leads(place) == ["Eilidh"]


def test_it_lets_go_and_then_nothing_is_due(place: Path) -> None:
    assert "1 of cohort emptied: safeguarding_name" in run(place, "--partner", "corra")
    assert leads(place) == [None]
    assert run(place) == "Nothing is due.\n"


def test_a_partner_that_isn_t_here_is_named(place: Path) -> None:
    with instance.opened(instance.check_existing(place)) as kit, pytest.raises(NotFound, match="No partner nobody"):
        keeping.run_retention(kit, "nobody", dry_run=True)
