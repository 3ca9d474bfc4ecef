"""The comparison as a sheet: the foundation's own rows, a line a partner and indicator; what is hidden is blank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from systems_changers.core.operations.queries import INVENTED, instance_is_demo
from systems_changers.core.summaries.queries.figures import Figure
from systems_changers.core.summaries.queries.received import Received, received_rows
from systems_changers.core.summaries.rules.counting import EFFECTS, Counted
from systems_changers.core.summaries.rules.disclosure import policy
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.scope import Scope
from systems_changers.infra.sheets import Row
from systems_changers.infra.text import msg

HEADS = (
    "partner", "indicator", "title", "status", "confidentiality", "numerator", "denominator", "people", "low_95",
    "high_95", "median_from_percent", "median_to_percent", "middle_half_from_percent", "middle_half_to_percent",
    "cohorts", "cohorts_ended_from", "cohorts_ended_to", "modules_canonical", "modules_variant", "modules_bespoke",
    "keeps", "changes", "unclear", "deliveries", "deliveries_with_head_count", "head_count", "definition_hash",
)  # fmt: skip


def sheet(scope: Scope, kind: str) -> list[Row]:
    """Every partner of a kind in alphabetical order; two statements. A demo's last line says that it is invented."""
    last: list[Row] = [[INVENTED]] if instance_is_demo(scope) else []
    lines = [line for partner in received_rows(scope, kind) for line in _lines(partner)]
    return [HEADS, *([line.get(head) for head in HEADS] for line in lines), *last]


def _lines(partner: Received) -> Iterator[dict[str, Any]]:
    for indicator in indicators().values():
        figure = partner.figures.get(indicator.id, Figure(indicator, Counted("not_recorded")))
        yield {"partner": partner.name, **_figure(figure), **_context(partner, figure)}
    if partner.register is not None:
        yield {"partner": partner.name, **_register(partner.register)}


def _figure(figure: Figure) -> dict[str, Any]:
    counted, (low, high) = figure.counted, figure.interval or (None, None)
    band, half = figure.band or (None, None), figure.middle_half or (None, None)
    return {
        "indicator": figure.indicator.id,
        "title": msg(figure.indicator.title),
        "status": counted.status,
        "confidentiality": figure.confidentiality,
        "numerator": counted.numerator,
        "denominator": counted.denominator,
        "people": counted.people,
        "low_95": None if low is None else f"{low:.3f}",
        "high_95": None if high is None else f"{high:.3f}",
        "median_from_percent": band[0],
        "median_to_percent": band[1],
        "middle_half_from_percent": half[0],
        "middle_half_to_percent": half[1],
        **{effect: counted.parts.get(effect) for effect in EFFECTS},
        "definition_hash": figure.indicator.hash,
    }


def _context(partner: Received, figure: Figure) -> dict[str, Any]:
    """Cohorts, their dates and the module mix, beside a figure that is shown."""
    if figure.counted.numerator is None:
        return {}
    mix = {f"modules_{origin}": partner.mix.get(origin, 0) for origin in ("canonical", "variant", "bespoke")}
    dates = {"cohorts_ended_from": partner.from_on, "cohorts_ended_to": partner.to_on}
    return {"cohorts": figure.counted.cohorts, **dates, **mix}


def _register(register: dict[str, Any]) -> dict[str, Any]:
    return {
        "indicator": "core:register",
        "title": msg("Deliveries known from a register"),
        "status": "reported",
        "confidentiality": "suppressed" if register["hidden"] else "free",
        "cohorts_ended_from": register["from_on"],
        "cohorts_ended_to": register["to_on"],
        "deliveries": register["deliveries"],
        "deliveries_with_head_count": register["recorded"],
        "head_count": register["heads"],
        "definition_hash": policy().hash,
    }
