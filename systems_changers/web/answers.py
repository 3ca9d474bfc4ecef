"""Answers that the edge alone can make: it sets or clears a browser's cookie, and it knows the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from systems_changers.hooks.facts import Redirect
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
class Sheet:
    """A table for the browser to keep as CSV; its Messages are told in the reader's language."""

    rows: Sequence[Row]
    name: str
