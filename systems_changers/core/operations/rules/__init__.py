"""What may be tried how often, what a plugin's settings may be, and how what was recorded is sealed."""

from systems_changers.core.operations.rules.files import FILE_KINDS, PARTS_OF_ROOM, file_kind, share_of_room
from systems_changers.core.operations.rules.limits import FORM, PURPOSES, RATE_LIMITS, RateLimit
from systems_changers.core.operations.rules.recorded import (
    AREAS,
    DONE,
    MOMENT,
    OPERATOR_CHAIN,
    OUT_OF_ORDER,
    Area,
    Recorded,
    doing,
    genesis,
    link_hash,
)
from systems_changers.core.operations.rules.settings import LONGEST_SETTING, checked_settings, reordered

__all__ = [
    "AREAS",
    "DONE",
    "FILE_KINDS",
    "FORM",
    "LONGEST_SETTING",
    "MOMENT",
    "OPERATOR_CHAIN",
    "OUT_OF_ORDER",
    "PARTS_OF_ROOM",
    "PURPOSES",
    "RATE_LIMITS",
    "Area",
    "RateLimit",
    "Recorded",
    "checked_settings",
    "doing",
    "file_kind",
    "genesis",
    "link_hash",
    "reordered",
    "share_of_room",
]
