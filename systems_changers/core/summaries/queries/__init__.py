"""What summaries read: a partner's records to count, its own figures, and what the foundation has received."""

from systems_changers.core.summaries.queries.books import books
from systems_changers.core.summaries.queries.figures import (
    Agreement,
    Figure,
    OwnFigures,
    agreement_of,
    module_mix,
    own_figures,
    shared_view,
)
from systems_changers.core.summaries.queries.received import (
    Received,
    one_figure,
    overview,
    received_page,
    received_rows,
    totals,
)
from systems_changers.core.summaries.queries.reports import report, reports, reports_allowed
from systems_changers.core.summaries.queries.sheet import sheet

__all__ = [
    "Agreement",
    "Figure",
    "OwnFigures",
    "Received",
    "agreement_of",
    "books",
    "module_mix",
    "one_figure",
    "overview",
    "own_figures",
    "received_page",
    "received_rows",
    "report",
    "reports",
    "reports_allowed",
    "shared_view",
    "sheet",
    "totals",
]
