"""Sends forms as a browser would, from the page where they stand, and says what each left in the audit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from werkzeug.routing import Map, Rule

from systems_changers.core.operations.models import AuditEvent, OperatorAudit
from systems_changers.hooks.facts import PartnerFacts
from systems_changers.infra.db import Base
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Browser, Instance

SLUG = "corra"
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
TABLES = [Base.metadata.tables[each.__tablename__] for each in (AuditEvent, OperatorAudit)]


@dataclass(frozen=True)
class Entry:
    """What stands in the audit: its name and the fields that it names."""

    name: str
    changed: tuple[str, ...]


class Forms(HTMLParser):
    """The forms of a page that write, by their action, each with what its controls hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, Any]] = {}
        self._here: dict[str, Any] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        has = dict(given)
        name, value = has.get("name") or "", has.get("value") or ""
        if tag == "form":
            self._here = self.forms.setdefault(has.get("action") or "", {}) if has.get("method") == "post" else {}
        elif tag == "input" and name and (has.get("type") not in {"radio", "checkbox"} or "checked" in has):
            self._here[name] = value
        elif tag == "textarea":
            self._area = name
            self._here[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in self._here or "selected" in has):
            self._here[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._here[self._area] += data.removeprefix("\n")


def posts(instance: Instance) -> dict[str, str]:
    """The address of everything that takes a form, by its name: the kit's and the loaded plugins'."""
    found = {
        rule.endpoint: rule.rule
        for rule in instance.app.url_map.iter_rules()
        if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"} and rule.endpoint not in {"x", "api.x"}
    }
    everything = PartnerFacts(new_id(), "", "", plugins=tuple(instance.kit.registry.manifests))
    for slug, route in instance.kit.calls(everything).offer_routes():
        if "POST" in route.methods:
            found[f"x.{slug}.{route.name}"] = f"/x/{slug}{route.path}"
    return found


def said(page: str) -> str:
    """The words of a page, from its main part on."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.rpartition("<main")[2]).split())[:600]


@dataclass
class Recorder:
    """Sends forms and keeps, by the name of what took them, what each recorded."""

    instance: Instance
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    found: Map = field(init=False)

    def __post_init__(self) -> None:
        self.found = Map([Rule(path, endpoint=name) for name, path in posts(self.instance).items()])

    def send(self, browser: Browser, path: str, seen_at: str = "", **values: Any) -> Any:
        """Send the form that goes to `path` from the page `seen_at`, with these answers instead of what it holds."""
        place = path.partition("?")[0]
        name, _ = self.found.bind("here").match(place)
        page = Forms(browser.get(seen_at or path).text) if seen_at != "-" else None
        answers = page.forms.get(browser.root + path, {}) if page is not None else {}
        with self.recorded(name):
            answer = browser.post(path, {**answers, **values}, token="csrf_token" not in answers)
        assert answer.status_code < 400, (name, answer.status_code, said(answer.text))
        return answer

    @contextmanager
    def recorded(self, name: str) -> Iterator[None]:
        """Whatever is recorded meanwhile counts as what `name` recorded."""
        before = self._stored()
        yield
        now = self._stored()
        self.entries.setdefault(name, []).extend(now[id_] for id_ in now.keys() - before.keys())

    def _stored(self) -> dict[UUID, Entry]:
        engine = open_owner_engine(self.instance.kit.settings.owner_url)
        with engine.connect() as connection:
            rows = [row for table in TABLES for row in connection.execute(
                sa.select(table.c.id, table.c.name, table.c.changed)
            )]  # fmt: skip
        engine.dispose()
        return {row.id: Entry(row.name, tuple(row.changed)) for row in rows}


def newest(recorder: Recorder, model: type[Base], **wanted: Any) -> Any:
    """The partner's newest row of a kind."""
    with recorder.instance.scope(SLUG) as scope:
        found = sa.select(model).filter_by(**wanted).order_by(sa.desc("created_at"), sa.desc("id"))
        return scope.db.scalars(found.limit(1)).one()


def made(answer: Any) -> str:
    """The record that an answer leads to."""
    found = UUIDS.search(answer.headers["Location"])
    assert found is not None, answer.headers["Location"]
    return found[0]
