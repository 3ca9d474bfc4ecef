"""What each sees on the page after signing in."""

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.testing.instance import Instance
from tests.core.home.test_queries import SLUG, furnish


def test_an_analyst_is_led_to_the_comparison_and_no_sessions_are_promised(instance: Instance) -> None:
    instance.add_partner("Fenwater", slug="fenwater", kind="foundation")
    fay = instance.add_person("fenwater", "Fay Analyst", "administrator", "analyst")
    page = instance.client("fenwater", fay).get("/home/").text
    assert "Sessions to come and to write up" not in page
    assert 'href="/p/fenwater/compare/">Compare partners</a>' in page


def test_a_line_manager_sees_the_name_and_dates_of_her_people_s_cohorts_and_nothing_else(instance: Instance) -> None:
    ids = furnish(instance)
    kirsty = instance.add_person(SLUG, "Kirsty Somebody", "participant")
    ruth = instance.add_person(SLUG, "Ruth Somebody", "line_manager")
    with instance.scope(SLUG, write=True) as scope:
        harbour = scope.db.get_one(Cohort, (scope.partner.id, ids["Harbour"]))
        harbour.place, harbour.target_places = "Portlaggan", 12
        part = CohortPerson(
            cohort_id=harbour.id, person_id=kirsty.person_id, part="participant", state="confirmed",
            manager_id=ruth.person_id,
        )  # fmt: skip
        scope.db.add(part)
    page = instance.client(SLUG, ruth).get("/home/")
    assert page.status_code == 200
    assert f'href="/p/{SLUG}/cohorts/{ids["Harbour"]}/">Harbour</a>' in page.text
    assert "Nothing is waiting" in page.text
    for unseen in ("Glen", "Kirsty", "planned 3", "delivered -6", " / 12", "Running", "Note an idea"):
        assert unseen not in page.text
