"""A partner of its own with an experiment, a form that sends files, and time that passes on the disk as well."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from systems_changers.core.experiments.models import Experiment, ExperimentShare
from systems_changers.core.operations import service
from systems_changers.core.operations.models import StoredFile
from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.registry import Registry
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Browser, Instance, open_instance
from tests.instance import Template

LINK = re.compile(r'href="/p/[a-z0-9-]+(/files/[^"]+)"')
REMOVAL = re.compile(r'action="/p/[a-z0-9-]+(/experiments/[^"]+/evidence/[^"]+/remove)"')
NUMBERS = count(1)
NOW = datetime.now(UTC).replace(microsecond=0)


class Place:
    """An experiment of Kirsty's at a partner, and browsers of people there and elsewhere."""

    def __init__(self, instance: Instance) -> None:
        number = next(NUMBERS)
        self.instance, self.slug, self.elsewhere = instance, f"here-{number}", f"there-{number}"
        partner = instance.add_partner("Here", slug=self.slug)
        instance.add_partner("There", slug=self.elsewhere)
        self.folder = instance.kit.settings.data / "files" / str(partner.id)
        self.kirsty = self.person("Kirsty Lennox", "participant")
        self.author = self.browser(self.kirsty)
        self.experiment = new_id()
        with instance.scope(self.slug, write=True) as scope:
            scope.db.add(Experiment(id=self.experiment, author_id=self.kirsty.person_id, title="Letter"))

    def person(self, name: str, *roles: str, slug: str = "") -> ActorFacts:
        return self.instance.add_person(slug or self.slug, name, *roles)

    def browser(self, actor: ActorFacts, slug: str = "") -> Browser:
        return self.instance.client(slug or self.slug, actor)

    def give(self, content: bytes, name: str = "What Ailsa said.pdf", **answers: Any) -> Any:
        """Send the form with a file."""
        answers = {"text": "", "tells": "grow", **answers, "file": FileStorage(io.BytesIO(content), name)}
        return self.send(f"/experiments/{self.experiment}/evidence", answers)

    def send(self, path: str, answers: dict[str, Any]) -> Any:
        """A form with files, made here: the client would leave a long one's temporary file open."""
        boundary, body = encode_multipart({**answers, "csrf_token": self.author.token()})
        kind = f"multipart/form-data; boundary={boundary}"
        return self.author.post(path, token=False, input_stream=io.BytesIO(body), content_type=kind,
                                content_length=len(body))  # fmt: skip

    def read(self, address: str, browser: Browser | None = None) -> Any:
        """A file, to its end."""
        return (browser or self.author).get(address, buffered=True)

    def sweep(self, days: float) -> None:
        """Let time pass for the clock and the disk, and the job run."""
        for file in self.folder.rglob("*"):
            at = file.stat().st_mtime - days * 86_400
            os.utime(file, (at, at))
        with self.instance.scope(self.slug, write=True) as scope:
            service.sweep_files(replace(scope, clock=FixedClock(NOW + timedelta(days=days))))

    def given(self, content: bytes = b"%PDF-1.7 %%EOF", name: str = "What Ailsa said.pdf") -> str:
        """Give a file and answer its address, as the experiment's page links to it."""
        answer = self.give(content, name)
        assert answer.status_code == 303, answer.text
        address: str = LINK.findall(self.page())[-1]
        return address

    def page(self) -> str:
        found: str = self.author.get(f"/experiments/{self.experiment}/").text
        return found

    def share(self, audience: str, person_id: UUID | None = None, fields: tuple[str, ...] = ()) -> None:
        row = ExperimentShare(
            experiment_id=self.experiment, audience=audience, person_id=person_id, fields=list(fields), granted_at=NOW
        )
        with self.instance.scope(self.slug, write=True) as scope:
            scope.db.add(row)

    def rows(self) -> int:
        with self.instance.scope(self.slug) as scope:
            return scope.db.scalar(sa.select(sa.func.count(StoredFile.id))) or 0

    def on_disk(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def house(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder, limits = tmp_path_factory.mktemp("files"), {"most_file": 300_000, "partner_quota": 500_000}
    made = open_instance(template.copy(folder), folder, registry, clock=FixedClock(NOW), **limits)
    yield made
    made.kit.engine.dispose()


@pytest.fixture
def place(house: Instance) -> Place:
    return Place(house)
