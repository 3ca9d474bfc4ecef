"""A partner with a plugin that holds personal data, and one without, in a whole instance."""

from __future__ import annotations

import pytest

from systems_changers.hooks.facts import ActorFacts
from systems_changers.testing.instance import Instance
from tests.core.instance import database
from tests.core.instance import instance as pair  # two partners without pages, for what is asked of services

__all__ = ["database", "pair"]


@pytest.fixture
def corra(instance: Instance) -> Instance:
    """The instance with the two partners."""
    instance.add_partner("Corra", slug="corra", plugins=("corra-scotland",), locales=("en_GB", "gd"))
    instance.add_partner("Alder", slug="alder")
    return instance


@pytest.fixture
def ines(corra: Instance) -> ActorFacts:
    """Corra's administrator."""
    return corra.add_person("corra", "Ines Moreau", "administrator")


@pytest.fixture
def morag(corra: Instance) -> ActorFacts:
    """A facilitator at Corra."""
    return corra.add_person("corra", "Morag Bain", "facilitator")


@pytest.fixture
def calum(corra: Instance) -> ActorFacts:
    """A participant at Corra."""
    return corra.add_person("corra", "Calum Reid", "participant")
