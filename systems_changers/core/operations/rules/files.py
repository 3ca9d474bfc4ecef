"""What a file is, in words."""

from __future__ import annotations

from collections.abc import Mapping

from systems_changers.infra.text import N_

FILE_KINDS: Mapping[str, str] = {
    "image/": N_("Picture"),
    "audio/": N_("Recording"),
    "video/": N_("Film"),
    "text/": N_("Text"),
    "application/pdf": N_("PDF"),
}


def file_kind(media_type: str) -> str:
    """The msgid of what a file is."""
    return next((kind for start, kind in FILE_KINDS.items() if media_type.startswith(start)), N_("Document"))


PARTS_OF_ROOM = 4
"""What one person's files may take of their partner's room: a part in so many."""


def share_of_room(quota: int, most: int) -> int:
    """How much one person's files may hold together; at least one file of the largest size fits. All in bytes."""
    return min(quota, max(quota // PARTS_OF_ROOM, most))
