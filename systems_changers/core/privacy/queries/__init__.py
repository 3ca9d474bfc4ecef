"""What is read of privacy: what columns declare, the record and assessment made from that, and what is due."""

from systems_changers.core.privacy.queries.assessment import assessment
from systems_changers.core.privacy.queries.declared import Activity, Declared, activities, declared
from systems_changers.core.privacy.queries.due import JOB, Due, Holding, due, due_ids, holdings, last_run
from systems_changers.core.privacy.queries.record import Responsible, record_sheet, responsible

__all__ = [
    "JOB",
    "Activity",
    "Declared",
    "Due",
    "Holding",
    "Responsible",
    "activities",
    "assessment",
    "declared",
    "due",
    "due_ids",
    "holdings",
    "last_run",
    "record_sheet",
    "responsible",
]
