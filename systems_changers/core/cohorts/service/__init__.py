"""What can be done with a cohort: make and change it, take its next step, gather its people, plan its modules."""

from systems_changers.core.cohorts.service.making import change_cohort, make_cohort
from systems_changers.core.cohorts.service.people import (
    Added,
    add_facilitator,
    add_participant,
    add_participants,
    assign,
    confirm,
    leave,
    rejoin,
)
from systems_changers.core.cohorts.service.planning import make_plan, swap_module
from systems_changers.core.cohorts.service.steps import readiness, take_step

__all__ = [
    "Added",
    "add_facilitator",
    "add_participant",
    "add_participants",
    "assign",
    "change_cohort",
    "confirm",
    "leave",
    "make_cohort",
    "make_plan",
    "readiness",
    "rejoin",
    "swap_module",
    "take_step",
]
