"""A form that is refused keeps what was typed: to copy, and to send again as whoever is signed in; never a password."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from marshmallow import Schema

from systems_changers.core.experiments.models import Experiment
from systems_changers.core.people import forms as people_forms
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import TOKEN, Browser, Instance
from systems_changers.web.kept import SECRET
from systems_changers.web.widgets import kind_of

HERE = "corra-scotland"
OURS = {"Sec-Fetch-Site": "same-origin"}
IDEA = "Ask at the first visit <b>what else</b> weighs"


@pytest.fixture
def kirsty(instance: Instance) -> Browser:
    """A participant's browser."""
    instance.add_partner("Corra", slug=HERE)
    return instance.client(HERE, instance.add_person(HERE, "Kirsty Lennox", "participant"))


def token_in(page: str) -> str:
    """The token of the form that sends the text again."""
    found = TOKEN.search(page[page.index('class="again') :])
    assert found is not None
    return found[1]


def titles(instance: Instance) -> list[str]:
    with instance.scope(HERE) as scope:
        return [row.title for row in scope.db.scalars(sa.select(Experiment))]


def test_text_outlives_a_sign_out_in_another_tab(instance: Instance, kirsty: Browser) -> None:
    sent = {"title": IDEA, "csrf_token": kirsty.token()}
    kirsty.client.delete_cookie("sc-session", domain="127.0.0.1")
    refused = kirsty.post("/experiments/", sent, token=False, headers=OURS)
    assert refused.status_code == 400
    assert "Ask at the first visit &lt;b&gt;what else&lt;/b&gt; weighs</textarea>" in refused.text
    assert "You are signed out." in refused.text
    assert titles(instance) == []
    sent["csrf_token"] = token_in(refused.text)
    waiting = kirsty.post("/experiments/", sent, token=False, headers=OURS)
    assert waiting.status_code == 401
    kirsty.sign_in(instance, instance.add_person(HERE, "Ruaridh Beag", "participant"))
    back = kirsty.post("/experiments/", sent, token=False, headers=OURS)
    assert back.status_code == 400
    assert "You are signed in as Ruaridh Beag." in back.text
    assert titles(instance) == []
    sent["csrf_token"] = token_in(back.text)
    assert kirsty.post("/experiments/", sent, token=False, headers=OURS).status_code == 303
    assert titles(instance) == [IDEA]


def test_somebody_from_another_partner_is_asked_to_sign_in_here(instance: Instance, kirsty: Browser) -> None:
    instance.add_partner("Elsewhere", slug="elsewhere")
    kirsty.sign_in(instance, instance.add_person("elsewhere", "Gwen Pritchard", "administrator"))
    page = kirsty.post("/experiments/", {"title": IDEA, "csrf_token": "x"}, token=False, headers=OURS).text
    assert "You are signed in as gwen." in page
    assert "Send it as" not in page
    assert "Sign in, in another tab" in page


def test_every_answer_is_sent_again_and_to_the_same_place(kirsty: Browser) -> None:
    sent = {"title": IDEA, "shows": ["job", "team"], "version": "3", "csrf_token": "stale"}
    page = kirsty.post("/experiments/?tab=2", sent, token=False, headers=OURS).text
    assert f'action="/p/{HERE}/experiments/?tab=2"' in page
    for name, value in (("shows", "job"), ("shows", "team"), ("version", "3")):
        assert f'type="hidden" name="{name}" value="{value}"' in page
    assert 'value="stale"' not in page


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {},
                                     {"Origin": "https://evil.example"}, {"Origin": "null"}])  # fmt: skip
def test_another_sites_form_is_not_offered_to_be_sent_again(kirsty: Browser, headers: dict[str, str]) -> None:
    page = kirsty.post("/experiments/", {"title": IDEA, "csrf_token": "x"}, token=False, headers=headers)
    assert page.status_code == 400
    assert "what else" not in page.text


def test_an_older_browser_shows_by_its_origin_that_the_form_is_ours(kirsty: Browser) -> None:
    page = kirsty.post("/experiments/", {"title": IDEA, "csrf_token": "x"}, token=False,
                       headers={"Origin": "http://127.0.0.1"})  # fmt: skip
    assert "what else" in page.text


def test_a_file_is_not_kept_and_the_page_says_so(instance: Instance, kirsty: Browser) -> None:
    path = f"/experiments/{new_id()}/evidence"
    sent = {"text": IDEA, "csrf_token": "x", "file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")}
    page = kirsty.post(path, sent, token=False, headers=OURS)
    assert "what else" in page.text
    assert "The file that you chose is not kept: once this is saved, add it again." in page.text
    without = kirsty.post(path, {"text": IDEA, "csrf_token": "x"}, token=False, headers=OURS)
    assert "The file that you chose" not in without.text


@pytest.mark.parametrize("path", ["/sign-in", "/account/password", "/set-up/x"])
def test_a_form_with_a_password_is_never_shown_back(kirsty: Browser, path: str) -> None:
    sent = {"email": "kirsty@example.org", "password": "porridge rain", "new": "porridge rain", "csrf_token": "x"}
    page = kirsty.post(path, sent, token=False, headers=OURS)
    assert page.status_code in (400, 404)
    assert "porridge" not in page.text


def test_nothing_typed_is_nothing_to_keep(kirsty: Browser) -> None:
    page = kirsty.post("/experiments/", {"csrf_token": "x"}, token=False, headers=OURS)
    assert 'class="again' not in page.text


def test_text_for_what_is_gone_is_shown_too(kirsty: Browser) -> None:
    path = "/experiments/00000000-0000-7000-8000-000000000000/write/frame"
    page = kirsty.post(path, {"title": IDEA}, headers=OURS)
    assert page.status_code == 404
    assert "what else" in page.text


def password_fields() -> Iterator[str]:
    for schema in vars(people_forms).values():
        if isinstance(schema, type) and issubclass(schema, Schema):
            for name, each in schema().fields.items():
                if kind_of(each, []) == "password":
                    yield name


def test_every_password_is_known_as_one() -> None:
    names = set(password_fields())
    assert names == {"password", "current", "new", "client_secret", "confirm_password"}
    assert names <= SECRET
