"""Answers that the edge alone can make: it sets or clears a browser's cookie, and it knows the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from systems_changers.hooks.facts import Redirect
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.sheets import Row


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sign this browser in with the session's secret, then go on."""

    secret: str
    then: Redirect | str


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Remember in this browser that the first step of signing in was taken, then ask for the second."""

    secret: str
    then: Redirect


@dataclass(frozen=True, slots=True)
class SignOn:
    """Remember in this browser that it set out for its organisation's sign-in service, then go on."""

    secret: str
    then: Redirect


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send the same form on to a path of this host that has checked its sender."""

    path: str


@dataclass(frozen=True, slots=True)
class Json:
    """JSON for a script of ours, as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class SignOut:
    """Forget this browser's session, then go on."""

    then: Redirect


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Remember the language for this browser, then go on."""

    locale: str
    then: Redirect | str


@dataclass(frozen=True, slots=True)
class Content:
    """A kept file of `size` bytes, sent as it is read: to be kept, or `shown` where it was made anew here."""

    chunks: Iterator[bytes]
    size: int
    name: str
    media_type: str
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for the browser to keep as CSV; its Messages are told in the reader's language."""

    rows: Sequence[Row]
    name: str


class Part(NamedTuple):
    """Some rows of a long table, and what the next part begins after; None at the end."""

    rows: Sequence[Row]
    last: Any


@dataclass(frozen=True, slots=True)
class LongSheet:
    """A table of any length, sent as CSV part by part while it is read.

    `read` is given a scope and the `last` of the part before (None at first). Each part is read in a scope of its own,
    so that a slow reader keeps no transaction open.
    """

    head: Row
    read: Callable[[AnyScope, Any], Part]
    name: str
