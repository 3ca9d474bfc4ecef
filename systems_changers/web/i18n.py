"""The seam to Flask-Babel: what calls its gettext, a library or an extension, hears the partner's own words too.

Pages themselves never go through it: they hold the catalogue's own functions, which are twenty times cheaper.
"""

from __future__ import annotations

from typing import Any

from babel.support import NullTranslations
from flask import Flask, g, has_app_context
from flask_babel import Babel, Domain

from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.languages import SOURCE
from systems_changers.web.formats import Formats

__all__ = ["Formats", "install", "speak"]


class _Spoken(NullTranslations):
    """A catalogue in the shape that Flask-Babel asks for."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self._catalogue = catalogue

    def gettext(self, message: str) -> str:
        return self._catalogue.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._catalogue.ngettext(msgid1, msgid2, n)

    ugettext, ungettext = gettext, ngettext


class _Words(Domain):  # type: ignore[misc]
    """Answers the request's own catalogue, and the msgids where none was chosen."""

    def get_translations(self) -> NullTranslations:
        catalogue = g.get("sc_catalogue") if has_app_context() else None
        return NullTranslations() if catalogue is None else _Spoken(catalogue)


class _Babel(Babel):  # type: ignore[misc]
    domain_instance = _Words()


def install(app: Flask) -> None:
    """Let Flask-Babel speak the language that `speak` chooses; our own Jinja environments are left alone."""
    _Babel(app, configure_jinja=False, default_locale=SOURCE, locale_selector=_locale, timezone_selector=_zone)


def speak(catalogue: Catalogue, zone: str) -> None:
    """Choose the words and the zone of this request, or of this application context."""
    g.sc_catalogue, g.sc_zone = catalogue, zone


def _locale() -> Any:
    catalogue = g.get("sc_catalogue")
    return catalogue.language.formats if catalogue is not None else SOURCE


def _zone() -> Any:
    return g.get("sc_zone", "UTC")
