"""What every fault is tried on: an instance with one partner and somebody in each role that the trials need."""

from __future__ import annotations

import pytest

from systems_changers.hooks.facts import ActorFacts
from systems_changers.testing.instance import Instance

SLUG = "corra"


@pytest.fixture
def morag(instance: Instance) -> ActorFacts:
    """A participant at the only partner."""
    instance.add_partner("Corra", slug=SLUG)
    return instance.add_person(SLUG, "Morag", "participant")
