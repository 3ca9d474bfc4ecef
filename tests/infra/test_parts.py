"""A document's parts are read as every reader would: however a word is written, it is found."""

from __future__ import annotations

import pytest

from systems_changers.infra import parts
from tests.infra import samples

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def test_types_are_read_however_they_are_written() -> None:
    content = '<Types><Default ContentType="a/vba&#80;roject"/><x:Override xmlns:x="y" ContentType=" b "/></Types>'
    for encoding in ("utf-8", "utf-16"):
        assert parts.content_types(content.encode(encoding)) == {"a/vbaProject", "b"}


@pytest.mark.parametrize("content", [
    b"", b"<Types>", b"<Types/><Types/>", b"PK", b"<!DOCTYPE Types><Types/>",
    b'<!DOCTYPE Types [<!ENTITY a "vbaProject">]><Types ContentType="&a;"/>',
    '<!DOCTYPE Types [<!ENTITY a "b">]><Types/>'.encode("utf-16"),
])  # fmt: skip
def test_what_is_no_plain_xml_is_not_read(content: bytes) -> None:
    with pytest.raises(parts.Unreadable):
        parts.content_types(content)


@pytest.mark.parametrize(("kind", "mode", "taken_in"), [
    (f"{OFFICE}/attachedTemplate", "External", True), (f"{STRICT}/attachedTemplate", "External", True),
    (f"{OFFICE}/oleObject", "&#69;xternal", True), (f"{OFFICE}/frame", "external", True),
    (f"{OFFICE}/subDocument", "External", True), (f"{OFFICE}/externalLinkPath", "External", True),
    (f"{OFFICE}/hyperlink", "External", False), (f"{OFFICE}/image", "External", False),
    (f"{OFFICE}/oleObject", "Internal", False), (f"{OFFICE}/externalLink", "", False),
])  # fmt: skip
def test_what_is_taken_in_from_elsewhere(kind: str, mode: str, *, taken_in: bool) -> None:
    assert parts.takes_in(samples.related(kind, mode).encode()) is taken_in


def test_what_may_run() -> None:
    assert parts.may_run(b"MZ\x90\x00")
    assert parts.may_run(samples.old_object("\x01Ole10Native"))
    assert parts.may_run(samples.old_object("_VBA_PROJECT"))
    assert not parts.may_run(samples.old_object("Workbook"))
    assert not parts.may_run("\x01Ole10Native".encode("utf-16-le"))
