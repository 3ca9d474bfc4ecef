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
