"""What people do with an experiment: write it, move it on, gather evidence, share it, take it along."""

from systems_changers.core.experiments.service.evidence import (
    Observation,
    add_evidence,
    remove_evidence,
    restore_evidence,
)
from systems_changers.core.experiments.service.handing_over import hand_over, shared_by
from systems_changers.core.experiments.service.moving import move, save_and_move
from systems_changers.core.experiments.service.sharing import (
    add_owner,
    remove_owner,
    share_with_audiences,
    share_with_person,
    stop_sharing_with_person,
)
from systems_changers.core.experiments.service.writing import Edit, delete, export_mine, note, restore, save

__all__ = [
    "Edit",
    "Observation",
    "add_evidence",
    "add_owner",
    "delete",
    "export_mine",
    "hand_over",
    "move",
    "note",
    "remove_evidence",
    "remove_owner",
    "restore",
    "restore_evidence",
    "save",
    "save_and_move",
    "share_with_audiences",
    "share_with_person",
    "shared_by",
    "stop_sharing_with_person",
]
