"""Reads what the parts of an office document say of each other, and whether one of them could run.

It is parsed, because there are many ways to write a word in XML; what declares a type of its own (and with it entities)
isn't read at all, which office documents never do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NoReturn
from xml.parsers import expat

START = 8
OLD_OBJECT = b"\xd0\xcf\x11\xe0"
PROGRAM = b"MZ"
TAKEN_IN = ("attachedtemplate", "oleobject", "frame", "subdocument", "externallink", "xlexternallink", "afchunk",
            "control", "package")  # fmt: skip
"""Kinds of links that a reader follows by itself; a link that a person follows, or a picture, isn't among them."""
_HOLDS = re.compile("|".join(name.replace("", "\0")[1:] for name in ("ole10native", "_vba_project")).encode())


class Unreadable(Exception):
    """This part is no plain XML."""


def content_types(content: bytes) -> frozenset[str]:
    """Every type that a part, or an ending, is said to have. Raises Unreadable."""
    found: set[str] = set()
    _each(content, lambda _name, given: found.add(given.get("ContentType", "").strip()))
    return frozenset(found - {""})


def takes_in(content: bytes) -> bool:
    """Whether something from outside the document is taken in as soon as it is opened. Raises Unreadable."""
    found: list[str] = []

    def look(_name: str, given: Mapping[str, str]) -> None:
        kind = given.get("Type", "").strip().casefold().rpartition("/")[2]
        if given.get("TargetMode", "").strip().casefold() == "external" and kind.startswith(TAKEN_IN):
            found.append(kind)

    _each(content, look)
    return bool(found)


def may_run(content: bytes) -> bool:
    """Whether this is a program, or an old object that holds a file of any kind, or macros."""
    if content.startswith(PROGRAM):
        return True
    return content.startswith(OLD_OBJECT) and _HOLDS.search(content.lower()) is not None


def _each(content: bytes, look: Callable[[str, Mapping[str, str]], object]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = look
    parser.StartDoctypeDeclHandler = _declared
    parser.EntityDeclHandler = _declared
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise Unreadable from None


def _declared(*_given: object) -> NoReturn:
    raise Unreadable
