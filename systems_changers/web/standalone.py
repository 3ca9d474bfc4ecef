"""Renders what is read without the kit: the pages of an archive and of an exit kit. Only an edge calls it.

A service says which template and which facts, as it does of a mail; `web/standalone.html` is what such pages share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from systems_changers.hooks.facts import Brand
from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.paths import PACKAGE
from systems_changers.web.brand import brand_css
from systems_changers.web.layers import Templates, core_template_dirs


@dataclass(frozen=True, slots=True)
class StandalonePage:
    """A page that is still to be rendered: in which template, in whose words and, where it has one, in which brand."""

    template: str
    words: Catalogue
    facts: Mapping[str, Any]
    brand: Brand | None = None


Render = Callable[[StandalonePage], str]


def render_standalone(page: StandalonePage) -> str:
    """The page's text by the core's own templates: no plugin's form of one is asked for."""
    values = {
        "_": page.words.translate, "gettext": page.words.gettext, "ngettext": page.words.ngettext,
        "language": page.words.language, "brand_css": brand_css(page.brand) if page.brand else "", **page.facts,
    }  # fmt: skip
    return f"{_templates().render((), page.template, values).rstrip()}\n"


@cache
def _templates() -> Templates:
    return Templates(core_template_dirs(PACKAGE), {})
