"""The pages end to end: what each reader finds on them, and that nothing typed is lost."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments import queries, service
from systems_changers.core.experiments.models import Experiment, ExperimentShare
from systems_changers.infra.identifiers import new_id
from tests.core.experiments.conftest import NOW, TEXTS, World
from tests.core.experiments.site import Site, open_site, text_of

SECRETS = {*TEXTS.values(), "saw-evidence", "saw-why", "Portlaggan"}


@pytest.fixture
def site(world: World, tmp_path: Path) -> Site:
    return open_site(world, tmp_path)


def share(world: World, id_: UUID, audience: str, person: str | None = None, fields: tuple[str, ...] = ()) -> None:
    with world.scope("author", write=True) as scope:
        row = ExperimentShare(experiment_id=id_, audience=audience, granted_at=NOW, fields=list(fields))
        row.person_id = world.people[person] if person else None
        scope.db.add(row)


def told(page: str) -> set[str]:
    """Which of the experiment's texts a page tells."""
    return {secret for secret in SECRETS if secret in page}


def test_an_owner_reads_everything(site: Site) -> None:
    id_ = site.world.experiment()
    for who in ("author", "co_owner"):
        response = site.get(who, f"/experiments/{id_}/")
        assert response.status_code == 200
        assert told(text_of(response)) == SECRETS
        assert "No names of people you support" in text_of(response)
        assert "Ailsa" in text_of(response)


def test_a_person_reads_what_was_chosen(site: Site) -> None:
    id_ = site.world.experiment()
    share(site.world, id_, "person", "manager", ("permission_holder", "evidence"))
    page = text_of(site.get("manager", f"/experiments/{id_}/"))
    assert told(page) == {TEXTS["title"], TEXTS["permission_holder"], "saw-evidence"}
    assert 'method="post" action="/experiments' not in page
    answer = site.get("manager", f"/api/v1/experiments/{id_}")
    assert answer.get_json() == {
        "id": str(id_), "mine": False, "state": "running", "author": "Author", "title": TEXTS["title"],
        "permission_holder": TEXTS["permission_holder"],
    }  # fmt: skip
    [listed] = site.get("manager", "/api/v1/experiments/").get_json()["items"]
    assert listed == answer.get_json()
    assert told(text_of(site.get("manager", "/experiments/", whose="shared"))) == {TEXTS["title"]}
    assert told(text_of(site.get("manager", "/experiments/", q="hypothesis"))) == set()


@pytest.mark.parametrize("who", ["administrator", "facilitator", "manager", "member", "analyst", "nobody"])
def test_unshared_is_not_there_at_any_address(site: Site, who: str) -> None:
    id_ = site.world.experiment()
    reads = ("", "write/frame", "decide", "evidence", "sharing")
    answers = [site.get(who, f"/experiments/{id_}/{path}") for path in reads]
    writes = (
        "write/frame", "move", "decide", "delete", "restore", "evidence", "sharing", f"owners/{new_id()}/remove",
        f"sharing/{new_id()}/stop", f"evidence/{new_id()}/remove", f"evidence/{new_id()}/restore",
    )  # fmt: skip
    form = {"title": "Mine", "to": "reviewing", "text": "Seen", "version": "1"}
    for path in writes:
        names = {"write/frame": ("title",), "decide": ("to",), "evidence": ("text",), "move": ("to",)}.get(path, ())
        answers.append(site.post(who, f"/experiments/{id_}/{path}", **{name: form[name] for name in names}))
    person = str(site.world.people["member"])
    answers.append(site.post(who, f"/experiments/{id_}/sharing/person", person=person, shown=["learning"]))
    answers.append(site.post(who, f"/experiments/{id_}/owners", person=person))
    answers.append(site.get(who, f"/api/v1/experiments/{id_}"))
    assert {answer.status_code for answer in answers} == {404}
    for answer in answers:
        assert told(text_of(answer)) == set()
    for path in ("/experiments/", "/experiments/?whose=shared", "/experiments/export.csv", "/api/v1/experiments/"):
        assert told(text_of(site.get(who, path))) == set()


def test_a_reader_may_not_write(site: Site) -> None:
    id_ = site.world.experiment()
    share(site.world, id_, "cohort")
    for path in ("write/frame", "decide", "evidence", "sharing"):
        assert site.get("member", f"/experiments/{id_}/{path}").status_code == 403
    assert site.post("member", f"/experiments/{id_}/move", to="reviewing").status_code == 403


def test_one_field_makes_an_experiment(site: Site) -> None:
    page = text_of(site.get("author", "/experiments/"))
    assert re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', page.split("</form>")[-3])[-1:] != ["version"]
    response = site.post("author", "/experiments/", title="Ring before we write")
    assert response.status_code == 303
    page = text_of(site.get("author", response.location.removeprefix("http://localhost")))
    assert "Ring before we write" in page
    assert site.post("author", "/experiments/", title="  ").status_code == 422
    assert site.post("nobody", "/experiments/", title="An idea").status_code == 403


def test_writing_saves_and_wrong_answers_are_shown_again(site: Site) -> None:
    id_ = site.world.experiment(state="framed")
    parts: dict[str, dict[str, Any]] = {
        "plan": {"smallest_test": "Three letters"}, "harm": {"harm_check": "Ring those we know"},
        "permission": {"permission_holder": "Head of income"}, "learning": {"learning": "x", "condition": "power"},
        "travel": {"scaling": ["out", "deep"], "embedded_in": "The letter book"},
    }  # fmt: skip
    for part, answers in parts.items():
        page = text_of(site.get("author", f"/experiments/{id_}/write/{part}"))
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version is not None
        assert site.post("author", f"/experiments/{id_}/write/{part}", version=version[1], **answers).status_code == 303
    with site.world.scope("author") as scope:
        row = scope.db.scalars(sa.select(Experiment).where(Experiment.id == id_)).one()
        assert (row.smallest_test, row.condition, row.scaling) == ("Three letters", "power", ["out", "deep"])
        assert row.signal_grow is None
    long = site.post("author", f"/experiments/{id_}/write/frame", version="1", title="T", insight="é" * 5_001)
    assert long.status_code == 422
    assert "é" * 5_001 in text_of(long)
    assert site.get("author", f"/experiments/{id_}/write/nonsense").status_code == 404


def test_a_conflict_page_holds_both_and_every_way_on(site: Site) -> None:
    id_ = site.world.experiment()
    place = f"/experiments/{id_}/write/learning"
    site.post("co_owner", place, version="1", learning="The first line counts <b>", condition="power")
    response = site.post("author", place, version="1", learning="Ringing first & early", condition="practices")
    page = text_of(response)
    assert response.status_code == 409
    assert "The first line counts <b>" in page
    assert "&lt;b&gt;" in response.get_data(as_text=True)
    assert page.count("Ringing first & early") >= 3
    assert page.count('name="version" value="2"') == 3
    assert "Ringing first & early\n\nThe first line counts <b>" in page
    again = site.post("author", place, version="2", learning="Both of it", condition="practices")
    assert again.status_code == 303


def test_a_decision_that_meets_a_conflict_keeps_its_reason(site: Site) -> None:
    id_ = site.world.experiment(state="reviewing")
    site.post("co_owner", f"/experiments/{id_}/write/learning", version="1", learning="Theirs", condition="")
    decision = {"learning": "What I learned of it", "to": "stop", "why": "The bus stops at six"}
    response = site.post("author", f"/experiments/{id_}/decide", version="1", **decision)
    page = text_of(response)
    assert response.status_code == 409
    assert page.count('name="to" value="stop"') >= 3
    assert page.count("The bus stops at six") >= 3
    response = site.post("author", f"/experiments/{id_}/decide", version="2", **decision)
    assert response.status_code == 303
    with site.world.scope("author") as scope:
        assert queries.experiment(scope, id_).state == "stop"


def test_a_refused_step_names_every_reason_and_keeps_the_text(site: Site) -> None:
    id_ = site.world.experiment(state="framed", harm_check=None, permission_holder=None)
    response = site.post("author", f"/experiments/{id_}/move", to="ready")
    page = text_of(response)
    assert response.status_code == 422
    assert f"/experiments/{id_}/write/harm" in page.split("refusals-title")[2]
    assert f"/experiments/{id_}/write/permission" in page.split("refusals-title")[2]
    other = site.world.experiment(state="reviewing", learning=None)
    typed = {"learning": "No", "to": "stop", "why": "The bus stops at six"}
    response = site.post("author", f"/experiments/{other}/decide", version="1", **typed)
    assert response.status_code == 422
    page = text_of(response)
    assert page.count("The bus stops at six") == 1
    assert re.search(r'name="to"[^>]*value="stop"[^>]*checked', page)
    assert 'name="version" value="2"' in page, "what was learned is kept already"
    with site.world.scope("author") as scope:
        view = queries.experiment(scope, other)
        assert (view.state, view.answers["learning"]) == ("reviewing", "No")


def test_a_step_that_is_the_only_one_is_chosen(site: Site) -> None:
    page = text_of(site.get("author", f"/experiments/{site.world.experiment(state='running')}/decide"))
    assert re.search(r'name="to"[^>]*value="reviewing"[^>]*checked', page)


def test_evidence_and_undo(site: Site) -> None:
    id_ = site.world.experiment()
    place = f"/experiments/{id_}/evidence"
    good = {"text": "9 of 15 rang", "link": "https://example.org/l", "seen_on": "10 3 2026", "tells": "grow"}
    assert site.post("author", place, **good).status_code == 303
    bad = site.post("author", place, text="Kept text", link="javascript:alert(1)")
    assert (bad.status_code, "Kept text" in text_of(bad)) == (422, True)
    long_ago = site.post("author", place, text="Kept text", seen_on="1 4 0026")
    assert long_ago.status_code == 422
    assert "When: enter a date from 1 1 1900 to 31 12 2100." in text_of(long_ago)
    page = text_of(site.get("author", f"/experiments/{id_}/"))
    assert 'href="https://example.org/l" rel="noopener noreferrer nofollow"' in page
    with site.world.scope("author") as scope:
        seen, _ = queries.trail(scope, queries.experiment(scope, id_))
    piece = next(one for one in seen if one.text == "9 of 15 rang")
    assert piece.seen_on == date(2026, 3, 10)
    assert site.post("author", f"{place}/{piece.id}/remove").status_code == 303
    assert "9 of 15 rang" not in text_of(site.get("author", f"/experiments/{id_}/"))
    assert site.post("author", f"{place}/{piece.id}/restore").status_code == 303
    assert "9 of 15 rang" in text_of(site.get("author", f"/experiments/{id_}/"))
    assert site.post("author", f"/experiments/{id_}/delete").status_code == 303
    assert site.get("author", f"/experiments/{id_}/").status_code == 404
    assert site.post("author", f"/experiments/{id_}/restore").status_code == 303
    assert site.get("author", f"/experiments/{id_}/").status_code == 200


def test_sharing_and_taking_back(site: Site) -> None:
    id_, manager = site.world.experiment(), site.world.people["manager"]
    place = f"/experiments/{id_}/sharing"
    page = text_of(site.get("author", place))
    assert "Portlaggan" in page
    assert page.count('<option value="" selected>') + page.count('<option value="">') == 2
    for id_of in ("field-person", "field-owner"):
        assert page.count(f'<label for="{id_of}">') == page.count(f'<select id="{id_of}" name="person"') == 1
    assert site.post("author", f"{place}/person", person="", shown=["learning"]).status_code == 422
    assert site.post("author", place, audiences=["facilitators"]).status_code == 303
    assert site.get("facilitator", f"/experiments/{id_}/").status_code == 200
    chosen = site.post("author", f"{place}/person", person=str(manager), shown=["learning"])
    assert chosen.status_code == 303
    assert told(text_of(site.get("manager", f"/experiments/{id_}/"))) == {TEXTS["title"], TEXTS["learning"]}
    assert site.post("author", f"{place}/person", person=str(manager)).status_code == 422
    stranger = str(site.world.people["administrator"])
    assert site.post("author", f"{place}/person", person=stranger, shown=["learning"]).status_code == 422
    assert site.post("author", f"/experiments/{id_}/owners", person=stranger).status_code == 422
    assert site.post("author", place).status_code == 303
    assert site.post("author", f"{place}/{manager}/stop").status_code == 303
    for who in ("facilitator", "manager"):
        assert site.get(who, f"/experiments/{id_}/").status_code == 404
    assert site.post("author", f"/experiments/{id_}/owners", person=str(site.world.people["member"])).status_code == 303
    me = site.world.people["member"]
    assert site.post("member", f"/experiments/{id_}/owners/{me}/remove").status_code == 303
    assert site.get("member", f"/experiments/{id_}/").status_code == 404


def test_pages_take_three_statements_at_most(site: Site) -> None:
    ids = [site.world.experiment() for _ in range(3)]
    share(site.world, ids[0], "cohort")
    with site.world.scope("author", write=True) as scope:
        service.share_with_person(scope, ids[0], site.world.people["manager"], ["learning", "evidence"])
    paths = {
        "/experiments/": 2, "/experiments/?whose=shared": 2, "/experiments/?q=saw": 2, "/experiments/export.csv": 3,
        f"/experiments/{ids[0]}/": 3, f"/experiments/{ids[0]}/write/frame": 1, f"/experiments/{ids[0]}/decide": 2,
        f"/experiments/{ids[0]}/sharing": 3, "/api/v1/experiments/": 1, f"/api/v1/experiments/{ids[0]}": 1,
    }  # fmt: skip
    for path, most in paths.items():
        with site.world.counted() as sent:
            assert site.get("author", path).status_code == 200
        assert len(sent) <= most, (path, sent)


@pytest.mark.parametrize("q", ["\x00", "hypo\x00thesis", "\u202e", "%\x1f"])
def test_a_search_survives_what_nobody_can_see(site: Site, q: str) -> None:
    response = site.get("author", "/experiments/", q=q)
    assert response.status_code == 200
    assert "\x00" not in text_of(response)


def test_a_search_that_finds_nothing_leads_back(site: Site) -> None:
    page = text_of(site.get("author", "/experiments/", q="zebra", whose="shared"))
    assert "Nothing found" in page
    assert re.search(r'href="[^"]*/experiments/\?whose=shared">Show all</a>', page)
    assert re.search(r'whose=shared" aria-current="page"', page)


@pytest.mark.parametrize("where", [{"whose": "mine"}, {"q": "saw"}])
def test_a_page_past_the_last_says_how_many_there_are(site: Site, where: dict[str, str]) -> None:
    for _ in range(3):
        site.world.experiment()
    page = text_of(site.get("author", "/experiments/", page="9", size="2", **where))
    assert "It has 3 entries." in page
    assert f'href="?size=2&{urlencode(where)}&page=2"' in page
    assert "Your ledger is empty" not in page
    answer = site.get("author", "/api/v1/experiments/", page="9", size="2").get_json()
    assert answer == {"items": [], "total": 3, "page": 9, "size": 2}


def test_one_page_has_no_pager(site: Site) -> None:
    site.world.experiment()
    assert 'class="pager"' not in text_of(site.get("author", "/experiments/"))
    site.world.experiment()
    assert 'class="pager"' in text_of(site.get("author", "/experiments/", size="1"))


def test_a_guess_that_changes_during_the_test_is_warned_of_and_stands_in_the_history(site: Site) -> None:
    id_ = site.world.experiment()
    form = f"/experiments/{id_}/write/frame"
    assert "The test is under way" in text_of(site.get("author", form))
    assert "The test is under way" not in text_of(site.get("author", f"/experiments/{id_}/write/plan"))
    with site.world.scope("author", write=True) as scope:
        version = queries.experiment(scope, id_).version
        service.save(scope, id_, service.Edit(version, {"prediction": "Quite another"}))
    page = text_of(site.get("author", f"/experiments/{id_}/"))
    assert page.count("The guess was changed while it was tested") == 1


def test_what_stands_against_travelling_leads_to_where_it_is_written(site: Site) -> None:
    id_ = site.world.experiment(state="grow")
    with site.world.scope("author", write=True) as scope:
        scope.db.get_one(Experiment, (scope.partner.id, id_)).scaling = []
    refused = site.post("author", f"/experiments/{id_}/decide", version="2", learning="It works", to="scaling", why="")
    assert "Choose how it is travelling" in text_of(refused)
    assert re.search(r"/write/travel\"[^>]*>\s*Choose how it is travelling", text_of(refused))
