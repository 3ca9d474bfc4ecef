"""Judges the files that come with a form before its transaction begins, because that may take seconds.

Only of who may send the form, and only in the fields that the page names: nothing else is unpacked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Request, g

from systems_changers.infra.file_types import Judged, judged
from systems_changers.infra.files import Upload


def judge(request: Request, fields: Sequence[str], most: int) -> None:
    """Judge what was chosen in these fields, of at most so many bytes each; `chosen` hands it on."""
    sent = {name: request.files.get(name) for name in fields}
    g.uploads = {
        name: judged(Upload(each.filename, each.stream), most) for name, each in sent.items() if each and each.filename
    }


def chosen() -> Mapping[str, Judged]:
    """The files of this request by field, judged; none where a page names no fields."""
    found: Mapping[str, Judged] = g.get("uploads", {})
    return found
