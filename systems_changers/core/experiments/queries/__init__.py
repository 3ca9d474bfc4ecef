"""How experiments are read: the door, what comes through it, and what stands around one experiment."""

from systems_changers.core.experiments.queries.around import (
    Around,
    OwnCohort,
    Reader,
    Step,
    evidence_count,
    evidence_file,
    experiment_facts,
    own_cohort,
    people_around,
    readers,
    trail,
)
from systems_changers.core.experiments.queries.door import owned_by_actor, readable_by, readable_whole_by, writable_by
from systems_changers.core.experiments.queries.reading import (
    ExperimentLine,
    ExperimentView,
    Seen,
    experiment,
    experiments,
    ledger,
    own_experiments,
    search,
)

__all__ = [
    "Around",
    "ExperimentLine",
    "ExperimentView",
    "OwnCohort",
    "Reader",
    "Seen",
    "Step",
    "evidence_count",
    "evidence_file",
    "experiment",
    "experiment_facts",
    "experiments",
    "ledger",
    "own_cohort",
    "own_experiments",
    "owned_by_actor",
    "people_around",
    "readable_by",
    "readable_whole_by",
    "readers",
    "search",
    "trail",
    "writable_by",
]
