"""What summaries do: count, agree to share, gather for the foundation."""

from systems_changers.core.summaries.service.counting import count_cohort, roll_up
from systems_changers.core.summaries.service.gathering import gather, gather_all
from systems_changers.core.summaries.service.sharing import agree_sharing, end_sharing

__all__ = ["agree_sharing", "count_cohort", "end_sharing", "gather", "gather_all", "roll_up"]
