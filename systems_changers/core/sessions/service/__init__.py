"""What can be done with a session: plan it, move it, take its register, write it up, put its record right."""

from systems_changers.core.sessions.rules import FirstMeeting
from systems_changers.core.sessions.service.delivery import deliver, reopen, save_draft
from systems_changers.core.sessions.service.plan_lines import drop_module, move_module, restore_module
from systems_changers.core.sessions.service.planning import (
    add_session,
    change_session,
    plan_sessions,
    renew_blocks,
    sessions_to_offer,
)
from systems_changers.core.sessions.service.sealing import correct_record, remind_and_seal, write_up
from systems_changers.core.sessions.service.steps import cancel, confirm, put_back

__all__ = [
    "FirstMeeting",
    "add_session",
    "cancel",
    "change_session",
    "confirm",
    "correct_record",
    "deliver",
    "drop_module",
    "move_module",
    "plan_sessions",
    "put_back",
    "remind_and_seal",
    "renew_blocks",
    "reopen",
    "restore_module",
    "save_draft",
    "sessions_to_offer",
    "write_up",
]
