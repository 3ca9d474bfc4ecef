"""What is counted, how sure one can be, and who may see it: pure rules, without a database."""

from systems_changers.core.summaries.rules.counting import CohortBook, Counted, count, pool
from systems_changers.core.summaries.rules.disclosure import Policy, disclose, policy, suppress
from systems_changers.core.summaries.rules.indicators import Indicator, indicators
from systems_changers.core.summaries.rules.intervals import median_band, middle_half, wilson

__all__ = [
    "CohortBook",
    "Counted",
    "Indicator",
    "Policy",
    "count",
    "disclose",
    "indicators",
    "median_band",
    "middle_half",
    "policy",
    "pool",
    "suppress",
    "wilson",
]
