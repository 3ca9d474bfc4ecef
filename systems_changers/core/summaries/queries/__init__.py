"""What summaries read: a partner's records to count, its own figures, and what the foundation has received."""

from systems_changers.core.summaries.queries.books import books
from systems_changers.core.summaries.queries.figures import (
    Agreement,
    Figure,
    OwnFigures,
    agreement_of,
    counts_of_cohort,
    own_figures,
    shared_view,
)
from systems_changers.core.summaries.queries.received import (
    PartnerLine,
    Received,
    instance_is_demo,
    received_page,
    received_rows,
    totals,
)

__all__ = [
    "Agreement",
    "Figure",
    "OwnFigures",
    "PartnerLine",
    "Received",
    "agreement_of",
    "books",
    "counts_of_cohort",
    "instance_is_demo",
    "own_figures",
    "received_page",
    "received_rows",
    "shared_view",
    "totals",
]
