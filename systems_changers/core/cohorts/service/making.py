"""Makes a cohort with its type's defaults and changes what is said of it, losing nobody's text.

Whoever makes a cohort and is known as a person at the partner is its first facilitator.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.cohorts.queries import cohort_row
from systems_changers.core.cohorts.rules import FORMS, CohortDetails, type_by_key
from systems_changers.core.operations.service import record
from systems_changers.core.partners.rules import time_zone_problem
from systems_changers.hooks.facts import CohortType, FieldSpec
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict, Invalid
from systems_changers.infra.text import Message, msg

_LOCAL = ("local_name", "local_mark", "co_host")


def make_cohort(scope: Scope, details: CohortDetails) -> Cohort:
    """Make a planned cohort. Its type (if any) decides the form and fills in what was left open.

    Raises Invalid for an unknown type, a form that doesn't exist, or missing answers to the type's own questions.
    Announces nothing: a cohort is opened when recruiting begins.
    """
    kind = _kind(scope, details)
    values = _values(scope, details, kind)
    cohort = Cohort(state="planned", **values)
    scope.db.add(cohort)
    scope.db.flush()
    if scope.actor.person_id is not None:
        first = CohortPerson(
            cohort_id=cohort.id, person_id=scope.actor.person_id, part="facilitator", state="confirmed",
            confirmed_at=scope.clock.now(),
        )  # fmt: skip
        scope.db.add(first)
    record(scope, "cohort.made", kind="cohort", id=cohort.id)
    scope.db.flush()
    return cohort


def change_cohort(scope: Scope, cohort_id: UUID, details: CohortDetails, version: int) -> Cohort:
    """Change what is said of a cohort; `version` is that of the form.

    Raises Conflict with both texts where somebody else changed it in between.
    """
    cohort = cohort_row(scope, cohort_id)
    values = _values(scope, details, _kind(scope, details))
    changed = {name: value for name, value in values.items() if getattr(cohort, name) != value}
    if cohort.version != version:
        theirs = {name: getattr(cohort, name) for name in values}
        raise Conflict(mine=values, theirs=theirs, version=cohort.version)
    for name, value in changed.items():
        setattr(cohort, name, value)
    if changed:
        record(scope, "cohort.changed", kind="cohort", id=cohort.id, changed=changed)
    scope.db.flush()
    return cohort


def _kind(scope: Scope, details: CohortDetails) -> CohortType | None:
    if not details.type_key:
        return None
    kind = type_by_key(scope.hooks.offer_cohort_types(scope.partner), details.type_key)
    if kind is None:
        raise Invalid(fields={"type_key": [msg("Choose one of the kinds of cohort on offer.")]})
    return kind


def _values(scope: Scope, details: CohortDetails, kind: CohortType | None) -> dict[str, Any]:
    values: dict[str, Any] = {each.name: getattr(details, each.name) for each in fields(CohortDetails)}
    values["type_key"] = kind.key if kind else None
    values["form"] = kind.form if kind else details.form
    values["target_places"] = details.target_places or (kind.target_places if kind else None)
    values["time_zone"] = details.time_zone or scope.partner.time_zone
    values["locale"] = details.locale or scope.partner.locales[0]
    values["extra"] = dict(details.extra)
    wrong: dict[str, list[Message]] = {}
    zone = time_zone_problem(values["time_zone"])
    if zone is not None:
        wrong["time_zone"] = [zone]
    if not details.name.strip():
        wrong["name"] = [msg("Give the cohort a name.")]
    if values["form"] not in FORMS:
        wrong["form"] = [msg("Choose one of the answers.")]
    if details.starts_on and details.ends_on and details.ends_on < details.starts_on:
        wrong["ends_on"] = [msg("The end cannot be before the start.")]
    if kind is not None:
        wrong |= {
            f"extra_{each.key}": _missing(each)
            for each in kind.fields
            if each.required and not details.extra.get(each.key)
        }
        if not kind.local_brand:
            values |= dict.fromkeys(_LOCAL)
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _missing(field: FieldSpec) -> list[Message]:
    return [msg("Answer “%(question)s”.", question=Message(field.label))]
