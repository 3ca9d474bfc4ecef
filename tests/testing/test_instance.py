"""What a plugin's own tests stand on: the instance that they are given."""

from __future__ import annotations

import pytest

from systems_changers.infra.errors import Invalid
from systems_changers.testing.fixtures import instance
from systems_changers.testing.instance import Instance

__all__ = ["instance"]


def test_a_person_meets_the_plugin_in_a_browser(instance: Instance) -> None:
    instance.add_partner("Corra", slug="corra", plugins=("corra-scotland",))
    morag = instance.add_person("corra", "Morag Bain", "facilitator")
    cohort = instance.add_cohort("corra", morag, "Portlaggan", place="Portlaggan")
    page = instance.client("corra", morag).get(f"/x/corra-scotland/cohorts/{cohort.id}/profile")
    assert (page.status_code, cohort.state) == (200, "planned")
    assert "What this place said of itself, without names." in page.text
    assert instance.client("corra").get(f"/cohorts/{cohort.id}/").status_code == 303


def test_settings_are_the_defaults_until_others_are_kept(instance: Instance) -> None:
    instance.add_partner("Corra", slug="corra", plugins=("corra-scotland",))
    assert _settings(instance)["least_heard"] == 10
    instance.keep_settings("corra", "corra-scotland", least_heard=4)
    assert _settings(instance) == {"least_heard": 4, "least_residents": 1}
    with pytest.raises(Invalid):
        instance.keep_settings("corra", "corra-scotland", least_herd=4)
    with pytest.raises(Invalid, match="nobody"):
        instance.add_partner("Other", slug="other", plugins=("nobody",))


def _settings(made: Instance) -> dict[str, object]:
    with made.scope("corra") as scope:
        settings: dict[str, object] = scope.partner.settings["corra-scotland"]
        return settings
