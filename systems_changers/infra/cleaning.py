"""Makes text that people typed safe to store and compare; what can be seen of it is never changed."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 but for tab and newline, and what turns text around or hides it; the joiners stay, since scripts need them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")


def clean_text(text: str, *, lines: bool = True) -> str:
    """NFC, without control characters and surrounding space; `lines=False` makes it one line."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _UNSEEN.sub("", text)
    return text.strip() if lines else " ".join(text.split())
