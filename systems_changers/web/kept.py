"""What a refused form held, so that no text is lost: shown to be copied, and to be sent again; the server keeps none.

Only what a page of this very host sent, because another site's text could be sent on by a tap; never a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request

from systems_changers.web.forms import OUR_OWN

KEEPING = frozenset({"csrf", "sign_in", "not_allowed", "not_found", "second_factor", "away"})
"""After which the same form may be taken: from somebody who has signed in again, or once the database is back."""
SECRET = frozenset({
    "password", "current", "new", "client_secret", "confirm_password", "confirm_code", "confirm_passkey",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A refused form: where it was going, what it held, and the answers in it that a person can read.

    `files`: whether one came with it, which can't be sent again from here.
    """

    action: str
    pairs: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str], ...]
    files: bool = False


def kept_form(request: Request, code: str) -> KeptForm | None:
    """What the refused request held; None where there is nothing to show, or where it must not be shown."""
    if request.method != "POST" or code not in KEEPING or not _ours(request) or not SECRET.isdisjoint(request.form):
        return None
    pairs = tuple(pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token")
    answers = tuple((name.replace("_", " "), value) for name, value in pairs if name not in OUR_OWN and value.strip())
    action = request.script_root + request.full_path.rstrip("?")
    files = any(each.filename for each in request.files.values())
    return KeptForm(action, pairs, answers, files) if answers else None


def _ours(request: Request) -> bool:
    """Whether the browser itself says that a page of this host sent the form."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
