"""What each sees on the page after signing in."""

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.sessions.models import CohortSession
from systems_changers.testing.instance import Instance
from tests.core.home.test_queries import SLUG, add_cohort, furnish


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


def test_a_delivery_from_a_register_shows_its_heads_on_the_dashboard_and_the_list(instance: Instance) -> None:
    instance.add_partner("Corra", slug=SLUG)
    rose = instance.add_person(SLUG, "Rose Somebody", "facilitator")
    told = {"Harbour": 23, "Glen": 0, "Moor": None}
    with instance.scope(SLUG, write=True) as scope:
        for name, heads in told.items():
            cohort = add_cohort(scope, name, "closed", source=REGISTER)
            scope.db.add(CohortSession(cohort_id=cohort, number=1, title=name, state="sealed", head_count=heads))
    for path in ("/home/", "/cohorts/"):
        page = instance.client(SLUG, rose).get(path).text
        cells = {name: page.split(f">{name}</a>")[1].split('data-head="People">')[1].split("<")[0] for name in told}
        assert cells == {"Harbour": "23", "Glen": "0", "Moor": "not recorded"}, path
