"""The library of modules for facilitators: by stage, and each module in full."""

from __future__ import annotations

from flask import Request, g

from systems_changers.core.curriculum import queries
from systems_changers.core.curriculum.rules import EFFECTS, LENSES, STAGES, TIERS
from systems_changers.hooks.facts import Page
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound
from systems_changers.web.edge import Pages

pages = Pages("curriculum")

WORDS = {"stages": STAGES, "lenses": LENSES, "tiers": TIERS, "effects": EFFECTS}


@pages.get("/modules/")
def index(scope: Scope, _request: Request) -> Page:
    """The library by stage: canonical modules, with the variants on offer here and what each keeps."""
    offered = queries.heads_in(scope, queries.modules_on_offer(scope), g.visit.locale)
    stages = [
        (label, [queries.Shelf(module, _variants(module, offered)) for module in offered if _own(module, stage)])
        for stage, label in STAGES.items()
    ]
    return Page("curriculum/library.html", {"stages": stages, "rules": WORDS, "draft": _draft(offered)})


def _draft(modules: list[queries.CourseModule]) -> bool:
    return queries.in_draft(module.content for module in modules)


def _own(module: queries.CourseModule, stage: str) -> bool:
    return module.origin == "canonical" and module.content["stage"] == stage


def _variants(module: queries.CourseModule, offered: list[queries.CourseModule]) -> list[queries.CourseModule]:
    return [each for each in offered if each.origin != "canonical" and each.canonical_identity == module.identity]


@pages.get("/modules/<digest>/")
def show(scope: Scope, _request: Request, digest: str) -> Page:
    """One module in full; of a variant, what changed and why, block by block."""
    module = queries.module_by_hash(scope, digest)
    if module is None:
        raise NotFound
    shown = queries.shown_in(scope, module, g.visit.locale)
    values = {"module": module, "content": shown.content, "changes": shown.changes, "draft": shown.draft}
    return Page("curriculum/show.html", {**values, "rules": WORDS})
