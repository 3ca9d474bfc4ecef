"""Cookies as a browser gets them from the whole application: `__Host-` and Secure over HTTPS, plain names without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from systems_changers.core.people.models import Account
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.registry import Registry
from systems_changers.infra.passwords import hash_password
from systems_changers.testing.instance import TOKEN, Instance, no_links, open_instance
from tests.instance import Template

EMAIL, PASSWORD = "morag@corra.example", "porridge rain kettle"
HTTPS: dict[str, Any] = {"public_url": "https://changers.example.org", "proxies": 1}
PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "changers.example.org", "X-Forwarded-For": "192.0.2.7"}
KINDS = {"visit", "session", "locale", "notice"}
Open = Callable[..., "Visitor"]


@dataclass
class Visitor:
    """Somebody's browser at an instance, behind its proxy where it has one, and every cookie that it was given."""

    instance: Instance
    headers: dict[str, str]
    given: list[Morsel[str]] = field(default_factory=list)
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.instance.app.test_client()

    def get(self, path: str) -> Any:
        """A page of the partner."""
        return self._seen(self.client.get("/p/corra" + path, base_url="http://127.0.0.1:8765", headers=self.headers))

    def post(self, path: str, seen_at: str, **values: str) -> Any:
        """A form of the partner, with the token that the page `seen_at` holds."""
        token = TOKEN.search(self.get(seen_at).text)
        assert token is not None
        sent = {"csrf_token": token[1], **values}
        answer = self.client.post("/p/corra" + path, data=sent, base_url="http://127.0.0.1:8765", headers=self.headers)
        return self._seen(answer)

    def _seen(self, answer: Any) -> Any:
        for line in answer.headers.getlist("Set-Cookie"):
            self.given.extend(SimpleCookie(line).values())
        return answer

    def sign_in(self) -> Any:
        """Sign in with the password."""
        return self.post("/sign-in", "/sign-in", email=EMAIL, password=PASSWORD)

    def everything(self) -> None:
        """Do whatever gives or takes back a cookie."""
        assert self.sign_in().status_code == 303
        assert self.post("/language", "/home/", locale="cy", back="/home/").status_code == 303
        assert self.post("/account/sessions/end-others", "/account/").status_code == 303
        assert self.get("/account/").status_code == 200
        assert self.post("/sign-out", "/account/").status_code == 303


@pytest.fixture
def open_at(template: Template, tmp_path: Path, registry: Registry) -> Iterator[Open]:
    """Opens an instance with these settings, and a browser at it; Morag may sign in."""
    made: list[Instance] = []

    def opened(**settings: Any) -> Visitor:
        instance = open_instance(template.copy(tmp_path), tmp_path, registry, **settings)
        made.append(instance)
        instance.add_partner("Corra", slug="corra", locales=["en_GB", "cy"])
        instance.add_person("corra", "Morag Bain", "facilitator", email=EMAIL)
        with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            scope.db.scalars(sa.select(Account)).one().password_hash = hash_password(PASSWORD)
            scope.db.commit()
        return Visitor(instance, PROXY if settings.get("proxies") else {})

    yield opened
    for each in made:
        each.kit.engine.dispose()


def test_over_https_every_cookie_is_bound_to_this_very_host(open_at: Open) -> None:
    visitor = open_at(**HTTPS)
    visitor.everything()
    assert {each.key for each in visitor.given} == {f"__Host-sc-{kind}" for kind in KINDS}
    for each in visitor.given:
        assert each["secure"], each
        assert (each["path"], each["domain"]) == ("/", ""), "a browser refuses such a __Host- cookie"


def test_on_this_machines_http_names_are_plain(open_at: Open) -> None:
    visitor = open_at(public_url="http://127.0.0.1:8765")
    visitor.everything()
    assert {each.key for each in visitor.given} == {f"sc-{kind}" for kind in KINDS}
    assert not any(each["secure"] or each["domain"] for each in visitor.given)


@pytest.mark.parametrize("settings", [HTTPS, {}], ids=["https", "http"])
def test_no_script_and_no_other_site_gets_at_them(open_at: Open, settings: dict[str, Any]) -> None:
    visitor = open_at(**settings)
    visitor.everything()
    assert all(each["httponly"] and each["samesite"] == "Lax" for each in visitor.given)


def test_over_https_a_plain_name_signs_nobody_in(open_at: Open) -> None:
    """A neighbouring host, or plain HTTP, can plant a plain name, and never one that begins with `__Host-`."""
    visitor = open_at(**HTTPS)
    visitor.sign_in()
    (secret,) = (each.value for each in visitor.given if each.key == "__Host-sc-session")
    assert visitor.get("/account/").status_code == 200
    other = Visitor(visitor.instance, PROXY)
    other.client.set_cookie("sc-session", secret, domain="127.0.0.1")
    assert other.get("/account/").status_code == 303
    other.client.set_cookie("__Host-sc-session", secret, domain="127.0.0.1")
    assert other.get("/account/").status_code == 200


def test_signing_out_takes_the_cookie_back_under_its_own_name(open_at: Open) -> None:
    visitor = open_at(**HTTPS)
    visitor.sign_in()
    visitor.given.clear()
    visitor.post("/sign-out", "/account/")
    (gone,) = (each for each in visitor.given if each.key == "__Host-sc-session")
    assert (gone.value, gone["max-age"], bool(gone["secure"])) == ("", "0", True)
