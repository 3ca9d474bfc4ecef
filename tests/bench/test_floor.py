"""The floor that benchmarks divide by does the work it is taken to do: one that fails fast would shame the kit."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bench.floor import READER, ROWS, Note, fill, make_floor, open_floor


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    address = f"sqlite:///{tmp_path_factory.mktemp('floor') / 'floor.db'}"
    engine = open_floor(address)
    fill(engine, partners=10, cohorts=40)
    engine.dispose()
    return address


@pytest.fixture
def client(url: str) -> Iterator[FlaskClient]:
    with make_floor(url).test_client() as client:
        yield client


def test_the_list_has_its_rows_and_its_size(client: FlaskClient) -> None:
    answer = client.get("/list")
    assert answer.status_code == 200
    assert answer.text.count("<tr id=") == ROWS
    assert "Portlaggan &lt;harbour&gt;" in answer.text
    assert 17_000 < len(answer.data) < 21_000


def test_the_dashboard_is_for_who_is_signed_in(client: FlaskClient) -> None:
    assert client.get("/dashboard").status_code == 401
    client.get(f"/login/{READER}")
    answer = client.get("/dashboard")
    assert answer.status_code == 200
    assert answer.text.count("<tr id=") == ROWS
    assert "Cohorts (40)" in answer.text
    assert "Signed in as Person" in answer.text


def test_json_has_its_rows(client: FlaskClient) -> None:
    answer = client.get("/api/marshmallow")
    assert answer.status_code == 200
    assert [len(row) for row in answer.json or []] == [8] * ROWS


def test_a_form_writes_once_and_only_with_its_token(client: FlaskClient, url: str) -> None:
    token = client.get(f"/login/{READER}").text
    assert client.post("/note", data={"body": "a"}).status_code == 400
    answer = client.post("/note", data={"body": "a", "csrf": token})
    assert (answer.status_code, answer.location) == (303, "/dashboard")
    engine = open_floor(url)
    with engine.connect() as db:
        assert db.execute(sa.select(Note.user_id, Note.body)).all() == [(READER, "a")]
    engine.dispose()
