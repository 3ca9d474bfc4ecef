"""What needs doing shows what presses first, and to each only their own."""

from datetime import timedelta
from uuid import UUID

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.home import queries
from systems_changers.core.sessions.models import CohortSession
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import Scope
from systems_changers.testing.instance import NOW, Instance, no_links

SLUG = "corra-scotland"


def add_cohort(scope: Scope, name: str, state: str = "running", **values: object) -> UUID:
    cohort = Cohort(name=name, state=state, **values)
    scope.db.add(cohort)
    scope.db.flush()
    return cohort.id


def add_session(scope: Scope, cohort_id: UUID, number: int, state: str, days: float) -> None:
    starts_at = NOW + timedelta(days=days)
    title = f"{state} {days}"
    scope.db.add(CohortSession(cohort_id=cohort_id, number=number, title=title, state=state, starts_at=starts_at))


def furnish(instance: Instance) -> dict[str, UUID]:
    instance.add_partner("Corra", slug=SLUG)
    with instance.scope(SLUG, write=True) as scope:
        ids = {name: add_cohort(scope, name) for name in ("Harbour", "Glen")}
        ids["Old"] = add_cohort(scope, "Old", "closed")
        for number, (state, days) in enumerate(
            [("planned", 3), ("delivered", -6), ("confirmed", -1), ("planned", 20), ("planned", 60), ("cancelled", 2)]
        ):
            add_session(scope, ids["Harbour"], number, state, days)
        add_session(scope, ids["Glen"], 1, "planned", 5)
        add_session(scope, ids["Old"], 1, "delivered", -400)
    return ids


def test_a_facilitator_sees_what_presses_first(instance: Instance) -> None:
    furnish(instance)
    morag = instance.add_person(SLUG, "Morag Somebody", "facilitator")
    with instance.scope(SLUG, morag) as scope:
        found = [(each.what, each.title) for each in queries.doing(scope)]
    assert found == [
        ("write_up", "delivered -6"),
        ("register", "confirmed -1"),
        ("soon", "planned 3"),
        ("soon", "planned 5"),
        ("later", "planned 20"),
    ]


def test_a_participant_sees_her_own_cohorts(instance: Instance) -> None:
    ids = furnish(instance)
    kirsty = instance.add_person(SLUG, "Kirsty Somebody", "participant")
    with instance.scope(SLUG, write=True) as scope:
        scope.db.add(CohortPerson(cohort_id=ids["Glen"], person_id=kirsty.person_id, state="confirmed"))
    with instance.scope(SLUG, kirsty) as scope:
        assert [each.cohort for each in queries.doing(scope)] == ["Glen"]


def test_the_front_page_names_cohorts_that_look_for_people(instance: Instance) -> None:
    instance.add_partner("Corra", slug=SLUG)
    with instance.scope(SLUG, write=True) as scope:
        add_cohort(scope, "Open", "recruiting", place="Portlaggan")
        add_cohort(scope, "Practice", "recruiting", rehearsal=True)
        add_cohort(scope, "Under way")
    with instance.scope(SLUG) as scope:
        assert queries.recruiting(scope) == [("Open", "Portlaggan", "place")]


def test_the_chooser_leaves_listed_partners_out(instance: Instance) -> None:
    instance.add_partner("Zebra", slug="zebra")
    instance.add_partner("Ash", slug="ash", kind="foundation")
    instance.add_partner("Listed", slug="listed", kind="listed")
    with instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        assert [each.name for each in queries.hosts(scope)] == ["Ash", "Zebra"]
