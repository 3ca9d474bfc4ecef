"""Sessions to read: their lists, one whole, its register and record; and their modules in the reader's words."""

from systems_changers.core.sessions.queries.reading import (
    BlockLine,
    Presence,
    SealedRecord,
    SessionLine,
    SessionView,
    blocks_of,
    delivered_modules,
    modules_in,
    record_of,
    register_of,
    session_facts,
    session_row,
    session_view,
    sessions_of,
    sessions_open_to,
)
from systems_changers.core.sessions.queries.words import (
    SpokenModule,
    modules_in_words,
    titles_in_words,
)

__all__ = [
    "BlockLine",
    "Presence",
    "SealedRecord",
    "SessionLine",
    "SessionView",
    "SpokenModule",
    "blocks_of",
    "delivered_modules",
    "modules_in",
    "modules_in_words",
    "record_of",
    "register_of",
    "session_facts",
    "session_row",
    "session_view",
    "sessions_of",
    "sessions_open_to",
    "titles_in_words",
]
