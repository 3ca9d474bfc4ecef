"""Home's rules: where a redirect may lead."""

from __future__ import annotations

from urllib.parse import urlsplit


def path_on_this_host(text: str) -> str | None:
    """A relative path with its query, or None for anything that could lead to another host."""
    if any(sign in text for sign in ("\\", "\t", "\n", "\r", "\0")):
        return None
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
