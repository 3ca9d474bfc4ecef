"""What summaries read: a partner's records to count, its own figures, and what the foundation has received."""

from systems_changers.core.summaries.queries.books import books
from systems_changers.core.summaries.queries.figures import (
    Agreement,
    Figure,
    OwnFigures,
    agreement_of,
    counts_of_cohort,
    module_mix,
    own_figures,
    shared_view,
)
from systems_changers.core.summaries.queries.received import (
    Received,
    overview,
    received_page,
    totals,
)
from systems_changers.core.summaries.queries.reports import report, reports
from systems_changers.core.summaries.queries.sheet import sheet

__all__ = [
    "Agreement",
    "Figure",
    "OwnFigures",
    "Received",
    "agreement_of",
    "books",
    "counts_of_cohort",
    "module_mix",
    "overview",
    "own_figures",
    "received_page",
    "report",
    "reports",
    "shared_view",
    "sheet",
    "totals",
]
