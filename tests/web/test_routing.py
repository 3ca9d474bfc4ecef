"""The router finds pages, and could still make their addresses."""

from werkzeug.routing import Map

from systems_changers.infra.identifiers import new_id
from systems_changers.web.routing import Rule


def test_the_router_makes_an_address_when_it_is_asked_for_one() -> None:
    router = Map([Rule("/cohorts/<uuid:cohort_id>/", endpoint="cohorts.show")]).bind("example.org")
    id_ = new_id()
    assert router.match(f"/cohorts/{id_}/") == ("cohorts.show", {"cohort_id": id_})
    assert router.build("cohorts.show", {"cohort_id": id_, "page": 2}) == f"/cohorts/{id_}/?page=2"
    assert router.build("cohorts.show", {"cohort_id": id_, "page": 2}, append_unknown=False) == f"/cohorts/{id_}/"
