"""The plan: a lockfile of exact module versions.

A line is never rewritten: swapping a module puts a new line in the place of the old one, which stays for the sessions
that were made from it.
"""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.cohorts.models import Cohort, PlannedModule
from systems_changers.core.cohorts.queries import cohort_row, plan_of
from systems_changers.core.cohorts.rules import type_by_key
from systems_changers.core.curriculum.queries import CourseModule, modules_on_offer
from systems_changers.core.curriculum.service import Pinned, pin, pin_all
from systems_changers.core.operations.service import record
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import live_row
from systems_changers.infra.errors import Conflict, NotFound, Refused
from systems_changers.infra.text import msg


def make_plan(scope: Scope, cohort_id: UUID) -> list[PlannedModule]:
    """Plan every canonical module, with the cohort type's variants where it names some that are on offer.

    Raises Refused where the cohort has a plan, or where no modules are loaded.
    """
    cohort = cohort_row(scope, cohort_id)
    if plan_of(scope, cohort.id):
        raise Refused(msg("This cohort has a plan already."), code="plan_exists")
    chosen = _chosen(scope, cohort)
    if not chosen:
        raise Refused(msg("No modules are loaded on this instance."), code="no_modules")
    pinned = pin_all(scope, [(module.origin, module.hash) for module in chosen])
    rows = [_row(cohort.id, place, pinned[module.hash]) for place, module in enumerate(chosen, 1)]
    scope.db.add_all(rows)
    record(scope, "plan.made", kind="cohort", id=cohort.id)
    scope.db.flush()
    return rows


def _chosen(scope: Scope, cohort: Cohort) -> list[CourseModule]:
    kind = type_by_key(scope.hooks.offer_cohort_types(scope.partner), cohort.type_key) if cohort.type_key else None
    variants = {f"core:{slug.removeprefix('core:')}": name for slug, name in (kind.variants if kind else {}).items()}
    offered = modules_on_offer(scope)
    by_identity = {module.identity: module for module in offered}
    canonical = [module for module in offered if module.origin == "canonical"]
    return [by_identity.get(variants.get(module.identity, ""), module) for module in canonical]


def _row(cohort_id: UUID, position: int, pinned: Pinned) -> PlannedModule:
    module = pinned.module
    return PlannedModule(
        cohort_id=cohort_id, position=position, origin=module.origin, identity=module.identity, hash=module.hash,
        canonical_identity=module.canonical_identity, canonical_hash=module.canonical_hash, number=module.number,
        title=module.title, minutes=module.minutes,
        translations={locale: dict(hashes) for locale, hashes in pinned.translations.items()},
    )  # fmt: skip


def swap_module(scope: Scope, cohort_id: UUID, planned_id: UUID, origin: str, hash: str) -> PlannedModule:
    """Put another form of the same canonical module in a line's place; answers the new line.

    Sessions made from the old line keep it until somebody renews them. Raises Conflict where the line was swapped in
    between, Refused where the module is made from another canonical one, NotFound where it isn't on offer.
    """
    cohort = cohort_row(scope, cohort_id)
    old = scope.db.get(PlannedModule, (scope.partner.id, planned_id))
    if old is None or old.cohort_id != cohort.id:
        raise NotFound
    if old.deleted_at is not None:
        theirs = next((line for line in plan_of(scope, cohort.id) if line.position == old.position), None)
        if theirs is not None and theirs.hash == hash:
            return live_row(scope.db, PlannedModule, theirs.id)
        shown = {"module": theirs.title} if theirs else {}
        raise Conflict(mine={"module": old.title}, theirs=shown, version=theirs.version if theirs else None)
    if old.hash == hash:
        return old
    pinned = pin(scope, origin, hash)
    if pinned.module.canonical_identity != old.canonical_identity:
        raise Refused(msg("Only another form of the same module can take its place."), code="other_module")
    old.deleted_at = scope.clock.now()
    new = _row(cohort.id, old.position, pinned)
    scope.db.add(new)
    scope.db.flush()
    record(scope, "plan.module_swapped", kind="planned_module", id=new.id, changed=["hash"])
    return new
