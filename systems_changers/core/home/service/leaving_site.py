"""Says what stands on which page of an exit kit's site, in the partner's words and brand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from systems_changers.core.experiments.rules import STATE_LABELS, TEXTS
from systems_changers.hooks.facts import Brand
from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.row_text import Line
from systems_changers.web.standalone import StandalonePage

SHOWN = ("cohort", "cohort_session", "planned_module", "experiment", "evidence")
INDEX, COHORT, EXPERIMENTS = "home/exit_index.html", "home/exit_cohort.html", "home/exit_experiments.html"
COHORT_WORDS = ("purpose", "place", "host_organisation", "starts_on", "ends_on", "time_zone", "target_places")


@dataclass(frozen=True, slots=True)
class Masthead:
    """Whose pages they are: the partner's name, brand and words."""

    name: str
    brand: Brand
    words: Catalogue


def pages(
    masthead: Masthead, shown: Mapping[str, Sequence[Line]], media: Mapping[str, str]
) -> dict[str, StandalonePage]:
    """The pages by their file's name; `media` are places of files in the kit by their id."""

    def page(template: str, **facts: object) -> StandalonePage:
        return StandalonePage(
            template, masthead.words, {"partner": masthead.name, "media": media, **facts}, masthead.brand
        )

    cohorts = sorted(shown["cohort"], key=lambda each: (str(each.get("starts_on", "")), str(each["name"])))
    for each in cohorts:
        each["page"] = f"cohort-{each['id']}.html"
    sessions, modules, seen = (_by(shown[name], column) for name, column in (
        ("cohort_session", "cohort_id"), ("planned_module", "cohort_id"), ("evidence", "experiment_id")))  # fmt: skip
    made = {
        each["page"]: page(
            COHORT, cohort=each, words=COHORT_WORDS,
            sessions=sorted(sessions[each["id"]], key=lambda one: str(one.get("starts_at", ""))),
            modules=sorted(modules[each["id"]], key=lambda one: int(one["position"])),
        )
        for each in cohorts
    }  # fmt: skip
    experiments = sorted(shown["experiment"], key=lambda each: str(each["title"]).casefold())
    counted = {"sessions": len(shown["cohort_session"]), "experiments": len(experiments)}
    made["index.html"] = page(INDEX, cohorts=cohorts, counted=counted)
    made["experiments.html"] = page(
        EXPERIMENTS, experiments=experiments, texts=TEXTS, states=STATE_LABELS, evidence=seen
    )
    return made


def _by(lines: Sequence[Line], column: str) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for line in lines:
        found[line[column]].append(line)
    return found
