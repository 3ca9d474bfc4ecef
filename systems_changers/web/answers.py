"""Answers that change who is signed in; the edge sets or clears the cookie, so no view ever touches one."""

from __future__ import annotations

from dataclasses import dataclass

from systems_changers.hooks.facts import Redirect


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sign this browser in with the session's secret, then go on."""

    secret: str
    then: Redirect | str


@dataclass(frozen=True, slots=True)
class SignOut:
    """Forget this browser's session, then go on."""

    then: Redirect


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Remember the language for this browser, then go on."""

    locale: str
    then: Redirect | str
