"""What is read of privacy: what columns declare and is made from that, what is due, consents, complaints, requests."""

from systems_changers.core.privacy.queries.assessment import assessment
from systems_changers.core.privacy.queries.complaints import ComplaintLine, complaint, complaints, open_from
from systems_changers.core.privacy.queries.consents import (
    ConsentLine,
    agreed_to,
    consents_of,
    live_consents,
    may_use,
    purposes_in,
)
from systems_changers.core.privacy.queries.declared import Activity, Declared, activities, declared
from systems_changers.core.privacy.queries.due import JOB, Due, Holding, due, due_ids, holdings, last_run
from systems_changers.core.privacy.queries.record import Responsible, record_sheet, responsible
from systems_changers.core.privacy.queries.requests import RequestLine, requests_listed, requests_of

__all__ = [
    "JOB",
    "Activity",
    "ComplaintLine",
    "ConsentLine",
    "Declared",
    "Due",
    "Holding",
    "RequestLine",
    "Responsible",
    "activities",
    "agreed_to",
    "assessment",
    "complaint",
    "complaints",
    "consents_of",
    "declared",
    "due",
    "due_ids",
    "holdings",
    "last_run",
    "live_consents",
    "may_use",
    "open_from",
    "purposes_in",
    "record_sheet",
    "requests_listed",
    "requests_of",
    "responsible",
]
